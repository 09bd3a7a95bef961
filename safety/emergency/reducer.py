"""The emergency as a fold: one event after another into plain state. Twin of static/runner/reducer.mjs. Pure.

Nothing is ever deleted: corrections are events that point at earlier ones. Every due time, total and prompt
is worked out again from the facts that stand, so a struck dose leaves no trace in the timers.
"""

import hashlib
from collections.abc import Callable
from typing import Any

from safety.audit.canonical import dumps
from safety.emergency import drills
from safety.emergency.conflicts import CORRECTIONS
from safety.emergency.doses import approved
from safety.emergency.facts import doses, live
from safety.emergency.leaving import all_met
from safety.emergency.prompts import prompts
from safety.emergency.shapes import CONTEXT, FIELDS, KINDS, Json, Refused, clean, clean_context
from safety.emergency.timers import adrenaline_given, due_times

__all__ = ["STEPS", "Refused", "apply", "digest", "prompts", "start_state"]

FIXED = ("emergency_started", "emergency_ended", "emergency_reopened", "made_real")


def start_state(protocol: Json) -> Json:
    """The state before the first event."""
    return {
        "format": 1,
        "protocol": protocol["id"],
        "version": protocol["version"],
        "status": "idle",
        "started_ms": None,
        "drill": False,
        **drills.NORMAL,
        "context": clean_context(None)[0],
        "facts": [],
        "changes": [],
        "resolved": [],
        "due": None,
        "totals": None,
        "ended": None,
    }


def apply(protocol: Json, state: Json, event: Json) -> Json:
    """The state after one more event; the one given is never changed. Raises Refused (codes: EVENTS.md)."""
    _must_fit(state, event)
    marks, told = drills.marks(state, event), drills.told(state, event)
    data = clean(FIELDS[told["type"]], told.get("data"))
    folded = STEPS[told["type"]](protocol, state, {**told, "data": data, "marks": marks})
    return _settle(protocol, folded)


def digest(state: Json) -> str:
    """SHA-256 (hex) of the canonical state."""
    return hashlib.sha256(dumps(state)).hexdigest()


def _must_fit(state: Json, event: Json) -> None:
    if not KINDS["id"](event.get("id")) or not KINDS["ms"](event.get("at_ms")):
        raise Refused("bad_data")
    if not KINDS["id"](event.get("type")) or event["type"] not in STEPS:
        raise Refused("unknown_type")
    if state["status"] == "idle" and event["type"] != "emergency_started":
        raise Refused("not_started")
    if any(known["id"] == event["id"] for known in [*state["facts"], *state["changes"]]):
        raise Refused("known")


def _settle(protocol: Json, state: Json) -> Json:
    """Due times and totals worked out from the facts that stand."""
    started = {**state, "started_ms": state["facts"][0]["at_ms"]}
    due = due_times(protocol, started)
    return {**started, "due": due, "totals": _totals(protocol, started)}


def _totals(protocol: Json, state: Json) -> Json:
    given = doses(state)
    return {
        "units": sum(dose["data"]["units"] for dose in given),
        "doses": len(given),
        "refills": len(live(state, "refill_checked")),
        "photos": len(live(state, "photo_taken")),
        "calls": len(live(state, "call_made")),
        "adrenaline": len(adrenaline_given(protocol, state)),
        "drugs": len(live(state, "drug_given")) + len(live(state, "aspirin_decided")),
    }


def _fact(state: Json, event: Json, *flags: str) -> Json:
    """The state with one more fact; told after the end it is kept and marked."""
    late = ("after_end",) if state["status"] == "ended" else ()
    fact = {
        **_stamped(event),
        "recorded_ms": event["at_ms"],
        "flags": [*flags, *late, *event["marks"]],
        "struck": None,
    }
    return {**state, "facts": [*state["facts"], fact]}


def _find(state: Json, event_id: str) -> Json:
    for fact in state["facts"]:
        if fact["id"] == event_id:
            return dict(fact)
    raise Refused("unknown_event")


