"""Refill over time as a drawing: points, dose marks and scales in the units of the drawing. Pure."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from safety.emergency import facts
from safety.emergency.facts import by_time

Json = dict[str, Any]
WIDTH, HEIGHT = 520, 118
LEFT, RIGHT, TOP, BOTTOM = 34, 514, 14, 94
MINUTE_MS = 60 * 10**3
LETTER = 5  # width to allow for a letter of a label
RESULTS = {"normal": 0, "slow": 1, "none": 2}


@dataclass(frozen=True)
class Chart:
    """A refill series: line through measured points (tenths of a second), dose marks, scales, and a table of
    it.
    """

    points: tuple[Json, ...]
    line: str
    doses: tuple[Json, ...]
    seconds: tuple[Json, ...]
    times: tuple[Json, ...]
    summary: str


def of(state: Json, protocol: Json, at: Callable[[int], datetime]) -> Chart | None:
    """The refill series of a run, or None when nothing was measured in seconds."""
    measured = [fact for fact in live(state, "refill_checked") if fact["data"].get("refill_ds") is not None]
    if not measured:
        return None
    doses = live(state, "dose_given")
    across = _scale(
        [state["started_ms"], *(fact["at_ms"] for fact in measured + doses)], LEFT + 12, RIGHT - 12
    )
    top = max([40, *(fact["data"]["refill_ds"] for fact in measured)])
    points = tuple(_point(fact, across, top) for fact in measured)
    return Chart(
        points=points,
        line="M" + "L".join(f"{point['x']} {point['y']}" for point in points),
        doses=tuple(_dose(fact, number, across) for number, fact in enumerate(doses, start=1)),
        seconds=tuple(_second(value, top) for value in _steps(top)),
        times=tuple(_time(across(ms), at(ms)) for ms in _times(measured, doses, state)),
        summary=_summary(measured),
    )


def _summary(measured: list[Json]) -> str:
    count = "1 refill check" if len(measured) == 1 else f"{len(measured)} refill checks"
    return f"{count} measured, first {_tenths(measured[0])}, last {_tenths(measured[-1])}"


def live(state: Json, kind: str) -> list[Json]:
    """The facts of a type that count, by when they happened."""
    return by_time(facts.live(state, kind))


def _scale(instants: list[int], low: int, high: int) -> Callable[[int], int]:
    first, last = min(instants), max(max(instants), min(instants) + MINUTE_MS)
    return lambda ms: low + (ms - first) * (high - low) // (last - first)


def _height(value: int, top: int) -> int:
    return BOTTOM - value * (BOTTOM - TOP) // top


def _point(fact: Json, across: Callable[[int], int], top: int) -> Json:
    data = fact["data"]
    return {"x": across(fact["at_ms"]), "y": _height(data["refill_ds"], top), "look": data["result"]}


def _dose(fact: Json, number: int, across: Callable[[int], int]) -> Json:
    x, text = across(fact["at_ms"]), f"Dose {number}, {fact['data']['units']} units"
    beyond = x + 4 + len(text) * LETTER > RIGHT
    return {"x": x, "label_x": x - 4 - len(text) * LETTER if beyond else x + 4, "text": text}


def _second(value: int, top: int) -> Json:
    text = f"{value // 10} s"
    return {"x": LEFT - 4 - len(text) * LETTER, "y": _height(value, top), "text": text}


def _time(x: int, instant: datetime) -> Json:
    return {"x": min(x - 11, WIDTH - 26), "text": instant.strftime("%H:%M")}


def _steps(top: int) -> list[int]:
    return list(range(20, top + 1, 20))


def _times(measured: list[Json], doses: list[Json], state: Json) -> list[int]:
    last = max(fact["at_ms"] for fact in measured + doses)
    start = state["started_ms"]
    return sorted({start, start + (last - start) // 2, last})


def _tenths(fact: Json) -> str:
    whole, rest = divmod(fact["data"]["refill_ds"], 10)
    return f"{whole}.{rest} seconds" if rest else f"{whole} seconds"
