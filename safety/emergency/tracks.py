"""Each path that is open, with its own step: what to do, how, what comes next. Twin of tracks.mjs. Pure."""

from typing import Any

from safety.emergency.answers import answers, point_now
from safety.emergency.doses import next_units
from safety.emergency.facts import fill
from safety.emergency.leaving import criteria
from safety.emergency.steps import alarm_of, listing, urged

Json = dict[str, Any]


def tracks(protocol: Json, state: Json, view: Json, paths: list[Json], branch: str) -> list[Json]:
    """The occlusion and every open branch, each with its full step; the one on screen is current."""
    return [
        {
            "id": way["branch"],
            "title": _title(protocol, way["branch"]),
            "since_ms": state["started_ms"]
            if way["branch"] == "main"
            else state["due"][way["branch"] + "_ms"],
            "step": step_now(protocol, state, view, way),
            "current": way["branch"] == branch,
        }
        for way in paths
    ]


def _title(protocol: Json, branch: str) -> str:
    return str(protocol["title"] if branch == "main" else protocol["branches"][branch]["title"])


def say(protocol: Json, view: Json, shown: Json, text: str) -> str:
    """What is read aloud now: what fell due elsewhere, then the step on screen."""
    return " ".join([*due_lines(protocol, view, shown), text])


def due_lines(protocol: Json, view: Json, shown: Json) -> list[str]:
    """A line for each timer that is due and whose step is not the one on screen."""
    words = protocol["words"]
    names = [name for name in ("adrenaline", "dose", "eyes", "refill") if view[name] in ("due", "late")]
    return [words["say_" + name] for name in names if "say_" + name in words and shown.get("alarm") != name]


def step_now(protocol: Json, state: Json, view: Json, way: Json) -> Json:
    """The step of a path to show, in full."""
    shown, following = way["shown"], _next(protocol, state, view, way)
    return {
        "id": shown["id"],
        "number": [step["id"] for step in way["steps"]].index(shown["id"]) + 1,
        "of": len(way["steps"]),
        "text": _words_of(protocol, state, view, shown),
        "help": _help(protocol, state, shown),
        "look": _look(view, way["branch"], shown),
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


def _next(protocol: Json, state: Json, view: Json, way: Json) -> Json:
    """The step after this one: the next open one, else what falls due first."""
    shown = way["shown"]
    waiting = [step for step in way["open"] if step["id"] != shown["id"]]
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


def all_steps(protocol: Json, state: Json, view: Json, way: Json) -> list[Json]:
    """Every step of a path, with its state."""
    by_id = {step["id"]: step for step in way["steps"]}
    lines = listing(state, way)
    return [{**line, "text": _words_of(protocol, state, view, by_id[line["id"]])} for line in lines]
