"""The words of the timeline: every event type says something, once, with its units."""

from typing import Any

import pytest

from safety.emergency import reducer, timeline
from safety.emergency.shapes import FIELDS
from safety.protocols import load, rules

SOURCE = load.load(load.latest("vascular_occlusion"))
PROTOCOL = rules.resolve(SOURCE.body, {})
NAMES = timeline.labels(PROTOCOL)
POINTERS = {
    "entry_struck",
    "strike_undone",
    "time_changed",
    "details_added",
    "duplicate_resolved",
    "conflict_resolved",
}
SLOW = {"result": "slow", "refill_ds": 35, "mirror_ds": 10}
VOLUMES = [(330, "0.33 millilitres"), (1000, "1 millilitre"), (6670, "6.67 millilitres")]
SAID: list[tuple[str, dict[str, Any], str]] = [
    ("emergency_started", {}, "Emergency started. Injection stopped"),
    ("emergency_started", {"drill": True}, "Drill started"),
    ("made_real", {}, "MADE REAL"),
    ("surprise_shown", {"surprise": "growing_area"}, "Surprise: growing area"),
    ("step_done", {"step": "V01", "answer": "done"}, "Done: Stop injecting. Withdraw."),
    ("step_done", {"step": "V02", "answer": "alone"}, "tell the patient. alone, no prescriber"),
    ("step_done", {"step": "V07", "answer": "none"}, "past hyaluronidase?. none known"),
    ("step_skipped", {"step": "V06", "reason": "no warm pack"}, "no ice. reason: no warm pack"),
    ("sign_seen", {"sign": "S1", "point": "upper_lip", "side": "left"}, "pallor. Upper lip, left"),
    ("refill_checked", SLOW, "slow, 3.5 seconds, other side 1 second"),
    ("refill_checked", {"result": "none"}, "No refill"),
    ("areas_counted", {"areas": ["upper_lip", "nose"], "count": None}, "Areas counted: 2 (Upper lip, Nose)"),
    ("areas_counted", {"areas": None, "count": 3}, "Areas counted: 3"),
    ("pain_scored", {"score": 7}, "Pain 7 of 10"),
    ("call_made", {"to": "prescriber", "outcome": "no_answer"}, "no answer"),
    ("stage_assessed", {"stage": "5b"}, "Stage: 5b eschar"),
    ("emergency_ended", {"reason": "transferred", "why": None}, "Reason: Handed over or transferred"),
]  # fmt: skip
IDS = [f"{kind} {number}" for number, (kind, _, _) in enumerate(SAID)]


@pytest.mark.parametrize(("kind", "data", "said"), SAID, ids=IDS)
def test_it_works(kind: str, data: dict[str, Any], said: str) -> None:
    words = timeline.words_for({"type": kind, "data": dict.fromkeys(FIELDS[kind]) | data}, NAMES, None)
    assert said.casefold() in words.casefold()
    assert ".." not in words


def test_every_event_type_that_stands_in_the_timeline_has_words() -> None:
    assert set(reducer.STEPS) - POINTERS - {"dose_given"} <= set(timeline.WRITERS)


@pytest.mark.parametrize(("ul", "said"), VOLUMES)
def test_volumes_are_exact_with_their_unit(ul: int, said: str) -> None:
    assert timeline.millilitres(ul) == said


@pytest.mark.parametrize(
    ("ms", "said"), [(0, "0 s"), (59_999, "59 s"), (270_000, "4 min 30 s"), (5_280_000, "1 h 28 min")]
)
def test_durations(ms: int, said: str) -> None:
    assert timeline.span(ms) == said


def test_a_dose_says_units_volume_and_lot() -> None:
    data = {"units": 1000, "volume_ul": 670, "lot_code": "H0118L"}
    assert timeline.dose_words(data, 2) == "Dose 2: 1000 units hyaluronidase, 0.67 millilitres, lot H0118L"
    assert timeline.dose_words({"units": 1500}, None) == "Dose: 1500 units hyaluronidase, lot not recorded"


def test_a_fast_drill_tells_true_clocks_and_its_own_elapsed_time() -> None:
    base, rows = 1790000000000, []
    events = [
        {"id": "a", "type": "emergency_started", "at_ms": base, "data": {"drill": True, "speed": 10}},
        {"id": "b", "type": "dose_given", "at_ms": base + 30_000, "data": {"units": 500}},
        {
            "id": "c",
            "type": "entry_struck",
            "at_ms": base + 36_000,
            "data": {"event": "b", "reason": "mis-tap"},
        },
    ]
    state = reducer.start_state(PROTOCOL)
    for event in events:
        state = reducer.apply(PROTOCOL, state, event)
    rows = timeline.rows(PROTOCOL, state, {}, lambda ms: str(ms - base))
    assert [(row.at_ms - base, row.elapsed_ms) for row in rows] == [(0, 0), (30_000, 300_000)]
    assert rows[1].remarks[0].startswith("Struck 36000 ")


def test_what_was_practised_is_marked_and_not_numbered() -> None:
    base = 1790000000000
    events = [
        {"id": "a", "type": "emergency_started", "at_ms": base, "data": {"drill": True}},
        {"id": "b", "type": "dose_given", "at_ms": base + 1, "data": {"units": 500}},
        {"id": "c", "type": "made_real", "at_ms": base + 2, "data": {}},
        {"id": "d", "type": "dose_given", "at_ms": base + 3, "data": {"units": 500}},
    ]
    state = reducer.start_state(PROTOCOL)
    for event in events:
        state = reducer.apply(PROTOCOL, state, event)
    rows = timeline.rows(PROTOCOL, state, {}, str)
    assert rows[1].text.startswith("Dose: ")
    assert rows[1].remarks[-1] == "In the drill, before it was made real"
    assert rows[3].text.startswith("Dose 1: ")
    given = {
        "id": "e",
        "type": "details_added",
        "at_ms": base + 4,
        "data": {"event": "b", "details": {"given": True}},
    }
    rows = timeline.rows(PROTOCOL, reducer.apply(PROTOCOL, state, given), {}, str)
    assert (rows[1].text[:7], rows[1].remarks[-1]) == ("Dose 1:", "A person said it was really given")
