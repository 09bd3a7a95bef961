"""Everything the day board shows, read in one go."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from flask import url_for

from safety.clinic import actions as clinic
from safety.clinic.models import Room
from safety.db import db
from safety.emergency import actions as emergencies
from safety.protocols.load import Broken
from safety.screening import actions as screening
from safety.staff import actions as staff
from safety.staff import checks
from safety.staff.models import Member
from safety.stock import ledger
from safety.stock.models import ProductClass
from safety.today import rules
from safety.treatments import interlock, observation
from safety.treatments import reading as treatments
from safety.treatments.models import Treatment
from safety.treatments.reading import Chart
from safety.treatments.rules import FILLERS, Ready
from safety.treatments.telling import CLASS_WORDS, STATUS_WORDS
from safety.treatments.visit import Status
from safety.web import day, today, when


@dataclass(frozen=True)
class Shelf:
    """The means of rescue in one look."""

    state: Ready
    kind: str
    word: str
    line: str
    drawn: rules.Drawn | None = None
    facts: list[tuple[str, Any]] = field(default_factory=list)
    because: tuple[str, ...] = ()


@dataclass(frozen=True)
class Visit:
    """One line of today's list."""

    at: str
    name: str
    line: str
    kind: str
    word: str
    url: str
    state: str | None
    waits: bool
    stays: observation.Stay | None = None


@dataclass(frozen=True)
class RoomLine:
    """One room: what goes on there, and whether filler may be injected in it."""

    name: str
    text: str
    remark: str
    kind: str
    word: str


def shelf(now: datetime) -> Shelf:
    """Is hyaluronidase ready for the most demanding filler? Without a readable protocol the answer is no."""
    on = today(now)
    try:
        readiness = interlock.any_filler(on).readiness
    except Broken:
        return Shelf(Ready.NOT_READY, "stop", "No rescue protocol", "The protocol file cannot be read")
    lots = ledger.lots(ProductClass.HYALURONIDASE)
    kind, word = rules.SHELF_WORDS[readiness.state]
    most, *others = rules.usable_in_words(readiness, lots) or ["None that may be used"]
    facts = [("Needed", rules.needed_in_words(readiness, lots)), *(("Also", other) for other in others)]
    facts += [*_expires_first(lots, on), *_last_count(on)]
    because = () if readiness.state is Ready.READY else readiness.because
    return Shelf(readiness.state, kind, word, most, rules.drawn(readiness, lots, on), facts, because)


def _expires_first(lots: Sequence[Any], on: date) -> list[tuple[str, Any]]:
    lot = rules.first_to_expire(lots, on)
    return [("Expires first", {"when": rules.in_days(lot.expires_on, on), "lot": lot.code})] if lot else []


def _last_count(on: date) -> list[tuple[str, Any]]:
    counted = ledger.last_count()
    if counted is None:
        return [("Last count", "Never")]
    told = f"{_told(today(counted.happened_at), on)} {when(counted.happened_at)}"
    by = db.session.get(Member, counted.actor.removeprefix("member:"))
    return [("Last count", f"{told}, {rules.short_name(by.name)}" if by else told)]


def _told(that_day: date, on: date) -> str:
    return {0: "Today", 1: "Yesterday"}.get((on - that_day).days, day(that_day))


def charts(on: date) -> list[Chart]:
    """Today's visits in the order of their appointments, cancelled ones left out."""
    wanted = sa.select(Treatment).where(Treatment.planned_on == on, Treatment.cancelled_at.is_(None))
    listed = list(db.session.scalars(wanted))
    listed.sort(key=lambda one: (one.planned_at is None, one.planned_at or "", one.id))
    return [treatments.chart(one, on) for one in listed]


def visits(listed: Sequence[Chart], state: Ready, now: datetime) -> list[Visit]:
    """The lines of today's list; the visit that runs, or else the next one, is marked."""
    marked = next((one for one in listed if one.status is Status.STARTED), None) or _next(listed, now)
    return [_visit(one, state, one is marked, now) for one in listed]


def _next(listed: Sequence[Chart], now: datetime) -> Chart | None:
    ahead = (
        one
        for one in listed
        if one.status is not Status.FINISHED and (one.treatment.planned_at or "") >= when(now)
    )
    return next(ahead, None)


