"""Reading one treatment whole: plan, screening, readings, injections, and where it stands."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from safety.db import db
from safety.patients.models import Patient
from safety.protocols import actions as protocols
from safety.protocols.areas import Area, areas
from safety.screening import actions as screening
from safety.screening.verdict import Verdict
from safety.stock.models import ProductClass
from safety.treatments import rules, visit
from safety.treatments.map_models import standing
from safety.treatments.models import (
    Baseline,
    Injection,
    PlanItem,
    Treatment,
    TreatmentFinish,
    TreatmentStart,
)

Json = Any
RESCUE, DAY, QUESTIONS = "vascular_occlusion", "treatment", "screening"
BEFORE, AFTER = "before", "after"


@dataclass(frozen=True)
class Chart:
    """One treatment with everything that belongs to it. Loaded anew in each transaction."""

    treatment: Treatment
    patient: Patient
    items: Sequence[PlanItem]
    readings: Sequence[Baseline]
    injections: Sequence[Injection]
    start: TreatmentStart | None
    finish: TreatmentFinish | None
    verdict: Verdict | None

    @property
    def status(self) -> visit.Status:
        """Where it stands."""
        facts = visit.Stands(
            verdict=self.verdict.state.value if self.verdict else None,
            started=self.start is not None,
            finished=self.finish is not None,
            cancelled=self.treatment.cancelled_at is not None,
        )
        return visit.status(facts)

    @property
    def classes(self) -> frozenset[ProductClass]:
        """The product classes planned."""
        return frozenset(item.product_class for item in self.items)

    @property
    def filler_areas(self) -> list[str]:
        """The areas planned for any filler, in order, once each."""
        named = [area for item in self.items if item.product_class in rules.FILLERS for area in item.areas]
        return list(dict.fromkeys(named))

    @property
    def points(self) -> list[str]:
        """Where baseline refill is measured before hyaluronic acid goes in, and again afterwards."""
        ha = [
            area for item in self.items if item.product_class is ProductClass.HA_FILLER for area in item.areas
        ]
        return list(dict.fromkeys(ha))

    def measured(self, phase: str) -> dict[str, Baseline]:
        """The newest reading at each point: before the first injection, or after the last."""
        return {reading.area: reading for reading in self.readings if reading.phase == phase}

    def given(self, item: PlanItem) -> int:
        """How much of a planned product went in so far, in its unit."""
        return sum(one.amount for one in self.injections if one.plan_item_id == item.id)

    @property
    def planned(self) -> rules.Planned:
        """What the interlock must know of this plan."""
        return rules.Planned(self.classes, len(counting(self.filler_areas)))


def found(treatment_id: str) -> Treatment | None:
    """One treatment of this clinic, or None."""
    return db.session.scalar(sa.select(Treatment).where(Treatment.id == treatment_id))


def chart(treatment: Treatment, today: date) -> Chart:
    """Everything that belongs to a treatment, and what its screening says today."""
    items = items_of(treatment.id)
    said = (
        screening.verdict(treatment.screening_id, today, plan_of(items)) if treatment.screening_id else None
    )
    return Chart(
        treatment=treatment,
        patient=db.session.get_one(Patient, treatment.patient_id),
        items=items,
        readings=_all(Baseline, treatment.id, Baseline.measured_at),
        injections=_standing(treatment.id),
        start=db.session.get(TreatmentStart, treatment.id),
        finish=db.session.get(TreatmentFinish, treatment.id),
        verdict=said,
    )


def items_of(treatment_id: str) -> list[PlanItem]:
    """The products planned now, in order; those a change of plan took out are not among them."""
    return [one for one in _all(PlanItem, treatment_id, PlanItem.position) if one.withdrawn_at is None]


def _standing(treatment_id: str) -> list[Injection]:
    """The injections that count, in order: those that were struck do not."""
    wanted = sa.select(Injection).where(Injection.treatment_id == treatment_id, standing())
    return list(db.session.scalars(wanted.order_by(Injection.injected_at, Injection.id)))


def _all(kind: Any, treatment_id: str, order: Any) -> Sequence[Any]:
    wanted = sa.select(kind).where(kind.treatment_id == treatment_id).order_by(order, kind.id)
    return list(db.session.scalars(wanted))


def plan_of(items: Sequence[PlanItem]) -> list[dict[str, Json]]:
    """The plan as screening is handed it."""
    return [
        {
            "product_class": item.product_class.value,
            "brand": item.brand,
            "areas": list(item.areas),
            "units": item.amount if item.product_class is ProductClass.TOXIN else None,
        }
        for item in items
    ]


def area(area_id: str) -> Area | None:
    """One area of the face, or None."""
    return areas().areas.get(area_id)


def area_name(area_id: str) -> str:
    """Its name; an id no file knows any more stays readable."""
    known = area(area_id)
    return known.name if known else area_id.replace("_", " ").capitalize()


def sides_of(area: Area) -> list[str]:
    """The sides an injection into this area may be on. The middle has one."""
    if area.side is not None:
        return [area.side]
    return ["left", "right"] if f"left_{area.id}" in areas().areas else ["mid"]


def point_names(area_id: str) -> tuple[str, str]:
    """What a point and its mirror are called, the patient's own left and right.

    The mirror of a left area is the right one. Where an area has no side (the lips, both cheeks as one) its
    left half is the point and its right half the mirror: each is the other's. Specification 1.2, step 5.
    """
    known, name = area(area_id), area_name(area_id)
    if known is None or known.side is None:
        return f"{name}, left", f"{name}, right"
    other = "right" if known.side == "left" else "left"
    mirror = f"{other}_{area_id.partition('_')[2]}"
    return name, area_name(mirror) if area(mirror) else f"{name}, other side"


def has_side(area_id: str) -> bool:
    """Is this area one side of a pair?"""
    known = area(area_id)
    return known is not None and known.side is not None


def counting(named: Sequence[str]) -> list[str]:
    """The counting areas that planned areas lie in, once each, in the file's order."""
    touched = {one for name in named if (known := area(name)) for one in known.counts_as}
    return [one for one in areas().counting if one in touched]


