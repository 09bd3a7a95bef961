"""Three-valued logic, table by table, and the calendar."""

from datetime import date, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safety.screening.logic import (
    Truth,
    all_of,
    any_of,
    compare,
    elapsed,
    months_after,
    months_between,
    opposite,
    years_between,
)

TRUTHS: tuple[Truth, ...] = (True, False, None)
DAYS = st.dates(date(1990, 1, 1), date(2090, 1, 1))


def readings(truths: tuple[Truth, ...]) -> list[tuple[bool, ...]]:
    """Every way the unknown ones could turn out."""
    return list(product(*[(True, False) if truth is None else (truth,) for truth in truths]))


@pytest.mark.parametrize("length", [0, 1, 2, 3, 4])
def test_it_works(length: int) -> None:
    """All and any are true or false exactly when every reading of the unknown says so."""
    for truths in product(TRUTHS, repeat=length):
        for function, plain in ((all_of, all), (any_of, any)):
            outcomes = {plain(reading) for reading in readings(truths)}
            expected = outcomes.pop() if len(outcomes) == 1 else None
            assert function(truths) is expected, (function.__name__, truths)


def test_not_keeps_unknown() -> None:
    assert [opposite(truth) for truth in TRUTHS] == [False, True, None]


@pytest.mark.parametrize("one", TRUTHS)
@pytest.mark.parametrize("other", TRUTHS)
def test_de_morgan(one: Truth, other: Truth) -> None:
    assert opposite(all_of([one, other])) is any_of([opposite(one), opposite(other)])


@pytest.mark.parametrize(
    ("operator", "below", "at", "above"),
    [
        ("lt", True, False, False),
        ("lte", True, True, False),
        ("gt", False, False, True),
        ("gte", False, True, True),
    ],
)
def test_both_sides_of_each_comparison(operator: str, below: bool, at: bool, above: bool) -> None:
    assert [compare(value, {operator: 14}) for value in (13, 14, 15)] == [below, at, above]


@pytest.mark.parametrize(
    ("born_on", "on", "age"),
    [
        ("2008-03-11", "2026-03-10", 17),
        ("2008-03-10", "2026-03-10", 18),
        ("2008-02-29", "2026-02-28", 17),
        ("2008-02-29", "2026-03-01", 18),
        ("2008-02-29", "2028-02-28", 19),
        ("2008-02-29", "2028-02-29", 20),
        ("2008-12-31", "2026-12-30", 17),
    ],
)
def test_age_to_the_day(born_on: str, on: str, age: int) -> None:
    assert years_between(date.fromisoformat(born_on), date.fromisoformat(on)) == age


@pytest.mark.parametrize(
    ("start", "months", "day"),
    [
        ("2025-12-10", 3, "2026-03-10"),
        ("2025-08-31", 6, "2026-03-01"),
        ("2023-08-31", 6, "2024-03-01"),
        ("2025-11-30", 3, "2026-03-01"),
        ("2025-12-31", 2, "2026-03-01"),
        ("2025-01-15", 12, "2026-01-15"),
        ("2025-12-31", 0, "2025-12-31"),
    ],
)
def test_months_end_on_a_day_that_exists(start: str, months: int, day: str) -> None:
    assert months_after(date.fromisoformat(start), months) == date.fromisoformat(day)


@given(DAYS, st.integers(0, 60))
def test_months_are_over_on_that_day_and_not_before(start: date, months: int) -> None:
    end = months_after(start, months)
    assert months_between(start, end) >= months
    assert months == 0 or months_between(start, end - timedelta(days=1)) < months


@given(DAYS, st.integers(0, 4000))
def test_days_ago_is_the_mirror_of_days_ahead(on: date, days: int) -> None:
    then = on - timedelta(days=days)
    assert elapsed(on, then, "days_ago") == days == -elapsed(on, then, "days_ahead")
