"""Taking in the photos of a run, and showing them.

The event came first and names the bytes by their SHA-256; the bytes come later and change nothing in it.
What is kept is drawn anew here, so the log holds both hashes: of what was sent and of what is stored.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from flask import current_app

from safety.audit import canonical
from safety.audit.log import Actor, record
from safety.db import all_clinics, db, new_id
from safety.emergency import actions
from safety.emergency.models import Emergency, EmergencyEvent, EmergencyPhoto
from safety.photos import files, redraw

Json = dict[str, Any]


class Refused(Exception):
    """The photo is not taken. `code` is the answer's status, `why` one word for programs."""

    def __init__(self, code: int, why: str, words: str) -> None:
        super().__init__(words)
        self.code, self.why, self.words = code, why, words


@dataclass(frozen=True)
class Sent:
    """A photo as a tablet sent it."""

    emergency_id: str
    photo_id: str
    data: bytes

    @property
    def sha256(self) -> str:
        """Hex digest of the bytes as they came: what the event must say."""
        return hashlib.sha256(self.data).hexdigest()


@dataclass(frozen=True)
class Kept:
    """A photo on our disk that no row names yet."""

    name: str
    photo: redraw.Photo

    @property
    def sha256(self) -> str:
        """Hex digest of the bytes as they are stored."""
        return hashlib.sha256(self.photo.data).hexdigest()


def known(sent: Sent) -> EmergencyPhoto | None:
    """The row, when these very bytes were taken before; None when they may be taken now. Raises Refused."""
    try:
        emergency = actions.find(sent.emergency_id)
    except actions.Elsewhere:
        raise Refused(404, "not_found", "there is no such emergency here") from None
    if emergency is None:
        raise Refused(425, "too_early", "the emergency has not arrived yet: send its events first")
    before = find(sent.emergency_id, sent.photo_id)
    if before is not None and before.sent_sha256 != sent.sha256:
        raise Refused(409, "conflict", "a photo of this id is kept already, with other bytes")
    if before is None:
        _named(sent)
    return before


def find(emergency_id: str, photo_id: str) -> EmergencyPhoto | None:
    """The clinic's photo of this id in this run."""
    wanted = sa.select(EmergencyPhoto).where(
        EmergencyPhoto.emergency_id == emergency_id, EmergencyPhoto.photo_id == photo_id
    )
    return db.session.scalar(wanted)


def _named(sent: Sent) -> None:
    """Does an entry of the run name this photo and these bytes? One that is not counted names it too."""
    told = named_in(sent.emergency_id).get(sent.photo_id)
    if told is None:
        raise Refused(425, "too_early", "the entry of this photo has not arrived yet: send it first")
    if sent.sha256 not in told:
        raise Refused(422, "other_bytes", "these are not the bytes the entry names")


def recorded_by(sent: Sent, tablet_id: str) -> bool:
    """Did this tablet record the entry that names the photo? One that was revoked sends no other."""
    return sent.photo_id in named_in(sent.emergency_id, EmergencyEvent.tablet_id == tablet_id)


def named_in(emergency_id: str, *further: sa.ColumnElement[bool]) -> dict[str, set[str]]:
    """Photo ids named by the run's entries, with the hashes said of each."""
    wanted = sa.select(EmergencyEvent.body).where(
        EmergencyEvent.emergency_id == emergency_id, EmergencyEvent.type == "photo_taken", *further
    )
    found: dict[str, set[str]] = {}
    for body in db.session.scalars(wanted):
        data = canonical.loads(body).get("data")
        if isinstance(data, dict) and isinstance(data.get("photo"), str):
            found.setdefault(data["photo"], set()).add(str(data.get("sha256")))
    return found


def keep(sent: Sent) -> Kept:
    """Draw the photo anew and have it on disk under a name of ours. Slow: not inside a transaction.

    Raises Refused. Should anything fail afterwards, the file stays until it is swept: a row without its file
    would be worse.
    """
    try:
        kept = Kept(new_id(), redraw.redrawn(sent.data))
        files.put(kept.name, kept.photo.data)
    except redraw.BadPhoto as fault:
        raise Refused(422, "not_a_photo", str(fault)) from None
    except files.NoRoom:
        raise Refused(507, "no_room", "the server's disk is full: the photo stays on the tablet") from None
    except OSError:
        raise Refused(
            503, "no_disk", "the photo cannot be written just now: it stays on the tablet"
        ) from None
    return kept


def take(actor: Actor, sent: Sent, kept: Kept, now: datetime) -> EmergencyPhoto:
    """Name the kept file in a row, with its entry in the log; the row there is, when another was quicker."""
    before = known(sent)
    if before is not None:
        return before
    emergency = db.session.get_one(Emergency, sent.emergency_id)
    row = EmergencyPhoto(
        id=kept.name, clinic_id=emergency.clinic_id, emergency_id=emergency.id, photo_id=sent.photo_id,
        sent_sha256=sent.sha256, stored_sha256=kept.sha256, stored_bytes=len(kept.photo.data),
        width=kept.photo.width, height=kept.photo.height, received_at=now, actor=str(actor),
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    facts = {"photo": sent.photo_id, "sent": sent.sha256, "stored": kept.sha256, "file": kept.name}
    record(actor, "emergency.photo_kept", f"emergency:{emergency.id}", facts)
    return row


def settle(row: EmergencyPhoto, kept: Kept) -> None:
    """Remove our file when another request's was named first: it is certain now that no row names it."""
    if row.id != kept.name:
        files.drop(kept.name)


def note_refusal(actor: Actor, sent: Sent, refusal: Refused) -> None:
    """Write down that bytes came which are not taken."""
    facts = {"photo": sent.photo_id, "sent": sent.sha256, "why": refusal.why}
    record(actor, "emergency.photo_refused", f"emergency:{sent.emergency_id}", facts)


def note_view(actor: Actor, row: EmergencyPhoto) -> None:
    """Write down who looked at a photo."""
    record(actor, "emergency.photo_viewed", f"emergency:{row.emergency_id}", {"photo": row.photo_id})


def bytes_of(row: EmergencyPhoto) -> bytes | None:
    """The photo as it was stored; None when its file is gone or is not what was stored."""
    data = files.get(row.id)
    return data if data is not None and hashlib.sha256(data).hexdigest() == row.stored_sha256 else None


def sweep(now: datetime) -> int:
    """Set aside files that no row names, of any clinic (the caller sees all). Returns how many."""
    return files.sweep(set(db.session.scalars(sa.select(EmergencyPhoto.id))), now)


def sweep_once(now: datetime) -> None:
    """Sweep when this process has not yet: what a crash left behind was left by one before it."""
    if not current_app.extensions.get("reflow_photos_swept"):
        current_app.extensions["reflow_photos_swept"] = True
        with all_clinics():
            sweep(now)
