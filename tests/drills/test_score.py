"""Drills whose score was worked out by hand, mostly against version 1 of the protocol: it never changes.

By hand: the steps and their times are V01 0:00, V02 1:00, V03 1:00, V04 with its areas and stage 3:00,
V05 4:00, V06 and V07 5:00, V08 8:00, V09 10:00. A refill check falls due 5 minutes after a dose and 15 after
a check, a dose 60 minutes after a dose, an eye check 5 minutes after the path opened or the last one. Late
is more than 60 seconds.
"""

from typing import Any

import pytest

from safety.drills import score
from safety.emergency import reducer
from safety.protocols import load, rules

Json = dict[str, Any]
Told = list[tuple[str, str, Json]]
PROTOCOL = rules.resolve(load.load(load.ROOT / "vascular_occlusion" / "v1" / "protocol.yaml").body, {})
NEWEST = rules.resolve(load.load(load.latest("vascular_occlusion")).body, {})
SCORING = {"grace_s": 60, "kit": {"step": "V02"}}
BASE = 1790000000000
SLOW, NORMAL = {"result": "slow", "point": "upper_lip"}, {"result": "normal", "point": "upper_lip"}
DOSE = {"units": 500}
OVER = {"reason": "other", "why": "practised"}
GROWS = {"id": "growing_area", "title": "The area grows", "looks_for": "counted again", "within_min": 5,
         "expect": [{"type": "areas_counted"}]}  # fmt: skip
EYE = {"id": "eye_symptom", "title": "Eye symptom", "looks_for": "path opened", "within_min": 1,
       "expect": [{"type": "vision_changed"},
                  {"type": "eyes_checked", "where": {"any": ["yes"]}}]}  # fmt: skip
TABLET = {"id": "second_tablet", "title": "Battery", "looks_for": "another tablet", "within_min": 5,
          "expect": [{"another_device": True}]}  # fmt: skip
SCRIPT = {"surprises": [GROWS, EYE, TABLET]}
STEPS = ["V01", "V02", "V03", "V04", "V04.areas", "V04.stage", "V05", "V06", "V07", "V08", "V09"]

OPENING: Told = [
    ("0:20", "step_done", {"step": "V01"}), ("0:40", "step_done", {"step": "V02"}),
    ("1:00", "eyes_checked", {"any": "no"}), ("1:40", "refill_checked", SLOW),
    ("2:00", "areas_counted", {"count": 1}), ("2:10", "stage_assessed", {"stage": "1"}),
    ("2:30", "photo_taken", {}), ("3:00", "step_done", {"step": "V06"}), ("3:10", "kit_fetched", {}),
    ("3:20", "step_done", {"step": "V07", "answer": "none"}), ("4:30", "vial_prepared", {}),
]  # fmt: skip
PERFECT: Told = [
    *OPENING, ("6:00", "dose_given", DOSE), ("11:00", "refill_checked", SLOW),
    ("26:00", "refill_checked", NORMAL),
    ("26:20", "endpoint_observed", {"met": True}), ("27:00", "emergency_ended", OVER),
]  # fmt: skip


def seconds(text: str) -> int:
    minutes, rest = text.split(":")
    return int(minutes) * 60 + int(rest)


def scored(
    told: Told, speed: int = 1, devices: tuple[str, ...] = (), protocol: Json = PROTOCOL
) -> score.Score:
    state = reducer.start_state(protocol)
    context = {"product_class": "ha_filler", "areas": ["upper_lip"]}
    start = ("0:00", "emergency_started", {"drill": True, "speed": speed, "context": context})
    for number, (at, kind, data) in enumerate([start, *told]):
        device = "two" if str(number) in devices else "one"
        event: Json = {"id": str(number), "type": kind, "device": device, "data": data}
        event["at_ms"] = BASE + seconds(at) * 1000 // speed
        state = reducer.apply(protocol, state, event)
    return score.score(protocol, state, SCRIPT, SCORING)


def less(told: Told, *kinds: str) -> Told:
    return [line for line in told if line[1] not in kinds]


def later(told: Told, kind: str, at: str) -> Told:
    moved = [(at if line[1] == kind else line[0], *line[1:]) for line in told]
    return sorted(moved, key=lambda line: seconds(line[0]))


