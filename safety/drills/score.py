"""How a drill went, step by step, against the protocol that was practised. Pure.

Times are drill time. Every due time is the one the run screen showed then: the timers are asked what was due
by the facts before each entry.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from safety.emergency.doses import duplicates
from safety.emergency.facts import MINUTE, SECOND, by_time, doses, live, stands
from safety.emergency.steps import steps_of
from safety.emergency.timers import adrenaline_given, due_times, first_dose

Json = dict[str, Any]
CLOCK = re.compile(r"(\d+):(\d\d)(?!.*\d:\d\d)")
FIRST_DOSE = ("undosed", "dose_wanted")  # what leads to dose 1, in versions 1 and 2 of the protocol


@dataclass(frozen=True)
class Row:
    """One thing that was asked for. Not done: missed when its time came and passed, else not reached."""

    step: str
    text: str
    due_ms: int
    done_ms: int | None
    late_s: int
    missed: bool
    late: bool


@dataclass(frozen=True)
class Score:
    """The score sheet. `kit_*` is the walk to the kit, by itself."""

    rows: tuple[Row, ...]
    first_dose: Json
    kit_from_start_ms: int | None
    kit_from_call_ms: int | None
    doses: int
    units: int
    strikes: int
    duplicates: int
    lasted_ms: int

    @property
    def missed(self) -> int:
        """How many steps were missed."""
        return sum(row.missed for row in self.rows)

    @property
    def late(self) -> int:
        """How many steps came late."""
        return sum(row.late for row in self.rows)


@dataclass(frozen=True)
class Sheet:
    """A run while it is scored."""

    protocol: Json
    state: Json
    end_ms: int
    grace_ms: int

    def row(self, step: str, text: str, due_ms: int, done: Json | None) -> Row:
        """A row from what was due and the entry that answered it."""
        done_ms = None if done is None else int(done["at_ms"])
        late_ms = 0 if done_ms is None else max(0, done_ms - due_ms)
        missed = done_ms is None and due_ms + self.grace_ms <= self.end_ms
        return Row(step, text, due_ms, done_ms, late_ms // SECOND, missed, late_ms > self.grace_ms)


def score(protocol: Json, state: Json, script: Json | None, scoring: Json) -> Score:
    """The score of a drill as it stands, by the drill protocol's `scoring`. Needs a started run."""
    sheet = Sheet(protocol, state, _end_ms(state), scoring["grace_s"] * SECOND)
    rows = [*_steps(sheet), *_repeats(sheet), *_surprises(sheet, script)]
    kit, call = _first(state, "kit_fetched"), _first_answer(state, scoring["kit"]["step"])
    struck = [fact for fact in state["facts"] if fact["struck"] is not None]
    return Score(
        rows=tuple(sorted(rows, key=lambda row: row.due_ms)),
        first_dose=first_dose(protocol, state, sheet.end_ms),
        kit_from_start_ms=None if kit is None else kit["at_ms"] - state["started_ms"],
        kit_from_call_ms=None if kit is None or call is None else max(0, kit["at_ms"] - call["at_ms"]),
        doses=state["totals"]["doses"],
        units=state["totals"]["units"],
        strikes=len(struck),
        duplicates=len(duplicates(protocol, state)) + len(state["resolved"]),
        lasted_ms=sheet.end_ms - state["started_ms"],
    )


def _end_ms(state: Json) -> int:
    if state["ended"] is not None:
        return int(state["ended"]["at_ms"])
    return max(int(fact["at_ms"]) for fact in state["facts"])


def _first(state: Json, kind: str) -> Json | None:
    return next(iter(by_time(live(state, kind))), None)


def _first_answer(state: Json, step_id: str) -> Json | None:
    ticks = by_time(live(state, "step_done"))
    return next((fact for fact in ticks if fact["data"]["step"] == step_id), None)


def _steps(sheet: Sheet) -> Iterator[Row]:
    """The steps that every run asks for, against the end of the time the protocol gives them."""
    for step in steps_of(sheet.protocol, sheet.state, "main"):
        due_ms = _window(sheet, step)
        if due_ms is not None and _asked(sheet, step):
            facts = by_time([fact for fact in sheet.state["facts"] if stands(fact)])
            done = next((fact for fact in facts if _answers(fact, step)), None)
            yield sheet.row(step["id"], brief(step["text"]), due_ms, done)


