"""Protocols as data: parameter values, digests, and the figures a medical director signs for. Pure."""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from safety.audit import canonical

Json = Any
Where = tuple[str | int, ...]
IN_TEXT = re.compile(r"\{\{\s*([a-z0-9_.]+)\s*\}\}")
UNVERIFIED_TAGS = frozenset({"M", "P"})
BOOKKEEPING = frozenset({"format", "version", "order"})
NAMES_OF_A_FIGURE = ("figure", "title", "reason", "text", "wording", "label", "name")


class Refused(ValueError):
    """A parameter value that this protocol does not allow; the message says which and why."""


@dataclass(frozen=True)
class Parameter:
    """One value the medical director may set, within its range or its choices."""

    key: str
    title: str
    type: str
    default: int | bool | str
    section: str
    evidence: tuple[Mapping[str, str], ...]
    unit: str | None = None
    minimum: int | None = None
    maximum: int | None = None
    choices: tuple[tuple[int | str, str], ...] = ()
    help: str | None = None
    default_by: Mapping[str, Any] = field(default_factory=dict)

    def allows(self, value: Json) -> str | None:
        """None when the value may be used, else why not."""
        if self.type == "boolean":
            return None if isinstance(value, bool) else "must be true or false"
        if self.type == "choice":
            allowed = [choice for choice, _ in self.choices]
            return None if _among(value, allowed) else f"must be one of {', '.join(map(str, allowed))}"
        if not isinstance(value, int) or isinstance(value, bool):
            return f"must be a whole number of {self.unit}"
        low, high = self.minimum, self.maximum
        if (low is not None and value < low) or (high is not None and value > high):
            return f"must be between {self.minimum} and {self.maximum} {self.unit}"
        return None

    def shown(self, value: Json) -> str:
        """The value as a person reads it, with its unit."""
        if self.type == "choice":
            return next((title for choice, title in self.choices if choice == value), str(value))
        if self.type == "boolean":
            return "on" if value else "off"
        return f"{value} {self.unit}"


def _among(value: Json, allowed: list[int | str]) -> bool:
    return any(type(value) is type(choice) and value == choice for choice in allowed)


def parameters(body: Mapping[str, Json]) -> tuple[Parameter, ...]:
    """The parameters of a protocol in the order of its file."""
    return tuple(_parameter(item) for item in body["parameters"])


def _parameter(item: Mapping[str, Json]) -> Parameter:
    choices = tuple((choice["value"], choice["title"]) for choice in item.get("choices", []))
    rest = {key: value for key, value in item.items() if key not in {"choices", "evidence"}}
    return Parameter(choices=choices, evidence=tuple(item["evidence"]), **rest)


def effective(body: Mapping[str, Json], values: Mapping[str, Json]) -> dict[str, Json]:
    """Every parameter's value: the one given, else its default, which may depend on another parameter.

    Raises Refused for an unknown key or a value out of range.
    """
    known = {parameter.key: parameter for parameter in parameters(body)}
    for key, value in values.items():
        _must_allow(known, key, value)
    chosen = {key: values.get(key, parameter.default) for key, parameter in known.items()}
    for key, parameter in known.items():
        if parameter.default_by and key not in values:
            decided_by = str(chosen[parameter.default_by["parameter"]])
            chosen[key] = parameter.default_by["values"].get(decided_by, parameter.default)
    return chosen


def _must_allow(known: Mapping[str, Parameter], key: str, value: Json) -> None:
    if key not in known:
        raise Refused(f"{key} is not a parameter of this protocol")
    problem = known[key].allows(value)
    if problem:
        raise Refused(f"{key} {problem}, not {json.dumps(value)}")


def resolve(body: Mapping[str, Json], values: Mapping[str, Json]) -> dict[str, Json]:
    """The protocol as plain JSON with parameter values put in; `parameters` becomes {key: effective value}.

    `{param: key}` becomes the value itself; `{{key}}` inside a text becomes the value as text.
    Raises Refused for an unknown key or a value out of range.
    """
    chosen = effective(body, values)
    resolved = {key: _put_in(item, chosen) for key, item in body.items() if key != "parameters"}
    return {**resolved, "parameters": chosen}


def _put_in(value: Json, chosen: Mapping[str, Json]) -> Json:
    if isinstance(value, dict):
        if value.keys() == {"param"}:
            return chosen[value["param"]]
        return {key: _put_in(item, chosen) for key, item in value.items()}
    if isinstance(value, list):
        return [_put_in(item, chosen) for item in value]
    if isinstance(value, str):
        return IN_TEXT.sub(lambda match: str(chosen[match[1]]), value)
    return value


