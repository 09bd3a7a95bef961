"""Answers an emergency must not look for: today's, and where today's are open the newest ones known before.

What nobody knows is said to be not known; what was not asked yet is named; nothing is left out (S8, S9).
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import sqlalchemy as sa

from safety.db import db
from safety.screening import asking, rules
from safety.screening.models import Screening

Json = Any
UNKNOWN = "unknown"
# What a question is about in three words; a question that is not here speaks in its own.
ABOUT = {
    "G20": "lidocaine allergy", "G22": "reaction to stings", "G23": "reaction to hyaluronidase",
    "G24": "severe allergy", "G25": "latex and chlorhexidine", "G30": "bleeding", "G40": "blood thinners",
    "G47": "aspirin", "G48": "asthma, pulse, sulfa, nitrates", "F01": "earlier filler",
    "F02": "permanent filler here", "F08": "dental block", "F12": "eyes",
}  # fmt: skip


@dataclass(frozen=True)
class Lifted:
    """One thing to know. `said_on`: the day, when it was not said in this visit's own screening."""

    code: str
    text: str
    said_on: date | None = None

    @property
    def line(self) -> str:
        """The whole of it, in words."""
        if self.said_on is None:
            return self.text
        return f"{self.text} (said on {self.said_on.day} {self.said_on:%b %Y})"

    def as_json(self) -> dict[str, str]:
        """As an emergency's flag."""
        return {"code": self.code, "text": self.line}


class _Said:
    """One screening with its answers and, when asked for, what they raise."""

    def __init__(self, screening: Screening) -> None:
        self.screening = screening
        self.answers = asking.values(screening.id)
        self.flags = asking.source(screening)["emergency_flags"]

    @cached_property
    def raised(self) -> list[rules.Flag]:
        return list(asking.assess(self.screening, self.answers).emergency_flags)

    def lines(self, on: date | None = None, source: str | None = None) -> Iterator[Lifted]:
        """What it raises, of one question where that is named."""
        names = {area["id"]: area["name"] for area in asking.source(self.screening)["areas"]}
        for flag in self.raised:
            if source in (None, flag.question):
                yield Lifted(flag.code, _text(flag, names), on)


def lifted(patient_id: str, screening_id: str | None) -> list[Lifted]:
    """Everything the screenings of this patient say that an emergency must know, this visit's first."""
    screening = db.session.get(Screening, screening_id) if screening_id else None
    here = _Said(screening) if screening else None
    earlier = [_Said(one) for one in _earlier(patient_id, screening)]
    answers = here.answers if here else {}
    found = list(here.lines()) if here else []
    for source in _sources([*([here] if here else []), *earlier]):
        if answers.get(source) in (None, UNKNOWN):
            found += _said_before(source, earlier, also_unknown=source not in answers)
    return [*dict.fromkeys(found), *(_not_asked(here, earlier) if here else [])]


def _earlier(patient_id: str, here: Screening | None) -> list[Screening]:
    """The patient's other screenings up to this one, newest first."""
    wanted = sa.select(Screening).where(Screening.patient_id == patient_id)
    if here is not None:
        wanted = wanted.where(Screening.id != here.id, Screening.started_at <= here.started_at)
    return list(db.session.scalars(wanted.order_by(Screening.started_at.desc(), Screening.id)))


def _sources(listed: Iterable[_Said]) -> list[str]:
    """The questions flags come from, of every questionnaire these screenings were made by."""
    return list(dict.fromkeys(flag["from"] for one in listed for flag in one.flags))


def _text(flag: rules.Flag, names: Mapping[str, str]) -> str:
    if flag.area is None:
        return flag.text
    return f"{names.get(flag.area, flag.area)}: {flag.text[0].lower()}{flag.text[1:]}"


def _said_before(source: str, earlier: Iterable[_Said], also_unknown: bool) -> list[Lifted]:
    """What the newest earlier screening that knows says; failing that, that nobody knew."""
    asked = [one for one in earlier if source in one.answers]
    known = [one for one in asked if one.answers[source] != UNKNOWN]
    newest = known[:1] or (asked[:1] if also_unknown else [])
    return [line for one in newest for line in one.lines(one.screening.on, source)]


def _not_asked(here: _Said, earlier: Iterable[_Said]) -> list[Lifted]:
    """One line that names what this visit asks, has not answered yet, and was never said before."""
    asked = {one.id: one.wording for one in asking.questions(here.screening, here.answers)}
    said = {source for one in [here, *earlier] for source in one.answers}
    missing = [one for one in _sources([here]) if one in asked and one not in said]
    if not missing:
        return []
    return [Lifted("not_asked", f"Not asked yet: {'; '.join(ABOUT.get(one, asked[one]) for one in missing)}")]