def lines(found: score.Score) -> dict[str, tuple[int, int | None, int]]:
    """Of each row: when it was due and done, in seconds from the start, and how late."""
    return {
        f"{row.step} {row.text[-1]}" if row.step in ("refill", "dose", "eyes") else row.step: (
            (row.due_ms - BASE) // 1000,
            None if row.done_ms is None else (row.done_ms - BASE) // 1000,
            row.late_s,
        )
        for row in found.rows
    }


def named(rows: tuple[score.Row, ...], what: str) -> list[str]:
    return [row.step for row in rows if getattr(row, what)]


@pytest.mark.parametrize("speed", [1, 10])
def test_it_works(speed: int) -> None:
    """Everything in time: 11 steps, checks at 11:00 and 26:00, dose 1 at 6:00, kit at 3:10."""
    found = scored(PERFECT, speed)
    assert (found.missed, found.late, found.strikes, found.duplicates) == (0, 0, 0, 0)
    assert lines(found) == {
        "V01": (0, 20, 20), "V02": (60, 40, 0), "V03": (60, 60, 0), "V04": (180, 100, 0),
        "V04.areas": (180, 120, 0), "V04.stage": (180, 130, 0), "V05": (240, 150, 0), "V06": (300, 180, 0),
        "V07": (300, 200, 0), "V08": (480, 270, 0), "V09": (600, 360, 0), "refill 2": (660, 660, 0),
        "refill 3": (1560, 1560, 0),
    }  # fmt: skip
    assert (found.first_dose["took_ms"], found.first_dose["status"]) == (360_000, "met")
    assert (found.kit_from_start_ms, found.kit_from_call_ms) == (190_000, 150_000)
    assert (found.doses, found.units, found.lasted_ms) == (1, 500, 27 * 60_000)


def test_the_newest_version_asks_for_the_first_dose_too() -> None:
    """As above for steps both versions have; without a dose while one is wanted, V08 and V09 are missed."""
    found = scored(PERFECT, protocol=NEWEST)
    assert (found.missed, found.late) == (0, 0)
    assert set(STEPS) <= set(lines(found))
    assert lines(found)["V09"] == (600, 360, 0)
    undosed: Told = [*OPENING[:10], ("12:00", "emergency_ended", OVER)]
    assert {"V08", "V09"} <= set(named(scored(undosed, protocol=NEWEST).rows, "missed"))


def test_where_no_dose_is_wanted_none_is_missed() -> None:
    told = [(at, kind, NORMAL if kind == "refill_checked" else data) for at, kind, data in OPENING[:4]]
    found = scored([*told, ("12:00", "emergency_ended", OVER)], protocol=NEWEST)
    assert {"V08", "V09"}.isdisjoint({row.step for row in found.rows})


def test_late() -> None:
    """Eyes asked at 3:30 instead of 1:00, dose 1 at 12:30 instead of 10:00: each 2 min 30 s late."""
    told = later(
        [*OPENING, ("12:30", "dose_given", DOSE), ("13:00", "emergency_ended", OVER)], "eyes_checked", "3:30"
    )
    found = scored(told)
    assert (named(found.rows, "late"), found.missed) == (["V03", "V09"], 0)
    assert [lines(found)[step][2] for step in ("V03", "V09")] == [150, 150]
    assert (found.first_dose["status"], found.first_dose["took_ms"]) == ("late", 750_000)


def test_exactly_the_grace_is_not_late_and_a_second_more_is() -> None:
    ends: Told = [*OPENING, ("6:00", "dose_given", DOSE), ("7:00", "emergency_ended", OVER)]
    assert named(scored(later(ends, "eyes_checked", "2:00")).rows, "late") == []
    assert named(scored(later(ends, "eyes_checked", "2:01")).rows, "late") == ["V03"]


def test_the_eyes_were_never_asked() -> None:
    told = less([*OPENING, ("6:00", "dose_given", DOSE), ("7:00", "emergency_ended", OVER)], "eyes_checked")
    found = scored(told)
    assert (named(found.rows, "missed"), found.late) == (["V03"], 0)
    assert lines(found)["V03"] == (60, None, 0)


