"""What must hold between the questions of a questionnaire: every name known, no loops. Pure."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

Json = Any
Where = tuple[str | int, ...]


def faults(body: Mapping[str, Json]) -> Iterator[tuple[Where, str]]:
    """Unknown questions, answers nobody can give, ids used twice, and loops between shown_if rules."""
    if "questions" not in body:
        return
    listed = dict(flat(body["questions"]))
    asked = {question["id"]: question for question in listed.values()}
    counted = Counter(question["id"] for question in listed.values())
    for where, question in listed.items():
        if counted[question["id"]] > 1:
            yield where, f"the question {question['id']} is asked {counted[question['id']]} times"
    for where, condition in _conditions(body):
        yield from _unknown(where, condition, asked)
    loop = cycle({question["id"]: shown_after(question) for question in listed.values()})
    if loop:
        place = next(where for where, question in listed.items() if question["id"] == loop[0])
        yield (*place, "shown_if"), f"questions wait for each other: {' → '.join(loop)}"


def flat(questions: list[Json], where: Where = ("questions",)) -> Iterator[tuple[Where, Json]]:
    """Each question and each of its parts, with its place in the file."""
    for index, question in enumerate(questions):
        yield (*where, index), question
        yield from flat(question.get("parts", []), (*where, index, "parts"))


def shown_after(question: Mapping[str, Json]) -> list[str]:
    """The questions that decide whether this one is shown: those it names, and the one it is a part of."""
    named = [str(node["q"]) for _, node in _walk(question.get("shown_if"), ()) if "q" in node]
    whole, dot, _ = str(question["id"]).rpartition(".")
    return [*named, whole] if dot else named


def cycle(graph: Mapping[str, list[str]]) -> list[str]:
    """One loop as the ids along it, first repeated at the end; empty when there is none."""
    done: set[str] = set()
    for start in graph:
        found = _loop_from(start, graph, [], done)
        if found:
            return found
    return []


def _loop_from(name: str, graph: Mapping[str, list[str]], trail: list[str], done: set[str]) -> list[str]:
    if name in trail:
        return [*trail[trail.index(name) :], name]
    if name in done:
        return []
    for following in graph.get(name, []):
        found = _loop_from(following, graph, [*trail, name], done)
        if found:
            return found
    done.add(name)
    return []


def _conditions(body: Mapping[str, Json]) -> Iterator[tuple[Where, Mapping[str, Json]]]:
    """Every place that names a question."""
    for where, node in _walk(body, ()):
        if "q" in node:
            yield where, node


def _walk(value: Json, where: Where) -> Iterator[tuple[Where, Mapping[str, Json]]]:
    if isinstance(value, Mapping):
        yield where, value
        for key, item in value.items():
            yield from _walk(item, (*where, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _walk(item, (*where, index))


def _unknown(
    where: Where, condition: Mapping[str, Json], asked: Mapping[str, Json]
) -> Iterator[tuple[Where, str]]:
    question = asked.get(str(condition["q"]))
    if question is None:
        yield where, f"{condition['q']} is not a question of this protocol"
        return
    possible = values(question)
    for operator in ("eq", "in", "has"):
        named = condition.get(operator, [])
        for value in named if isinstance(named, list) else [named]:
            if possible and value not in possible:
                yield where, f"{value} is not an answer to {question['id']}"


def values(question: Mapping[str, Json]) -> list[Json]:
    """The answers this question offers by name; empty when it takes a date, a number or text."""
    if "choices" in question:
        return [choice["value"] for choice in question["choices"]]
    return ["yes", "no"] if question["type"] in {"yn", "check", "gate"} else []