def _change(state: Json, event: Json, target: Json, **news: Any) -> Json:
    """The state with the target fact replaced, and the change kept beside the facts."""
    facts = [{**fact, **news} if fact["id"] == target["id"] else fact for fact in state["facts"]]
    return {**state, "facts": facts, "changes": [*state["changes"], _stamped(event)]}


def _stamped(event: Json) -> Json:
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


def _steps_of(protocol: Json) -> list[Json]:
    branches = [step for branch in protocol["branches"].values() for step in branch["steps"]]
    return [*protocol["steps"], *branches, *protocol["observation"]["criteria"]]


def _in(rows: list[Json], value: Any) -> None:
    if all(row["id"] != value for row in rows):
        raise Refused("not_in_protocol")


def noted(protocol: Json, state: Json, event: Json) -> Json:
    """A fact kept as it is."""
    return _fact(state, event)


def emergency_started(protocol: Json, state: Json, event: Json) -> Json:
    """The clock starts, whatever else is missing."""
    if state["status"] != "idle":
        raise Refused("already_started")
    context, whole = clean_context(event["data"]["context"])
    flags = () if whole else ("context_incomplete",)
    kept = {**event, "data": {"context": context, "drill": event["data"]["drill"]}}
    begun = {**drills.begun(state, event["data"]), "status": "running", "context": context}
    return _fact(begun, kept, *flags)


def step_answered(protocol: Json, state: Json, event: Json) -> Json:
    """A step or criterion of the protocol ticked, or skipped with its reason."""
    _in(_steps_of(protocol), event["data"]["step"])
    return _fact(state, event)


def eyes_checked(protocol: Json, state: Json, event: Json) -> Json:
    """Eyes and brain; one yes makes the whole check a yes, one unknown leaves it unknown."""
    answers = event["data"]["answers"] or {}
    for asked in answers:
        _in(protocol["eyes_check"]["questions"], asked)
    said = [event["data"]["any"], *answers.values()]
    worst = next(word for word in ("yes", "unknown", "no") if word in said)
    return _fact(state, {**event, "data": {**event["data"], "any": worst}})


def sign_told(protocol: Json, state: Json, event: Json) -> Json:
    """A sign of the protocol's list seen or gone."""
    _in(protocol["signs"], event["data"]["sign"])
    return _fact(state, event)


def areas_counted(protocol: Json, state: Json, event: Json) -> Json:
    """The affected areas, by name or by number; a name the protocol does not list is kept and marked."""
    named, count = event["data"]["areas"] or [], event["data"]["count"]
    if not named and count is None:
        raise Refused("bad_data")
    listed = [row["id"] for row in protocol["counting_areas"]["list"]]
    return _fact(state, event, *(("not_in_protocol",) if any(area not in listed for area in named) else ()))


def stage_assessed(protocol: Json, state: Json, event: Json) -> Json:
    """The stage of the skin."""
    _in(protocol["stages"], event["data"]["stage"])
    return _fact(state, event)


def dose_given(protocol: Json, state: Json, event: Json) -> Json:
    """A dose that was given is never refused; outside the approved table it is marked."""
    known = approved(protocol, event["data"]["units"])
    return _fact(state, event, *(() if known else ("not_in_protocol",)))


def aspirin_decided(protocol: Json, state: Json, event: Json) -> Json:
    """The prescriber's decision; given although a block was named, it is kept and marked."""
    against = event["data"]["decision"] == "given" and bool(event["data"]["blocks"])
    return _fact(state, event, *(("blocked",) if against else ()))


def branch_closed(protocol: Json, state: Json, event: Json) -> Json:
    """A branch that is open ends, with the reason."""
    if state["due"].get(event["data"]["branch"] + "_ms") is None:
        raise Refused("branch_not_open")
    return _fact(state, event)


