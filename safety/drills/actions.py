"""What staff do about drills: plan one, sign for having been there, write down what was said."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from safety.audit.log import Actor, record
from safety.db import db, new_id
from safety.drills import reading, rules
from safety.drills.models import DrillAttendance, DrillDebrief, DrillParticipant, DrillPlan
from safety.emergency.models import Emergency
from safety.staff.actions import Proved, sign

MEANING = "I took part in this drill"


@dataclass(frozen=True)
class Planning:
    """A drill as it was asked for. Without a seed one is drawn."""

    script: str
    speed: int
    room_id: str | None
    members: Sequence[str]
    seed: int | None = None


class NotOver(ValueError):
    """Nobody can sign for a drill that runs, was made real, or was started by mistake."""


class SignedBefore(ValueError):
    """This person has signed for this drill already."""


def plan(actor: Actor, clinic_id: str, asked: Planning, now: datetime) -> DrillPlan:
    """Plan a drill: its script is drawn now and kept. Raises rules.NoSuchScript."""
    seed = asked.seed or 1 + secrets.randbelow(rules.LARGEST_SEED)
    found = reading.in_force()
    script = rules.drawn(found.body, asked.script, seed)
    row = DrillPlan(
        id=new_id(), clinic_id=clinic_id, script_id=script["id"], script=script, seed=seed,
        protocol_digest=found.digest, speed=asked.speed, room_id=asked.room_id, planned_by=actor.id,
        planned_at=now,
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    for member_id in asked.members:
        db.session.add(DrillParticipant(plan_id=row.id, member_id=member_id, clinic_id=clinic_id))
    db.session.flush()
    facts = {"script": script["id"], "seed": seed, "speed": asked.speed, "protocol": found.digest}
    record(actor, "drill.planned", f"drill:{row.id}", facts | {"members": sorted(asked.members)})
    return row


def attend(actor: Actor, proved: Proved, run: Emergency, now: datetime) -> DrillAttendance:
    """One person signs for having taken part. Raises NotOver, SignedBefore."""
    if not reading.is_over(run):
        raise NotOver("A drill is signed for once it has ended, and only while it is a drill")
    if proved.member_id in {row.member_id for row in reading.attendance(run.id)}:
        raise SignedBefore("You have signed for this drill already")
    content = {"drill": run.id, "started_ms": int(run.started_at.timestamp()), "member": proved.member_id}
    signature = sign(actor, proved, f"drill:{run.id}", MEANING, content, now)
    row = DrillAttendance(
        id=new_id(), clinic_id=run.clinic_id, emergency_id=run.id, member_id=proved.member_id,
        signature_id=signature.id, signed_at=now,
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    facts = {"member": proved.member_id, "signature": signature.id}
    record(actor, "drill.attended", f"drill:{run.id}", facts)
    return row


def debrief(actor: Actor, run: Emergency, text: str, now: datetime) -> DrillDebrief:
    """Write down what was said; what was written before stays behind it."""
    row = DrillDebrief(
        id=new_id(),
        clinic_id=run.clinic_id,
        emergency_id=run.id,
        text=text,
        written_by=actor.id,
        written_at=now,
    )
    db.session.add(row)
    db.session.flush()
    record(actor, "drill.debriefed", f"drill:{run.id}", {"characters": len(text)}, {"text": text})
    return row
