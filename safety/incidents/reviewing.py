"""The pages after a run: what is planned, what was found, and the day's list. Routes of the blueprint."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from safety import clock
from safety.audit.log import seal
from safety.db import db, write_transaction
from safety.emergency import pinning
from safety.emergency.models import Emergency
from safety.incidents import follow_ups
from safety.incidents.follow_ups import AlreadyClosed, Line
from safety.incidents.forms import ReasonForm, ReviewForm, review_form
from safety.incidents.models import FollowUp, Incident
from safety.incidents.rules import Entry, Standing
from safety.patients.models import Patient
from safety.staff.forms import EmptyForm
from safety.treatments.models import Treatment, TreatmentFinish
from safety.web import actor, found, show, stamp, today

Json = dict[str, Any]
AHEAD_DAYS = 14
LOOKS = {
    Standing.OVERDUE: ("stop", "Overdue"),
    Standing.DUE: ("due", "Due"),
    Standing.PLANNED: ("open", "Planned"),
    Standing.DONE: ("ready", "Done"),
    Standing.CANCELLED: ("open", "Cancelled"),
    Standing.WITHDRAWN: ("open", "Withdrawn"),
}


def add_to(bp: Blueprint) -> None:
    """Give the incidents blueprint these routes."""
    both = ["GET", "POST"]
    bp.add_url_rule("/incidents/<uuid:incident_id>/follow-ups", endpoint="follow_ups", view_func=planned)
    bp.add_url_rule("/reviews", view_func=reviews)
    bp.add_url_rule("/reviews/<uuid:follow_up_id>", view_func=review, methods=both)
    bp.add_url_rule("/reviews/<uuid:follow_up_id>/cancel", view_func=cancel_review, methods=both)
    bp.add_url_rule("/reviews/<uuid:follow_up_id>/take", view_func=take_review, methods=["POST"])


def planned(incident_id: Any) -> ResponseReturnValue:
    """What is planned after an incident, and what became of it: open ones first."""
    incident, now = found(db.session.get(Incident, str(incident_id))), clock.now()
    lines = [shown(line) for line in follow_ups.lines_of(incident.id, now)]
    return render_template(
        "incidents/follow_ups.html",
        incident=incident,
        patient=_patient_of(incident),
        waiting=[line for line in lines if line["line"].is_open],
        closed=[line for line in lines if not line["line"].is_open],
    )


def shown(line: Line) -> Json:
    """A follow-up as a row of a page."""
    kind, word = LOOKS[line.standing]
    due = f"{stamp(line.row.due_at)}, by {stamp(line.row.due_until)}"
    owner = line.owner or "Nobody yet"
    said = f"{stamp(line.last.recorded_at)}. {follow_ups.said(line.last)}" if line.last else ""
    state = "stop" if line.standing is Standing.OVERDUE else "now" if line.standing is Standing.DUE else None
    return {
        "line": line,
        "kind": kind,
        "word": word,
        "due": due,
        "owner": owner,
        "said": said,
        "state": state,
    }


def reviews() -> ResponseReturnValue:
    """The day's list: late ones first, then what is due, then the coming two weeks; and treatment reviews."""
    now = clock.now()
    lines = follow_ups.soon(follow_ups.open_lines(now), now, AHEAD_DAYS)
    listed = [{**shown(line), "patient": _patient_of(_incident(line.row))} for line in lines]
    return render_template("incidents/reviews.html", lines=listed, treatments=_treatment_reviews())


def _treatment_reviews() -> list[Json]:
    """Ordinary reviews whose days have come."""
    on = today(clock.now())
    wanted = (
        sa.select(TreatmentFinish, Patient)
        .join(Treatment, Treatment.id == TreatmentFinish.treatment_id)
        .join(Patient, Patient.id == Treatment.patient_id)
        .where(TreatmentFinish.review_from_on <= on, TreatmentFinish.review_to_on >= on)
        .order_by(TreatmentFinish.review_to_on, TreatmentFinish.treatment_id)
    )
    return [
        {"patient": f"{patient.given_name} {patient.family_name}", "finish": finish}
        for finish, patient in db.session.execute(wanted)
    ]


