"""A dose that was given is always booked, whatever the ledger thought."""

import itertools
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from safety import clock
from safety.audit.log import Actor, seal
from safety.db import as_clinic, db, new_id, write_transaction
from safety.stock import rescue
from safety.stock.models import Discrepancy, StockMovement
from safety.stock.rules import Holding
from tests.factories import Cast, arranging, looking
from tests.page import Visitor
from tests.stock.shelf import FILLER, HYALASE, HYLENEX, TOXIN, held, put


def give(app: Flask, cast: Cast, lot_id: str | None, units: int = 1500, **changes: Any) -> str:
    """Id of the event whose dose was booked."""
    event = {"emergency_event_id": new_id(), "lot_code": "H0118L", "happened_at": clock.now(), **changes}
    with arranging(app, cast["nora"].actor) as actor:
        rescue.take_rescue_dose(actor, lot_id=lot_id, units=units, now=clock.now(), **event)
    return str(event["emergency_event_id"])


def strike(app: Flask, cast: Cast, event_id: str) -> None:
    with arranging(app, cast["nora"].actor) as actor:
        rescue.reverse_rescue_dose(
            actor,
            emergency_event_id=event_id,
            strike_event_id=new_id(),
            happened_at=clock.now(),
            now=clock.now(),
        )


def restore(app: Flask, cast: Cast, event_id: str) -> None:
    with arranging(app, cast["nora"].actor) as actor:
        rescue.restore_rescue_dose(
            actor,
            emergency_event_id=event_id,
            undo_event_id=new_id(),
            happened_at=clock.now(),
            now=clock.now(),
        )


def discrepancies(app: Flask, standing: bool = True) -> list[str]:
    with looking(app):
        rows = db.session.scalars(sa.select(Discrepancy).order_by(Discrepancy.opened_at))
        return [row.why for row in rows if not standing or row.resolved_at is None]


def lines(app: Flask, event_id: str) -> list[tuple[str, int, int]]:
    with looking(app):
        wanted = sa.select(StockMovement).where(StockMovement.emergency_event_id == event_id)
        rows = db.session.scalars(wanted.order_by(StockMovement.position))
        return [(row.kind.value, row.containers, row.amount) for row in rows]


def test_it_works(app: Flask, cast: Cast) -> None:
    lot_id = put(app, cast)
    event_id = give(app, cast, lot_id, 500)
    assert lines(app, event_id) == [("used", -1, -500), ("wasted", 0, -1000)]
    assert held(app, lot_id) == Holding(3, 4500)
    assert discrepancies(app) == []


def test_small_vials_are_opened_as_many_as_the_dose_needs(app: Flask, cast: Cast) -> None:
    lot_id = put(app, cast, HYLENEX, containers=40)
    event_id = give(app, cast, lot_id, 1000)
    assert lines(app, event_id) == [("used", -7, -1000), ("wasted", 0, -50)]
    assert held(app, lot_id) == Holding(33, 4950)


def test_the_same_event_again_changes_nothing(app: Flask, cast: Cast) -> None:
    lot_id = put(app, cast, containers=1)
    event_id = give(app, cast, lot_id)
    for _ in range(5):
        give(app, cast, lot_id, emergency_event_id=event_id)
    assert held(app, lot_id) == Holding(0, 0)
    give(app, cast, None, lot_code="?", emergency_event_id=event_id)
    assert discrepancies(app) == []


def test_one_event_takes_stock_once_also_for_the_database(app: Flask, cast: Cast) -> None:
    event_id = give(app, cast, put(app, cast))
    with looking(app):
        row = db.session.scalars(sa.select(StockMovement).where(StockMovement.kind == "used")).one()
        copy = {c.name: getattr(row, c.name) for c in StockMovement.__table__.columns if c.name != "position"}
    assert copy["emergency_event_id"] == event_id
    with app.app_context(), as_clinic(cast.clinic_id), write_transaction():
        db.session.add(StockMovement(**copy))
        with pytest.raises(sa.exc.IntegrityError):
            db.session.flush()


@pytest.mark.parametrize(
    ("arrange", "said"),
    [
        ("nothing left", "Nothing left"),
        ("too little", "The ledger had 1500 units"),
        ("expired", "Expired"),
        ("quarantined", "Quarantined"),
        ("recalled", "Recalled"),
    ],
)
def test_a_lot_the_ledger_would_refuse_is_booked_and_flagged(
    app: Flask, cast: Cast, nora: Visitor, arrange: str, said: str
) -> None:
    lot_id = put(app, cast, containers=1, days=-1 if arrange == "expired" else 300)
    if arrange in ("quarantined", "recalled"):
        nora.get(f"/stock/lots/{lot_id}/quarantine").submit("Keep from use", state=arrange, reason="Warm")
    if arrange == "nothing left":
        nora.get(f"/stock/lots/{lot_id}/waste").submit("Throw away", containers="1", reason="Dropped")
    before = held(app, lot_id)
    event_id = give(app, cast, lot_id, 3000 if arrange == "too little" else 1500)
    taken = 2 if arrange == "too little" else 1
    assert held(app, lot_id) == before + Holding(-taken, -taken * 1500)
    (why,) = discrepancies(app)
    assert why.startswith(f"Rescue dose of {3000 if taken == 2 else 1500} units, lot H0118L.")
    assert said in why
    assert lines(app, event_id)