def test_dose_two_was_missed() -> None:
    """Dose 1 at 6:00, so dose 2 at 1:06:00; the drill stops at 1:10:00. Checks at 11, 26, 41, 56."""
    checks: Told = [(f"{minute}:00", "refill_checked", SLOW) for minute in (11, 26, 41, 56)]
    found = scored([*OPENING, ("6:00", "dose_given", DOSE), *checks, ("70:00", "emergency_ended", OVER)])
    assert (named(found.rows, "missed"), found.late) == (["dose"], 0)
    assert lines(found)["dose 2"] == (66 * 60, None, 0)
    assert len(found.rows) == len(STEPS) + 5


def test_a_check_was_left_out() -> None:
    """The check of 26:00 comes at 30:00: 4 minutes late; the next then falls due at 45:00, after the end."""
    told: Told = [*OPENING, ("6:00", "dose_given", DOSE), ("11:00", "refill_checked", SLOW),
                  ("30:00", "refill_checked", SLOW), ("31:00", "emergency_ended", OVER)]  # fmt: skip
    found = scored(told)
    assert (named(found.rows, "late"), found.missed) == (["refill"], 0)
    assert lines(found)["refill 3"] == (26 * 60, 30 * 60, 240)


def test_ended_early_misses_nothing_that_was_not_reached() -> None:
    """Stopped at 2:00 after three steps: eight steps lay ahead, the one of 1:00 was asked in time."""
    found = scored([*OPENING[:3], ("2:00", "emergency_ended", OVER)])
    assert (found.missed, found.late) == (0, 0)
    ahead = [row.step for row in found.rows if row.done_ms is None]
    assert ahead == STEPS[3:]
    assert (found.first_dose["took_ms"], found.kit_from_start_ms, found.doses) == (None, None, 0)


def test_strikes_and_equal_doses() -> None:
    """Two doses 10 seconds apart on two tablets, one of them struck, then a third pair left open."""
    told: Told = [*OPENING, ("6:00", "dose_given", DOSE), ("6:10", "dose_given", DOSE)]
    found = scored([*told, ("8:00", "emergency_ended", OVER)], devices=("13",))
    assert (found.strikes, found.duplicates, found.units) == (0, 1, 1000)
    struck: Json = {"event": "13", "reason": "mis-tap"}
    found = scored([*told, ("6:20", "entry_struck", struck), ("8:00", "emergency_ended", OVER)])
    assert (found.strikes, found.duplicates, found.units) == (1, 0, 500)


def test_the_vision_path_asks_every_five_minutes() -> None:
    """Opened at 5:00: due 10:00, asked 12:30 (150 s late); due again 17:30, at 19:00 still open."""
    told: Told = [*OPENING, ("5:00", "vision_changed", {}), ("12:30", "eyes_checked", {"any": "no"}),
                  ("19:00", "emergency_ended", OVER)]  # fmt: skip
    found = lines(scored(told))
    assert (found["eyes 2"], found["eyes 3"]) == ((600, 750, 150), (1050, None, 0))


def test_surprises() -> None:
    """The area grows at 7:00 and is counted at 9:00; the eye hurts at 7:30 and nobody opens the path by 8:30;
    the battery at 8:00 and another tablet records at 9:30."""
    told: Told = [*OPENING, ("6:00", "dose_given", DOSE),
                  ("7:00", "surprise_shown", {"surprise": "growing_area"}),
                  ("7:30", "surprise_shown", {"surprise": "eye_symptom"}),
                  ("8:00", "surprise_shown", {"surprise": "second_tablet"}),
                  ("9:00", "areas_counted", {"count": 2}), ("9:30", "note_written", {"text": "here"}),
                  ("10:00", "emergency_ended", OVER)]  # fmt: skip
    found = scored(told, devices=("17",))
    assert lines(found)["growing_area"] == (12 * 60, 9 * 60, 0)
    assert lines(found)["second_tablet"] == (13 * 60, 9 * 60 + 30, 0)
    assert lines(found)["eye_symptom"] == (8 * 60 + 30, None, 0)
    assert named(found.rows, "missed") == ["eye_symptom"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Inject {units} units across the whole area.", "Inject across the whole area."),
        ("Stop injecting. Withdraw.", "Stop injecting."),
        ("Ask: bee or wasp reaction, past hyaluronidase?", "Ask: bee or wasp reaction, past hyaluronidase?"),
    ],
)
def test_a_step_in_short(text: str, said: str) -> None:
    assert score.brief(text) == said
