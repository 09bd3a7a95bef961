"""What a decision is bound to: patient, products, areas, amounts, day; and the limits it sets, as data.

A plan that changes afterwards makes it void, with the change named; brought within its limits it does not.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from safety.amounts import AmountUnit, in_words
from safety.audit import canonical
from safety.screening import links
from safety.screening.models import Choice, Decision, Screening

Json = Any


def plan_now(screening: Screening) -> dict[str, Json]:
    """The plan this screening belongs to, as it now stands; without a treatment, the one it was made for."""
    told = links.plan(screening.id)
    if told is not None:
        return told
    items = [
        {"item": str(index), "name": one["brand"] or "", "brand": one["brand"] or "", "areas": one["areas"],
         "amount": one.get("units") or 0, "unit": AmountUnit.UNITS.value}
        for index, one in enumerate(screening.plan)
    ]  # fmt: skip
    return {"patient": screening.patient_id, "on": screening.on.isoformat(), "items": items}


def digest(plan: Mapping[str, Json]) -> str:
    """Hex digest of a plan."""
    return hashlib.sha256(canonical.dumps(dict(plan))).hexdigest()


def changed(decision: Decision, now: Mapping[str, Json]) -> list[str]:
    """Why a decision does not count for this plan any more, in words; empty while it does.

    Decisions made before plans were bound to them count as they did.
    """
    if decision.plan is None or decision.plan_sha256 == digest(now):
        return []
    less = decision.choice is Choice.TREAT_WITH_LIMITS and not beyond(decision.bounds, now["items"])
    return changes(decision.plan, now, less_is_fine=less)


def changes(then: Mapping[str, Json], now: Mapping[str, Json], less_is_fine: bool = False) -> list[str]:
    """What of a plan is not as somebody saw it, in words. `less_is_fine`: less of the same is no change."""
    why = ["The patient is another one"] if then["patient"] != now["patient"] else []
    why += [f"The day was {then['on']} and is {now['on']}"] if then["on"] != now["on"] else []
    if len(then["items"]) != len(now["items"]):
        return [*why, f"There were {_count(then['items'])} planned and are {_count(now['items'])}"]
    pairs = list(zip(then["items"], now["items"], strict=True))
    differ = [pair for pair in pairs if _said(pair[0]) != _said(pair[1])]
    return [*why, *(f"{_said(a)} became {_said(b)}" for a, b in differ if not (less_is_fine and _less(a, b)))]


def _count(items: Sequence[Json]) -> str:
    return "1 product" if len(items) == 1 else f"{len(items)} products"


def _said(one: Mapping[str, Json]) -> str:
    amount = in_words(one["amount"], AmountUnit(one["unit"]))
    return f"{one['brand'].replace('_', ' ').capitalize()}, {words_of(one['areas'])}, {amount}"


def _less(old: Mapping[str, Json], new: Mapping[str, Json]) -> bool:
    same = (old["name"], old["brand"], old["unit"]) == (new["name"], new["brand"], new["unit"])
    return same and set(new["areas"]) <= set(old["areas"]) and new["amount"] <= old["amount"]


def words_of(areas: Iterable[str]) -> str:
    """Area ids as words, for a message: left cheek, lips."""
    return ", ".join(area.replace("_", " ") for area in areas)


def beyond(bounds: Json, items: Iterable[Mapping[str, Json]]) -> list[tuple[str, str]]:
    """Where products go beyond a decision's limits: ("amount" or "area", sentence)."""
    limits = bounds or {"most": [], "not_areas": []}
    found: list[tuple[str, str]] = []
    for one in items:
        if outside := [area for area in one["areas"] if area in limits["not_areas"]]:
            found.append(("area", f"The prescriber's limit: nothing in {words_of(outside)}"))
        for most in limits["most"]:
            if most["name"] == one["name"] and one["amount"] > most["amount"]:
                said = in_words(most["amount"], AmountUnit(most["unit"]))
                found.append(("amount", f"The prescriber's limit: at most {said} of {most['name']}"))
    return list(dict.fromkeys(found))


def in_short(bounds: Json) -> list[str]:
    """A decision's limits, one line each."""
    limits = bounds or {"most": [], "not_areas": []}
    lines = [
        f"At most {in_words(one['amount'], AmountUnit(one['unit']))} of {one['name']}"
        for one in limits["most"]
    ]
    return [*lines, *([f"Nothing in {words_of(limits['not_areas'])}"] if limits["not_areas"] else [])]
