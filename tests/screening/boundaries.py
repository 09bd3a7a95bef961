"""Every comparison of a questionnaire with a number, and the same file with that number moved by one."""

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from safety.protocols.load import Protocol
from safety.protocols.rules import effective

Json = Any
Where = tuple[str | int, ...]
OPERATORS = ("lt", "lte", "gt", "gte")


@dataclass(frozen=True)
class Comparison:
    """One bound: where it stands, its operator, its value (that of the parameter, where one is named)."""

    where: Where
    operator: str
    limit: int
    parameter: str | None

    def name(self, body: Mapping[str, Json]) -> str:
        """The rule, question or flag it stands in, and the bound itself."""
        named = [part for part in _along(body, self.where) if isinstance(part, dict)]
        owner = next(one for one in reversed(named) if "id" in one or "code" in one)
        place = "shown_if" if "shown_if" in self.where else ""
        return " ".join([owner.get("id") or owner["code"], place, self.operator, str(self.limit)])


def question_at(body: Mapping[str, Json], where: Where) -> str:
    """The whole question around this place; for a flag, the question it comes from."""
    owner = next(part for part in _along(body, where) if isinstance(part, dict))
    return str(owner.get("id") or owner["from"])


def comparisons(protocol: Protocol) -> list[Comparison]:
    """Each bound in the questions, their rules, and the emergency flags."""
    values = effective(protocol.body, {})
    return [
        Comparison(where, operator, _limit(node[operator], values), _parameter(node[operator]))
        for where, node in walk(protocol.body)
        if where[:1] in {("questions",), ("emergency_flags",)}
        for operator in OPERATORS
        if operator in node
    ]


def _limit(value: Json, values: Mapping[str, Json]) -> int:
    return int(values[value["param"]] if isinstance(value, dict) else value)


def _parameter(value: Json) -> str | None:
    return str(value["param"]) if isinstance(value, dict) else None


def moved(protocol: Protocol, one: Comparison, by: int) -> Protocol:
    """The same protocol with this one bound moved."""
    return changed(protocol, (*one.where, one.operator), one.limit + by)


def changed(protocol: Protocol, where: Where, value: Json) -> Protocol:
    """The same protocol with one value put in another's place."""
    return replace(protocol, body=_with(protocol.body, where, value))


def _with(node: Json, where: Where, value: Json) -> Json:
    """A copy along the way to that value; all else is shared."""
    if not where:
        return value
    copied = copy.copy(node)
    copied[where[0]] = _with(node[where[0]], where[1:], value)
    return copied


def walk(value: Json, where: Where = ()) -> Iterator[tuple[Where, dict[str, Json]]]:
    """Each mapping with its place."""
    if isinstance(value, dict):
        yield where, value
        for key, item in value.items():
            yield from walk(item, (*where, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from walk(item, (*where, index))


def _along(body: Json, where: Where) -> Iterator[Json]:
    for part in where:
        body = body[part]
        yield body
