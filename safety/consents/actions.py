"""What is done with consents: put before a patient, signed by them, withdrawn; and what is lacking."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa

from safety.audit.log import Actor, record
from safety.consents import links, reading, rules
from safety.consents.models import Consent, ConsentSitting, ConsentWithdrawn
from safety.consents.reading import Json
from safety.db import db, new_id
from safety.patients.models import Patient
from safety.patients.rules import fold
from safety.protocols import actions as protocols
from safety.protocols import wording
from safety.staff import actions as staff
from safety.staff import handing
from safety.staff.actions import Proved
from safety.staff.handing import Signing, Stroke
from safety.viewer import Handed
from safety.web import day

PHOTOS = "photos"
WITHDRAWS = "The patient takes this consent back"


class Stale(ValueError):
    """What the page showed no longer stands, or was signed before: the message says what to do."""


class OtherName(ValueError):
    """The typed name is not the patient's; the message is for the field."""


def offer(
    actor: Actor, patient_id: str, keys: Sequence[str], language: str | None, now: datetime
) -> ConsentSitting:
    """Put these texts before a patient, in the version in force, word for word. Raises Stale."""
    found = protocols.keep_file(reading.PROTOCOL, now)
    patient = db.session.get_one(Patient, patient_id)
    known = [key for key in rules.keys(found.body) if key in keys]
    if not known:
        raise Stale("Choose what the patient is to read")
    code = wording.language(found.body, language)
    held = ConsentSitting(
        id=new_id(), clinic_id=patient.clinic_id, patient_id=patient.id, language=code,
        version=found.version, protocol_digest=found.digest, approved_by=found.approver,
        statement=wording.said(found.body["statement"], code), again=wording.said(found.body["again"], code),
        texts=[rules.text(found.body, key, code) for key in known], begun_at=now, begun_by=actor.id,
    )  # fmt: skip
    db.session.add(held)
    db.session.flush()
    facts = {"patient": patient.id, "texts": known, "version": held.version, "protocol": held.protocol_digest}
    record(actor, "consent.offered", reading.about(held.id), facts)
    return held


def to_offer(patient_id: str, on: date) -> list[str]:
    """The texts that belong to what is planned and do not stand on this day, photos with them."""
    body, classes = reading.in_force().body, links.classes(patient_id, on)
    rows, back = reading.signed(patient_id), reading.withdrawn(patient_id)
    found = reading.held_against()
    wanted = []
    for key in rules.asked(body, classes):
        row = rules.standing(rows, back, key)
        answered = row is not None and row.whole and row.digest == found.digest and row.on == on
        if not answered:
            wanted.append(key)
    return wanted


@dataclass(frozen=True)
class Agreeing:
    """What a patient sends: an answer under each text, their name and drawing, and the digest of the page."""

    answers: Mapping[str, str]
    name: str
    strokes: list[Stroke] | None
    shown: str


def sign(
    actor: Actor, handed: Handed, held: ConsentSitting, asked: Agreeing, today: date, now: datetime
) -> list[Consent]:
    """The patient signs every text of a sitting, agreeing or not.

    Raises Stale when it was signed before, was shown otherwise, or an answer is none of those offered;
    OtherName when somebody else's name was typed.
    """
    _must_be_open(held, asked.shown)
    _must_be_name(held.patient_id, asked.name)
    signing = Signing(asked.name, asked.strokes, held.statement)
    return _keep(actor, handed, held, dict(asked.answers), signing, {}, today, now)


def confirm(
    actor: Actor, handed: Handed, held: ConsentSitting, shown: str, today: date, now: datetime
) -> list[Consent]:
    """One tap: the patient still agrees to what they signed before in this version. Raises Stale."""
    _must_be_open(held, shown)
    earlier = still(held)
    if earlier is None:
        raise Stale("These texts were not signed before in this version: read and sign them")
    name = reading.mark_of(earlier[0]).name
    answers, confirms = {one.key: one.answer for one in earlier}, {one.key: one.id for one in earlier}
    return _keep(actor, handed, held, answers, Signing(name, None, held.again), confirms, today, now)


def still(held: ConsentSitting) -> list[Consent] | None:
    """What the patient signed before under each text of a sitting, when every one of them still stands."""
    rows = [reading.standing(held.patient_id, one["key"]) for one in held.texts]
    known = [row for row in rows if row is not None and (row.opens or row.key == PHOTOS)]
    return known if len(known) == len(rows) else None


def _must_be_open(held: ConsentSitting, shown: str) -> None:
    if reading.answers(held.id):
        raise Stale("This was signed already. Hand the tablet back")
    if shown != handing.digest(held.texts):
        raise Stale("This page shows something else than what you were given. Hand the tablet back")


