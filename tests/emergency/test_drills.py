"""A drill leaves stock, incidents and readiness byte for byte as they were; made real it counts from then."""

import hashlib

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.exc import DatabaseError

from safety import clock
from safety.audit.models import AuditEntry
from safety.db import all_clinics, db
from safety.emergency import drills, folding, reducer
from safety.emergency.models import Emergency
from safety.incidents.models import Incident, IncidentReport
from safety.stock.models import Discrepancy, Lot, StockMovement
from safety.treatments import interlock
from tests.emergency.tablet import Device, Json, of
from tests.emergency.twin import occlusion
from tests.factories import Cast, looking
from tests.page import Visitor
from tests.stock import shelf

REAL_THINGS = (StockMovement, Discrepancy, Lot, Incident, IncidentReport)
PRACTICE = {"product": "hyalase_1500", "lot_code": "PRACTICE", "units_per_container": 1500, "containers": 6}


def real_things(app: Flask, clinic_id: str) -> str:
    """One hash over every byte of ledger, discrepancies and incidents, and over what readiness says."""
    found = hashlib.sha256()
    with app.app_context(), all_clinics():
        for model in REAL_THINGS:
            key = model.__table__.primary_key.columns  # type: ignore[attr-defined]
            for row in db.session.execute(sa.select(model.__table__).order_by(*key)):
                found.update(repr(tuple(row)).encode())
    with looking(app, clinic_id):
        found.update(repr(interlock.any_filler(shelf.today())).encode())
    return found.hexdigest()


@pytest.fixture
def tablet(app: Flask, cast: Cast) -> Device:
    return of(app, cast)


def row_of(app: Flask, run: str) -> Emergency:
    with looking(app):
        return db.session.get_one(Emergency, run)


def incidents_of(app: Flask, run: str) -> int:
    with looking(app):
        return db.session.query(Incident).filter_by(emergency_id=run).count()


def taken(app: Flask) -> int:
    with looking(app):
        return -sum(row.containers for row in db.session.query(StockMovement) if row.emergency_event_id)


def dose(tablet: Device, lot: str, later_s: int, **more: object) -> Json:
    return tablet.event("dose_given", later_s, units=500, lot=lot, product="hyalase_1500", **more)


def drill(tablet: Device, **more: object) -> Json:
    return tablet.start(drill=True, context={"product_class": "ha_filler", "stock": [PRACTICE]}, **more)


def test_a_whole_drill_changes_nothing_real(app: Flask, cast: Cast, tablet: Device) -> None:
    lot = shelf.put(app, cast)
    before = real_things(app, cast.clinic_id)
    given, again = dose(tablet, lot, 60), dose(tablet, lot, 90)
    tablet.send(
        drill(tablet, speed=10, surprises=7), given, again,
        tablet.event("entry_struck", 95, event=again["id"], reason="mis-tap"),
        tablet.event("strike_undone", 96, event=again["id"]),
        tablet.event("details_added", 97, event=given["id"], details={"lot_code": "H0118L"}),
        tablet.event("surprise_shown", 98, surprise="stock_runs_out", stock=[]),
        tablet.event("emergency_ended", 400, reason="other", why="practised"),
    )  # fmt: skip
    assert real_things(app, cast.clinic_id) == before
    assert (incidents_of(app, tablet.run), row_of(app, tablet.run).made_real_at) == (0, None)


def test_the_hash_sees_a_single_movement(app: Flask, cast: Cast, tablet: Device) -> None:
    lot = shelf.put(app, cast)
    before = real_things(app, cast.clinic_id)
    tablet.send(tablet.start(), dose(tablet, lot, 60))
    assert real_things(app, cast.clinic_id) != before


def test_made_real_stock_moves_from_that_moment(app: Flask, cast: Cast, tablet: Device) -> None:
    lot = shelf.put(app, cast)
    practised = dose(tablet, lot, 60)
    tablet.send(drill(tablet, speed=10), practised)
    assert taken(app) == 0
    tablet.send(
        tablet.event("made_real", 120, context={"product_class": "ha_filler"}), dose(tablet, lot, 300)
    )
    assert taken(app) == 1
    row = row_of(app, tablet.run)
    assert (row.drill, row.made_real_at) == (False, clock.from_ms(tablet.now_ms + 120_000))
    said = tablet.event("details_added", 400, event=practised["id"], details={"given": True})
    tablet.send(said)
    assert taken(app) == 2
    assert incidents_of(app, tablet.run) == 0
    tablet.send(tablet.event("emergency_ended", 900, reason="transferred"))
    assert incidents_of(app, tablet.run) == 1
    with looking(app):
        entries = db.session.query(AuditEntry).filter_by(action="emergency.made_real").all()
        assert [entry.subject for entry in entries] == [f"emergency:{tablet.run}"]


