"""Filler starts only when everything is there; what is not is named, and the refusal kept."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from flask import Flask

from safety import clock
from safety.audit import log
from safety.audit.log import seal
from safety.db import as_clinic, db, write_transaction
from safety.treatments import actions
from safety.treatments.models import InterlockRefusal, Treatment, TreatmentStart
from tests.dilutions.vials import dilute
from tests.factories import Cast, looking
from tests.page import Page, Visitor
from tests.screening.people import today
from tests.stock.shelf import BIOSTIMULATOR, TOXIN, put
from tests.treatments.visits import YES, authorise, begin, clear, consent, measure, plan, ready, status


def start(nora: Visitor, treatment_id: str, status: int = 200, **gates: str) -> Page:
    return nora.get(f"/treatments/{treatment_id}").submit("Start treatment", status, **{**YES, **gates})


def test_it_works(app: Flask, cast: Cast, nora: Visitor) -> None:
    treatment_id = ready(app, cast)
    put(app, cast)
    page = start(nora, treatment_id)
    assert "Running" in page.text
    with looking(app):
        row = db.session.scalars(sa.select(TreatmentStart)).one()
        assert row.interlock["readiness"]["usable_units"] == 6000
        assert row.interlock["gates"] == YES
        assert row.started_by == cast["nora"].id


def test_everything_missing_is_named_and_the_refusal_is_kept(app: Flask, cast: Cast, nora: Visitor) -> None:
    treatment_id = plan(app, cast)
    page = nora.get(f"/treatments/{treatment_id}").submit("Start treatment", 409)
    assert "Some questions have no answer" in page.text
    assert "Baseline refill: Lips" in page.text
    assert "Needed 3000 units, usable 0 units" in page.text
    assert "Not yet: Baseline refill checked" in page.text
    assert "Not yet: Hyaluronidase in stock" in page.text
    with looking(app):
        refusal = db.session.scalars(sa.select(InterlockRefusal)).one()
        codes = {one["code"] for one in refusal.interlock["missing"]}
        assert codes == {"screening", "answer", "consent", "baseline", "interlock", "F09", "F10"}
        assert db.session.scalars(sa.select(TreatmentStart)).all() == []


def test_a_program_is_told_in_json(app: Flask, cast: Cast, nora: Visitor) -> None:
    treatment_id = plan(app, cast)
    sent = {"csrf_token": nora.csrf()}
    answer = nora.client.post(
        f"/treatments/{treatment_id}/start", data=sent, headers={"Accept": "application/json"}
    )
    assert answer.status_code == 409
    assert answer.json is not None
    assert {"code": "interlock", "text": "Needed 3000 units, usable 0 units"} in answer.json["missing"]


@pytest.mark.parametrize("gate", ["F09", "F10"])
@pytest.mark.parametrize("said", ["no", None])
def test_each_gate_is_asked(app: Flask, cast: Cast, nora: Visitor, gate: str, said: str | None) -> None:
    treatment_id = ready(app, cast)
    put(app, cast)
    page = nora.get(f"/treatments/{treatment_id}").submit("Start treatment", 409, **{**YES, gate: said})
    assert "Not yet:" in page.text
    assert status(app, treatment_id) == "cleared"


@pytest.mark.parametrize("forged", ["maybe", "YES", "yes "])
def test_a_forged_gate_does_not_open(app: Flask, cast: Cast, nora: Visitor, forged: str) -> None:
    treatment_id = ready(app, cast)
    put(app, cast)
    answer = nora.client.post(
        f"/treatments/{treatment_id}/start", data={"csrf_token": nora.csrf(), "F09": forged, "F10": "yes"}
    )
    assert answer.status_code in (400, 409)
    assert status(app, treatment_id) == "cleared"


def test_baseline_refill_is_measured_first(app: Flask, cast: Cast, nora: Visitor) -> None:
    treatment_id = plan(app, cast, areas=("left_cheek", "right_cheek"))
    clear(app, cast, treatment_id)
    put(app, cast)
    page = start(nora, treatment_id, 409)
    assert "Baseline refill: Left cheek" in page.text
    assert "Baseline refill: Right cheek" in page.text
    measure(app, cast, treatment_id)
    consent(app, cast, treatment_id)
    start(nora, treatment_id)


def test_toxin_asks_for_no_rescue_and_no_refill(app: Flask, cast: Cast, nora: Visitor) -> None:
    treatment_id = plan(app, cast, product=TOXIN, areas=("glabella",), amount=20)
    assert clear(app, cast, treatment_id) == "clear"
    page = nora.get(f"/treatments/{treatment_id}")
    assert "Means of rescue" not in page.text
    authorise(app, cast, treatment_id)
    assert "No diluted vial of Botox in time" in page.submit("Start treatment", 409).text
    dilute(app, cast, put(app, cast, TOXIN))
    consent(app, cast, treatment_id)
    page.submit("Start treatment")
    assert status(app, treatment_id) == "started"


def test_a_filler_that_does_not_dissolve_asks_for_the_same_stock(
    app: Flask, cast: Cast, nora: Visitor
) -> None:
    treatment_id = plan(app, cast, product=BIOSTIMULATOR, areas=("left_cheek",))
    clear(app, cast, treatment_id)
    page = nora.get(f"/treatments/{treatment_id}")
    assert "This filler does not dissolve" in page.text
    assert "Needed 3000 units" in page.submit("Start treatment", 409).text
    put(app, cast)
    consent(app, cast, treatment_id)
    nora.get(f"/treatments/{treatment_id}").submit("Start treatment")


def test_a_screening_of_another_day_does_not_start(app: Flask, cast: Cast) -> None:
    treatment_id = plan(app, cast, days=1)
    put(app, cast)
    codes = [one.code for one in begin(app, cast, treatment_id)]
    assert codes[0] == "day"
    assert {"screening", "baseline"} <= set(codes)


def test_what_needs_the_prescriber_waits_for_the_prescriber(app: Flask, cast: Cast) -> None:
    treatment_id = plan(app, cast)
    outcome = clear(app, cast, treatment_id, G05="none")
    assert outcome == "prescriber"
    assert status(app, treatment_id) == "waiting_for_prescriber"
    measure(app, cast, treatment_id)
    consent(app, cast, treatment_id)
    put(app, cast)
    assert [one.code for one in begin(app, cast, treatment_id)] == ["prescriber"]


def test_it_starts_once(app: Flask, cast: Cast) -> None:
    treatment_id = ready(app, cast)
    put(app, cast)
    assert begin(app, cast, treatment_id) == []
    assert [one.code for one in begin(app, cast, treatment_id)] == ["state"]


def test_what_is_promised_to_one_room_is_not_there_for_another(app: Flask, cast: Cast) -> None:
    first, second = ready(app, cast), ready(app, cast)
    lot_id = put(app, cast, containers=2)
    assert begin(app, cast, first) == []
    (missing,) = [
        one for one in begin(app, cast, second) if one.code == "interlock" and "are kept" in one.text
    ]
    assert "3000 units are kept for treatments running now" in missing.text
    put(app, cast, containers=2)
    assert begin(app, cast, second) == []
    assert lot_id


def test_forty_rooms_want_the_cover_for_one(app: Flask, cast: Cast) -> None:
    rooms = [ready(app, cast) for _ in range(3)]
    put(app, cast, containers=2)
    barrier = threading.Barrier(12)

    def go(index: int) -> int:
        barrier.wait()
        with app.app_context(), as_clinic(cast.clinic_id), write_transaction():
            treatment = db.session.get_one(Treatment, rooms[index % 3])
            lacking = actions.start(cast["nora"].actor, treatment, YES, today(), clock.now())
            seal()
            return len(lacking)

    with ThreadPoolExecutor(12) as hands:
        answers = list(hands.map(go, range(12)))
    assert answers.count(0) == 1
    with looking(app):
        assert len(db.session.scalars(sa.select(TreatmentStart)).all()) == 1


def test_a_failing_seal_leaves_neither_start_nor_entry(
    app: Flask, cast: Cast, nora: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    treatment_id = ready(app, cast)
    put(app, cast)
    page = nora.get(f"/treatments/{treatment_id}")
    with looking(app):
        before = log.size()

    def broken(*_: object) -> None:
        raise RuntimeError("the disk is full")

    app.config["PROPAGATE_EXCEPTIONS"] = False
    monkeypatch.setattr(log, "_append", broken)
    page.submit("Start treatment", 500, **YES)
    monkeypatch.undo()
    with looking(app):
        assert log.size() == before
        assert db.session.scalars(sa.select(TreatmentStart)).all() == []


def test_another_clinic_starts_nothing(app: Flask, cast: Cast, eve: Visitor) -> None:
    treatment_id = ready(app, cast)
    eve.get(f"/treatments/{treatment_id}", 404)
    for act in ("start", "screen"):
        eve.post(f"/treatments/{treatment_id}/{act}", YES, 404)
    assert status(app, treatment_id) == "cleared"
