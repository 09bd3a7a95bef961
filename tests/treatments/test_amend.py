"""What is finished stays as it was written, also for the database; what is right stands on top, signed."""

from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from safety.db import db
from safety.staff.models import Signature
from safety.stock.models import Discrepancy
from safety.stock.rules import Holding
from safety.treatments.models import Amendment, Injection
from tests.dilutions.vials import dilute
from tests.factories import PIN, Cast, looking
from tests.page import Page, Visitor
from tests.stock.shelf import FILLER, TOXIN, held, put
from tests.treatments.visits import inject, measure, see, started, take_home

CLOSED = {
    "treatment": "planned_at = '09:00'", "plan_item": "amount = 1", "baseline": "refill_ds = 1",
    "injection": "amount = 1", "treatment_start": "tablet_id = NULL", "treatment_finish": "note = 'x'",
}  # fmt: skip
WHY = "Typed the planned amount instead of the given one"


def finished(app: Flask, cast: Cast, nora: Visitor, amount: int = 300) -> tuple[str, str]:
    """Ids of a finished lip treatment and of the lot it used."""
    treatment_id, lot_id = started(app, cast)
    inject(app, cast, treatment_id, lot_id, minutes_ago=31, amount=amount)
    measure(app, cast, treatment_id, "after")
    see(app, cast, treatment_id)
    take_home(nora, treatment_id)
    nora.get(f"/treatments/{treatment_id}/finish").submit("Finish treatment")
    return treatment_id, lot_id


def finished_toxin(app: Flask, cast: Cast, nora: Visitor) -> tuple[str, str]:
    treatment_id, lot_id = started(app, cast, product=TOXIN, areas=("glabella",), amount=20)
    inject(app, cast, treatment_id, lot_id, area="glabella", amount=20)
    take_home(nora, treatment_id)
    nora.get(f"/treatments/{treatment_id}/finish").submit("Finish treatment")
    return treatment_id, lot_id


def change(nora: Visitor, treatment_id: str, label: str, value: Any, status: int = 200, **given: Any) -> Page:
    page = nora.get(f"/treatments/{treatment_id}").click("Amend the record").click(label)
    return page.submit(
        "Sign the amendment", status, **{"value": value, "reason": WHY, "secret": PIN, **given}
    )


def amendments(app: Flask) -> list[Amendment]:
    with looking(app):
        return list(db.session.scalars(sa.select(Amendment).order_by(Amendment.amended_at)))


def test_it_works(app: Flask, cast: Cast, nora: Visitor) -> None:
    treatment_id, lot_id = finished(app, cast, nora)
    page = change(nora, treatment_id, "Amount", "0.5")
    assert page.has("s", text="0.3 millilitres")
    for said in (
        "0.5 millilitres",
        WHY,
        "Nora Quinn",
        "Ledger corrected, lot F77: 0.2 millilitres more used",
    ):
        assert said in page.text
    (row,) = amendments(app)
    with looking(app):
        signed = db.session.get_one(Signature, row.signature_id)
        assert (signed.member_id, signed.record) == (cast["nora"].id, f"amendment:{row.id}")
        assert db.session.scalars(sa.select(Injection)).one().amount == 300, "what was written stays"
    assert held(app, lot_id) == Holding(4, 4000), "the rest of the syringe was waste: less of it is waste now"


@pytest.mark.parametrize("table", CLOSED)
@pytest.mark.parametrize("verb", ["UPDATE", "DELETE"])
def test_the_database_itself_refuses_to_change_what_is_finished(
    app: Flask, cast: Cast, nora: Visitor, table: str, verb: str
) -> None:
    treatment_id, _ = finished(app, cast, nora)
    column = "id" if table == "treatment" else "treatment_id"
    change_it = f"UPDATE {table} SET {CLOSED[table]}" if verb == "UPDATE" else f"DELETE FROM {table}"
    with app.app_context(), db.engine.connect() as raw, pytest.raises(sa.exc.DBAPIError, match="is finished"):
        raw.execute(sa.text(f"{change_it} WHERE {column} = :id"), {"id": treatment_id})


