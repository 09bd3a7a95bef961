"""Play a clinical story through the pages, as a nurse would, and read the verdict that was stored."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Protocol

import pytest
from flask import Flask

from safety import clock
from safety.db import db
from safety.protocols import actions as protocols
from safety.protocols.rules import effective
from safety.screening import actions, asking, links, rules
from safety.screening.models import Screening
from safety.screening.stories import well_answers
from safety.screening.verdict import verdict
from tests.factories import Cast, arranging, looking
from tests.page import Visitor
from tests.patients.people import add_patient
from tests.protocols import signing
from tests.screening import people

Json = Any


def request_of(story: Mapping[str, Json]) -> dict[str, Json]:
    """The story's request with all its answers, in the one form the pages keep them in."""
    given = dict(story["request"])
    answers = dict(given.get("answers", {}))
    if story.get("well"):
        answers = well_answers(people.body(), given, answers)
    read = rules.read_request(people.body(), {**given, "answers": answers, "gates": "later"})
    plain = {name: people.plain(answer) for name, answer in read.answers.items()}
    if isinstance(read.answers.get("G01"), date):  # the page asks yes or no of whoever holds the document
        plain["G01"] = "yes" if read.answers["G01"] == read.born_on else "no"
    return {**given, "answers": plain, "gates": "later"}


class Hand(Protocol):
    """Whoever works the pages: over HTTP, or tapping in a real browser."""

    def answer(self, url: str, question: rules.Question, value: Json) -> None:
        """Give this answer on the question's page, and go on."""

    def ask(self, url: str) -> None:
        """Ask for the verdict on the check page."""


@dataclass(frozen=True)
class ByHttp:
    """The pages as a visitor of the test client meets them."""

    visitor: Visitor

    def answer(self, url: str, question: rules.Question, value: Json) -> None:
        """Open the page, send its form."""
        page = self.visitor.get(url)
        assert page.has("button", text="Save and continue")
        fields = {"csrf_token": page.csrf, **_fields(question, value)}
        sent = self.visitor.client.post(url, data=fields)
        assert sent.status_code == 302, f"{question.id}: {value!r} was not taken"

    def ask(self, url: str) -> None:
        """Open the check page, press its button."""
        self.visitor.get(url).submit("Get verdict")


def play(
    app: Flask, cast: Cast, hand: Hand, patch: pytest.MonkeyPatch, story: Mapping[str, Json]
) -> dict[str, Json]:
    """The verdict as the pages store it. What the story names is put in by hand; the rest by action."""
    request = request_of(story)
    on = date.fromisoformat(request["on"])
    noon = datetime(on.year, on.month, on.day, 12, tzinfo=UTC)
    patch.setattr(clock, "now", lambda: noon)
    patch.setattr(links, "_histories", [lambda patient_id: request.get("history", [])])
    _approve(app, cast, {"jurisdiction": request["jurisdiction"], **request.get("parameters", {})})
    screening_id = _start(app, cast, request, noon, _name(story))
    named = [name for name in request["answers"] if name in story["request"].get("answers", {})]
    _answer(app, cast, hand, screening_id, request["answers"], named)
    hand.ask(f"/screenings/{screening_id}/check")
    with looking(app, cast.clinic_id):
        assessment = verdict(screening_id, on).assessment
        assert assessment is not None
        return assessment.result


def _approve(app: Flask, cast: Cast, values: dict[str, Json]) -> None:
    """The clinic goes by these values; signed only where they are not in force already."""
    with looking(app, cast.clinic_id):
        now = protocols.in_force("screening", clock.now())
    if not now.approved or now.parameters != effective(people.body(), values):
        signing.approve(app, cast, "screening", values)


def _name(story: Mapping[str, Json]) -> tuple[str, str]:
    """A name nobody else has, made of the story's own title."""
    letters = (
        hashlib.sha256(story["title"].encode())
        .hexdigest()
        .translate(str.maketrans("0123456789", "ghijklmnop"))
    )
    return letters[:12].title(), letters[12:24].title()


def _start(app: Flask, cast: Cast, request: Mapping[str, Json], noon: datetime, name: tuple[str, str]) -> str:
    patient = request["patient"]
    patient_id = add_patient(app, cast, *name, born_on=patient["born_on"])
    first = patient.get("first_visit", not request.get("history"))
    with arranging(app, cast["nora"].actor) as actor:
        return actions.start(
            actor, patient_id=patient_id, plan=request["plan"], on=noon.date(), first_visit=first, now=noon
        ).id


def _answer(
    app: Flask,
    cast: Cast,
    hand: Hand,
    screening_id: str,
    answers: Mapping[str, Json],
    named: list[str],
) -> None:
    left = dict(answers)
    while True:
        with looking(app, cast.clinic_id):
            screening = db.session.get_one(Screening, screening_id)
            asked = asking.questions(screening, asking.values(screening_id))
        now = [one for one in asked if one.id in left]
        if not now:
            return
        for one in [one for one in now if one.id in named]:
            hand.answer(f"/screenings/{screening_id}/q/{one.id}", one, left.pop(one.id))
        people.answer(app, cast, screening_id, {one.id: left.pop(one.id) for one in now if one.id in left})


def _fields(question: rules.Question, value: Json) -> dict[str, Json]:
    if question.type in {"multi", "areas"}:
        return {"value": value if isinstance(value, list) and value else [value or "none"]}
    if question.type == "date" and value not in {"none", "unknown"}:
        year, month, day = value.split("-")
        return {"value-year": year, "value-month": month, "value-day": day}
    if question.type == "date" or (question.type == "number" and value == "unknown"):
        return {"instead": value}
    return {"value": value}
