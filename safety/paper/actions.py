"""Printing a card and hanging it up: both leave an entry in the log."""

from datetime import datetime
from typing import Any

from safety.audit.log import Actor, record
from safety.db import db, new_id
from safety.paper import reading
from safety.paper.models import HungCard, PrintedCard

Json = dict[str, Any]


def note_printed(actor: Actor, said: Json, now: datetime) -> PrintedCard:
    """Keep what was printed under its digest, so that a scan can tell what changed since."""
    digest = reading.digest(said)
    printed = db.session.get(PrintedCard, digest)
    if printed is None:
        printed = PrintedCard(
            digest=digest, clinic_id=said["clinic"]["id"], card=said["card"], content=said, printed_at=now,
            printed_by=str(actor),
        )  # fmt: skip
        db.session.add(printed)
        db.session.flush()
    printed.printed_at = now
    record(actor, "paper.printed", f"card:{digest}", {"card": said["card"], "digest": digest})
    return printed


def hang(actor: Actor, printed: PrintedCard, room_id: str, now: datetime) -> HungCard:
    """Somebody hung this card up in a room; it takes the place of the one before."""
    hung = HungCard(
        id=new_id(), clinic_id=printed.clinic_id, room_id=room_id, card=printed.card, digest=printed.digest,
        hung_at=now, hung_by=str(actor),
    )  # fmt: skip
    db.session.add(hung)
    db.session.flush()
    record(actor, "paper.hung", f"room:{room_id}", {"card": printed.card, "digest": printed.digest})
    return hung
