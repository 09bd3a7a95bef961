"""When the patient may leave, and when they are seen again (clinical 2.8). Twin of following.mjs. Pure."""

from typing import Any

from safety.emergency.facts import MINUTE, doses, latest, live, months_later

Json = dict[str, Any]
HOUR = 60 * MINUTE
SHOWN_AS = {"phone": "phone", "visit": "visit", "visit_if_broken": "visit", "photo": "photo"}


def leave(protocol: Json, state: Json, now_ms: int) -> Json:
    """The earliest moment to leave: endpoint held, stay after the last dose over. None: no endpoint."""
    since_ms, last, rule = state["due"]["endpoint_ms"], latest(doses(state)), protocol["observation"]
    if since_ms is None:
        return {"earliest_ms": None, "held_until_ms": None, "endpoint_ms": None, "held": False}
    until = since_ms + rule["hold"]["minutes"] * MINUTE
    stay = until if last is None else last["at_ms"] + rule["stay_min"] * MINUTE
    return {
        "earliest_ms": max(until, stay),
        "held_until_ms": until,
        "endpoint_ms": since_ms,
        "held": now_ms >= until,
    }


def follow_ups(protocol: Json, state: Json) -> list[Json]:
    """Calls, visits and photos after the emergency; `at_ms` null until what it counts from is known."""
    return [
        {
            "id": row["id"],
            "text": row["title"],
            "at_ms": _at(protocol, state, row),
            "kind": SHOWN_AS[row["kind"]],
        }
        for row in protocol["observation"]["follow_ups"]
    ]


def _at(protocol: Json, state: Json, row: Json) -> int | None:
    """Visits count from recognition, the phone call from discharge."""
    start = state["started_ms"] if row["from"] == "recognition" else _discharged_ms(state)
    if start is None or (row["kind"] == "visit_if_broken" and not broken(protocol, state)):
        return None
    if "months" in row:
        return months_later(start, row["months"])
    return int(start + (row["after_h"] if "after_h" in row else _next_h(protocol, row)) * HOUR)


def _discharged_ms(state: Json) -> int | None:
    return None if state["ended"] is None else int(state["ended"]["at_ms"])


def _next_h(protocol: Json, row: Json) -> int:
    """Hours to the first repeat after the last visit with a time of its own."""
    fixed = [other["after_h"] for other in protocol["observation"]["follow_ups"] if other["kind"] == "visit"]
    return int(max(fixed) + row["every_h"])


def broken(protocol: Json, state: Json) -> bool:
    """The last stage told is one with broken skin, by the protocol's mark."""
    stage = latest(live(state, "stage_assessed"))
    marked = [row["id"] for row in protocol["stages"] if row.get("wound", False)]
    return stage is not None and stage["data"]["stage"] in marked
