"""The prescriber's pages: a word on a plan in one screen, and taking it back."""

from datetime import date
from typing import Any

from flask import abort, request
from flask.typing import ResponseReturnValue

from safety import clock
from safety.db import db
from safety.patients import chart as records
from safety.prescribing import actions, dissolving, dissolving_pages, links, override_pages, reading
from safety.prescribing.forms import AuthoriseForm, CancelForm, authorise_form
from safety.prescribing.models import Authorisation
from safety.prescribing.settling import UNREADABLE, note_read, proof, settle
from safety.screening import links as screening_links
from safety.screening.elsewhere import colleagues
from safety.web import actor, current, found, page, show, today, wants_json

bp = page("prescribing")
screening_links.tell_waiting(reading.waiting)
screening_links.tell_waiting(override_pages.waiting)


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
    form = authorise_form(wanted, reading.area_names(plan.items), colleagues(current().member_id))
    if request.method == "POST" and current().role not in actions.PRESCRIBERS:
        abort(403)
    if form.validate_on_submit() and (done := _signed(form, about, on)):
        return done
    if request.method == "POST" and wants_json():
        return {"error": "not authorised", "errors": form.errors}, UNREADABLE
    note_read(plan.patient_id, "prescribing.authorise")
    plan = found(links.plan(about))
    if request.method == "GET":
        form.shown.data = actions.fingerprint(plan)
    return show("prescribing/authorise.html", form=form, plan=plan, wanted=wanted, on=on,
                banner=reading.banner(plan.patient_id), area_name=reading.area_name,
                past=links.past(plan.patient_id),
                known=[*plan.said, *links.known(plan.patient_id, plan.screening_id)],
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


links.tell_plan(dissolving.plan_of)
links.tell_plans_on(dissolving.plans_on)
records.tell_happenings(dissolving_pages.happenings)
bp.add_url_rule(
    "/patients/<patient_id>/dissolvings/new", view_func=dissolving_pages.plan_dissolving,
    methods=["GET", "POST"],
)  # fmt: skip
bp.add_url_rule(
    "/dissolvings/<dissolving_id>", endpoint="dissolving", view_func=dissolving_pages.one_dissolving,
    methods=["GET", "POST"],
)  # fmt: skip
bp.add_url_rule(
    "/treatments/<treatment_id>/override", view_func=override_pages.ask_override, methods=["GET", "POST"]
)
bp.add_url_rule("/overrides/<request_id>", view_func=override_pages.answer_override, methods=["GET", "POST"])
