"""Treatments before the patient's consent: what is not signed in the version in force."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from safety.consents import actions as consents
from safety.consents import links
from safety.db import db
from safety.stock.actions import Refused
from safety.treatments.models import PlanItem, Treatment
from safety.treatments.reading import Chart
from safety.treatments.visit import Missing


def register() -> None:
    """Tell consents what is planned."""
    links.tell_classes(planned)


def planned(patient_id: str, on: date) -> Iterable[str]:
    """The kinds of products planned for this patient from a day on."""
    wanted = (
        sa.select(PlanItem.product_class)
        .join(Treatment, Treatment.id == PlanItem.treatment_id)
        .where(Treatment.patient_id == patient_id, Treatment.planned_on >= on,
               Treatment.cancelled_at.is_(None))
        .order_by(Treatment.planned_on, PlanItem.position)
    )  # fmt: skip
    return [one.value for one in db.session.scalars(wanted)]


def not_consented(chart: Chart, on: date) -> list[Missing]:
    """Each consent without which nothing of this plan is injected today."""
    classes = [one.value for one in chart.classes]
    return [Missing("consent", text) for text in consents.lacking(chart.patient.id, classes, on)]


def must_be_consented(chart: Chart, item: PlanItem, on: date) -> None:
    """The patient still agrees to this kind of product: a consent taken back stops the next needle.

    Raises Refused.
    """
    for text in consents.lacking(chart.patient.id, [item.product_class.value], on):
        raise Refused("lot_id", text)


@dataclass(frozen=True)
class Consented:
    """The consents of a treatment as its page shows them."""

    lacking: tuple[str, ...]


def shown(chart: Chart, on: date) -> Consented:
    """What is lacking today."""
    return Consented(tuple(one.text for one in not_consented(chart, on)))
