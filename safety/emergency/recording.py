"""What is put on record, and found there again. Twin of recording.mjs. Pure."""

from typing import Any

from safety.emergency.shapes import KINDS, Json, Refused


def fact_kept(state: Json, event: Json, *flags: str) -> Json:
    """The state with one more fact; told after the end it is kept and marked."""
    late = ("after_end",) if state["status"] == "ended" else ()
    fact = {
        **stamped(event),
        "recorded_ms": event["at_ms"],
        "flags": [*flags, *late, *event["marks"]],
        "struck": None,
    }
    return {**state, "facts": [*state["facts"], fact]}


def find(state: Json, event_id: str) -> Json:
    """The fact of this id. Raises Refused."""
    for fact in state["facts"]:
        if fact["id"] == event_id:
            return dict(fact)
    raise Refused("unknown_event")


def changed(state: Json, event: Json, target: Json, **news: Any) -> Json:
    """The state with the target fact replaced, and the change kept beside the facts."""
    facts = [{**fact, **news} if fact["id"] == target["id"] else fact for fact in state["facts"]]
    return {**state, "facts": facts, "changes": [*state["changes"], stamped(event)]}


def stamped(event: Json) -> Json:
    """What is kept of an event's envelope, with its data."""
    named = {name: event.get(name) if KINDS["id"](event.get(name)) else None for name in ("actor", "device")}
    seq = event.get("seq") if KINDS["ms"](event.get("seq")) else None
    return {
        "id": event["id"],
        "type": event["type"],
        "at_ms": event["at_ms"],
        **named,
        "seq": seq,
        "data": event["data"],
    }
