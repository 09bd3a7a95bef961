"""Each answer of a screening and every change to it: what it was, what it became, who, when and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

import sqlalchemy as sa

from safety.db import db
from safety.protocols.questions import flat
from safety.screening import asking, showing
from safety.screening.forms import NOT_KNOWN
from safety.screening.giving import PATIENT
from safety.screening.models import Answer, Screening
from safety.screening.rules import Question
from safety.staff.models import Member

Json = Any
NOT_ASKED = "Not asked any more"
LEFT_OPEN = "Left open"


@dataclass(frozen=True)
class Entry:
    """One answer, or one change of it. `before` is None for the first."""

    wording: str
    before: str | None
    after: str
    at: datetime
    by: str
    by_patient: bool
    reason: str | None
    confirmed_from: str | None


def changes(screening: Screening) -> list[Entry]:
    """Every change of an answer that had been saved and left, oldest first: one row for each."""
    return [entry for entry in entries(screening) if entry.before is not None]


def entries(screening: Screening) -> list[Entry]:
    """Every answer and every change, oldest first."""
    wanted = sa.select(Answer).where(Answer.screening_id == screening.id)
    rows = list(db.session.scalars(wanted.order_by(Answer.position)))
    words = _Words(screening)
    names = {row.id: row.name for row in db.session.scalars(sa.select(Member))}
    by_question = {row.question: [one for one in rows if one.question == row.question] for row in rows}
    found = [pair for listed in by_question.values() for pair in _steps(listed)]
    found.sort(key=lambda pair: pair[1].position)
    return [_entry(words, names, before, row) for before, row in found]


def _steps(rows: Sequence[Answer]) -> list[tuple[Answer | None, Answer]]:
    """One question's rows as (what stood, what came): what was chosen on one visit is one step."""
    last = [list(group)[-1] for _, group in groupby(rows, key=lambda row: row.visit or row.position)]
    before = [None, *last[:-1]]
    return [(old if old is not None and old.value is not None else None, new)
            for old, new in zip(before, last, strict=True)]  # fmt: skip


def _entry(words: "_Words", names: dict[str, str], before: Answer | None, row: Answer) -> Entry:
    return Entry(
        wording=words.wording(row.question),
        before=words.answer(before) if before else None,
        after=words.answer(row),
        at=row.answered_at,
        by=names.get(row.answered_by, "Somebody who left"),
        by_patient=row.given_by == PATIENT,
        reason=row.reason,
        confirmed_from=row.confirmed_from,
    )


class _Words:
    """Answers as they read, also to questions that are not asked any more."""

    def __init__(self, screening: Screening) -> None:
        self.asked = {one.id: one for one in asking.questions(screening, asking.values(screening.id))}
        self.listed = {one["id"]: one for _, one in flat(asking.source(screening)["questions"])}

    def wording(self, question: str) -> str:
        return str(self.listed[question]["wording"]) if question in self.listed else question

    def answer(self, row: Answer) -> str:
        if row.value is None:
            return LEFT_OPEN if row.question in self.asked else NOT_ASKED
        said = f" “{row.said}”" if row.said else ""
        return f"{self._value(row.question, row.value)}{said}"

    def _value(self, question: str, value: Json) -> str:
        asked: Question | None = self.asked.get(question)
        if asked is not None:
            return showing.in_words(asked, value)
        words = {"yes": "Yes", "no": "No", "unknown": NOT_KNOWN, "none": "None"}
        parts = value if isinstance(value, list) else [value]
        return ", ".join(words.get(str(part), str(part)) for part in parts) or "None of these"
