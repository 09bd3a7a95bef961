"""Two corrections of one field that did not know of each other. Twin of conflicts.mjs. Pure.

Each correction says in `was` which earlier correction of the same entry its tablet knew. Both are kept; the
one folded last shows until a person says which holds.
"""

from typing import Any

from safety.audit.canonical import dumps

Json = dict[str, Any]
CORRECTIONS = ("time_changed", "details_added")


def conflicts(protocol: Json, state: Json) -> list[Json]:
    """Pairs of corrections, earlier folded first, that a person has not decided between."""
    if "question_conflict" not in protocol["words"]:
        return []
    told = [change for change in state["changes"] if change["type"] in CORRECTIONS]
    pairs = [(one, other) for at, one in enumerate(told) for other in told[at + 1 :]]
    text = protocol["words"]["question_conflict"]
    return [
        {
            "kind": "conflict",
            "events": [one["id"], other["id"]],
            "text": text,
            "entry": one["data"]["event"],
            "fields": differing(one, other),
        }
        for one, other in pairs
        if differing(one, other) and not _knew(state, one, other) and not _decided(state, one, other)
    ]


def differing(one: Json, other: Json) -> list[str]:
    """The fields of one entry that two tablets put right in different ways."""
    same_entry = one["data"]["event"] == other["data"]["event"]
    if not same_entry or one["device"] == other["device"]:
        return []
    mine, theirs = values(one), values(other)
    return sorted(name for name in mine if name in theirs and dumps(mine[name]) != dumps(theirs[name]))


def values(change: Json) -> Json:
    """What a correction says: the time, or the details."""
    data = change["data"]
    return {"at_ms": data["at_ms"]} if change["type"] == "time_changed" else dict(data["details"])


def _knew(state: Json, one: Json, other: Json) -> bool:
    """The later correction was made by somebody who saw the earlier one, or one after it."""
    order = [change["id"] for change in state["changes"]]
    was = other["data"]["was"]
    return was in order and order.index(was) >= order.index(one["id"])


def _decided(state: Json, one: Json, other: Json) -> bool:
    return any(one["id"] in pair and other["id"] in pair for pair in state["resolved"])
