"""After its use-by a vial leaves usable stock by itself, and every path refuses it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from safety import clock
from safety.db import db
from safety.stock import actions as stock
from safety.stock import ledger, vials
from safety.stock.actions import Refused, Shelf, Use
from safety.stock.models import MovementKind, StockMovement
from safety.stock.rules import Holding, ProductClass
from safety.treatments.models import Injection
from tests.dilutions.vials import dilute, passed
from tests.factories import Cast, arranging, looking
from tests.page import Visitor
from tests.screening.people import today
from tests.stock.shelf import TOXIN, held, put
from tests.treatments.test_inject import GOOD
from tests.treatments.visits import inject, item_of, started

AREA: dict[str, Any] = {"area": "glabella", "amount": 20}
# nothing is known of its use-by: the clinic's own hours, for several patients
SHARED = type(TOXIN)(**{**vars(TOXIN), "name": "Letybo 100", "brand": "letybo"})


def toxin(app: Flask, cast: Cast) -> tuple[str, str]:
    return started(app, cast, product=TOXIN, areas=("glabella",), amount=20)


def left(app: Flask, lot_id: str) -> int:
    with looking(app):
        facts = ledger.lot_facts(lot_id)
        assert facts
        return facts.left


def test_it_works(app: Flask, cast: Cast, nora: Visitor) -> None:
    lot_id = put(app, cast, TOXIN, code="C6884C3")
    dilute(app, cast, lot_id)
    page = nora.get("/dilutions")
    assert "4 units in 0.1 millilitres, 100 units left, one patient. Use until" in page.text
    assert not page.has("h2", text="Throw away")


def test_after_its_use_by_it_leaves_usable_stock_by_itself(app: Flask, cast: Cast, nora: Visitor) -> None:
    lot_id = put(app, cast, TOXIN, containers=1)
    vial_id = passed(app, cast, lot_id)
    assert held(app, lot_id) == Holding(0, 100), "the ledger says what is there"
    assert left(app, lot_id) == 0, "and nobody may use it"
    with looking(app):
        lots = ledger.lots(ProductClass.TOXIN, at=clock.now() - timedelta(hours=1))
        assert lots[0].left == 100, "an hour ago somebody might have"
    assert "Nothing left" in nora.get(f"/stock/lots/{lot_id}").text
    assert nora.get("/today").has("a", text="1 vial to throw away", href="/dilutions")
    assert nora.get("/dilutions").has("a", href=f"/dilutions/{vial_id}/discard")


def test_a_count_throws_it_away(app: Flask, cast: Cast) -> None:
    lot_id = put(app, cast, TOXIN, containers=4)
    passed(app, cast, lot_id)
    dilute(app, cast, lot_id)
    with arranging(app, cast["nora"].actor) as actor:
        stock.count(actor, Shelf(lot_id, sealed=2), clock.now())
    assert held(app, lot_id) == Holding(2, 300), "two sealed, and the vial still in time"
    with looking(app):
        wasted = db.session.scalars(sa.select(StockMovement).where(StockMovement.kind == MovementKind.WASTED))
        assert [(line.amount, line.reason) for line in wasted] == [(-100, "Use-by passed")]


def test_counting_sealed_ones_leaves_opened_ones_alone(app: Flask, cast: Cast) -> None:
    lot_id = put(app, cast, SHARED, containers=4)
    first, second = (dilute(app, cast, lot_id, volume_ul=2500) for _ in range(2))
    with arranging(app, cast["nora"].actor) as actor:
        for vial_id, amount in ((first, 80), (second, 70)):
            vials.draw(actor, vial_id, Use(lot_id, amount), today(), clock.now())
    assert held(app, lot_id) == Holding(2, 250)
    with arranging(app, cast["nora"].actor) as actor:
        assert stock.count(actor, Shelf(lot_id, sealed=2), clock.now()).amount == 0
        stock.count(actor, Shelf(lot_id, sealed=1, reason="One fell"), clock.now())
    assert held(app, lot_id) == Holding(1, 150)


def by_page(app: Flask, cast: Cast, nora: Visitor, treatment_id: str, vial_id: str) -> str:
    page = nora.get(f"/treatments/{treatment_id}/inject/{item_of(app, treatment_id)}")
    assert not page.has("input", name="vial_id", value=vial_id)
    return by_post(app, cast, nora, treatment_id, vial_id)


def by_post(app: Flask, cast: Cast, nora: Visitor, treatment_id: str, vial_id: str) -> str:
    url = f"/treatments/{treatment_id}/inject/{item_of(app, treatment_id)}"
    return nora.post(url, {**GOOD, **AREA, "vial_id": vial_id}, 422).errors[0]


def by_program(app: Flask, cast: Cast, nora: Visitor, treatment_id: str, vial_id: str) -> str:
    url = f"/treatments/{treatment_id}/inject/{item_of(app, treatment_id)}"
    sent = {"csrf_token": nora.csrf(), **GOOD, **AREA, "vial_id": vial_id}
    answer = nora.client.post(url, data=sent, headers={"Accept": "application/json"})
    assert answer.status_code == 422
    return answer.get_data(as_text=True)


def by_action(app: Flask, cast: Cast, nora: Visitor, treatment_id: str, vial_id: str) -> str:
    with looking(app):
        vial = ledger.vial(vial_id)
        assert vial
    with pytest.raises(Refused) as refused:
        inject(app, cast, treatment_id, vial.lot_id, **AREA, vial_id=vial_id)
    return str(refused.value)


def by_stock(app: Flask, cast: Cast, nora: Visitor, treatment_id: str, vial_id: str) -> str:
    with looking(app):
        vial = ledger.vial(vial_id)
        assert vial
    with pytest.raises(Refused) as refused, arranging(app, cast["nora"].actor) as actor:
        vials.draw(actor, vial_id, Use(vial.lot_id, 20, treatment_id), today(), clock.now())
    return str(refused.value)


def past_its_use_by(app: Flask, cast: Cast, lot_id: str) -> str:
    return passed(app, cast, lot_id)


def of_another_patient(app: Flask, cast: Cast, lot_id: str) -> str:
    vial_id = dilute(app, cast, lot_id)
    other, _ = started(app, cast, product=TOXIN, areas=("glabella",), amount=20)
    inject(app, cast, other, lot_id, **AREA, vial_id=vial_id)
    return vial_id


def empty(app: Flask, cast: Cast, lot_id: str) -> str:
    vial_id = dilute(app, cast, lot_id)
    with arranging(app, cast["nora"].actor) as actor:
        vials.throw_away(actor, vial_id, "Dropped", clock.now())
    return vial_id


@pytest.mark.parametrize("path", [by_page, by_post, by_program, by_action, by_stock])
@pytest.mark.parametrize(
    ("bad", "said"),
    [
        (past_its_use_by, "past its use-by: throw it away and dilute a new one"),
        (of_another_patient, "one patient and one session, and was used for another: dilute a new one"),
        (empty, "Nothing left in the vial: dilute a new one"),
    ],
)
def test_a_vial_is_refused_on_every_path(
    app: Flask, cast: Cast, nora: Visitor, bad: Callable[[Flask, Cast, str], str], said: str,
    path: Callable[[Flask, Cast, Visitor, str, str], str],
) -> None:  # fmt: skip
    treatment_id, lot_id = toxin(app, cast)
    vial_id = bad(app, cast, lot_id)
    before = held(app, lot_id)
    assert said in path(app, cast, nora, treatment_id, vial_id)
    assert held(app, lot_id) == before
    with looking(app):
        mine = sa.select(Injection).where(Injection.treatment_id == treatment_id)
        assert db.session.scalars(mine).all() == []


def test_a_recalled_lot_takes_its_opened_vials_with_it(
    app: Flask, cast: Cast, nora: Visitor, okafor: Visitor
) -> None:
    treatment_id, lot_id = toxin(app, cast)
    okafor.get(f"/stock/lots/{lot_id}/quarantine").submit("Keep from use", state="recalled", reason="Letter")
    with pytest.raises(Refused, match="Recalled"):
        inject(app, cast, treatment_id, lot_id, **AREA)


def test_a_vial_of_several_patients_serves_several(app: Flask, cast: Cast) -> None:
    lot_id = put(app, cast, SHARED, code="F77")
    vial_id = dilute(app, cast, lot_id)
    for _ in range(2):
        treatment_id, _ = started(app, cast, product=SHARED, areas=("glabella",), amount=20)
        inject(app, cast, treatment_id, lot_id, area="glabella", amount=20, vial_id=vial_id)
    with looking(app):
        vial = ledger.vial(vial_id)
        assert vial
        assert (vial.left, len(vial.drawn_for)) == (60, 2)


def test_what_a_vial_holds_is_the_sum_of_its_lines_whatever_happens(app: Flask, cast: Cast) -> None:
    lot_id = put(app, cast, SHARED, containers=3)
    vial_id = dilute(app, cast, lot_id)
    with arranging(app, cast["nora"].actor) as actor:
        for amount in (10, 25, 5):
            vials.draw(actor, vial_id, Use(lot_id, amount), today(), clock.now())
        with pytest.raises(Refused, match="only 60 units left"):
            vials.draw(actor, vial_id, Use(lot_id, 61), today(), clock.now())
        stock.waste(actor, lot_id, 1, "Dropped", clock.now())
    with looking(app):
        vial = ledger.vial(vial_id)
        lines = db.session.scalars(sa.select(StockMovement).where(StockMovement.lot_id == lot_id)).all()
        assert vial
        assert vial.left == 100 + sum(line.amount for line in lines if line.vial_id)
        assert held(app, lot_id) == Holding(1, 100 + vial.left)
