"""May this treatment go on: the rules' findings, less what named people took upon themselves."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from safety.db import db
from safety.screening import asking, binding, cooling, rules
from safety.screening.models import Assessment, Choice, Decision, Override, Screening
from safety.staff.models import Role
from safety.web import stamp

Json = Any


class State(StrEnum):
    """What the verdict page says; only `cleared` lets a treatment start."""

    CLEARED = "cleared"
    PRESCRIBER = "prescriber"
    DO_NOT_TREAT = "do_not_treat"
    INCOMPLETE = "incomplete"
    EXPIRED = "expired"


MAY = {
    "nurse": frozenset({Role.NURSE, Role.PRESCRIBER, Role.MEDICAL_DIRECTOR}),
    "prescriber": frozenset({Role.PRESCRIBER, Role.MEDICAL_DIRECTOR}),
    "medical_director": frozenset({Role.MEDICAL_DIRECTOR}),
}
AGE_QUESTION = "G01"  # locked: whatever a protocol file says, nobody overrides what this question forbids


@dataclass(frozen=True)
class Standing:
    """One finding and what became of it.

    `may`: the roles that may go on in spite of it; `over_at`: when time to think is over, for a first visit.
    """

    index: int
    finding: dict[str, Json]
    override: Override | None
    decided: bool
    may: frozenset[Role]
    over_at: datetime | None = None

    @property
    def reason(self) -> str:
        """Why, and from what time not any more where that is counted in hours."""
        wait = f" It may go on from {stamp(self.over_at)}." if self.over_at else ""
        return f"{self.finding['reason']}{wait}"

    @property
    def outcome(self) -> str:
        """The finding's outcome code."""
        return str(self.finding["outcome"])

    @property
    def settled(self) -> bool:
        """Has somebody who may taken it upon themselves?"""
        return self.override is not None or self.decided


@dataclass(frozen=True)
class Verdict:
    """What a screening says on a day. `reasons`: sentences, worst first; `outcome`: the rules' own word."""

    state: State
    outcome: str
    reasons: tuple[str, ...]
    earliest_on: date | None
    findings: tuple[Standing, ...]
    unanswered: tuple[str, ...]
    emergency_flags: tuple[dict[str, Json], ...]
    decision: Decision | None
    assessment: Assessment | None
    protocol_digest: str
    approved: bool
    void: tuple[str, ...] = ()

    @property
    def cleared(self) -> bool:
        """May the treatment go on today?"""
        return self.state is State.CLEARED

    @property
    def is_barred(self) -> bool:
        """Is there a finding that forbids and that nobody may go on in spite of?"""
        return any(not one.may and not one.settled for one in self.findings)

    @property
    def refused(self) -> bool:
        """Did a prescriber decide not to treat? Nobody overrides that."""
        return self.decision is not None and self.decision.choice is Choice.DO_NOT_TREAT


def verdict(screening_id: str, today: date, plan: Sequence[Json] | None = None) -> Verdict:
    """What this screening says today. With a `plan`, also whether it was made for that plan.

    Raises NoResultFound for a screening of another clinic.
    """
    screening = db.session.get_one(Screening, screening_id)
    assessment = asking.newest_assessment(screening_id)
    decision, void = _decision(screening, assessment)
    findings = tuple(_standings(screening, assessment, decision))
    result = assessment.result if assessment else {}
    expired = _expired(screening, today, plan)
    state, reasons = _state(assessment, decision, findings, expired)
    if void and state is State.PRESCRIBER:
        reasons = [*void, *reasons]
    return Verdict(
        state=state, reasons=tuple(reasons), outcome=assessment.outcome if assessment else "incomplete",
        earliest_on=assessment.earliest_on if assessment else None, findings=findings,
        unanswered=tuple(result.get("unanswered", ())), decision=decision, assessment=assessment,
        emergency_flags=tuple(result.get("emergency_flags", ())),
        protocol_digest=screening.protocol_digest, approved=screening.approval_id is not None, void=void,
    )  # fmt: skip


def _decision(screening: Screening, assessment: Assessment | None) -> tuple[Decision | None, tuple[str, ...]]:
    """The decision that counts; or None, and why the last one is void: the plan changed after it."""
    if assessment is None:
        return None, ()
    wanted = sa.select(Decision).where(Decision.assessment_id == assessment.id)
    last = db.session.scalar(wanted.order_by(Decision.decided_at.desc(), Decision.id).limit(1))
    why = binding.changed(last, binding.plan_now(screening)) if last else []
    if not why:
        return last, ()
    return None, tuple(f"The plan changed after the prescriber decided. {one}. Ask again." for one in why)


def _standings(
    screening: Screening, assessment: Assessment | None, decision: Decision | None
) -> list[Standing]:
    if assessment is None:
        return []
    wanted = sa.select(Override).where(Override.assessment_id == assessment.id)
    overrides = {row.finding: row for row in db.session.scalars(wanted)}
    treats = decision is not None and decision.choice is not Choice.DO_NOT_TREAT
    return [
        Standing(
            index,
            finding,
            overrides.get(index),
            treats and finding["outcome"] == "prescriber",
            may(finding),
            cooling.over_at(screening, finding),
        )
        for index, finding in enumerate(assessment.result["findings"])
    ]


def may(finding: dict[str, Json]) -> frozenset[Role]:
    """The roles that may go on in spite of a finding (specification 5.8); nobody over the age block."""
    if finding["question"] == AGE_QUESTION and finding["outcome"] == "contra":
        return frozenset()
    return MAY.get(finding["override"], frozenset())


def _expired(screening: Screening, today: date, plan: Sequence[Json] | None) -> list[str]:
    """A cleared screen is valid for that visit only (5.8): that day, that product class, brand and area."""
    why = ["The screening was made for another day."] if screening.on != today else []
    if plan is not None:
        source, request = asking.source(screening), asking.request(screening, {})
        then, now = (rules.read_request(source, {**request, "plan": list(p)}) for p in (screening.plan, plan))
        changed = [WORDS[part] for part in rules.reasons_to_rescreen(source, then, now) if part != "day"]
        why += [f"The plan has another {part} than the one screened." for part in changed]
    return why


WORDS = {"product_class": "kind of product", "brand": "brand", "area": "area"}


def _state(
    assessment: Assessment | None,
    decision: Decision | None,
    findings: tuple[Standing, ...],
    expired: list[str],
) -> tuple[State, list[str]]:
    if decision is not None and decision.choice is Choice.DO_NOT_TREAT:
        return State.DO_NOT_TREAT, ["A prescriber decided not to treat."]
    forbidding = _open(findings, "contra", "defer")
    if forbidding:
        return State.DO_NOT_TREAT, forbidding
    if expired:
        return State.EXPIRED, expired
    if not asking.is_final(assessment):
        return State.INCOMPLETE, ["Some questions have no answer that counts."]
    if deciding := _open(findings, "prescriber"):
        return State.PRESCRIBER, deciding
    if careful := _open(findings, "caution"):
        return State.INCOMPLETE, ["Write down what you do about each caution.", *careful]
    return State.CLEARED, []


def _open(findings: tuple[Standing, ...], *outcomes: str) -> list[str]:
    return [one.reason for one in findings if one.outcome in outcomes and not one.settled]
