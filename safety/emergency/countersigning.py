"""Entries made with nobody signed in: which they are, who answered for them, and answering for them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from safety.audit.log import Actor, record
from safety.db import db
from safety.emergency import timeline
from safety.emergency.models import Claim, Countersignature, EmergencyEvent
from safety.staff import actions as staff
from safety.staff.actions import Proved
from safety.staff.models import Signature

Json = dict[str, Any]
MEANING = {
    Claim.RECORDED: "I recorded these entries",
    Claim.CONFIRMED: "I confirm these entries",
}


class Changed(ValueError):
    """The entries named are not (or no longer) waiting for a signature."""


def unsigned(events: Sequence[EmergencyEvent]) -> list[EmergencyEvent]:
    """The entries that count and that nobody signed in made."""
    return [event for event in events if event.member_id is None and event.refused is None]


def signed(emergency_id: str) -> dict[str, tuple[Countersignature, Signature]]:
    """Who answered for which entry of a run, by the entry's id."""
    wanted = (
        sa.select(Countersignature, Signature)
        .join(Signature, Signature.id == Countersignature.signature_id)
        .where(Countersignature.emergency_id == emergency_id)
    )
    return {row.event_id: (row, signature) for row, signature in db.session.execute(wanted)}


def waiting(emergency_id: str) -> list[EmergencyEvent]:
    """The entries nobody answers for yet, in the order they arrived."""
    wanted = (
        sa.select(EmergencyEvent)
        .outerjoin(Countersignature, Countersignature.event_id == EmergencyEvent.event_id)
        .where(
            EmergencyEvent.emergency_id == emergency_id, EmergencyEvent.member_id.is_(None),
            EmergencyEvent.refused.is_(None), Countersignature.event_id.is_(None),
        )
        .order_by(EmergencyEvent.cursor)
    )  # fmt: skip
    return list(db.session.scalars(wanted))


def countersign(
    actor: Actor, proved: Proved, emergency_id: str, claim: Claim, event_ids: Sequence[str], now: datetime
) -> None:
    """Answer for entries, with a signature over the stored bytes of each. Raises Changed."""
    known = {event.event_id: event for event in waiting(emergency_id)}
    if not event_ids or not known.keys() >= set(event_ids):
        raise Changed("These entries have changed since. Look at them again")
    subject = f"emergency:{emergency_id}"
    content = [{"event": key, "body": known[key].body_sha256} for key in sorted(event_ids)]
    signature = staff.sign(actor, proved, subject, MEANING[claim], content, now)
    db.session.add_all(_rows(signature, emergency_id, claim, event_ids))
    db.session.flush()
    facts = {"signature": signature.id, "claim": claim.value, "events": sorted(event_ids)}
    record(actor, "emergency.countersigned", subject, facts)


def _rows(
    signature: Signature, emergency_id: str, claim: Claim, event_ids: Sequence[str]
) -> list[Countersignature]:
    return [
        Countersignature(
            event_id=key, emergency_id=emergency_id, signature_id=signature.id, claim=claim,
            clinic_id=signature.clinic_id,
        )
        for key in event_ids
    ]  # fmt: skip


def answered_by(events: Sequence[EmergencyEvent], emergency_id: str) -> dict[str, str]:
    """What stands behind "Not signed in" at each entry that nobody signed in made."""
    known = signed(emergency_id)
    return {event.event_id: _words(known.get(event.event_id)) for event in unsigned(events)}


def _words(answered: tuple[Countersignature, Signature] | None) -> str:
    if answered is None:
        return timeline.UNCONFIRMED
    row, signature = answered
    return timeline.countersigned(row.claim.value, signature.member_name)


def delivered_late(events: Sequence[EmergencyEvent]) -> dict[str, str]:
    """A remark at each entry that came from a tablet after it had been revoked."""
    return {event.event_id: timeline.REVOKED for event in events if event.actor.startswith("revoked_tablet:")}
