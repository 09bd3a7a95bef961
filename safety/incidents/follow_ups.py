"""Follow-ups: planned when a run ends, withdrawn when it goes on or its times change, done by a person.

Rows are only ever added. What stands now is the newest entry of each.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from safety import clock
from safety.audit.log import Actor, record
from safety.clinic.models import Clinic
from safety.db import db, new_id
from safety.emergency import folding, pinning, timeline
from safety.emergency.models import Emergency
from safety.incidents import rules
from safety.incidents.models import FollowUp, FollowUpEntry, Incident, IncidentReturn
from safety.incidents.rules import Entry, Kind, Planned, Standing
from safety.staff.models import Member
from safety.treatments.models import TreatmentStart

Json = dict[str, Any]
REOPENED, MOVED, RETURNED = (
    "The emergency was reopened",
    "Its times were corrected",
    "Signs returned: a new run",
)


class AlreadyClosed(ValueError):
    """This follow-up was done, cancelled or withdrawn before. The message is for the page."""


@dataclass(frozen=True)
class Line:
    """A follow-up as pages show it."""

    row: FollowUp
    standing: Standing
    owner: str | None
    last: FollowUpEntry | None
    entries: tuple[FollowUpEntry, ...]

    @property
    def is_open(self) -> bool:
        """Does somebody still have to do it?"""
        return self.standing in rules.OPEN


@dataclass(frozen=True)
class Outcome:
    """What a call or visit found."""

    refill: str | None
    refill_ds: int | None
    mirror_ds: int | None
    stage: str | None
    colour: str | None
    returned: bool
    note: str | None


def incident_of(emergency_id: str) -> Incident | None:
    """The incident a run belongs to: its own, or the one whose signs returned."""
    own = db.session.scalar(sa.select(Incident).where(Incident.emergency_id == emergency_id))
    if own is not None:
        return own
    link = db.session.get(IncidentReturn, emergency_id)
    return db.session.get(Incident, link.incident_id) if link else None


def link_return(actor: Actor, emergency: Emergency, before_id: str, now: datetime) -> None:
    """A further run of an incident: signs came back after the run `before_id`."""
    incident = incident_of(before_id)
    if incident is None:
        return
    db.session.add(
        IncidentReturn(
            emergency_id=emergency.id, incident_id=incident.id, clinic_id=emergency.clinic_id, linked_at=now
        )
    )
    db.session.flush()
    record(actor, "incident.signs_returned", f"incident:{incident.id}", {"emergency": emergency.id})


def runs_of(incident: Incident) -> list[Emergency]:
    """The runs of an incident, first one first."""
    links = sa.select(IncidentReturn.emergency_id).where(IncidentReturn.incident_id == incident.id)
    wanted = sa.select(Emergency).where(
        sa.or_(Emergency.id == incident.emergency_id, Emergency.id.in_(links))
    )
    return list(db.session.scalars(wanted.order_by(Emergency.started_at, Emergency.id)))


def follow(actor: Actor, emergency: Emergency, state: Json, now: datetime) -> None:
    """Bring a run's follow-ups in step with its end: plan what is missing, withdraw what no longer holds."""
    incident = incident_of(emergency.id)
    if incident is None:
        return
    wanted = rules.schedule(pinning.resolved(emergency), state, zone_of(emergency.clinic_id))
    there = [line for line in lines_of(incident.id, now) if line.row.emergency_id == emergency.id]
    named = {(one.rule, one.due_at) for one in wanted}
    for line in there:
        if line.is_open and not _asked_for(line, named):
            close(actor, line.row, Entry.WITHDRAWN, MOVED if state["ended"] else REOPENED, now)
    kept = {(line.row.rule, line.row.due_at) for line in there if line.standing is not Standing.WITHDRAWN}
    settled = {line.row.rule for line in there if line.standing in (Standing.DONE, Standing.CANCELLED)}
    missing = [one for one in wanted if (one.rule, one.due_at) not in kept and one.rule not in settled]
    for one in missing:
        plan(actor, incident, emergency, one, now)
    if missing:
        _supersede(actor, incident, emergency, now)


