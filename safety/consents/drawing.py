"""A signed consent as it is printed: the words that were shown, the answer, who signed and who was there."""

from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from safety import clock
from safety.clinic.models import Clinic
from safety.config import CHECKOUT
from safety.consents import reading, rules
from safety.consents.models import Consent, ConsentSitting
from safety.db import db
from safety.patients.models import Patient
from safety.printing import apart
from safety.web import day, safety_line, stamp

Json = dict[str, Any]
_templates = Environment(
    loader=FileSystemLoader(CHECKOUT / "templates"), autoescape=True, undefined=StrictUndefined,
    trim_blocks=True, lstrip_blocks=True,
)  # fmt: skip


def content(row: Consent) -> Json:
    """Everything a signed consent says, on screen and on paper."""
    held = db.session.get_one(ConsentSitting, row.sitting_id)
    who, clinic = db.session.get_one(Patient, row.patient_id), db.session.get_one(Clinic, row.clinic_id)
    mark, witness = reading.mark_of(row), reading.witness(row)
    shown = reading.shown_text(row, held)
    return {
        "clinic": {"name": clinic.name, "phone": clinic.phone}, "text": shown, "language": held.language,
        "patient": f"{who.given_name} {who.family_name}", "born": day(who.born_on),
        "answer": (rules.answer(shown, row.answer) or {})["label"], "statement": mark.statement,
        "name": mark.name, "strokes": mark.strokes, "signed": stamp(row.signed_at),
        "witness": f"{witness.member_name}, {stamp(witness.signed_at)}" if witness else None,
        "version": held.version, "approved_by": held.approved_by, "digest": row.text_sha256,
        "confirms": _earlier(row), "whole": reading.whole(row, held), "withdrawn": _withdrawn(row),
        "safety": safety_line(clinic.name),
    }  # fmt: skip


def _earlier(row: Consent) -> str | None:
    earlier = reading.consent(row.confirms) if row.confirms else None
    return stamp(earlier.signed_at) if earlier else None


def _withdrawn(row: Consent) -> str | None:
    """When it was taken back, or None."""
    later = [one for one in reading.withdrawals(row.patient_id)
             if one.key == row.key and one.withdrawn_at >= row.signed_at]  # fmt: skip
    return f"{stamp(later[0].withdrawn_at)}: {later[0].reason}" if later else None


def page(said: Json) -> str:
    """The consent as the page that is printed."""
    return _templates.get_template("consents/paper.html").render(said=said)


def pdf(row: Consent) -> bytes:
    """The consent on A4, exactly as signed. Raises apart.CannotRender."""
    return apart.pdf(
        {"html": page(content(row)), "log": None, "at_ms": clock.to_ms(row.signed_at), "identifier": row.id}
    )
