"""What the report adds to its timeline: refill by place, paths side by side, photos, clocks, what came after.

Worked out from the report's content alone. Each section is a title, column heads and rows of text.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from safety.audit import canonical
from safety.emergency import refill, timeline
from safety.incidents.chart import live

if TYPE_CHECKING:
    from safety.incidents.figures import Run

Json = dict[str, Any]
Row = tuple[str, ...]
OPENERS = {
    "vision": ("vision_changed", "eyes_checked"),
    "anaphylaxis": ("anaphylaxis_suspected",),
    "collapse": ("collapse_noticed",),
    "la_toxicity": ("la_toxicity_suspected",),
}
OFFLINE_MS = 60 * timeline.SECOND_MS
STEP_MS = 2 * timeline.SECOND_MS  # a clock set right by less is told by nobody
CLOCK_CHANGED = "The clock of this tablet was changed"
CLOCK_NOTE = (
    "Times are those of the tablet that made the entry, on the server's scale. Elapsed time does not follow "
    "the tablet's own setting: it is counted from the start."
)
MEANT = {"normal": "Normal", "slow": "Slow", "none": "No refill"}


@dataclass(frozen=True)
class Section:
    """One more table of the report."""

    title: str
    heads: Row
    rows: tuple[Row, ...]
    note: str = ""


def sections(run: "Run") -> tuple[Section, ...]:
    """Every section that has something to say."""
    made = (
        known(run),
        refills(run),
        *paths(run),
        photos(run),
        further(run),
        follow_ups(run),
        debriefs(run),
        clocks(run),
    )
    return tuple(section for section in made if section.rows)


def known(run: "Run") -> Section:
    """What was known when it began. Reports issued before this was gathered have none of it."""
    rows = [(text,) for text in run.content.get("known", [])]
    return Section("Known when it began", ("Allergies, medicines, earlier fillers, overrides",), tuple(rows))


def refills(run: "Run") -> Section:
    """Every refill check, by place and cycle, with the other side and the baseline."""
    heads = ("Clock", "Place", "Refill", "Other side", "Before", "Judged", "Doses before")
    doses = [fact["at_ms"] for fact in live(run.state, "dose_given")]
    rows = [_refill(run, fact, doses) for fact in _by_place(live(run.state, "refill_checked"))]
    return Section("Refill by place", heads, tuple(rows), run.protocol["refill"]["rule"]["text"])


def _by_place(checks: list[Json]) -> list[Json]:
    places = list(dict.fromkeys(refill.place(fact["data"]) for fact in checks))
    return [fact for place in places for fact in checks if refill.place(fact["data"]) == place]


def _refill(run: "Run", fact: Json, doses: Sequence[int]) -> Row:
    data = fact["data"]
    slow = refill.abnormal(run.protocol, run.state, data)
    judged = "Abnormal" if slow else "Normal"
    return (
        run.clock(fact["at_ms"]),
        place_name(run, data),
        _seconds(data.get("refill_ds")) or MEANT[data["result"]],
        _seconds(data.get("mirror_ds")) or "Not taken",
        _seconds(data.get("baseline_ds")) or "Not known",
        judged,
        str(sum(at <= fact["at_ms"] for at in doses)),
    )


def _seconds(tenths: int | None) -> str:
    return "" if tenths is None else timeline.tenths(tenths)


def place_name(run: "Run", data: Json) -> str:
    """Upper lip, left."""
    names = timeline.labels(run.protocol)
    point = data.get("point") or ""
    name = names.get(point, point.replace("_", " ")) or run.protocol["words"]["affected_area"]
    return f"{name}, {data['side']}" if data.get("side") else str(name)


# --- paths side by side ------------------------------------------------------------------------------------


def paths(run: "Run") -> list[Section]:
    """For each path that was opened: its entries beside those of the occlusion while both ran."""
    return [
        section for name in OPENERS if name in run.protocol["branches"] for section in _episodes(run, name)
    ]


def _episodes(run: "Run", name: str) -> list[Section]:
    opened, found = None, []
    for fact in _in_order(run.state):
        if opened is None and _opens(fact, name):
            opened = fact["at_ms"]
        elif opened is not None and fact["type"] == "branch_closed" and fact["data"]["branch"] == name:
            found.append(_side_by_side(run, name, opened, fact["at_ms"]))
            opened = None
    if opened is not None:
        found.append(_side_by_side(run, name, opened, None))
    return found


def _in_order(state: Json) -> list[Json]:
    alive = [fact for fact in state["facts"] if fact["struck"] is None]
    return sorted(alive, key=lambda fact: int(fact["at_ms"]))


def _opens(fact: Json, name: str) -> bool:
    if fact["type"] not in OPENERS[name]:
        return False
    return bool(fact["type"] != "eyes_checked" or fact["data"]["any"] == "yes")


def _side_by_side(run: "Run", name: str, opened: int, closed: int | None) -> Section:
    branch = run.protocol["branches"][name]
    within = [
        fact
        for fact in _in_order(run.state)
        if opened <= fact["at_ms"] and (closed is None or fact["at_ms"] <= closed)
    ]
    names = timeline.labels(run.protocol) | dict(run.names)
    rows = tuple(_beside(run, fact, opened, _belongs(fact, name, branch), names) for fact in within)
    title = f"{branch['title']}, beside the occlusion"
    return Section(title, ("Clock", "Since opened", "Since start", "Occlusion", branch["title"]), rows)


def _beside(run: "Run", fact: Json, opened: int, own: bool, names: dict[str, str]) -> Row:
    text = timeline.words_for(fact, names, None)
    since = (fact["at_ms"] - opened, fact["at_ms"] - run.state["started_ms"])
    return (
        run.clock(fact["at_ms"]),
        timeline.elapsed(max(since[0], 0)),
        timeline.elapsed(max(since[1], 0)),
        "" if own else text,
        text if own else "",
    )


def _belongs(fact: Json, name: str, branch: Json) -> bool:
    """Is this entry the path's own: what opens or closes it, or answers one of its steps?"""
    if _opens(fact, name) or (fact["type"] == "branch_closed" and fact["data"]["branch"] == name):
        return True
    if fact["type"] in ("step_done", "step_skipped"):
        return any(step["id"] == fact["data"]["step"] for step in branch["steps"])
    if fact["type"] == "dose_given":
        return False  # hyaluronidase is the occlusion's, wherever it was asked for
    return any(_fits(fact, clause) for step in branch["steps"] for clause in step.get("answered_by", []))


