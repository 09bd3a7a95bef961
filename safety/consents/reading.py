"""Reading a patient's consents: what is in force, what was signed, whether each signature is still whole."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from safety.consents import rules
from safety.consents.models import Consent, ConsentSitting, ConsentWithdrawn
from safety.consents.rules import InForce, Signed
from safety.db import db
from safety.protocols import actions as protocols
from safety.staff import handing
from safety.staff.models import PatientSignature, Signature

Json = Any
PROTOCOL = "consent"


def in_force() -> protocols.InForce:
    """The consent texts this clinic goes by."""
    return protocols.in_force(PROTOCOL)


def held_against() -> InForce:
    """What a signature must have been made under to count now."""
    found = in_force()
    return InForce(found.version, found.digest)


def sitting(sitting_id: str) -> ConsentSitting | None:
    """One sitting of this clinic, or None."""
    return db.session.scalar(sa.select(ConsentSitting).where(ConsentSitting.id == sitting_id))


def consent(consent_id: str) -> Consent | None:
    """One signed answer of this clinic, or None."""
    return db.session.scalar(sa.select(Consent).where(Consent.id == consent_id))


def consents(patient_id: str) -> Sequence[Consent]:
    """Everything this patient signed, newest first."""
    wanted = sa.select(Consent).where(Consent.patient_id == patient_id)
    return list(db.session.scalars(wanted.order_by(Consent.signed_at.desc(), Consent.id)))


def withdrawals(patient_id: str) -> Sequence[ConsentWithdrawn]:
    """Everything this patient took back, oldest first."""
    wanted = sa.select(ConsentWithdrawn).where(ConsentWithdrawn.patient_id == patient_id)
    return list(db.session.scalars(wanted.order_by(ConsentWithdrawn.withdrawn_at, ConsentWithdrawn.id)))


def withdrawn(patient_id: str) -> dict[str, datetime]:
    """Text → when it was taken back last."""
    return {one.key: one.withdrawn_at for one in withdrawals(patient_id)}


def about(sitting_id: str) -> str:
    """The record a patient's signature stands under."""
    return f"consent_sitting:{sitting_id}"


def content(held: ConsentSitting, answers: dict[str, str]) -> dict[str, Json]:
    """What a patient signs: who, which texts word for word, and what was answered under each."""
    return {
        "sitting": held.id, "patient": held.patient_id, "version": held.version,
        "protocol": held.protocol_digest, "language": held.language, "texts": held.texts, "answers": answers,
    }  # fmt: skip


def answers(sitting_id: str) -> dict[str, str]:
    """What was answered in a sitting, text → answer."""
    wanted = sa.select(Consent).where(Consent.sitting_id == sitting_id)
    return {one.key: one.answer for one in db.session.scalars(wanted)}


def mark_of(row: Consent) -> PatientSignature:
    """The patient's signature under an answer."""
    return db.session.get_one(PatientSignature, row.mark_id)


def witness(row: Consent) -> Signature | None:
    """Who took the device back under it, with their PIN; None while that has not been done."""
    return handing.countersigned(mark_of(row))


def whole(row: Consent, held: ConsentSitting) -> bool:
    """Countersigned, and word for word what the patient signed? A row changed or copied since is not."""
    mark, shown = mark_of(row), shown_text(row, held)
    signed = handing.digest(content(held, answers(held.id)))
    return (
        handing.countersigned(mark) is not None
        and mark.about == about(held.id)
        and mark.content_sha256 == signed
        and mark.bound_sha256 == handing.bound(mark)
        and row.patient_id == held.patient_id
        and row.text_sha256 == handing.digest(shown)
    )


def shown_text(row: Consent, held: ConsentSitting) -> dict[str, Json]:
    """The text this answer stands under, as it was shown."""
    return dict(next(one for one in held.texts if one["key"] == row.key))


def signed(patient_id: str) -> list[Signed]:
    """Everything this patient signed, as the rules read it."""
    return [_signed(row) for row in consents(patient_id)]


def _signed(row: Consent) -> Signed:
    held = db.session.get_one(ConsentSitting, row.sitting_id)
    return Signed(
        key=row.key, title=shown_text(row, held)["title"], value=row.answer, opens=row.opens,
        version=held.version, digest=held.protocol_digest, on=row.signed_on, at=row.signed_at,
        whole=whole(row, held),
    )  # fmt: skip


def standing(patient_id: str, key: str) -> Consent | None:
    """The newest answer under a text, in the version in force, countersigned and not taken back; or None."""
    found, back = held_against(), withdrawn(patient_id)
    row = next((one for one in consents(patient_id) if one.key == key), None)
    if row is None:
        return None
    said = _signed(row)
    stands = rules.standing([said], back, key) is not None and said.whole and said.digest == found.digest
    return row if stands else None


@dataclass(frozen=True)
class Line:
    """One text as the patient's list of consents shows it."""

    key: str
    title: str
    kind: str
    word: str
    line: str
    row: Consent | None
    may_withdraw: bool