def digest(file_sha256: str, values: Mapping[str, Json]) -> str:
    """SHA-256 (hex) that names one file with one set of effective parameter values (all keys)."""
    named = {"file": file_sha256, "parameters": dict(values)}
    return hashlib.sha256(canonical.dumps(named)).hexdigest()


@dataclass(frozen=True)
class Figure:
    """One figure as a medical director reads it: a stable id, a sentence, and where it comes from."""

    id: str
    text: str
    evidence: tuple[Mapping[str, str], ...]
    where: Where = ()

    @property
    def unverified(self) -> bool:
        """True when nobody has seen the figure in any source (tags M and P only)."""
        return {item["tag"] for item in self.evidence} <= UNVERIFIED_TAGS


def figures(body: Mapping[str, Json], values: Mapping[str, Json] | None = None) -> list[Figure]:
    """Everything that carries evidence, in the order of the file; sentences show these parameter values."""
    chosen = effective(body, values or {})
    nodes = ((where, node) for where, node in _walk(body) if isinstance(node, Mapping))
    return [_figure(where, node, chosen) for where, node in nodes if "evidence" in node]


def unverified(body: Mapping[str, Json], values: Mapping[str, Json] | None = None) -> list[Figure]:
    """The figures the medical director must tick one by one before approving."""
    return [figure for figure in figures(body, values) if figure.unverified]


def _figure(where: Where, node: Mapping[str, Json], chosen: Mapping[str, Json]) -> Figure:
    name = str(node.get("id") or node.get("key") or ".".join(map(str, where)))
    filled = _put_in(dict(node), chosen) if _known(node, chosen) else node
    return Figure(name, _sentence(filled), tuple(node["evidence"]), where)


def _known(node: Mapping[str, Json], chosen: Mapping[str, Json]) -> bool:
    """A text that names no such parameter is shown as it stands; checking the file reports it."""
    return all(key in chosen for _, key in references(node))


def _sentence(node: Mapping[str, Json]) -> str:
    if "key" in node and "default" in node:
        return _parameter_sentence(_parameter(node))
    text = next((str(node[name]) for name in NAMES_OF_A_FIGURE if name in node), "")
    return f"{text} Outcome: {node['outcome']}{_scope_words(node)}." if "reason" in node else text


def _scope_words(rule: Mapping[str, Json]) -> str:
    """Which products, brands and areas a rule is limited to."""
    named = [
        f"{'not ' if key.startswith('not_') else ''}{', '.join(map(str, value))}"
        for key, value in rule.get("scope", {}).items()
        if isinstance(value, list)
    ]
    return f" for {'; '.join(named)}".replace("_", " ") if named else ""


def _parameter_sentence(parameter: Parameter) -> str:
    first = f"{parameter.title}: {parameter.shown(parameter.default)}"
    if parameter.default_by:
        other = parameter.default_by["values"].items()
        first += "".join(f"; {case}: {parameter.shown(value)}" for case, value in other)
    if parameter.type == "integer":
        return f"{first} (may be set from {parameter.minimum} to {parameter.maximum} {parameter.unit})"
    return first


@dataclass(frozen=True)
class Number:
    """A whole number that stands in the file, and the id of the figure it belongs to (None: to none)."""

    where: Where
    value: int
    figure: str | None


def numbers(body: Mapping[str, Json]) -> list[Number]:
    """Every whole number of the file except format, version and order, with the figure it belongs to."""
    vouching = {figure.where: figure.id for figure in figures(body)}
    return [
        Number(where, node, _nearest(where, vouching))
        for where, node in _walk(body)
        if isinstance(node, int) and not isinstance(node, bool) and where[-1] not in BOOKKEEPING
    ]


def _nearest(where: Where, vouching: Mapping[Where, str]) -> str | None:
    around = (where[:length] for length in range(len(where), -1, -1))
    return next((vouching[place] for place in around if place in vouching), None)


def references(body: Mapping[str, Json]) -> list[tuple[Where, str]]:
    """Each place that names a parameter, in a value, a condition or a text, with the key it names."""
    found: list[tuple[Where, str]] = []
    for where, node in _walk(body):
        if isinstance(node, Mapping) and "param" in node:
            found.append((where, str(node["param"])))
        elif isinstance(node, str):
            found += [(where, key) for key in IN_TEXT.findall(node)]
    return found


def _walk(value: Json, where: Where = ()) -> Iterator[tuple[Where, Json]]:
    yield where, value
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _walk(item, (*where, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _walk(item, (*where, index))
