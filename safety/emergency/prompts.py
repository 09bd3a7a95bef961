"""What the screen asks for at this instant. Twin of prompts.mjs. Pure; every word comes from the protocol."""

from typing import Any

from safety.emergency import drills
from safety.emergency.answers import adrenaline_rows
from safety.emergency.banners import banners
from safety.emergency.calls import calls, lone, supply
from safety.emergency.conflicts import conflicts
from safety.emergency.doses import dose_data, duplicates, next_units, rounds_left, table, volumes
from safety.emergency.facts import MINUTE, doses, fill, latest, live, presentation
from safety.emergency.following import follow_ups, leave
from safety.emergency.leaving import criteria
from safety.emergency.refill import rechecked, rechecks, refills
from safety.emergency.steps import branch_now, glance, open_branches, path, transfer_why
from safety.emergency.timers import adrenaline_given, first_dose, status
from safety.emergency.told_twice import told_twice
from safety.emergency.tracks import all_steps, say, tracks

Json = dict[str, Any]


def prompts(protocol: Json, state: Json, true_ms: int) -> Json:
    """What is due, given, asked and missing at `true_ms` (epoch milliseconds). Needs a started run."""
    now_ms = drills.virtual(state, true_ms)
    view, branch = glance(protocol, state, now_ms), branch_now(state)
    paths = [path(protocol, state, view, name) for name in ["main", *open_branches(state)]]
    here = next(way for way in paths if way["branch"] == branch)
    left = rounds_left(protocol, state)
    short = left is not None and left <= protocol["stock"]["send_for_more"]["rounds"]
    open_now = tracks(protocol, state, view, paths, branch)
    step = next(track["step"] for track in open_now if track["current"])
    return {
        "elapsed_ms": max(0, now_ms - state["started_ms"]),
        "started_ms": state["started_ms"],
        "ended": state["status"] == "ended",
        "drill": state["drill"],
        "practice": drills.practice(state),
        "given": {"units": state["totals"]["units"], "doses": state["totals"]["doses"]},
        "dose": _dose(protocol, state, view),
        "refill": _refill(protocol, state, view),
        "first_dose": first_dose(protocol, state, now_ms),
        "step": step,
        "steps": all_steps(protocol, state, view, here),
        "tracks": open_now,
        "say": say(protocol, view, here["shown"], step["text"]),
        "presentation": presentation(state),
        "branches": _branches(protocol, state, view, branch),
        "rounds_left": left,
        "send_for_more": short,
        "supply": supply(protocol, state, short),
        "calls": calls(protocol, state, now_ms),
        "lone": lone(protocol, state, now_ms),
        "transfer": _transfer(protocol, state, view),
        "refills": refills(protocol, state),
        "recheck": _recheck(protocol, state, now_ms),
        "leave": leave(protocol, state, now_ms),
        "follow_ups": follow_ups(protocol, state),
        "banners": banners(protocol, state, view, branch),
        "questions": _questions(protocol, state),
        "counts": {name: state["totals"][name] for name in ("photos", "calls", "drugs", "refills")},
        "end": {"criteria": criteria(protocol, state, now_ms), "reasons": protocol["end"]["reasons"]},
    }


def _transfer(protocol: Json, state: Json, view: Json) -> Json | None:
    """Why the patient is moved; for a product that does not dissolve the clock starts at recognition."""
    why = transfer_why(protocol, state, view)
    since_ms = state["started_ms"] if "product" in why else None
    return {"why": why, "since_ms": since_ms} if why else None


def _dose(protocol: Json, state: Json, view: Json) -> Json:
    units, number = next_units(protocol, state), len(doses(state)) + 1
    drawn = volumes(protocol, state, units)
    data = dose_data(protocol, state, units)
    return {
        "number": number,
        "units": units,
        "due_ms": state["due"]["dose_ms"],
        "status": view["dose"],
        "volumes": drawn,
        "text": _dose_text(protocol, state, units),
        "hint": _dose_hint(protocol, state, units, drawn),
        "label": fill(protocol["words"]["dose_label"], number=number),
        "table": table(protocol),
        "event": None if data is None else {"type": "dose_given", "data": data},
    }


def _dose_text(protocol: Json, state: Json, units: int | None) -> str:
    words = protocol["words"]
    if state["due"]["dose_ms"] is None:
        return str(words["dose_none"])
    if units is not None:
        return fill(words["dose_inject"], units=units)
    return str(words["dose_count_first"] if table(protocol) else words["dose_guided"])


