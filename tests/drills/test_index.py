"""Who is due, what is planned, how the last drills went; overdue shows on the day board."""

from datetime import timedelta

from flask import Flask

from safety import clock
from safety.db import db
from safety.drills import actions, reading
from safety.emergency.models import Emergency
from safety.staff.actions import Proved
from safety.staff.models import Proof
from tests.drills.runs import planned, practised, words
from tests.factories import Cast, arranging, looking
from tests.page import Visitor


def signed(app: Flask, cast: Cast, drill: str, who: str = "nora") -> None:
    with arranging(app, cast[who].actor):
        run = db.session.get_one(Emergency, drill)
        actions.attend(cast[who].actor, Proved(cast[who].id, Proof.PIN), run, clock.now())


def test_it_works(app: Flask, cast: Cast, nora: Visitor) -> None:
    page = nora.get("/drills")
    assert page.h1 == "Drills"
    assert "Nora Quinn No drill signed for Never practised" in words(page)
    assert "Room 1 No drill signed for Never practised" in words(page)
    assert "Ada Mensah" not in page.text, "an administrator treats nobody"
    assert "No drill yet" in page.text


def test_a_signed_drill_counts_for_the_person_and_the_room(app: Flask, cast: Cast, nora: Visitor) -> None:
    drill = planned(app, cast)
    assert "Upper lip, better after two doses Planned" in words(nora.get("/drills"))
    practised(app, cast, drill)
    assert "Room 1 No drill signed for" in words(nora.get("/drills"))
    signed(app, cast, drill)
    text = words(nora.get("/drills"))
    assert "Nora Quinn Last drill" in text
    assert "Room 1 Last drill" in text
    assert "Dr Chidi Okafor No drill signed for Never practised" in text
    assert "dose 1 after 6 min 0 s" in text


def test_overdue_shows_on_the_day_board(app: Flask, cast: Cast, nora: Visitor, ada: Visitor) -> None:
    assert "4 drills overdue" in nora.get("/today").text
    assert "drills overdue" not in ada.get("/today").text, "what she may not open"
    drill = planned(app, cast)
    practised(app, cast, drill)
    signed(app, cast, drill)
    assert "2 drills overdue" in nora.get("/today").text


def test_six_months_later_it_is_overdue_again(app: Flask, cast: Cast) -> None:
    drill = planned(app, cast)
    practised(app, cast, drill)
    signed(app, cast, drill)
    with looking(app, cast.clinic_id):
        on = clock.now().date()
        later = {days: reading.due(on + timedelta(days=days)).people for days in (100, 160, 190)}
    of_nora = {
        days: next(row.state for row in rows if row.name == "Nora Quinn") for days, rows in later.items()
    }
    assert of_nora == {100: "ok", 160: "soon", 190: "overdue"}


def test_a_drill_made_real_counts_for_nobody(app: Flask, cast: Cast, nora: Visitor) -> None:
    drill = planned(app, cast)
    tablet = practised(app, cast, drill)
    signed(app, cast, drill)
    tablet.send(tablet.event("made_real", 430))
    text = words(nora.get("/drills"))
    assert "Nora Quinn No drill signed for" in text
    assert "Made real" in text


def test_another_clinics_drills_are_not_there(app: Flask, cast: Cast, eve: Visitor) -> None:
    practised(app, cast, planned(app, cast))
    text = eve.get("/drills").text
    assert "Upper lip" not in text
    assert "Nora" not in text
