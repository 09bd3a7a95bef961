"""Three-valued logic and calendar arithmetic for screening: true, false, or None for unknown. Pure.

Unknown stays unknown through `all`, `any` and `not` unless what is known already decides (Kleene), so a
missing answer can never turn into "no".
"""

import calendar
from collections.abc import Iterable
from datetime import date, timedelta
from enum import Enum

Truth = bool | None


class Said(Enum):
    """Answers that are not a value."""

    NOT_KNOWN = "unknown"  # the person does not know
    NONE = "none"  # there is no such date
    VAGUE = "yes"  # yes, where which one is asked


Answer = str | int | date | tuple[str, ...] | Said


def all_of(truths: Iterable[Truth]) -> Truth:
    """False when one is false, else unknown when one is unknown, else true."""
    result: Truth = True
    for truth in truths:
        if truth is False:
            return False
        if truth is None:
            result = None
    return result


def any_of(truths: Iterable[Truth]) -> Truth:
    """True when one is true, else unknown when one is unknown, else false."""
    return opposite(all_of(opposite(truth) for truth in truths))


def opposite(truth: Truth) -> Truth:
    """Unknown stays unknown."""
    return None if truth is None else not truth


def compare(value: int, comparison: dict[str, int]) -> bool:
    """One comparison, such as {"lt": 14}. Raises KeyError for another operator."""
    (operator, limit) = next(iter(comparison.items()))
    return {
        "lt": value < limit,
        "lte": value <= limit,
        "gt": value > limit,
        "gte": value >= limit,
    }[operator]


def years_between(earlier: date, later: date) -> int:
    """Whole years, so an age. Born on 29 February, one grows older on 1 March of a year without that day."""
    before_birthday = (later.month, later.day) < (earlier.month, earlier.day)
    return later.year - earlier.year - before_birthday


def months_between(earlier: date, later: date) -> int:
    """Whole months that have passed; a day the month does not have is reached on the first of the next."""
    return (later.year - earlier.year) * 12 + later.month - earlier.month - (later.day < earlier.day)


def months_after(start: date, months: int) -> date:
    """The first day on which so many whole months have passed since `start`."""
    years, month = divmod(start.month - 1 + months, 12)
    year, month = start.year + years, month + 1
    if start.day <= calendar.monthrange(year, month)[1]:
        return date(year, month, start.day)
    return date(year, month, 1) + timedelta(days=calendar.monthrange(year, month)[1])


def elapsed(on: date, that_day: date, operator: str) -> int:
    """How far `that_day` lies from `on`: days_ago and months_ago count back, days_ahead counts forward."""
    if operator == "days_ago":
        return (on - that_day).days
    if operator == "days_ahead":
        return (that_day - on).days
    return months_between(that_day, on)
