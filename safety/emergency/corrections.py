"""Corrections: events that point at earlier ones, which stay readable. Twin of corrections.mjs. Pure."""

from safety.emergency.conflicts import CORRECTIONS
from safety.emergency.recording import changed, find, stamped
from safety.emergency.shapes import CONTEXT, FIELDS, Json, Refused, clean, clean_context

FIXED = ("emergency_started", "emergency_ended", "emergency_reopened", "made_real")


def entry_struck(protocol: Json, state: Json, event: Json) -> Json:
    """A line through an entry: it stays readable and no longer counts."""
    target = find(state, event["data"]["event"])
    if target["type"] in FIXED:
        raise Refused("cannot_strike")
    if target["struck"] is not None:
        raise Refused("already_struck")
    return changed(state, event, target, struck=_struck(event, event["data"]["reason"]))


def _struck(event: Json, reason: str | None) -> Json:
    return {
        "event": event["id"],
        "reason": reason,
        "at_ms": event["at_ms"],
        "actor": stamped(event)["actor"],
    }


def strike_undone(protocol: Json, state: Json, event: Json) -> Json:
    """A struck entry counts again."""
    target = find(state, event["data"]["event"])
    if target["struck"] is None:
        raise Refused("not_struck")
    return changed(state, event, target, struck=None)


def time_changed(protocol: Json, state: Json, event: Json) -> Json:
    """An entry happened at another time; when it was recorded stays beside it."""
    target = find(state, event["data"]["event"])
    if event["data"]["at_ms"] > event["at_ms"]:
        raise Refused("in_the_future")
    return changed(state, event, target, at_ms=event["data"]["at_ms"])


def details_added(protocol: Json, state: Json, event: Json) -> Json:
    """Details that came later: only what may be missing at first can be filled in or put right."""
    return _added(state, event, find(state, event["data"]["event"]), event["data"]["details"])


def _added(state: Json, event: Json, target: Json, details: Json) -> Json:
    fields = CONTEXT if target["type"] == "emergency_started" else FIELDS[target["type"]]
    if not details or any(not fields.get(name, "").endswith("?") for name in details):
        raise Refused("bad_data")
    added = clean({name: fields[name] for name in details}, details)
    if target["type"] != "emergency_started":
        return changed(state, event, target, data={**target["data"], **added})
    return _context(state, event, target, added)


def _context(state: Json, event: Json, target: Json, added: Json) -> Json:
    """The start's context with more in it."""
    context, whole = clean_context({**state["context"], **added})
    if not whole:
        raise Refused("bad_data")
    told = changed(state, event, target, data={**target["data"], "context": context})
    return {**told, "context": context}


def duplicate_resolved(protocol: Json, state: Json, event: Json) -> Json:
    """A person said whether two equal entries are two facts or one; the void one is struck."""
    pair, void = event["data"]["events"], event["data"]["void"]
    targets = [find(state, name) for name in pair]
    if void is not None and void not in pair:
        raise Refused("unknown_event")
    if any(target["type"] in FIXED for target in targets):
        raise Refused("cannot_strike")
    stands = all(target["struck"] is None for target in targets)
    marked = _struck(event, event["data"]["reason"] or event["type"]) if void is not None and stands else None
    target = targets[pair.index(void)] if void is not None else targets[0]
    told = changed(state, event, target, struck=marked or target["struck"])
    return {**told, "resolved": [*state["resolved"], pair]}


def conflict_resolved(protocol: Json, state: Json, event: Json) -> Json:
    """A person said which of two corrections of one entry holds; it is put in again, both stay on record."""
    found = [_correction(state, name) for name in event["data"]["events"]]
    if event["data"]["keep"] not in event["data"]["events"]:
        raise Refused("unknown_event")
    if found[0]["data"]["event"] != found[1]["data"]["event"]:
        raise Refused("bad_data")
    kept = next(change for change in found if change["id"] == event["data"]["keep"])
    told = {**event, "data": {**event["data"], "event": kept["data"]["event"]}}
    put_in = _again(state, told, find(state, kept["data"]["event"]), kept)
    return {**put_in, "resolved": [*state["resolved"], event["data"]["events"]]}


def _correction(state: Json, event_id: str) -> Json:
    for change in state["changes"]:
        if change["id"] == event_id and change["type"] in CORRECTIONS:
            return dict(change)
    raise Refused("unknown_event")


def _again(state: Json, event: Json, target: Json, kept: Json) -> Json:
    """The entry as this correction says it is."""
    if kept["type"] == "time_changed":
        return changed(state, event, target, at_ms=kept["data"]["at_ms"])
    return _added(state, event, target, kept["data"]["details"])
