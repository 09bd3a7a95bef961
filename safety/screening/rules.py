"""May we treat today: answers in, findings and one outcome out. Pure; the medicine is in the protocol file.

Worst outcome wins: contra, defer, incomplete, prescriber, caution, clear. What is found stays found: a
contraindication or a deferral is reported even while answers are missing, because more answers can only make
it worse, and `unanswered` says that they are. A missing or not-known answer never comes out as prescriber,
caution or clear (specification, section 0 and 5.8).
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Any, Generic, TypeVar

from safety.protocols import rules as protocol_rules
from safety.protocols.questions import flat, values
from safety.screening.evaluate import VISIT, Evaluation, Prepared, Target, prepared
from safety.screening.intake import BadRequest, Planned, Request, Treated, read_request
from safety.screening.logic import Said, Truth, all_of, months_after

__all__ = [
    "OUTCOMES",
    "Assessment",
    "BadRequest",
    "Finding",
    "Flag",
    "Planned",
    "Question",
    "Request",
    "Setting",
    "Treated",
    "assess",
    "questions_for",
    "read_request",
    "reasons_to_rescreen",
    "resolved",
]

Json = Any
Thing = TypeVar("Thing")
Asked = tuple[Json, Json, Target]  # a question, one of its rules, and what that rule was asked about
OUTCOMES = ("contra", "defer", "incomplete", "prescriber", "caution", "clear")


@dataclass(frozen=True)
class Finding:
    """One rule that an answer met. `override`: the role that may go on in spite of it, or none."""

    rule: str
    question: str
    outcome: str
    product_class: str | None
    area: str | None
    reason: str
    source: str
    earliest_on: date | None
    override: str


@dataclass(frozen=True)
class Flag:
    """One answer an emergency shows on its first screen."""

    code: str
    text: str
    question: str
    area: str | None


@dataclass(frozen=True)
class Setting:
    """One value of the clinic's own in force, and what would stand without it, both also as they read."""

    key: str
    title: str
    value: Json
    default: Json
    value_words: str
    default_words: str


@dataclass(frozen=True)
class Assessment:
    """The outcome and everything it rests on. `earliest_on`: the first day allowed, after a deferral.

    `parameters`: every value the medical director set otherwise than the questionnaire does by itself.
    """

    outcome: str
    earliest_on: date | None
    findings: tuple[Finding, ...]
    unanswered: tuple[str, ...]
    emergency_flags: tuple[Flag, ...]
    parameters: tuple[Setting, ...]

    def as_json(self) -> dict[str, Json]:
        """The contract's JSON: dates as ISO text."""
        plain: dict[str, Json] = _plain(asdict(self))
        return plain


@dataclass(frozen=True)
class Question:
    """One question to show now, with all a page needs. `choices` are (value, label)."""

    id: str
    section: str
    group: str
    group_title: str
    type: str
    asked_of: str
    wording: str
    hint: str | None
    why: str
    unit: str | None
    choices: tuple[tuple[str, str], ...]
    none_label: str | None
    offers_not_known: bool
    not_known_text: str | None
    required: bool
    open: bool


def assess(body: Mapping[str, Json], request: Request | Mapping[str, Json]) -> Assessment:
    """The outcome of screening: `body` of a loaded screening protocol, and a request or the contract's JSON.

    Raises BadRequest, with every mistake named, when JSON that cannot be read is handed in.
    """
    evaluation = _evaluation(body, request)
    met, unresolved = _met(evaluation)
    findings = tuple(dict.fromkeys(_finding(evaluation, *item) for item in met))
    unanswered = _unanswered(evaluation, unresolved)
    outcome = _worst([finding.outcome for finding in findings], bool(unanswered))
    return Assessment(
        outcome=outcome,
        earliest_on=_earliest_of_all(findings) if outcome == "defer" else None,
        findings=tuple(sorted(findings, key=lambda finding: OUTCOMES.index(finding.outcome))),
        unanswered=unanswered,
        emergency_flags=tuple(_flags(evaluation)),
        parameters=_settings(_Same(body), _chosen(evaluation.request)),
    )


def questions_for(body: Mapping[str, Json], request: Request | Mapping[str, Json]) -> list[Question]:
    """What to ask now, in order. A question that hangs on an open answer comes once that is given."""
    evaluation = _evaluation(body, request)
    titles = {group["id"]: group["title"] for group in body["groups"]}
    shown: list[Question] = []
    for whole in evaluation.body["questions"]:
        for _, question in flat([whole]):
            if evaluation.visible(question["id"]):
                shown.append(_question(evaluation, whole, question, titles))
    return shown


def reasons_to_rescreen(body: Mapping[str, Json], screened: Request, now: Request) -> list[str]:
    """Why a screening made for one request does not hold for another; empty while it holds (5.8)."""
    reasons = [] if screened.on == now.on else ["day"]
    watched = body["validity"]["reopened_by"]
    return reasons + [part for part in watched if _planned(screened, part) != _planned(now, part)]


