"""Consents: a patient's list, the tablet in the patient's hands, one signed text, and taking one back."""

from typing import Any

from flask import Response, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from safety import clock, web
from safety.audit.log import seal
from safety.consents import actions, drawing, listing, reading
from safety.consents.forms import OfferForm, SittingForm, StillForm, WithdrawForm, sitting_form
from safety.consents.models import ConsentSitting
from safety.db import db, write_transaction
from safety.forms import choices
from safety.patients import actions as patients
from safety.patients.models import Patient
from safety.printing.apart import CannotRender
from safety.staff import handing
from safety.staff.actions import Proved
from safety.staff.proving import NotProved
from safety.staff.proving import again as prove_again
from safety.viewer import Handed
from safety.web import actor, day, found, page, safe_next, today

bp = page("consents")
CONFLICT = 409
NOT_HANDED = "The patient reads and signs this on a tablet in their own hands: hand it over first"


def _patient(patient_id: str) -> Patient:
    return found(actions.patient(patient_id))


def _banner(who: Patient) -> dict[str, str]:
    age = patients.age(who, today(clock.now()))
    return {
        "name": f"{who.given_name} {who.family_name}", "born": f"Born {day(who.born_on)}, {age} years",
        "url": url_for("patients.show", patient_id=who.id),
    }  # fmt: skip


@bp.get("/patients/<patient_id>/consents")
def index(patient_id: str) -> ResponseReturnValue:
    """What this patient signed: in force, old, withdrawn; and what to put before them now."""
    with write_transaction():
        who = _patient(patient_id)
        patients.note_read(actor(), who.id, "consents.index")
        seal()
    on = today(clock.now())
    return render_template(
        "consents/index.html", banner=_banner(_patient(patient_id)), patient_id=patient_id,
        form=_offer_form(patient_id), lines=listing.lines(patient_id, on), past=listing.past(patient_id),
        found=reading.in_force(), back_to=safe_next(""), languages=reading.in_force().body["languages"],
    )  # fmt: skip


def _offer_form(patient_id: str) -> OfferForm:
    form = OfferForm()
    form.keys.choices = choices(listing.titles())
    if request.method == "GET":
        form.keys.data = actions.to_offer(patient_id, today(clock.now()))
    return form


@bp.post("/patients/<patient_id>/consents")
def hand(patient_id: str) -> ResponseReturnValue:
    """The tablet goes into the patient's hands with the chosen texts, and nothing else opens."""
    _patient(patient_id)
    form, now = _offer_form(patient_id), clock.now()
    if not form.validate_on_submit():
        abort(400)
    back = safe_next(url_for("consents.index", patient_id=patient_id))
    try:
        with write_transaction():
            held = actions.offer(actor(), patient_id, form.keys.data or [], form.language.data, now)
            here, about = f"/consent-sittings/{held.id}", reading.about(held.id)
            handing.begin(actor(), [here], about, back, now)
            seal()
    except actions.Stale as stale:
        abort(CONFLICT, str(stale))
    return redirect(f"{here}/read")


@bp.route("/consent-sittings/<sitting_id>/read", methods=["GET", "POST"])
def read(sitting_id: str) -> ResponseReturnValue:
    """What the patient reads and signs, in patient mode only; afterwards, hand the tablet back."""
    held = found(reading.sitting(sitting_id))
    handed = handing.holds(reading.about(sitting_id))
    if handed is None:
        abort(403, NOT_HANDED)
    if request.method == "GET" and reading.answers(sitting_id):
        return render_template("consents/read.html", held=held, done=True, still=None, form=None)
    if request.form.get("act") == "still":
        return _still(handed, held)
    form = sitting_form(held.texts, held.statement)
    if form.validate_on_submit() and (done := _sign(handed, held, form)):
        return done
    held = found(reading.sitting(sitting_id))
    if request.method == "GET":
        form.shown.data = handing.digest(held.texts)
    earlier = actions.still(held)
    again = StillForm(formdata=None, shown=handing.digest(held.texts)) if earlier else None
    return web.show("consents/read.html", held=held, done=False, form=form, still=earlier, again=again)


def _still(handed: Handed, held: ConsentSitting) -> ResponseReturnValue:
    form, now = StillForm(), clock.now()
    if not form.validate_on_submit():
        abort(400)
    return _keep(held.id, lambda one: actions.confirm(
        actor(), handed, one, form.shown.data or "", today(now), now))  # fmt: skip


def _sign(handed: Handed, held: ConsentSitting, form: SittingForm) -> ResponseReturnValue | None:
    now = clock.now()
    try:
        return _keep(held.id, lambda one: actions.sign(
            actor(), handed, one, form.value(), today(now), now))  # fmt: skip
    except actions.OtherName as other:
        form.name.errors = [str(other)]
        return None


def _keep(sitting_id: str, act: Any) -> ResponseReturnValue:
    """Sign in one sealed transaction; 409 when it was signed before or shown otherwise."""
    try:
        with write_transaction():
            act(found(reading.sitting(sitting_id)))
            seal()
    except actions.Stale as stale:
        abort(CONFLICT, str(stale))
    return redirect(url_for("consents.read", sitting_id=sitting_id))


@bp.get("/consents/<consent_id>")
def show(consent_id: str) -> ResponseReturnValue:
    """One text exactly as it was signed."""
    with write_transaction():
        row = found(reading.consent(consent_id))
        patients.note_read(actor(), row.patient_id, "consents.show")
        seal()
    row = found(reading.consent(consent_id))
    who = db.session.get_one(Patient, row.patient_id)
    return render_template(
        "consents/show.html", said=drawing.content(row), banner=_banner(who), row=row,
        may_withdraw=actions.may_withdraw(row.patient_id, row.key),
    )  # fmt: skip


@bp.get("/consents/<consent_id>.pdf")
def pdf(consent_id: str) -> ResponseReturnValue:
    """One text exactly as it was signed, on paper; the log says that it was printed."""
    row = found(reading.consent(consent_id))
    patient_id = row.patient_id
    try:
        made = drawing.pdf(row)
    except CannotRender as fault:
        return render_template("consents/pdf.html", words=str(fault), patient_id=patient_id), 503
    with write_transaction():
        patients.note_read(actor(), patient_id, "consents.pdf")
        seal()
    answer = Response(made, mimetype="application/pdf")
    answer.headers["Content-Disposition"] = f'inline; filename="consent-{consent_id[:8]}.pdf"'
    return answer


@bp.route("/patients/<patient_id>/consents/<key>/withdraw", methods=["GET", "POST"])
def withdraw(patient_id: str, key: str) -> ResponseReturnValue:
    """The patient takes a consent back: the gate closes at once."""
    who, form = _patient(patient_id), WithdrawForm()
    title = found(listing.titles(patient_id).get(key))
    banner = _banner(who)
    done = _withdraw(patient_id, key, form) if form.validate_on_submit() else None
    return done or web.show(
        "consents/withdraw.html", form=form, banner=banner, title=title, patient_id=patient_id,
        photos=key == actions.PHOTOS,
    )  # fmt: skip


def _withdraw(patient_id: str, key: str, form: WithdrawForm) -> ResponseReturnValue | None:
    try:
        proved: Proved = prove_again(form.secret.data or "")
    except NotProved as problem:
        form.secret.errors = [str(problem)]
        return None
    try:
        with write_transaction():
            actions.withdraw(actor(), proved, patient_id, key, form.reason.data or "", clock.now())
            seal()
    except actions.Stale as stale:
        abort(CONFLICT, str(stale))
    return redirect(url_for("consents.index", patient_id=patient_id))
