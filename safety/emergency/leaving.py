"""What must hold before an emergency ends as resolved (clinical 2.8). Twin of leaving.mjs. Pure."""

from collections.abc import Callable
from typing import Any

from safety.emergency.facts import MINUTE, by_time, latest, live, since
from safety.emergency.refill import abnormal, place

Json = dict[str, Any]


def criteria(protocol: Json, state: Json, now_ms: int) -> list[Json]:
    """Every criterion: true, false, or null while only a person can tell and has not."""
    rows = protocol["observation"]["criteria"]
    return [
        {"id": row["id"], "text": row["text"], "met": BY[row["by"]](protocol, state, now_ms, row)}
        for row in rows
    ]


def all_met(protocol: Json, state: Json, now_ms: int) -> bool:
    """Every criterion is true at this instant."""
    return all(row["met"] is True for row in criteria(protocol, state, now_ms))


def _held(protocol: Json, state: Json, now_ms: int, row: Json) -> bool | None:
    since_ms = state["due"]["endpoint_ms"]
    hold = protocol["observation"]["hold"]["minutes"] * MINUTE
    return since_ms is not None and now_ms >= since_ms + hold


def _since_dose(protocol: Json, state: Json, now_ms: int, row: Json) -> bool | None:
    last, stay = latest(live(state, "dose_given")), protocol["observation"]["stay_min"] * MINUTE
    return last is None or now_ms >= last["at_ms"] + stay


def _refill_twice(protocol: Json, state: Json, now_ms: int, row: Json) -> bool | None:
    """At each point the last readings are normal and span the time asked for."""
    rule = protocol["observation"]["readings"]
    places: dict[str, list[Json]] = {}
    for fact in by_time(live(state, "refill_checked")):
        normal = not abnormal(protocol, state, fact["data"])
        places[place(fact["data"])] = [*places.get(place(fact["data"]), []), fact] if normal else []
    enough = [len(run) >= rule["count"] and _span(run) >= rule["minutes"] * MINUTE for run in places.values()]
    return len(enough) > 0 and all(enough)


def _span(run: list[Json]) -> int:
    return int(run[-1]["at_ms"] - run[0]["at_ms"])


def _eyes_clear(protocol: Json, state: Json, now_ms: int, row: Json) -> bool | None:
    last = latest(live(state, "eyes_checked"))
    if last is None or last["data"]["any"] == "unknown":
        return None
    return last["data"]["any"] == "no" and state["due"]["vision_ms"] is None


def _photos(protocol: Json, state: Json, now_ms: int, row: Json) -> bool | None:
    return len(live(state, "photo_taken")) > 0


def _tick(protocol: Json, state: Json, now_ms: int, row: Json) -> bool | None:
    """Ticked by a person, again after signs returned."""
    ticks = [fact for fact in live(state, "step_done") if fact["data"]["step"] == row["id"]]
    return True if since(ticks, state["due"]["returned_ms"]) else None


BY: dict[str, Callable[[Json, Json, int, Json], bool | None]] = {
    "endpoint_held": _held,
    "since_dose": _since_dose,
    "refill_twice": _refill_twice,
    "eyes_clear": _eyes_clear,
    "tick": _tick,
    "photos": _photos,
}
