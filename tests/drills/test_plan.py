"""A drill is planned: what happens, how fast, where, who; its surprises are drawn once and kept."""

from flask import Flask

from safety.db import db
from safety.drills.models import DrillParticipant, DrillPlan
from tests.factories import Cast, looking
from tests.page import Visitor


def asked(cast: Cast, **more: object) -> dict[str, object]:
    fields = {
        "script": "nose_grows",
        "speed": "10",
        "room": cast.room_id,
        "members": [cast["nora"].id],
        "seed": "",
    }
    return {**fields, **more}


def plans(app: Flask) -> list[DrillPlan]:
    with looking(app):
        return list(db.session.query(DrillPlan).order_by(DrillPlan.planned_at))


def test_it_works(app: Flask, cast: Cast, nora: Visitor) -> None:
    page = nora.get("/drills/new")
    assert page.h1 == "Plan a drill"
    page = nora.post("/drills/new", asked(cast))
    assert page.h1 == "Nose, the area grows and the stock runs out"
    [plan] = plans(app)
    assert page.url == f"/drills/{plan.id}/start"
    assert (plan.script_id, plan.speed, plan.room_id) == ("nose_grows", 10, cast.room_id)
    assert len(plan.script["surprises"]) == 3
    with looking(app):
        assert [row.member_id for row in db.session.query(DrillParticipant)] == [cast["nora"].id]


def test_the_number_of_an_earlier_drill_brings_the_same_again(app: Flask, cast: Cast, nora: Visitor) -> None:
    nora.post("/drills/new", asked(cast, seed="42"))
    nora.post("/drills/new", asked(cast, seed="42"))
    nora.post("/drills/new", asked(cast, seed="43"))
    first, again, other = plans(app)
    assert first.script == again.script
    assert first.script["surprises"] != other.script["surprises"]


def test_what_is_missing_is_said(app: Flask, cast: Cast, nora: Visitor) -> None:
    page = nora.post("/drills/new", {"speed": "10"}, status=422)
    for said in ("Choose what happens", "Choose the room", "Choose who takes part"):
        assert f"Error: {said}" in page.errors
    page = nora.post("/drills/new", asked(cast, seed="10000"), status=422)
    assert page.errors == ["Error: Enter a number from 1 to 9999"]
    nora.post("/drills/new", asked(cast, script="made_up"), status=422)
    nora.post("/drills/new", asked(cast, members=[cast["eve"].id]), status=422)
    assert plans(app) == []
