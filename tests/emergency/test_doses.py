"""Every dose on the screen and in the ear is the protocol's: move its figures, and all of them move."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from safety.emergency.answers import answers
from safety.emergency.replay import folded
from safety.emergency.steps import steps_of
from tests.emergency.stories import START, story
from tests.emergency.twin import occlusion

Json = Any
pytestmark = pytest.mark.once
AMOUNT = re.compile(
    r"\d+(?:\.\d+)?(?: to \d+(?:\.\d+)?)? (?:units|micrograms|milligrams?|millilitres?|drops?)\b"
)
MOVED_BY = 7  # no dose of the protocol is another one moved by this


def texts(node: Json) -> Iterator[str]:
    """Every sentence below."""
    if isinstance(node, str):
        yield node
    for child in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from texts(child)


def amounts(node: Json) -> set[str]:
    return {found for text in texts(node) for found in AMOUNT.findall(text)}


def moved(node: Json) -> Json:
    """The same data with each amount in its texts another one."""
    if isinstance(node, dict):
        return {key: moved(child) for key, child in node.items()}
    if isinstance(node, list):
        return [moved(child) for child in node]
    return AMOUNT.sub(lambda match: _higher(match[0]), node) if isinstance(node, str) else node


def _higher(amount: str) -> str:
    return re.sub(r"\d+(?=\D|$)", lambda match: str(int(match[0]) + MOVED_BY), amount)


def told(protocol: Json) -> set[str]:
    """What the protocol itself says: its texts, and the units of its table in words."""
    dosing, words = protocol["dosing"], amounts({k: v for k, v in protocol.items() if k != "dosing"})
    rows = range(1, dosing["max_areas"] + 1)
    table = {f"{dosing['units_per_area'] * count} units" for count in rows}
    return words | table | {f"{dosing['floor']['units']} units"}


def spoken(protocol: Json) -> set[str]:
    """Every amount in the prompts and answers of many stories."""
    found: set[str] = set()
    for seed in range(50):
        events, looks = story(seed)
        answer = folded(protocol, events, looks)
        found |= amounts([{**seen, "facts": None} for seen in answer["seen"] if seen is not None])
        for branch in ("main", *protocol["branches"]):
            for step in steps_of(protocol, answer["state"], branch):
                found |= amounts(answers(protocol, answer["state"], START, step))
                found |= amounts([step["text"], step["help"]])
    return found


def test_it_works() -> None:
    protocol = occlusion(vo__iu_per_area=431)
    said = spoken(protocol)
    assert {"431 units", "862 units", "500 micrograms", "1 drop"} <= said
    assert said <= told(protocol)
    assert not {"500 units", "1000 units"} & said


def test_moved_figures_move_everywhere() -> None:
    """No amount stands in code: with other figures in the file not one of the old ones is left on screen."""
    first, second = occlusion(vo__iu_per_area=431), moved(occlusion(vo__iu_per_area=438))
    before, after = spoken(first), spoken(second)
    assert after <= told(second)
    assert "507 micrograms" in after
    assert not before & after - told(second)
    assert not {"500 micrograms", "431 units"} & after


def test_what_is_read_aloud_is_what_stands_there() -> None:
    """Each spoken line stands on screen: the step's text, or the protocol's words for what is due."""
    protocol = occlusion()
    lines = [text for name, text in protocol["words"].items() if name.startswith("say_")]
    for seed in range(60):
        for seen in filter(None, folded(protocol, *story(seed))["seen"]):
            said = seen["say"]
            assert said.endswith(seen["step"]["text"])
            rest = said.removesuffix(seen["step"]["text"])
            for line in lines:
                rest = rest.replace(line, "")
            assert rest.strip() == "", said
