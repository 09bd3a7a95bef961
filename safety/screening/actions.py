"""What is done in a screening: start, answer, ask for the verdict, decide, override, screen again."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from safety.audit import canonical
from safety.audit.log import Actor, record
from safety.db import db, new_id
from safety.patients.models import Patient
from safety.protocols import actions as protocols
from safety.screening import asking, binding, elsewhere, giving, links, rules
from safety.screening.elsewhere import Elsewhere
from safety.screening.giving import UNSAID, Given
from safety.screening.models import Answer, Assessment, Choice, Decision, Override, Screening
from safety.screening.verdict import MAY, Standing, State, Verdict, verdict
from safety.staff.actions import Proved, sign
from safety.staff.models import Member

__all__ = [
    "Closed", "Deciding", "NotAllowed", "Stale", "State", "Verdict", "again", "answer", "assess_now",
    "current_answers", "decide", "fingerprint", "left_open", "override", "pause", "start",
    "take_back", "verdict",
]  # fmt: skip
Json = Any
PROTOCOL = "screening"
LONGEST = 2000  # characters of a reason, limit or quotation; the columns hold as many


class Closed(ValueError):
    """A verdict stands or the day is over: answers are not edited, a new screening replaces this one."""


class Stale(ValueError):
    """What was shown is no longer what stands."""


class NotAllowed(PermissionError):
    """This role may not take this upon itself, or nobody may."""


def start(
    actor: Actor, *, patient_id: str, plan: Sequence[Json], on: date, first_visit: bool, now: datetime
) -> Screening:
    """A new screening, pinned to the questionnaire in force. `plan`: {product_class, brand, areas, units}.

    Raises rules.BadRequest for a plan the questionnaire cannot read, NoResultFound for a stranger.
    """
    patient = db.session.get_one(Patient, patient_id)
    found = protocols.keep_file(PROTOCOL, now)
    screening = Screening(
        id=new_id(), clinic_id=patient.clinic_id, patient_id=patient.id, on=on, plan=list(plan),
        first_visit=first_visit, file_sha256=found.file_sha256, parameters=found.parameters,
        protocol_digest=found.digest, approval_id=found.approval_id, started_at=now, started_by=actor.id,
        paused_at=None,
    )  # fmt: skip
    rules.read_request(found.source, asking.request(screening, {}))
    db.session.add(screening)
    db.session.flush()
    facts = {"patient": patient.id, "protocol": found.digest, "approved": found.approved}
    record(actor, "screening.started", f"screening:{screening.id}", facts)
    return screening


def current_answers(screening_id: str) -> dict[str, Json]:
    """Question → the newest answer, in the contract's JSON."""
    return asking.values(screening_id)


def answer(
    actor: Actor, screening_id: str, question: str, value: Json, said: str | None, on: date, now: datetime,
    given: Given = UNSAID,
) -> Answer | None:  # fmt: skip
    """One answer as given: a new row; the old one stays. An unchanged answer adds nothing and returns None.

    Raises Closed, rules.BadRequest (no such question now, or no such answer to it), giving.NeedsReason and
    giving.Overtaken (an answer that was left is changed with no reason, or unseen).
    """
    screening = _open(screening_id, on)
    value = asking.normal(screening, question, value)
    rows = asking.rows(screening_id)
    answers = {name: row.value for name, row in rows.items()} | {question: value}
    asked = {one.id for one in asking.questions(screening, answers)}
    if question not in asked:
        raise rules.BadRequest([f"{question} is not asked in this screening now"])
    old = rows.get(question)
    _go_on(actor, screening)
    if old is not None and (old.value, old.said) == (value, said or None):
        return None
    given = replace(given, reason=giving.why(actor, old, given))
    added = _add(actor, screening, question, value, said, old, now, given)
    for name in sorted(rows.keys() - asked):
        # not asked any more: it counts for nothing and is not shown again
        _add(actor, screening, name, None, None, rows[name], now)
    return added


def _go_on(actor: Actor, screening: Screening) -> None:
    """An answer takes up a screening that was put aside."""
    if screening.paused_at is not None:
        screening.paused_at = None
        record(actor, "screening.resumed", f"screening:{screening.id}", {})


def _open(screening_id: str, on: date) -> Screening:
    screening = db.session.get_one(Screening, screening_id)
    if asking.is_final(asking.newest_assessment(screening_id)):
        raise Closed("The verdict stands. Screen again to change an answer.")
    if screening.on != on:
        raise Closed("The screening was made for another day. Screen again.")
    return screening


