"""A patient's consents as the list shows them."""

from datetime import date

from safety.consents import actions, reading, rules
from safety.consents.models import Consent, ConsentSitting
from safety.consents.reading import Line
from safety.db import db
from safety.protocols import wording
from safety.web import day, stamp


def titles(patient_id: str | None = None) -> dict[str, str]:
    """Text → title: of the version in force, and of what this patient signed under earlier ones."""
    body = reading.in_force().body
    code = wording.language(body, None)
    named = {one.key: one.title for one in reading.signed(patient_id)} if patient_id else {}
    return named | {key: str(rules.text(body, key, code)["title"]) for key in rules.keys(body)}


def lines(patient_id: str, on: date) -> list[Line]:
    """One line for each text: what stands today, and whether it may be taken back."""
    found, rows, back = (
        reading.held_against(),
        reading.signed(patient_id),
        reading.withdrawn(patient_id),
    )
    newest = {one.key: one for one in reversed(reading.consents(patient_id))}
    listed = []
    for key, title in titles(patient_id).items():
        said = rules.standing(rows, back, key)
        why = rules.against(said, key in back, found, on, day(said.on) if said else "")
        kind, word = ("ready", "In force") if why is None else ("open", "Not signed")
        if said is not None and why is not None:
            kind, word = ("stop", "Refused") if not said.opens else ("check", "To sign again")
        if said is None and key in back:
            kind, word = "stop", "Withdrawn"
        listed.append(Line(
            key, title, kind, word, _line(newest.get(key), why), newest.get(key),
            may_withdraw=actions.may_withdraw(patient_id, key)))  # fmt: skip
    return listed


def _line(row: Consent | None, why: str | None) -> str:
    if row is None:
        return ""
    if why is not None:
        return why[0].upper() + why[1:]
    return f"{_answer(row)}. {stamp(row.signed_at)}"


def _answer(row: Consent) -> str:
    held = db.session.get_one(ConsentSitting, row.sitting_id)
    shown = rules.answer(reading.shown_text(row, held), row.answer)
    return str((shown or {"label": row.answer})["label"])


def past(patient_id: str) -> list[tuple[Consent, str, str]]:
    """Everything ever signed, newest first: the row, its title with version, and what was answered."""
    told = []
    for row in reading.consents(patient_id):
        held = db.session.get_one(ConsentSitting, row.sitting_id)
        title = f"{reading.shown_text(row, held)['title']}, version {held.version}"
        told.append((row, title, f"{_answer(row)}{', confirmed' if row.confirms else ''}"))
    return told
