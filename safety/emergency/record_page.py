"""What the pages about a run show: the list, the record of one run, and the strip on every other page."""

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from safety import clock
from safety.clinic.models import Room
from safety.db import db
from safety.emergency import countersigning, folding, photo_page, pinning, reducer, timeline
from safety.emergency.models import Emergency, EmergencyEvent
from safety.patients.models import Patient
from safety.staff.models import Member
from safety.web import local, when

Json = dict[str, Any]
LOOK_BACK = timedelta(days=31)


def rows() -> list[Json]:
    """Every run of the clinic, open ones first, newest first."""
    wanted = sa.select(Emergency).order_by(Emergency.ended_at.is_not(None), Emergency.started_at.desc())
    return [_line(run) for run in db.session.scalars(wanted)]


def _line(run: Emergency) -> Json:
    room = db.session.get(Room, run.room_id) if run.room_id else None
    return {"run": run, "room": room.name if room else None, "patient": patient_name(run)}


def patient_name(run: Emergency) -> str | None:
    """Who is treated in this run, where the record knows."""
    patient = db.session.get(Patient, run.patient_id) if run.patient_id else None
    return f"{patient.given_name} {patient.family_name}" if patient else None


def record_of(run: Emergency) -> Json:
    """The timeline of a run as recorded, its refused entries, gaps, and what is still missing."""
    protocol, events = pinning.resolved(run), folding.events_of(run.id)
    state = folding.fold(protocol, events)
    started = state["started_ms"] is not None
    answers = countersigning.answered_by(events, run.id)
    shown = timeline.rows(protocol, state, names(), _clock) if started else []
    shown = timeline.attested(shown, answers, countersigning.delivered_late(events))
    return {
        **_line(run),
        "title": protocol["title"],
        "rows": [
            {"row": row, "clock": _clock(row.at_ms), "elapsed": timeline.elapsed(row.elapsed_ms)}
            for row in shown
        ],
        "refused": [event for event in events if event.refused],
        "gaps": gaps(events),
        "unconfirmed": 0 if run.drill else list(answers.values()).count(timeline.UNCONFIRMED),
        "photos": photo_page.cycles(run, protocol, state) if started else [],
        "given": state["totals"] if started else None,
        "prompts": reducer.prompts(protocol, state, clock.to_ms(run.ended_at or clock.now()))
        if started
        else None,
    }


def unsettled(now: datetime) -> list[Emergency]:
    """Runs of the last weeks in which two entries still contradict each other, newest first."""
    wanted = (
        sa.select(Emergency)
        .where(Emergency.drill.is_(False), Emergency.started_at > now - LOOK_BACK)
        .order_by(Emergency.started_at.desc())
    )
    return [run for run in db.session.scalars(wanted) if _questions(run, now)]


def _questions(run: Emergency, now: datetime) -> list[Json]:
    protocol, state = folding.state_of(run)
    if state["started_ms"] is None:
        return []
    asked: list[Json] = reducer.prompts(protocol, state, clock.to_ms(now))["questions"]
    return asked


def names() -> dict[str, str]:
    """Names of everyone who works or worked at the clinic, by id."""
    return {member.id: member.name for member in db.session.scalars(sa.select(Member))}


def _clock(ms: int) -> str:
    return local(clock.from_ms(ms)).strftime("%H:%M:%S")


def gaps(events: list[EmergencyEvent]) -> list[Json]:
    """Numbers missing from a tablet's own count: entries it made that have not arrived."""
    found = []
    for device in dict.fromkeys(event.device for event in events):
        seen = {event.seq for event in events if event.device == device and event.seq >= 0}
        missing = sorted(set(range(min(seen, default=0), max(seen, default=0))) - seen)
        if missing:
            found.append({"device": device, "missing": missing})
    return found


def strip_words(run: Emergency, now_ms: int) -> str:
    """Emergency in Room 2. Next dose 14:09."""
    room = db.session.get(Room, run.room_id) if run.room_id else None
    head = (
        f"{'DRILL' if run.drill else 'Emergency'} in {room.name}"
        if room
        else ("DRILL" if run.drill else "Emergency")
    )
    _, state = folding.state_of(run)
    due = state["due"]["dose_ms"] if state["due"] else None
    if due is None or state["speed"] > 1:
        return f"{head}. Started {when(run.started_at)}."
    return f"{head}. Dose due now." if due <= now_ms else f"{head}. Next dose {when(clock.from_ms(due))}."
