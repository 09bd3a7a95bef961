"""When a question is asked, as FHIR's enableWhen: what R4B can say, and nothing it would say wrongly. Pure.

R4B joins one flat list of comparisons by "all" or by "any". Days before today, the plan, the clinic's own
records and nested conditions are beyond it: then nothing is written here and an extension says it instead.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from safety.fhir.words import CHOSEN, NONE, NOT_KNOWN, coding, options

Json = Any
Fhir = dict[str, Json]
OPERATORS = {"lt": "<", "lte": "<=", "gt": ">", "gte": ">="}


@dataclass(frozen=True)
class Enabling:
    """Comparisons and how they are joined: all, or any."""

    join: str
    clauses: tuple[Json, ...]

    def as_fhir(self) -> Fhir:
        """The elements to put into an item; none when it is always asked."""
        if not self.clauses:
            return {}
        behaviour = {"enableBehavior": self.join} if len(self.clauses) > 1 else {}
        return {"enableWhen": list(self.clauses), **behaviour}


ALWAYS = Enabling("all", ())


class Expression:
    """Conditions of one resolved protocol. `questions`: id → question, `areas`: id → name."""

    def __init__(self, questions: Mapping[str, Json], areas: Mapping[str, str]):
        self.questions = questions
        self.areas = areas

    def of(self, condition: Mapping[str, Json]) -> Enabling | None:
        """This condition as FHIR says it; None when it cannot."""
        if "all" in condition:
            return _joined("all", [self.of(item) for item in condition["all"]])
        if "any" in condition:
            return _joined("any", [self.of(item) for item in condition["any"]])
        if "always" in condition:
            return ALWAYS
        return self._of_answer(condition) if "q" in condition else None

    def _of_answer(self, condition: Mapping[str, Json]) -> Enabling | None:
        question = self.questions[condition["q"]]
        if question["type"] in CHOSEN:
            codes = self._codes(question, condition)
            return None if codes is None else Enabling("any", tuple(self._equal(question, codes)))
        return _plain(question, condition)

    def _equal(self, question: Mapping[str, Json], codes: Sequence[str]) -> list[Fhir]:
        labels = options(question, self.areas)
        return [_clause(question, "=", "answerCoding", coding(code, labels[code][1])) for code in codes]

    def _codes(self, question: Mapping[str, Json], condition: Mapping[str, Json]) -> list[str] | None:
        """The codes that make it true, not known among them where that counts as one of the answers."""
        listed = options(question, self.areas)
        named = {str(value) for value in _named(condition)}
        counted = question.get("unknown_counts_as", {}).get("answer")
        if "unknown" in condition:
            return [NOT_KNOWN] if NOT_KNOWN in listed else None
        if "answered" in condition or "some" in condition:
            left_out = {NONE} if "some" in condition else set()
            return [code for code in listed if code not in left_out and (code != NOT_KNOWN or counted)]
        if not named:
            return None
        found = [code for code, (value, _) in listed.items() if str(value) in named and code != NOT_KNOWN]
        return [*found, NOT_KNOWN] if counted in named and NOT_KNOWN in listed else found


def _named(condition: Mapping[str, Json]) -> list[Json]:
    if "eq" in condition:
        return [condition["eq"]]
    return [] if "count_of" in condition else list(condition.get("in") or condition.get("has") or [])


def _plain(question: Mapping[str, Json], condition: Mapping[str, Json]) -> Enabling | None:
    """A number against a bound, or whether a day, number or text is there at all."""
    kind = question["type"]
    for name, operator in OPERATORS.items():
        if name in condition and kind == "number":
            return Enabling("any", (_clause(question, operator, "answerInteger", condition[name]),))
    if "some" in condition and kind == "number":
        return Enabling("any", (_clause(question, ">", "answerInteger", 0),))
    there = {"some", "dated", "answered"} & set(condition)
    if not there or ("answered" in condition and "none_label" in question):
        return None
    return Enabling("any", (_clause(question, "exists", "answerBoolean", True),))


def _clause(question: Mapping[str, Json], operator: str, kind: str, value: Json) -> Fhir:
    return {"question": question["id"], "operator": operator, kind: value}


def _joined(join: str, parts: list[Enabling | None]) -> Enabling | None:
    """One flat list: a part joined the other way fits only when it is a single comparison."""
    known = [part for part in parts if part is not None]
    if len(known) < len(parts):
        return None
    if len(known) == 1:
        return known[0]
    if any(part.join != join and len(part.clauses) > 1 for part in known):
        return None
    if join == "any" and any(not part.clauses for part in known):
        return ALWAYS
    return Enabling(join, tuple(clause for part in known for clause in part.clauses))