def test_nothing_is_added_to_what_is_finished(app: Flask, cast: Cast, nora: Visitor) -> None:
    treatment_id, _ = finished(app, cast, nora)
    columns = "id, treatment_id, phase, area, refill_ds, mirror_ds, measured_at, measured_by, clinic_id"
    reading = (
        f"INSERT INTO baseline ({columns}) SELECT 'another', {columns.partition(', ')[2]} FROM baseline "
        "WHERE treatment_id = :id AND phase = 'before'"
    )
    with app.app_context(), db.engine.connect() as raw, pytest.raises(sa.exc.DBAPIError, match="is finished"):
        raw.execute(sa.text(reading), {"id": treatment_id})


@pytest.mark.parametrize("table", ["baseline", "injection", "plan_item"])
def test_what_runs_can_still_be_changed(app: Flask, cast: Cast, table: str) -> None:
    treatment_id, lot_id = started(app, cast)
    inject(app, cast, treatment_id, lot_id)
    with app.app_context(), db.engine.connect() as raw:
        changed = raw.execute(
            sa.text(f"UPDATE {table} SET {CLOSED[table]} WHERE treatment_id = :id"), {"id": treatment_id}
        )
        assert changed.rowcount > 0
        raw.rollback()


@pytest.mark.parametrize("table", ["amendment", "patient_seen", "early_release", "vial", "dilution"])
def test_what_is_said_on_top_only_grows(app: Flask, cast: Cast, nora: Visitor, table: str) -> None:
    treatment_id, _ = finished(app, cast, nora)
    change(nora, treatment_id, "Amount", "0.5")
    dilute(app, cast, put(app, cast, TOXIN))
    with app.app_context(), db.engine.connect() as raw:
        on_sqlite = raw.dialect.name == "sqlite"
        listed = "SELECT name FROM sqlite_master WHERE type = 'trigger'" if on_sqlite else (
            "SELECT tgname FROM pg_trigger"
        )  # fmt: skip
        assert {f"{table}_no_update", f"{table}_no_delete"} <= set(raw.scalars(sa.text(listed)))


def test_a_second_amendment_stands_on_the_first(app: Flask, cast: Cast, nora: Visitor) -> None:
    treatment_id, lot_id = finished(app, cast, nora)
    change(nora, treatment_id, "Amount", "0.5")
    page = change(nora, treatment_id, "Amount", "0.2", reason="Weighed the syringe: it was less")
    first, second = amendments(app)
    assert (first.old_value["shown"], first.new_value["shown"]) == ("0.3 millilitres", "0.5 millilitres")
    assert second.old_value == first.new_value
    struck = [node.text for node in page.find_all("s")]
    assert struck == ["0.3 millilitres", "0.3 millilitres", "0.5 millilitres"], (
        "in its place, then each change"
    )
    record = nora.get(f"/treatments/{treatment_id}/record")
    assert "0.3 millilitres 0.5 millilitres 0.2 millilitres" in record.text
    assert held(app, lot_id) == Holding(4, 4000)
    with looking(app):
        sums = sa.text("SELECT kind, SUM(amount) FROM stock_movement WHERE lot_id = :id GROUP BY kind")
        found = {kind: int(total) for kind, total in db.session.connection().execute(sums, {"id": lot_id})}
        assert found == {"received": 5000, "used": -200, "wasted": -800}


@pytest.mark.parametrize(
    ("label", "value", "shown"),
    [
        ("Technique", "Fan", "Fan"), ("Gauge", "27", "27"), ("With", "needle", "Needle"),
        ("Depth", "Under the skin", "Under the skin"), ("Side", "left", "Left"),
        ("Aspirated before", "no", "No"), ("Area", "upper_lip", "Upper lip"),
        ("Note", "Went well", "Went well"),
        ("Target", "Softer border", "Softer border"),
    ],
)  # fmt: skip
def test_each_field_can_be_amended(
    app: Flask, cast: Cast, nora: Visitor, label: str, value: str, shown: str
) -> None:
    treatment_id, lot_id = finished(app, cast, nora)
    before = held(app, lot_id)
    page = change(nora, treatment_id, label, value)
    assert shown in page.find("table", text=WHY).text
    assert amendments(app)[0].stock_note is None
    assert held(app, lot_id) == before


