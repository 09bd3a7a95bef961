"""Clinical stories beside the protocol, played through both reducers.

A scenario says what is recorded when, what the screen must then show, and what must be refused:

    title: One lip, one dose, full recovery
    parameters: {vo.pulse_min: 60}
    context: {product_class: ha_filler}
    story:
      - {at: "1:00", do: step_done, data: {step: V01}}
      - {at: "2:00", do: step_skipped, data: {step: V05}, refused: reason_missing}
      - {at: "10:00", see: {step.id: V09, dose.status: late, dose.due_ms: "5:00"}}
    finally: {totals.units: 500}

Times count from the start, which is recorded at 0:00 unless the first line does it. `python -m
safety.emergency.scenarios` prints all of them as JSON, ready to be played by anything that can fold.
"""

import json
import re
import sys
from collections.abc import Iterable, Iterator
from typing import Any

from safety.emergency.replay import folded
from safety.emergency.tablet import Tablet, node
from safety.protocols import rules
from safety.protocols.check import stories
from safety.protocols.load import ROOT, Protocol, load
from safety.protocols.read import read

Json = dict[str, Any]
START_MS = 1790000000000
TIME = re.compile(r"(?:(\d+):)?(\d+):(\d\d)(?:\.(\d{3}))?")


class Unreadable(ValueError):
    """A line of a scenario that says nothing that can be played."""


def play(protocol: Protocol, scenario: Json) -> Iterable[tuple[tuple[str | int, ...], str]]:
    """What did not come out as the scenario says, on the server and, if there is node, on the tablet."""
    try:
        script = compiled(protocol.body, scenario)
    except (Unreadable, rules.Refused) as problem:
        return [(("story",), str(problem))]
    sides = {"server": folded(script["protocol"], script["events"], script["looks"])}
    if node() is not None:
        with Tablet() as tablet:
            kept = tablet.ask({"protocol": script["protocol"]})
            sides["tablet"] = tablet.ask({"with": kept, "events": script["events"], "looks": script["looks"]})
    return [fault for side, answer in sides.items() for fault in faults(side, script, answer)]


EMERGENCY = re.compile(r"^kind:\s*emergency\s*$", re.MULTILINE)


def compiled(body: Json, scenario: Json) -> Json:
    """Events, looks and expectations with times as epoch milliseconds."""
    begun = scenario["story"][0].get("do") == "emergency_started"
    lines = [*([] if begun else [_start(scenario)]), *scenario["story"]]
    script: Json = {
        "title": scenario["title"],
        "protocol": rules.resolve(body, scenario.get("parameters", {})),
        "events": [],
        "codes": [],
        "looks": [],
        "expected": [],
        "finally": instants(scenario.get("finally", {})),
    }
    for number, line in enumerate(lines):
        _add(script, line, number)
    return script


def _start(scenario: Json) -> Json:
    data = {"context": scenario.get("context"), "drill": scenario.get("drill")}
    return {"at": "0:00", "do": "emergency_started", "data": data}


def _add(script: Json, line: Json, number: int) -> None:
    at_ms = instant(line["at"])
    if "do" in line:
        event = {
            "id": line.get("id", f"event-{number}"),
            "device": line.get("device", "tablet-1"),
            "seq": number,
            "type": line["do"],
            "at_ms": at_ms,
            "mono_ms": at_ms - START_MS,
            "actor": line.get("actor"),
            "data": instants(line.get("data", {})),
        }
        script["events"].append(event)
        script["codes"].append(line.get("refused", "ok"))
    if "see" in line:
        script["looks"].append([len(script["events"]) - 1, at_ms])
        script["expected"].append(instants(line["see"]))
    if not {"do", "see"} & set(line):
        raise Unreadable(f"the line at {line['at']} neither does nor sees anything")


def instant(text: str) -> int:
    """Epoch milliseconds of a time counted from the start: m:ss, h:mm:ss, with .mmm for milliseconds."""
    found = TIME.fullmatch(text)
    if found is None:
        raise Unreadable(f"{text} is not a time: write m:ss or h:mm:ss")
    hours, minutes, seconds, rest = (int(part or 0) for part in found.groups())
    return START_MS + ((hours * 60 + minutes) * 60 + seconds) * 1000 + rest


def instants(value: Any, name: str = "") -> Any:
    """The same data with times in milliseconds: under a name that ends in _ms, or written as @m:ss."""
    if isinstance(value, dict):
        return {key: instants(item, str(key)) for key, item in value.items()}
    if isinstance(value, list):
        return [instants(item, name) for item in value]
    if not isinstance(value, str) or not (value.startswith("@") or name.endswith("_ms")):
        return value
    return instant(value.removeprefix("@")) - (START_MS if name.endswith(LENGTHS) else 0)


LENGTHS = ("elapsed_ms", "took_ms")


def faults(side: str, script: Json, answer: Json) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Where an answer differs from what the scenario says."""
    for event, expected, code in zip(script["events"], script["codes"], answer["codes"], strict=True):
        if code != expected:
            yield ("story",), f"{side}: {event['type']} at {shown(event['at_ms'])} is {code}, not {expected}"
    looks = zip(script["looks"], script["expected"], answer["seen"], strict=True)
    for (_, at_ms), expected, seen in looks:
        yield from _unlike(f"{side} at {shown(at_ms)}", expected, seen)
    yield from _unlike(f"{side} in the end", script["finally"], answer["state"])


def _unlike(where: str, expected: Json, found: Any) -> Iterator[tuple[tuple[str | int, ...], str]]:
    for path, value in expected.items():
        there = reach(found, path.split("."))
        if there != value or type(there) is not type(value):
            yield ("story",), f"{where}: {path} is {there!r}, not {value!r}"


def reach(value: Any, path: list[str]) -> Any:
    """What lies at a path, None if nothing. In a list, a name finds the entry of that id, kind or key."""
    if not path:
        return value
    if isinstance(value, list):
        return _in_list(value, path)
    return reach(value.get(path[0]), path[1:]) if isinstance(value, dict) else None


def _in_list(rows: list[Any], path: list[str]) -> Any:
    """The entry named by as much of the path as is needed, since ids may hold points; else by its place."""
    if path[0] == "length":
        return len(rows)
    for length in range(len(path), 0, -1):
        found = [row for row in rows if isinstance(row, dict) and _named(row, ".".join(path[:length]))]
        if found:
            return reach(found[0], path[length:])
    at = int(path[0]) if path[0].isdigit() else len(rows)
    return reach(rows[at], path[1:]) if at < len(rows) else None


def _named(row: Json, name: str) -> bool:
    return any(row.get(key) == name for key in ("id", "kind", "key"))


def shown(at_ms: int) -> str:
    """A time as it is written in a scenario."""
    seconds, rest = divmod(at_ms - START_MS, 1000)
    return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}" + (f".{rest:03}" if rest else "")


def all_of_them() -> Iterator[Json]:
    """Every scenario an emergency protocol in the tree must hold, compiled, with the name of its file."""
    for file in sorted(ROOT.glob("*/v*/protocol.yaml")):
        if EMERGENCY.search(file.read_text("utf-8")):  # a whole file read only for its kind takes seconds
            body = load(file).body
            yield from ({"file": path.name, **compiled(body, read(path).data)} for path in stories(file))


def main() -> None:
    """Print every scenario in the tree, compiled, as one JSON list."""
    json.dump(list(all_of_them()), sys.stdout, ensure_ascii=False)


if __name__ == "__main__":
    main()
