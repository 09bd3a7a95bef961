"""Each path that is open, with its own step: what to do, how, what comes next. Twin of tracks.mjs. Pure."""

from typing import Any

from safety.emergency.answers import answers, point_now
from safety.emergency.doses import next_units
from safety.emergency.facts import fill
from safety.emergency.leaving import criteria
from safety.emergency.steps import alarm_of, current, is_open, listing, open_branches, steps_of, urged

Json = dict[str, Any]


def tracks(protocol: Json, state: Json, view: Json, branch: str) -> list[Json]:
    """The occlusion and every open branch, each with its full step; the one on screen is current."""
    return [
        {
            "id": name,
            "title": protocol["title"] if name == "main" else protocol["branches"][name]["title"],
            "since_ms": state["started_ms"] if name == "main" else state["due"][name + "_ms"],
            "step": step_now(protocol, state, view, name, current(protocol, state, view, name)),
            "current": name == branch,
        }
        for name in ["main", *open_branches(state)]
    ]


def say(protocol: Json, state: Json, view: Json, branch: str, step: Json) -> str:
    """What is read aloud now: what fell due elsewhere, then the step on screen."""
    return " ".join([*due_lines(protocol, state, view, branch), step["text"]])


def due_lines(protocol: Json, state: Json, view: Json, branch: str) -> list[str]:
    """A line for each timer that is due and whose step is not the one on screen."""
    shown, words = current(protocol, state, view, branch), protocol["words"]
    names = [name for name in ("adrenaline", "dose", "eyes", "refill") if view[name] in ("due", "late")]
    return [words["say_" + name] for name in names if "say_" + name in words and shown.get("alarm") != name]


def step_now(protocol: Json, state: Json, view: Json, branch: str, shown: Json) -> Json:
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
        return alarm_of(view, step)
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


def all_steps(protocol: Json, state: Json, view: Json, branch: str, shown: Json) -> list[Json]:
    by_id = {step["id"]: step for step in steps_of(protocol, state, branch)}
    lines = listing(protocol, state, view, branch, shown)
    return [{**line, "text": _words_of(protocol, state, view, by_id[line["id"]])} for line in lines]
