"""Drills planned and run, for the tests of the pages about them."""

import html
import re

from flask import Flask

from safety import clock
from safety.db import db
from safety.drills import actions
from safety.drills.models import DrillPlan
from tests.emergency.tablet import Device, of
from tests.factories import Cast, arranging, looking
from tests.page import Page


def planned(app: Flask, cast: Cast, script: str = "lip_recovers", speed: int = 1, seed: int = 7) -> str:
    """Id of a drill that Nora planned for Room 1, with herself and Dr Okafor."""
    asked = actions.Planning(script, speed, cast.room_id, [cast["nora"].id, cast["okafor"].id], seed)
    with arranging(app, cast["nora"].actor):
        return actions.plan(cast["nora"].actor, cast.clinic_id, asked, clock.now()).id


def practised(app: Flask, cast: Cast, drill: str, ended: bool = True, reason: str = "other") -> Device:
    """The drill, run by the tablet of Room 1: eyes never asked, dose 1 at 6:00, ended at 7:00."""
    with looking(app):
        plan = db.session.get_one(DrillPlan, drill)
    tablet = of(app, cast)
    tablet.run = drill
    begun = {"drill": True, "speed": plan.speed, "surprises": plan.seed}
    events = [
        tablet.start(**begun, context={"product_class": "ha_filler", "areas": ["upper_lip"]}),
        tablet.event("step_done", 20, step="V01"),
        tablet.event("step_done", 40, step="V02"),
        tablet.event("refill_checked", 100, result="slow", point="upper_lip"),
        tablet.event("kit_fetched", 190),
        tablet.event("areas_counted", 200, count=1),
        tablet.event("dose_given", 360, units=500),
    ]
    over = [tablet.event("emergency_ended", 420, reason=reason, why="practised")] if ended else []
    tablet.send(*events, *over)
    return tablet


def words(page: Page) -> str:
    """What the page says, with a blank between any two pieces of it."""
    main = page.html.split("<main")[1]
    return re.sub(r"\s+", " ", html.unescape(re.sub("<[^>]+>", " ", main)))
