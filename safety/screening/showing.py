"""A screening in words: answers as they read, what an answer raises, the banner, the way through."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import sqlalchemy as sa
from flask import url_for

from safety import web
from safety.amounts import AmountUnit
from safety.amounts import in_words as in_words_of
from safety.db import db
from safety.patients import actions as patients
from safety.patients.models import Patient
from safety.protocols.areas import areas
from safety.protocols.questions import flat
from safety.screening import asking, binding, elsewhere, links
from safety.screening.decision_forms import CHOICE_WORDS
from safety.screening.forms import NONE, NOT_KNOWN, UNKNOWN, offered
from safety.screening.models import Answer, Screening
from safety.screening.rules import Question
from safety.screening.verdict import Standing, State, Verdict, verdict
from safety.staff.models import Member

Json = Any
CLASS_WORDS = {"toxin": "Toxin", "ha_filler": "HA filler", "biostimulator": "Biostimulator"}
OUTCOME_WORDS = {
    "contra": ("stop", "Do not treat"),
    "defer": ("stop", "Do not treat today"),
    "prescriber": ("check", "Prescriber must decide before treatment"),
    "caution": ("check", "Go on with care"),
    "incomplete": ("open", "Not complete"),
    "clear": ("ready", "Cleared"),
}
STATE_WORDS = {
    State.CLEARED: ("ready", "Cleared"),
    State.PRESCRIBER: ("check", "Prescriber must decide"),
    State.DO_NOT_TREAT: ("stop", "Do not treat"),
    State.INCOMPLETE: ("open", "Not complete"),
    State.EXPIRED: ("open", "Not valid any more"),
}


@dataclass(frozen=True)
class Flag:
    """What one answer raises, as it is shown the moment it is chosen."""

    kind: str
    title: str
    text: str


def banner(screening: Screening, on: date) -> dict[str, str]:
    """The patient and what is planned, for the bar on top."""
    patient = db.session.get_one(Patient, screening.patient_id)
    following = links.next_step(screening.id)
    return {
        "name": f"{patient.given_name} {patient.family_name}",
        "born": f"Born {web.day(patient.born_on)}, {patients.age(patient, on)} years",
        "line": following.line if following else plan_line(screening),
        "url": url_for("patients.show", patient_id=patient.id),
    }


def plan_line(screening: Screening) -> str:
    """HA filler, lips."""
    names = {area["id"]: area["name"] for area in asking.source(screening)["areas"]}
    parts = [
        ", ".join([CLASS_WORDS[item["product_class"]], *(names[area].lower() for area in item["areas"])])
        for item in screening.plan
    ]
    return "; ".join(parts)


def flag(
    screening: Screening, answers: Mapping[str, Json], question: Question, value: Json,
    before: frozenset[str] | None = None,
) -> Flag | None:  # fmt: skip
    """What this answer raises that was not there `before`, without it.

    Raises rules.BadRequest for an answer that cannot be given.
    """
    before = asking.found_without(screening, answers, question.id) if before is None else before
    found = asking.raised(screening, answers, question.id, value, before)
    if value == UNKNOWN and UNKNOWN not in dict(question.choices) and not question.not_known_text:
        return Flag(
            "open", "Not complete", "“Not known” does not clear this question. Find out before treatment."
        )
    if found is None:
        return None
    kind, title = OUTCOME_WORDS[found.outcome]
    return Flag(kind, title, question.not_known_text or found.reason if value == UNKNOWN else found.reason)


def flags(screening: Screening, answers: Mapping[str, Json], question: Question) -> dict[str, Flag]:
    """For each row of a question with rows, what it would raise."""
    before = asking.found_without(screening, answers, question.id)
    raised = {value: flag(screening, answers, question, value, before) for value, _ in offered(question)}
    return {value: one for value, one in raised.items() if one}


def in_words(question: Question, value: Json) -> str:
    """An answer as a person reads it."""
    if value is None:
        return "Not answered"
    if value == UNKNOWN and UNKNOWN not in dict(question.choices):
        return NOT_KNOWN
    if question.type in {"multi", "areas"}:
        labels = dict(question.choices)
        return ", ".join(labels.get(one, one) for one in value) or "None of these"
    return _one(question, value)


def _one(question: Question, value: Json) -> str:
    if question.type == "date":
        return question.none_label or "None" if value == NONE else web.day(date.fromisoformat(value))
    if question.type == "number":
        return f"{value} {question.unit}" if question.unit else str(value)
    return dict(question.choices).get(str(value), str(value))


@dataclass(frozen=True)
class Way:
    """Where a question stands among those asked now."""

    question: Question
    number: int
    of: int
    before: str | None
    after: str | None

    @property
    def progress(self) -> int:
        """Percent of the way."""
        return 100 * self.number // self.of


def way(questions: list[Question], question_id: str) -> Way | None:
    """The way through the questions at this one; None when it is not asked now."""
    ids = [one.id for one in questions]
    if question_id not in ids:
        return None
    at = ids.index(question_id)
    after = ids[at + 1] if at + 1 < len(ids) else None
    return Way(questions[at], at + 1, len(ids), ids[at - 1] if at else None, after)


def first_open(questions: list[Question]) -> str | None:
    """The first question that must be answered and is not."""
    return next((one.id for one in questions if one.open and one.required), None)


def open_part(questions: list[Question], question_id: str) -> str | None:
    """A question that came up under this one and has no answer yet."""
    whole = question_id.partition(".")[0]
    return next(
        (one.id for one in questions if one.open and one.required and one.id.startswith(f"{whole}.")), None
    )


def listed(screening: Screening) -> dict[str, Json]:
    """Every question of the questionnaire by its id, asked or not: findings name them."""
    return {question["id"]: question for _, question in flat(asking.source(screening)["questions"])}


@dataclass(frozen=True)
class Line:
    """One question with its answer, for the check page. `flag`: what it raises."""

    question: Question
    answer: str
    said: str | None
    flag: Flag | None


def groups(screening: Screening) -> list[tuple[str, list[Line]]]:
    """All questions asked now: those still open, those that raise something, then the rest by subject."""
    rows = asking.rows(screening.id)
    answers = {name: row.value for name, row in rows.items()}
    lines = [_line(screening, one, rows) for one in asking.questions(screening, answers)]
    raising = _raising(screening, answers, lines)
    still_open = [line for line in lines if line.question.open and line.question.required]
    rest = [line for line in lines if line not in still_open and line.question.id not in raising]
    subjects = dict.fromkeys(line.question.group_title for line in rest)
    flagged = [replace(line, flag=raising[line.question.id]) for line in lines
               if line.question.id in raising and line not in still_open]  # fmt: skip
    return [
        ("Still to answer", still_open),
        ("Raised by an answer", flagged),
        *((subject, [line for line in rest if line.question.group_title == subject]) for subject in subjects),
    ]


def _line(screening: Screening, question: Question, rows: Mapping[str, Answer]) -> Line:
    row = rows.get(question.id)
    return Line(question, in_words(question, row.value if row else None), row.said if row else None, None)


def _raising(screening: Screening, answers: Mapping[str, Json], lines: list[Line]) -> dict[str, Flag]:
    """Question → the worst that hangs on it or on its parts."""
    found: dict[str, Flag] = {}
    shown = {line.question.id for line in lines}
    for finding in asking.assess(screening, answers).findings:
        if finding.question in shown:
            kind, title = OUTCOME_WORDS[finding.outcome]
            found.setdefault(finding.question, Flag(kind, title, finding.reason))
    return found


@dataclass(frozen=True)
class Entry:
    """One finding as the verdict page shows it: what was asked and answered, what follows, who may go on."""

    standing: Standing
    kind: str
    title: str
    wording: str
    answer: str
    said: str | None
    about: str
    earliest_on: date | None
    who: str
    by: str | None


REASON_FOR = {
    "caution": "What you do about it",
    "defer": "Why treat before the date",
    "contra": "Why treat in spite of it",
    "prescriber": "Why treat",
}
WHO = {
    "nurse": "A nurse may go on, with the mitigation written down.",
    "prescriber": "A prescriber may decide.",
    "medical_director": "Only the medical director may go on.",
    "none": "Nobody may go on.",
}


def entries(screening: Screening, standing: Verdict) -> list[Entry]:
    """Every finding of the verdict, worst first."""
    if standing.assessment is None:
        return []
    asked = {one.id: one for one in asking.questions(screening, standing.assessment.request["answers"])}
    said = asking.rows(screening.id)
    return [
        _entry(screening, one, asked, standing.assessment.request["answers"], said)
        for one in standing.findings
    ]


def _entry(
    screening: Screening,
    one: Standing,
    asked: Mapping[str, Question],
    answers: Mapping[str, Json],
    rows: Mapping[str, Answer],
) -> Entry:
    finding, question = one.finding, asked.get(one.finding["question"])
    kind, title = OUTCOME_WORDS[one.outcome]
    signed = one.override.decided_by if one.override else None
    earliest = finding["earliest_on"]
    return Entry(
        standing=one,
        kind="ready" if one.settled else kind,
        title=title,
        wording=question.wording if question else listed(screening)[finding["question"]]["wording"],
        answer=_answers_to(asked, answers, finding["question"]),
        said=rows[finding["question"]].said if finding["question"] in rows else None,
        about=_about(screening, finding),
        earliest_on=date.fromisoformat(earliest) if earliest else None,
        who=WHO[finding["override"] if one.may else "none"],
        by=db.session.get_one(Member, signed).name if signed else None,
    )


def _answers_to(asked: Mapping[str, Question], answers: Mapping[str, Json], whole: str) -> str:
    """The answer to a question and to its parts, in one line."""
    ids = [one for one in asked if one == whole or one.startswith(f"{whole}.")]
    return "; ".join(in_words(asked[one], answers[one]) for one in ids if answers.get(one) is not None)


def _about(screening: Screening, finding: Json) -> str:
    names = {area["id"]: area["name"] for area in asking.source(screening)["areas"]}
    words = [CLASS_WORDS.get(finding["product_class"] or "", ""), names.get(finding["area"] or "", "")]
    return ", ".join(word for word in words if word)


def unanswered(screening: Screening, standing: Verdict) -> list[tuple[str, str | None]]:
    """What still needs an answer: (words, question id or None when it is not a question)."""
    questions = listed(screening)
    return [
        (questions[name]["wording"], name)
        if name in questions
        else (asking.NOT_QUESTIONS.get(name, name), None)
        for name in standing.unanswered
    ]


def decided(standing: Verdict) -> tuple[str, str] | None:
    """What the prescriber decided, and who it was."""
    if standing.decision is None:
        return None
    words = f"Prescriber's decision: {CHOICE_WORDS[standing.decision.choice].lower()}"
    return words, db.session.get_one(Member, standing.decision.decided_by).name


def settings(standing: Verdict) -> list[Json]:
    """The clinic's own values in force at this verdict; a verdict of before they were named has none."""
    return list(standing.assessment.result.get("parameters", [])) if standing.assessment else []


