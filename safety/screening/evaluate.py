"""Conditions of a screening protocol, evaluated on one request: true, false, or None for unknown. Pure."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from safety.protocols.questions import flat
from safety.screening.intake import Planned, Request, plain_word
from safety.screening.logic import (
    Answer,
    Said,
    Truth,
    all_of,
    any_of,
    compare,
    elapsed,
    opposite,
    years_between,
)

Json = Any
ELAPSED = ("days_ago", "days_ahead", "months_ago")
NUMERIC = ("lt", "lte", "gt", "gte")
BY_AREA = frozenset({"areas", "not_areas", "tiers", "areas_from", "per_area"})


@dataclass(frozen=True)
class Prepared:
    """A protocol body with its parameters put in, and what is looked up in it over and over."""

    body: Mapping[str, Json]
    questions: Mapping[str, Json]
    areas: Mapping[str, Json]


def prepared(body: Mapping[str, Json]) -> Prepared:
    """`body`: a resolved screening protocol."""
    return Prepared(
        body,
        {question["id"]: question for _, question in flat(body["questions"])},
        {area["id"]: area for area in body["areas"]},
    )


@dataclass(frozen=True)
class Target:
    """What a rule is asked about: the whole visit, one product of the plan, or one area of it."""

    planned: Planned | None = None
    area: str | None = None


VISIT = Target()


@dataclass(frozen=True)
class LastDay:
    """The latest day something is known to have happened; `sure` when nothing later can be missing."""

    day: date | None
    sure: bool


class Evaluation:
    """One prepared protocol body and one request. Visibility is remembered."""

    def __init__(self, protocol: Prepared, request: Request):
        self.body = protocol.body
        self.request = request
        self.questions = protocol.questions
        self.areas = protocol.areas
        self.shown: dict[str, Truth] = {}
        self.products = [Target(planned) for planned in dict.fromkeys(request.plan)]
        self.places = [Target(planned, area) for planned in request.plan for area in planned.areas]

    # What is asked

    def visible(self, name: str) -> Truth:
        """Whether this question is asked: false when hidden, None while that hangs on an open answer."""
        if name not in self.shown:
            self.shown[name] = self._visible(self.questions[name])
        return self.shown[name]

    def _visible(self, question: Mapping[str, Json]) -> Truth:
        if self.request.gates_later and "stage" in question:
            return False
        whole = str(question["id"]).rpartition(".")[0]
        above = self.visible(whole) if whole else True
        if above is False or not self.applies(question.get("applies", {})):
            return False
        if "shown_if" in question:
            return all_of([above, self.holds(question["shown_if"])])
        return all_of([above, self._positive(whole)]) if whole else True

    def _positive(self, name: str) -> Truth:
        """A part without a rule of its own follows a yes, or anything chosen."""
        kind = self.questions[name]["type"]
        return self.holds({"q": name, "some": True} if kind == "multi" else {"q": name, "eq": "yes"})

    def applies(self, applies: Mapping[str, Json]) -> bool:
        """Whether some planned product in some planned area is one this question is for."""
        if applies.get("first_visit") and not self.request.first_visit:
            return False
        return any(self.within(target, applies) is not False for target in self.targets(applies))

    # What is answered

    def said(self, name: str) -> Answer | None:
        """The answer as it counts: a not-known that the protocol reads as an answer becomes that answer."""
        answer = self.request.answers.get(name)
        if answer is Said.NOT_KNOWN:
            counts_as = self.questions[name].get("unknown_counts_as")
            return str(counts_as["answer"]) if counts_as else answer
        if isinstance(answer, date) and self.questions[name]["type"] == "check":
            return _same_day(answer, self.request.born_on)
        return answer

    def open(self, name: str) -> bool:
        """Whether a question that is asked still lacks an answer that counts."""
        return self.said(name) in (None, Said.NOT_KNOWN, Said.VAGUE)

    # Conditions

    def holds(self, condition: Mapping[str, Json], target: Target = VISIT) -> Truth:
        """The truth of one condition, for the visit or for one target of the plan."""
        if "all" in condition:
            return all_of(self.holds(item, target) for item in condition["all"])
        if "any" in condition:
            return any_of(self.holds(item, target) for item in condition["any"])
        if "not" in condition:
            return opposite(self.holds(condition["not"], target))
        return self._plain(condition, target)

    def _plain(self, condition: Mapping[str, Json], target: Target) -> Truth:
        kind = next(key for key in PLAIN if key in condition)
        return PLAIN[kind](self, condition, target)

    def _always(self, _condition: Mapping[str, Json], _target: Target) -> Truth:
        return True

    def _first_visit(self, _condition: Mapping[str, Json], _target: Target) -> Truth:
        return self.request.first_visit

    def _age(self, condition: Mapping[str, Json], _target: Target) -> Truth:
        if self.request.born_on is None:
            return None
        return compare(years_between(self.request.born_on, self.request.on), condition["age"])

    def _parameter(self, condition: Mapping[str, Json], _target: Target) -> Truth:
        return _matches(self.body["parameters"][condition["param"]], condition)

    def _plan(self, condition: Mapping[str, Json], target: Target) -> Truth:
        brand = target.planned.brand if target.planned else None
        return None if brand is None else self.licensed(brand) == (condition["eq"] == "yes")

    def _sum(self, condition: Mapping[str, Json], target: Target) -> Truth:
        parts = [self._addend(item, target) for item in condition["sum"]]
        known = sum(part for part in parts if part is not None)
        truth = compare(known, _comparison(condition))
        return truth if None not in parts or (truth and "gt" in condition) else None

    def _addend(self, item: Mapping[str, Json], target: Target) -> int | None:
        if "plan" in item:
            return target.planned.units if target.planned else None
        answer = self.said(item["q"]) if self.visible(item["q"]) else None
        return answer if isinstance(answer, int) else None

    def _date(self, condition: Mapping[str, Json], target: Target) -> Truth:
        return self._since(self.last_day(condition["date"], target), condition)

    def _history(self, condition: Mapping[str, Json], target: Target) -> Truth:
        return self._since(LastDay(self._last_treated(condition, target), True), condition)

    def _since(self, last: LastDay, condition: Mapping[str, Json]) -> Truth:
        """A later day than the last one known can only bring the comparison closer to today."""
        if last.day is None:
            return False if last.sure else None
        operator = next(key for key in ELAPSED if key in condition)
        truth = compare(elapsed(self.request.on, last.day, operator), condition[operator])
        nearer = {"lt", "lte"} & set(condition[operator])
        return truth if last.sure or truth == bool(nearer) else None

    def last_day(self, name: str, target: Target) -> LastDay:
        """The later of what the patient said and what the clinic's records say."""
        definition = self.body["dates"][name]
        days = [self._last_treated(definition, target)]
        visible, answer = self.visible(definition["q"]), self.said(definition["q"])
        if visible and isinstance(answer, date):
            days.append(answer)
        sure = visible is False or (visible is True and not self.open(definition["q"]))
        known = [day for day in days if day is not None]
        return LastDay(max(known, default=None), sure)

    def _last_treated(self, definition: Mapping[str, Json], target: Target) -> date | None:
        here = target.area if definition.get("same_area") else None
        days = [
            treated.on
            for treated in self.request.history
            if treated.product_class in definition["history"]
            and not (here and self._elsewhere(treated.areas, here))
        ]
        return max(days, default=None)

    def _elsewhere(self, areas: Iterable[str], area: str) -> bool:
        """An earlier treatment whose areas are not known counts as here."""
        named = list(areas)
        return bool(named) and not any(self.overlap(other, area) for other in named)

    def _answer(self, condition: Mapping[str, Json], _target: Target) -> Truth:
        name = condition["q"]
        visible = self.visible(name)
        if not visible:
            return visible
        if "unknown" in condition:
            return self.request.answers.get(name) is Said.NOT_KNOWN
        answer = self.said(name)
        if answer is Said.VAGUE and "some" in condition:
            return True
        if self.open(name):
            return False if self.questions[name].get("optional") else None
        return _answer_is(answer, condition, self.request.on)

    # The plan

    def licensed(self, brand: str) -> bool:
        """Whether this toxin is on the list of the jurisdiction set."""
        here = self.body["parameters"]["jurisdiction"]
        lists = [item["brands"] for item in self.body["licensed_toxins"] if here in item["jurisdictions"]]
        return any(plain_word(brand) == plain_word(known) for brands in lists for known in brands)

    def material(self, planned: Planned) -> str:
        """What a biostimulator is made of, or unknown."""
        brands: Mapping[str, str] = self.body["biostimulators"]["brands"]
        return brands.get(planned.brand or "", "unknown")

    def overlap(self, one: str, other: str) -> bool:
        """The same area, or two areas that lie in one counting area."""
        return one == other or bool(set(self.areas[one]["counts_as"]) & set(self.areas[other]["counts_as"]))

    def targets(self, scope: Mapping[str, Json]) -> list[Target]:
        """What a rule with this scope is asked about, before looking whether each is within it."""
        if SCOPE.keys().isdisjoint(scope):
            return [VISIT]
        return self.products if BY_AREA.isdisjoint(scope) else self.places

    def within(self, target: Target, scope: Mapping[str, Json]) -> Truth:
        """Whether the target is within the scope: None when that hangs on a brand not chosen yet."""
        if target.planned is None:
            return True
        return all_of(SCOPE[key](self, target, value) for key, value in scope.items() if key in SCOPE)

    def _brand_in(self, target: Target, brands: list[str]) -> Truth:
        brand = target.planned.brand if target.planned else None
        return None if brand is None else brand in brands

    def _in_groups(self, target: Target, names: list[str]) -> bool:
        area = self.areas[target.area or ""]
        return area["id"] in names or bool(set(area["groups"]) & set(names))

    def _in_named_areas(self, target: Target, name: str) -> bool:
        """Areas the patient named; when none was named, all of them."""
        answer = self.said(name) if self.visible(name) else None
        named = answer if isinstance(answer, tuple) else ()
        return not named or any(self.overlap(other, target.area or "") for other in named)