def _planned(request: Request, part: str) -> set[tuple[str, str | None]]:
    if part == "area":
        return {(planned.product_class, area) for planned in request.plan for area in planned.areas}
    if part == "brand":
        return {(planned.product_class, planned.brand) for planned in request.plan}
    return {(planned.product_class, None) for planned in request.plan}


def _evaluation(body: Mapping[str, Json], request: Request | Mapping[str, Json]) -> Evaluation:
    read = request if isinstance(request, Request) else read_request(body, request)
    return _evaluated(_Same(body), _Same(read))


@lru_cache(maxsize=1)
def _evaluated(body: "_Same[Json]", request: "_Same[Request]") -> Evaluation:
    """Who asks for the questions of a request mostly asks for its assessment too."""
    return Evaluation(_resolved(body, _chosen(request.thing)), request.thing)


def _chosen(request: Request) -> tuple[tuple[str, Json], ...]:
    return tuple(sorted(request.parameters.items()))


class _Same(Generic[Thing]):
    """A thing known by being that very object: bodies and requests are made once and never changed."""

    def __init__(self, thing: Thing):
        self.thing = thing

    def __hash__(self) -> int:
        return id(self.thing)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.thing is self.thing


@lru_cache(maxsize=16)
def _resolved(body: _Same[Json], parameters: tuple[tuple[str, Json], ...]) -> Prepared:
    """Putting parameters into a large file takes longer than assessing, so the last ones are kept."""
    return prepared(protocol_rules.resolve(body.thing, dict(parameters)))


def resolved(body: Mapping[str, Json], values: Mapping[str, Json]) -> Mapping[str, Json]:
    """The questionnaire with these parameter values put in. Raises protocols.rules.Refused."""
    return _resolved(_Same(body), tuple(sorted(values.items()))).body


@lru_cache(maxsize=16)
def _settings(body: _Same[Json], parameters: tuple[tuple[str, Json], ...]) -> tuple[Setting, ...]:
    """What differs from the questionnaire's own values, and from those its jurisdiction brings."""
    values = protocol_rules.effective(body.thing, dict(parameters))
    jurisdiction = {"jurisdiction": values["jurisdiction"]}
    defaults = protocol_rules.effective(body.thing, jurisdiction) | {"jurisdiction": _home(body.thing)}
    return tuple(
        Setting(one.key, one.title, values[one.key], default, one.shown(values[one.key]), one.shown(default))
        for one in protocol_rules.parameters(body.thing)
        if values[one.key] != (default := defaults[one.key])
    )


def _home(body: Mapping[str, Json]) -> Json:
    return protocol_rules.effective(body, {})["jurisdiction"]


def _met(evaluation: Evaluation) -> tuple[list[Asked], list[Asked]]:
    """The rules that hold, and those that may hold once something more is known."""
    met: list[Asked] = []
    unresolved: list[Asked] = []
    for question in evaluation.body["questions"]:
        visible = evaluation.visible(question["id"])
        for rule in question.get("rules", []) if visible is not False else []:
            for target, truth in _outcomes(evaluation, rule, visible):
                if truth is not False:
                    (met if truth else unresolved).append((question, rule, target))
    return met, unresolved


def _outcomes(evaluation: Evaluation, rule: Json, visible: Truth) -> Iterator[tuple[Target, Truth]]:
    scope = rule.get("scope", {})
    for target in evaluation.targets(scope):
        within = evaluation.within(target, scope)
        yield target, within and all_of([visible, within, evaluation.holds(rule["when"], target)])


def _finding(evaluation: Evaluation, question: Json, rule: Json, target: Target) -> Finding:
    by = {item["outcome"]: item["by"] for item in evaluation.body["overrides"]}
    return Finding(
        rule=rule["id"],
        question=question["id"],
        outcome=rule["outcome"],
        product_class=target.planned.product_class if target.planned else None,
        area=target.area,
        reason=rule["reason"],
        source=", ".join(_cited(item) for item in rule["evidence"]),
        earliest_on=_earliest(evaluation, rule.get("earliest"), target),
        override=rule.get("override", by[rule["outcome"]]),
    )


def _cited(item: Mapping[str, str]) -> str:
    return f"{item['source']} [{item['tag']}]" if "source" in item else f"[{item['tag']}]"


def _earliest(evaluation: Evaluation, earliest: Json, target: Target) -> date | None:
    """The first day on which the rule no longer holds."""
    if earliest is None:
        return None
    if "hours" in earliest:
        return _after_hours(evaluation, earliest)
    answer = evaluation.said(earliest["q"]) if "q" in earliest else None
    start = evaluation.last_day(earliest["date"], target).day if "date" in earliest else answer
    if not isinstance(start, date):
        return None
    if "plus_months" in earliest:
        return months_after(start, earliest["plus_months"])
    days = earliest["plus_days"] if "plus_days" in earliest else earliest["after_days"] + 1
    return start + timedelta(days=days)