def _visit(chart: Chart, state: Ready, marked: bool, now: datetime) -> Visit:
    kind, word = STATUS_WORDS[chart.status if _answered(chart) else Status.PLANNED]
    stopped = chart.status is Status.DO_NOT_TREAT
    if state is Ready.NOT_READY and chart.status in _AHEAD and chart.classes & FILLERS:
        kind, word, stopped = "stop", "No filler: stock", True
    stay = observation.stay(chart) if chart.status in (Status.STARTED, Status.FINISHED) else None
    if chart.status is Status.STARTED and stay and stay.asked:
        kind, word = _stays(stay, now)
    if chart.finish and chart.finish.early_reason:
        kind, word = "check", "Left early"
    at = chart.treatment.planned_at or "–"
    return Visit(
        at=at,
        name=f"{chart.patient.given_name} {chart.patient.family_name}",
        line=_what_and_where(chart) + _override(chart),
        kind=kind,
        word=word,
        url=url_for("treatments.show", treatment_id=chart.treatment.id),
        state="stop" if stopped else "now" if marked else None,
        waits=stopped or chart.status in rules.NEEDS_SOMEBODY or kind == "due",
        stays=stay if word.startswith("Stays") else None,
    )


def _override(chart: Chart) -> str:
    """Said on the board as long as the visit stands there."""
    over = chart.start.interlock.get("override") if chart.start else None
    return f". Without the full rescue stock, override by {over['answered_by']}" if over else ""


def _stays(stay: observation.Stay, now: datetime) -> tuple[str, str]:
    """How the stay of a running treatment looks on the board."""
    if stay.seen and not stay.seen.normal:
        return "stop", f"Not normal at {when(stay.seen.seen_at)}"
    if stay.against(now) is None:
        return "ready", "Seen: may leave"
    if stay.overdue(now):
        return "due", f"May leave since {when(stay.leaves_at)}: see patient"
    return "note", f"Stays until {when(stay.leaves_at)}"


def _what_and_where(chart: Chart) -> str:
    """HA filler, lips, Room 2."""
    room = db.session.get(Room, chart.treatment.room_id) if chart.treatment.room_id else None
    parts = [
        part for item in chart.items for part in (CLASS_WORDS[item.product_class], *map(_short, item.areas))
    ]
    return ", ".join([*dict.fromkeys(parts), *([room.name] if room else [])])


def _short(area: str) -> str:
    return treatments.area_name(area).partition(" (")[0].lower()


def _answered(chart: Chart) -> bool:
    """Has the screening more than its beginning? It begins by itself with a plan made on the day."""
    begun = chart.status is not Status.SCREENING
    return begun or bool(screening.current_answers(chart.treatment.screening_id or ""))


_AHEAD = frozenset({Status.PLANNED, Status.SCREENING, Status.WAITING_FOR_PRESCRIBER, Status.CLEARED})


def rooms(listed: Sequence[Chart], state: Ready, now: datetime) -> list[RoomLine]:
    """Every room of the clinic."""
    tablets = {tablet.room_id for tablet in staff.tablets() if tablet.revoked_at is None}
    running = {run.room_id for run in emergencies.open_runs() if not run.drill}
    return [
        _room(room, listed, room.id in running, room.id in tablets, state, now) for room in clinic.rooms()
    ]


def _room(
    room: Room, listed: Sequence[Chart], emergency: bool, has_tablet: bool, state: Ready, now: datetime
) -> RoomLine:
    kind, word, remark = rules.room_look(emergency, has_tablet, state)
    here = [chart for chart in listed if chart.treatment.room_id == room.id]
    return RoomLine(room.name, _goes_on(here, now), remark, kind, word)


def _goes_on(here: Sequence[Chart], now: datetime) -> str:
    for chart in here:
        if chart.status is Status.STARTED and chart.start:
            return f"In use since {when(chart.start.started_at)}"
    coming = _next(here, now)
    return f"Next at {coming.treatment.planned_at}" if coming else "Free today"


def tablet_check(tablet_id: str | None, now: datetime) -> str | None:
    """Whether this tablet was tried today, in words; None when this is no tablet of the clinic."""
    if tablet_id is None:
        return None
    last = checks.last_checks().get(tablet_id)
    if last is None or today(last.at) != today(now):
        return "Not checked today"
    by = f", {rules.short_name(last.by)}" if last.by else ""
    return f"Checked {when(last.at)}{by}" + (", not all was good" if last.faults else "")
