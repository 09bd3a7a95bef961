"""What must hold inside one protocol file before anybody may use it."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError, best_match
from referencing import Registry, Resource

from safety.protocols import locked, questions, rules, wording
from safety.protocols.read import Broken, Document, Problem, Where, read

ROOT = Path(__file__).resolve().parents[2] / "protocols"
SCHEMAS = ROOT / "schema"


@cache
def _registry() -> "Registry[Any]":
    found: Registry[Any] = Registry()
    for path in sorted(SCHEMAS.glob("*.json")):
        schema = json.loads(path.read_text("utf-8"))
        found = found.with_resource(schema["$id"], Resource.from_contents(schema))
    return found


@cache
def _validator(name: str) -> Draft202012Validator:
    schema = json.loads((SCHEMAS / name).read_text("utf-8"))
    return Draft202012Validator(schema, registry=_registry())


def shape(document: Document, schema: str) -> list[Problem]:
    """Where the document differs from the named JSON Schema, with lines."""
    errors = sorted(_validator(schema).iter_errors(document.data), key=lambda error: str(error.absolute_path))
    return [_shape_problem(document, error) for error in errors]


def _shape_problem(document: Document, error: ValidationError) -> Problem:
    """Names the deepest cause: "not valid under any of the given schemas" helps nobody."""
    deepest = best_match([error]) or error
    where = tuple(deepest.absolute_path)
    name = ".".join(str(part) for part in where) or "the file"
    return document.problem(where, f"{name}: {_plain(deepest)}")


def _plain(error: ValidationError) -> str:
    if error.validator == "unevaluatedProperties" or error.validator == "additionalProperties":
        return error.message.replace("Unevaluated", "unknown").replace("Additional", "unknown")
    message = error.message
    return message if len(message) < 300 else f"{message[:140]} … {message[-140:]}"


@cache
def sources(path: Path = ROOT / "sources.yaml") -> Mapping[str, Mapping[str, str]]:
    """Source key → citation, how much of it was seen, section of the specification. Raises Broken."""
    document = read(path)
    problems = shape(document, "sources.json")
    if problems:
        raise Broken(problems)
    listed: Mapping[str, Mapping[str, str]] = document.data["sources"]
    return listed


def structure(document: Document) -> list[Problem]:
    """Everything wrong with this protocol file, by itself; an empty list means it may be loaded."""
    kind = document.data.get("kind") if isinstance(document.data, dict) else None
    known = isinstance(kind, str) and (SCHEMAS / f"{kind}.json").is_file()
    problems = shape(document, f"{kind}.json" if known else "envelope.json")
    if problems:
        return problems
    found = [*_places(document), *_parameters(document), *_ids(document)]
    found += [*_references(document), *_sources(document), *_numbers(document)]
    found += [*questions.faults(document.data), *locked.faults(document.data), *wording.faults(document.data)]
    return sorted(document.problem(where, reason) for where, reason in found)


def _places(document: Document) -> Iterator[tuple[Where, str]]:
    """A protocol lies in <id>/v<version>/, so the path in a report cannot lie about what was used."""
    path = Path(document.file)
    expected = (document.data["id"], f"v{document.data['version']}")
    if path.name == "protocol.yaml" and len(path.parts) > 2 and path.parts[-3:-1] != expected:
        yield ("id",), f"id and version say {'/'.join(expected)}, the folder is {'/'.join(path.parts[-3:-1])}"


def _parameters(document: Document) -> Iterator[tuple[Where, str]]:
    declared = rules.parameters(document.data)
    choices = {parameter.key: [str(value) for value, _ in parameter.choices] for parameter in declared}
    for index, parameter in enumerate(declared):
        where: Where = ("parameters", index)
        problem = parameter.allows(parameter.default)
        if problem:
            yield (*where, "default"), f"the default of {parameter.key} {problem}"
        if parameter.default_by:
            yield from _default_by((*where, "default_by"), parameter, choices)


def _default_by(
    where: Where, parameter: rules.Parameter, choices: dict[str, list[str]]
) -> Iterator[tuple[Where, str]]:
    decided_by = parameter.default_by["parameter"]
    for case, value in parameter.default_by["values"].items():
        if case not in choices.get(decided_by, []):
            yield where, f"{case} is not a choice of the parameter {decided_by}"
        problem = parameter.allows(value)
        if problem:
            yield where, f"the default of {parameter.key} for {case} {problem}"


def _ids(document: Document) -> Iterator[tuple[Where, str]]:
    """Parameters and figures share one list of names: an approval ticks by name."""
    listed = rules.figures(document.data)
    counted = Counter(figure.id for figure in listed)
    for figure in listed:
        if counted[figure.id] > 1:
            yield figure.where, f"the id {figure.id} is used {counted[figure.id]} times"
        if not figure.text:
            yield figure.where, f"{figure.id} has evidence but no sentence a person can read"


def _references(document: Document) -> Iterator[tuple[Where, str]]:
    known = {parameter.key for parameter in rules.parameters(document.data)}
    for where, key in rules.references(document.data):
        if key not in known:
            yield where, f"{key} is not a parameter of this protocol"


def _sources(document: Document) -> Iterator[tuple[Where, str]]:
    known = sources()
    for figure in rules.figures(document.data):
        for index, item in enumerate(figure.evidence):
            if "source" in item and item["source"] not in known:
                yield (*figure.where, "evidence", index), f"{item['source']} is not a source in sources.yaml"


def _numbers(document: Document) -> Iterator[tuple[Where, str]]:
    for number in rules.numbers(document.data):
        if number.figure is None:
            yield number.where, f"the number {number.value} belongs to nothing that says where it comes from"