def _fits(fact: Json, clause: Json) -> bool:
    where = clause.get("where", {})
    return fact["type"] == clause["type"] and all(fact["data"].get(key) in where[key] for key in where)


# --- photos, what came after -------------------------------------------------------------------------------


def photos(run: "Run") -> Section:
    """Every photo the log holds with the hash of its bytes."""
    names = timeline.labels(run.protocol)
    rows = [
        (
            run.clock(fact["at_ms"]),
            names.get(fact["data"].get("view") or "", "Photo"),
            place_name(run, fact["data"]) if fact["data"].get("point") else "",
            _groups(fact["data"].get("sha256")),
        )
        for fact in live(run.state, "photo_taken")
    ]
    return Section("Photos", ("Clock", "View", "Place", "SHA-256"), tuple(rows))


def _groups(digest: str | None) -> str:
    if not digest:
        return "Taken elsewhere: no hash recorded"
    return " ".join(digest[start : start + 8] for start in range(0, len(digest), 8))


def further(run: "Run") -> Section:
    """Runs that began because signs came back; each has a record of its own."""
    rows = [
        (
            run.stamp(other["started_ms"]),
            run.stamp(other["ended_ms"]) if other["ended_ms"] else "Running",
            f"{other['units']} units, {_doses(other['doses'])}",
            other["id"],
        )
        for other in run.content["further"]
    ]
    return Section(
        "Signs came back: further runs", ("Started", "Ended", "Hyaluronidase", "Record"), tuple(rows)
    )


def _doses(count: int) -> str:
    return f"{count} dose" if count == 1 else f"{count} doses"


def follow_ups(run: "Run") -> Section:
    """Calls and visits after the run, and what became of each when this was issued."""
    rows = [
        (one["title"], run.stamp(one["due_ms"]), one["standing"], "; ".join(one["said"]))
        for one in run.content["follow_ups"]
    ]
    return Section("Follow-up", ("What", "Due", "State", "Outcome"), tuple(rows))


def debriefs(run: "Run") -> Section:
    """What the team said afterwards."""
    rows = [
        (run.stamp(one["at_ms"]), one["by"], topic, text)
        for one in run.content["debriefs"]
        for topic, text in (
            ("Went well", one["went_well"]),
            ("To change", one["to_change"]),
            ("The team", one["wellbeing"]),
        )
        if text
    ]
    return Section("Debrief", ("Recorded", "By", "About", "What was said"), tuple(rows))


