"""Patients for tests."""

from datetime import date

from flask import Flask

from safety import clock
from safety.patients import actions
from safety.patients.rules import Person
from tests.factories import Cast, arranging


def add_patient(
    app: Flask,
    cast: Cast,
    given: str = "Grace",
    family: str = "Moreau",
    born_on: str = "1991-03-12",
    who: str = "nora",
) -> str:
    """Add a patient in the name of one of the cast; returns the id."""
    person = Person(given, family, date.fromisoformat(born_on), "0117 496 0111")
    with arranging(app, cast[who].actor) as actor:
        return actions.add(actor, cast[who].clinic_id, person, clock.now()).id