def assessed_by(standing: Verdict) -> str:
    """Who asked for the verdict."""
    made_by = standing.assessment.made_by if standing.assessment else ""
    member = db.session.get(Member, made_by)
    return member.name if member else ""


def areas_of(plan: Mapping[str, Json]) -> dict[str, str]:
    """Area → its name, for all areas of a plan."""
    known = areas().areas
    named = [area for item in plan["items"] for area in item["areas"]]
    return {area: known[area].name if area in known else area for area in named}


def plan_lines(screening: Screening) -> list[str]:
    """What is planned, one line each: product, amount, areas."""
    plan = binding.plan_now(screening)
    names = areas_of(plan)
    return [
        f"{item['name']}, {in_words_of(item['amount'], AmountUnit(item['unit']))}: "
        f"{', '.join(names[area] for area in item['areas'])}"
        for item in plan["items"]
    ]


def from_elsewhere(standing: Verdict) -> str:
    """Who phoned and who read back, where it was decided from elsewhere."""
    decision = standing.decision
    return elsewhere.in_words(decision.phoned_by, decision.read_back_by) if decision else ""


def limits(standing: Verdict) -> list[str]:
    """The limits of the decision that counts, one line each."""
    decision = standing.decision
    if decision is None:
        return []
    return [*binding.in_short(decision.bounds), *([decision.limits] if decision.limits else [])]


