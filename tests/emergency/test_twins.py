"""The server and the tablet fold the same events to the same state, the same digest and the same prompts."""

import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from safety.audit.canonical import dumps
from safety.emergency import reducer, shapes
from safety.emergency.replay import folded, tried
from safety.emergency.tablet import Tablet
from tests.emergency.stories import story
from tests.emergency.twin import differences, occlusion

STORIES = 2000
SETTINGS: list[dict[str, Any]] = [
    {},
    {"vo__mode": "flat_1500", "vo__pulse_min": 30, "vo__dilution": "in_10_ml"},
    {"vo__mode": "us_targeted", "vo__aspirin": "off", "vision__massage": "off", "vo__same_event_reuse_h": 2},
    {
        "vo__conservative_only_max_min": 0,
        "vo__crt_abs_s": 2,
        "vo__cycles_before_transfer": 0,
        "vo__max_areas_counted": 5,
    },
    {"vo__iu_per_area": 300, "vo__max_areas_counted": 1, "vo__venom_allergy_emergency": "prescriber_now"},
]
needs_node = pytest.mark.needs("node")
pytestmark = pytest.mark.once


@pytest.fixture(scope="module")
def tablet() -> Iterator[Tablet]:
    with Tablet() as child:
        yield child


@needs_node
@pytest.mark.parametrize("number", range(len(SETTINGS)))
def test_random_stories_fold_alike(tablet: Tablet, number: int) -> None:
    protocol = occlusion(**SETTINGS[number])
    kept = tablet.ask({"protocol": protocol})
    for seed in range(number, STORIES, len(SETTINGS)):
        events, looks = story(seed)
        tablet.send({"with": kept, "events": events, "looks": looks})
        mine, theirs = folded(protocol, events, looks), tablet.receive()
        if dumps(mine).decode() != theirs:
            pytest.fail(f"story {seed}: " + "; ".join(differences(mine, json.loads(theirs))[:6]))
        at_once = reducer.fold(protocol, reducer.start_state(protocol), events)
        assert at_once == (mine["state"], mine["codes"]), f"story {seed} folded at once"


@needs_node
@pytest.mark.parametrize(
    "value",
    [
        {"b": 1, "a": [True, False, None], "10": 0, "9": "é"},
        'Łódź 𝔘𝔫𝔦 \u2028\u2029 \x00\x1f\x7f " \\ / \b\f\n\r\t',
        [2**53, -(2**53), 0, ""],
        {"": {}, "a": {"z": [], "Z": [[]]}},
        "a" * 200,
    ],
)
def test_canonical_form_and_digest_agree(tablet: Tablet, value: Any) -> None:
    answer = tablet.ask({"canonical": value})
    assert answer == {"canonical": dumps(value).decode(), "digest": hashlib.sha256(dumps(value)).hexdigest()}


@needs_node
def test_digest_of_every_length_agrees(tablet: Tablet) -> None:
    for length in range(130):
        answer = tablet.ask({"canonical": "x" * length})
        assert answer["digest"] == hashlib.sha256(dumps("x" * length)).hexdigest(), length


def test_a_fold_never_changes_the_state_it_was_given() -> None:
    protocol = occlusion()
    for seed in range(40):
        state = reducer.start_state(protocol)
        for event in story(seed)[0]:
            before = dumps(state)
            later, _ = tried(protocol, state, event)
            assert dumps(state) == before, f"story {seed}, {event['type']}"
            state = later


def test_both_files_list_the_same_steps_in_the_same_order() -> None:
    """Read side by side: the tables of the twins name the same event types in the same order."""
    runner = Path(reducer.__file__).parent.parent / "static" / "runner"
    table = (runner / "reducer.mjs").read_text("utf-8").split("export const STEPS = {")[1].split("};")[0]
    assert re.findall(r"^  (\w+):", table, re.MULTILINE) == list(reducer.STEPS)
    fields = (runner / "shapes.mjs").read_text("utf-8").split("export const FIELDS = {")[1].split("\n};")[0]
    assert re.findall(r"^  (\w+):", fields, re.MULTILINE) == list(shapes.FIELDS) == list(reducer.STEPS)
