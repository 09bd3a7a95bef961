"""What the report's page says, worked out from the report's content alone: page and proof use the same
function.
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from safety.audit import canonical
from safety.emergency import drills, reading, reducer, timeline
from safety.emergency.replay import refolded
from safety.incidents import chart
from safety.incidents.sections import Section, sections
from safety.protocols import load, rules

Json = dict[str, Any]
MINUTE = 60 * timeline.SECOND_MS
LATE_MS = MINUTE
FIRST_FORMAT = "reflow-incident-report/1"  # issued before there were sections: such a page must still verify


@dataclass(frozen=True)
class Page:
    """Everything the template draws, as text ready to print."""

    title: str
    subtitle: str
    drill: bool
    draft: Json
    head: tuple[str, ...]
    tiles: tuple[tuple[str, str], ...]
    facts: tuple[tuple[str, str], ...]
    chart: chart.Chart | None
    rows: tuple[Json, ...]
    refused: tuple[Json, ...]
    steps: tuple[tuple[str, str], ...]
    deviations: tuple[str, ...]
    sections: tuple[Section, ...]
    protocol: tuple[tuple[str, str], ...]
    issued: str


@dataclass(frozen=True)
class Run:
    """A run folded again from the report's own content."""

    content: Json
    protocol: Json
    state: Json
    prompts: Json
    zone: ZoneInfo
    names: Mapping[str, str]

    def at(self, ms: int) -> datetime:
        """An instant in the clinic's time zone."""
        return datetime.fromtimestamp(ms / 1e3, UTC).astimezone(self.zone)

    def clock(self, ms: int) -> str:
        """14:09:25 in the clinic."""
        return self.at(ms).strftime("%H:%M:%S")

    def stamp(self, ms: int) -> str:
        """22 Nov 2026 14:09 in the clinic."""
        return f"{day(self.at(ms).date())} {self.at(ms):%H:%M}"


class Unreadable(ValueError):
    """The content does not hang together: its protocol or its events cannot be read."""


def replay(content: Json) -> Run:
    """Fold the content's events with the content's protocol. Raises Unreadable."""
    try:
        file = base64.b64decode(content["protocol"]["file"], validate=True)
        loaded = load.load_bytes(file, content["protocol"]["id"])
        values = content["protocol"]["parameters"]
        protocol = {**rules.resolve(loaded.body, values), "digest": rules.digest(loaded.file_sha256, values)}
    except (load.Broken, rules.Refused, ValueError, KeyError) as fault:
        raise Unreadable(f"the protocol inside cannot be read: {fault}") from fault
    state = refolded(protocol, reducer.start_state(protocol), folded_events(content))
    if state["drill"] is not content["emergency"]["drill"]:
        raise Unreadable("the report and its events differ on whether this was a drill")
    names = {key: person["name"] for key, person in content["people"].items()}
    prompts = reducer.prompts(protocol, state, last_ms(content))
    return Run(content, protocol, state, prompts, ZoneInfo(content["clinic"]["time_zone"]), names)


def folded_events(content: Json) -> list[Json]:
    """The events that were not refused, as the reducer takes them."""
    accepted = (event for event in content["events"] if event["refused"] is None)
    return [{**canonical.loads(event["body"].encode()), "actor": event["actor"]} for event in accepted]


def last_ms(content: Json) -> int:
    """When the run stood still: its last event, as happened or received."""
    return max(int(event["received_ms"]) for event in content["events"])


def page(content: Json) -> Page:
    """The page of this content. Raises Unreadable."""
    run = replay(content)
    number = content["incident"]["number"]
    return Page(
        title=run.protocol["title"],
        subtitle=_subtitle(run),
        drill=run.state["drill"],
        draft={"number": number, "revision": content["revision"]},
        head=_head(run),
        tiles=_tiles(run),
        facts=_facts(run),
        chart=chart.of(run.state, run.protocol, run.at),
        rows=tuple(_row(run, row) for row in _timeline(run)),
        refused=tuple(_refused(run, event) for event in content["events"] if event["refused"]),
        steps=_steps(run),
        deviations=_deviations(run),
        sections=() if content["format"] == FIRST_FORMAT else sections(run),
        protocol=_protocol(run),
        issued=f"{run.stamp(content['issued']['at_ms'])} by {content['issued']['by']}",
    )


def _timeline(run: Run) -> list[timeline.Row]:
    """The rows, with who answered for entries made with nobody signed in; older reports say nothing of it."""
    rows = timeline.rows(run.protocol, run.state, run.names, run.clock)
    return timeline.attested(rows, run.content.get("answers", {}), run.content.get("delivered_late", {}))


