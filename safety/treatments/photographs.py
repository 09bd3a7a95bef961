"""Photos of a visit, before and after: taken only with the patient's yes, kept as pixels and nothing else."""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from safety import clock, web
from safety.audit.log import Actor, record
from safety.consents import actions as consents
from safety.db import all_clinics, db, new_id
from safety.photos import files, redraw
from safety.screening import asking
from safety.stock.actions import Refused
from safety.treatments import reading
from safety.treatments.map_models import TreatmentPhoto
from safety.treatments.models import Treatment
from safety.treatments.reading import Chart
from safety.treatments.visit import Status

KINDS = frozenset({redraw.JPEG, redraw.PNG, redraw.WEBP})
VIEWS = {"front": "Front", "left": "Patient's left", "right": "Patient's right", "close_up": "Close-up"}
PHASES = {"before": "Before", "after": "After"}
RECORD, TEACHING, NONE = "record", "teaching", "none"
USES = {RECORD: "For the record only", TEACHING: "For the record and for teaching"}
NARROWEST = (NONE, RECORD, TEACHING)
QUESTION = "G05"  # "Do you agree to photos?", with these three answers
HEIC = "This is a HEIC photo. Set the camera to the most compatible format, or send the photo as JPEG"


def agreed(chart: Chart) -> str | None:
    """For what the patient agreed to photos: record, teaching, none; None when nobody asked yet.

    The narrower of what was signed and of what was answered at this visit; a signature that was taken back is
    none, also for photos of visits before. Source: clinical specification 5.1, G05.
    """
    signed = consents.photo_use(chart.treatment.patient_id, web.today(clock.now()))
    said = [one for one in (signed, _answered(chart)) if one is not None]
    return min(said, key=NARROWEST.index, default=None)


def _answered(chart: Chart) -> str | None:
    """The answer to "Do you agree to photos?" in this visit's screening."""
    if chart.treatment.screening_id is None:
        return None
    said = asking.values(chart.treatment.screening_id).get(QUESTION)
    value = said.get("value") if isinstance(said, dict) else said
    return value if value in (RECORD, TEACHING, NONE) else None


def against(chart: Chart) -> str | None:
    """Why no photo may be taken or shown now, and what to do; None: go on."""
    said = agreed(chart)
    if said is None:
        return "The patient has not said yet whether photos may be taken: ask it in the screening"
    if said == NONE:
        return "The patient does not agree to photos: none is taken. A prescriber decides without them"
    return None


@dataclass(frozen=True)
class Wanted:
    """A photo as it was sent, and what it is said to be."""

    phase: str
    view: str
    area: str | None
    use: str
    data: bytes

    @property
    def sha256(self) -> str:
        """Hex digest of the bytes as they came."""
        return hashlib.sha256(self.data).hexdigest()


@dataclass(frozen=True)
class Kept:
    """A photo on our disk that no row names yet."""

    name: str
    photo: redraw.Photo


def keep(wanted: Wanted) -> Kept:
    """Draw the photo anew and have it on disk under a name of ours. Slow: outside a transaction.

    Raises Refused with what to do. A file that no row names in the end is set aside by `sweep`.
    """
    _must_be_photo(wanted.data)
    try:
        kept = Kept(new_id(), redraw.redrawn(wanted.data, KINDS))
        files.put(kept.name, kept.photo.data, files.TREATMENTS)
    except redraw.BadPhoto as fault:
        raise Refused("photo", f"Not kept: {fault}. Take it again, or choose another file") from None
    except OSError:
        raise Refused("photo", "The photo cannot be written just now. Keep it and try again") from None
    return kept


def _must_be_photo(data: bytes) -> None:
    if len(data) > redraw.MOST_BYTES:
        most = redraw.MOST_BYTES // 1024 // 1024
        raise Refused("photo", f"This file is larger than {most} megabytes: take it with a smaller size")
    found = redraw.kind(data)
    if found not in KINDS:
        raise Refused("photo", HEIC if found else "This is not a photo: choose a JPEG, PNG or WebP file")


