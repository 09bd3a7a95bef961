"""A toxin is injected from a vial that was diluted, written down, and is still in time."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from flask import url_for

from safety.audit.log import Actor
from safety.db import db
from safety.dilutions import guidance, links
from safety.dilutions import reading as dilutions
from safety.dilutions.links import DrawnFor
from safety.dilutions.reading import Diluted
from safety.dilutions.rules import left_in_words, volume_in_words
from safety.patients.models import Patient
from safety.stock import actions as stock
from safety.stock import ledger, vials
from safety.stock.actions import Refused, Use
from safety.stock.models import StockMovement
from safety.stock.rules import AmountUnit, in_words
from safety.treatments.models import PlanItem, Treatment
from safety.treatments.reading import Chart
from safety.treatments.visit import Missing
from safety.web import when


def needed(item: PlanItem) -> bool:
    """Must this planned product be diluted first?"""
    return guidance.needs_dilution(item.product_class, item.brand)


def vials_for(item: PlanItem, now: datetime) -> list[Diluted]:
    """The diluted vials of a planned product that its treatment may draw from now."""
    return dilutions.usable(item.product_id, item.treatment_id, now)


def not_diluted(chart: Chart, now: datetime) -> list[Missing]:
    """Planned toxins without a diluted vial that may be used now."""
    lacking = [item for item in chart.items if needed(item) and not vials_for(item, now)]
    return [Missing("dilution", f"No diluted vial of {_brand(item)} in time: dilute one") for item in lacking]


def _brand(item: PlanItem) -> str:
    return item.brand.replace("_", " ").capitalize()


def take(
    actor: Actor, vial_id: str | None, wanted: Use, item: PlanItem, today: date, now: datetime
) -> StockMovement:
    """Take an injection's amount: from a sealed lot, or from a diluted vial. Raises Refused."""
    if not needed(item):
        return stock.use(actor, wanted, today, now)
    if not vial_id:
        raise Refused("vial_id", f"Choose the vial before the needle: {_brand(item)} is diluted first")
    return vials.draw(actor, vial_id, wanted, today, now)


def lot_of(vial_id: str | None, lot_id: str) -> str:
    """The lot an injection comes from: that of its vial. Raises Refused when another one was named."""
    vial = ledger.vial(vial_id) if vial_id else None
    if vial and lot_id and vial.lot_id != lot_id:
        raise Refused("vial_id", "This vial is of another lot: choose the vial in your hand")
    return vial.lot_id if vial else lot_id


@dataclass(frozen=True)
class Standing:
    """How a planned toxin stands: a diluted vial in time, or none yet."""

    title: str
    line: str
    kind: str
    word: str
    url: str


def standings(chart: Chart, now: datetime) -> list[Standing]:
    """One line for each planned toxin that must be diluted."""
    return [_standing(item, vials_for(item, now), now) for item in chart.items if needed(item)]


def _standing(item: PlanItem, fit: Sequence[Diluted], now: datetime) -> Standing:
    title = f"Dilution, {_brand(item)}"
    if not fit:
        url = url_for(
            "dilutions.new", treatment=item.treatment_id, product=item.product_id, units=item.amount
        )
        return Standing(title, "Dilute a vial and record it", "open", "Not diluted", url)
    one = fit[0]
    until = one.vial.discard_at
    line = f"{one.strength}, lot {one.lot.code}. Use until {when(until)}, {left_in_words(until, now)}"
    return Standing(
        title, line, "ready", "Ready", url_for("dilutions.show", vial_id=one.vial.vial_id, units=item.amount)
    )


def hint(one: Diluted, units: int, now: datetime) -> str:
    """What stands beside a vial on the injection page: strength, what is left, and how much to draw."""
    until = one.vial.discard_at
    said = f"{one.strength}, {in_words(one.vial.left, AmountUnit.UNITS)} left. "
    said += f"Use until {when(until)}, {left_in_words(until, now)}"
    if units < 1:
        return said
    draw = volume_in_words(one.mix.volume_for(units))
    return f"{said}. {in_words(units, AmountUnit.UNITS)}: draw {draw}"


def volumes(treatment_id: str) -> dict[int, str]:
    """Ledger line → the volume that was drawn, in words."""
    wanted = dilutions.drawn_in(treatment_id)
    lines = {position: ledger.line(position) for position in wanted}
    return {
        position: volume_in_words(one.mix.volume_for(-line.amount))
        for position, one in wanted.items()
        if (line := lines[position])
    }


def volume_of(vial_id: str | None, units: int) -> str:
    """The volume that holds so many units of a diluted vial, in words; nothing where it is no vial."""
    one = dilutions.found(vial_id) if vial_id else None
    return volume_in_words(one.mix.volume_for(units)) if one else ""


def used_in(treatment_id: str) -> list[Diluted]:
    """The vials a treatment drew from, once each."""
    return list({one.vial.vial_id: one for one in dilutions.drawn_in(treatment_id).values()}.values())


def used_in_words(chart: Chart) -> list[str]:
    """Brand, lot and dilution of everything injected, once each: what the patient may ask about.

    Source: clinical specification 6.4 ("ask about brands, storage, dilution").
    """
    drawn, said = dilutions.drawn_in(chart.treatment.id), []
    for one in chart.injections:
        vial, lot = drawn.get(one.movement), ledger.lot_facts(one.lot_id)
        named = f"{lot.product_name}, lot {lot.code}" if lot else "Lot not known"
        said.append(f"{named}, {vial.strength}" if vial else named)
    return list(dict.fromkeys(said))


def patients(treatment_ids: Iterable[str]) -> list[DrawnFor]:
    """Whom a vial was drawn for, for its page."""
    wanted = (
        sa.select(Treatment, Patient)
        .join(Patient, Patient.id == Treatment.patient_id)
        .where(Treatment.id.in_(list(treatment_ids)))
        .order_by(Treatment.planned_on, Treatment.id)
    )
    return [
        DrawnFor(
            f"{patient.given_name} {patient.family_name}", url_for("treatments.show", treatment_id=one.id)
        )
        for one, patient in db.session.execute(wanted)
    ]


def register() -> None:
    """Offer whom a vial was drawn for to the page below."""
    links.tell_patients(patients)
