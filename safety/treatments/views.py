"""The treatment pages: plan, where it stands, refill, start, inject, finish, cancel, readiness."""

from typing import Any

import sqlalchemy as sa
from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from safety import clock, web
from safety.audit.log import seal
from safety.clinic.models import Room
from safety.db import db, write_transaction
from safety.forms import EmptyForm
from safety.patients import actions as patients
from safety.stock import ledger
from safety.stock import rules as shelf
from safety.stock.forms import CLASS_WORDS
from safety.stock.models import Lot
from safety.stock.rules import LotFacts
from safety.stock.views import attempt
from safety.treatments import (
    actions,
    amend_page,
    amending,
    consented,
    dilution,
    due_pages,
    handed,
    interlock,
    known,
    leaving,
    map_pages,
    meant,
    observation,
    plan_pages,
    prescribed,
    reading,
    record_page,
    telling,
)
from safety.treatments.forms import (
    UNIT_WORDS,
    CancelForm,
    FinishForm,
    InjectionForm,
    Wanted,
    gate_form,
    refill_form,
)
from safety.treatments.models import PlanItem, Treatment
from safety.treatments.reading import AFTER, BEFORE, Chart
from safety.treatments.visit import Status
from safety.web import actor, day, found, page, today, wants_json

bp = page("treatments")
plan_pages.routes(bp)
due_pages.routes(bp)
telling.register()
prescribed.register()
consented.register()
dilution.register()
leaving.add_to(bp)
amend_page.add_to(bp)
record_page.add_to(bp)
map_pages.add_to(bp)
CONFLICT = 409


@bp.context_processor
def emergency_of_this_treatment() -> dict[str, Any]:
    """An emergency started from a treatment's page opens knowing that treatment."""
    treatment_id = (request.view_args or {}).get("treatment_id")
    return {"start_emergency": {"url": f"/emergencies/new?treatment={treatment_id}"}} if treatment_id else {}


def _treatment(treatment_id: str) -> Treatment:
    return found(reading.found(treatment_id))


def _chart(treatment_id: str) -> Chart:
    return reading.chart(_treatment(treatment_id), today(clock.now()))


def _here(treatment_id: str) -> str:
    return url_for("treatments.show", treatment_id=treatment_id)


_banner = telling.banner


@bp.route("/treatments/<treatment_id>")
def show(treatment_id: str) -> ResponseReturnValue:
    """Where one treatment stands and what comes next; opening it is itself recorded."""
    with write_transaction():
        treatment = _treatment(treatment_id)
        patients.note_read(actor(), treatment.patient_id, "treatments.show")
        seal()
    return _page(treatment_id)


def _page(treatment_id: str, lacking: list[Any] | None = None) -> ResponseReturnValue:
    chart, on = _chart(treatment_id), today(clock.now())
    answer = interlock.ask(chart.planned, on, treatment_id) if chart.planned.needs_rescue else None
    now = clock.now()
    context = {
        "chart": chart,
        "banner": _banner(chart.patient),
        "status": chart.status,
        "look": telling.STATUS_WORDS[chart.status],
        "rescue": answer,
        "prescribed": prescribed.shown(chart, on),
        "consented": consented.shown(chart, on),
        "papers": handed.papers(chart),
        "override": prescribed.override_of(chart, answer, on),
        "asked": prescribed.asked_override(treatment_id, clock.now()),
        "known": known.of_treatment(chart.treatment),
        "order": plan_pages.stands(treatment_id),
        "lacking": lacking,
        "gates": gate_form(reading.gates(chart.classes)),
        "before": chart.measured(BEFORE),
        "after": chart.measured(AFTER),
        "slow": telling.slow_points(chart, on),
        "stay": observation.stay(chart),
        "dilutions": dilution.standings(chart, now),
        "volumes": dilution.volumes(treatment_id),
        "amendments": record_page.amended(chart),
        "chains": amending.chains(treatment_id),
        "lots": _lots(chart),
        "room": db.session.get(Room, chart.treatment.room_id) if chart.treatment.room_id else None,
        "is_today": chart.treatment.planned_on == on,
        "now": now,
        **map_pages.record_context(chart),
    }
    status = CONFLICT if lacking else 200
    return render_template(
        "treatments/show.html", area_name=reading.area_name, words=CLASS_WORDS, **context
    ), status


