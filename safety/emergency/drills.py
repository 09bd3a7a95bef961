"""What a drill changes: its faster clock, its surprises, its turn into the real. Twin of drills.mjs. Pure.

Events carry true time always. While a drill runs faster, every instant is mapped to drill time as it is
folded; made real, all that was kept is mapped back and marked, and counts no more for whom is treated now.
"""

from typing import Any

from safety.emergency.shapes import KINDS, Refused, clean_context

Json = dict[str, Any]
FAST = 10
NORMAL = {"speed": 1, "surprises": None, "made_real_ms": None}


def begun(state: Json, data: Json) -> Json:
    """A run that starts: a drill may be fast and have surprises, anything else runs as time does."""
    drill = data["drill"] is True
    fast = drill and KINDS["nat"](data["speed"]) and data["speed"] == FAST
    seed = data["surprises"] if drill and KINDS["nat"](data["surprises"]) else None
    return {**state, "drill": drill, "speed": FAST if fast else 1, "surprises": seed}


def virtual(state: Json, ms: int) -> int:
    """The run's own time at this true instant."""
    if state["speed"] == 1:
        return ms
    base = state["facts"][0]["recorded_ms"]
    return int(base + (ms - base) * state["speed"])


def actual(state: Json, ms: int) -> int:
    """The true instant of this moment of the run's own time."""
    if state["speed"] == 1:
        return ms
    base = state["facts"][0]["recorded_ms"]
    return int(base + (ms - base) // state["speed"])


def told(state: Json, event: Json) -> Json:
    """The event in the run's own time. Raises Refused when that lies outside all time."""
    if event["type"] == "made_real" or state["speed"] == 1:
        return event
    at_ms, data = virtual(state, event["at_ms"]), event.get("data")
    if not KINDS["ms"](at_ms):
        raise Refused("bad_data")
    if event["type"] == "time_changed" and isinstance(data, dict) and KINDS["ms"](data.get("at_ms")):
        data = {**data, "at_ms": virtual(state, data["at_ms"])}
    return {**event, "at_ms": at_ms, "data": data}


def marks(state: Json, event: Json) -> tuple[str, ...]:
    """in_drill on what was told for the drill and arrives after it was made real."""
    data = event.get("data")
    unaware = isinstance(data, dict) and data.get("drill") is True
    real_ms = state["made_real_ms"]
    if real_ms is None or event["type"] == "made_real" or not (unaware or event["at_ms"] < real_ms):
        return ()
    return ("in_drill",)


def surprised(state: Json, event: Json) -> Json:
    """The state after a surprise was shown; one that names the stock leaves just that. Raises Refused."""
    if not state["drill"] and state["made_real_ms"] is None:
        raise Refused("not_a_drill")
    context, whole = clean_context({**state["context"], "stock": event["data"]["stock"]})
    if not whole:
        raise Refused("bad_data")
    if not state["drill"] or event["data"]["stock"] is None:
        return state
    return {**state, "context": context}


def made_real(state: Json, event: Json, context: Json) -> Json:
    """The same run, real from now on: true times, nothing of the practice patient, going on if it had ended.

    Raises Refused when the run never was a drill.
    """
    if not state["drill"]:
        return _said_again(state, event, context)
    start, *facts = [_true(state, row) for row in state["facts"]]
    kept = [{**fact, "flags": [*fact["flags"], "in_drill"]} for fact in facts]
    changes = [_true(state, row) for row in state["changes"]]
    real = {"drill": False, "speed": 1, "made_real_ms": event["at_ms"], "context": context}
    return {**state, **real, "status": "running", "ended": None, "facts": [start, *kept], "changes": changes}


def _said_again(state: Json, event: Json, context: Json) -> Json:
    """A second tablet said it, perhaps sooner: what it recorded since is real, what it knew fills gaps."""
    if state["made_real_ms"] is None:
        raise Refused("not_a_drill")
    known = {name: context[name] if value is None else value for name, value in state["context"].items()}
    return {**state, "made_real_ms": min(state["made_real_ms"], event["at_ms"]), "context": known}


def _true(state: Json, row: Json) -> Json:
    """A fact or change with its instants as they truly were."""
    back: Json = {name: actual(state, row[name]) for name in ("at_ms", "recorded_ms") if name in row}
    if row["type"] == "time_changed":
        back["data"] = {**row["data"], "at_ms": actual(state, row["data"]["at_ms"])}
    if row.get("struck") is not None:
        back["struck"] = {**row["struck"], "at_ms": actual(state, row["struck"]["at_ms"])}
    return {**row, **back}


def counted_from(state: Json) -> int:
    """Since when the patient's times count: the start, or the moment a drill was made real."""
    return int(state["started_ms"] if state["made_real_ms"] is None else state["made_real_ms"])


def practice(state: Json) -> Json:
    """Of a drill what the screen must know; of one made real the doses nobody yet said were really given."""
    kinds = ("dose_given", "drug_given")
    asked = [fact for fact in state["facts"] if fact["type"] in kinds and "in_drill" in fact["flags"]]
    doses = [fact["id"] for fact in asked if fact["struck"] is None and fact["data"]["given"] is None]
    shown = [fact["data"]["surprise"] for fact in state["facts"] if fact["type"] == "surprise_shown"]
    kept = {name: state[name] for name in NORMAL}
    return {**kept, "doses": doses, "shown": shown}