def _same_day(shown: date, born_on: date | None) -> Answer | None:
    """The date on the photo ID against the date of birth, when both are known."""
    if born_on is None:
        return None
    return "yes" if shown == born_on else "no"


def _answer_is(answer: Answer | None, condition: Mapping[str, Json], on: date) -> bool:
    if "answered" in condition:
        return True
    if "some" in condition:
        return bool(answer) and answer is not Said.NONE
    if "dated" in condition:
        return isinstance(answer, date)
    if "has" in condition:
        return isinstance(answer, tuple) and bool(set(answer) & set(condition["has"]))
    if "count_of" in condition:
        chosen = set(answer) & set(condition["count_of"]) if isinstance(answer, tuple) else set()
        return compare(len(chosen), _comparison(condition))
    if isinstance(answer, date):
        operator = next(key for key in ELAPSED if key in condition)
        return compare(elapsed(on, answer, operator), condition[operator])
    if isinstance(answer, int):
        return compare(answer, _comparison(condition))
    return _matches(answer, condition) if "eq" in condition or "in" in condition else False


def _matches(value: Any, condition: Mapping[str, Json]) -> bool:
    return bool(value in condition["in"]) if "in" in condition else bool(value == condition["eq"])


def _comparison(condition: Mapping[str, Json]) -> dict[str, int]:
    return {key: condition[key] for key in NUMERIC if key in condition}


PLAIN = {
    "q": Evaluation._answer,
    "always": Evaluation._always,
    "first_visit": Evaluation._first_visit,
    "age": Evaluation._age,
    "param": Evaluation._parameter,
    "plan": Evaluation._plan,
    "sum": Evaluation._sum,
    "date": Evaluation._date,
    "history": Evaluation._history,
}
SCOPE: dict[str, Callable[[Evaluation, Any, Any], Truth]] = {
    "classes": lambda self, target, classes: target.planned.product_class in classes,
    "brands": Evaluation._brand_in,
    "not_brands": lambda self, target, brands: opposite(self._brand_in(target, brands)),
    "materials": lambda self, target, materials: self.material(target.planned) in materials,
    "areas": Evaluation._in_groups,
    "not_areas": lambda self, target, names: not self._in_groups(target, names),
    "tiers": lambda self, target, tiers: self.areas[target.area]["tier"] in tiers,
    "areas_from": Evaluation._in_named_areas,
}