def branch_opened(protocol: Json, state: Json, event: Json) -> Json:
    """Something that opens a branch of this protocol."""
    if OPENS[event["type"]] not in protocol["branches"]:
        raise Refused("not_in_protocol")
    return _fact(state, event)


OPENS = {
    "collapse_noticed": "collapse",
    "la_toxicity_suspected": "la_toxicity",
    "presentation_named": "phone",
}


def lone_named(protocol: Json, state: Json, event: Json) -> Json:
    """A nurse alone without prescriber, or no longer."""
    if "lone" not in protocol:
        raise Refused("not_in_protocol")
    return _fact(state, event)


def entry_struck(protocol: Json, state: Json, event: Json) -> Json:
    """A line through an entry: it stays readable and no longer counts."""
    target = _find(state, event["data"]["event"])
    if target["type"] in FIXED:
        raise Refused("cannot_strike")
    if target["struck"] is not None:
        raise Refused("already_struck")
    return _change(state, event, target, struck=_struck(event, event["data"]["reason"]))


def _struck(event: Json, reason: str | None) -> Json:
    return {
        "event": event["id"],
        "reason": reason,
        "at_ms": event["at_ms"],
        "actor": _stamped(event)["actor"],
    }


def strike_undone(protocol: Json, state: Json, event: Json) -> Json:
    """A struck entry counts again."""
    target = _find(state, event["data"]["event"])
    if target["struck"] is None:
        raise Refused("not_struck")
    return _change(state, event, target, struck=None)


def time_changed(protocol: Json, state: Json, event: Json) -> Json:
    """An entry happened at another time; when it was recorded stays beside it."""
    target = _find(state, event["data"]["event"])
    if event["data"]["at_ms"] > event["at_ms"]:
        raise Refused("in_the_future")
    return _change(state, event, target, at_ms=event["data"]["at_ms"])


def details_added(protocol: Json, state: Json, event: Json) -> Json:
    """Details that came later: only what may be missing at first can be filled in or put right."""
    return _added(state, event, _find(state, event["data"]["event"]), event["data"]["details"])


def _added(state: Json, event: Json, target: Json, details: Json) -> Json:
    fields = CONTEXT if target["type"] == "emergency_started" else FIELDS[target["type"]]
    if not details or any(not fields.get(name, "").endswith("?") for name in details):
        raise Refused("bad_data")
    added = clean({name: fields[name] for name in details}, details)
    if target["type"] != "emergency_started":
        return _change(state, event, target, data={**target["data"], **added})
    return _context(state, event, target, added)


def _context(state: Json, event: Json, target: Json, added: Json) -> Json:
    """The start's context with more in it."""
    context, whole = clean_context({**state["context"], **added})
    if not whole:
        raise Refused("bad_data")
    changed = _change(state, event, target, data={**target["data"], "context": context})
    return {**changed, "context": context}


def duplicate_resolved(protocol: Json, state: Json, event: Json) -> Json:
    """A person said whether two equal entries are two facts or one; the void one is struck."""
    pair, void = event["data"]["events"], event["data"]["void"]
    targets = [_find(state, name) for name in pair]
    if void is not None and void not in pair:
        raise Refused("unknown_event")
    if any(target["type"] in FIXED for target in targets):
        raise Refused("cannot_strike")
    stands = all(target["struck"] is None for target in targets)
    marked = _struck(event, event["data"]["reason"] or event["type"]) if void is not None and stands else None
    target = targets[pair.index(void)] if void is not None else targets[0]
    changed = _change(state, event, target, struck=marked or target["struck"])
    return {**changed, "resolved": [*state["resolved"], pair]}


def conflict_resolved(protocol: Json, state: Json, event: Json) -> Json:
    """A person said which of two corrections of one entry holds; it is put in again, both stay on record."""
    found = [_correction(state, name) for name in event["data"]["events"]]
    if event["data"]["keep"] not in event["data"]["events"]:
        raise Refused("unknown_event")
    if found[0]["data"]["event"] != found[1]["data"]["event"]:
        raise Refused("bad_data")
    kept = next(change for change in found if change["id"] == event["data"]["keep"])
    told = {**event, "data": {**event["data"], "event": kept["data"]["event"]}}
    changed = _again(state, told, _find(state, kept["data"]["event"]), kept)
    return {**changed, "resolved": [*state["resolved"], event["data"]["events"]]}


