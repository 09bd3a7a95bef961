"""The pages that say who is due: the list by week, and calendar files of a patient or of a week."""

from datetime import date, timedelta

import sqlalchemy as sa
from flask import Blueprint, Response, abort, request, url_for
from flask.typing import ResponseReturnValue

from safety import clock, web
from safety.audit.log import record, seal
from safety.clinic.models import Clinic
from safety.db import db, write_transaction
from safety.patients import actions as patients
from safety.patients import chart as records
from safety.patients.chart import Coming
from safety.patients.models import Patient
from safety.treatments import due_dates, ics
from safety.treatments.due_dates import Line
from safety.web import actor, current, found, today

WEEKS = 12  # as far ahead as the list offers weeks to choose from


def routes(bp: Blueprint) -> None:
    """Put these pages among the treatment's, and the dates on the patient's page."""
    bp.add_url_rule("/treatments/due", view_func=due)
    bp.add_url_rule("/treatments/due.ics", view_func=due_calendar)
    bp.add_url_rule("/patients/<patient_id>/due.ics", view_func=patient_calendar)
    records.tell_coming(coming)


def due() -> ResponseReturnValue:
    """Who is due: now and late, or those of one week."""
    on = today(clock.now())
    every, week = due_dates.lines(on), _week(on)
    shown = due_dates.in_week(every, week) if week else due_dates.now_due(every)
    this = monday(on)
    weeks = [this + timedelta(days=7 * number) for number in range(WEEKS)]
    return web.show("treatments/due.html", lines=shown, week=week, weeks=weeks, value=week_of)


def _week(on: date) -> date | None:
    """The Monday of the week asked for, or None: what is due now. 404 for a week that does not exist."""
    asked = request.args.get("week", "")
    if not asked:
        return None
    try:
        year, _, number = asked.partition("-W")
        return date.fromisocalendar(int(year), int(number), 1)
    except ValueError:
        abort(404)


def monday(on: date) -> date:
    """The Monday of this day's week."""
    return on - timedelta(days=on.weekday())


def week_of(on: date) -> str:
    """2026-W48, as in ISO 8601."""
    year, number, _ = on.isocalendar()
    return f"{year:04d}-W{number:02d}"


def due_calendar() -> ResponseReturnValue:
    """The clinic's week as a calendar file: initials only."""
    now = clock.now()
    week = _week(today(now)) or monday(today(now))
    shown = due_dates.in_week(due_dates.lines(today(now)), week)
    with write_transaction():
        subject = f"clinic:{current().clinic_id}"
        record(actor(), "treatment.calendar_taken", subject, {"week": week_of(week), "dates": len(shown)})
        seal()
    return _file(shown, f"due-{week_of(week)}", initials=True)


def patient_calendar(patient_id: str) -> ResponseReturnValue:
    """One patient's dates as a calendar file they may take along."""
    with write_transaction():
        patient = found(db.session.scalar(sa.select(Patient).where(Patient.id == patient_id)))
        patients.note_read(actor(), patient.id, "treatments.patient_calendar")
        seal()
    return _file(due_dates.lines(today(clock.now()), patient_id), "due", initials=False)


def _file(shown: list[Line], name: str, initials: bool) -> Response:
    clinic = db.session.get_one(Clinic, current().clinic_id)
    entries = due_dates.events(shown, clinic.name, clinic.phone, initials)
    answer = Response(ics.calendar(clinic.name, entries, clock.now()), mimetype="text/calendar")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}.ics"'
    return answer


def coming(patient_id: str) -> list[Coming]:
    """What the patient page shows of dates ahead."""
    found_lines = due_dates.lines(today(clock.now()), patient_id)
    return [_coming(one) for one in found_lines]


def _coming(one: Line) -> Coming:
    kind, word = one.look
    url = url_for("treatments.show", treatment_id=one.treatment_id)
    return Coming(one.from_on, one.to_on, one.title, one.what, url, kind, word)