def review(follow_up_id: Any) -> ResponseReturnValue:
    """One call or visit: what is known, what was found, and the way back into the emergency."""
    row = _row(follow_up_id)
    form = _form(row)
    if not form.validate_on_submit():
        return _page(row, form, [])
    try:
        with write_transaction():
            row = _row(follow_up_id)
            follow_ups.review(actor(), row, form.outcome(), clock.now())
            seal()
    except AlreadyClosed as fault:
        return _page(_row(follow_up_id), form, [str(fault)])
    if form.outcome().returned:
        flash("Signs came back: start the emergency again below", "error")
        return redirect(url_for("incidents.review", follow_up_id=follow_up_id))
    flash("Review recorded")
    return redirect(url_for("incidents.follow_ups", incident_id=row.incident_id))


def _form(row: FollowUp) -> ReviewForm:
    protocol = _protocol(row)
    stages = {stage["id"]: stage["label"] for stage in protocol["stages"]}
    step = next(one["step_ds"] for one in protocol["refill"]["method"] if "step_ds" in one)
    return review_form(row.kind, {"0": "No damage", **stages}, step)


def _protocol(row: FollowUp) -> Json:
    return pinning.resolved(db.session.get_one(Emergency, row.emergency_id))


def _page(row: FollowUp, form: ReviewForm, extra: Sequence[str]) -> ResponseReturnValue:
    incident = _incident(row)
    return show(
        "incidents/review.html",
        form=form,
        extra=extra,
        incident=incident,
        patient=_patient_of(incident),
        one=shown(follow_ups.line_of(row, clock.now())),
        press=EmptyForm(formdata=None),
        stage_words={key: str(words) for key, words in _stage_words(row).items()},
        start_emergency={"url": url_for("emergency.new", returned_from=row.emergency_id)},
    )


def _stage_words(row: FollowUp) -> Json:
    return {stage["id"]: stage["label"] for stage in _protocol(row)["stages"]}


def cancel_review(follow_up_id: Any) -> ResponseReturnValue:
    """This call or visit will not be made: the reason stays with it."""
    form = ReasonForm()
    if not form.validate_on_submit():
        row = _row(follow_up_id)
        one = shown(follow_ups.line_of(row, clock.now()))
        return show("incidents/cancel_review.html", form=form, row=row, one=one)
    try:
        with write_transaction():
            row = _row(follow_up_id)
            follow_ups.close(actor(), row, Entry.CANCELLED, form.reason.data, clock.now())
            seal()
    except AlreadyClosed as fault:
        flash(str(fault), "error")
        return redirect(url_for("incidents.review", follow_up_id=follow_up_id))
    flash("Cancelled. The reason stays with it")
    return redirect(url_for("incidents.follow_ups", incident_id=row.incident_id))


def take_review(follow_up_id: Any) -> ResponseReturnValue:
    """Whoever is signed in looks after this one from now on."""
    try:
        with write_transaction():
            follow_ups.take_over(actor(), _row(follow_up_id), clock.now())
            seal()
    except AlreadyClosed as fault:
        flash(str(fault), "error")
    return redirect(url_for("incidents.review", follow_up_id=follow_up_id))


def _row(follow_up_id: Any) -> FollowUp:
    return found(follow_ups.found(str(follow_up_id)))


def _incident(row: FollowUp) -> Incident:
    return db.session.get_one(Incident, row.incident_id)


def _patient_of(incident: Incident) -> str | None:
    """Who was treated, where one of the runs knows."""
    ids = [run.patient_id for run in follow_ups.runs_of(incident) if run.patient_id]
    patient = db.session.get(Patient, ids[-1]) if ids else None
    return f"{patient.given_name} {patient.family_name}" if patient else None
