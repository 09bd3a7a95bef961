"""A screening for a changed plan: answers that do not hang on the change stay, the others are asked anew."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from safety.audit.log import Actor, record
from safety.db import db, new_id
from safety.screening import asking, dependence, links, rules
from safety.screening.models import Answer, Screening
from safety.screening.verdict import verdict

Json = Any


@dataclass(frozen=True)
class Replanned:
    """What became of a screening: the new one, the questions asked anew, and whether a decision fell."""

    screening_id: str
    reopened: tuple[str, ...]
    decision_fell: bool


def replan(actor: Actor, screening_id: str, plan: Sequence[Json], reason: str, now: datetime) -> Replanned:
    """A screening for another plan of the same visit takes the place of this one, which stays as it is.

    It keeps the version of the questionnaire. Its answers are those that hang on nothing that changed, as
    they were given and by whom. Verdict, decision and overrides were made for the old plan and stay there.
    Raises rules.BadRequest for a plan the questionnaire cannot read.
    """
    old = db.session.get_one(Screening, screening_id)
    new = Screening(
        id=new_id(), clinic_id=old.clinic_id, patient_id=old.patient_id, on=old.on, plan=list(plan),
        first_visit=old.first_visit, file_sha256=old.file_sha256, parameters=old.parameters,
        protocol_digest=old.protocol_digest, approval_id=old.approval_id, started_at=now,
        started_by=actor.id, paused_at=None,
    )  # fmt: skip
    again = _reopened(old, new)
    db.session.add(new)
    db.session.flush()
    given = asking.rows(old.id)
    for question in _that_stay(new, given, again):
        db.session.add(_copied(new, given[question]))
    db.session.flush()
    fell = verdict(old.id, old.on).decision is not None
    lost = tuple(sorted(question for question in given if question in again))
    links.replace(old.id, new.id)
    facts = {"by": new.id, "reopened": list(lost), "decision_fell": fell}
    record(actor, "screening.replanned", f"screening:{old.id}", facts, {"reason": reason})
    return Replanned(new.id, lost, fell)


def _reopened(old: Screening, new: Screening) -> frozenset[str]:
    source = asking.source(old)
    then, now = (rules.read_request(source, asking.request(one, {})).plan for one in (old, new))
    return dependence.reopened(source, then, now)


def _that_stay(new: Screening, given: Mapping[str, Answer], again: frozenset[str]) -> list[str]:
    """Answers to questions that are still asked; dropping one may hide another, so until nothing changes."""
    kept = {question: row.value for question, row in given.items() if question not in again}
    while True:
        asked = {one.id for one in asking.questions(new, kept)}
        still = {question: value for question, value in kept.items() if question in asked}
        if still == kept:
            return [question for question in given if question in still]
        kept = still


def _copied(new: Screening, row: Answer) -> Answer:
    """The answer as it was given: by whom and when stay."""
    told = {column.key: getattr(row, column.key) for column in Answer.__table__.columns}
    return Answer(**{**told, "position": None, "screening_id": new.id})
