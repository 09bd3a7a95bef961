"""What an emergency opens with: who is treated, with what, where, and what is on the shelf to dissolve it."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from safety import clock
from safety.db import db
from safety.staff.models import Member
from safety.stock import ledger
from safety.stock import rules as shelf
from safety.stock.models import AmountUnit, ProductClass
from safety.treatments import amending, known, reading, rules
from safety.treatments.models import Injection, PlanItem, Treatment, TreatmentStart
from safety.treatments.reading import Chart

Json = dict[str, Any]
MIXED = "mixed"  # in no list of the protocol: treated as hyaluronic acid and referred


def open_context(
    tablet_id: str | None, room_id: str | None, treatment_id: str | None, on: date
) -> Json | None:
    """The emergency's `context` for a treatment: the one named, else the one running on this tablet or room.

    A treatment named by the page somebody stood on counts from the day before its visit to the day after.
    None: nothing is known. Never raises for ids that are not ours.
    """
    treatment = _named(treatment_id, on) or _running(tablet_id, room_id)
    return _context(reading.chart(treatment, on), on) if treatment else None


def context_of(treatment_id: str, on: date) -> Json | None:
    """The context of one treatment, on whatever day it was: signs may return days later."""
    treatment = reading.found(treatment_id)
    return _context(reading.chart(treatment, on), on) if treatment else None


def _named(treatment_id: str | None, on: date) -> Treatment | None:
    treatment = reading.found(treatment_id) if treatment_id else None
    if treatment is None or treatment.cancelled_at is not None:
        return None
    return treatment if abs(treatment.planned_on - on) <= timedelta(days=1) else None


def _running(tablet_id: str | None, room_id: str | None) -> Treatment | None:
    for treatment in reading.running():
        start = db.session.get_one(TreatmentStart, treatment.id)
        here = tablet_id is not None and start.tablet_id == tablet_id
        if here or (room_id is not None and treatment.room_id == room_id):
            return treatment
    return None


def _context(chart: Chart, on: date) -> Json:
    fillers = [item for item in chart.items if item.product_class in rules.FILLERS]
    given = [one for one in chart.injections if _item(chart, one) in fillers]
    last = given[-1] if given else None
    areas = list(dict.fromkeys(amending.right(one, "area").value for one in given)) or chart.filler_areas
    return {
        "treatment": chart.treatment.id,
        "patient": chart.patient.id,
        # shown on the screen, never part of an event: events are kept for good, a name may have to be erased
        "patient_name": f"{chart.patient.given_name} {chart.patient.family_name}",
        "born_on": chart.patient.born_on.isoformat(),
        "areas": reading.counting(areas),
        "product_class": _product_class(chart, given, fillers),
        "brand": _item(chart, last).brand if last else fillers[0].brand if fillers else None,
        "lot_code": amending.right(last, "lot").shown if last else None,
        "amount_ul": _total(given),
        "injected_at_ms": clock.to_ms(last.injected_at) if last else None,
        "flags": [*_override(chart), *(one.as_json() for one in known.of_treatment(chart.treatment))],
        "prescriber": _prescriber(chart),
        "baselines": _baselines(chart),
        "stock": rescue_stock(on),
    }


def _override(chart: Chart) -> list[Json]:
    """Filler started without the full means of rescue: whoever helps must know before they reach for it."""
    over = chart.start.interlock.get("override") if chart.start else None
    if not over:
        return []
    by = over["answered_by"]
    return [{"code": "rescue_override", "text": f"Started without the full rescue stock, override by {by}"}]


def _item(chart: Chart, injection: Injection) -> PlanItem:
    return next(item for item in chart.items if item.id == injection.plan_item_id)


def _product_class(chart: Chart, given: Sequence[Injection], fillers: Sequence[PlanItem]) -> str | None:
    classes = {_item(chart, one).product_class for one in given} or {item.product_class for item in fillers}
    if not classes:
        return None
    return MIXED if len(classes) > 1 else classes.pop().value


def _total(given: Sequence[Injection]) -> int | None:
    measured = [
        int(amending.right(one, "amount").value) for one in given if one.amount_unit is AmountUnit.MICROLITRES
    ]
    return sum(measured) if measured else None


def _prescriber(chart: Chart) -> str | None:
    decision = chart.verdict.decision if chart.verdict else None
    return db.session.get_one(Member, decision.decided_by).name if decision else None


def _baselines(chart: Chart) -> list[Json]:
    """The first readings of the day, by counting area: what later refill is compared with."""
    found: dict[str, Json] = {}
    for area, one in chart.measured(reading.BEFORE).items():
        for point in reading.counting([area]):
            found[point] = {"point": point, "refill_ds": one.refill_ds, "mirror_ds": one.mirror_ds}
    return list(found.values())


def rescue_stock(on: date) -> list[Json]:
    """Hyaluronidase that may be used today, the first to expire first, as the emergency's `stock`."""
    lots = shelf.fefo(lot for lot in ledger.lots(ProductClass.HYALURONIDASE) if not shelf.why_not(lot, on))
    return [
        {
            "lot": lot.lot_id,
            "lot_code": lot.code,
            "product": lot.volume_key,
            "product_name": lot.product_name,
            "units_per_container": lot.pack.per_container,
            "containers": lot.holding.containers,
            "units": lot.left,
            "expires_on": lot.expires_on.isoformat(),
        }
        for lot in lots
    ]
