"""The pages that plan a visit: products, areas, amounts, and who answers for what is asked back."""

from typing import Any

import sqlalchemy as sa
from flask import Blueprint, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue

from safety import clock, web
from safety.clinic.models import Room
from safety.db import db
from safety.forms import choices
from safety.patients.models import Patient
from safety.screening.verdict import MAY
from safety.staff.models import Member
from safety.stock import ledger
from safety.stock.views import attempt
from safety.treatments import actions, changing, judging, lasting, map_pages, meant, reading, telling
from safety.treatments.asked_forms import StandForm, stand_form
from safety.treatments.forms import UNIT_WORDS
from safety.treatments.judging import Judged
from safety.treatments.plan_forms import ChooseForm, Offered, VisitForm, change_form, fill, plan_form
from safety.web import actor, current, found, today

CONFLICT = 409


def routes(bp: Blueprint) -> None:
    """Put these pages among the treatment's."""
    both = ["GET", "POST"]
    bp.add_url_rule("/patients/<patient_id>/treatments/new", view_func=plan, methods=both)
    bp.add_url_rule("/treatments/<treatment_id>/plan", view_func=replan, methods=both)
    bp.add_url_rule("/treatments/<treatment_id>/sequence", view_func=sequence, methods=both)


def plannable() -> list[Offered]:
    """Every product a plan may name."""
    return [Offered.of(one) for one in ledger.products() if one.product_class in actions.PLANNABLE]


def rooms() -> list[tuple[str, str]]:
    """The clinic's rooms by name."""
    return [(room.id, room.name) for room in db.session.scalars(sa.select(Room).order_by(Room.name))]


def seconds() -> dict[str, str]:
    """Who may stand behind an amount beside the person signed in: id → name."""
    wanted = sa.select(Member).where(
        Member.left_at.is_(None), Member.role.in_(MAY["prescriber"]), Member.id != current().member_id
    )
    return {one.id: one.name for one in db.session.scalars(wanted.order_by(Member.name))}


def plan(patient_id: str) -> ResponseReturnValue:
    """Plan a visit: first the products, then areas, amount and target of each."""
    patient = found(db.session.scalar(sa.select(Patient).where(Patient.id == patient_id)))
    every, asked = plannable(), request.args.getlist("product")
    chosen = [one for one in every if one.id in asked]
    if not chosen:
        return choose(patient, every, url_for("patients.show", patient_id=patient_id))
    now = clock.now()
    form = plan_form(chosen, rooms(), today(now), seconds())
    if request.method == "GET":
        form.room_id.data = current().room_id or ""
    head, shown = telling.banner(patient), about(patient, chosen)

    def keep(answers: actions.Answers) -> str:
        treatment = actions.plan(actor(), patient_id, form.value(answers), today(now), now)
        if treatment.screening_id:
            return url_for("screening.resume", screening_id=treatment.screening_id)
        return url_for("treatments.show", treatment_id=treatment.id)

    done = None
    if form.validate_on_submit() and form.on.data:
        judged = judging.plan(patient_id, form.on.data, form.lines(), today(now))
        answers = answered(form, judged)
        done = attempt(form, lambda: keep(answers)) if answers else None
    here = url_for("treatments.plan", patient_id=patient_id, product=[one.id for one in chosen])
    return done or web.show(
        "treatments/plan.html", form=form, banner=head, products=chosen, units=UNIT_WORDS, here=here,
        patient_id=patient_id, area_name=reading.area_name, **shown,
    )  # fmt: skip


def replan(treatment_id: str) -> ResponseReturnValue:
    """Change products, areas and amounts before the start; what hangs on the change is asked again."""
    now = clock.now()
    chart = reading.chart(found(reading.found(treatment_id)), today(now))
    if chart.start or chart.treatment.cancelled_at:
        abort(CONFLICT, "This treatment has already started or was cancelled: its plan stays")
    every, back = plannable(), url_for("treatments.show", treatment_id=treatment_id)
    asked = request.args.getlist("product") or [item.product_id for item in chart.items]
    chosen = [one for one in every if one.id in asked]
    if "choose" in request.args or not chosen:
        return choose(chart.patient, every, back, url_for("treatments.replan", treatment_id=treatment_id))
    form = change_form(chosen, today(now), seconds())
    if request.method == "GET":
        fill(form, chart.items)
    head, shown, on = telling.banner(chart.patient), about(chart.patient, chosen), chart.treatment.planned_on

    def keep(answers: actions.Answers) -> str:
        wanted = actions.Plan(on, None, None, form.items(), answers)
        treatment = found(reading.found(treatment_id))
        changing.replan(actor(), treatment, wanted, form["why"].data or "", today(now), now)
        return back

    done = None
    if form.validate_on_submit():
        said = judging.said_of(chart.treatment)
        judged = judging.plan(chart.patient.id, on, form.lines(), today(now), said)
        answers = answered(form, judged)
        done = attempt(form, lambda: keep(answers)) if answers else None
    here = url_for("treatments.replan", treatment_id=treatment_id, product=[one.id for one in chosen])
    return done or web.show(
        "treatments/replan.html", form=form, banner=head, products=chosen, units=UNIT_WORDS, here=here,
        back_to=back, treatment_id=treatment_id, area_name=reading.area_name, changes=True, **shown,
    )  # fmt: skip


