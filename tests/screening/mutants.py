"""Wrong versions of a questionnaire and of code, each with one thing changed and a name that says what."""

import ast
import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from safety.protocols.load import Protocol
from tests.screening.boundaries import Where, changed, comparisons, moved, question_at, walk

Json = Any
Act = Callable[[], None]
STRICTER = {"caution": "prescriber", "prescriber": "defer", "defer": "contra", "contra": "defer"}
MILDER = {"caution": None, "prescriber": "caution", "defer": "prescriber", "contra": "prescriber"}
SWAPPED = {"lt": "lte", "lte": "lt", "gt": "gte", "gte": "gt"}
BY = {
    "none": "medical_director",
    "nurse": "prescriber",
    "prescriber": "nurse",
    "medical_director": "prescriber",
}


@dataclass(frozen=True)
class Mutant:
    """The questionnaire with one thing changed."""

    name: str
    protocol: Protocol


def of_data(protocol: Protocol) -> Iterator[Mutant]:
    """Each bound, outcome, scope, connective, named answer, override, first day and switch, one by one."""
    for one in comparisons(protocol):
        for by in (-1, 1):
            yield Mutant(f"{one.name(protocol.body)} moved by {by}", moved(protocol, one, by))
    for where, node in walk(protocol.body):
        if where[:1] in {("questions",), ("emergency_flags",), ("overrides",)}:
            for said, value in _of(node):
                yield Mutant(_name(protocol.body, where, said), changed(protocol, where, value))


def _name(body: Json, where: Where, said: str) -> str:
    if where[0] == "overrides":
        return f"overrides {where[1]} {said}"
    named, node = question_at(body, where), body
    for part in where:
        node = node[part]
        if isinstance(node, dict):
            named = str(node.get("id") or node.get("code") or named)
    return f"{named} {'/'.join(str(part) for part in where if isinstance(part, str))} {said}"


def _of(node: dict[str, Json]) -> Iterator[tuple[str, dict[str, Json]]]:
    """What one mapping may be changed into: (words, the changed mapping)."""
    for key, value in node.items():
        rest = {name: item for name, item in node.items() if name != key}
        for change in CHANGES:
            yield from change(node, key, value, rest)
    if "reason" in node and "override" not in node:
        yield "override none", {**node, "override": "none"}
    if "wording" in node and "." in node["id"] and "optional" not in node:
        yield "optional", {**node, "optional": True}


Changes = Iterator[tuple[str, dict[str, Json]]]


def _connective(node: Json, key: str, value: Json, rest: Json) -> Changes:
    if key in SWAPPED:
        yield f"{key} as {SWAPPED[key]}", {**rest, SWAPPED[key]: value}
    if key == "not":
        yield "not taken away", value
    if key in {"all", "any"}:
        yield f"{key} as other", {("any" if key == "all" else "all"): value}
        for index in range(len(value)) if len(value) > 1 else []:
            yield f"{key} without {index}", {key: value[:index] + value[index + 1 :]}


def _named(node: Json, key: str, value: Json, rest: Json) -> Changes:
    if key in LISTS:
        for item in value:
            yield f"{key} without {item}", {**rest, key: [one for one in value if one != item]}
    if key in SWITCHES:
        yield f"without {key}", rest
    if key == "eq" and value in {"yes", "no"}:
        yield "eq the other", {**rest, key: "no" if value == "yes" else "yes"}


def _wait(node: Json, key: str, value: Json, rest: Json) -> Changes:
    if key in {"plus_days", "after_days", "plus_months"}:
        for by in (-1, 1):
            yield f"{key} moved by {by}", {**rest, key: _literal(value) + by}


def _said(node: Json, key: str, value: Json, rest: Json) -> Changes:
    if key == "outcome" and "reason" in node:
        others = [made.get(value) for made in (STRICTER, MILDER)] if isinstance(value, str) else ["caution"]
        for other in filter(None, others):
            yield f"outcome {other}", {**rest, key: other}
    if (key == "by" and "outcome" in node) or key == "override":
        yield f"{key} {BY[value]}", {**rest, key: BY[value]}


def _literal(value: Json) -> int:
    """A number, or a parameter's default: most stories leave the parameter as it is."""
    return value if isinstance(value, int) else DEFAULTS[value["param"]]


CHANGES = (_connective, _named, _wait, _said)
LISTS = {
    "has",
    "in",
    "classes",
    "brands",
    "not_brands",
    "materials",
    "areas",
    "not_areas",
    "tiers",
    "count_of",
}
SWITCHES = {
    "scope", "applies", "shown_if", "override", "earliest", "unknown_counts_as", "optional", "stage",
    "per_area", "areas_from", "same_area",
}  # fmt: skip
DEFAULTS = {"screen.dental_days": 14, "screen.vaccine_days": 14, "toxin.min_interval_days": 84}


def of_code(source: str) -> Iterator[tuple[str, ast.Module]]:
    """Each comparison, connective, constant, condition and return of this source changed, one by one."""
    tree = ast.parse(source)
    for index, node in enumerate(ast.walk(tree)):
        for said, _ in _code(node):
            made = copy.deepcopy(tree)
            twin = list(ast.walk(made))[index]
            next(change for words, change in _code(twin) if words == said)()
            line = getattr(node, "lineno", 0)
            yield f"{line}: {said}", ast.fix_missing_locations(made)


COMPARED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip
COUNTED: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Add, ast.BitAnd: ast.BitOr,
}  # fmt: skip


def _code(node: ast.AST) -> Iterator[tuple[str, Act]]:
    """What one node may be changed into: (words, the act that changes it)."""
    if isinstance(node, ast.Compare):
        for index, operator in enumerate(node.ops):
            other = COMPARED[type(operator)]
            yield f"{type(operator).__name__} as {other.__name__}", _put(node.ops, index, other())
    if isinstance(node, ast.BoolOp):
        yield (
            "and as or, or as and",
            _set(node, "op", ast.Or() if isinstance(node.op, ast.And) else ast.And()),
        )
        for index in range(len(node.values)):
            yield f"and/or without {index}", _drop(node.values, index)
    if isinstance(node, ast.comprehension):
        for index in range(len(node.ifs)):
            yield f"filter {index} taken away", _put(node.ifs, index, ast.Constant(True))
    yield from _value(node)


def _value(node: ast.AST) -> Iterator[tuple[str, Act]]:
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield "not taken away", _set(node, "operand", ast.UnaryOp(ast.Not(), node.operand))
    if isinstance(node, ast.BinOp) and type(node.op) in COUNTED:
        yield f"{type(node.op).__name__} as other", _set(node, "op", COUNTED[type(node.op)]())
    if isinstance(node, ast.Constant) and isinstance(node.value, int):
        other = not node.value if isinstance(node.value, bool) else node.value + 1
        yield f"{node.value} as {other}", _set(node, "value", other)
    if isinstance(node, ast.Return) and node.value is not None and not _is_none(node.value):
        yield "returns nothing", _set(node, "value", ast.Constant(None))
    if isinstance(node, ast.IfExp | ast.If):
        yield "condition the other way", _set(node, "test", ast.UnaryOp(ast.Not(), node.test))


def _is_none(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _set(node: ast.AST, name: str, value: Any) -> Act:
    return lambda: setattr(node, name, value)


def _put(items: list[Any], index: int, value: Any) -> Act:
    return lambda: items.__setitem__(index, value)


def _drop(items: list[Any], index: int) -> Act:
    return lambda: items.__delitem__(index)
