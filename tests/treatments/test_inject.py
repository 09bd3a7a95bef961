from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from safety.audit import log
from safety.audit.models import AuditEntry
from safety.db import db
from safety.stock.models import StockMovement
from safety.stock.rules import Holding
from safety.treatments.models import Injection
from tests.factories import Cast, looking
from tests.page import Page, Visitor
from tests.stock.shelf import FILLER, TOXIN, held, put
from tests.treatments.visits import item_of, ready, started, status

GOOD: dict[str, Any] = {
    "area": "lips", "amount": "0,3", "instrument": "cannula", "gauge": "25", "technique": "slow threads",
    "aspirated": "yes", "ultrasound": "not_needed",
}  # fmt: skip


def form(app: Flask, nora: Visitor, treatment_id: str, status: int = 200) -> Page:
    return nora.get(f"/treatments/{treatment_id}/inject/{item_of(app, treatment_id)}", status)


def injections(app: Flask) -> list[Injection]:
    with looking(app):
        return list(db.session.scalars(sa.select(Injection).order_by(Injection.injected_at)))


def test_it_works(app: Flask, cast: Cast, nora: Visitor) -> None:
    treatment_id, lot_id = started(app, cast)
    page = nora.get(f"/treatments/{treatment_id}").click("Inject Juvederm")
    page = page.submit("Record injection", lot_id=lot_id, **GOOD)
    assert "Lips 0.3 millilitres F77 Cannula 25G, slow threads" in page.text
    (row,) = injections(app)
    assert (row.amount, row.side, row.lot_id) == (300, "mid", lot_id)
    assert held(app, lot_id) == Holding(4, 4700)
    with looking(app):
        line = db.session.get_one(StockMovement, row.movement)
        assert (line.treatment_id, line.amount, line.containers) == (treatment_id, -300, -1)
        entry = db.session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "injection.given")).one()
        assert f'"line":{row.movement}'.encode() in entry.body


def test_one_syringe_serves_its_treatment_and_no_other(app: Flask, cast: Cast, nora: Visitor) -> None:
    treatment_id, lot_id = started(app, cast)
    form(app, nora, treatment_id).submit("Record injection", lot_id=lot_id, **GOOD)
    again = form(app, nora, treatment_id)
    assert again.find("input", value=lot_id).has(checked=True), "the lot in hand stays chosen"
    again.submit("Record injection", **{**GOOD, "amount": "0.5"})
    assert held(app, lot_id) == Holding(4, 4200)


def test_the_soonest_expiry_comes_first_and_only_usable_lots_are_offered(
    app: Flask, cast: Cast, nora: Visitor
) -> None:
    treatment_id, later = started(app, cast)
    sooner = put(app, cast, FILLER, code="F10", days=40)
    put(app, cast, FILLER, code="OLD", days=-1)
    put(app, cast, TOXIN, code="TOX")
    page = form(app, nora, treatment_id)
    offered = [node["value"] for node in page.find_all("input", name="lot_id")]
    assert offered == [sooner, later]
    assert not page.has("input", name="lot_id", checked=True)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"lot_id": None}, "Choose the lot before the needle"),
        ({"area": None}, "Choose the area"),
        ({"amount": ""}, "Enter the amount given"),
        ({"amount": "0"}, "above zero"),
        ({"amount": "0.333"}, "one or two decimals"),
        ({"amount": "3"}, "Is 0.3 millilitres meant?"),
        ({"amount": "1.5"}, "More than planned: 1 millilitre planned, 0 millilitres given"),
        ({"instrument": None}, "Choose needle or cannula"),
        ({"gauge": "big"}, "two digits"),
        ({"technique": ""}, "Say how it was given"),
        ({"aspirated": None}, "Choose yes, no or not needed"),
        ({"ultrasound": None}, "Choose yes, no or not needed"),
    ],
)
def test_wrong_values_are_named_at_the_field_and_nothing_is_stored(
    app: Flask, cast: Cast, nora: Visitor, changes: dict[str, Any], message: str
) -> None:
    treatment_id, lot_id = started(app, cast)
    values: dict[str, Any] = {"lot_id": lot_id, **GOOD, **changes}
    page = form(app, nora, treatment_id).submit("Record injection", 422, **values)
    assert any(message in error for error in page.errors), page.errors
    assert injections(app) == []
    assert held(app, lot_id) == Holding(5, 5000)