def _dose_hint(protocol: Json, state: Json, units: int | None, drawn: list[Json]) -> str:
    if units is not None and not drawn and state["due"]["dose_ms"] is not None:
        return str(protocol["words"]["volume_unknown"])
    return str(protocol["words"]["dose_hint_" + state["due"]["dose_why"]])


def _refill(protocol: Json, state: Json, view: Json) -> Json:
    last = latest(live(state, "refill_checked"))
    seen = None if last is None else {"result": last["data"]["result"], "at_ms": last["at_ms"]}
    every = protocol["refill"]["every"]["minutes"]
    return {"due_ms": state["due"]["refill_ms"], "status": view["refill"], "every_min": every, "last": seen}


def _branches(protocol: Json, state: Json, view: Json, branch: str) -> Json:
    due = state["due"]
    eyes = {"due_ms": due["eyes_ms"], "status": view["eyes"]}
    return {
        "vision": due["vision_ms"],
        "anaphylaxis": due["anaphylaxis_ms"],
        "current": branch,
        "adrenaline": None if due["anaphylaxis_ms"] is None else _adrenaline(protocol, state, view),
        "eyes": None if due["vision_ms"] is None else eyes,
        "collapse": due.get("collapse_ms"),
        "la_toxicity": due.get("la_toxicity_ms"),
        "loops": _loops(protocol, state, view),
        "limit": None if due["vision_ms"] is None else _limit(protocol, state, view),
        "differential": _differential(protocol, state),
    }


def _loops(protocol: Json, state: Json, view: Json) -> list[Json]:
    """What is done again, with when: drops looked at, bag off, faint better."""
    due = state["due"].get("loops", {})
    return [
        {
            "id": loop["id"],
            "branch": loop["branch"],
            "step": loop["step"],
            "text": loop["text"],
            "due_ms": due[loop["id"]],
            "status": view["loops"][loop["id"]],
        }
        for loop in protocol.get("loops", [])
        if due[loop["id"]] is not None
    ]


def _limit(protocol: Json, state: Json, view: Json) -> Json:
    """The outer limit for sight, counted up from when the change was first told."""
    since_ms, rule = state["due"]["vision_ms"], protocol["branches"]["vision"]["outer_limit"]
    until = since_ms + rule["minutes"] * MINUTE
    return {"since_ms": since_ms, "limit_ms": until, "passed": view["now_ms"] >= until, "text": rule["text"]}


def _differential(protocol: Json, state: Json) -> list[Json] | None:
    """Faint, anaphylaxis and anaesthetic poisoning side by side, while it is not known which."""
    if "collapse" not in open_branches(state):
        return None
    names = ("id", "name", "faint", "anaphylaxis", "la_toxicity")
    rows = protocol["branches"]["collapse"]["differential"]
    return [{name: row[name] for name in names} for row in rows]


def _recheck(protocol: Json, state: Json, now_ms: int) -> Json | None:
    """Checks still owed to a patient without signs: never bruise alone after a first look (clinical 1.3)."""
    due = rechecks(protocol, state)
    if not due or state["status"] != "running":
        return None
    done = [rechecked(protocol, state, at_ms) for at_ms in due]
    checks = [
        {"due_ms": at_ms, "done": was, "status": "none" if was else status(protocol, at_ms, now_ms, "refill")}
        for at_ms, was in zip(due, done, strict=True)
    ]
    return {"text": protocol["bruise_or_occlusion"]["rule"]["text"], "checks": checks}


def _adrenaline(protocol: Json, state: Json, view: Json) -> Json:
    rows = adrenaline_rows(protocol, state)
    text = rows[0]["label"] if len(rows) == 1 else protocol["words"]["adrenaline_unknown_age"]
    number = len(adrenaline_given(protocol, state)) + 1
    return {
        "due_ms": state["due"]["adrenaline_ms"],
        "status": view["adrenaline"],
        "number": number,
        "text": text,
    }


def _questions(protocol: Json, state: Json) -> list[Json]:
    words = protocol["words"]
    asked = [(pair, words["question_duplicate"]) for pair in duplicates(protocol, state)]
    asked += [(pair, words["question_same"]) for pair in told_twice(protocol, state)]
    found = [{"kind": "possible_duplicate", "events": pair, "text": text} for pair, text in asked]
    return [*found, *conflicts(protocol, state)]
