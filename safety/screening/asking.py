"""A screening as the rules read it: its plan, its answers so far, what to ask, what one answer raises."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import sqlalchemy as sa

from safety.db import db
from safety.patients.models import Patient
from safety.protocols import actions as protocols
from safety.protocols.questions import flat
from safety.screening import links, rules
from safety.screening.logic import Said
from safety.screening.models import Answer, Assessment, Screening

Json = Any


def source(screening: Screening) -> dict[str, Json]:
    """The questionnaire this screening is pinned to, as it was when it began."""
    return protocols.kept(screening.file_sha256)


def rows(screening_id: str) -> dict[str, Answer]:
    """The newest answer to each question; an answer taken back is not among them."""
    wanted = sa.select(Answer).where(Answer.screening_id == screening_id).order_by(Answer.position)
    newest = {row.question: row for row in db.session.scalars(wanted)}
    return {question: row for question, row in newest.items() if row.value is not None}


def values(screening_id: str) -> dict[str, Json]:
    """Question → answer, in the contract's JSON."""
    return {question: row.value for question, row in rows(screening_id).items()}


def request(screening: Screening, answers: Mapping[str, Json]) -> dict[str, Json]:
    """What `screening assess` would be handed. The gates just before the needle are left to the treatment."""
    patient = db.session.get_one(Patient, screening.patient_id)
    on = screening.on.isoformat()
    return {
        "on": on,
        "patient": {"born_on": patient.born_on.isoformat(), "first_visit": screening.first_visit},
        "plan": screening.plan,
        "parameters": screening.parameters,
        "answers": dict(answers),
        "history": [item for item in links.history(patient.id) if item["on"] <= on],
        "gates": "later",
    }


def assess(screening: Screening, answers: Mapping[str, Json]) -> rules.Assessment:
    """The rules' verdict on these answers. Raises rules.BadRequest."""
    return rules.assess(source(screening), request(screening, answers))


def questions(screening: Screening, answers: Mapping[str, Json]) -> list[rules.Question]:
    """What is asked now, in order."""
    return rules.questions_for(source(screening), request(screening, answers))


def still_open(screening: Screening) -> list[tuple[str, str]]:
    """What has no answer that counts: (question id or place in the plan, wording)."""
    wordings = {question["id"]: question["wording"] for _, question in flat(source(screening)["questions"])}
    missing = assess(screening, values(screening.id)).unanswered
    return [(name, wordings.get(name) or NOT_QUESTIONS.get(name, name)) for name in missing]


NOT_QUESTIONS = {
    "plan.brand": "The plan names no brand.",
    "plan.units": "The plan names no units.",
    "patient.born_on": "The date of birth is not known.",
}


def newest_assessment(screening_id: str) -> Assessment | None:
    """The last verdict asked for."""
    wanted = sa.select(Assessment).where(Assessment.screening_id == screening_id)
    return db.session.scalar(wanted.order_by(Assessment.made_at.desc(), Assessment.id).limit(1))


def is_final(assessment: Assessment | None) -> bool:
    """A verdict with nothing left to answer stands: from then on, one screens again instead of editing."""
    return assessment is not None and not assessment.result["unanswered"]


def found_without(screening: Screening, answers: Mapping[str, Json], question: str) -> frozenset[str]:
    """The rules met while this question has no answer."""
    return frozenset(one.rule for one in assess(screening, {**answers, question: None}).findings)


def raised(
    screening: Screening, answers: Mapping[str, Json], question: str, value: Json, before: frozenset[str]
) -> rules.Finding | None:
    """The worst finding this answer brings that was not there `before`; None when it brings none."""
    found = assess(screening, {**answers, question: value}).findings
    return next((finding for finding in found if finding.rule not in before), None)


def normal(screening: Screening, question: str, value: Json) -> Json:
    """One answer in the one form it is kept in: "no" to a question with check boxes is the empty list.

    Raises rules.BadRequest when this question cannot be answered so.
    """
    read = rules.read_request(source(screening), request(screening, {question: value})).answers.get(question)
    if read is None or read is Said.VAGUE:
        raise rules.BadRequest([f"answers.{question}: is not an answer to this question"])
    if isinstance(read, Said):
        return read.value
    if isinstance(read, date):
        return read.isoformat()
    return list(read) if isinstance(read, tuple) else read
