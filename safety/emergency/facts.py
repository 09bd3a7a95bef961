"""Looking at what was recorded. Twin of facts.mjs. Pure.

A fact counts while it is live: not struck, and not practised in a drill that was made real. Order is by when
it happened; on the same millisecond the one folded later is the later one.
"""

from typing import Any

Json = dict[str, Any]
MINUTE = 60000
SECOND = MINUTE // 60
DAY = 24 * 60 * MINUTE


def stands(fact: Json) -> bool:
    """The fact counts: not struck, nor of the drill before, unless a person said it was really given."""
    practised = "in_drill" in fact["flags"] and fact["data"].get("given") is not True
    return fact["struck"] is None and not practised


def live(state: Json, *types: str) -> list[Json]:
    """The facts of these types that count, in the order they were folded."""
    return [fact for fact in state["facts"] if fact["type"] in types and stands(fact)]


def by_time(facts: list[Json]) -> list[Json]:
    """The facts by when they happened; equal times keep their order."""
    return sorted(facts, key=lambda fact: int(fact["at_ms"]))


def latest(facts: list[Json]) -> Json | None:
    """The fact that happened last, or None."""
    ordered = by_time(facts)
    return ordered[-1] if ordered else None


def since(facts: list[Json], at_ms: int | None) -> list[Json]:
    """The facts at or after this instant; all of them when it is None."""
    return [fact for fact in facts if at_ms is None or fact["at_ms"] >= at_ms]


def doses(state: Json) -> list[Json]:
    """Live doses, first given first."""
    return by_time(live(state, "dose_given"))


def matches(fact: Json, way: Json) -> bool:
    """The fact is of this type, and each field named under `where` holds one of the values there."""
    allowed = way.get("where", {})
    return fact["type"] == way["type"] and all(fact["data"][name] in allowed[name] for name in allowed)


def answers_step(fact: Json, step: Json) -> bool:
    """The fact answers this step: a tick, a skip, or an entry that says as much."""
    if fact["type"] in ("step_done", "step_skipped"):
        return bool(fact["data"]["step"] == step["id"])
    return any(matches(fact, way) for way in step.get("answered_by", []))


def presentation(state: Json) -> str:
    """How the patient came: during treatment until told otherwise, late, or by phone."""
    told = latest(live(state, "presentation_named"))
    return "during" if told is None else str(told["data"]["presentation"])


def fill(text: str, **values: Any) -> str:
    """The protocol's words with {name} replaced by its value."""
    for name, value in values.items():
        text = text.replace("{" + name + "}", str(value))
    return text


def date_of(at_ms: int) -> tuple[int, int, int]:
    """Year, month and day in UTC of an instant, by whole-number arithmetic that is the same on the tablet."""
    days = at_ms // DAY + 719468
    era_day = days % 146097
    era_year = (era_day - era_day // 1460 + era_day // 36524 - era_day // 146096) // 365
    year_day = era_day - (365 * era_year + era_year // 4 - era_year // 100)
    month = (5 * year_day + 2) // 153
    day = year_day - (153 * month + 2) // 5 + 1
    return (days // 146097) * 400 + era_year + month // 10, (month + 2) % 12 + 1, day


def months_later(at_ms: int, months: int) -> int:
    """The same time of day so many months on; a day that month does not have is the first of the next."""
    year, month, day = date_of(at_ms)
    ahead = month - 1 + months
    first = days_to(year + ahead // 12, ahead % 12 + 1)
    following = days_to(year + (ahead + 1) // 12, (ahead + 1) % 12 + 1)
    return min(first + day - 1, following) * DAY + at_ms % DAY


def days_to(year: int, month: int) -> int:
    """Days from 1970 to the first of this month."""
    shifted = year - 1 if month <= 2 else year
    year_day = (153 * (month - 3 if month > 2 else month + 9) + 2) // 5
    return 365 * shifted + shifted // 4 - shifted // 100 + shifted // 400 + year_day - 719468


def age_months(state: Json) -> int | None:
    """Completed months of age at the start, None when the birth date is not known."""
    born_on = state["context"]["born_on"]
    if born_on is None:
        return None
    year, month, day = date_of(state["started_ms"])
    born = [int(part) for part in born_on.split("-")]
    return (year - born[0]) * 12 + month - born[1] - (1 if day < born[2] else 0)
