"""The emergency as a fold: one event after another into plain state. Twin of static/runner/reducer.mjs. Pure.

Nothing is ever deleted: corrections are events that point at earlier ones. Every due time, total and prompt
is worked out again from the facts that stand, so a struck dose leaves no trace in the timers.
"""

import hashlib
from collections.abc import Callable
from typing import Any

from safety.audit.canonical import dumps
from safety.emergency import drills
from safety.emergency.corrections import (
    conflict_resolved,
    details_added,
    duplicate_resolved,
    entry_struck,
    strike_undone,
    time_changed,
)
from safety.emergency.doses import approved
from safety.emergency.facts import doses, live
from safety.emergency.leaving import all_met
from safety.emergency.prompts import prompts
from safety.emergency.recording import fact_kept
from safety.emergency.shapes import FIELDS, KINDS, Json, Refused, clean, clean_context
from safety.emergency.timers import adrenaline_given, due_times

__all__ = ["STEPS", "Refused", "apply", "digest", "fold", "prompts", "start_state"]


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
    return _settle(protocol, _taken(protocol, state, event))


def fold(protocol: Json, state: Json, events: list[Json]) -> tuple[Json, list[str]]:
    """As `apply` one by one, with what came of each ("ok" or its code); due times are worked out once."""
    codes: list[str] = []
    for event in events:
        state, code = _tried(protocol, state, event)
        codes.append(code)
    return (_settle(protocol, state) if state["facts"] else state), codes


def _tried(protocol: Json, state: Json, event: Json) -> tuple[Json, str]:
    ready = _settle(protocol, state) if event.get("type") in LOOKS_AT_DUE and state["facts"] else state
    try:
        return _taken(protocol, ready, event), "ok"
    except Refused as refused:
        return ready, refused.code


LOOKS_AT_DUE = ("branch_closed", "emergency_ended")


def _taken(protocol: Json, state: Json, event: Json) -> Json:
    """The state with the event on record, its due times and totals not worked out yet."""
    _must_fit(state, event)
    marks, told = drills.marks(state, event), drills.told(state, event)
    data = clean(FIELDS[told["type"]], told.get("data"))
    return STEPS[told["type"]](protocol, state, {**told, "data": data, "marks": marks})


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


def _steps_of(protocol: Json) -> list[Json]:
    branches = [step for branch in protocol["branches"].values() for step in branch["steps"]]
    return [*protocol["steps"], *branches, *protocol["observation"]["criteria"]]


def _in(rows: list[Json], value: Any) -> None:
    if all(row["id"] != value for row in rows):
        raise Refused("not_in_protocol")


def noted(protocol: Json, state: Json, event: Json) -> Json:
    """A fact kept as it is."""
    return fact_kept(state, event)


def emergency_started(protocol: Json, state: Json, event: Json) -> Json:
    """The clock starts, whatever else is missing."""
    if state["status"] != "idle":
        raise Refused("already_started")
    context, whole = clean_context(event["data"]["context"])
    flags = () if whole else ("context_incomplete",)
    kept = {**event, "data": {"context": context, "drill": event["data"]["drill"]}}
    begun = {**drills.begun(state, event["data"]), "status": "running", "context": context}
    return fact_kept(begun, kept, *flags)


def step_answered(protocol: Json, state: Json, event: Json) -> Json:
    """A step or criterion of the protocol ticked, or skipped with its reason."""
    _in(_steps_of(protocol), event["data"]["step"])
    return fact_kept(state, event)


def eyes_checked(protocol: Json, state: Json, event: Json) -> Json:
    """Eyes and brain; one yes makes the whole check a yes, one unknown leaves it unknown."""
    answers = event["data"]["answers"] or {}
    for asked in answers:
        _in(protocol["eyes_check"]["questions"], asked)
    said = [event["data"]["any"], *answers.values()]
    worst = next(word for word in ("yes", "unknown", "no") if word in said)
    return fact_kept(state, {**event, "data": {**event["data"], "any": worst}})


def sign_told(protocol: Json, state: Json, event: Json) -> Json:
    """A sign of the protocol's list seen or gone."""
    _in(protocol["signs"], event["data"]["sign"])
    return fact_kept(state, event)


def areas_counted(protocol: Json, state: Json, event: Json) -> Json:
    """The affected areas, by name or by number; a name the protocol does not list is kept and marked."""
    named, count = event["data"]["areas"] or [], event["data"]["count"]
    if not named and count is None:
        raise Refused("bad_data")
    listed = [row["id"] for row in protocol["counting_areas"]["list"]]
    return fact_kept(
        state, event, *(("not_in_protocol",) if any(area not in listed for area in named) else ())
    )


def stage_assessed(protocol: Json, state: Json, event: Json) -> Json:
    """The stage of the skin."""
    _in(protocol["stages"], event["data"]["stage"])
    return fact_kept(state, event)


def dose_given(protocol: Json, state: Json, event: Json) -> Json:
    """A dose that was given is never refused; outside the approved table it is marked."""
    known = approved(protocol, event["data"]["units"])
    return fact_kept(state, event, *(() if known else ("not_in_protocol",)))


def aspirin_decided(protocol: Json, state: Json, event: Json) -> Json:
    """The prescriber's decision; given although a block was named, it is kept and marked."""
    against = event["data"]["decision"] == "given" and bool(event["data"]["blocks"])
    return fact_kept(state, event, *(("blocked",) if against else ()))


def branch_closed(protocol: Json, state: Json, event: Json) -> Json:
    """A branch that is open ends, with the reason."""
    if state["due"].get(event["data"]["branch"] + "_ms") is None:
        raise Refused("branch_not_open")
    return fact_kept(state, event)


def branch_opened(protocol: Json, state: Json, event: Json) -> Json:
    """Something that opens a branch of this protocol."""
    if OPENS[event["type"]] not in protocol["branches"]:
        raise Refused("not_in_protocol")
    return fact_kept(state, event)


OPENS = {
    "collapse_noticed": "collapse",
    "la_toxicity_suspected": "la_toxicity",
    "presentation_named": "phone",
}


def lone_named(protocol: Json, state: Json, event: Json) -> Json:
    """A nurse alone without prescriber, or no longer."""
    if "lone" not in protocol:
        raise Refused("not_in_protocol")
    return fact_kept(state, event)


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
    return {**fact_kept(state, event), "status": "ended", "ended": ended}


def emergency_reopened(protocol: Json, state: Json, event: Json) -> Json:
    """The run goes on, with the same clock."""
    if state["status"] != "ended":
        raise Refused("not_ended")
    return {**fact_kept({**state, "status": "running"}, event), "ended": None}


def made_real(protocol: Json, state: Json, event: Json) -> Json:
    """A drill becomes the emergency it has turned into, with what is known of the patient; never back."""
    context, whole = clean_context(event["data"]["context"])
    kept = {**event, "data": {"context": context}}
    return fact_kept(
        drills.made_real(state, event, context), kept, *(() if whole else ("context_incomplete",))
    )


def surprise_shown(protocol: Json, state: Json, event: Json) -> Json:
    """Something of the drill's script was shown to the people who practise."""
    return fact_kept(drills.surprised(state, event), event)


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
