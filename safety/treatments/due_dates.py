"""Who is due: reviews after a visit, and from when a product in an area is due again."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import sqlalchemy as sa

from safety.audit.log import Actor, record
from safety.db import db, new_id
from safety.patients.models import Patient
from safety.protocols import actions as protocols
from safety.protocols.areas import areas
from safety.screening.intake import plain_word
from safety.stock.models import ProductClass
from safety.treatments import dues, reading, sequence
from safety.treatments.ics import Event
from safety.treatments.map_models import standing
from safety.treatments.models import DueDate, Injection, PlanItem, Treatment, TreatmentFinish
from safety.treatments.reading import Chart

REVIEW, AGAIN = "review", "again"
WEEK = timedelta(days=7)
KINDS = {
    ProductClass.TOXIN: "toxin",
    ProductClass.HA_FILLER: "filler",
    ProductClass.BIOSTIMULATOR: "biostimulator",
}


def keep(actor: Actor, chart: Chart, now: datetime) -> list[DueDate]:
    """At the end of a visit: from when each product in each area is due again, by the protocol in force.

    A product without a known duration gets no date.
    """
    protocol, on = protocols.in_force(reading.DAY), chart.treatment.planned_on
    rows = []
    for item, area in _given(chart):
        known = reading.area(area)
        groups = frozenset(known.groups) if known else frozenset()
        base = sequence.base(area, areas().areas)
        given = dues.Given(item.product_class.value, plain_word(item.brand), base, groups)
        if (found := dues.due(protocol.body.get("durations", ()), given, on)) is not None:
            rows.append(DueDate(
                id=new_id(), clinic_id=chart.treatment.clinic_id, treatment_id=chart.treatment.id,
                patient_id=chart.patient.id, product_class=item.product_class, brand=item.brand, area=base,
                figure=found.figure, given_on=on, from_on=found.from_on, amber_on=found.amber_on,
                protocol_digest=protocol.digest))  # fmt: skip
    db.session.add_all(rows)
    if rows:
        facts = {"dates": [[row.figure, row.area, row.from_on.isoformat()] for row in rows]}
        record(actor, "treatment.due_dates_set", f"treatment:{chart.treatment.id}", facts)
    return rows


def _given(chart: Chart) -> list[tuple[PlanItem, str]]:
    """Each product with each area it went into, once; both sides of an area are one."""
    items = {item.id: item for item in chart.items}
    met = {(one.plan_item_id, sequence.base(one.area, areas().areas)): one.area for one in chart.injections}
    return [(items[item_id], area) for (item_id, _), area in met.items() if item_id in items]


@dataclass(frozen=True)
class Line:
    """One date somebody is due on. `stage`: ahead, due or late; `to_on`: where a window closes."""

    kind: str
    key: str
    patient_id: str
    name: str
    phone: str
    treatment_id: str
    what: str
    title: str
    from_on: date
    to_on: date | None
    amber_on: date | None
    stage: str

    @property
    def look(self) -> tuple[str, str]:
        """Its shape and word."""
        return {"late": ("check", "Late"), "due": ("note", "Due now")}.get(self.stage, ("open", "Ahead"))


def lines(on: date, patient_id: str | None = None) -> list[Line]:
    """Every open date of the clinic, or of one patient, the earliest first."""
    found = [*_reviews(on, patient_id), *_again(on, patient_id)]
    return sorted(found, key=lambda one: (one.from_on, one.name, one.what))


def in_week(every: Iterable[Line], monday: date) -> list[Line]:
    """Those whose window lies in this week, in part or whole; late ones stand in the week they began."""
    sunday = monday + timedelta(days=6)
    return [one for one in every if one.from_on <= sunday and (one.to_on or one.from_on) >= monday]


def now_due(every: Iterable[Line]) -> list[Line]:
    """Those that are due or late."""
    return [one for one in every if one.stage != "ahead"]


def _reviews(on: date, patient_id: str | None) -> list[Line]:
    wanted = (
        sa.select(Treatment, TreatmentFinish, Patient)
        .join(TreatmentFinish, TreatmentFinish.treatment_id == Treatment.id)
        .join(Patient, Patient.id == Treatment.patient_id)
        .where(TreatmentFinish.review_from_on.is_not(None), TreatmentFinish.review_to_on >= on - 2 * WEEK)
    )
    if patient_id:
        wanted = wanted.where(Treatment.patient_id == patient_id)
    rows = db.session.execute(wanted).all()
    seen = _later_visits({treatment.patient_id for treatment, _, _ in rows})
    return [
        _review(treatment, finish, patient, on)
        for treatment, finish, patient in rows
        if not _came(finish, seen.get(treatment.patient_id, ()))
    ]


def _came(finish: TreatmentFinish, days: Iterable[date]) -> bool:
    return any(finish.review_from_on is not None and day >= finish.review_from_on for day in days)


def _later_visits(patients: set[str]) -> dict[str, list[date]]:
    """Days on which these patients were injected: whoever came was looked at."""
    wanted = (
        sa.select(Treatment.patient_id, Treatment.planned_on)
        .join(Injection, Injection.treatment_id == Treatment.id)
        .where(Treatment.patient_id.in_(patients))
        .distinct()
    )
    found: dict[str, list[date]] = {}
    for patient_id, day in db.session.execute(wanted) if patients else ():
        found.setdefault(patient_id, []).append(day)
    return found


def _review(treatment: Treatment, finish: TreatmentFinish, patient: Patient, on: date) -> Line:
    opens, closes = finish.review_from_on, finish.review_to_on
    assert opens is not None  # only those with a window are asked for
    assert closes is not None
    classes = _classes(treatment.id)
    stage = "ahead" if on < opens else "due" if on <= closes else "late"
    words = " and ".join(KINDS[one] for one in KINDS if one in classes)
    return Line(
        REVIEW, f"review-{treatment.id}", patient.id, _name(patient), patient.phone, treatment.id,
        _areas(treatment.id), f"Due for {words} review", opens, closes, None, stage,
    )  # fmt: skip


def _classes(treatment_id: str) -> set[ProductClass]:
    wanted = (
        sa.select(PlanItem.product_class)
        .join(Injection, Injection.plan_item_id == PlanItem.id)
        .where(PlanItem.treatment_id == treatment_id, standing())
    )
    return set(db.session.scalars(wanted))


def _areas(treatment_id: str) -> str:
    wanted = sa.select(Injection.area).where(Injection.treatment_id == treatment_id, standing())
    named = dict.fromkeys(sequence.base(one, areas().areas) for one in db.session.scalars(wanted))
    return ", ".join(reading.area_name(one) for one in named)


def _again(on: date, patient_id: str | None) -> list[Line]:
    wanted = (
        sa.select(DueDate, Patient)
        .join(Patient, Patient.id == DueDate.patient_id)
        .join(Treatment, Treatment.id == DueDate.treatment_id)
    )
    if patient_id:
        wanted = wanted.where(DueDate.patient_id == patient_id)
    newest: dict[tuple[str, str, str], tuple[DueDate, Patient]] = {}
    for row, patient in db.session.execute(wanted.order_by(Treatment.planned_on, DueDate.id)):
        newest[row.patient_id, row.product_class.value, row.area] = (row, patient)  # a later one takes over
    return [_due(row, patient, on) for row, patient in newest.values()]


def _due(row: DueDate, patient: Patient, on: date) -> Line:
    brand = row.brand.replace("_", " ").capitalize()
    title = f"Re-treatment due from {row.from_on.day} {row.from_on:%b %Y}"
    return Line(
        AGAIN, f"due-{row.id}", patient.id, _name(patient), patient.phone, row.treatment_id,
        f"{brand}, {reading.area_name(row.area)}", title, row.from_on, None, row.amber_on,
        dues.stage(on, row.from_on, row.amber_on),
    )  # fmt: skip


def _name(patient: Patient) -> str:
    return f"{patient.given_name} {patient.family_name}"


# The calendar file


def events(found: Sequence[Line], clinic_name: str, phone: str, initials: bool) -> list[Event]:
    """Entries without a name and without medicine; initials where the file stays in the clinic."""
    return [
        Event(
            uid=f"{one.key}@reflow", on=one.from_on, until=one.to_on or one.from_on,
            summary=_summary(one, initials),
            description=f"{clinic_name}. To arrange it, call {phone}.",
        )
        for one in found
    ]  # fmt: skip


def _summary(one: Line, initials: bool) -> str:
    word = "Review" if one.kind == REVIEW else "Next visit"
    letters = "".join(part[0] for part in one.name.split() if part)
    return f"{word}, {letters}" if initials else word