# --- clocks ------------------------------------------------------------------------------------------------


def clocks(run: "Run") -> Section:
    """Whose clocks these times are, what moved them, what came late and what was corrected."""
    told = [_Told(event) for event in run.content["events"]]
    devices = list(dict.fromkeys(one.device for one in told))
    rows = [row for device in devices for row in _device(run, [one for one in told if one.device == device])]
    return Section("Clocks", ("Device", "What"), (*rows, *_changed(run), *_amended(run)), CLOCK_NOTE)


class _Told:
    """An event with its device's own numbers; a body that cannot be read has none."""

    def __init__(self, event: Json) -> None:
        body = canonical.loads(event["body"].encode())
        self.device = str(body.get("device") or "unknown")
        self.seq, self.at, self.mono = (_number(body.get(key)) for key in ("seq", "at_ms", "mono_ms"))
        self.received = int(event["received_ms"])


def _number(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _device(run: "Run", told: list[_Told]) -> list[Row]:
    name = told[0].device[:8]
    timed = sorted((one for one in told if one.at is not None), key=lambda one: one.seq or 0)
    if not timed:
        return [(name, f"{_entries(len(told))}, none with a time that can be read")]
    ats = [one.at for one in timed if one.at is not None]
    line = f"{_entries(len(told))}, {run.clock(min(ats))} to {run.clock(max(ats))}"
    return [
        (name, line),
        *((name, text) for text in (*_offline(run, timed), *_steps(run, timed), *_missing(timed))),
    ]


def _entries(count: int) -> str:
    return f"{count} entry" if count == 1 else f"{count} entries"


def _offline(run: "Run", timed: list[_Told]) -> list[str]:
    """Spans whose entries reached the server over a minute later."""
    spans: list[list[_Told]] = []
    late = False
    for one in timed:
        is_late = one.received - (one.at or 0) > OFFLINE_MS
        if is_late and late:
            spans[-1].append(one)
        elif is_late:
            spans.append([one])
        late = is_late
    return [_span(run, span) for span in spans]


def _span(run: "Run", span: list[_Told]) -> str:
    first, last = span[0].at or 0, span[-1].at or 0
    arrived = max(one.received for one in span)
    return (
        f"Not sent at once: {_entries(len(span))} from {run.clock(first)} to {run.clock(last)}, "
        f"all here at {run.clock(arrived)}"
    )


def _steps(run: "Run", timed: list[_Told]) -> Iterable[str]:
    """Where wall and monotonic time drew apart between two entries: the clock was set right, or restarted."""
    for before, after in pairwise(timed):
        if None in (before.at, before.mono, after.at, after.mono):
            continue
        wall, mono = after.at - before.at, after.mono - before.mono  # type: ignore[operator]  # looked at above
        if mono < 0:
            yield f"Started anew before {run.clock(after.at or 0)}"
        elif abs(wall - mono) > STEP_MS:
            yield f"Set right by {_signed(wall - mono)} before {run.clock(after.at or 0)}"


def _signed(ms: int) -> str:
    return f"{'+' if ms > 0 else '-'}{timeline.span(abs(ms))}"


def _missing(timed: list[_Told]) -> list[str]:
    seen = {one.seq for one in timed if one.seq is not None}
    gone = sorted(set(range(min(seen, default=0), max(seen, default=0))) - seen)
    return [f"Entries that have not arrived: numbers {', '.join(map(str, gone))}"] if gone else []


def _changed(run: "Run") -> list[Row]:
    notes = [
        fact for fact in live(run.state, "note_written") if fact["data"]["text"].startswith(CLOCK_CHANGED)
    ]
    return [((fact["device"] or "unknown")[:8], fact["data"]["text"]) for fact in notes]


def _amended(run: "Run") -> list[Row]:
    """Every time that was corrected, with who and why; the entry itself shows both times."""
    facts = {fact["id"]: fact for fact in run.state["facts"]}
    names = timeline.labels(run.protocol) | dict(run.names)
    rows: list[Row] = []
    for change in run.state["changes"]:
        if change["type"] == "time_changed" and change["data"]["event"] in facts:
            fact = facts[change["data"]["event"]]
            text = timeline.words_for(fact, names, None)
            who = timeline.person(change.get("actor"), names)
            said = f"{run.clock(fact['recorded_ms'])} corrected to {run.clock(change['data']['at_ms'])}"
            rows.append(("Corrected", f"{text}: {said} by {who}. Reason: {change['data']['reason']}"))
    return rows
