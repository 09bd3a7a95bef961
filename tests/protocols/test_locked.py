"""The steps nobody may configure away: a version without one of them, or with a way round it, is refused."""

import copy
import re
from typing import Any

import pytest

from safety.protocols import locked
from safety.protocols.load import Broken, latest, load, load_bytes

Json = Any
FILE = latest("vascular_occlusion")
BODY = load(FILE).body
# clinical 11: "Locked (not configurable)"
ASKED = [
    *(f"V{n:02}" for n in (1, 2, 3, 4, 5, 11, 12)),
    *(f"E{n:02}" for n in (1, 2, 3, 4, 10, 12)),
    *(f"A{n:02}" for n in range(1, 7)),
]


def room(body: Json, step: str) -> list[Json]:
    """The list of steps this step stands in."""
    branch = {"E": "vision", "A": "anaphylaxis"}.get(step[0])
    found: list[Json] = body["branches"][branch]["steps"] if branch else body["steps"]
    return found


def said(step: str, **change: Json) -> list[str]:
    """What is said about the protocol with this step changed."""
    body = copy.deepcopy(BODY)
    next(row for row in room(body, step) if row["id"] == step).update(change)
    return [reason for _, reason in locked.faults(body)]


def test_it_works() -> None:
    assert list(locked.faults(BODY)) == []
    assert [step for ids in locked.LOCKED["vascular_occlusion"].values() for step in ids] == ASKED


@pytest.mark.parametrize("step", ASKED)
def test_a_version_without_a_locked_step_is_refused(step: str) -> None:
    body = copy.deepcopy(BODY)
    steps = room(body, step)
    steps[:] = [row for row in steps if row["id"] != step]
    assert f"the step {step} is locked: a protocol without it is refused" in [
        reason for _, reason in locked.faults(body)
    ]


@pytest.mark.parametrize("step", ASKED)
@pytest.mark.parametrize(
    "way",
    [
        {"switch": {"param": "vision.massage"}},
        {"only": ["late"]},
        {"unless": [{"type": "step_done"}]},
        {"when": "never"},
        {"locked": False},
    ],
    ids=lambda way: next(iter(way)),
)
def test_a_locked_step_that_can_be_taken_away_is_refused(step: str, way: Json) -> None:
    assert any(step in reason for reason in said(step, **way))


def test_a_locked_step_nobody_can_answer_is_refused() -> None:
    assert said("E10", answers=[]) == ["the step E10 is locked: it needs an answer that one tap gives"]


def test_the_file_itself_is_refused_with_its_line() -> None:
    """Through the loader, as `protocols check` and an approval read it."""
    text = FILE.read_text("utf-8")
    row = next(line for line in text.splitlines() if "{id: E10," in line)
    switched = text.replace(row, row.replace("{id: E10,", "{id: E10, switch: {param: vision.massage},"))
    for changed, reason in (
        (text.replace(row + "\n", ""), "E10 is locked"),
        (switched, "switch could take it away"),
    ):
        with pytest.raises(Broken) as broken:
            load_bytes(changed.encode(), str(FILE))
        assert [problem.reason for problem in broken.value.problems if reason in problem.reason]
        assert all(problem.line > 1 for problem in broken.value.problems)


def test_no_parameter_names_a_locked_step() -> None:
    """Whatever a clinic sets, the locked steps stay: no value stands in what decides whether one is asked."""
    for step in ASKED:
        row = next(row for row in room(BODY, step) if row["id"] == step)
        asked = {name: row.get(name) for name in ("for", "when", "per", "first", "ask")}
        assert not re.search("param", repr(asked)), step


def test_a_repeat_names_a_step_of_its_branch() -> None:
    body = copy.deepcopy(BODY)
    body["loops"][0]["step"] = "E05"
    assert [reason for _, reason in locked.faults(body)] == [
        "E05 is no step of vision that repeats by repeat.drops"
    ]
    body = copy.deepcopy(BODY)
    del body["loops"][0]
    assert [reason for _, reason in locked.faults(body)] == ["repeat.drops is not among the loops"]


def test_only_emergencies_have_locked_steps() -> None:
    assert list(locked.faults(load(latest("screening")).body)) == []