def take(
    actor: Actor, treatment: Treatment, wanted: Wanted, kept: Kept, today: date, now: datetime
) -> TreatmentPhoto:
    """Name the kept file in a row; the row there is when these very bytes came before. Raises Refused."""
    chart = reading.chart(treatment, today)
    _must_be_taken(chart, wanted)
    before = _same(treatment, wanted)
    if before is not None:
        files.drop(kept.name, files.TREATMENTS)
        return before
    stored = hashlib.sha256(kept.photo.data).hexdigest()
    row = TreatmentPhoto(
        id=kept.name, clinic_id=treatment.clinic_id, treatment_id=treatment.id, phase=wanted.phase,
        view=wanted.view, area=wanted.area, use=wanted.use, sent_sha256=wanted.sha256, stored_sha256=stored,
        stored_bytes=len(kept.photo.data), width=kept.photo.width, height=kept.photo.height, taken_at=now,
        taken_by=actor.id,
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    facts = {"photo": row.id, "phase": row.phase, "view": row.view, "use": row.use,
             "sent": row.sent_sha256, "stored": stored}  # fmt: skip
    record(actor, "treatment.photo_taken", f"treatment:{treatment.id}", facts)
    return row


def _must_be_taken(chart: Chart, wanted: Wanted) -> None:
    if reason := against(chart):
        raise Refused("photo", reason)
    if wanted.use == TEACHING and agreed(chart) != TEACHING:
        raise Refused("use", "The patient agreed to photos for the record only, not for teaching")
    if chart.status is Status.CANCELLED:
        raise Refused("photo", "This treatment was cancelled")
    if wanted.phase == "before" and chart.injections:
        raise Refused("phase", "Something was injected already: this is a photo after")
    if wanted.phase == "after" and not chart.injections:
        raise Refused("phase", "Nothing was injected yet: this is a photo before")


def _same(treatment: Treatment, wanted: Wanted) -> TreatmentPhoto | None:
    same = sa.select(TreatmentPhoto).where(
        TreatmentPhoto.treatment_id == treatment.id, TreatmentPhoto.sent_sha256 == wanted.sha256
    )
    return db.session.scalar(same)


def of_visit(treatment_id: str) -> list[TreatmentPhoto]:
    """The photos of a visit, oldest first."""
    wanted = sa.select(TreatmentPhoto).where(TreatmentPhoto.treatment_id == treatment_id)
    return list(db.session.scalars(wanted.order_by(TreatmentPhoto.taken_at, TreatmentPhoto.id)))


def find(treatment_id: str, photo_id: str) -> TreatmentPhoto | None:
    """One photo of a visit of this clinic, or None."""
    wanted = sa.select(TreatmentPhoto).where(
        TreatmentPhoto.id == photo_id, TreatmentPhoto.treatment_id == treatment_id
    )
    return db.session.scalar(wanted)


def bytes_of(row: TreatmentPhoto) -> bytes | None:
    """The photo as it was stored; None when its file is gone or is not what was stored."""
    data = files.get(row.id, files.TREATMENTS)
    return data if data is not None and hashlib.sha256(data).hexdigest() == row.stored_sha256 else None


def note_view(actor: Actor, row: TreatmentPhoto) -> None:
    """Write down who looked at a photo."""
    record(actor, "treatment.photo_viewed", f"treatment:{row.treatment_id}", {"photo": row.id})


def sweep(now: datetime) -> int:
    """Set aside files no row names, of any clinic. Returns how many."""
    with all_clinics():
        known = set(db.session.scalars(sa.select(TreatmentPhoto.id)))
    return files.sweep(known, now, files.TREATMENTS)


def standing(chart: Chart) -> dict[str, Any]:
    """How the photos of a visit stand: what stands against them, and which views there are of each phase."""
    rows = of_visit(chart.treatment.id)
    views = {phase: [one.view for one in rows if one.phase == phase] for phase in PHASES}
    words = {phase: ", ".join(VIEWS[view] for view in dict.fromkeys(views[phase])) for phase in PHASES}
    return {"against": against(chart), "words": words, "count": len(rows)}