def _unconfirmed(run: Run) -> list[str]:
    answers = [] if run.state["drill"] else list(run.content.get("answers", {}).values())
    count = answers.count(timeline.UNCONFIRMED)
    words = "1 entry was" if count == 1 else f"{count} entries were"
    return (
        [f"Not final: {words} made with nobody signed in, and nobody answers for them yet"] if count else []
    )


def _subtitle(run: Run) -> str:
    areas = [area_name(run, area) for area in reading.current_areas(run.state)]
    product = next((filler["product"] for filler in run.content["fillers"]), None)
    parts = [", ".join(areas) or None, product, long_day(run.at(run.state["started_ms"]).date())]
    return ". ".join(part for part in parts if part)


def area_name(run: Run, area: str) -> str:
    """What the protocol calls an area."""
    return timeline.labels(run.protocol).get(area, area.replace("_", " "))


def _head(run: Run) -> tuple[str, ...]:
    content, protocol = run.content, run.content["protocol"]
    lines = [content["clinic"]["name"], content["room"], f"Protocol version {protocol['version']}"]
    return (*(line for line in lines if line), f"Report {content['incident']['number']}")


def _tiles(run: Run) -> tuple[tuple[str, str], ...]:
    given, first = run.prompts["given"], run.prompts["first_dose"]
    took = _exact(run, first["took_ms"]) if first["took_ms"] is not None else "None given"
    target = f", target {timeline.span(_target(run))}" if first["target_ms"] else ""
    checks = len(chart.live(run.state, "refill_checked"))
    return (
        (took, f"Start to first dose{target}"),
        (f"{given['units']} units", f"Hyaluronidase, {_count(given['doses'], 'dose')}"),
        (str(checks), "Refill checks"),
        _restored(run),
    )