def _must_be_name(patient_id: str, typed: str) -> None:
    """The family name must be in it, so that nobody signs on another patient's tablet unseen."""
    who = db.session.get_one(Patient, patient_id)
    if not set(fold(who.family_name).split()) <= set(fold(typed).split()):
        raise OtherName("This is not the name on this record. Type your full name, or tell the clinic")


def _keep(
    actor: Actor, handed: Handed, held: ConsentSitting, answers: dict[str, str], signing: Signing,
    confirms: Mapping[str, str], today: date, now: datetime,
) -> list[Consent]:  # fmt: skip
    chosen = {one["key"]: rules.answer(one, answers.get(one["key"], "")) for one in held.texts}
    if set(answers) != set(chosen) or None in chosen.values():
        raise Stale("An answer is missing, or is none of those offered")
    mark = handing.sign(actor, handed, signing, reading.content(held, answers), now)
    db.session.flush()
    rows = [
        Consent(
            id=new_id(), clinic_id=held.clinic_id, sitting_id=held.id, patient_id=held.patient_id,
            key=one["key"], answer=answers[one["key"]], opens=bool((chosen[one["key"]] or {})["opens"]),
            text_sha256=handing.digest(one), confirms=confirms.get(one["key"]), mark_id=mark.id,
            signed_on=today, signed_at=now,
        )
        for one in held.texts
    ]  # fmt: skip
    db.session.add_all(rows)
    db.session.flush()
    facts = {"patient": held.patient_id, "answers": answers, "version": held.version,
             "protocol": held.protocol_digest, "confirms": bool(confirms)}  # fmt: skip
    record(actor, "consent.signed", reading.about(held.id), facts)
    return rows


def withdraw(
    actor: Actor, proved: Proved, patient_id: str, key: str, reason: str, now: datetime
) -> ConsentWithdrawn:
    """The patient takes back what they agreed to; staff write it down and sign. Raises Stale."""
    if not may_withdraw(patient_id, key):
        raise Stale("There is nothing here to take back any more")
    row_id = new_id()
    content: dict[str, Json] = {"id": row_id, "patient": patient_id, "key": key, "reason": reason}
    signature = staff.sign(actor, proved, f"consent_withdrawn:{row_id}", WITHDRAWS, content, now)
    row = ConsentWithdrawn(
        id=row_id, clinic_id=signature.clinic_id, patient_id=patient_id, key=key, reason=reason,
        withdrawn_at=now, withdrawn_by=actor.id, signature_id=signature.id,
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    record(actor, "consent.withdrawn", f"patient:{patient_id}", {"text": key}, {"reason": reason})
    return row


def may_withdraw(patient_id: str, key: str) -> bool:
    """Did the patient agree to this text and not take it back since?"""
    row = rules.standing(reading.signed(patient_id), reading.withdrawn(patient_id), key)
    return row is not None and row.opens


def lacking(patient_id: str, product_classes: Iterable[str], on: date) -> list[str]:
    """Each consent without which nothing of these kinds is injected on this day: its title, and why not.

    Empty when all are signed in the version in force, countersigned, not withdrawn, and signed or confirmed
    on this day. Source: clinical specification G03, G04, 2.5, B01.
    """
    body, found = reading.in_force().body, reading.held_against()
    rows, back = reading.signed(patient_id), reading.withdrawn(patient_id)
    lines = []
    for key in rules.needed(body, product_classes):
        row = rules.standing(rows, back, key)
        why = rules.against(row, key in back, found, on, day(row.on) if row else "")
        if why:
            title = rules.text(body, key, wording.language(body, None))["title"]
            lines.append(f"Consent, {title}: {why}")
    return lines


def photo_use(patient_id: str, on: date) -> str | None:
    """What photos of this patient may be used for: "record", "teaching", "none"; None: not asked.

    The newest answer signed up to `on` in the version in force. Once withdrawn it is "none": photos are no
    longer used, and are kept as evidence (T10).
    """
    rows = [one for one in reading.signed(patient_id) if one.key == PHOTOS and one.on <= on and one.whole]
    newest = max(rows, key=lambda one: one.at, default=None)
    back = reading.withdrawn(patient_id).get(PHOTOS)
    if back is not None and (newest is None or back >= newest.at):
        return "none"
    return newest.value if newest and newest.digest == reading.held_against().digest else None


def patient(patient_id: str) -> Patient | None:
    """One patient of this clinic, or None."""
    return db.session.scalar(sa.select(Patient).where(Patient.id == patient_id))
