"""How long it lasts and what comes after, in sentences for the pages that plan and show a visit."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from safety.stock.rules import day
from safety.treatments import dues, judging

Json = Any


@dataclass(frozen=True)
class After:
    """What is said of the time after: how it settles, how long it lasts, how it is kept up."""

    downtime: tuple[str, ...]
    durations: tuple[str, ...]
    maintenance: tuple[str, ...]


def words(body: Mapping[str, Json], classes: Collection[str]) -> After:
    """The sentences for these product classes; none in version 1."""
    spoken = [row for row in body.get("durations", ()) if set(row["product_classes"]) & set(classes)]
    return After(
        tuple(row["text"] for row in dues.sentences(body.get("downtime", ()), classes)),
        tuple(_lasts(row) for row in spoken),
        tuple(row["text"] for row in dues.sentences(body.get("maintenance", ()), classes)),
    )


def _lasts(row: Mapping[str, Json]) -> str:
    parts = [
        f"starts {row['onset']}" if "onset" in row else "",
        f"full after {row['full']}" if "full" in row else "",
    ]
    said = [*filter(None, parts), f"lasts {row['lasts']}"]
    return f"{row['title'].partition(':')[0]}: {', '.join(said)}."


def first_visit_words(body: Mapping[str, Json]) -> str:
    """What a first visit is planned by (C13); empty in version 1."""
    rows = (row for row in body.get("sequence", ()) if row["check"] == "first_visit")
    return next((f"{_after_colon(row['title'])}." for row in rows), "")


def _after_colon(title: str) -> str:
    said = title.partition(": ")[2] or title
    return said[0].upper() + said[1:]


def event_words(patient_id: str, on: date, classes: Collection[str], body: Mapping[str, Json]) -> list[str]:
    """The last days that leave time to settle before the event the patient spoke of, if one lies ahead."""
    told = judging.event_said(patient_id, on).get(judging.EVENT)
    if not told:
        return []
    event_on = date.fromisoformat(str(told))
    rows = [row for row in dues.sentences(body.get("downtime", ()), classes) if "days" in row]
    lines = [
        f"{row['text']} Last day before it: {day(event_on - timedelta(days=row['days']))}." for row in rows
    ]
    return [f"The patient spoke of an event on {day(event_on)}.", *lines]