def test_more_than_planned_needs_a_reason(app: Flask, cast: Cast, nora: Visitor) -> None:
    treatment_id, lot_id = started(app, cast)
    values: dict[str, Any] = {"lot_id": lot_id, **GOOD, "amount": "1.2"}
    page = form(app, nora, treatment_id).submit("Record injection", 422, **values)
    whole = {"reason": "Patient asked for a little more, prescriber agreed"}
    page = page.submit("Record injection", 422, **whole)
    assert "lips: more than 1 millilitre" in page.errors[0]
    page.submit("Record injection", sure=True)
    (row,) = injections(app)
    with looking(app):
        assert db.session.get_one(StockMovement, row.movement).reason


def test_a_paired_area_asks_for_the_side(app: Flask, cast: Cast, nora: Visitor) -> None:
    treatment_id, lot_id = started(app, cast, areas=("cheek",))
    values: dict[str, Any] = {"lot_id": lot_id, **GOOD, "area": "cheek"}
    page = form(app, nora, treatment_id).submit("Record injection", 422, **values)
    assert "left or right" in page.errors[0]
    page.submit("Record injection", side="left")
    assert injections(app)[0].side == "left"


def test_a_named_side_is_known(app: Flask, cast: Cast, nora: Visitor) -> None:
    treatment_id, lot_id = started(app, cast, areas=("left_cheek",))
    page = form(app, nora, treatment_id)
    assert not page.has("input", name="side")
    page.submit("Record injection", lot_id=lot_id, **{**GOOD, "area": "left_cheek"})
    assert injections(app)[0].side == "left"


def test_ultrasound_is_explained_in_high_risk_areas(app: Flask, cast: Cast, nora: Visitor) -> None:
    treatment_id, lot_id = started(app, cast, areas=("left_tear_trough",), amount=400)
    values: dict[str, Any] = {"lot_id": lot_id, **GOOD, "area": "left_tear_trough", "ultrasound": "no"}
    page = form(app, nora, treatment_id).submit("Record injection", 422, **values)
    assert "Say why ultrasound is not used" in page.errors[0]
    page = page.submit("Record injection", 422, ultrasound_why="No machine in this room")
    assert "more than 0.1 millilitres in one place" in page.errors[0]
    assert "Zero point three (0.3 millilitres) of Lip filler 1 mL is meant" in page.text
    page.submit("Record injection", sure=True)
    assert injections(app)[0].ultrasound_why == "No machine in this room"


def test_nothing_is_injected_before_the_start(app: Flask, cast: Cast, nora: Visitor) -> None:
    treatment_id = ready(app, cast)
    form(app, nora, treatment_id, 409)
    assert status(app, treatment_id) == "cleared"


def test_an_area_outside_the_plan_is_refused(app: Flask, cast: Cast, nora: Visitor) -> None:
    treatment_id, lot_id = started(app, cast)
    url = f"/treatments/{treatment_id}/inject/{item_of(app, treatment_id)}"
    page = nora.post(url, {"lot_id": lot_id, **GOOD, "area": "glabella"}, 422)
    assert "Choose an area of the plan" in page.errors[0]
    assert injections(app) == []


def test_strange_text_stays_text(app: Flask, cast: Cast, nora: Visitor) -> None:
    treatment_id, lot_id = started(app, cast)
    values = {**GOOD, "technique": "<img src=x onerror=alert(1)>"}
    page = form(app, nora, treatment_id).submit("Record injection", lot_id=lot_id, **values)
    assert values["technique"] in page.text
    assert not page.main.all("img")


def test_a_failing_seal_leaves_neither_injection_nor_line(
    app: Flask, cast: Cast, nora: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    treatment_id, lot_id = started(app, cast)
    page = form(app, nora, treatment_id)

    def broken(*_: object) -> None:
        raise RuntimeError("the disk is full")

    app.config["PROPAGATE_EXCEPTIONS"] = False
    monkeypatch.setattr(log, "_append", broken)
    page.submit("Record injection", 500, lot_id=lot_id, **GOOD)
    monkeypatch.undo()
    assert injections(app) == []
    assert held(app, lot_id) == Holding(5, 5000)


def test_another_clinic_injects_nothing(app: Flask, cast: Cast, eve: Visitor) -> None:
    treatment_id, lot_id = started(app, cast)
    url = f"/treatments/{treatment_id}/inject/{item_of(app, treatment_id)}"
    eve.get(url, 404)
    eve.post(url, {"lot_id": lot_id, **GOOD}, 404)
    assert injections(app) == []
