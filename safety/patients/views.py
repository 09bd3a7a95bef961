"""Patients: find, add, open."""

from flask import current_app, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from safety import clock, web
from safety.audit.log import seal
from safety.db import db, write_transaction
from safety.patients import actions, chart
from safety.patients.forms import PatientForm, SearchForm
from safety.patients.models import Patient
from safety.staff.acts import CARE, CLINICAL
from safety.web import actor, current, found, page, tab, today

bp = page("patients")
tab("Patients", "patients.index", CARE)


@bp.route("/patients", methods=["GET", "POST"])
def index() -> ResponseReturnValue:
    """Search. The words typed are posted: a name has no place in an address."""
    form = SearchForm()
    searched = form.validate_on_submit()
    patients = actions.search(form.text.data or "") if searched else actions.newest()
    answer = render_template(
        "patients/index.html", form=form, patients=patients, searched=searched, on=today(clock.now()),
        age=actions.age, limit=actions.SHOWN,
    )  # fmt: skip
    return answer, 422 if form.errors else 200


@bp.route("/patients/new", methods=["GET", "POST"])
def new() -> ResponseReturnValue:
    """Add a patient, unless the record is already here."""
    form, now = PatientForm(), clock.now()
    form.on = today(now)
    if not form.validate_on_submit():
        return web.show("patients/new.html", form=form, alike=[])
    try:
        with write_transaction():
            patient = actions.add(actor(), current().clinic_id or "", form.person(), now, form.others())
            seal()
    except actions.LooksTheSame as same:
        form.warn([known.id for known in same.patients])
        return web.show("patients/new.html", form=form, alike=same.patients)
    return redirect(url_for("patients.show", patient_id=patient.id))


@bp.route("/patients/<patient_id>")
def show(patient_id: str) -> ResponseReturnValue:
    """One patient's record; opening it is itself recorded."""
    on = today(clock.now())
    with write_transaction():
        patient = found(db.session.get(Patient, patient_id))
        actions.note_read(actor(), patient.id, "patients.show")
        seal()
    return web.show(
        "patients/show.html", patient=patient, age=actions.age(patient, on), plan_url=_plan_url(patient.id),
        coming=chart.coming(patient.id), alerts=chart.alerts(patient.id),
        happenings=chart.happenings(patient.id),
    )  # fmt: skip


def _plan_url(patient_id: str) -> str | None:
    """Planning belongs to a feature above this one, and to clinical staff."""
    may_plan = current().role in CLINICAL and "treatments.plan" in current_app.view_functions
    return url_for("treatments.plan", patient_id=patient_id) if may_plan else None
