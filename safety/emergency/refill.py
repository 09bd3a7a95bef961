"""Capillary refill, signs and the endpoint. Twin of refill.mjs. Pure.

The rule of clinical 1.2: abnormal from the cut-off for the age, or slower than baseline or mirror point by
the difference, or no refill. Tenths of a second throughout.
"""

from typing import Any

from safety.emergency.facts import MINUTE, SECOND, age_months, by_time, live

Json = dict[str, Any]


def abnormal(protocol: Json, state: Json, data: Json) -> bool:
    """True unless the check was called normal and no number contradicts it."""
    return len(reasons(protocol, state, data)) > 0


def reasons(protocol: Json, state: Json, data: Json) -> list[str]:
    """Why a check is abnormal: none (no refill), said, absolute, mirror, baseline; empty: it is normal."""
    taken = data["refill_ds"]
    called = {"none": ["none"], "slow": ["said"], "normal": []}[data["result"]]
    if taken is None:
        return called
    numbers = {
        "absolute": taken >= cutoff_s(protocol, state) * 10,
        "mirror": _slower(protocol, taken, data["mirror_ds"]),
        "baseline": _slower(protocol, taken, baseline_of(protocol, state, data)),
    }
    return [*called, *(name for name, slow in numbers.items() if slow)]


def baseline_of(protocol: Json, state: Json, data: Json) -> int | None:
    """The patient's own refill at this point before treatment, as recorded with the check or known before."""
    if data["baseline_ds"] is not None or "baselines" not in protocol["refill"]:
        return None if data["baseline_ds"] is None else int(data["baseline_ds"])
    rows = [row for row in state["context"]["baselines"] or [] if row["point"] == data["point"]]
    sided = [row for row in rows if row["side"] in (None, data["side"])]
    return sided[0]["refill_ds"] if sided else None


def refills(protocol: Json, state: Json) -> list[Json]:
    """Every check that counts, first taken first, with what it is compared with and why it is abnormal."""
    given = by_time(live(state, "dose_given"))
    return [_check(protocol, state, fact, given) for fact in by_time(live(state, "refill_checked"))]


def _check(protocol: Json, state: Json, fact: Json, given: list[Json]) -> Json:
    data = fact["data"]
    why = reasons(protocol, state, data)
    named = {name: data[name] for name in ("point", "side", "result", "refill_ds", "mirror_ds")}
    return {
        "id": fact["id"],
        "at_ms": fact["at_ms"],
        **named,
        "baseline_ds": baseline_of(protocol, state, data),
        "abnormal": len(why) > 0,
        "why": why,
        "cycle": len([dose for dose in given if dose["at_ms"] < fact["at_ms"]]),
    }


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


def venous(protocol: Json, state: Json) -> bool:
    """The venous pattern is seen: refill may read normal and clears nobody (clinical 2.8)."""
    return "venous" in protocol and protocol["venous"]["sign"] in active_signs(state)


def uncleared(protocol: Json, state: Json) -> bool:
    """Signs that normal refill does not answer."""
    return two_signs(protocol, state) or venous(protocol, state)


def clear(protocol: Json, state: Json) -> bool:
    """No dose was given and nothing points to an occlusion: refill normal everywhere, no sign seen."""
    if live(state, "dose_given") or active_signs(state):
        return False
    return all_normal(protocol, state)


def rechecks(protocol: Json, state: Json) -> list[int]:
    """When a patient without signs is checked again, counted from the first check (clinical 1.3)."""
    rule = protocol.get("bruise_or_occlusion", {}).get("rule", {})
    if not rule.get("asked", False) or not clear(protocol, state):
        return []
    first = by_time(live(state, "refill_checked"))[0]["at_ms"]
    return [int(first + minutes * MINUTE) for minutes in rule["minutes"]]


def rechecked(protocol: Json, state: Json, due_ms: int) -> bool:
    """A check was taken when it was due, or since it was announced."""
    early = due_ms - protocol["alarms"]["refill_soon"]["seconds"] * SECOND
    return any(fact["at_ms"] >= early for fact in live(state, "refill_checked"))


def endpoint(protocol: Json, state: Json) -> Json:
    """Since when refill, colour and pain are normal, or since when signs returned after that."""
    found: Json = {"since_ms": None, "returned_ms": None}
    for fact in by_time(live(state, "endpoint_observed", "refill_checked", "sign_seen")):
        if is_endpoint(protocol, state, fact):
            found = (
                found if found["since_ms"] is not None else {"since_ms": fact["at_ms"], "returned_ms": None}
            )
        elif found["since_ms"] is not None and _breaks(protocol, state, fact):
            found = {"since_ms": None, "returned_ms": fact["at_ms"]}
    return found


def is_endpoint(protocol: Json, state: Json, fact: Json) -> bool:
    """A person said that all is normal; with a venous pattern only when the swelling is gone too."""
    data = fact["data"]
    if fact["type"] != "endpoint_observed" or not data["met"]:
        return False
    if venous(protocol, state) and data["swelling_gone"] is not True:
        return False
    return not any(data[name] is False for name in NORMAL)


NORMAL = ("refill_normal", "colour_normal", "pain_gone", "swelling_gone")


def _breaks(protocol: Json, state: Json, fact: Json) -> bool:
    return fact["type"] != "refill_checked" or abnormal(protocol, state, fact["data"])
