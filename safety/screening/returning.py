"""What a returning patient said last time, group by group: each answer is still so, or asked anew."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from safety.db import db
from safety.screening import asking, showing
from safety.screening.forms import UNKNOWN
from safety.screening.models import Assessment, Screening
from safety.screening.rules import Question

Json = Any
KINDS = frozenset({"yn", "select", "multi"})  # dates, numbers, gates and words are asked anew
ASKED_ANEW = frozenset({"identity"})  # consent, expectations and what presses the patient are of the day


@dataclass(frozen=True)
class Line:
    """One answer of last time that may be said to be still so."""

    question: Question
    value: Json
    words: str


@dataclass(frozen=True)
class LastTime:
    """One group of the patient's last screening with a verdict."""

    screening_id: str
    on: date
    group: str
    title: str
    lines: tuple[Line, ...]


def last_time(screening: Screening, anew: frozenset[str] = frozenset()) -> LastTime | None:
    """What was said last time to open questions of one group, but those to be asked `anew`; None when nothing
    more of it can be confirmed. A part comes up once the answer above it is still so.
    """
    earlier = _earlier(screening)
    if earlier is None:
        return None
    said, answers = asking.values(earlier.id), asking.values(screening.id)
    wordings = {name: one["wording"] for name, one in showing.listed(earlier).items()}
    lines = [
        Line(one, said[one.id], showing.in_words(one, said[one.id]))
        for one in asking.questions(screening, answers)
        if one.open and one.id not in anew
        and one.wording == wordings.get(one.id) and _may_stand(one, said.get(one.id))
    ]  # fmt: skip
    if not lines:
        return None
    first = lines[0].question
    here = tuple(line for line in lines if line.question.group == first.group)
    return LastTime(earlier.id, earlier.on, first.group, first.group_title, here)


def _earlier(screening: Screening) -> Screening | None:
    wanted = (
        sa.select(Screening)
        .join(Assessment, Assessment.screening_id == Screening.id)
        .where(Screening.patient_id == screening.patient_id, Screening.id != screening.id,
               Screening.started_at <= screening.started_at)
        .order_by(Screening.started_at.desc(), Screening.id)
        .limit(1)
    )  # fmt: skip
    return db.session.scalar(wanted)


def _may_stand(question: Question, value: Json) -> bool:
    """Only what a patient is asked, was known, and means today what it meant then."""
    of_patient = question.asked_of == "patient" and question.group not in ASKED_ANEW
    if not of_patient or question.type not in KINDS or value is None or value == UNKNOWN:
        return False
    offered = {choice for choice, _ in question.choices}
    return set(value if isinstance(value, list) else [value]) <= offered - {UNKNOWN}
