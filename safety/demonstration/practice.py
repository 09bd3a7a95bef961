"""The drill of the story: planned, run with a practice patient, signed for, talked over."""

from datetime import timedelta
from typing import Any

from safety.db import db
from safety.demonstration import rescue
from safety.demonstration.stage import Stage
from safety.drills import actions, reading
from safety.emergency.models import Emergency

Json = dict[str, Any]
EARLIER, LATER = timedelta(minutes=10), timedelta(hours=1)


def tell(stage: Stage, said: Json) -> str:
    """The drill from its plan to its debrief. Returns its id."""
    begins, nurse = stage.at(said["days"], said["minutes"]), stage.actor(said["by"])
    members = [stage.members[role].id for role in said["took_part"]]
    room = next(iter(stage.rooms.values()))
    asked = actions.Planning(said["script"], 1, room.id, members, said["surprises"])
    plan = actions.plan(nurse, stage.clinic_id, asked, begins - EARLIER)
    rescue.tell(stage, said, reading.start_of(plan)["context"], plan.id)
    run = db.session.get_one(Emergency, plan.id)
    for role in said["signed"]:
        actions.attend(stage.actor(role), stage.proved(role), run, begins + LATER)
    actions.debrief(nurse, run, said["said"], begins + LATER)
    return plan.id
