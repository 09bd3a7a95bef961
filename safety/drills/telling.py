"""Drills in words."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from safety.drills.models import DrillAttendance
from safety.drills.reading import Result
from safety.drills.rules import Due
from safety.drills.score import Row, Score
from safety.emergency.facts import MINUTE
from safety.emergency.timeline import elapsed, span
from safety.staff.models import Member, Role
from safety.web import day

DUE_WORDS = {
    "never": ("stop", "Never practised"),
    "overdue": ("stop", "Overdue"),
    "soon": ("check", "Due soon"),
    "ok": ("ready", "In date"),
}
ROLE_WORDS = {
    Role.NURSE: "Nurse",
    Role.PRESCRIBER: "Prescriber",
    Role.MEDICAL_DIRECTOR: "Medical director",
    Role.SAFETY_OFFICER: "Safety officer",
    Role.ADMIN: "Administrator",
}
NOTHING = "–"


def due_line(row: Due) -> str:
    """Last drill 3 Jun 2026, due 3 Dec 2026."""
    if row.last_on is None or row.due_on is None:
        return "No drill signed for"
    return f"Last drill {day(row.last_on)}, due {day(row.due_on)}"


def state(result: Result) -> tuple[str, str]:
    """Kind and word of where a drill stands."""
    if result.run.made_real_at is not None:
        return "stop", "Made real"
    if result.run.ended_at is None:
        return "drill", "Running"
    if result.score is None:
        return "open", "Not started"
    if result.score.missed:
        return "stop", f"{result.score.missed} missed"
    return ("check", f"{result.score.late} late") if result.score.late else ("ready", "All in time")


def speed(times: int) -> str:
    """How fast the clock of a drill ran."""
    return "Ten times as fast" if times > 1 else "As time goes"


def took(ms: int | None) -> str:
    """4 min 30 s, or a dash."""
    return NOTHING if ms is None else span(ms)


def numbers(score: Score) -> list[tuple[str, str]]:
    """The four numbers of the result page."""
    target = score.first_dose["target_ms"]
    said = "Start to dose 1" if target is None else f"Start to dose 1, {MET[score.first_dose['status']]}"
    return [
        (took(score.first_dose["took_ms"]), said),
        (f"{score.missed} missed, {score.late} late", "Steps"),
        (
            str(score.strikes),
            "Struck entries" if not score.duplicates else f"Struck, {score.duplicates} equal",
        ),
        (
            took(score.kit_from_start_ms),
            f"Start to kit in hand, {took(score.kit_from_call_ms)} from the call",
        ),
    ]


MET = {
    "met": "within target", "late": "after target", "waiting": "target not reached", "amber": "target near",
    "none": "no target",
}  # fmt: skip


def sheet(score: Score, started_ms: int) -> list[list[str]]:
    """The score sheet as rows of cells: step, due, done, how it stands."""
    return [
        [row.text, elapsed(row.due_ms - started_ms), _done(row, started_ms), _stands(row)]
        for row in score.rows
    ]


def _done(row: Row, started_ms: int) -> str:
    return NOTHING if row.done_ms is None else elapsed(max(0, row.done_ms - started_ms))


def _stands(row: Row) -> str:
    if row.done_ms is None:
        return "Missed" if row.missed else "Not reached"
    return f"Late {max(1, row.late_s * 1000 // MINUTE)} min" if row.late else "In time"


def compared(results: Iterable[Result]) -> list[list[str]]:
    """Drills beside each other, one a row."""
    return [_compared(one, one.score) for one in results if one.score is not None]


def _compared(one: Result, score: Score) -> list[str]:
    return [
        day(one.run.started_at), one.title, took(score.first_dose["took_ms"]), str(score.missed),
        str(score.late), str(score.strikes), took(score.kit_from_start_ms),
    ]  # fmt: skip


@dataclass(frozen=True)
class Person:
    """Somebody who took part, and when they signed."""

    name: str
    role: str
    signed_at: datetime | None


def people(
    planned: Sequence[Member], signed: Mapping[str, DrillAttendance], everyone: Mapping[str, Member]
) -> list[Person]:
    """Everyone who was to take part or signed."""
    members = {member.id: member for member in planned} | {key: everyone[key] for key in signed}
    return [
        Person(one.name, ROLE_WORDS[one.role], signed[one.id].signed_at if one.id in signed else None)
        for one in members.values()
    ]


def who_first(rows: Sequence[Due]) -> str:
    """Nora Quinn and 3 more."""
    more = len(rows) - 1
    return rows[0].name + (f" and {more} more" if more else "")
