"""The two pages of an override: one person asks with the readiness before them, a second one answers."""

from datetime import date
from typing import Any

from flask import abort, request, url_for
from flask.typing import ResponseReturnValue

from safety import clock
from safety.db import db
from safety.prescribing import actions, links, overriding, reading
from safety.prescribing.forms import AnswerOverrideForm, AskOverrideForm
from safety.prescribing.links import Plan, Rescue
from safety.prescribing.models import RescueOverrideRequest
from safety.prescribing.overriding import Answering
from safety.prescribing.rules import ANSWER_WITHIN
from safety.prescribing.settling import UNREADABLE, note_read, proof, settle
from safety.screening.links import Waits
from safety.staff.models import Member
from safety.web import actor, current, found, show, today, wants_json


def ask_override(treatment_id: str) -> ResponseReturnValue:
    """Ask a second person to let filler start: the risk named, a reason, a signature."""
    form, now = AskOverrideForm(), clock.now()
    plan, on = found(links.plan(f"treatment:{treatment_id}")), today(now)
    if form.validate_on_submit() and (proved := proof(form)):

        def ask() -> str:
            shown, reason = form.shown.data or "", form.reason.data or ""
            overriding.ask(actor(), proved, treatment_id, shown, reason, on, now)
            return found(links.plan(f"treatment:{treatment_id}")).url

        if done := settle(form, ask):
            return done
    if request.method == "POST" and wants_json():
        return {"error": "not asked", "errors": form.errors}, UNREADABLE
    seen = links.rescue(treatment_id, on)
    if request.method == "GET" and seen:
        form.shown.data = overriding.digest(treatment_id, on, seen.seen)
    return show("prescribing/ask_override.html", form=form, plan=plan, seen=seen,
                may_ask=bool(seen and not seen.allows and not plan.begun and not plan.over),
                banner=reading.banner(plan.patient_id), within=ANSWER_WITHIN)  # fmt: skip


def answer_override(request_id: str) -> ResponseReturnValue:
    """The second person reads the risk and the reason, and lets filler start or not."""
    form, now = AnswerOverrideForm(), clock.now()
    asked = found(db.session.get(RescueOverrideRequest, request_id))
    treatment_id, on = asked.treatment_id, today(now)
    plan = found(links.plan(f"treatment:{treatment_id}"))
    if request.method == "POST" and current().role not in actions.PRESCRIBERS:
        abort(403)
    if form.validate_on_submit() and (proved := proof(form)):
        said = Answering(form.granted.data == "yes", form.reason.data or "", form.shown.data or "")

        def answer() -> str:
            overriding.answer(actor(), proved, request_id, said, on, now)
            return found(links.plan(f"treatment:{treatment_id}")).url

        if done := settle(form, answer):
            return done
    if request.method == "POST" and wants_json():
        return {"error": "not answered", "errors": form.errors}, UNREADABLE
    note_read(plan.patient_id, "prescribing.answer_override")
    return _answer_page(form, request_id, plan, on)


def _answer_page(form: Any, request_id: str, plan: Plan, on: date) -> ResponseReturnValue:
    asked = found(db.session.get(RescueOverrideRequest, request_id))
    seen, now = links.rescue(asked.treatment_id, on), clock.now()
    if request.method == "GET":
        form.shown.data = asked.seen_sha256
    state = _state(asked, seen, on)
    return show("prescribing/answer_override.html", form=form, plan=plan, asked=asked, seen=seen, state=state,
                banner=reading.banner(plan.patient_id), answered=overriding.answered(asked.id), now=now,
                by=db.session.get_one(Member, asked.asked_by).name,
                known=links.known(plan.patient_id, plan.screening_id))  # fmt: skip


def _state(asked: RescueOverrideRequest, seen: Rescue | None, on: date) -> str:
    """What may be done with a request: open, own, answered, expired, changed, or not for this role."""
    if overriding.answered(asked.id) is not None:
        return "answered"
    if not overriding.stands(asked, clock.now()):
        return "expired"
    if seen is None or overriding.digest(asked.treatment_id, on, seen.seen) != asked.seen_sha256:
        return "changed"
    if asked.asked_by == current().member_id:
        return "own"
    return "open" if current().role in actions.PRESCRIBERS else "another_role"


def waiting(on: date) -> list[Waits]:
    """Overrides that wait for their second person: the most urgent of the list."""
    now, found_plans = clock.now(), []
    for one in overriding.asked_on(on, now):
        plan = links.plan(f"treatment:{one.treatment_id}")
        if plan and not plan.begun and not plan.over:
            url = url_for("prescribing.answer_override", request_id=one.id)
            why = f"Start without the full rescue stock? {one.reason}"
            name = reading.name_of(plan.patient_id)
            found_plans.append(
                Waits(name, plan.line, why, one.asked_at, url, url, "Second person needed", kind="stop")
            )
    return found_plans
