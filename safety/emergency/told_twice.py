"""One thing told by two people: equal entries of two devices close together. Twin of told_twice.mjs. Pure.

Equal doses and drugs are asked about wherever they come from (doses.py); these are the other entries that
count.
"""

from typing import Any

from safety.audit.canonical import dumps
from safety.emergency.facts import SECOND, by_time, live

Json = dict[str, Any]


def told_twice(protocol: Json, state: Json) -> list[list[str]]:
    """Pairs of ids not yet answered by a person; none in a protocol that does not ask."""
    rule = protocol["alarms"].get("same_entry")
    if rule is None:
        return []
    facts = by_time(live(state, *rule["types"]))
    pairs = [(a, b) for i, a in enumerate(facts) for b in facts[i + 1 :] if _alike(a, b)]
    near = [[a["id"], b["id"]] for a, b in pairs if b["at_ms"] - a["at_ms"] <= rule["seconds"] * SECOND]
    return [pair for pair in near if not any(set(pair) <= set(told) for told in state["resolved"])]


def _alike(one: Json, other: Json) -> bool:
    apart = None not in (one["device"], other["device"]) and one["device"] != other["device"]
    return apart and one["type"] == other["type"] and dumps(one["data"]) == dumps(other["data"])