def _after_hours(evaluation: Evaluation, earliest: Json) -> date | None:
    """Hours still to wait, rounded up to whole days."""
    passed = evaluation.said(earliest["since"])
    if not isinstance(passed, int):
        return None
    days = timedelta(hours=earliest["hours"] - passed)
    return evaluation.request.on + timedelta(days=-(-days // timedelta(days=1)))


def _unanswered(evaluation: Evaluation, unresolved: list[Asked]) -> tuple[str, ...]:
    """What must be known before anything can be cleared, in the order asked."""
    names = [name for name in evaluation.questions if evaluation.visible(name) and _needed(evaluation, name)]
    names += ["patient.born_on"] if evaluation.request.born_on is None else []
    names += [name for item in unresolved for name in _missing_in_plan(*item)]
    if unresolved and not names:
        names = [question["id"] for question, _, _ in unresolved]
    return tuple(dict.fromkeys(names))


def _needed(evaluation: Evaluation, name: str) -> bool:
    return evaluation.open(name) and not evaluation.questions[name].get("optional", False)


def _missing_in_plan(_question: Json, rule: Json, target: Target) -> Iterator[str]:
    planned = target.planned
    if planned is None:
        return
    named = str(rule["when"])
    by_brand = {"brands", "not_brands"} & set(rule.get("scope", {})) or "brand_licensed" in named
    if planned.brand is None and by_brand:
        yield "plan.brand"
    if planned.units is None and "'plan': 'units'" in named:
        yield "plan.units"


def _worst(outcomes: list[str], incomplete: bool) -> str:
    met = [*outcomes, "incomplete"] if incomplete else [*outcomes, "clear"]
    return min(met, key=OUTCOMES.index)


def _earliest_of_all(findings: tuple[Finding, ...]) -> date | None:
    """The day on which the last deferral ends; None when one of them has no date."""
    days = [finding.earliest_on for finding in findings if finding.outcome == "defer"]
    known = [day for day in days if day is not None]
    return max(known) if known and len(known) == len(days) else None


def _flags(evaluation: Evaluation) -> Iterator[Flag]:
    not_known = _said_not_known(evaluation)
    for flag in evaluation.body["emergency_flags"]:
        truth = evaluation.holds(flag["when"], VISIT)
        unsure = flag["from"] in not_known
        if truth or (truth is None and unsure):
            text = f"{flag['text']}: not known" if unsure else flag["text"]
            for area in _flagged_areas(evaluation, flag):
                yield Flag(flag["code"], text, flag["from"], area)


def _said_not_known(evaluation: Evaluation) -> set[str]:
    """The questions to which, or to a part of which, the patient said not known: an emergency must see it."""
    answers = evaluation.request.answers.items()
    return {
        name.partition(".")[0]
        for name, answer in answers
        if answer is Said.NOT_KNOWN and evaluation.visible(name)
    }


def _flagged_areas(evaluation: Evaluation, flag: Json) -> list[str | None]:
    if "per_area" not in flag:
        return [None]
    scope = {"classes": ["ha_filler", "biostimulator"], "areas_from": flag["per_area"]}
    targets = evaluation.targets(scope)
    named = [target.area for target in targets if evaluation.within(target, scope)]
    return list(dict.fromkeys(named)) or [None]


def _question(evaluation: Evaluation, whole: Json, question: Json, titles: Mapping[str, str]) -> Question:
    kind = question["type"]
    counts_as = question.get("unknown_counts_as", {})
    return Question(
        id=question["id"],
        section=whole["section"],
        group=whole["group"],
        group_title=titles[whole["group"]],
        type=kind,
        asked_of=question["asked_of"],
        wording=question["wording"],
        hint=question.get("hint"),
        why=question["why"],
        unit=question.get("unit"),
        choices=_choices(evaluation, question),
        none_label=question.get("none_label"),
        offers_not_known=kind != "text" and question.get("unknown", "unknown" not in values(question)),
        not_known_text=counts_as.get("text"),
        required=not question.get("optional", False),
        open=evaluation.open(question["id"]),
    )


def _choices(evaluation: Evaluation, question: Json) -> tuple[tuple[str, str], ...]:
    if question["type"] in {"yn", "check", "gate"}:
        return (("no", "No"), ("yes", "Yes"))
    if question["type"] == "areas":
        planned = dict.fromkeys(area for item in evaluation.request.plan for area in item.areas)
        return tuple((area, evaluation.areas[area]["name"]) for area in planned)
    return tuple((str(choice["value"]), choice["label"]) for choice in question.get("choices", []))


def _plain(value: Json) -> Json:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value.isoformat() if isinstance(value, date) else value
