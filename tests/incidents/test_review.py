"""One call or visit: what was found, put right, taken over, cancelled with a reason; signs come back."""

from typing import Any

import pytest
from flask import Flask

from safety.audit.models import AuditEntry
from safety.db import db
from safety.emergency import actions as emergencies
from safety.emergency.models import Emergency
from safety.incidents.models import Incident
from tests.emergency.tablet import of
from tests.factories import Cast, looking
from tests.incidents.runs import incident_of
from tests.incidents.test_follow_ups import ended, lines, standing
from tests.page import Page, Visitor
from tests.treatments import visits

Json = dict[str, Any]
SEEN = {
    "returned": "no",
    "refill": "normal",
    "refill_s": "1.5",
    "mirror_s": "1.5",
    "colour": "normal",
    "stage": "0",
}


def first_visit(app: Flask, cast: Cast) -> tuple[Any, str]:
    tablet = ended(app, cast)
    return tablet, lines(app, cast, tablet)[1].row.id


def record(page: Page, **values: str) -> Page:
    return page.submit("Record the outcome", 200, **{**SEEN, **values})


def test_it_works(app: Flask, cast: Cast, nora: Visitor) -> None:
    tablet, visit = first_visit(app, cast)
    page = record(nora.get(f"/reviews/{visit}"), note="Came with her sister")
    assert "Review recorded" in page.text
    assert "Refill normal, 1.5 seconds, other side 1.5 seconds" in page.text
    assert "Came with her sister" in page.text
    assert standing(lines(app, cast, tablet))["follow.24h"] == ["done"]
    with looking(app):
        entry = db.session.query(AuditEntry).filter_by(action="follow_up.done").one()
        assert entry.subject == f"follow_up:{visit}"
        assert entry.actor == f"member:{cast['nora'].id}"
        assert b"sister" not in entry.body


def test_a_visit_must_say_what_was_seen(app: Flask, cast: Cast, nora: Visitor) -> None:
    _, visit = first_visit(app, cast)
    page = nora.get(f"/reviews/{visit}").submit("Record the outcome", status=422, refill_s="x")
    assert [error.removeprefix("Error: ") for error in page.errors] == [
        "Choose yes or no",
        "Choose: refill",
        "Enter seconds as a number, for example 1.5",
        "Choose: colour",
        "Choose: stage of the skin",
    ]


def test_on_the_telephone_nothing_need_be_seen(app: Flask, cast: Cast, nora: Visitor) -> None:
    tablet = ended(app, cast)
    call = lines(app, cast, tablet)[0].row.id
    page = nora.get(f"/reviews/{call}").submit(
        "Record the outcome",
        returned="no",
        refill="unseen",
        colour="unseen",
        stage="unseen",
        note="Feels well",
    )
    assert "Feels well" in page.text


def test_an_outcome_is_put_right_by_another_not_by_a_change(app: Flask, cast: Cast, nora: Visitor) -> None:
    tablet, visit = first_visit(app, cast)
    record(nora.get(f"/reviews/{visit}"))
    record(nora.get(f"/reviews/{visit}"), refill="slow", refill_s="4")
    line = next(line for line in lines(app, cast, tablet) if line.row.id == visit)
    assert [entry.refill for entry in line.entries] == ["normal", "slow"]
    assert line.last is not None
    assert line.last.refill_ds == 40


def test_not_made_needs_a_reason_and_stays_in_the_record(app: Flask, cast: Cast, nora: Visitor) -> None:
    tablet, visit = first_visit(app, cast)
    page = nora.get(f"/reviews/{visit}").click("Not made")
    assert page.submit("Cancel this follow-up", status=422).errors == [
        "Error: Say why: the next person must understand it"
    ]
    page = page.submit("Cancel this follow-up", reason="Seen at the hospital")
    assert "Seen at the hospital" in page.text
    assert standing(lines(app, cast, tablet))["follow.24h"] == ["cancelled"]
    nora.post(f"/reviews/{visit}", data=SEEN, status=422)
    assert standing(lines(app, cast, tablet))["follow.24h"] == ["cancelled"]


def test_somebody_takes_it_over(app: Flask, cast: Cast, nora: Visitor, sam: Visitor) -> None:
    _, visit = first_visit(app, cast)
    page = nora.get(f"/reviews/{visit}")
    assert "Nobody yet" in page.text
    page = page.submit("I look after this one")
    assert cast["nora"].name in page.text
    sam.get(f"/reviews/{visit}", status=403)


def test_broken_skin_found_at_a_review_asks_for_one_more_week(app: Flask, cast: Cast, nora: Visitor) -> None:
    tablet, visit = first_visit(app, cast)
    record(nora.get(f"/reviews/{visit}"), stage="4")
    record(nora.get(f"/reviews/{visit}"), stage="4")
    assert standing(lines(app, cast, tablet))["follow.weekly"] == ["planned"]


def test_signs_that_came_back_start_the_emergency_again_in_the_same_incident(
    app: Flask, cast: Cast, nora: Visitor
) -> None:
    tablet, visit = first_visit(app, cast)
    page = record(nora.get(f"/reviews/{visit}"), returned="yes")
    assert "Signs came back" in page.text
    link = page.find("a", text="Start the emergency again")
    assert link["href"] == f"/emergencies/new?returned_from={tablet.run}"
    again = of(app, cast, "tablet-2")
    again.send(again.start(returned_from=tablet.run))
    again.send(again.event("emergency_ended", 3600, reason="transferred", why="in words"))
    with looking(app):
        assert db.session.query(Incident).count() == 1
        linked = db.session.query(AuditEntry).filter_by(action="incident.signs_returned").one()
        assert linked.subject.startswith("incident:")
    found = lines(app, cast, tablet)
    assert standing(found)["follow.48h"] == ["withdrawn", "planned"]
    assert standing(found)["follow.24h"] == ["done", "planned"]
    page = nora.get(f"/incidents/{incident_of(app, cast, tablet.run)}")
    assert page.has("a", href=f"/emergencies/{again.run}")


@pytest.mark.parametrize("named", ["nowhere", 7, "134f9e67-b6ff-439c-a44d-2c143167e162"])
def test_a_run_nobody_knows_is_no_reason_to_refuse_the_start(app: Flask, cast: Cast, named: Any) -> None:
    again = of(app, cast)
    again.send(again.start(returned_from=named))
    again.send(again.event("emergency_ended", 60, reason="transferred", why="in words"))
    incident_of(app, cast, again.run)


def test_another_clinics_run_links_nothing(app: Flask, cast: Cast) -> None:
    tablet = ended(app, cast)
    with looking(app, cast.other_clinic_id):
        assert emergencies.earlier_run(tablet.run) is None


def test_the_new_run_knows_the_patient_of_the_one_before(app: Flask, cast: Cast, nora: Visitor) -> None:
    treatment, _ = visits.started(app, cast)
    tablet = of(app, cast)
    tablet.send(
        tablet.start(context={"treatment": treatment}),
        tablet.event("emergency_ended", 60, reason="transferred", why="in words"),
    )
    kit = nora.fetch(f"/emergencies/kit.json?returned_from={tablet.run}").json
    assert kit is not None
    assert kit["context"]["treatment"] == treatment
    again = of(app, cast, "tablet-2")
    again.send(again.start(returned_from=tablet.run))
    with looking(app):
        run = db.session.get_one(Emergency, again.run)
        assert run.treatment_id == treatment
        assert run.patient_id is not None