def answered(form: VisitForm, judged: Judged) -> actions.Answers | None:
    """The answers to what is asked back, signed; None while something is open: see the fields."""
    if not form.ask(judged, current().role):
        return None
    return form.proofs(bool(judged.asked), bool(judged.stops))


def choose(patient: Patient, every: list[Offered], back: str, to: str | None = None) -> ResponseReturnValue:
    """Which products are planned; `to`: the page they are chosen for, where it is not this one."""
    form = ChooseForm()
    form.product.choices = choices({one.id: one.name for one in every})
    return render_template(
        "treatments/choose.html",
        form=form,
        banner=telling.banner(patient),
        any=bool(every),
        back_to=back,
        to=to,
    )


def about(patient: Patient, chosen: list[Offered]) -> dict[str, Any]:
    """What is said beside the fields: what is usual, a first visit, how long it lasts, what comes after."""
    classes = {one.product_class.value for one in chosen}
    return {
        "usual": {one.id: one.usual() for one in chosen},
        "dangers": {one.id: map_pages.plannable(one.product_class, patient.clinic_id) for one in chosen},
        "first_visit": reading.first_visit(patient.id),
        "first_words": lasting.first_visit_words(reading.day_protocol()),
        "after": lasting.words(reading.day_protocol(), classes),
        "event": lasting.event_words(patient.id, today(clock.now()), classes, reading.day_protocol()),
    }


def sequence(treatment_id: str) -> ResponseReturnValue:
    """Answer for what the order of treatments and the amounts ask, before the start."""
    now = clock.now()
    chart = reading.chart(found(reading.found(treatment_id)), today(now))
    if chart.start or chart.treatment.cancelled_at:
        abort(CONFLICT, "This treatment has already started or was cancelled")
    still, head = judging.open_at_start(chart), telling.banner(chart.patient)
    form = stand_form(still, seconds())
    back = url_for("treatments.show", treatment_id=treatment_id)

    def keep(answers: actions.Answers) -> str:
        again = reading.chart(found(reading.found(treatment_id)), today(now))
        meant.answer_at_start(actor(), again, answers, now)
        return back

    done = None
    if form.validate_on_submit() and (answers := _stands(form, still)):
        done = attempt(form, lambda: keep(answers))
    return done or web.show(
        "treatments/sequence.html", form=form, banner=head, still=still, back_to=back,
        treatment_id=treatment_id, area_name=reading.area_name, mine=_mine(still),
    )  # fmt: skip


def _mine(still: Judged) -> set[str]:
    """The rules this person may answer for."""
    return {one.rule for one in still.asked if current().role in MAY.get(one.override, frozenset())}


def _stands(form: StandForm, still: Judged) -> actions.Answers | None:
    """What was answered, signed; at least one answer is given."""
    reasons, mine = form.reasons(), _mine(still)
    wants_second = bool(still.stops) and bool(form.second_id.data or form.second_secret.data)
    if not (set(reasons) & mine) and not wants_second:
        first = next((f"reason_{one.rule}" for one in still.asked if one.rule in mine), "second_id")
        form[first].errors = ["Write why you go on, or let a second person sign"]
        return None
    answers = form.proofs(bool(set(reasons) & mine), wants_second)
    if answers is None:
        return None
    kept = {rule: why for rule, why in answers.reasons.items() if rule in mine}
    return actions.Answers(kept, answers.proved, answers.second)


def stands(treatment_id: str) -> dict[str, Any]:
    """The part of a treatment's page on sequence and amounts: what is open, noted and answered."""
    chart = reading.chart(found(reading.found(treatment_id)), today(clock.now()))
    names = {one.id: one.name for one in db.session.scalars(sa.select(Member))}
    said = [(row, names.get(row.answered_by, "")) for row in judging.answers(chart)]
    begun = bool(chart.start or chart.treatment.cancelled_at)
    lines = [judging.Line.of(item) for item in chart.items]
    on = chart.treatment.planned_on
    judged = judging.plan(chart.patient.id, on, lines, on, judging.said_of(chart.treatment))
    return {
        "still": None if begun else judging.open_at_start(chart),
        "noted": [] if begun else judged.noted,
        "said": said,
        "after": lasting.words(reading.day_protocol(), {one.product_class for one in lines}),
    }