def _lots(chart: Chart) -> dict[str, str]:
    ids = {one.lot_id for one in chart.injections}
    return {lot.id: lot.code for lot in db.session.scalars(sa.select(Lot).where(Lot.id.in_(ids)))}


@bp.post("/treatments/<treatment_id>/screen")
def screen(treatment_id: str) -> ResponseReturnValue:
    """Begin the screening of this visit."""
    form, now = EmptyForm(), clock.now()
    _treatment(treatment_id)

    def begin() -> str:
        screening_id = actions.screen(actor(), _treatment(treatment_id), today(now), now)
        return url_for("screening.resume", screening_id=screening_id)

    done = attempt(form, begin) if form.validate_on_submit() else None
    if done is None:
        flash("Screening is done on the day of the visit", "warning")
    return done or redirect(_here(treatment_id))


@bp.route("/treatments/<treatment_id>/refill/<any(before, after):phase>", methods=["GET", "POST"])
def refill(treatment_id: str, phase: str) -> ResponseReturnValue:
    """Capillary refill at planned points and mirror points, before the first injection or after the last."""
    now, chart = clock.now(), _chart(treatment_id)
    points, banner = chart.points, _banner(chart.patient)
    if not points:
        abort(404)
    rescue = reading.rescue_protocol().body["refill"]
    step = next(one["step_ds"] for one in rescue["method"] if "step_ds" in one)
    form = refill_form(points, step)

    def keep() -> str:
        values = {
            point: (form[f"point_{i}"].number, form[f"mirror_{i}"].number) for i, point in enumerate(points)
        }
        actions.measure(actor(), _treatment(treatment_id), phase, values, today(now), now)
        return _here(treatment_id)

    done = attempt(form, keep) if form.validate_on_submit() else None
    how = [one["text"] for one in rescue["method"] if one["id"] in ("refill.light", "refill.press")]
    return done or web.show(
        "treatments/refill.html", form=form, banner=banner, phase=phase, count=len(points), how=how,
        treatment_id=treatment_id, step=step,
    )  # fmt: skip


@bp.post("/treatments/<treatment_id>/start")
def start(treatment_id: str) -> ResponseReturnValue:
    """Start, or say everything that is missing: 409 with the page, or with JSON."""
    chart, now = _chart(treatment_id), clock.now()
    form = gate_form(reading.gates(chart.classes))
    if not form.validate_on_submit():
        abort(400)
    gates = {field.name: field.data for field in form if field.name != "csrf_token"}
    with write_transaction():
        lacking = actions.start(actor(), _treatment(treatment_id), gates, today(now), now)
        seal()
    if not lacking:
        return ({"started": True}, 200) if wants_json() else redirect(_here(treatment_id))
    if wants_json():
        said = [one.as_json() for one in known.of_treatment(_treatment(treatment_id))]
        return {"error": "not started", "missing": [vars(one) for one in lacking], "flags": said}, CONFLICT
    return _page(treatment_id, lacking)