@pytest.mark.parametrize("product", [FILLER, TOXIN])
def test_a_lot_of_another_kind_is_flagged_and_left_alone(app: Flask, cast: Cast, product: Any) -> None:
    lot_id = put(app, cast, product)
    before = held(app, lot_id)
    event_id = give(app, cast, lot_id)
    assert held(app, lot_id) == before
    assert lines(app, event_id) == []
    assert "Wrong kind of product. Not taken from the ledger" in discrepancies(app)[0]


@pytest.mark.parametrize("lot_id", [None, "nowhere", "' OR 1=1 --"])
@pytest.mark.parametrize("lot_code", ["", "  ", "ZZZ", "x" * 4000])
def test_an_unknown_lot_is_flagged(app: Flask, cast: Cast, lot_id: str | None, lot_code: str) -> None:
    put(app, cast)
    give(app, cast, lot_id, lot_code=lot_code)
    (why,) = discrepancies(app)
    assert "The lot is not in this stock" in why


def test_a_lot_known_by_its_code_alone_is_taken(app: Flask, cast: Cast) -> None:
    lot_id = put(app, cast)
    give(app, cast, None, lot_code=" H0118L ")
    assert held(app, lot_id) == Holding(3, 4500)
    assert discrepancies(app) == []


def test_a_code_that_two_products_share_is_not_guessed(app: Flask, cast: Cast) -> None:
    one, other = put(app, cast, HYALASE), put(app, cast, HYLENEX)
    give(app, cast, None)
    assert (held(app, one).containers, held(app, other).containers) == (4, 4)
    assert "not in this stock" in discrepancies(app)[0]


def test_the_lot_of_another_clinic_is_unknown_here(app: Flask, cast: Cast) -> None:
    theirs = put(app, cast, who="eve_admin")
    give(app, cast, theirs, lot_code="?")
    assert held(app, theirs) == Holding(4, 6000)
    assert "not in this stock" in discrepancies(app)[0]


@pytest.mark.parametrize("units", [0, -500, 2**53, 10**9])
def test_absurd_units_are_kept_as_a_discrepancy(app: Flask, cast: Cast, units: int) -> None:
    lot_id = put(app, cast)
    give(app, cast, lot_id, units)
    assert len(discrepancies(app)) == 1
    if units != 10**9:
        assert held(app, lot_id) == Holding(4, 6000)


def test_a_tablet_with_nobody_signed_in_books_too(app: Flask, cast: Cast) -> None:
    lot_id = put(app, cast)
    actor = Actor("tablet", cast.tablet_id, cast.clinic_id, cast.tablet_id)
    with app.app_context(), as_clinic(cast.clinic_id), write_transaction():
        rescue.take_rescue_dose(
            actor, lot_id=lot_id, lot_code="", units=1500, emergency_event_id=new_id(),
            happened_at=clock.now() - timedelta(hours=2), now=clock.now())  # fmt: skip
        seal()
    assert held(app, lot_id) == Holding(3, 4500)


def test_strike_and_undo_go_back_and_forth_without_deleting(app: Flask, cast: Cast) -> None:
    lot_id = put(app, cast)
    event_id = give(app, cast, lot_id, 500)
    for _ in range(3):
        strike(app, cast, event_id)
        assert held(app, lot_id) == Holding(4, 6000)
        strike(app, cast, event_id)
        assert held(app, lot_id) == Holding(4, 6000)
        restore(app, cast, event_id)
        assert held(app, lot_id) == Holding(3, 4500)
        restore(app, cast, event_id)
        assert held(app, lot_id) == Holding(3, 4500)
    with looking(app):
        assert db.session.scalar(sa.select(sa.func.count()).select_from(StockMovement)) == 1 + 2 + 3 * 4


def test_a_struck_dose_has_nothing_left_to_settle(app: Flask, cast: Cast) -> None:
    event_id = give(app, cast, None, lot_code="ZZZ")
    strike(app, cast, event_id)
    assert discrepancies(app) == []
    restore(app, cast, event_id)
    assert len(discrepancies(app)) == 1


def test_striking_what_was_never_booked_is_harmless(app: Flask, cast: Cast) -> None:
    lot_id = put(app, cast)
    strike(app, cast, new_id())
    restore(app, cast, new_id())
    assert held(app, lot_id) == Holding(4, 6000)


def test_doses_and_strikes_in_any_order_leave_what_stands(app: Flask, cast: Cast) -> None:
    lot_id = put(app, cast, containers=1)
    events = [give(app, cast, lot_id) for _ in range(3)]
    for index, event_id in enumerate(itertools.chain(events, events[:2])):
        (strike if index < 3 else restore)(app, cast, event_id)
    assert held(app, lot_id) == Holding(-1, -1500)
