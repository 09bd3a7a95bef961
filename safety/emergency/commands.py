"""`flask emergency …`: fold a run again, from a file."""

import json
import re
from datetime import UTC, datetime
from typing import IO, Any

import click

from safety.emergency import scenarios
from safety.emergency.replay import folded
from safety.protocols import check, rules
from safety.protocols.load import ROOT, Broken, latest, load

Json = dict[str, Any]
check.register("emergency", scenarios.play)


class Wrong(click.ClickException):
    """Wrong use: one line on standard error, exit 2."""

    exit_code = 2


@click.group()
def emergency() -> None:
    """Runs of an emergency protocol."""


@emergency.command("replay")
@click.argument("file", type=click.File("rb"))
def replay_command(file: IO[bytes]) -> None:
    """Fold the events of FILE (JSON, - for standard input) and print state, prompts and what was refused."""
    try:
        click.echo(json.dumps(replay(_read(file)), ensure_ascii=False, sort_keys=True))
    except (rules.Refused, Broken) as problem:
        raise Wrong(" ".join(str(problem).split())) from problem


def _read(file: IO[bytes]) -> Json:
    try:
        asked = json.loads(file.read(), parse_float=_no_float, parse_constant=_no_float)
    except (ValueError, RecursionError) as problem:
        raise Wrong(f"the file is not JSON: {problem}") from problem
    if not isinstance(asked, dict):
        raise Wrong("the file holds no JSON object")
    return asked


def _no_float(text: str) -> None:
    raise ValueError(f"{text} is not a whole number")


def replay(asked: Json) -> Json:
    """State, prompts at `at` (a list of one, empty before the start), and refused events with codes.

    Raises Wrong, rules.Refused (a parameter out of range) and Broken (no such protocol).
    """
    protocol = rules.resolve(_protocol(asked.get("protocol")), _object(asked, "parameters"))
    events = [_event(number, item) for number, item in enumerate(_list(asked, "events"))]
    events = _with_context(events, _object(asked, "context"))
    looks = [[len(events) - 1, _instant(asked.get("at"), events)]] if events else []
    answer = folded(protocol, events, looks)
    refused = [
        {"id": event["id"], "type": event["type"], "code": code}
        for event, code in zip(events, answer["codes"], strict=True)
        if code != "ok"
    ]
    prompts = [seen for seen in answer["seen"] if seen is not None]
    return {"state": answer["state"], "digest": answer["digest"], "prompts": prompts, "refused": refused}


def _protocol(name: Any) -> Json:
    known = sorted({path.parent.parent.name for path in ROOT.glob("*/v*/protocol.yaml")})
    if name not in known:
        raise Wrong(f"protocol must be one of {', '.join(known)}")
    found = load(latest(str(name)))
    if found.kind != "emergency":
        raise Wrong(f"{name} is no emergency protocol")
    return found.body


def _object(asked: Json, name: str) -> Json:
    value = asked.get(name)
    if value is None or isinstance(value, dict):
        return value or {}
    raise Wrong(f"{name} must be an object")


def _list(asked: Json, name: str) -> list[Any]:
    value = asked.get(name)
    if value is None or isinstance(value, list):
        return value or []
    raise Wrong(f"{name} must be a list")


def _event(number: int, item: Any) -> Json:
    """The event with what a hand-written file may leave out: id, device, seq, actor; `at` as ISO time."""
    if not isinstance(item, dict):
        raise Wrong(f"event {number} must be an object")
    at_ms = _ms(item["at"], f"at of event {number}") if "at" in item else item.get("at_ms")
    rest = {key: value for key, value in item.items() if key != "at"}
    left_out = {
        "id": f"event-{number}",
        "device": None,
        "seq": number,
        "actor": None,
        "mono_ms": None,
        "type": None,
    }
    return {**left_out, "data": {}, **rest, "at_ms": at_ms}


def _with_context(events: list[Json], context: Json) -> list[Json]:
    """The first start takes the context given beside the events, where its own says nothing."""
    if (
        not context
        or not events
        or events[0]["type"] != "emergency_started"
        or not isinstance(events[0]["data"], dict)
    ):
        return events
    own = events[0]["data"].get("context")
    merged = {**_flat(context), **(own if isinstance(own, dict) else {})}
    return [{**events[0], "data": {**events[0]["data"], "context": merged}}, *events[1:]]


def _flat(context: Json) -> Json:
    """`patient` and `product` may be objects: their fields are those of the context."""
    patient, product = context.get("patient"), context.get("product")
    flat = {key: value for key, value in context.items() if key != "product"}
    if isinstance(patient, dict):
        flat = {"born_on": patient.get("born_on"), **flat, "patient": patient.get("id")}
    if isinstance(product, dict):
        return {**product, "product_class": product.get("product_class", product.get("class")), **flat}
    return flat if product is None else {"product_class": product, **flat}


def _instant(at: Any, events: list[Json]) -> int:
    """When to look: `at`, else the time of the last event."""
    if at is not None:
        return _ms(at, "at")
    last = events[-1]["at_ms"]
    return last if isinstance(last, int) and not isinstance(last, bool) else 0


def _ms(value: Any, name: str) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**52:
        return value
    try:
        moment = datetime.fromisoformat(re.sub(r"Z$", "+00:00", value))
    except (TypeError, ValueError) as problem:
        raise Wrong(f"{name} must be an ISO time with its zone, such as 2026-03-10T14:09:00Z") from problem
    if moment.tzinfo is None:
        raise Wrong(f"{name} has no time zone: write Z for UTC")
    since = moment.astimezone(UTC) - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86400 + since.seconds) * 1000 + since.microseconds // 1000


command = emergency
