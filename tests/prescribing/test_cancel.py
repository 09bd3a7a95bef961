"""A prescriber takes a word back: from then on nothing more is given on it."""

from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from safety.db import db
from safety.prescribing.models import Authorisation
from safety.stock.actions import Refused
from tests.factories import Cast, looking
from tests.page import Visitor
from tests.prescribing.words import say, toxin
from tests.stock.shelf import TOXIN
from tests.treatments.visits import authorise, begin, inject, started


def test_it_works(app: Flask, cast: Cast, okafor: Visitor) -> None:
    treatment_id = toxin(app, cast)
    page = say(okafor, treatment_id)
    page = okafor.get(f"/treatments/{treatment_id}/authorisation").click("Take it back")
    assert page.submit("Take it back", 422).errors == ["Error: Write why you take it back"]
    page.submit("Take it back", reason="Fever since noon")
    (missing,) = begin(app, cast, treatment_id)
    assert missing.text == "The authorisation of Botox 100 was cancelled: Fever since noon"
    say(okafor, treatment_id)
    assert begin(app, cast, treatment_id) == []


def test_it_stops_a_treatment_that_runs(app: Flask, cast: Cast, okafor: Visitor) -> None:
    treatment_id, lot_id = started(app, cast, product=TOXIN, areas=("glabella",), amount=20)
    inject(app, cast, treatment_id, lot_id, area="glabella", amount=10)
    okafor.get(f"/authorisations/{_word(app)}/cancel").submit("Take it back", reason="Fever since noon")
    with pytest.raises(Refused, match="was cancelled: Fever since noon"):
        inject(app, cast, treatment_id, lot_id, area="glabella", amount=10)


def test_twice_is_once(app: Flask, cast: Cast, okafor: Visitor) -> None:
    authorise(app, cast, toxin(app, cast))
    page = okafor.get(f"/authorisations/{_word(app)}/cancel")
    page.submit("Take it back", reason="Fever")
    assert "nothing here to take back" in page.submit("Take it back", 409, reason="Fever").text


@pytest.mark.parametrize(
    ("who", "status"), [("nora", 403), ("sam", 403), ("eve", 403), ("eve_prescriber", 404)]
)
def test_nobody_else_takes_it_back(app: Flask, cast: Cast, signed_in: Any, who: str, status: int) -> None:
    treatment_id = toxin(app, cast)
    authorise(app, cast, treatment_id)
    signed_in(who).post(f"/authorisations/{_word(app)}/cancel", {"reason": "Mine"}, status)
    assert begin(app, cast, treatment_id) == []


def _word(app: Flask) -> str:
    with looking(app):
        return db.session.scalars(sa.select(Authorisation)).one().id
