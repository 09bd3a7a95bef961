"""Screenings for tests: a patient, a plan, answers."""

from collections.abc import Mapping
from datetime import date, timedelta
from itertools import cycle
from typing import Any
from zoneinfo import ZoneInfo

from flask import Flask

from safety import clock
from safety.db import db
from safety.protocols import files
from safety.screening import actions, asking, rules
from safety.screening.logic import Said
from safety.screening.models import Answer, Screening
from safety.screening.stories import well_answers
from tests.factories import Cast, arranging
from tests.patients.people import add_patient

Json = Any
NAMES = cycle([
    ("Grace", "Moreau"), ("Tobias", "Lund"), ("Ines", "Vogt"), ("Oluwa", "Adeyemi"), ("Petra", "Kovac"),
])  # fmt: skip
LIPS = [{"product_class": "ha_filler", "brand": "Teosyal", "areas": ["lips"], "units": None}]
FOREHEAD = [{"product_class": "toxin", "brand": "Botox", "areas": ["glabella"], "units": 20}]


def today() -> date:
    """The clinic's day in tests, where it lies in London."""
    return clock.now().astimezone(ZoneInfo("Europe/London")).date()


def body() -> dict[str, Json]:
    """The questionnaire as it lies in the checkout."""
    protocol = files.newest("screening").protocol
    assert protocol is not None
    return protocol.body


def start(
    app: Flask,
    cast: Cast,
    plan: list[Json] | None = None,
    born_on: str = "1991-03-12",
    on: date | None = None,
) -> str:
    """A screening of a new patient; returns its id."""
    patient_id = add_patient(app, cast, *next(NAMES), born_on=born_on)
    with arranging(app, cast["nora"].actor) as actor:
        return actions.start(
            actor, patient_id=patient_id, plan=plan or LIPS, on=on or today(), first_visit=False,
            now=clock.now(),
        ).id  # fmt: skip


def well(plan: list[Json] | None = None, born_on: str = "1991-03-12", **given: Json) -> dict[str, Json]:
    """The answers of a patient with nothing to report, but for those given."""
    request = {
        "on": today().isoformat(), "patient": {"born_on": born_on, "first_visit": False},
        "plan": plan or LIPS, "gates": "later",
    }  # fmt: skip
    return well_answers(body(), request, given)


def answer(app: Flask, cast: Cast, screening_id: str, answers: Mapping[str, Json]) -> None:
    """Put in all these answers at once. What `actions.answer` does with each is test_question's business."""
    with arranging(app, cast["nora"].actor) as actor:
        screening = db.session.get_one(Screening, screening_id)
        read = rules.read_request(asking.source(screening), asking.request(screening, answers)).answers
        for name, value in read.items():
            db.session.add(Answer(
                screening_id=screening_id, clinic_id=screening.clinic_id, question=name, value=plain(value),
                said=None, answered_at=clock.now(), answered_by=actor.id, tablet_id=None))  # fmt: skip


def plain(value: Json) -> Json:
    """An answer as the rules read it, in the one form it is kept in."""
    if isinstance(value, Said):
        return value.value
    if isinstance(value, date):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value


def assess(app: Flask, cast: Cast, screening_id: str) -> str:
    """Ask for the verdict; returns the rules' outcome."""
    with arranging(app, cast["nora"].actor) as actor:
        return actions.assess_now(actor, screening_id, today(), clock.now()).outcome


def screened(
    app: Flask, cast: Cast, plan: list[Json] | None = None, born_on: str = "1991-03-12", **given: Json
) -> str:
    """A screening, answered and assessed; returns its id."""
    screening_id = start(app, cast, plan, born_on)
    answer(app, cast, screening_id, well(plan, born_on, **given))
    assess(app, cast, screening_id)
    return screening_id


def yesterday() -> date:
    """The clinic's day before."""
    return today() - timedelta(days=1)


def request(plan: list[Json] | None = None) -> dict[str, Json]:
    """The contract's request of a screening that `start` makes, without answers."""
    patient = {"born_on": "1991-03-12", "first_visit": False}
    return {"on": today().isoformat(), "patient": patient, "plan": plan or LIPS, "gates": "later"}


def offering_not_known(answers: Mapping[str, Json]) -> list[str]:
    """The questions asked beside these answers that offer "Not known"."""
    asked = rules.questions_for(body(), {**request(), "answers": dict(answers)})
    return [one.id for one in asked if one.offers_not_known and one.required]
