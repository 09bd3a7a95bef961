"""From the folded state of a run to the rows people read. Pure: the same rows on the page, in the PDF and in
proof.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from safety.emergency import drills
from safety.emergency.facts import stands

Json = dict[str, Any]
Names = Mapping[str, str]
SECOND_MS = 10**3
DOSE, STRUCK, PLAIN = "dose", "struck", "plain"


@dataclass(frozen=True)
class Row:
    """One line of the timeline: when it happened, what, remarks below it, who recorded it, and how
    it looks.
    """

    at_ms: int
    elapsed_ms: int
    text: str
    remarks: tuple[str, ...]
    who: str
    look: str
    id: str = ""


def rows(protocol: Json, state: Json, people: Names, clock_of: Callable[[int], str]) -> list[Row]:
    """The timeline of a run, by when things happened. `people` names members by id, `clock_of` writes a
    clock time. A fast drill is told in true clock times; what elapsed is counted in its own.
    """
    names = labels(protocol) | dict(people)
    started_ms = state["started_ms"]
    numbers = _dose_numbers(state)
    ordered = sorted(enumerate(state["facts"]), key=lambda pair: (pair[1]["at_ms"], pair[0]))
    found = [
        _row(fact, names, started_ms, numbers, lambda ms: clock_of(drills.actual(state, ms)))
        for _, fact in ordered
    ]
    return [replace(row, at_ms=drills.actual(state, row.at_ms)) for row in found]


def _row(
    fact: Json, names: Names, started_ms: int, numbers: Mapping[str, int], clock_of: Callable[[int], str]
) -> Row:
    struck = fact["struck"] is not None
    look = STRUCK if struck else DOSE if fact["type"] == "dose_given" else PLAIN
    return Row(
        at_ms=fact["at_ms"],
        elapsed_ms=max(fact["at_ms"] - started_ms, 0),
        text=words_for(fact, names, numbers.get(fact["id"])),
        remarks=tuple(remarks(fact, names, clock_of)),
        who=person(fact.get("actor"), names),
        look=look,
        id=fact["id"],
    )


UNCONFIRMED = "identity not confirmed"
REVOKED = "Sent by a tablet that had been revoked"


def countersigned(claim: str, name: str) -> str:
    """Who answered afterwards for an entry made with nobody signed in."""
    return f"countersigned by {name}" + (", who recorded it" if claim == "recorded" else "")


def attested(found: Iterable[Row], answers: Names, remarks_of: Names) -> list[Row]:
    """The rows with who answered for each, and a further remark; both by the id of the entry."""
    return [
        replace(
            row,
            who=f"{row.who}; {answers[row.id]}" if row.id in answers else row.who,
            remarks=(*row.remarks, remarks_of[row.id]) if row.id in remarks_of else row.remarks,
        )
        for row in found
    ]


def person(member_id: str | None, names: Names) -> str:
    """Who recorded it: a name, or the plain fact that nobody was signed in."""
    return names.get(member_id, "Member of staff") if member_id else "Not signed in"


def labels(protocol: Json) -> dict[str, str]:
    """What ids of this protocol are called: areas, signs, steps, stages, drugs."""
    found: dict[str, str] = {}
    _collect(protocol, found)
    return found


def _collect(node: Any, found: dict[str, str]) -> None:
    if isinstance(node, list):
        for item in node:
            _collect(item, found)
    elif isinstance(node, dict):
        name = node.get("name") or node.get("label") or node.get("title") or node.get("text")
        if isinstance(node.get("id"), str) and isinstance(name, str):
            found.setdefault(node["id"], name)
        _collect_answers(node, found)
        for item in node.values():
            _collect(item, found)


def _collect_answers(node: Json, found: dict[str, str]) -> None:
    """What the answers of a step say, as `step/answer`; of a list used by steps elsewhere, as `/answer`."""
    for answer in node.get("answers") or []:
        if isinstance(answer, dict) and "key" in answer and "label" in answer:
            owner = node.get("id", "") if "type" in answer else ""
            found.setdefault(f"{owner}/{answer['key']}", answer["label"])


def _dose_numbers(state: Json) -> dict[str, int]:
    given = [fact for fact in state["facts"] if fact["type"] == "dose_given" and stands(fact)]
    ordered = sorted(given, key=lambda fact: int(fact["at_ms"]))
    return {fact["id"]: number for number, fact in enumerate(ordered, start=1)}


def remarks(fact: Json, names: Names, clock_of: Callable[[int], str]) -> list[str]:
    """What was said about an entry later: struck, moved in time, flagged."""
    lines = []
    struck = fact["struck"]
    if struck is not None:
        by = person(struck.get("actor"), names)
        lines.append(f"Struck {clock_of(struck['at_ms'])} by {by}. Reason: {struck['reason']}. Original kept")
    if fact.get("recorded_ms") not in (None, fact["at_ms"]):
        lines.append(f"Recorded {clock_of(fact['recorded_ms'])}, happened {clock_of(fact['at_ms'])}")
    if fact.get("time_reason"):
        lines.append(f"Time changed. Reason: {fact['time_reason']}")
    given = ["A person said it was really given"] if fact["data"].get("given") is True else []
    return [*lines, *(FLAGS[flag] for flag in fact.get("flags", []) if flag in FLAGS), *given]


FLAGS = {
    "not_in_protocol": "Not in the approved dose table",
    "after_end": "Recorded after the emergency ended",
    "possible_duplicate": "Possible duplicate",
    "duplicate_void": "Judged to be the same dose: void",
    "in_drill": "In the drill, before it was made real",
}


def words_for(fact: Json, names: Names, number: int | None) -> str:
    """What an entry says. Facts, past tense, number before unit."""
    data = fact["data"]
    if fact["type"] == "dose_given":
        return dose_words(data, number)
    writer = WRITERS.get(fact["type"])
    return writer(data, names) if writer else fact["type"].replace("_", " ").capitalize()


def dose_words(data: Json, number: int | None) -> str:
    """Dose 1: 1500 units hyaluronidase, 1 millilitre, lot H0118L."""
    head = f"Dose {number}" if number else "Dose"
    parts = [f"{head}: {data['units']} units hyaluronidase"]
    if data.get("volume_ul"):
        parts.append(millilitres(data["volume_ul"]))
    parts.append(f"lot {data['lot_code']}" if data.get("lot_code") else "lot not recorded")
    return ", ".join(parts)


def millilitres(microlitres: int) -> str:
    """0.33 millilitres, from microlitres, exact."""
    whole, rest = divmod(microlitres, 10**3)
    text = f"{whole}.{rest:03d}".rstrip("0").rstrip(".")
    return f"{text} millilitre" if text == "1" else f"{text} millilitres"


def tenths(value: int) -> str:
    """2.5 seconds, from tenths of a second."""
    whole, rest = divmod(value, 10)
    text = f"{whole}.{rest}" if rest else str(whole)
    return f"{text} second" if text == "1" else f"{text} seconds"


def span(ms: int) -> str:
    """4 min 30 s, or 1 h 28 min: a duration as the tiles show it."""
    hours, minutes, seconds = _hms(ms)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {seconds} s" if minutes else f"{seconds} s"


def elapsed(ms: int) -> str:
    """00:58:08."""
    hours, minutes, seconds = _hms(ms)
    return f"{hours:02d}:{minutes:02d}:{seconds:02d}"


def _hms(ms: int) -> tuple[int, int, int]:
    minutes, seconds = divmod(ms // SECOND_MS, 60)
    return minutes // 60, minutes % 60, seconds


def _place(data: Json, names: Names) -> str:
    point = names.get(data.get("point") or "", data.get("point") or "")
    side = data.get("side")
    return f"{point}, {side}" if point and side in ("left", "right") else point


def _with(text: str, *more: str | None) -> str:
    return ". ".join(item.rstrip(".") for item in (text, *more) if item)


def _refill(data: Json, names: Names) -> str:
    text = "No refill" if data["result"] == "none" else f"Refill {data['result']}"
    if data.get("refill_ds") is not None:
        text += f", {tenths(data['refill_ds'])}"
    if data.get("mirror_ds") is not None:
        text += f", other side {tenths(data['mirror_ds'])}"
    return _with(text, _place(data, names))


def _named(key: str, data: Json, names: Names) -> str:
    return names.get(data.get(key) or "", data.get(key) or "")


def _areas(data: Json, names: Names) -> str:
    listed = ", ".join(names.get(area, area) for area in data.get("areas") or [])
    if not listed:
        return f"Areas counted: {data.get('count') or 0}"
    return f"Areas counted: {len(data['areas'])} ({listed})"


def _eyes(data: Json, names: Names) -> str:
    words = {"yes": "a sign found", "no": "no sign", "unknown": "not known"}
    found = [names.get(key, key) for key, answer in (data.get("answers") or {}).items() if answer == "yes"]
    return _with(f"Eyes and brain checked: {words[data['any']]}", *found)


def _call(data: Json, names: Names) -> str:
    whom = data.get("name") or names.get(data["to"], data["to"].replace("_", " "))
    answered = names.get(data.get("outcome") or "", (data.get("outcome") or "").replace("_", " "))
    return _with(f"Call made: {whom}" + (f", {answered}" if answered else ""), data.get("advice"))


def _vial(data: Json, names: Names) -> str:
    # the units are those to draw: beside the vial's water they would read as its strength
    parts = ["Vial prepared"]
    if data.get("dilution_ul"):
        parts.append(f"mixed with {millilitres(data['dilution_ul'])}")
    if data.get("units") and data.get("volume_ul"):
        parts.append(f"{data['units']} units drawn in {millilitres(data['volume_ul'])}")
    if data.get("lot_code"):
        parts.append(f"lot {data['lot_code']}")
    return ", ".join(parts)


def _drug(data: Json, names: Names) -> str:
    parts = [names.get(data["drug"], data["drug"].replace("_", " ")), data.get("dose"), data.get("route")]
    lot = f"lot {data['lot_code']}" if data.get("lot_code") else None
    return "Other drug: " + ", ".join(part for part in [*parts, lot] if part)


def _step(data: Json, names: Names) -> str:
    answer = data.get("answer") or ""
    said = names.get(f"{data['step']}/{answer}") or names.get(f"/{answer}") or answer.replace("_", " ")
    return _with(f"Done: {_named('step', data, names)}", None if answer == "done" else said)


def _ended(data: Json, names: Names) -> str:
    reason = names.get(data["reason"], data["reason"].replace("_", " "))
    return _with(f"Emergency ended. Reason: {reason}", data.get("why"), data.get("patient_state"))


CAME = {"during": "Seen during treatment", "late": "Came back later", "phone": "On the phone"}

Writer = Callable[[Json, Names], str]
WRITERS: dict[str, Writer] = {
    "emergency_started": lambda data, names: (
        "Drill started" if data.get("drill") else "Emergency started. Injection stopped"
    ),
    "patient_named": lambda data, names: "Patient named",
    "recorder_named": lambda data, names: f"Recorder: {_named('member', data, names) or data.get('text')}",
    "step_done": _step,
    "step_skipped": lambda data, names: _with(
        f"Not done: {_named('step', data, names)}", f"Reason: {data['reason']}"
    ),
    "eyes_checked": _eyes,
    "sign_seen": lambda data, names: _with(f"Sign seen: {_named('sign', data, names)}", _place(data, names)),
    "sign_gone": lambda data, names: _with(f"Sign gone: {_named('sign', data, names)}", _place(data, names)),
    "areas_counted": _areas,
    "stage_assessed": lambda data, names: f"Stage: {_named('stage', data, names)}",
    "refill_checked": _refill,
    "pain_scored": lambda data, names: f"Pain {data['score']} of 10",
    "kit_fetched": lambda data, names: "Emergency kit in hand",
    "vial_prepared": _vial,
    "photo_taken": lambda data, names: _with("Photo taken", _place(data, names)),
    "call_made": _call,
    "drug_given": _drug,
    "aspirin_decided": lambda data, names: _with(
        f"Aspirin: {names.get(data['decision'], data['decision'].replace('_', ' '))}",
        data.get("reason"),
        *(names.get(block, block) for block in data.get("blocks") or []),
    ),
    "note_written": lambda data, names: f"Note: {data['text']}",
    "vision_changed": lambda data, names: _with("Vision change reported", data.get("text")),
    "anaphylaxis_suspected": lambda data, names: _with("Anaphylaxis suspected", data.get("text")),
    "collapse_noticed": lambda data, names: _with("Collapse", data.get("text")),
    "la_toxicity_suspected": lambda data, names: _with("Anaesthetic toxicity suspected", data.get("text")),
    "presentation_named": lambda data, names: CAME[data["presentation"]],
    "lone_named": lambda data, names: "Alone, no prescriber" if data["alone"] else "No longer alone",
    "branch_closed": lambda data, names: (
        f"{data['branch'].replace('_', ' ').capitalize()} path closed. Reason: {data['reason']}"
    ),
    "decision_made": lambda data, names: _with(
        f"Decision, {names.get(data['about'], data['about'].replace('_', ' '))}: "
        f"{names.get(data['decision'], data['decision'].replace('_', ' '))}",
        data.get("reason"),
    ),
    "endpoint_observed": lambda data, names: "Endpoint met" if data["met"] else "Endpoint not met",
    "duplicate_resolved": lambda data, names: _with(
        "Equal doses looked at: " + ("one is void" if data.get("void") else "both were given"),
        data.get("reason"),
    ),
    "handover_given": lambda data, names: _with("Handed over", data.get("name") or data.get("to")),
    "emergency_ended": _ended,
    "emergency_reopened": lambda data, names: f"Emergency reopened. Reason: {data['reason']}",
    "made_real": lambda data, names: "MADE REAL: the drill is an emergency from here on",
    "surprise_shown": lambda data, names: f"Surprise: {data['surprise'].replace('_', ' ')}",
}
