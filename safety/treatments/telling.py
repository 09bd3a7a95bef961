"""What treatments tell the features below: the timeline, earlier treatments, where a screening leads."""

from datetime import date
from typing import Any

import sqlalchemy as sa
from flask import url_for

from safety import clock, web
from safety.clinic.models import Room
from safety.db import db
from safety.patients import actions as patients
from safety.patients import chart as records
from safety.patients.chart import Happening
from safety.patients.models import Patient
from safety.screening import links
from safety.screening.links import Next
from safety.stock.models import ProductClass
from safety.treatments import amending, dilution, reading, visit
from safety.treatments.map_models import standing
from safety.treatments.models import Injection, PlanItem, Treatment, TreatmentStart
from safety.treatments.reading import AFTER, BEFORE, Chart
from safety.treatments.rules import Ready
from safety.treatments.visit import Status

STATUS_WORDS = {
    Status.PLANNED: ("open", "Not screened"),
    Status.SCREENING: ("open", "Screening not complete"),
    Status.WAITING_FOR_PRESCRIBER: ("check", "Prescriber must decide"),
    Status.DO_NOT_TREAT: ("stop", "Do not treat"),
    Status.CLEARED: ("ready", "Cleared"),
    Status.STARTED: ("note", "Running"),
    Status.FINISHED: ("ready", "Finished"),
    Status.CANCELLED: ("open", "Cancelled"),
}
READY_WORDS = {
    Ready.READY: ("ready", "Ready"),
    Ready.CHECK: ("check", "Check"),
    Ready.NOT_READY: ("stop", "Not ready"),
}
CLASS_WORDS = {
    ProductClass.TOXIN: "Toxin",
    ProductClass.HA_FILLER: "HA filler",
    ProductClass.BIOSTIMULATOR: "Biostimulator",
}


def register() -> None:
    """Offer all of this to the features below."""
    records.tell_happenings(happenings)
    links.tell_history(history)
    links.tell_next(next_step)
    links.when_replaced(replaced)


def banner(patient: Patient) -> dict[str, str]:
    """The patient as every page of a treatment names them."""
    age = patients.age(patient, web.today(clock.now()))
    return {
        "name": f"{patient.given_name} {patient.family_name}",
        "born": f"Born {web.day(patient.born_on)}, {age} years",
        "url": url_for("patients.show", patient_id=patient.id),
    }


def line(treatment: Treatment) -> str:
    """HA filler, lips, 12:30, room 2."""
    parts = []
    for item in reading.items_of(treatment.id):
        parts += [CLASS_WORDS[item.product_class], *(reading.area_name(area).lower() for area in item.areas)]
    room = db.session.get(Room, treatment.room_id) if treatment.room_id else None
    return ", ".join([*parts, *filter(None, [treatment.planned_at, room.name if room else None])])


def happenings(patient_id: str) -> list[Happening]:
    """One line for each treatment of a patient."""
    on = web.today(clock.now())
    wanted = sa.select(Treatment).where(Treatment.patient_id == patient_id)
    return [_happening(treatment, on) for treatment in db.session.scalars(wanted)]


def _happening(treatment: Treatment, on: date) -> Happening:
    chart = reading.chart(treatment, on)
    kind, word = STATUS_WORDS[chart.status]
    url = url_for("treatments.show", treatment_id=treatment.id)
    title = f"Treatment, {web.day(treatment.planned_on)}"
    said = ". ".join([line(treatment), *dilution.used_in_words(chart)])
    return Happening(treatment.created_at, title, url, said, kind, word)


def history(patient_id: str) -> list[dict[str, Any]]:
    """What was injected before: one item for each visit and product, as screening reads it."""
    wanted = (
        sa.select(Treatment.planned_on, PlanItem, Injection)
        .join(PlanItem, PlanItem.treatment_id == Treatment.id)
        .join(Injection, Injection.plan_item_id == PlanItem.id)
        .where(Treatment.patient_id == patient_id, standing())
        .order_by(Treatment.planned_on, PlanItem.position, Injection.injected_at)
    )
    found: dict[str, dict[str, Any]] = {}
    for on, item, injection in db.session.execute(wanted):
        told = found.setdefault(item.id, _told(on, item))
        area = amending.right(injection, "area").value
        told["areas"] = list(dict.fromkeys([*told["areas"], area]))
        if item.product_class is ProductClass.TOXIN:
            told["units"] = (told["units"] or 0) + int(amending.right(injection, "amount").value)
    return list(found.values())


def _told(on: date, item: PlanItem) -> dict[str, Any]:
    known = {"product_class": item.product_class.value, "on": on.isoformat(), "brand": item.brand}
    return {**known, "areas": [], "units": None}


def next_step(screening_id: str) -> Next | None:
    """A screening leads back to its treatment."""
    treatment = db.session.scalar(sa.select(Treatment).where(Treatment.screening_id == screening_id))
    if treatment is None:
        return None
    url = url_for("treatments.show", treatment_id=treatment.id)
    return Next("Go on to the treatment", url, line(treatment))


def replaced(old_id: str, new_id: str) -> None:
    """The treatment holds on to the newer screening; one that has started keeps what it was started on."""
    treatment = db.session.scalar(sa.select(Treatment).where(Treatment.screening_id == old_id))
    if treatment is not None and db.session.get(TreatmentStart, treatment.id) is None:
        treatment.screening_id = new_id


def slow_points(chart: Chart, on: date) -> list[str]:
    """Points where refill after the injections is abnormal by the emergency protocol's rule."""
    rule, age = reading.rescue_protocol().body["refill"]["rule"], patients.age(chart.patient, on)
    before = chart.measured(BEFORE)
    found = []
    for point, one in chart.measured(AFTER).items():
        first = before.get(point)
        reads = [visit.Refill(one.refill_ds, one.mirror_ds, first.refill_ds if first else None)]
        if not reading.has_side(point):  # both halves were injected: each is the other's mirror
            reads.append(visit.Refill(one.mirror_ds, one.refill_ds, first.mirror_ds if first else None))
        if any(visit.slow(read, age, rule) for read in reads):
            found.append(point)
    return found
