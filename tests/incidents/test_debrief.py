"""After a run: what the record still lacks comes first, then what the team says."""

from flask import Flask

from safety.audit.models import AuditEntry
from safety.db import db
from tests.emergency.tablet import of
from tests.factories import Cast, looking
from tests.incidents.runs import finished, incident_of
from tests.page import Visitor

LACKS = (
    "The patient is not named", "Nobody is named as recorder", "Dose 2: the lot is not recorded",
    "No photo was taken", "Entries made with nobody signed in: 4",
)  # fmt: skip


def test_it_works(app: Flask, cast: Cast, nora: Visitor) -> None:
    run = finished(app, cast).run
    page = nora.get(f"/emergencies/{run}/debrief").submit(
        "Record the debrief", went_well="Calm, one voice", to_change="Kit nearer", wellbeing="Nora goes home"
    )
    for said in ("Calm, one voice", "Kit nearer", "Nora goes home", cast["nora"].name):
        assert said in page.text
        assert said in nora.get(f"/incidents/{incident_of(app, cast, run)}").text
    with looking(app):
        entry = db.session.query(AuditEntry).filter_by(action="emergency.debriefed").one()
        assert entry.subject == f"emergency:{run}"
        assert b"Kit nearer" not in entry.body


def test_what_is_missing_stands_first(app: Flask, cast: Cast, nora: Visitor) -> None:
    tablet = of(app, cast)
    tablet.send(
        tablet.start(),
        tablet.event("dose_given", 60, units=500, lot_code="H0118L"),
        tablet.event("dose_given", 3700, units=500),
        tablet.event("emergency_ended", 4000, reason="transferred", why="in words"),
    )
    text = nora.get(f"/emergencies/{tablet.run}/debrief").text
    for lacks in LACKS:
        assert lacks in text, lacks
    assert "Dose 1" not in text
    assert text.index("Complete these first") < text.index("What went well?")


def test_a_complete_record_says_so(app: Flask, cast: Cast, nora: Visitor) -> None:
    tablet = of(app, cast)
    tablet.token = None
    tablet.client.set_cookie("reflow_sign_in", cast["nora"].token)
    tablet.send(
        tablet.start(),
        tablet.event("patient_named", 10, text="Seen before"),
        tablet.event("recorder_named", 20, member=cast["nora"].id),
        tablet.event("photo_taken", 30, view="front"),
        tablet.event("emergency_ended", 60, reason="transferred", why="in words"),
    )
    assert "The record is complete" in nora.get(f"/emergencies/{tablet.run}/debrief").text


def test_nothing_said_is_no_debrief(app: Flask, cast: Cast, nora: Visitor) -> None:
    run = finished(app, cast).run
    page = nora.get(f"/emergencies/{run}/debrief").submit("Record the debrief", status=422)
    assert "Write something in at least one" in page.html


def test_a_second_one_stands_beside_the_first(app: Flask, cast: Cast, nora: Visitor, okafor: Visitor) -> None:
    run = finished(app, cast).run
    nora.get(f"/emergencies/{run}/debrief").submit("Record the debrief", went_well="First")
    text = okafor.get(f"/emergencies/{run}/debrief").submit("Record the debrief", went_well="Second").text
    assert text.index("First") < text.index("Second")


def test_a_drill_has_a_page_of_its_own(app: Flask, cast: Cast, nora: Visitor, eve: Visitor) -> None:
    nora.get(f"/emergencies/{finished(app, cast, drill=True).run}/debrief", status=404)
    eve.get(f"/emergencies/{finished(app, cast).run}/debrief", status=404)
