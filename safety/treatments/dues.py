"""When a product in an area is due again, and how long it lasts. Pure: handed rows and days.

Source: clinical specification 6.2, from the treatment protocol's `durations`, `maintenance` and `downtime`.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from safety.screening.logic import months_after

Json = Any
Row = Mapping[str, Json]


@dataclass(frozen=True)
class Given:
    """One product in one area as it was given. `area` without its side, `groups` those of the area."""

    product_class: str
    brand: str
    area: str
    groups: frozenset[str]


@dataclass(frozen=True)
class Due:
    """From when it is due again; from `amber_on` it is late. `figure`: the row that says so."""

    figure: str
    from_on: date
    amber_on: date | None


def row_for(rows: Iterable[Row], given: Given) -> Row | None:
    """The first row that fits the class, the brand and the area, or None: then no time is known."""
    return next((row for row in rows if _fits(row, given)), None)


def _fits(row: Row, given: Given) -> bool:
    if given.product_class not in row["product_classes"]:
        return False
    if "brands" in row and given.brand not in row["brands"]:
        return False
    if "areas" in row:
        return given.area in row["areas"]
    return "groups" not in row or bool(given.groups & set(row["groups"]))


def due(rows: Iterable[Row], given: Given, on: date) -> Due | None:
    """When something given on a day is due again: calendar months after it, never a day too early."""
    row = row_for(rows, given)
    if row is None:
        return None
    amber = row.get("amber_month")
    return Due(row["id"], months_after(on, row["due_month"]), months_after(on, amber) if amber else None)


def stage(on: date, from_on: date, amber_on: date | None) -> str:
    """Where a due date stands on a day: `ahead`, `due` or `late`."""
    if on < from_on:
        return "ahead"
    return "late" if amber_on is not None and on >= amber_on else "due"


def sentences(rows: Iterable[Row], classes: Collection[str]) -> list[Row]:
    """The rows of maintenance or downtime that speak of these product classes."""
    return [row for row in rows if _speaks(row, set(classes))]


def _speaks(row: Row, classes: set[str]) -> bool:
    named = set(row["product_classes"])
    return named <= classes if row.get("together") else bool(named & classes)