def _add(
    actor: Actor, screening: Screening, question: str, value: Json, said: str | None, old: Answer | None,
    now: datetime, given: Given = UNSAID,
) -> Answer:  # fmt: skip
    added = Answer(
        screening_id=screening.id, clinic_id=screening.clinic_id, question=question, value=value,
        said=said or None, answered_at=now, answered_by=actor.id, tablet_id=actor.tablet_id,
        visit=given.visit, reason=given.reason, given_by=given.by, confirmed_from=given.confirmed_from,
    )  # fmt: skip
    db.session.add(added)
    facts = {"question": question, "changed": old is not None, "given_by": given.by}
    if given.confirmed_from:
        facts["confirmed_from"] = given.confirmed_from
    private = {"value": value, "said": said or None, "before": old.value if old else None,
               "reason": given.reason}  # fmt: skip
    record(actor, "screening.answered", f"screening:{screening.id}", facts, private)
    return added


def take_back(
    actor: Actor, screening_id: str, question: str, on: date, now: datetime, given: Given = UNSAID
) -> None:
    """An answer to a question that may stay open is taken back. Raises as `answer` does."""
    screening = _open(screening_id, on)
    record(actor, "screening.answer_left_open", f"screening:{screening.id}", {"question": question})
    if old := asking.rows(screening_id).get(question):
        given = replace(given, reason=giving.why(actor, old, given))
        _add(actor, screening, question, None, None, old, now, given)


def pause(actor: Actor, screening_id: str, now: datetime) -> Screening:
    """Put a screening aside; the answers stay."""
    screening = db.session.get_one(Screening, screening_id)
    screening.paused_at = now
    record(actor, "screening.paused", f"screening:{screening.id}", {})
    return screening


def assess_now(actor: Actor, screening_id: str, on: date, now: datetime) -> Assessment:
    """Ask the rules, and keep what they were asked and what they said. Raises Closed."""
    screening = _open(screening_id, on)
    request = asking.request(screening, asking.values(screening_id))
    result = rules.assess(asking.source(screening), request)
    assessment = Assessment(
        id=new_id(), clinic_id=screening.clinic_id, screening_id=screening.id, outcome=result.outcome,
        earliest_on=result.earliest_on, result=result.as_json(), request=request, made_at=now,
        made_by=actor.id,
    )  # fmt: skip
    db.session.add(assessment)
    db.session.flush()
    facts = {"assessment": assessment.id, "outcome": result.outcome, "findings": len(result.findings),
             "unanswered": len(result.unanswered), "shown": fingerprint(assessment)}  # fmt: skip
    record(actor, "screening.assessed", f"screening:{screening.id}", facts)
    return assessment


def fingerprint(assessment: Assessment) -> str:
    """Hex digest of everything an assessment says: what is shown must be what is signed."""
    content = {"assessment": assessment.id, "request": assessment.request, "result": assessment.result}
    return hashlib.sha256(canonical.dumps(content)).hexdigest()


@dataclass(frozen=True)
class Deciding:
    """A prescriber's decision as typed. `shown`: fingerprint of the assessment on the page.

    `plan_shown`: digest of the plan on the page, None where there was no page; `bounds`: limits as data.
    """

    choice: Choice
    reason: str
    limits: str | None
    remote: bool
    shown: str
    plan_shown: str | None = None
    bounds: Json = None
    elsewhere: Elsewhere | None = None


def decide(
    actor: Actor, proved: Proved, screening_id: str, asked: Deciding, on: date, now: datetime
) -> Decision:
    """A prescriber treats, treats with limits, or does not; signed over the whole assessment.

    Raises Stale (naming every question still open, where that is why), NotAllowed.
    """
    standing = verdict(screening_id, on)
    assessment = _as_shown(standing, asked.shown)
    _must_be(actor, "prescriber")
    _must_be_answered(standing, screening_id)
    if standing.state is not State.PRESCRIBER:
        raise Stale("There is nothing left for a prescriber to decide here")
    if asked.remote is not (asked.elsewhere is not None) or elsewhere.problem(
        actor.id or "", asked.elsewhere
    ):
        raise NotAllowed("A decision from elsewhere names who phoned and who read it back")
    plan = binding.plan_now(db.session.get_one(Screening, screening_id))
    bound = binding.digest(plan)
    if asked.plan_shown not in (None, bound):
        raise Stale("The plan has changed since this page was opened. Read it again, then sign.")
    meaning = f"My decision on this screening: {asked.choice.value.replace('_', ' ')}"
    decision = Decision(
        id=new_id(), clinic_id=assessment.clinic_id, assessment_id=assessment.id, choice=asked.choice,
        limits=asked.limits, bounds=asked.bounds, plan=plan, plan_sha256=bound, reason=asked.reason,
        remote=asked.remote, phoned_by=asked.elsewhere.phoned_by if asked.elsewhere else None,
        read_back_by=asked.elsewhere.read_back_by if asked.elsewhere else None, decided_at=now,
        decided_by=actor.id,
    )  # fmt: skip
    content = {"shown": asked.shown, **_signed(decision)}
    decision.signature_id = sign(actor, proved, f"assessment:{assessment.id}", meaning, content, now).id
    db.session.add(decision)
    facts = {"assessment": assessment.id, "choice": asked.choice.value, "remote": asked.remote}
    private = {"reason": asked.reason, "limits": asked.limits}
    record(actor, "screening.decided", f"screening:{screening_id}", facts, private)
    return decision


