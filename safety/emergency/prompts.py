"""What the screen asks for at this instant. Twin of prompts.mjs. Pure; every word comes from the protocol."""

from typing import Any

from safety.emergency import drills
from safety.emergency.answers import adrenaline_rows, answers, point_now
from safety.emergency.banners import banners
from safety.emergency.doses import dose_data, duplicates, next_units, rounds_left, table, volumes
from safety.emergency.facts import doses, fill, latest, live
from safety.emergency.leaving import criteria
from safety.emergency.steps import branch_now, current, glance, is_open, listing, steps_of, urged
from safety.emergency.timers import adrenaline_given, first_dose

Json = dict[str, Any]


def prompts(protocol: Json, state: Json, true_ms: int) -> Json:
    """What is due, given, asked and missing at `true_ms` (epoch milliseconds). Needs a started run."""
    now_ms = drills.virtual(state, true_ms)
    view, branch = glance(protocol, state, now_ms), branch_now(state)
    shown = current(protocol, state, view, branch)
    left = rounds_left(protocol, state)
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
        "step": _step(protocol, state, view, branch, shown),
        "steps": _steps(protocol, state, view, branch, shown),
        "branches": _branches(protocol, state, view, branch),
        "rounds_left": left,
        "send_for_more": left is not None and left <= protocol["stock"]["send_for_more"]["rounds"],
        "banners": banners(protocol, state, view, branch),
        "questions": _questions(protocol, state),
        "counts": {name: state["totals"][name] for name in ("photos", "calls", "drugs", "refills")},
        "end": {"criteria": criteria(protocol, state, now_ms), "reasons": protocol["end"]["reasons"]},
    }


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


def _step(protocol: Json, state: Json, view: Json, branch: str, shown: Json) -> Json:
    listed = steps_of(protocol, state, branch)
    following = _next(protocol, state, view, branch, shown)
    return {
        "id": shown["id"],
        "number": [step["id"] for step in listed].index(shown["id"]) + 1,
        "of": len(listed),
        "text": _words_of(protocol, state, view, shown),
        "help": _help(protocol, state, shown),
        "look": _look(view, branch, shown),
        "clock": shown["clock"],
        "answers": [] if state["status"] == "ended" else answers(protocol, state, view["now_ms"], shown),
        "next": following["text"],
        "next_at_ms": following["at_ms"],
    }


def _words_of(protocol: Json, state: Json, view: Json, step: Json) -> str:
    """The step's text with units or criterion put in; its other wording while those are not known."""
    if "{units}" in step["text"]:
        units = next_units(protocol, state)
        return str(step["text_unknown"]) if units is None else fill(step["text"], units=units)
    if "{criterion}" not in step["text"]:
        return str(step["text"])
    missing = [row["text"] for row in criteria(protocol, state, view["now_ms"]) if row["met"] is None]
    return fill(step["text"], criterion=missing[0]) if missing else str(step["text_unknown"])


def _help(protocol: Json, state: Json, step: Json) -> str:
    if step["ask"] != "refill":
        return str(step["help"])
    at, words = point_now(protocol, state), protocol["words"]
    point = point_name(protocol, at["point"])
    if at["side"] is None:
        return fill(words["refill_at"], point=point)
    return fill(words["refill_at_side"], point=point, side=words["side_" + at["side"]])


def point_name(protocol: Json, point: str | None) -> str:
    """The name of a point of the face; the general words for one this protocol does not name."""
    listed = [*protocol["counting_areas"]["list"], *protocol["counting_areas"]["other_points"]]
    named = [str(row["name"]) for row in listed if row["id"] == point]
    return named[0] if named else str(protocol["words"]["affected_area"])


def _look(view: Json, branch: str, step: Json) -> str:
    """due or late while a timer asks for this step, stop in a branch, else plain."""
    if urged(view, step):
        return str(view[step["alarm"]])
    return "plain" if branch == "main" else "stop"


def _next(protocol: Json, state: Json, view: Json, branch: str, shown: Json) -> Json:
    """The step after this one: the next open one, else what falls due first."""
    listed = steps_of(protocol, state, branch)
    waiting = [
        step for step in listed if step["id"] != shown["id"] and is_open(protocol, state, view, step, branch)
    ]
    if waiting:
        return {"text": _words_of(protocol, state, view, waiting[0]), "at_ms": None}
    ahead = sorted(_ahead(protocol, state, shown), key=lambda row: int(row["at_ms"]))
    return ahead[0] if ahead else {"text": None, "at_ms": None}


def _ahead(protocol: Json, state: Json, shown: Json) -> list[Json]:
    words, due, units = protocol["words"], state["due"], next_units(protocol, state)
    again = words["next_dose_count"] if units is None else fill(words["next_dose"], units=units)
    rows = [
        {"text": words["next_adrenaline"], "at_ms": due["adrenaline_ms"]},
        {"text": again, "at_ms": due["dose_ms"]},
        {"text": words["next_refill"], "at_ms": due["refill_ms"]},
    ]
    return [
        row for row in rows if row["at_ms"] is not None and not (shown["ask"] == "refill" and row is rows[2])
    ]


def _steps(protocol: Json, state: Json, view: Json, branch: str, shown: Json) -> list[Json]:
    by_id = {step["id"]: step for step in steps_of(protocol, state, branch)}
    lines = listing(protocol, state, view, branch, shown)
    return [{**line, "text": _words_of(protocol, state, view, by_id[line["id"]])} for line in lines]


def _branches(protocol: Json, state: Json, view: Json, branch: str) -> Json:
    due = state["due"]
    eyes = {"due_ms": due["eyes_ms"], "status": view["eyes"]}
    return {
        "vision": due["vision_ms"],
        "anaphylaxis": due["anaphylaxis_ms"],
        "current": branch,
        "adrenaline": None if due["anaphylaxis_ms"] is None else _adrenaline(protocol, state, view),
        "eyes": None if due["vision_ms"] is None else eyes,
    }


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
    text = protocol["words"]["question_duplicate"]
    return [
        {"kind": "possible_duplicate", "events": pair, "text": text} for pair in duplicates(protocol, state)
    ]