def _exact(run: Run, ms: int) -> str:
    """A duration to the second, however long: 1 h 4 min 9 s."""
    hour = 60 * MINUTE
    if ms < hour or run.content["format"] == FIRST_FORMAT:
        return timeline.span(ms)
    hours, rest = divmod(ms, hour)
    minutes, left = divmod(rest // timeline.SECOND_MS, 60)
    return f"{hours} h {minutes} min {left} s"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _restored(run: Run) -> tuple[str, str]:
    met = run.state["due"]["endpoint_ms"]
    if met is None:
        return "Not recorded", "Start to refill restored"
    return timeline.span(met - run.state["started_ms"]), "Start to refill restored"


def _facts(run: Run) -> tuple[tuple[str, str], ...]:
    return tuple(
        (term, text)
        for term, text in (
            ("Patient", _patient(run)),
            ("First suspected", run.stamp(drills.counted_from(run.state))),
            *_was_drill(run),
            ("Filler", _fillers(run)),
            ("Hyaluronidase", _rescue(run)),
            ("Recorded by", _team(run)),
            ("Outcome", _outcome(run)),
        )
    )


def _was_drill(run: Run) -> tuple[tuple[str, str], ...]:
    if run.state["made_real_ms"] is None:
        return ()
    begun = run.stamp(run.state["started_ms"])
    return (("Began as a drill", f"{begun}. Entries up to when it was made real do not count"),)


def _patient(run: Run) -> str:
    patient = run.content["patient"]
    if patient is None:
        return "Not named in the record"
    born = day(date.fromisoformat(patient["born_on"]))
    return f"{patient['name']}, born {born}, record {patient['number']:05d}"


def _fillers(run: Run) -> str:
    lines = [
        f"{filler['product']}, {_amount(filler)}, lot {filler['lot']}, {filler['area'].replace('_', ' ')}"
        for filler in run.content["fillers"]
    ]
    return "; ".join(lines) or "Not recorded before the emergency"


def _amount(filler: Json) -> str:
    if filler["unit"] == "ul":
        return timeline.millilitres(filler["amount"])
    return f"{filler['amount']} units" if filler["unit"] == "units" else str(filler["amount"])


def _rescue(run: Run) -> str:
    lots = run.content["lots"].values()
    lines = [
        f"{lot['product']}, lot {lot['code']}, expires {day(date.fromisoformat(lot['expires_on']))}"
        for lot in lots
    ]
    return "; ".join(lines) or "No lot recorded"


def _team(run: Run) -> str:
    seen = dict.fromkeys(fact.get("actor") for fact in run.state["facts"])
    return ", ".join(timeline.person(member, run.names) for member in seen)


def _outcome(run: Run) -> str:
    ended = chart.live(run.state, "emergency_ended")
    if not ended:
        return "Not ended"
    words = timeline.words_for(ended[-1], timeline.labels(run.protocol), None)
    return f"{words}, {run.clock(ended[-1]['at_ms'])}"


def _row(run: Run, row: timeline.Row) -> Json:
    return {
        "clock": run.clock(row.at_ms),
        "elapsed": timeline.elapsed(row.elapsed_ms),
        "text": row.text,
        "remarks": row.remarks,
        "who": row.who,
        "look": row.look,
    }


def _refused(run: Run, event: Json) -> Json:
    body = canonical.loads(event["body"].encode())
    kind = body.get("type")
    words = kind.replace("_", " ") if isinstance(kind, str) else "unreadable"
    return {
        "clock": run.clock(event["received_ms"]),
        "text": words,
        "why": event["refused"].replace("_", " "),
    }


def _steps(run: Run) -> tuple[tuple[str, str], ...]:
    words = {
        "done": "Done",
        "skipped": "Not done, reason given",
        "open": "Not recorded",
        "current": "Not recorded",
    }
    return tuple((step["text"], words[step["state"]]) for step in run.prompts["steps"])


def _target(run: Run) -> int:
    """The time allowed for the first dose, milliseconds."""
    return int(run.prompts["first_dose"]["target_ms"] - drills.counted_from(run.state))


def _deviations(run: Run) -> tuple[str, ...]:
    late = [f"First dose after the target of {timeline.span(_target(run))}"] if _first_late(run) else []
    outside = [
        f"Dose outside the approved table at {run.clock(fact['at_ms'])}"
        for fact in chart.live(run.state, "dose_given")
        if "not_in_protocol" in fact["flags"]
    ]
    skipped = [
        f"Step not done at {run.clock(fact['at_ms'])}: {fact['data']['reason']}"
        for fact in chart.live(run.state, "step_skipped")
    ]
    signed = run.content["protocol"]["approved_by"]
    unsigned = [] if signed else ["The protocol was not approved by this clinic"]
    return (*_unconfirmed(run), *late, *outside, *_intervals(run), *skipped, *unsigned, *_received_late(run))


def _intervals(run: Run) -> list[str]:
    """Doses sooner or later after one another than the protocol's regular interval, with its leave to
    be late.
    """
    regular = run.protocol["parameters"]["vo.pulse_min"] * MINUTE
    latest = regular + run.protocol["alarms"]["dose_late"]["seconds"] * timeline.SECOND_MS
    doses, said = chart.live(run.state, "dose_given"), []
    for number, (before, after) in enumerate(pairwise(doses), start=2):
        gap = after["at_ms"] - before["at_ms"]
        if not regular <= gap <= latest:
            words = f"Dose {number} came {timeline.span(gap)} after dose {number - 1}"
            said.append(f"{words}; the regular interval is {timeline.span(regular)}")
    return said


def _first_late(run: Run) -> bool:
    return bool(run.prompts["first_dose"]["status"] == "late")


def _received_late(run: Run) -> list[str]:
    bodies = (
        (event, canonical.loads(event["body"].encode()).get("at_ms")) for event in run.content["events"]
    )
    late = [event for event, at in bodies if isinstance(at, int) and event["received_ms"] - at > LATE_MS]
    return [f"Entries that reached the server over a minute later: {len(late)}"] if late else []


def _protocol(run: Run) -> tuple[tuple[str, str], ...]:
    protocol = run.content["protocol"]
    signed = protocol["approved_by"]
    approved = f"{signed}, {run.stamp(protocol['approved_ms'])}" if signed else "Not approved by this clinic"
    return (
        ("Protocol", f"{protocol['id'].replace('_', ' ')}, version {protocol['version']}"),
        ("Approved by", approved),
        ("Digest", groups(protocol["digest"])),
        ("File", groups(protocol["file_sha256"])),
    )


def groups(digest: str) -> str:
    """A digest in groups of eight, so that a person can compare it."""
    return " ".join(digest[start : start + 8] for start in range(0, len(digest), 8))


def day(value: date) -> str:
    """22 Nov 2026."""
    return f"{value.day} {value:%b %Y}"


def long_day(value: date) -> str:
    """Sunday 22 November 2026."""
    return f"{value:%A} {value.day} {value:%B %Y}"