@bp.route("/treatments/<treatment_id>/inject/<item_id>", methods=["GET", "POST"])
def inject(treatment_id: str, item_id: str) -> ResponseReturnValue:
    """One injection: its lot is chosen first."""
    now, chart = clock.now(), _chart(treatment_id)
    item = found(next((one for one in chart.items if one.id == item_id), None))
    if chart.status is not Status.STARTED:
        abort(CONFLICT, "This treatment is not running")
    lots, banner = _usable(chart, item), _banner(chart.patient)
    vials = dilution.vials_for(item, now) if dilution.needed(item) else None
    named = {one.vial.vial_id: f"Lot {one.lot.code}" for one in vials} if vials is not None else None
    last = {"lot_id": _last_lot(chart, item, lots), **map_pages.defaults(chart, item)}
    form = InjectionForm(Wanted.of(item), lots, named, **last)
    dilute = url_for("dilutions.new", treatment=treatment_id, product=item.product_id, units=item.amount)
    left = max(item.amount - chart.given(item), 0)
    shown = {
        "dilute": dilute, "product": found(ledger.product(item.product_id)).name,
        "unit": UNIT_WORDS[item.amount_unit],
        "planned": item.amount, "given": chart.given(item), "amount_unit": item.amount_unit,
    }  # fmt: skip
    drawn = {one.vial.vial_id: dilution.hint(one, left, now) for one in vials or ()}
    hints = drawn if vials is not None else {lot.lot_id: _hint(lot) for lot in lots}

    form.offer_seconds(plan_pages.seconds())
    raised, second = None, None
    if form.validate_on_submit():
        said = form.value()
        raised = meant.asked(chart, item, said.area, said.side, said.amount)
        second = form.second() if raised.stops and said.sure else None

    def keep() -> str:
        actions.inject(actor(), _treatment(treatment_id), form.value(second), today(now), now)
        return map_pages.after_injection(treatment_id, item_id)

    done = attempt(form, keep) if raised and not form.errors else None
    return done or web.show(
        "treatments/inject.html", form=form, banner=banner, hints=hints, treatment_id=treatment_id,
        raised=raised, area_name=reading.area_name, **shown,
        **map_pages.injection_context(form, treatment_id, item_id),
    )  # fmt: skip


def _usable(chart: Chart, item: PlanItem) -> list[LotFacts]:
    """The lots of the planned product that may be used now, soonest expiry first."""
    on, fit = today(clock.now()), []
    for lot in ledger.lots(product_id=item.product_id):
        opened = ledger.own_open(lot.lot_id, lot.pack, chart.treatment.id)
        if not shelf.why_not(lot, on, product_id=item.product_id, own_open=opened):
            fit.append(lot)
    return shelf.fefo(fit)


def _last_lot(chart: Chart, item: PlanItem, lots: list[LotFacts]) -> str | None:
    """The lot this treatment used last for this product stays chosen while it may be used."""
    used = [one.lot_id for one in chart.injections if one.plan_item_id == item.id]
    return used[-1] if used and used[-1] in {lot.lot_id for lot in lots} else None


def _hint(lot: LotFacts) -> str:
    left = shelf.containers_in_words(lot.holding.containers, lot.container)
    return f"Expiry {day(lot.expires_on)}, {left} sealed"


@bp.route("/treatments/<treatment_id>/finish", methods=["GET", "POST"])
def finish(treatment_id: str) -> ResponseReturnValue:
    """The patient was seen after the stay and leaves."""
    form, now, chart = FinishForm(), clock.now(), _chart(treatment_id)
    banner = _banner(chart.patient)

    def end() -> str:
        actions.finish(actor(), _treatment(treatment_id), form.value(), today(now), now)
        return _here(treatment_id)

    done = attempt(form, end) if form.validate_on_submit() else None
    return done or web.show(
        "treatments/finish.html",
        form=form,
        banner=banner,
        stay=observation.stay(_chart(treatment_id)),
        now=now,
        treatment_id=treatment_id,
        papers=handed.papers(_chart(treatment_id)),
    )


@bp.route("/treatments/<treatment_id>/cancel", methods=["GET", "POST"])
def cancel(treatment_id: str) -> ResponseReturnValue:
    """The visit does not take place."""
    form, now, chart = CancelForm(), clock.now(), _chart(treatment_id)
    banner = _banner(chart.patient)

    def call_off() -> str:
        actions.cancel(actor(), _treatment(treatment_id), form.reason.data or "", today(now), now)
        return _here(treatment_id)

    done = attempt(form, call_off) if form.validate_on_submit() else None
    return done or web.show("treatments/cancel.html", form=form, banner=banner, treatment_id=treatment_id)


@bp.get("/readiness")
def readiness() -> ResponseReturnValue:
    """Are the means of rescue on the shelf, rule by rule and lot by lot."""
    now = clock.now()
    answer = interlock.any_filler(today(now))
    return render_template(
        "treatments/readiness.html", rescue=answer, look=telling.READY_WORDS[answer.readiness.state], now=now
    )
