"""Two people let filler start although the means of rescue are not ready (T3): one asks, another answers."""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from safety.audit import canonical
from safety.audit.log import Actor, record
from safety.db import db, new_id
from safety.prescribing import links, rules
from safety.prescribing.actions import must_prescribe
from safety.prescribing.links import Rescue
from safety.prescribing.models import RescueOverride, RescueOverrideRequest
from safety.screening.actions import NotAllowed, Stale
from safety.screening.verdict import MAY
from safety.staff import actions as staff
from safety.staff.actions import Proved
from safety.staff.models import Member

Json = Any
CHANGED = "The means of rescue are not what they were. Read them again, and ask anew"


def digest(treatment_id: str, on: date, seen: Json) -> str:
    """Digest of the readiness of one treatment on one day: what both signatures are bound to."""
    content = {"treatment": treatment_id, "on": on.isoformat(), "readiness": seen}
    return hashlib.sha256(canonical.dumps(content)).hexdigest()


def ask(
    actor: Actor, proved: Proved, treatment_id: str, shown: str, reason: str, today: date, now: datetime
) -> RescueOverrideRequest:
    """Ask a second person to let filler start, signed over the readiness seen. Raises NotAllowed, Stale."""
    member = db.session.scalar(sa.select(Member).where(Member.id == actor.id))
    if member is None or member.role not in MAY["nurse"]:
        raise NotAllowed("Only somebody who treats may ask for this")
    seen = _not_ready(treatment_id, today)
    if digest(treatment_id, today, seen.seen) != shown:
        raise Stale(CHANGED)
    if (still := newest(treatment_id)) and stands(still, now):
        raise Stale("Somebody has asked already: it waits in the prescriber's list")
    row = RescueOverrideRequest(
        id=new_id(), clinic_id=actor.clinic_id, treatment_id=treatment_id, on=today, seen=seen.seen,
        seen_sha256=shown, reason=reason, asked_at=now, expires_at=rules.expires_at(now), asked_by=actor.id,
    )  # fmt: skip
    meaning = "I ask to start filler without the full means of rescue"
    row.signature_id = staff.sign(actor, proved, _record(row), meaning, _asked(row), now).id
    db.session.add(row)
    db.session.flush()
    facts = {"treatment": treatment_id, "readiness": shown, "needed": seen.needed, "usable": seen.usable}
    record(actor, "rescue.override_asked", _record(row), facts, {"reason": reason})
    return row


def _not_ready(treatment_id: str, today: date) -> Rescue:
    plan = links.plan(f"treatment:{treatment_id}")
    if plan is None or plan.over or plan.begun:
        raise Stale("This treatment has started or is over")
    if plan.on != today:
        raise Stale("The visit is planned for another day")
    seen = links.rescue(treatment_id, today)
    if seen is None or seen.allows:
        raise Stale("The means of rescue are ready: nothing needs an override")
    return seen


def _record(row: RescueOverrideRequest) -> str:
    return f"rescue_override:{row.id}"


def _asked(row: RescueOverrideRequest) -> dict[str, Json]:
    return {"id": row.id, "treatment": row.treatment_id, "on": row.on.isoformat(), "seen": row.seen_sha256,
            "reason": row.reason}  # fmt: skip


@dataclass(frozen=True)
class Answering:
    """The second person's answer as typed. `shown`: digest of the readiness on the page."""

    granted: bool
    reason: str
    shown: str


def answer(
    actor: Actor, proved: Proved, request_id: str, said: Answering, today: date, now: datetime
) -> RescueOverride:
    """Let filler start, or not: never by the person who asked, never over another readiness.

    Raises NotAllowed, Stale.
    """
    must_prescribe(actor)
    asked = db.session.get_one(RescueOverrideRequest, request_id)
    if actor.id == asked.asked_by:
        raise NotAllowed("A second person answers: nobody approves their own override")
    if answered(asked.id) is not None:
        raise Stale("Somebody has answered already")
    if now >= asked.expires_at:
        raise Stale("Nobody answered in time: ask anew")
    seen = _not_ready(asked.treatment_id, today)
    if not said.shown == asked.seen_sha256 == digest(asked.treatment_id, today, seen.seen):
        raise Stale(CHANGED)
    row = RescueOverride(
        request_id=asked.id, clinic_id=asked.clinic_id, granted=said.granted, reason=said.reason,
        answered_at=now, answered_by=actor.id,
    )  # fmt: skip
    meaning = "Filler may start without the full means of rescue" if said.granted else "Filler does not start"
    row.signature_id = staff.sign(actor, proved, _record(asked), meaning, _answered(asked, row), now).id
    db.session.add(row)
    db.session.flush()
    facts = {"treatment": asked.treatment_id, "readiness": asked.seen_sha256, "granted": said.granted,
             "asked_by": asked.asked_by}  # fmt: skip
    record(actor, "rescue.override_answered", _record(asked), facts, {"reason": said.reason})
    return row


def _answered(asked: RescueOverrideRequest, row: RescueOverride) -> dict[str, Json]:
    return {**_asked(asked), "granted": row.granted, "answer": row.reason}


def answered(request_id: str) -> RescueOverride | None:
    """The answer to a request, or None while it waits."""
    return db.session.get(RescueOverride, request_id)


def newest(treatment_id: str) -> RescueOverrideRequest | None:
    """The last request for a treatment."""
    wanted = sa.select(RescueOverrideRequest).where(RescueOverrideRequest.treatment_id == treatment_id)
    return db.session.scalar(wanted.order_by(RescueOverrideRequest.asked_at.desc()).limit(1))


def stands(asked: RescueOverrideRequest, now: datetime) -> bool:
    """Does it still wait for an answer?"""
    return answered(asked.id) is None and now < asked.expires_at


def in_force(treatment_id: str, on: date, seen: Json) -> dict[str, Json] | None:
    """The override that lets this treatment start over exactly this readiness today, or None.

    Plain JSON: who asked and why, who answered and why, and when.
    """
    asked = newest(treatment_id)
    back = answered(asked.id) if asked else None
    if asked is None or back is None or not back.granted:
        return None
    if not (asked.on == on and asked.seen_sha256 == digest(treatment_id, on, seen) and _fit(asked, back)):
        return None
    return told(asked, back)


def _fit(asked: RescueOverrideRequest, back: RescueOverride) -> bool:
    """Are both words as signed, by two people, the second of whom may?"""
    both = [
        staff.fits(asked.signature_id, _record(asked), _asked(asked), asked.asked_by),
        staff.fits(back.signature_id, _record(asked), _answered(asked, back), back.answered_by),
    ]
    if None in both or asked.asked_by == back.answered_by:
        return False
    return both[1] is not None and both[1].role in MAY["prescriber"]


def told(asked: RescueOverrideRequest, back: RescueOverride) -> dict[str, Json]:
    """An override in plain JSON."""
    return {
        "request": asked.id, "readiness": asked.seen_sha256, "reason": asked.reason,
        "asked_by": db.session.get_one(Member, asked.asked_by).name,
        "asked_at": asked.asked_at.isoformat(), "answer": back.reason,
        "answered_by": db.session.get_one(Member, back.answered_by).name,
        "answered_at": back.answered_at.isoformat(),
    }  # fmt: skip


def asked_on(on: date, now: datetime) -> list[RescueOverrideRequest]:
    """What waits for a second person, oldest first."""
    wanted = sa.select(RescueOverrideRequest).where(RescueOverrideRequest.on == on)
    listed = db.session.scalars(wanted.order_by(RescueOverrideRequest.asked_at))
    return [one for one in listed if stands(one, now)]
