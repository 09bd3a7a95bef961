"""What is done with patients: adding, finding, opening their record."""

from collections.abc import Sequence
from datetime import date, datetime

import sqlalchemy as sa

from safety.audit.log import Actor, record
from safety.db import db, new_id
from safety.patients import rules
from safety.patients.models import Patient
from safety.patients.rules import Person

SHOWN = 30


class LooksTheSame(ValueError):
    """Records that could be the same person; adding goes on only when each was seen and denied."""

    def __init__(self, patients: Sequence[Patient]):
        super().__init__("A patient with this birth date and a similar name is already here")
        self.patients = list(patients)


def add(
    actor: Actor, clinic_id: str, person: Person, now: datetime, others: frozenset[str] = frozenset()
) -> Patient:
    """A new patient. `others`: ids of similar records somebody looked at and said "another person" of.

    Raises LooksTheSame.
    """
    alike = likely_same(person)
    if any(known.id not in others for known in alike):
        raise LooksTheSame(alike)
    name = f"{person.given_name} {person.family_name}"
    patient = Patient(
        id=new_id(), clinic_id=clinic_id, number=_next_number(), given_name=person.given_name,
        family_name=person.family_name, born_on=person.born_on, phone=person.phone,
        search_text=rules.fold(name), created_at=now, created_by=actor.id,
    )  # fmt: skip
    db.session.add(patient)
    db.session.flush()
    facts = {"number": patient.number, "said_to_be_another": len(alike)}
    private = {"name": name, "born_on": str(person.born_on)}
    record(actor, "patient.added", f"patient:{patient.id}", facts, private)
    return patient


def _next_number() -> int:
    # safe without a sequence: there is one writer at a time
    return (db.session.scalar(sa.select(sa.func.max(Patient.number))) or 0) + 1


def likely_same(person: Person) -> list[Patient]:
    """Known patients who could be this person, by the rules' judgement."""
    name = rules.fold(f"{person.given_name} {person.family_name}")
    wanted = sa.select(Patient).where(sa.or_(Patient.born_on == person.born_on, Patient.search_text == name))
    known = db.session.scalars(wanted.order_by(Patient.number))
    return [patient for patient in known if rules.likely_same(person, as_person(patient))]


def as_person(patient: Patient) -> Person:
    """The part of a record two people are compared by."""
    return Person(patient.given_name, patient.family_name, patient.born_on, patient.phone)


def search(text: str) -> list[Patient]:
    """Patients whose name holds every word of `text`, or who were born on the date it is; by name."""
    wanted = sa.select(Patient).order_by(Patient.search_text, Patient.number).limit(SHOWN)
    if born_on := rules.typed_date(text):
        return list(db.session.scalars(wanted.where(Patient.born_on == born_on)))
    words = rules.fold(text).split()
    return list(db.session.scalars(wanted.where(*(Patient.search_text.contains(word) for word in words))))


def newest() -> list[Patient]:
    """The patients added last."""
    return list(db.session.scalars(sa.select(Patient).order_by(Patient.number.desc()).limit(SHOWN)))


def note_read(actor: Actor, patient_id: str, page: str) -> None:
    """Somebody opened a patient's record: `page` names the page, as in `patients.show`."""
    record(actor, "patient.read", f"patient:{patient_id}", {"page": page})


def age(patient: Patient, on: date) -> int:
    """Completed years on a day."""
    return rules.age(patient.born_on, on)
