"""Both sides of every bound: each number of the questionnaire moved by one is noticed by a story."""

import json
from functools import cache
from typing import Any

import pytest

from safety.protocols.load import Protocol
from safety.protocols.rules import Parameter
from safety.screening.rules import BadRequest, read_request
from safety.screening.stories import play
from tests.screening.boundaries import Comparison, comparisons, moved, question_at, walk
from tests.screening.stories import all_stories, protocol, request, story

BOUNDS = comparisons(protocol())
NAMES = [one.name(protocol().body) for one in BOUNDS]
GROWN_UP = "1991-03-12"
EQUIVALENT = {
    ("G54.warned  lt 14", 1): "the acceptance it needs is asked up to day 13 only, so day 14 never meets it",
}


@cache
def told() -> list[tuple[dict[str, Any], str]]:
    """Each story, and its request as text to look through."""
    read = [story(path) for path in all_stories()]
    return [(one, json.dumps(one)) for one in read]


def about(one: Comparison) -> list[dict[str, Any]]:
    """The stories that may tell of this bound: they name the question, or the patient's age, or the past."""
    question = question_at(protocol().body, one.where)
    return [read for read, text in told() if _tells(one, question, read["request"], text)]


def _tells(one: Comparison, question: str, request: dict[str, Any], text: str) -> bool:
    if one.parameter and f'"{one.parameter}"' in text:
        return False
    aged = request.get("patient", {}).get("born_on") != GROWN_UP
    return f'"{question}' in text or bool(request.get("history")) or ("age" in one.where and aged)


def noticed(changed: Protocol, stories: list[dict[str, Any]]) -> bool:
    return any(next(iter(play(changed, read)), None) is not None for read in stories)


@pytest.mark.parametrize("by", [-1, 1])
@pytest.mark.parametrize("one", BOUNDS, ids=NAMES)
def test_it_works(one: Comparison, by: int) -> None:
    """One unit less and one unit more than the bound come out as different patients do."""
    same = (one.name(protocol().body), by) in EQUIVALENT
    assert noticed(moved(protocol(), one, by), about(one)) is not same


def used() -> set[str]:
    """The parameters that conditions, waits and outcomes name."""
    return {node["param"] for _, node in walk(protocol().body["questions"]) if "param" in node}


@pytest.mark.parametrize("key", sorted(used()))
def test_each_parameter_changes_what_comes_out(key: str) -> None:
    """There is a patient whose story is another one without the value that the clinic set."""
    own = [read for read, _ in told() if key in _set(read)]
    assert own
    assert any(list(play(protocol(), _without(read, key))) for read in own)


def _set(read: dict[str, Any]) -> dict[str, Any]:
    return {"jurisdiction": read["request"].get("jurisdiction"), **read["request"].get("parameters", {})}


def _without(read: dict[str, Any], key: str) -> dict[str, Any]:
    left = {name: value for name, value in read["request"].get("parameters", {}).items() if name != key}
    dropped = {"jurisdiction"} if key == "jurisdiction" else set()
    request = {name: value for name, value in read["request"].items() if name not in dropped}
    return {**read, "request": {**request, "parameters": left}}


@pytest.mark.parametrize("parameter", protocol().parameters, ids=lambda one: one.key)
def test_a_parameter_is_taken_up_to_its_bounds_and_not_beyond(parameter: Parameter) -> None:
    for value in _allowed(parameter):
        read_request(protocol().body, request(jurisdiction=None, parameters={parameter.key: value}))
    for value in _refused(parameter):
        with pytest.raises(BadRequest, match=parameter.key):
            read_request(protocol().body, request(jurisdiction=None, parameters={parameter.key: value}))


def _allowed(one: Parameter) -> list[Any]:
    return [value for value, _ in one.choices] or [one.minimum, one.maximum]


def _refused(one: Parameter) -> list[Any]:
    if one.choices:
        return ["another", 0, None, True]
    assert one.minimum is not None
    assert one.maximum is not None
    return [one.minimum - 1, one.maximum + 1, str(one.minimum), one.minimum + 0.5, None, True]