def _signed(decision: Decision) -> dict[str, Json]:
    """Everything a decision says, as it is signed beside what was shown."""
    return {"choice": decision.choice.value, "limits": decision.limits, "bounds": decision.bounds,
            "plan": decision.plan_sha256, "reason": decision.reason, "remote": decision.remote,
            "phoned_by": decision.phoned_by, "read_back_by": decision.read_back_by}  # fmt: skip


def override(
    actor: Actor,
    proved: Proved,
    screening_id: str,
    reasons: Mapping[int, str],
    shown: str,
    on: date,
    now: datetime,
) -> list[Override]:
    """Go on in spite of findings, each by its number with its own reason (5.8). Raises Stale, NotAllowed."""
    standing = verdict(screening_id, on)
    assessment = _as_shown(standing, shown)
    if standing.refused:
        raise NotAllowed("A prescriber decided not to treat")
    _must_be_answered(standing, screening_id)
    if db.session.get_one(Screening, screening_id).on != on:
        raise Stale("Every question needs an answer, given today. Screen again.")
    role = db.session.get_one(Member, actor.id).role
    chosen = [one for one in standing.findings if one.index in reasons]
    if len(chosen) != len(reasons) or any(one.settled for one in chosen):
        raise Stale("One of these findings is settled already. Read the verdict again.")
    if any(role not in one.may for one in chosen):
        raise NotAllowed("Your role may not go on in spite of this")
    return [_override(actor, proved, assessment, one, reasons[one.index], now) for one in chosen]


def _override(
    actor: Actor, proved: Proved, assessment: Assessment, one: Standing, reason: str, now: datetime
) -> Override:
    rule = one.finding["rule"]
    content = {"shown": fingerprint(assessment), "finding": one.index, "rule": rule, "reason": reason}
    meaning = f"I go on in spite of this finding: {one.outcome}"
    signature = sign(actor, proved, f"assessment:{assessment.id}", meaning, content, now)
    row = Override(
        id=new_id(), clinic_id=assessment.clinic_id, assessment_id=assessment.id, finding=one.index,
        question=one.finding["question"], outcome=one.outcome, reason=reason, decided_at=now,
        decided_by=actor.id, signature_id=signature.id,
    )  # fmt: skip
    db.session.add(row)
    facts = {"assessment": assessment.id, "finding": one.index, "rule": rule, "outcome": one.outcome}
    record(actor, "screening.overridden", f"screening:{assessment.screening_id}", facts, {"reason": reason})
    return row


def _as_shown(standing: Verdict, shown: str) -> Assessment:
    if standing.assessment is None or fingerprint(standing.assessment) != shown:
        raise Stale("The screening has changed since this page was opened. Read it again, then sign.")
    return standing.assessment


def _must_be_answered(standing: Verdict, screening_id: str) -> None:
    """Nothing is decided over open questions, whoever posts it; each of them is named."""
    if standing.unanswered:
        raise Stale(left_open(screening_id))


def left_open(screening_id: str) -> str:
    """Every question without an answer that counts, in one line; empty when there is none."""
    named = asking.still_open(db.session.get_one(Screening, screening_id))
    return f"Not answered yet: {' '.join(wording for _, wording in named)}" if named else ""


def _must_be(actor: Actor, named: str) -> None:
    if db.session.get_one(Member, actor.id).role not in MAY[named]:
        raise NotAllowed("Your role may not decide this")


def again(actor: Actor, screening_id: str, on: date, now: datetime) -> Screening:
    """A new screening for the same plan in the place of an old one, which stays as it is."""
    old = db.session.get_one(Screening, screening_id)
    new = start(actor, patient_id=old.patient_id, plan=old.plan, on=on, first_visit=old.first_visit, now=now)
    links.replace(old.id, new.id)
    record(actor, "screening.replaced", f"screening:{old.id}", {"by": new.id})
    return new
