"""How a drill went: four numbers, the score sheet, signing for it, the debrief."""

import pytest
from flask import Flask

from safety.audit.models import AuditEntry
from safety.db import db
from safety.drills.models import DrillAttendance, DrillDebrief
from tests.drills.runs import planned, practised, words
from tests.emergency.tablet import Device, Json, of
from tests.factories import PIN, Cast, looking
from tests.page import Visitor


def test_it_works(app: Flask, cast: Cast, nora: Visitor) -> None:
    drill = planned(app, cast)
    practised(app, cast, drill)
    page = nora.get(f"/drills/{drill}")
    text = words(page)
    assert page.h1 == "Upper lip, better after two doses"
    assert "DRILL" in page.html
    assert "6 min 0 s Start to dose 1, within target" in text
    assert "3 min 10 s Start to kit in hand, 2 min 30 s from the call" in text
    assert "Ask about sight, eye pain, face, arm, speech, headache. 00:01:00 – Missed" in text
    assert "Stop injecting. 00:00:00 00:00:20 In time" in text
    assert "Nora Quinn Nurse Not signed yet" in text


def test_one_signs_for_having_been_there(app: Flask, cast: Cast, nora: Visitor, okafor: Visitor) -> None:
    drill = planned(app, cast)
    practised(app, cast, drill)
    page = nora.post(f"/drills/{drill}/attendance", secret="000000", status=422)
    assert page.errors == ["Error: The PIN is wrong"]
    page = nora.post(f"/drills/{drill}/attendance", secret=PIN)
    assert "Nora Quinn Nurse Signed" in words(page)
    assert "Sign: I took part" not in page.text
    page = nora.post(f"/drills/{drill}/attendance", secret=PIN, status=422)
    assert "You have signed for this drill already" in page.text
    assert "Sign: I took part" in okafor.get(f"/drills/{drill}").text
    with looking(app):
        assert db.session.query(DrillAttendance).count() == 1
        assert db.session.query(AuditEntry).filter_by(action="drill.attended").count() == 1


def test_the_debrief_is_kept_and_the_newest_stands_first(app: Flask, cast: Cast, nora: Visitor) -> None:
    drill = planned(app, cast)
    practised(app, cast, drill)
    assert nora.post(f"/drills/{drill}/debrief", text=" ", status=422).errors == [
        "Error: Write what was said"
    ]
    nora.post(f"/drills/{drill}/debrief", text="The kit was slow to come")
    page = nora.post(f"/drills/{drill}/debrief", text="Ask about the eyes <b>first</b>")
    text = words(page)
    assert text.index("Ask about the eyes <b>first</b>") < text.index("The kit was slow to come")
    with looking(app):
        assert db.session.query(DrillDebrief).count() == 2
        [one, _] = db.session.query(AuditEntry).filter_by(action="drill.debriefed").all()
        assert b"kit was slow" not in one.body


def test_drills_are_compared(app: Flask, cast: Cast, nora: Visitor) -> None:
    practised(app, cast, planned(app, cast))
    drill = planned(app, cast, "nose_grows")
    tablet = of(app, cast)
    tablet.run, tablet.now_ms = drill, tablet.now_ms + 1000
    tablet.send(
        tablet.start(drill=True), tablet.event("emergency_ended", 60, reason="other", why="practised")
    )
    assert "This drill and those before it" in nora.get(f"/drills/{drill}").text
    assert "Upper lip, better after two doses 6 min 0 s" in words(nora.get(f"/drills/{drill}"))


@pytest.mark.parametrize("how", ["running", "mistake", "real"])
def test_what_cannot_be_signed_for(app: Flask, cast: Cast, nora: Visitor, how: str) -> None:
    drill = planned(app, cast)
    reason = "started_by_mistake" if how == "mistake" else "other"
    tablet = practised(app, cast, drill, ended=how != "running", reason=reason)
    if how == "real":
        tablet.send(tablet.event("made_real", 500))
        assert "This drill became an emergency" in nora.get(f"/drills/{drill}").text
    assert "Sign: I took part" not in nora.get(f"/drills/{drill}").text
    page = nora.post(f"/drills/{drill}/attendance", secret=PIN, status=422)
    assert "A drill is signed for once it has ended, and only while it is a drill" in page.text


def over(tablet: Device) -> Json:
    return tablet.event("emergency_ended", 60, reason="other", why="practised")


def test_a_drill_nobody_planned_has_a_score_too(app: Flask, cast: Cast, nora: Visitor) -> None:
    tablet = of(app, cast)
    tablet.send(
        tablet.start(drill=True), tablet.event("emergency_ended", 60, reason="other", why="practised")
    )
    assert "Score sheet, in drill time" in nora.get(f"/drills/{tablet.run}").text


def test_an_emergency_is_no_drill(app: Flask, cast: Cast, nora: Visitor, eve: Visitor) -> None:
    tablet = of(app, cast)
    tablet.send(tablet.start())
    nora.get(f"/drills/{tablet.run}", status=404)
    drill = planned(app, cast)
    practised(app, cast, drill)
    eve.get(f"/drills/{drill}", status=404)
