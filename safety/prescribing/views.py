"""The prescriber's pages: a word on a plan in one screen, and taking it back."""

from collections.abc import Callable
from datetime import date
from typing import Any

from flask import abort, redirect, request
from flask.typing import ResponseReturnValue

from safety import clock
from safety.audit.log import seal
from safety.db import db, write_transaction
from safety.patients.actions import note_read
from safety.prescribing import actions, links, reading
from safety.prescribing.forms import AuthoriseForm, CancelForm, authorise_form
from safety.prescribing.links import Plan
from safety.prescribing.models import Authorisation
from safety.screening import links as screening_links
from safety.screening.actions import NotAllowed, Stale
from safety.staff.actions import Proved
from safety.staff.proving import NotProved
from safety.staff.proving import again as prove_again
from safety.stock.actions import Refused
from safety.web import actor, current, found, page, show, today, wants_json

bp = page("prescribing")
screening_links.tell_waiting(reading.waiting)
CONFLICT, UNREADABLE = 409, 422


@bp.context_processor
def emergency_of_this_treatment() -> dict[str, Any]:
    """An emergency started from here opens knowing the treatment."""
    asked = request.view_args or {}
    named = asked.get("treatment_id") or (asked.get("plan_id") if asked.get("kind") == "treatments" else None)
    return {"start_emergency": {"url": f"/emergencies/new?treatment={named}"}} if named else {}


def about_of(kind: str, plan_id: str) -> str:
    """treatments, 1234 → treatment:1234."""
    return f"{kind.removesuffix('s')}:{plan_id}"


@bp.route("/<any(treatments, dissolvings):kind>/<plan_id>/authorisation", methods=["GET", "POST"])
def authorise(kind: str, plan_id: str) -> ResponseReturnValue:
    """One screen: who, what is known, the plan, what was given before; authorise, limit, or refuse."""
    about, now = about_of(kind, plan_id), clock.now()
    plan, on = found(links.plan(about)), today(now)
    wanted = [one for one in plan.items if one.needs_authorisation]
    form = authorise_form(wanted, reading.area_names(plan.items), reading.colleagues(current().member_id))
    if request.method == "POST" and current().role not in actions.PRESCRIBERS:
        abort(403)
    if form.validate_on_submit() and (done := _signed(form, about, on)):
        return done
    if request.method == "POST" and wants_json():
        return {"error": "not authorised", "errors": form.errors}, UNREADABLE
    _note_read(plan, "prescribing.authorise")
    plan = found(links.plan(about))
    if request.method == "GET":
        form.shown.data = actions.fingerprint(plan)
    return show("prescribing/authorise.html", form=form, plan=plan, wanted=wanted, on=on,
                banner=reading.banner(plan.patient_id), area_name=reading.area_name,
                known=links.known(plan.patient_id, plan.screening_id), past=links.past(plan.patient_id),
                standing=reading.shown(about), own=plan.planned_by == current().member_id,
                may_decide=current().role in actions.PRESCRIBERS and not plan.over and plan.on == on,
                kind=kind, plan_id=plan_id)  # fmt: skip


def _signed(form: AuthoriseForm, about: str, on: date) -> ResponseReturnValue | None:
    """Sign and go back to the plan; None when something is wrong, its message at its field."""
    proved = proof(form)
    if proved is None:
        return None

    def sign() -> str:
        actions.authorise(actor(), proved, about, form.value(), on, clock.now())
        return found(links.plan(about)).url

    return settle(form, sign)


def proof(form: Any) -> Proved | None:
    """Who signs, shown once more; outside any write transaction, because hashing is slow."""
    try:
        return prove_again(form.secret.data or "")
    except NotProved as problem:
        form.secret.errors = [str(problem)]
        return None


def settle(form: Any, act: Callable[[], str]) -> ResponseReturnValue | None:
    """Act in one sealed transaction and go where it says; None when refused at a field.

    409 with the reason when what was shown no longer stands, 403 when this person may not.
    """
    try:
        with write_transaction():
            where = act()
            seal()
    except Refused as refused:
        field = form[refused.field] if refused.field in form else form["secret"]
        field.errors = [*field.errors, str(refused)]
        return None
    except Stale as stale:
        if wants_json():
            return {"error": str(stale)}, CONFLICT
        abort(CONFLICT, str(stale))
    except NotAllowed as refused:
        if wants_json():
            return {"error": str(refused)}, 403
        abort(403, str(refused))
    return ({"done": True}, 200) if wants_json() else redirect(where)


def _note_read(plan: Plan, name: str) -> None:
    with write_transaction():
        note_read(actor(), plan.patient_id, name)
        seal()


@bp.route("/authorisations/<authorisation_id>/cancel", methods=["GET", "POST"])
def cancel(authorisation_id: str) -> ResponseReturnValue:
    """Take an authorisation back, with the reason."""
    row, form, now = found(db.session.get(Authorisation, authorisation_id)), CancelForm(), clock.now()
    about, patient_id = row.about, row.patient_id

    def take_back() -> str:
        actions.cancel(actor(), authorisation_id, form.reason.data or "", now)
        return found(links.plan(about)).url

    done = settle(form, take_back) if form.validate_on_submit() else None
    return done or show("prescribing/cancel.html", form=form, banner=reading.banner(patient_id),
                        standing=reading.shown(about), back_url=found(links.plan(about)).url)  # fmt: skip