def _correction(state: Json, event_id: str) -> Json:
    for change in state["changes"]:
        if change["id"] == event_id and change["type"] in CORRECTIONS:
            return dict(change)
    raise Refused("unknown_event")


def _again(state: Json, event: Json, target: Json, kept: Json) -> Json:
    """The entry as this correction says it is."""
    if kept["type"] == "time_changed":
        return _change(state, event, target, at_ms=kept["data"]["at_ms"])
    return _added(state, event, target, kept["data"]["details"])


def emergency_ended(protocol: Json, state: Json, event: Json) -> Json:
    """The run ends; as resolved only when every criterion is met, or with a reason in words."""
    if state["status"] == "ended":
        raise Refused("ended")
    reasons = [row for row in protocol["end"]["reasons"] if row["id"] == event["data"]["reason"]]
    _in(reasons, event["data"]["reason"])
    unmet = reasons[0]["needs_criteria"] and not all_met(protocol, state, event["at_ms"])
    if unmet and not KINDS["id"](event["data"]["why"]):
        raise Refused("reason_missing")
    ended = {"event": event["id"], "reason": event["data"]["reason"], "at_ms": event["at_ms"], "unmet": unmet}
    return {**_fact(state, event), "status": "ended", "ended": ended}


def emergency_reopened(protocol: Json, state: Json, event: Json) -> Json:
    """The run goes on, with the same clock."""
    if state["status"] != "ended":
        raise Refused("not_ended")
    return {**_fact({**state, "status": "running"}, event), "ended": None}


def made_real(protocol: Json, state: Json, event: Json) -> Json:
    """A drill becomes the emergency it has turned into, with what is known of the patient; never back."""
    context, whole = clean_context(event["data"]["context"])
    kept = {**event, "data": {"context": context}}
    return _fact(drills.made_real(state, event, context), kept, *(() if whole else ("context_incomplete",)))


def surprise_shown(protocol: Json, state: Json, event: Json) -> Json:
    """Something of the drill's script was shown to the people who practise."""
    return _fact(drills.surprised(state, event), event)


STEPS: dict[str, Callable[[Json, Json, Json], Json]] = {
    "emergency_started": emergency_started,
    "patient_named": noted,
    "recorder_named": noted,
    "step_done": step_answered,
    "step_skipped": step_answered,
    "eyes_checked": eyes_checked,
    "sign_seen": sign_told,
    "sign_gone": sign_told,
    "areas_counted": areas_counted,
    "stage_assessed": stage_assessed,
    "refill_checked": noted,
    "pain_scored": noted,
    "kit_fetched": noted,
    "vial_prepared": noted,
    "dose_given": dose_given,
    "photo_taken": noted,
    "call_made": noted,
    "drug_given": noted,
    "aspirin_decided": aspirin_decided,
    "note_written": noted,
    "vision_changed": noted,
    "anaphylaxis_suspected": noted,
    "collapse_noticed": branch_opened,
    "la_toxicity_suspected": branch_opened,
    "presentation_named": branch_opened,
    "lone_named": lone_named,
    "branch_closed": branch_closed,
    "decision_made": noted,
    "endpoint_observed": noted,
    "entry_struck": entry_struck,
    "strike_undone": strike_undone,
    "time_changed": time_changed,
    "details_added": details_added,
    "duplicate_resolved": duplicate_resolved,
    "conflict_resolved": conflict_resolved,
    "handover_given": noted,
    "emergency_ended": emergency_ended,
    "emergency_reopened": emergency_reopened,
    "made_real": made_real,
    "surprise_shown": surprise_shown,
}