def rescue_protocol() -> protocols.InForce:
    """The emergency protocol this clinic goes by."""
    return protocols.in_force(RESCUE)


def day_protocol() -> Mapping[str, Json]:
    """The stay, the review windows and the doubtful amounts this clinic goes by."""
    return protocols.in_force(DAY).body


def gates(classes: frozenset[ProductClass]) -> list[tuple[str, str]]:
    """Questions asked right before the needle: (id, wording), of the questionnaire in force."""
    listed = protocols.in_force(QUESTIONS).body["questions"]
    late = [one for one in listed if one.get("stage") == "before_injection"]
    return [(one["id"], one["wording"]) for one in late if set(one["applies"]["classes"]) & classes]


def first_visit(patient_id: str) -> bool:
    """Was this patient never treated here before?"""
    wanted = (
        sa.select(TreatmentStart.treatment_id)
        .join(Treatment, Treatment.id == TreatmentStart.treatment_id)
        .where(Treatment.patient_id == patient_id)
        .limit(1)
    )
    return db.session.scalar(wanted) is None


def running() -> list[Treatment]:
    """Treatments started, not finished and not cancelled, the newest start first."""
    wanted = (
        sa.select(Treatment)
        .join(TreatmentStart, TreatmentStart.treatment_id == Treatment.id)
        .outerjoin(TreatmentFinish, TreatmentFinish.treatment_id == Treatment.id)
        .where(TreatmentFinish.treatment_id.is_(None), Treatment.cancelled_at.is_(None))
        .order_by(TreatmentStart.started_at.desc(), Treatment.id)
    )
    return list(db.session.scalars(wanted))
