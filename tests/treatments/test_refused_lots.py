"""A lot that may not be used is refused on every path: the page, a hand-made post, the action."""

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from flask import Flask

from safety import clock
from safety.db import db
from safety.stock import actions as stock
from safety.stock.actions import Refused, Use
from safety.treatments.models import Injection, PlanItem
from tests.factories import Cast, arranging, looking
from tests.page import Visitor
from tests.screening.people import today
from tests.stock.shelf import FILLER, HYALASE, TOXIN, held, put
from tests.treatments.test_inject import GOOD
from tests.treatments.visits import inject, item_of, started

Path = Callable[[Flask, Cast, Visitor, str, str], str]


def expired(app: Flask, cast: Cast, okafor: Visitor) -> str:
    return put(app, cast, FILLER, code="BAD", days=-1)


def quarantined(app: Flask, cast: Cast, okafor: Visitor) -> str:
    lot_id = put(app, cast, FILLER, code="BAD")
    okafor.get(f"/stock/lots/{lot_id}/quarantine").submit("Keep from use", state="quarantined", reason="Warm")
    return lot_id


def recalled(app: Flask, cast: Cast, okafor: Visitor) -> str:
    lot_id = put(app, cast, FILLER, code="BAD")
    okafor.get(f"/stock/lots/{lot_id}/quarantine").submit("Keep from use", state="recalled", reason="Letter")
    return lot_id


def wrong_class(app: Flask, cast: Cast, okafor: Visitor) -> str:
    return put(app, cast, TOXIN, code="BAD")


def rescue_stock(app: Flask, cast: Cast, okafor: Visitor) -> str:
    return put(app, cast, HYALASE, code="BAD")


def other_product(app: Flask, cast: Cast, okafor: Visitor) -> str:
    other = type(FILLER)(**{**vars(FILLER), "name": "Cheek filler 1 mL"})
    return put(app, cast, other, code="BAD")


def empty(app: Flask, cast: Cast, okafor: Visitor) -> str:
    lot_id = put(app, cast, FILLER, code="BAD", containers=1)
    okafor.get(f"/stock/lots/{lot_id}/waste").submit("Throw away", containers="1", reason="Dropped")
    return lot_id


def of_another_clinic(app: Flask, cast: Cast, okafor: Visitor) -> str:
    return put(app, cast, FILLER, code="BAD", who="eve_admin")


def unknown(app: Flask, cast: Cast, okafor: Visitor) -> str:
    return "nowhere"


def by_page(app: Flask, cast: Cast, nora: Visitor, treatment_id: str, lot_id: str) -> str:
    """The page does not offer it; the radio that is posted anyway stands for a page opened before."""
    page = nora.get(f"/treatments/{treatment_id}/inject/{item_of(app, treatment_id)}")
    assert not page.has("input", name="lot_id", value=lot_id)
    return by_post(app, cast, nora, treatment_id, lot_id)


def by_post(app: Flask, cast: Cast, nora: Visitor, treatment_id: str, lot_id: str) -> str:
    url = f"/treatments/{treatment_id}/inject/{item_of(app, treatment_id)}"
    return nora.post(url, {"lot_id": lot_id, **GOOD}, 422).errors[0]


def by_program(app: Flask, cast: Cast, nora: Visitor, treatment_id: str, lot_id: str) -> str:
    url = f"/treatments/{treatment_id}/inject/{item_of(app, treatment_id)}"
    sent = {"csrf_token": nora.csrf(), "lot_id": lot_id, **GOOD}
    answer = nora.client.post(url, data=sent, headers={"Accept": "application/json"})
    assert answer.status_code == 422
    return answer.get_data(as_text=True)


def by_action(app: Flask, cast: Cast, nora: Visitor, treatment_id: str, lot_id: str) -> str:
    with pytest.raises(Refused) as refused:
        inject(app, cast, treatment_id, lot_id)
    return str(refused.value)


def by_stock(app: Flask, cast: Cast, nora: Visitor, treatment_id: str, lot_id: str) -> str:
    with looking(app):
        item = db.session.scalars(sa.select(PlanItem.product_id)).one()
    wanted = Use(lot_id, 300, treatment_id, FILLER.product_class, item)
    with pytest.raises(Refused) as refused, arranging(app, cast["nora"].actor) as actor:
        stock.use(actor, wanted, today(), clock.now())
    return str(refused.value)


@pytest.mark.parametrize("path", [by_page, by_post, by_program, by_action, by_stock])
@pytest.mark.parametrize(
    ("bad", "said"),
    [
        (expired, "Expired"), (quarantined, "Quarantined"), (recalled, "Recalled"),
        (wrong_class, "Wrong kind of product"), (rescue_stock, "Wrong kind of product"),
        (other_product, "Another product than planned"), (empty, "Nothing left"),
        (of_another_clinic, "Choose a lot from the list"), (unknown, "Choose a lot from the list"),
    ],
)  # fmt: skip
def test_it_is_refused(
    app: Flask, cast: Cast, nora: Visitor, okafor: Visitor, path: Path, said: str,
    bad: Callable[[Flask, Cast, Visitor], str],
) -> None:  # fmt: skip
    treatment_id, _ = started(app, cast)
    lot_id = bad(app, cast, okafor)
    before = held(app, lot_id)
    assert said in path(app, cast, nora, treatment_id, lot_id)
    assert held(app, lot_id) == before
    with looking(app):
        assert db.session.scalars(sa.select(Injection)).all() == []