@pytest.mark.parametrize(
    ("label", "value", "changes", "message"),
    [
        ("Amount", "0", {}, "above zero"), ("Amount", "-1", {}, "as a number"),
        ("Amount", "0.333", {}, "one or two decimals"), ("Amount", "", {}, "Say what is right"),
        ("Amount", "0.3", {}, "This is what the record says already"),
        ("Amount", "0.5", {"reason": ""}, "Say why"), ("Amount", "0.5", {"secret": "000000"}, "PIN is wrong"),
        ("Amount", "0.5", {"secret": ""}, "Enter your PIN"), ("Gauge", "270", {}, "two digits"),
        ("Technique", "x" * 121, {}, "120 characters"),
    ],
)  # fmt: skip
def test_wrong_values_are_named_at_the_field_and_nothing_is_stored(
    app: Flask, cast: Cast, nora: Visitor, label: str, value: str, changes: dict[str, Any], message: str
) -> None:
    treatment_id, lot_id = finished(app, cast, nora)
    before = held(app, lot_id)
    page = change(nora, treatment_id, label, value, 422, **changes)
    assert any(message in error for error in page.errors), page.errors
    assert amendments(app) == []
    assert held(app, lot_id) == before


def test_less_toxin_than_written_was_waste_too(app: Flask, cast: Cast, nora: Visitor) -> None:
    treatment_id, lot_id = finished_toxin(app, cast, nora)
    change(nora, treatment_id, "Amount", "16")
    assert held(app, lot_id) == Holding(4, 400)


def test_more_than_the_syringe_held_is_to_be_counted(app: Flask, cast: Cast, nora: Visitor) -> None:
    treatment_id, lot_id = finished(app, cast, nora)
    page = change(nora, treatment_id, "Amount", "1.5")
    assert "Count lot F77" in page.text
    assert held(app, lot_id) == Holding(4, 4000), "nobody knows: nothing is guessed"
    with looking(app):
        assert db.session.scalars(sa.select(Discrepancy)).one().lot_id == lot_id
    assert "Count lot F77" in nora.get("/stock/discrepancies").text


def test_another_lot_is_given_back_and_taken(app: Flask, cast: Cast, nora: Visitor) -> None:
    treatment_id, lot_id = finished(app, cast, nora)
    other = put(app, cast, FILLER, code="G88", containers=5)
    page = change(nora, treatment_id, "Lot", f"{other}/")
    assert "lot F77 given back, lot G88 taken" in page.text
    assert held(app, lot_id) == Holding(5, 5000)
    assert held(app, other) == Holding(4, 4000)
    change(nora, treatment_id, "Amount", "0.4")
    assert held(app, other) == Holding(4, 4000), "the amount follows in the lot that is right"
    assert held(app, lot_id) == Holding(5, 5000)


def test_another_vial_is_given_back_and_taken(app: Flask, cast: Cast, nora: Visitor) -> None:
    treatment_id, lot_id = finished_toxin(app, cast, nora)
    other = put(app, cast, TOXIN, code="T99", containers=2)
    vial_id = dilute(app, cast, other)
    change(nora, treatment_id, "Lot", f"{other}/{vial_id}")
    assert held(app, lot_id) == Holding(4, 400), "what was left in the wrong vial had been thrown away"
    assert held(app, other) == Holding(1, 180)


def test_only_what_is_finished_is_amended(app: Flask, cast: Cast, nora: Visitor) -> None:
    treatment_id, _ = started(app, cast)
    nora.get(f"/treatments/{treatment_id}/amend", 409)
    nora.post(f"/treatments/{treatment_id}/amend?what=finish:note", {"value": "x", "reason": WHY}, 409)


def test_an_emergency_afterwards_opens_with_what_is_right(app: Flask, cast: Cast, nora: Visitor) -> None:
    treatment_id, _ = finished(app, cast, nora)
    other = put(app, cast, FILLER, code="G88", containers=5)
    change(nora, treatment_id, "Lot", f"{other}/")
    change(nora, treatment_id, "Amount", "0.4")
    kit = nora.fetch(f"/emergencies/kit.json?treatment={treatment_id}").get_json()
    assert (kit["context"]["lot_code"], kit["context"]["amount_ul"]) == ("G88", 400)


def test_another_clinic_finds_nothing(app: Flask, cast: Cast, nora: Visitor, eve: Visitor) -> None:
    treatment_id, _ = finished(app, cast, nora)
    eve.get(f"/treatments/{treatment_id}/amend", 404)
    eve.get(f"/treatments/{treatment_id}/record", 404)
    eve.get(f"/treatments/{treatment_id}/record.pdf", 404)