def _asked(sheet: Sheet, step: Json) -> bool:
    """Asked of every run; what leads to dose 1 only while a dose is wanted, or when one was given."""
    if step.get("when") == "dose_wanted":
        return bool(doses(sheet.state)) or due_before(sheet, sheet.end_ms + 1)["dose_ms"] is not None
    return step.get("when", "always") in ("always", *FIRST_DOSE)


def _window(sheet: Sheet, step: Json) -> int | None:
    if step["ask"] == "dose" and step.get("when") in FIRST_DOSE:
        target = sheet.state["due"]["first_dose_ms"]
        return None if target is None else int(target)
    found = CLOCK.search(step["clock"])
    if found is None:
        return None
    return int(sheet.state["started_ms"] + int(found[1]) * MINUTE + int(found[2]) * SECOND)


def _answers(fact: Json, step: Json) -> bool:
    if fact["type"] in ("step_done", "step_skipped"):
        return bool(fact["data"]["step"] == step["id"])
    return any(_matches(fact, way) for way in step.get("answered_by", []))


def _matches(fact: Json, way: Json) -> bool:
    wanted = way.get("where", {})
    return fact["type"] == way["type"] and all(fact["data"].get(name) in wanted[name] for name in wanted)


def brief(text: str) -> str:
    """A step's first sentence, without the places for figures."""
    first = re.split(r"(?<=[.?])\s", text)[0]
    return re.sub(r"\s*\{[^}]*\}( units)?", "", first)


def _repeats(sheet: Sheet) -> Iterator[Row]:
    """Checks and doses that fall due again and again."""
    state, protocol = sheet.state, sheet.protocol
    checks = by_time(live(state, "refill_checked"))
    yield from _timed(sheet, "refill_ms", "Refill check", checks, 1)
    yield from _timed(sheet, "dose_ms", "Dose", doses(state), 1)
    eyes = [fact for fact in by_time(live(state, "eyes_checked")) if fact["data"]["any"] != "unknown"]
    yield from _timed(sheet, "eyes_ms", "Eye check", eyes, 0)
    yield from _timed(sheet, "adrenaline_ms", "Adrenaline", adrenaline_given(protocol, state), 0)


def _timed(sheet: Sheet, name: str, text: str, given: list[Json], skip: int) -> Iterator[Row]:
    """A row for each entry that answered a timer, and one when the timer was due when the drill stopped.

    The first `skip` are steps of their own.
    """
    for number, fact in enumerate(given[skip:], start=1 + skip):
        due_ms = due_before(sheet, fact["at_ms"])[name]
        if due_ms is not None:
            yield sheet.row(name.removesuffix("_ms"), f"{text} {number}", due_ms, fact)
    left = due_before(sheet, sheet.end_ms)[name]
    if left is not None and len(given) >= skip and left <= sheet.end_ms:
        yield sheet.row(name.removesuffix("_ms"), f"{text} {len(given) + 1}", left, None)


def due_before(sheet: Sheet, at_ms: int) -> Json:
    """What was due just before this instant."""
    start, *facts = sheet.state["facts"]
    then = [start, *(fact for fact in facts if fact["at_ms"] < at_ms)]
    return due_times(sheet.protocol, {**sheet.state, "status": "running", "ended": None, "facts": then})


def _surprises(sheet: Sheet, script: Json | None) -> Iterator[Row]:
    kinds = {row["id"]: row for row in (script or {}).get("surprises", [])}
    for shown in by_time(live(sheet.state, "surprise_shown")):
        kind = kinds.pop(shown["data"]["surprise"], None)
        if kind is not None:
            due_ms = shown["at_ms"] + kind["within_min"] * MINUTE
            yield sheet.row(
                kind["id"], f"{kind['title']}: {kind['looks_for']}", due_ms, _met(sheet, kind, shown)
            )


def _met(sheet: Sheet, kind: Json, shown: Json) -> Json | None:
    """The first entry after a surprise that answers it."""
    after = [
        fact for fact in by_time(sheet.state["facts"]) if fact["at_ms"] > shown["at_ms"] and stands(fact)
    ]
    return next((fact for fact in after if any(_meets(fact, way, shown) for way in kind["expect"])), None)


def _meets(fact: Json, way: Json, shown: Json) -> bool:
    if fact["type"] in ("surprise_shown", "emergency_ended"):
        return False
    if "another_device" in way:
        return bool(fact["device"] != shown["device"])
    return "any_event" in way or _matches(fact, way)
