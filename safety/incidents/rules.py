"""After a run: which calls and visits the protocol asks for, when each is due, and how it stands. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

Json = dict[str, Any]
MISTAKE, NOT_OCCLUSION = "started_by_mistake", "not_occlusion"
DISCHARGE, IF_BROKEN = "discharge", "visit_if_broken"


class Kind(StrEnum):
    """How somebody looks after the patient."""

    PHONE = "phone"
    VISIT = "visit"
    PHOTO = "photo"


class Entry(StrEnum):
    """What is written under a follow-up."""

    DONE = "done"
    CANCELLED = "cancelled"
    WITHDRAWN = "withdrawn"
    TAKEN_OVER = "taken_over"


class Standing(StrEnum):
    """How a follow-up stands."""

    OVERDUE = "overdue"
    DUE = "due"
    PLANNED = "planned"
    DONE = "done"
    CANCELLED = "cancelled"
    WITHDRAWN = "withdrawn"


REFILL: dict[Any, str] = {"normal": "Normal", "slow": "Slow", "none": "None"}
COLOUR: dict[Any, str] = {
    "normal": "Normal",
    "pale": "White or grey",
    "net": "Net-like, purple or blue",
    "dusky": "Dusky or violet",
    "dark": "Dark or black",
}
CLOSED = {
    Entry.DONE: Standing.DONE,
    Entry.CANCELLED: Standing.CANCELLED,
    Entry.WITHDRAWN: Standing.WITHDRAWN,
}
OPEN = (Standing.OVERDUE, Standing.DUE, Standing.PLANNED)


@dataclass(frozen=True)
class Planned:
    """One call or visit: which rule asks for it, its words, when, and until when it is not late."""

    rule: str
    title: str
    kind: Kind
    due_at: datetime
    due_until: datetime


def standing(
    closed: Entry | None, due_at: datetime, due_until: datetime, now: datetime, zone: ZoneInfo
) -> Standing:
    """How a follow-up stands: what closed it, else what the time says. Its day begins at midnight."""
    if closed is not None:
        return CLOSED[closed]
    if now > due_until:
        return Standing.OVERDUE
    on_its_day = due_at.astimezone(zone).date() <= now.astimezone(zone).date()
    return Standing.DUE if on_its_day else Standing.PLANNED


def schedule(protocol: Json, state: Json, zone: ZoneInfo) -> list[Planned]:
    """What the protocol asks for after this run; nothing while it runs or when it was started by mistake.

    Visits count from recognition, the call from the end. A run that was no occlusion keeps its safety net:
    the checks again of the bruise rule, and the call.
    """
    ended = state["ended"]
    if ended is None or ended["reason"] == MISTAKE:
        return []
    rows = protocol["observation"]["follow_ups"]
    began, left = _instant(state["started_ms"]), _instant(ended["at_ms"])
    if ended["reason"] == NOT_OCCLUSION:
        calls = [row for row in rows if row["from"] == DISCHARGE]
        return [*_checks_again(protocol, left), *(_planned(row, began, left, zone) for row in calls)]
    planned = [_planned(row, began, left, zone) for row in rows if row["kind"] != IF_BROKEN]
    return [*planned, *(_weekly(rows, began, planned, zone) if broken(protocol, last_stage(state)) else [])]


def _instant(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 10**3, UTC)


def _planned(row: Json, began: datetime, left: datetime, zone: ZoneInfo) -> Planned:
    start = left if row["from"] == DISCHARGE else began
    due_at = (
        _months_after(start, row["months"], zone)
        if "months" in row
        else start + timedelta(hours=row["after_h"])
    )
    until = start + timedelta(hours=row["until_h"]) if "until_h" in row else end_of_day(due_at, zone)
    return Planned(row["id"], row["title"], Kind(row["kind"]), due_at, until)


def end_of_day(instant: datetime, zone: ZoneInfo) -> datetime:
    """The last moment of an instant's day in the clinic: a visit is not late before."""
    following = instant.astimezone(zone).date() + timedelta(days=1)
    return datetime.combine(following, time(0), zone).astimezone(UTC) - timedelta(seconds=1)


def _months_after(start: datetime, months: int, zone: ZoneInfo) -> datetime:
    """The same hour so many months later; the last day of a shorter month."""
    there = start.astimezone(zone)
    year, month = divmod(there.year * 12 + there.month - 1 + months, 12)
    first = date(year, month + 1, 1)
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    return datetime.combine(last.replace(day=min(there.day, last.day)), there.timetz()).astimezone(UTC)


def _checks_again(protocol: Json, left: datetime) -> list[Planned]:
    """The bruise rule's checks, counted from the end; each is late after as long again as the first takes."""
    rule = protocol["bruise_or_occlusion"]["rule"]
    grace = timedelta(minutes=rule["minutes"][0])
    return [
        Planned(rule["id"], f"Check again at {after} minutes", Kind.VISIT, due, due + grace)
        for after in rule["minutes"]
        for due in [left + timedelta(minutes=after)]
    ]


def last_stage(state: Json) -> str | None:
    """The stage of the skin last assessed in a run."""
    facts = [fact for fact in state["facts"] if fact["type"] == "stage_assessed" and fact["struck"] is None]
    return str(max(facts, key=lambda fact: int(fact["at_ms"]))["data"]["stage"]) if facts else None


def broken(protocol: Json, stage: str | None) -> bool:
    """Is the skin broken: a stage for which the protocol asks the prescriber about the wound?"""
    return any(row["id"] == stage and row.get("banner") for row in protocol["stages"])


def _weekly(
    rows: Sequence[Json], began: datetime, planned: Sequence[Planned], zone: ZoneInfo
) -> list[Planned]:
    visits = [one.due_at for one in planned if one.kind is Kind.VISIT]
    return [weekly(row, began, max([began, *visits]), zone) for row in rows if row["kind"] == IF_BROKEN]


def weekly(row: Json, began: datetime, after: datetime, zone: ZoneInfo) -> Planned:
    """The next visit of a repeating rule later than `after`, on its weekly beat from recognition."""
    step = timedelta(hours=row["every_h"])
    due_at = began + step * ((after - began) // step + 1)
    return Planned(row["id"], row["title"], Kind.VISIT, due_at, end_of_day(due_at, zone))


def repeating(protocol: Json) -> Json | None:
    """The protocol's rule for skin that is broken, if it has one."""
    return next((row for row in protocol["observation"]["follow_ups"] if row["kind"] == IF_BROKEN), None)
