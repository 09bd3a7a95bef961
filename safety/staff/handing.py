"""Patient mode: a device goes into a patient's hands for one thing, and comes back by a PIN.

For features that let a patient read, answer or sign on the device:

  with write_transaction():
      handing.begin(actor(), [f"/consents/{id}/patient"], f"consent:{id}", f"/consents/{id}", clock.now())
      seal()
  return redirect(f"/consents/{id}/patient")

From then on this device opens these paths (and what lies under them), emergencies, and nothing else: every
other route answers 403 with the page that takes the PIN (templates/staff/hand_back.html). The pages act in
the name of who handed it over: `web.actor()` and `web.current()` say so, and `web.current().handed` says that
a patient holds the device and for which record (`about`). Give those pages a path of their own that no staff
page shares, and let them refuse when `handed` is None or about something else: `holds(about)` asks just that.
The mode is a row, so it outlives a reload, another tab, the idle lock and a restart. Taking the device back
goes on to `after`.

A patient signs there: form `PatientSignatureForm` (safety.staff.forms), drawn by
`{% from "_signature.html" import sign_here, drawn %}` with `js/signature.mjs`, kept by `sign(...)` with the
digest of what was shown; `signed(about)` is the newest one, `countersigned(signature)` who took the device
back under it, `drawn(signature.strokes, name)` draws it again on screen and paper.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from flask import has_request_context

from safety.audit import canonical
from safety.audit.log import Actor, record
from safety.db import db, new_id
from safety.staff import actions, identity
from safety.staff.actions import Proved
from safety.staff.hashing import token_hash
from safety.staff.models import Handing, PatientSignature, Signature
from safety.web import Handed, current

COUNTERSIGNED = "The patient signed this on the device I handed over"
Stroke = list[list[int]]


def begin(actor: Actor, prefixes: Sequence[str], about: str, after: str, now: datetime) -> Handing:
    """Hand this browser or tablet over for `about` (a record such as `consent:<id>`), inside a write
    transaction. Raises ValueError for a prefix that would open more than one record's pages, and
    PermissionError when nobody is signed in.
    """
    if any(not prefix.startswith("/") or prefix.strip("/").count("/") < 1 for prefix in prefixes):
        raise ValueError(f"a patient's pages need a path of their own: {list(prefixes)}")
    token = identity.held_token() if has_request_context() else None
    if actor.kind != "member" or current().handed:
        raise PermissionError("somebody of staff hands the device over, once")
    handing = Handing(
        id=new_id(), clinic_id=actor.clinic_id, tablet_id=actor.tablet_id,
        token_sha256=token_hash(token) if token else None, about=about, prefixes=list(prefixes), after=after,
        begun_at=now, begun_by=actor.id, ended_at=None, ended_by=None,
    )  # fmt: skip
    db.session.add(handing)
    record(actor, "patient_mode.begun", about, {"handing": handing.id, "opens": list(prefixes)})
    return handing


def holds(about: str) -> Handed | None:
    """The handing, when a patient holds this device for this record; None otherwise."""
    handed = current().handed
    return handed if handed and handed.about == about else None


def end(actor: Actor, proved: Proved, handing_id: str, now: datetime) -> Handing:
    """Somebody of staff who has just proved who they are takes the device back, and countersigns what the
    patient signed on it last. Inside a write transaction.
    """
    handing = db.session.get_one(Handing, handing_id)
    handing.ended_at, handing.ended_by = now, proved.member_id
    record(actor, "patient_mode.ended", handing.about,
           {"handing": handing.id, "begun_by": handing.begun_by, "proof": proved.proof.value})  # fmt: skip
    if (mark := signed(handing.about)) and mark.handing_id == handing.id:
        actions.sign(actor, proved, _record_of(mark), COUNTERSIGNED, {"bound": mark.bound_sha256}, now)
    return handing


def _record_of(mark: PatientSignature) -> str:
    return f"patient_signature:{mark.id}"


@dataclass(frozen=True)
class Signing:
    """What a patient puts under something: the typed name, the drawn lines or none, the sentence above it."""

    name: str
    strokes: list[Stroke] | None
    statement: str


def sign(actor: Actor, handed: Handed, signing: Signing, content: object, now: datetime) -> PatientSignature:
    """Keep a patient's signature under `content` (plain JSON: what was shown). Inside a write transaction."""
    mark = PatientSignature(
        id=new_id(), clinic_id=actor.clinic_id, handing_id=handed.id, about=handed.about,
        name=signing.name, strokes=signing.strokes, statement=signing.statement,
        content_sha256=digest(content), bound_sha256="", signed_at=now.replace(microsecond=0),
    )  # fmt: skip
    mark.bound_sha256 = bound(mark)
    db.session.add(mark)
    facts = {"signature": mark.id, "bound": mark.bound_sha256, "content": mark.content_sha256,
             "drawn": bool(signing.strokes), "handed_by": handed.by_id}  # fmt: skip
    record(actor, "patient.signed", handed.about, facts, {"name": signing.name})
    return mark


def digest(content: object) -> str:
    """Hex digest of what was shown, as plain JSON."""
    return hashlib.sha256(canonical.dumps(content)).hexdigest()


def bound(mark: PatientSignature) -> str:
    """Hex digest over everything a patient's signature says, its drawn points with it."""
    parts: dict[str, Any] = {
        "id": mark.id, "handing": mark.handing_id, "about": mark.about, "name": mark.name,
        "strokes": mark.strokes, "statement": mark.statement, "content": mark.content_sha256,
        "at_s": int(mark.signed_at.timestamp()),
    }  # fmt: skip
    return digest(parts)


def signed(about: str) -> PatientSignature | None:
    """The newest signature a patient put under this record."""
    wanted = sa.select(PatientSignature).where(PatientSignature.about == about)
    newest = wanted.order_by(PatientSignature.signed_at.desc(), PatientSignature.id.desc()).limit(1)
    return db.session.scalar(newest)


def countersigned(mark: PatientSignature) -> Signature | None:
    """The signature of who took the device back, or None while it is still out."""
    return db.session.scalar(sa.select(Signature).where(Signature.record == _record_of(mark)).limit(1))
