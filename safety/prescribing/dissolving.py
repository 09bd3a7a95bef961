"""Hyaluronidase with no emergency: planned, authorised, given; never from the emergency reserve.

Source: clinical specification 2.5, 2.6 and 7.1; features K7 and P4.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from safety.amounts import AmountUnit, in_words
from safety.audit.log import Actor, record
from safety.db import db, new_id
from safety.patients.models import Patient
from safety.prescribing import actions, links
from safety.prescribing.links import Plan
from safety.prescribing.models import Dissolving, DissolvingDose
from safety.prescribing.rules import Wanted
from safety.protocols import actions as protocols
from safety.protocols.areas import areas
from safety.screening.binding import words_of
from safety.screening.lifting import Lifted
from safety.stock import actions as stock
from safety.stock import ledger
from safety.stock.actions import Refused, Use
from safety.stock.models import Product, ProductClass

Json = Any
UNKNOWN, NEVER = "unknown", "never"
STING_FLAGS = {"whole_body": "sting_whole_body", UNKNOWN: "sting_whole_body", "local": "sting_local"}
REACTION_FLAGS = {
    "anaphylaxis": "hyaluronidase_anaphylaxis", "reaction": "hyaluronidase_reaction",
    UNKNOWN: "hyaluronidase_reaction", "none": "hyaluronidase_before",
}  # fmt: skip
COUNTING_ONLY = ("left_", "right_", "lower_lip_")  # without a side: names only an emergency counts by
FILLER_CLASSES = {ProductClass.HA_FILLER.value, ProductClass.BIOSTIMULATOR.value}


@dataclass(frozen=True)
class Planning:
    """A dissolving as typed: which hyaluronidase, where, how many units in all, why; the allergy answers."""

    product_id: str
    areas: Sequence[str]
    units: int
    reason: str
    sting: str
    reaction: str


def plan(actor: Actor, patient_id: str, asked: Planning, today: date, now: datetime) -> Dissolving:
    """Plan it for today; it waits for a prescriber. Raises Refused with the field."""
    patient = db.session.get_one(Patient, patient_id)
    product = ledger.product(asked.product_id)
    if product is None or product.product_class is not ProductClass.HYALURONIDASE or product.retired_at:
        raise Refused("product_id", "Choose hyaluronidase that this clinic keeps")
    if not asked.areas or not set(asked.areas) <= set(offered()):
        raise Refused("areas", "Choose at least one area from the list")
    if asked.units < 1:
        raise Refused("units", "Enter units above zero")
    row = Dissolving(
        id=new_id(), clinic_id=patient.clinic_id, patient_id=patient.id, product_id=product.id, on=today,
        areas=list(dict.fromkeys(asked.areas)), units=asked.units, reason=asked.reason, sting=asked.sting,
        reaction=asked.reaction, planned_at=now, planned_by=actor.id,
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    facts = {"patient": patient.id, "areas": row.areas, "units": row.units}
    said = {"reason": row.reason, "sting": row.sting, "reaction": row.reaction}
    record(actor, "dissolving.planned", f"dissolving:{row.id}", facts, said)
    return row


def offered() -> dict[str, str]:
    """Areas filler can have been in: id → name."""
    here = [one for one in areas().areas.values() if FILLER_CLASSES & set(one.product_classes)]
    named = [one for one in here if one.side or not one.id.startswith(COUNTING_ONLY)]
    return {one.id: one.name for one in named}


@dataclass(frozen=True)
class Giving:
    """What is given at once from one lot: units by area, mixed in so many microlitres (None: as it comes)."""

    lot_id: str
    units: Mapping[str, int]
    dilution_ul: int | None


def give(actor: Actor, dissolving_id: str, asked: Giving, today: date, now: datetime) -> list[DissolvingDose]:
    """Give it: lot, ledger line, record and doses in one transaction, or nothing. Raises Refused.

    Refused without a prescriber's word that covers it, and when what is then left on the shelf is less than
    the interlock asks for filler in this clinic (K7). An emergency asks for neither.
    """
    row = db.session.get_one(Dissolving, dissolving_id)
    if row.on != today:
        raise Refused("lot_id", "This was planned for another day: plan it again")
    units = {area: much for area, much in asked.units.items() if much}
    if not units:
        raise Refused("lot_id", "Enter the units for at least one area")
    _must_be_authorised(row, units, today)
    line = stock.use(actor, _use(row, asked.lot_id, sum(units.values())), today, now)
    if below := links.below_reserve(today):
        raise Refused("lot_id", f"The emergency reserve would be cut: {'. '.join(below)}. Order more first")
    word = actions.standing(_about(row))
    assert word is not None  # it covered this a moment ago
    doses = [
        DissolvingDose(
            id=new_id(), clinic_id=row.clinic_id, dissolving_id=row.id, authorisation_id=word.id,
            lot_id=asked.lot_id, movement=line.position, area=area, units=much,
            dilution_ul=asked.dilution_ul, given_at=now, given_by=actor.id,
        )
        for area, much in units.items()
    ]  # fmt: skip
    db.session.add_all(doses)
    db.session.flush()
    facts = {"lot": asked.lot_id, "units": dict(units), "line": line.position, "authorisation": word.id}
    record(actor, "dissolving.given", f"dissolving:{row.id}", facts)
    return doses


def _use(row: Dissolving, lot_id: str, units: int) -> Use:
    why = "Dissolving filler with no emergency, authorised"
    return Use(lot_id, units, None, ProductClass.HYALURONIDASE, row.product_id, reason=why)


def _must_be_authorised(row: Dissolving, units: Mapping[str, int], on: date) -> None:
    total = given_units(row.id) + sum(units.values())
    asked = _wanted(row, tuple(units), total)
    for lack in actions.lacks(_about(row), row.patient_id, [asked], on):
        raise Refused("lot_id", lack.text)


def given_units(dissolving_id: str) -> int:
    """Units given of it so far."""
    return sum(one.units for one in doses_of(dissolving_id))


def doses_of(dissolving_id: str) -> list[DissolvingDose]:
    """What was given, first one first."""
    wanted = sa.select(DissolvingDose).where(DissolvingDose.dissolving_id == dissolving_id)
    return list(db.session.scalars(wanted.order_by(DissolvingDose.given_at, DissolvingDose.id)))


def found(dissolving_id: str) -> Dissolving | None:
    """One dissolving of this clinic, or None."""
    return db.session.scalar(sa.select(Dissolving).where(Dissolving.id == dissolving_id))


def _about(row: Dissolving) -> str:
    return f"dissolving:{row.id}"


def _wanted(row: Dissolving, where: Sequence[str], units: int) -> Wanted:
    product = db.session.get_one(Product, row.product_id)
    return Wanted(
        row.id, product.id, product.name, product.product_class, product.brand, tuple(where), units,
        product.amount_unit,
    )  # fmt: skip


def plan_of(about: str) -> Plan | None:
    """The plan of "dissolving:<id>" as a prescriber is asked about it."""
    kind, _, dissolving_id = about.partition(":")
    row = found(dissolving_id) if kind == "dissolving" else None
    return _plan(row) if row else None


def plans_on(on: date) -> list[Plan]:
    """What is planned on a day and not given yet."""
    rows = db.session.scalars(sa.select(Dissolving).where(Dissolving.on == on))
    return [_plan(row) for row in rows if not doses_of(row.id)]


def _plan(row: Dissolving) -> Plan:
    begun = bool(doses_of(row.id))
    units = in_words(row.units, AmountUnit.UNITS)
    return Plan(
        about=_about(row), patient_id=row.patient_id, on=row.on, items=(_wanted(row, row.areas, row.units),),
        line=f"Dissolve filler, {words_of(row.areas)}, {units}",
        page=("prescribing.dissolving", "dissolving_id"),
        planned_by=row.planned_by, screening_id=None, over=given_units(row.id) >= row.units, begun=begun,
        since=row.planned_at, why=row.reason, said=tuple(allergies(row)),
    )  # fmt: skip


def allergies(row: Dissolving) -> list[Lifted]:
    """What was said of stings and of earlier hyaluronidase, in the words an emergency uses."""
    body = protocols.in_force("screening").body
    texts = {flag["code"]: flag["text"] for flag in body["emergency_flags"]}
    said = [(STING_FLAGS.get(row.sting), row.sting), (REACTION_FLAGS.get(row.reaction), row.reaction)]
    flags = [
        Lifted(code, f"{texts.get(code, code)}{': not known' if value == UNKNOWN else ''}")
        for code, value in said
        if code
    ]
    if {"sting_whole_body", "hyaluronidase_reaction", "hyaluronidase_anaphylaxis"} & {
        one.code for one in flags
    }:
        flags.append(Lifted("allergy_advice", _advice(body)))
    return flags


def _advice(body: Mapping[str, Json]) -> str:
    """The questionnaire's own sentence on stings and elective hyaluronidase (question G22)."""
    stings = next(one for one in body["questions"] if one["id"] == "G22")
    rule = next(one for one in stings["rules"] if one["id"] == "G22.whole_body")
    advice = str(rule["reason"]).partition(": ")[2] or str(rule["reason"])
    return f"{advice[0].upper()}{advice[1:]}"


def questions() -> tuple[list[tuple[str, str]], list[tuple[str, str]], str, str]:
    """The choices of both allergy questions and their wordings, from the questionnaire in force."""
    listed = {one["id"]: one for one in protocols.in_force("screening").body["questions"]}
    stings, reactions = listed["G22"], next(p for p in listed["G23"]["parts"] if p["id"] == "G23.reaction")
    unknown = (UNKNOWN, "Not known")
    sting = [*((str(one["value"]), one["label"]) for one in stings["choices"]), unknown]
    reaction = [
        (NEVER, "Never had it"),
        *((str(o["value"]), o["label"]) for o in reactions["choices"]),
        unknown,
    ]
    return sting, reaction, stings["wording"], reactions["wording"]
