import pytest
from flask import Flask

from tests.dilutions.vials import dilute
from tests.factories import Cast
from tests.page import Visitor
from tests.stock.shelf import TOXIN, put
from tests.treatments.visits import inject, started


def test_it_works(app: Flask, cast: Cast, nora: Visitor) -> None:
    vial_id = dilute(app, cast, put(app, cast, TOXIN))
    page = nora.get(f"/dilutions/{vial_id}")
    assert "23 hours 59 minutes left" in page.text
    assert "Storage" in page.text
    assert "Botox, unopened: 2 to 8 degrees" in page.text
    page = page.submit("How much to draw", units="17")
    assert "17 units: draw 0.425 millilitres" in page.text


@pytest.mark.parametrize("typed", ["-4", "2.5", "many", "٤"])
def test_units_are_whole(app: Flask, cast: Cast, nora: Visitor, typed: str) -> None:
    vial_id = dilute(app, cast, put(app, cast, TOXIN))
    page = nora.get(f"/dilutions/{vial_id}").submit("How much to draw", units=typed)
    assert "Enter whole units" in page.errors[0]


def test_whom_it_was_drawn_for(app: Flask, cast: Cast, nora: Visitor) -> None:
    treatment_id, lot_id = started(app, cast, product=TOXIN, areas=("glabella",), amount=20)
    inject(app, cast, treatment_id, lot_id, area="glabella", amount=20)
    page = nora.get("/dilutions").click("Botox 100")
    assert page.has("a", href=f"/treatments/{treatment_id}")
    assert "80 units" in page.text


def test_another_clinic_finds_nothing(app: Flask, cast: Cast, eve: Visitor) -> None:
    vial_id = dilute(app, cast, put(app, cast, TOXIN))
    eve.get(f"/dilutions/{vial_id}", 404)
    eve.get(f"/dilutions/{vial_id}/discard", 404)
    assert "Botox" not in eve.get("/dilutions").text