def _asked_for(line: Line, named: set[tuple[str, datetime]]) -> bool:
    """Is it in the plan? Later weekly visits follow from a review, not from the end of the run."""
    return (line.row.rule, line.row.due_at) in named or line.row.planned_by_review


def _supersede(actor: Actor, incident: Incident, emergency: Emergency, now: datetime) -> None:
    """A later run sets new times: what is still open of the runs before it is withdrawn."""
    earlier = {run.id for run in runs_of(incident) if run.started_at < emergency.started_at}
    for line in lines_of(incident.id, now):
        if line.is_open and line.row.emergency_id in earlier:
            close(actor, line.row, Entry.WITHDRAWN, RETURNED, now)


def plan(
    actor: Actor,
    incident: Incident,
    emergency: Emergency,
    one: Planned,
    now: datetime,
    reviewed: bool = False,
) -> None:
    """One more call or visit somebody has to make. `reviewed`: a review asked for it, not the run's end."""
    row = FollowUp(
        id=new_id(), clinic_id=incident.clinic_id, incident_id=incident.id, emergency_id=emergency.id,
        rule=one.rule, title=one.title, kind=one.kind, due_at=one.due_at, due_until=one.due_until,
        owner_id=_owner(actor, emergency), planned_at=now, planned_by_review=reviewed,
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    facts = {"incident": incident.id, "rule": one.rule, "due_ms": clock.to_ms(one.due_at)}
    record(actor, "follow_up.planned", f"follow_up:{row.id}", facts)


def _owner(actor: Actor, emergency: Emergency) -> str | None:
    """Whoever treated the patient, else whoever ended the run; nobody when neither is known."""
    start = db.session.get(TreatmentStart, emergency.treatment_id) if emergency.treatment_id else None
    return start.started_by if start else actor.id if actor.kind == "member" else None


def close(
    actor: Actor, row: FollowUp, kind: Entry, note: str | None, now: datetime, found: Outcome | None = None
) -> FollowUpEntry:
    """Write what became of a follow-up. Raises AlreadyClosed. A done one may be done again: a correction."""
    last = _last(entries_of([row.id]))
    if last is not None and last.kind in rules.CLOSED and not (last.kind is kind is Entry.DONE):
        raise AlreadyClosed(f"This follow-up is {last.kind.value} already")
    entry = FollowUpEntry(
        id=new_id(), clinic_id=row.clinic_id, follow_up_id=row.id, kind=kind, recorded_at=now,
        recorded_by=str(actor), member_id=actor.id if actor.kind == "member" else None, note=note,
        **(_measured(found) if found else {}),
    )  # fmt: skip
    db.session.add(entry)
    db.session.flush()
    facts = {"entry": entry.id, **({"returned": found.returned} if found else {})}
    record(actor, f"follow_up.{kind.value}", f"follow_up:{row.id}", facts, {"note": note} if note else None)
    return entry


def _measured(found: Outcome) -> Json:
    return {
        "refill": found.refill,
        "refill_ds": found.refill_ds,
        "mirror_ds": found.mirror_ds,
        "stage": found.stage,
        "colour": found.colour,
        "returned": found.returned,
    }


def review(actor: Actor, row: FollowUp, found: Outcome, now: datetime) -> None:
    """A call or visit was made. Where the skin is broken, the next weekly visit is planned with it."""
    close(actor, row, Entry.DONE, found.note, now, found)
    emergency = db.session.get_one(Emergency, row.emergency_id)
    protocol = pinning.resolved(emergency)
    again = rules.repeating(protocol)
    if again is not None and rules.broken(protocol, found.stage):
        _plan_weekly(actor, emergency, row, again, now)


def _plan_weekly(actor: Actor, emergency: Emergency, row: FollowUp, again: Json, now: datetime) -> None:
    lines = [line for line in lines_of(row.incident_id, now) if line.row.emergency_id == emergency.id]
    if any(line.is_open and line.row.rule == again["id"] for line in lines):
        return
    visits = [line.row.due_at for line in lines if line.row.kind is Kind.VISIT]
    _, state = folding.state_of(emergency)
    began = clock.from_ms(state["started_ms"])
    one = rules.weekly(again, began, max([now, *visits]), zone_of(row.clinic_id))
    incident = db.session.get_one(Incident, row.incident_id)
    plan(actor, incident, emergency, one, now, reviewed=True)


def take_over(actor: Actor, row: FollowUp, now: datetime) -> None:
    """Whoever is signed in looks after this one from now on. Raises AlreadyClosed."""
    close(actor, row, Entry.TAKEN_OVER, None, now)


def found(follow_up_id: str) -> FollowUp | None:
    """One follow-up of this clinic, or None."""
    return db.session.scalar(sa.select(FollowUp).where(FollowUp.id == follow_up_id))


def entries_of(ids: Sequence[str]) -> list[FollowUpEntry]:
    """The entries of these follow-ups, oldest first."""
    wanted = sa.select(FollowUpEntry).where(FollowUpEntry.follow_up_id.in_(list(ids)))
    return list(db.session.scalars(wanted.order_by(FollowUpEntry.position)))


def _last(entries: Sequence[FollowUpEntry]) -> FollowUpEntry | None:
    closing = [entry for entry in entries if entry.kind in rules.CLOSED]
    return closing[-1] if closing else None


def lines_of(incident_id: str, now: datetime) -> list[Line]:
    """An incident's follow-ups by when they are due."""
    wanted = sa.select(FollowUp).where(FollowUp.incident_id == incident_id)
    return _lines(list(db.session.scalars(wanted.order_by(FollowUp.due_at, FollowUp.planned_at))), now)


def line_of(row: FollowUp, now: datetime) -> Line:
    """One follow-up as pages show it."""
    return _lines([row], now)[0]


def open_lines(now: datetime) -> list[Line]:
    """Everything that waits in this clinic: overdue first, then by when it is due."""
    closed = sa.select(FollowUpEntry.follow_up_id).where(FollowUpEntry.kind.in_(list(rules.CLOSED)))
    wanted = sa.select(FollowUp).where(FollowUp.id.not_in(closed)).order_by(FollowUp.due_at, FollowUp.id)
    lines = _lines(list(db.session.scalars(wanted)), now)
    return sorted(lines, key=lambda line: rules.OPEN.index(line.standing))


def _lines(rows: Sequence[FollowUp], now: datetime) -> list[Line]:
    entries = entries_of([row.id for row in rows])
    names = {member.id: member.name for member in db.session.scalars(sa.select(Member))}
    return [_line(row, [e for e in entries if e.follow_up_id == row.id], names, now) for row in rows]


def _line(row: FollowUp, entries: Sequence[FollowUpEntry], names: dict[str, str], now: datetime) -> Line:
    last = _last(entries)
    taken = [entry.member_id for entry in entries if entry.kind is Entry.TAKEN_OVER]
    owner = names.get((taken[-1] if taken else row.owner_id) or "")
    closed = last.kind if last else None
    standing = rules.standing(closed, row.due_at, row.due_until, now, zone_of(row.clinic_id))
    return Line(row, standing, owner, last, tuple(entries))


def said(entry: FollowUpEntry) -> str:
    """What was found, or why not, in one line."""
    parts = [
        "Taken over" if entry.kind is Entry.TAKEN_OVER else "",
        f"Refill {rules.REFILL[entry.refill].lower()}" if entry.refill else "",
        timeline.tenths(entry.refill_ds) if entry.refill_ds else "",
        f"other side {timeline.tenths(entry.mirror_ds)}" if entry.mirror_ds else "",
        "no skin damage" if entry.stage == "0" else f"stage {entry.stage}" if entry.stage else "",
        f"colour {rules.COLOUR[entry.colour].lower()}" if entry.colour else "",
        "Signs came back" if entry.returned else "",
        entry.note or "",
    ]
    return ", ".join(part for part in parts if part)


def zone_of(clinic_id: str) -> ZoneInfo:
    """The clinic's time zone: a visit belongs to a day there."""
    return ZoneInfo(db.session.get_one(Clinic, clinic_id).time_zone)


def soon(lines: Sequence[Line], now: datetime, days: int) -> list[Line]:
    """Those due within so many days, and everything late."""
    return [line for line in lines if line.row.due_at <= now + timedelta(days=days)]