def quotations(screening: Screening) -> list[tuple[str, str]]:
    """What the patient said, question by question."""
    questions, rows = listed(screening), asking.rows(screening.id)
    return [(questions[name]["wording"], row.said) for name, row in rows.items() if row.said]


def waiting(on: date) -> list[links.Waits]:
    """Everybody of this day who waits for a prescriber, longest first."""
    wanted = sa.select(Screening).where(Screening.on == on)
    standing = [(one, verdict(one.id, on)) for one in db.session.scalars(wanted)]
    found = [_waits(one, said) for one, said in standing if said.state is State.PRESCRIBER]
    return sorted([*found, *links.waiting(on)], key=lambda one: one.since)


def _waits(screening: Screening, standing: Verdict) -> links.Waits:
    patient = db.session.get_one(Patient, screening.patient_id)
    following = links.next_step(screening.id)
    assert standing.assessment is not None  # otherwise nothing waits
    return links.Waits(
        name=f"{patient.given_name} {patient.family_name}",
        line=following.line if following else plan_line(screening),
        why=standing.reasons[0],
        since=standing.assessment.made_at,
        url=url_for("screening.decision", screening_id=screening.id),
        read_url=url_for("screening.verdict", screening_id=screening.id),
        word="Prescriber must decide",
    )
