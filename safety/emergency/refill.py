"""Capillary refill, signs and the endpoint. Twin of refill.mjs. Pure.

The rule of clinical 1.2: abnormal from the cut-off for the age, or slower than baseline or mirror point by
the difference, or no refill. Tenths of a second throughout.
"""

from typing import Any

from safety.emergency.facts import age_months, by_time, live

Json = dict[str, Any]


def abnormal(protocol: Json, state: Json, data: Json) -> bool:
    """True unless the check was called normal and no number contradicts it."""
    taken = data["refill_ds"]
    if data["result"] != "normal" or taken is None:
        return bool(data["result"] != "normal")
    by_age = taken >= cutoff_s(protocol, state) * 10
    return (
        by_age or _slower(protocol, taken, data["mirror_ds"]) or _slower(protocol, taken, data["baseline_ds"])
    )


def cutoff_s(protocol: Json, state: Json) -> int:
    """Seconds from which refill is abnormal at this age; the stricter cut-off while the age is not known."""
    rule, months = protocol["refill"]["rule"], age_months(state)
    older = months is not None and months >= rule["older_from_years"] * 12
    return int(rule["abs_s_65plus"] if older else rule["abs_s"])


def _slower(protocol: Json, taken: int, other: int | None) -> bool:
    return other is not None and bool(taken - other >= protocol["refill"]["rule"]["delta_s"] * 10)


def rank(protocol: Json, state: Json, data: Json) -> int:
    """How bad a check is: 0 normal, 1 slow, 2 none."""
    if data["result"] == "none":
        return 2
    return 1 if abnormal(protocol, state, data) else 0


def points(protocol: Json, state: Json, until_ms: int | None) -> dict[str, int]:
    """The last rank at each point and side checked up to this instant (None: ever)."""
    found: dict[str, int] = {}
    for fact in by_time(live(state, "refill_checked")):
        if until_ms is None or fact["at_ms"] <= until_ms:
            found[place(fact["data"])] = rank(protocol, state, fact["data"])
    return found


def place(data: Json) -> str:
    """Point and side as one name."""
    return f"{data['point'] or ''}/{data['side'] or ''}"


def all_normal(protocol: Json, state: Json) -> bool:
    """Every point that was ever checked was normal the last time, and there was at least one."""
    ranks = points(protocol, state, None)
    return len(ranks) > 0 and all(value == 0 for value in ranks.values())


def active_signs(state: Json) -> list[str]:
    """The signs seen and not gone, in the order first seen."""
    seen: dict[str, bool] = {}
    for fact in by_time(live(state, "sign_seen", "sign_gone")):
        seen[fact["data"]["sign"]] = fact["type"] == "sign_seen"
    return [sign for sign, there in seen.items() if there]


def two_signs(protocol: Json, state: Json) -> bool:
    """Enough signs that normal refill does not clear the patient (clinical 1.2)."""
    rule = protocol["refill"]["two_signs"]
    return len([sign for sign in active_signs(state) if sign in rule["signs"]]) >= int(rule["count"])


def endpoint(protocol: Json, state: Json) -> Json:
    """Since when refill, colour and pain are normal, or since when signs returned after that."""
    found: Json = {"since_ms": None, "returned_ms": None}
    for fact in by_time(live(state, "endpoint_observed", "refill_checked", "sign_seen")):
        if is_endpoint(fact):
            found = (
                found if found["since_ms"] is not None else {"since_ms": fact["at_ms"], "returned_ms": None}
            )
        elif found["since_ms"] is not None and _breaks(protocol, state, fact):
            found = {"since_ms": None, "returned_ms": fact["at_ms"]}
    return found


def is_endpoint(fact: Json) -> bool:
    """A person said that all three are normal."""
    data = fact["data"]
    if fact["type"] != "endpoint_observed" or not data["met"]:
        return False
    return not any(data[name] is False for name in ("refill_normal", "colour_normal", "pain_gone"))


def _breaks(protocol: Json, state: Json, fact: Json) -> bool:
    return fact["type"] != "refill_checked" or abnormal(protocol, state, fact["data"])
