"""What is done in a treatment: plan, screen, measure, start, inject, finish, cancel."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from safety.audit.log import Actor, record
from safety.db import db, new_id
from safety.screening.verdict import State
from safety.staff.actions import Proved
from safety.stock import actions as stock
from safety.stock.actions import Refused, Use
from safety.stock.rules import day
from safety.treatments import (
    consented,
    dilution,
    due_dates,
    handed,
    interlock,
    known,
    mapping,
    meant,
    observation,
    prescribed,
    reading,
    visit,
)
from safety.treatments.context import open_context, rescue_stock
from safety.treatments.mapping import Spot
from safety.treatments.models import (
    Baseline,
    Injection,
    Instrument,
    InterlockRefusal,
    PlanItem,
    Treatment,
    TreatmentFinish,
    TreatmentStart,
    YesNoWhy,
)
from safety.treatments.planning import PLANNABLE, Answers, Item, Plan, plan, screen
from safety.treatments.reading import Chart
from safety.treatments.unanswered import not_answered
from safety.treatments.visit import Missing, Status

__all__ = [
    "PLANNABLE", "Answers", "Given", "Item", "Leaving", "Plan", "Refused", "cancel", "finish", "inject",
    "measure", "missing", "open_context", "plan", "rescue_stock", "screen", "start",
]  # fmt: skip
Json = Any


def measure(
    actor: Actor,
    treatment: Treatment,
    phase: str,
    values: Mapping[str, tuple[int, int]],
    today: date,
    now: datetime,
) -> None:
    """Capillary refill at planned points and their mirrors, tenths of a second. Raises Refused."""
    chart = reading.chart(treatment, today)
    if chart.status in (Status.FINISHED, Status.CANCELLED):
        raise Refused("refill", "This treatment is over")
    if phase == reading.BEFORE and chart.injections:
        raise Refused("refill", "Baseline refill is measured before the first injection")
    for area, (refill_ds, mirror_ds) in values.items():
        db.session.add(Baseline(
            id=new_id(), clinic_id=treatment.clinic_id, treatment_id=treatment.id, phase=phase, area=area,
            refill_ds=refill_ds, mirror_ds=mirror_ds, measured_at=now, measured_by=actor.id))  # fmt: skip
    db.session.flush()
    points = {area: list(pair) for area, pair in values.items()}
    record(
        actor, "treatment.refill_measured", f"treatment:{treatment.id}", {"phase": phase, "points": points}
    )


def missing(
    chart: Chart, gates: Mapping[str, str], answer: interlock.Answer, today: date, now: datetime
) -> list[Missing]:
    """Everything that must be there before the first injection and is not; empty: start."""
    return [
        *_not_now(chart, today), *_not_screened(chart), *not_answered(chart),
        *meant.not_meant(chart), *prescribed.not_authorised(chart, today),
        *consented.not_consented(chart, today),
        *prescribed.not_within_limits(chart), *_not_measured(chart), *_not_asked(chart, gates),
        *_no_rescue(chart, answer, today), *dilution.not_diluted(chart, now),
    ]  # fmt: skip


def _not_now(chart: Chart, today: date) -> list[Missing]:
    if chart.start or chart.treatment.cancelled_at:
        return [Missing("state", "This treatment has already started or was cancelled")]
    if chart.treatment.planned_on != today:
        return [Missing("day", f"The visit is planned for {day(chart.treatment.planned_on)}")]
    return []


def _not_screened(chart: Chart) -> list[Missing]:
    if chart.verdict is None:
        return [Missing("screening", "There is no screening for this visit")]
    if chart.verdict.cleared:
        return []
    code = "prescriber" if chart.verdict.state is State.PRESCRIBER else "screening"
    reasons = chart.verdict.reasons or ("The screening does not clear this visit",)
    return [Missing(code, reason) for reason in reasons]


def _not_measured(chart: Chart) -> list[Missing]:
    points = visit.refill_points(chart.points, chart.measured(reading.BEFORE))
    return [Missing("baseline", f"Baseline refill: {reading.area_name(point)}") for point in points]


def _not_asked(chart: Chart, gates: Mapping[str, str]) -> list[Missing]:
    asked = reading.gates(chart.classes)
    return [Missing(code, f"Not yet: {wording}") for code, wording in asked if gates.get(code) != "yes"]


def _no_rescue(chart: Chart, answer: interlock.Answer, today: date) -> list[Missing]:
    if answer.readiness.allows or prescribed.override_of(chart, answer, today):
        return []
    return [Missing("interlock", line) for line in answer.readiness.because] or [
        Missing("interlock", "The means of rescue are not ready")
    ]


def start(
    actor: Actor, treatment: Treatment, gates: Mapping[str, str], today: date, now: datetime
) -> list[Missing]:
    """Start, when nothing is missing. What was seen is kept either way; returns what is missing.

    Two rooms cannot both start on the last ampoules: the write lock was taken before this reading.
    """
    chart = reading.chart(treatment, today)
    answer = interlock.ask(chart.planned, today, treatment.id)
    lacking = missing(chart, gates, answer, today, now)
    seen = _seen(chart, gates, answer, lacking, today)
    subject, state = f"treatment:{treatment.id}", answer.readiness.state.value
    if lacking:
        refusal = InterlockRefusal(id=new_id(), clinic_id=treatment.clinic_id, treatment_id=treatment.id)
        refusal.interlock, refusal.refused_at, refusal.asked_by = seen, now, actor.id
        db.session.add(refusal)
        record(
            actor,
            "treatment.start_refused",
            subject,
            {"missing": [one.code for one in lacking], "interlock": state},
        )
        return lacking
    digest = answer.protocol.digest
    db.session.add(TreatmentStart(
        treatment_id=treatment.id, clinic_id=treatment.clinic_id, interlock=seen, protocol_digest=digest,
        tablet_id=actor.tablet_id, started_at=now, started_by=actor.id))  # fmt: skip
    over = seen["override"]
    by = {"override": over["request"]} if over else {}
    record(actor, "treatment.started", subject, {"interlock": state, "protocol": digest, **by})
    return []


def _seen(
    chart: Chart, gates: Mapping[str, str], answer: interlock.Answer, lacking: list[Missing], today: date
) -> dict[str, Json]:
    """All a start or its refusal rested on, kept whole."""
    return {
        "readiness": answer.as_json(),
        "gates": {code: gates.get(code) for code, _ in reading.gates(chart.classes)},
        "missing": [vars(one) for one in lacking],
        "flags": [one.as_json() for one in known.of_treatment(chart.treatment)],
        "override": prescribed.override_of(chart, answer, today),
    }


@dataclass(frozen=True)
class Given:
    """One product from one lot into one area, in the product's unit. `reason`: why more than planned.

    `vial_id`: the diluted vial it was drawn from, for products that are diluted first; its lot is then known.
    `sure`: an amount asked about once more is meant; `order_reason`: why in this order; `second`: the second
    person behind an amount that needs one.
    """

    item_id: str
    lot_id: str
    area: str
    side: str
    amount: int
    instrument: Instrument
    gauge: int
    technique: str
    aspirated: YesNoWhy
    ultrasound: YesNoWhy
    ultrasound_why: str | None = None
    plane: str | None = None
    reason: str | None = None
    vial_id: str | None = None
    sure: bool = False
    order_reason: str | None = None
    second: Proved | None = None
    spot: Spot | None = None
    confirmed: frozenset[str] = frozenset()


def inject(actor: Actor, treatment: Treatment, given: Given, today: date, now: datetime) -> Injection:
    """Write down one injection; its lot is taken from the ledger with it. Raises Refused with the field."""
    chart = reading.chart(treatment, today)
    if chart.status is not Status.STARTED:
        raise Refused("lot_id", "This treatment is not running: start it first")
    item = next((one for one in chart.items if one.id == given.item_id), None)
    if item is None:
        raise Refused("lot_id", "This product is not part of the plan")
    _must_fit(chart, item, given)
    prescribed.must_be_authorised(chart, item, given, today)
    prescribed.must_be_within_limits(chart, item, given)
    raised = meant.must_be_meant(actor, chart, item, given)
    questions = mapping.must_be_meant(chart, item, given)
    consented.must_be_consented(chart, item, today)
    lot_id = dilution.lot_of(given.vial_id, given.lot_id)
    wanted = Use(lot_id, given.amount, treatment.id, item.product_class, item.product_id, reason=given.reason)
    line = dilution.take(actor, given.vial_id, wanted, item, today, now)
    row = _injection(actor, treatment, item, replace(given, lot_id=lot_id), line.position, now)
    db.session.add(row)
    db.session.flush()
    facts = {"treatment": treatment.id, "lot": row.lot_id, "area": row.area, "amount": row.amount,
             "unit": row.amount_unit.value, "line": row.movement}  # fmt: skip
    record(actor, "injection.given", f"injection:{row.id}", facts)
    meant.keep(actor, chart, given, raised, row.id, now)
    mapping.keep(actor, row, given.spot, questions)
    return row


def _injection(
    actor: Actor, treatment: Treatment, item: PlanItem, given: Given, movement: int, now: datetime
) -> Injection:
    return Injection(
        id=new_id(), clinic_id=treatment.clinic_id, treatment_id=treatment.id, plan_item_id=item.id,
        lot_id=given.lot_id, movement=movement, area=given.area, side=given.side, amount=given.amount,
        amount_unit=item.amount_unit, instrument=given.instrument, gauge=given.gauge, plane=given.plane,
        technique=given.technique, aspirated=given.aspirated, ultrasound=given.ultrasound,
        ultrasound_why=given.ultrasound_why, injected_at=now, injected_by=actor.id,
    )  # fmt: skip


def _must_fit(chart: Chart, item: PlanItem, given: Given) -> None:
    known = reading.area(given.area)
    if known is None or given.area not in item.areas:
        raise Refused("area", "Choose an area of the plan; another area needs a new plan and screening")
    if given.side not in reading.sides_of(known):
        raise Refused("side", "Choose the patient's left or right")
    if given.amount < 1:
        raise Refused("amount", "Enter an amount above zero")
    over = visit.beyond_plan(given.amount, chart.given(item), item.amount, item.amount_unit)
    if over and not given.reason:
        raise Refused("amount", f"{over}. Correct it, or say below why more is given")
    asked = visit.asks_ultrasound(known.tier, item.product_class)
    if asked and given.ultrasound is not YesNoWhy.YES and not given.ultrasound_why:
        raise Refused("ultrasound_why", "Say why ultrasound is not used in this high-risk area")


@dataclass(frozen=True)
class Leaving:
    """How a visit ends."""

    note: str | None = None


def finish(
    actor: Actor, treatment: Treatment, leaving: Leaving, today: date, now: datetime
) -> TreatmentFinish:
    """The patient was seen after the stay and leaves. Raises Refused."""
    chart = reading.chart(treatment, today)
    early = _must_be_over(chart, leaving, now)
    given = {item.product_class.value for item in chart.items if chart.given(item)}
    protocol = reading.day_protocol()
    window = visit.review(protocol["reviews"], given, treatment.planned_on)
    row = TreatmentFinish(
        treatment_id=treatment.id, clinic_id=treatment.clinic_id, early_reason=early,
        note=leaving.note, observed_from=chart.injections[-1].injected_at,
        aftercare_given=True,
        review_from_on=window.from_on if window else None, review_to_on=window.to_on if window else None,
        finished_at=now, finished_by=actor.id,
    )  # fmt: skip
    db.session.add(row)
    stock.close_opened(actor, treatment.id, now)
    said = {"early_reason": early, "note": leaving.note}
    facts = {"injections": len(chart.injections), "early": early is not None}
    due_dates.keep(actor, chart, now)
    record(actor, "treatment.finished", f"treatment:{treatment.id}", facts, said)
    return row


def _must_be_over(chart: Chart, leaving: Leaving, now: datetime) -> str | None:
    """May the visit end? Returns why the patient leaves early, None where the stay is over."""
    if chart.status is not Status.STARTED:
        raise Refused("note", "This treatment is not running")
    held = observation.stay(chart)
    if held is None:
        raise Refused("note", "Nothing was injected: cancel the treatment instead")
    if points := visit.refill_points(chart.points, chart.measured(reading.AFTER)):
        names = ", ".join(map(reading.area_name, points))
        raise Refused("note", f"Measure refill after the injections first: {names}")
    if why := held.against(now) or handed.lacking(chart):
        raise Refused("note", why)
    return held.released.reason if held.released else None


def cancel(actor: Actor, treatment: Treatment, reason: str, today: date, now: datetime) -> None:
    """The visit does not take place. Raises Refused once something was injected."""
    chart = reading.chart(treatment, today)
    if chart.injections or chart.status in (Status.FINISHED, Status.CANCELLED):
        raise Refused("reason", "Something was injected, or the treatment is over: it cannot be cancelled")
    treatment.cancelled_at, treatment.cancel_reason = now, reason
    stock.close_opened(actor, treatment.id, now)
    record(actor, "treatment.cancelled", f"treatment:{treatment.id}", {}, {"reason": reason})
