"""Whom to call, who did not answer, and who is next. Twin of calls.mjs. Pure.

Contacts are the clinic's, in its calling order; the protocol says which of its calls a contact's role
stands for and, in ladders, who is called after whom (clinical 2.9).
"""

from typing import Any

from safety.emergency.facts import MINUTE, by_time, latest, live, since
from safety.emergency.timers import status

Json = dict[str, Any]


def calls(protocol: Json, state: Json, now_ms: int) -> Json:
    """The call nobody answered, with the instant by which the next one is made, and who that is."""
    unanswered = waiting(protocol, state)
    if not unanswered:
        return {"waiting": None, "next": None}
    last, rule = unanswered[-1], protocol["escalation"]
    due_ms = last["at_ms"] + rule["minutes"] * MINUTE
    shown = {
        **_said(protocol, last),
        "since_ms": last["at_ms"],
        "due_ms": due_ms,
        "status": status(protocol, due_ms, now_ms, "call"),
    }
    return {"waiting": shown, "next": following(protocol, state, unanswered)}


def waiting(protocol: Json, state: Json) -> list[Json]:
    """Calls without an answer, oldest first, that no later answer on the same ladder settled."""
    if "escalation" not in protocol or state["status"] != "running":
        return []
    tried = by_time(live(state, "call_made"))
    return [fact for fact in tried if not _answered(fact) and not _settled(protocol, fact, tried)]


def _answered(fact: Json) -> bool:
    return bool(fact["data"]["outcome"] != "no_answer")


def _settled(protocol: Json, fact: Json, tried: list[Json]) -> bool:
    """Somebody on the same ladder answered later."""
    helping = ladder(protocol, fact["data"]["to"])
    later = tried[tried.index(fact) + 1 :]
    return any(_answered(other) and other["data"]["to"] in helping for other in later)


def ladder(protocol: Json, to: str) -> list[str]:
    """Who is called when this one does not answer, nearest first, ending with the same one again."""
    for steps in protocol["escalation"]["ladders"]:
        if to in steps["calls"]:
            at = steps["calls"].index(to)
            return [*steps["calls"][at + 1 :], *steps["calls"][: at + 1]]
    return [to]


def following(protocol: Json, state: Json, unanswered: list[Json]) -> Json:
    """The next to call: the nearest on the ladder not tried in vain yet, else the nearest."""
    steps = ladder(protocol, unanswered[-1]["data"]["to"])
    rows = reachable(protocol, state, steps)
    tried = [(said["to"], said["name"]) for said in (_said(protocol, fact) for fact in unanswered)]
    fresh = [row for row in rows if (row["to"], row["name"]) not in tried]
    return [*fresh, *rows][0]


def reachable(protocol: Json, state: Json, steps: list[str]) -> list[Json]:
    """The clinic's contacts for these calls, in their order; without any, the calls by their names."""
    known = contacts(protocol, state)
    found = [row for to in steps for row in known if row["to"] == to]
    return found or [{"to": to, "name": name_of(protocol, to), "phone": None} for to in steps]


def contacts(protocol: Json, state: Json) -> list[Json]:
    """The clinic's contacts, each with the protocol's call it stands for."""
    return [_contact(protocol, row) for row in state["context"]["contacts"] or []]


def _contact(protocol: Json, row: Json) -> Json:
    to = call_for(protocol, row["role"])
    return {"to": to, "name": row["name"] or name_of(protocol, to), "phone": row["phone"]}


def call_for(protocol: Json, role: str | None) -> str:
    """The protocol's call for a contact's role; other when it names none."""
    named = [row["id"] for row in protocol["calls"] if role == row["id"] or role in row.get("roles", [])]
    return str(named[0]) if named else "other"


def name_of(protocol: Json, to: str) -> str:
    """The label of a call; the id itself when the protocol names none."""
    return next((str(row["label"]) for row in protocol["calls"] if row["id"] == to), to)


def _said(protocol: Json, fact: Json) -> Json:
    to = fact["data"]["to"]
    return {"to": to, "name": fact["data"]["name"] or name_of(protocol, to)}


def supply(protocol: Json, state: Json, needed: bool) -> Json:
    """Who can bring more hyaluronidase, while more is needed (clinical 2.9)."""
    if not needed or "supply" not in protocol:
        return {"contact": None}
    return {"contact": reachable(protocol, state, protocol["supply"]["calls"])[0]}


def lone_ms(protocol: Json, state: Json) -> int | None:
    """Since when a nurse is alone without prescriber; None once a call to one was answered."""
    told = latest(live(state, "lone_named"))
    if "lone" not in protocol or told is None or not told["data"]["alone"]:
        return None
    later = [fact for fact in since(live(state, "call_made"), told["at_ms"]) if _answered(fact)]
    reached = any(fact["data"]["to"] in protocol["lone"]["calls"] for fact in later)
    return None if reached else int(told["at_ms"])


def lone_due_ms(protocol: Json, state: Json) -> int | None:
    """When a nurse whom no prescriber answered transfers the patient."""
    alone = lone_ms(protocol, state)
    return None if alone is None else int(alone + protocol["lone"]["minutes"] * MINUTE)


def lone(protocol: Json, state: Json, now_ms: int) -> Json | None:
    """The countdown of a nurse alone, None while there is a prescriber."""
    due_ms = lone_due_ms(protocol, state)
    if due_ms is None or state["status"] != "running":
        return None
    shown = status(protocol, due_ms, now_ms, "call")
    return {"since_ms": lone_ms(protocol, state), "due_ms": due_ms, "status": shown}
