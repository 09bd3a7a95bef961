"""What an emergency must know of a patient: what screenings say, and the fillers we gave, area by area."""

from collections.abc import Iterable
from datetime import date
from typing import Any

import sqlalchemy as sa

from safety.amounts import in_words
from safety.db import db
from safety.screening.lifting import Lifted, lifted
from safety.screening.rules import BadRequest
from safety.stock.models import Lot, Product, ProductClass
from safety.treatments import reading, rules
from safety.treatments.map_models import standing
from safety.treatments.models import Injection, PlanItem, Treatment

Json = Any
KIND = {
    ProductClass.HA_FILLER: ("our_ha_filler", "hyaluronic acid"),
    ProductClass.BIOSTIMULATOR: ("our_other_filler", "does not dissolve"),
}


def known(patient_id: str, screening_id: str | None, but: str | None = None) -> list[Lifted]:
    """Everything, today's answers first. `but`: the treatment whose own injections are no history yet."""
    return [*_said(patient_id, screening_id), *our_fillers(patient_id, but)]


def of_treatment(treatment: Treatment) -> list[Lifted]:
    """What an emergency from this treatment must know of its patient."""
    return known(treatment.patient_id, treatment.screening_id, treatment.id)


def _said(patient_id: str, screening_id: str | None) -> list[Lifted]:
    try:
        return lifted(patient_id, screening_id)
    except BadRequest:  # a plan no questionnaire can read any more: a rescue must not wait for that
        return [Lifted("answers_unreadable", "Screening answers cannot be read: ask the patient")]


def our_fillers(patient_id: str, but: str | None) -> list[Lifted]:
    """The newest filler of each kind in each area that this clinic gave: product, lot, day."""
    wanted = (
        sa.select(Treatment.planned_on, PlanItem.product_class, Product.name, Lot.code, Injection.area)
        .join(PlanItem, PlanItem.treatment_id == Treatment.id)
        .join(Injection, Injection.plan_item_id == PlanItem.id)
        .join(Product, Product.id == PlanItem.product_id)
        .join(Lot, Lot.id == Injection.lot_id)
        .where(Treatment.patient_id == patient_id, PlanItem.product_class.in_(rules.FILLERS), standing())
        .order_by(Treatment.planned_on.desc(), Injection.injected_at.desc(), Injection.id)
    )
    if but is not None:
        wanted = wanted.where(Treatment.id != but)
    return _by_area(db.session.execute(wanted).all())


def _by_area(rows: Iterable[Any]) -> list[Lifted]:
    """One line for each visit and product, naming only areas where nothing newer of its kind went."""
    seen: set[tuple[ProductClass, str]] = set()
    lines: dict[tuple[date, ProductClass, str, str], list[str]] = {}
    for on, kind, product, code, area in rows:
        if (kind, area) not in seen:
            seen.add((kind, area))
            lines.setdefault((on, kind, product, code), []).append(reading.area_name(area))
    return [_line(named, *key) for key, named in lines.items()]


def _line(named: list[str], on: date, kind: ProductClass, product: str, code: str) -> Lifted:
    flag, words = KIND[kind]
    return Lifted(flag, f"{', '.join(named)}: {product}, {words}, lot {code}, {on.day} {on:%b %Y}")


def past(patient_id: str) -> list[str]:
    """Earlier treatments of a patient in one line each, newest first: day, product, amount, areas, lot."""
    wanted = (
        sa.select(Treatment.planned_on, Product.name, Lot.code, Injection.area, Injection.amount, PlanItem)
        .join(PlanItem, PlanItem.treatment_id == Treatment.id)
        .join(Injection, Injection.plan_item_id == PlanItem.id)
        .join(Product, Product.id == PlanItem.product_id)
        .join(Lot, Lot.id == Injection.lot_id)
        .where(Treatment.patient_id == patient_id, standing())
        .order_by(Treatment.planned_on.desc(), PlanItem.position, Injection.injected_at)
    )
    told: dict[tuple[date, str, str, Any], dict[str, int]] = {}
    for on, product, code, area, amount, item in db.session.execute(wanted):
        areas = told.setdefault((on, product, code, item.amount_unit), {})
        areas[area] = areas.get(area, 0) + amount
    return [_given(areas, *key) for key, areas in list(told.items())[:LAST]]


LAST = 8  # lines: more would push the decision off the screen


def _given(areas: dict[str, int], on: date, product: str, code: str, unit: Any) -> str:
    where = ", ".join(f"{reading.area_name(area)} {in_words(much, unit)}" for area, much in areas.items())
    return f"{on.day} {on:%b %Y}: {product}, lot {code}: {where}"