def test_a_drill_delivered_whole_after_a_time_offline_is_real_in_the_end(
    app: Flask, cast: Cast, tablet: Device
) -> None:
    lot = shelf.put(app, cast)
    ended = tablet.event("emergency_ended", 80, reason="other", why="practised")
    tablet.send(drill(tablet), dose(tablet, lot, 60), ended)
    tablet.send(
        tablet.event("made_real", 90), dose(tablet, lot, 100),
        tablet.event("emergency_ended", 200, reason="transferred"),
    )  # fmt: skip
    assert (taken(app), incidents_of(app, tablet.run)) == (1, 1)


def test_what_another_tablet_still_practised_moves_no_stock(app: Flask, cast: Cast, tablet: Device) -> None:
    lot = shelf.put(app, cast)
    other = of(app, cast, "tablet-2")
    tablet.send(drill(tablet), tablet.event("made_real", 60))
    answer = other.send(dose(other, lot, 90, drill=True), run=tablet.run)
    assert taken(app) == 0
    with looking(app):
        state = folding.state_of(db.session.get_one(Emergency, tablet.run))[1]
    assert (state["totals"]["doses"], answer["digest"]) == (0, reducer.digest(state))


def test_there_is_no_way_back(app: Flask, cast: Cast, tablet: Device) -> None:
    made = tablet.event("made_real", 60)
    tablet.send(drill(tablet), made)
    strike = tablet.event("entry_struck", 70, event=made["id"], reason="by mistake")
    assert tablet.send(strike)["results"] == {strike["id"]: "refused:cannot_strike"}
    with (
        app.app_context(),
        db.engine.connect() as connection,
        pytest.raises(DatabaseError, match="becomes a drill"),
    ):
        connection.execute(sa.update(Emergency.__table__).values(drill=True))  # type: ignore[arg-type]


def test_what_is_real_links_to_no_treatment_before(
    app: Flask, cast: Cast, tablet: Device, nora: Visitor
) -> None:
    tablet.send(tablet.start(drill=True, context={"treatment": "none of ours"}))
    assert row_of(app, tablet.run).treatment_id is None
    page = nora.get("/today")
    assert 'class="strip drill-stripes"' in page.html
    assert "An emergency is running here" not in page.text
    tablet.send(tablet.event("made_real", 5))
    page = nora.get("/today")
    assert 'class="strip"' in page.html
    assert "DRILL" not in page.html
    assert "An emergency is running here" in page.text


def test_a_drill_never_hides_an_emergency(app: Flask, cast: Cast, tablet: Device, nora: Visitor) -> None:
    other = of(app, cast, "tablet-2")
    tablet.send(tablet.start())
    other.now_ms += 60_000
    other.send(drill(other))
    assert f"/emergencies/{tablet.run}/run" in nora.get("/today").html


@pytest.mark.parametrize("at_ms", [-1, 2**52, 2**52 - 1, 0])
def test_a_time_that_drill_time_cannot_hold_is_refused(at_ms: int) -> None:
    protocol, base = occlusion(), 1790000000000
    start = {"id": "a", "type": "emergency_started", "at_ms": base, "data": {"drill": True, "speed": 10}}
    state = reducer.apply(protocol, reducer.start_state(protocol), start)
    with pytest.raises(reducer.Refused, match="bad_data"):
        reducer.apply(protocol, state, {"id": "b", "type": "kit_fetched", "at_ms": at_ms, "data": {}})


def test_drill_time_and_true_time_are_one_way_and_back() -> None:
    state = {"speed": 10, "facts": [{"recorded_ms": 1000}]}
    assert [drills.virtual(state, ms) for ms in (1000, 1001, 999, 2000)] == [1000, 1010, 990, 11_000]
    assert [drills.actual(state, drills.virtual(state, ms)) for ms in range(900, 1100)] == list(
        range(900, 1100)
    )
