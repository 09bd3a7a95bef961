"""What sequence and amounts say of a plan and of an injection, with this clinic's rows and protocols."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa

from safety import web
from safety.audit import canonical
from safety.db import db
from safety.prescribing.models import Dissolving, DissolvingDose
from safety.protocols import actions as protocols
from safety.protocols.areas import areas
from safety.screening import actions as screening
from safety.screening import links
from safety.screening.intake import Planned, Treated, plain_word
from safety.screening.logic import months_after
from safety.screening.models import Screening
from safety.stock.models import AmountUnit
from safety.treatments import amounts, reading, sequence
from safety.treatments.amounts import Amounts, Doubt, Portion
from safety.treatments.map_models import standing
from safety.treatments.models import Injection, PlanAnswer, PlanItem, Treatment, TreatmentStart
from safety.treatments.reading import Chart
from safety.treatments.sequence import Dissolved, Facts, Finding

Json = Any
YEAR = timedelta(days=365)
SETTINGS = ("toxin.min_interval_days", "screen.event_days", "screen.undereye_event_days")
EVENT = "G54.on"


@dataclass(frozen=True)
class Line:
    """One planned product, typed or stored: what is judged. `brand` as protocols write it: botox_cosmetic."""

    product_class: str
    brand: str
    areas: tuple[str, ...]
    amount: int
    unit: AmountUnit

    @classmethod
    def of(cls, item: PlanItem) -> "Line":
        """The line of a stored product."""
        areas_of = tuple(item.areas)
        return cls(item.product_class.value, plain_word(item.brand), areas_of, item.amount, item.amount_unit)

    def as_json(self) -> dict[str, Json]:
        """Plain JSON, for fingerprints."""
        return {**vars(self), "areas": sorted(self.areas), "unit": self.unit.value}


@dataclass(frozen=True)
class Judged:
    """What is said of a plan: findings of sequence, and doubts of amount by number of the product."""

    findings: tuple[Finding, ...]
    doubts: tuple[tuple[Doubt, ...], ...]

    @property
    def asked(self) -> list[Finding]:
        """What somebody must answer for."""
        return [one for one in self.findings if one.is_asked]

    @property
    def noted(self) -> list[Finding]:
        """What is only shown."""
        return [one for one in self.findings if not one.is_asked]

    @property
    def stops(self) -> list[Doubt]:
        """What needs a second person."""
        return list(dict.fromkeys(one for each in self.doubts for one in each if one.level == amounts.STOP))


def plan(
    patient_id: str, on: date, lines: Sequence[Line], today: date, said: Mapping[str, Json] | None = None
) -> Judged:
    """What is said of a plan being made. `said`: its screening's answers, where there is one already.

    Visits planned between today and that day count as if they had been: a plan is made of several visits.
    """
    known = facts(patient_id, on, lines, said or event_said(patient_id, on), today)
    return _judged(known, patient_id, lines, sequence.PLAN)


def start(chart: Chart) -> Judged:
    """What is said of a plan about to start, with what screening heard."""
    lines = [Line.of(item) for item in chart.items]
    known = facts(chart.patient.id, chart.treatment.planned_on, lines, said_of(chart.treatment))
    return _judged(known, chart.patient.id, lines, sequence.START)


def _judged(known: Facts, patient_id: str, lines: Sequence[Line], at: str) -> Judged:
    body = reading.day_protocol()
    found = sequence.evaluate(body.get("sequence", ()), known, at)
    doubted = [
        tuple(amounts.doubts(body, _planned_amounts(patient_id, known, line, lines, body))) for line in lines
    ]
    return Judged(tuple(found), tuple(doubted))


def said_of(treatment: Treatment) -> dict[str, Json]:
    """The answers of this visit's screening."""
    return screening.current_answers(treatment.screening_id) if treatment.screening_id else {}


def event_said(patient_id: str, on: date) -> dict[str, Json]:
    """The event the patient last spoke of, while it lies ahead; screening asks anew."""
    wanted = sa.select(Screening.id).where(Screening.patient_id == patient_id)
    newest = db.session.scalar(wanted.order_by(Screening.started_at.desc(), Screening.id).limit(1))
    told = screening.current_answers(newest).get(EVENT) if newest else None
    return {EVENT: told} if told and str(told) >= on.isoformat() else {}


# Facts


def facts(
    patient_id: str, on: date, lines: Sequence[Line], said: Mapping[str, Json], today: date | None = None
) -> Facts:
    """A plan and what is known of the patient; from `today` on also what is planned before it."""
    return Facts(
        on=on, plan=tuple(Planned(one.product_class, one.areas, one.brand) for one in lines),
        areas=areas().areas, settings=settings(), history=tuple(_history(patient_id, on, today)),
        dissolved=tuple(_dissolved(patient_id)), first_visit=reading.first_visit(patient_id), said=said,
    )  # fmt: skip


def settings() -> dict[str, int]:
    """The values of the screening protocol that rows of the treatment protocol name."""
    values = protocols.in_force(reading.QUESTIONS).parameters
    return {key: int(values[key]) for key in SETTINGS if key in values}


def _history(patient_id: str, on: date, today: date | None) -> list[Treated]:
    """What was injected; and, for a later visit being planned, what is planned to be injected before it."""
    told = [_treated(item) for item in links.history(patient_id)]
    return told if today is None else [*told, *_to_come(patient_id, on, today)]


def _treated(item: Mapping[str, Json]) -> Treated:
    on = date.fromisoformat(item["on"])
    brand = plain_word(item.get("brand") or "")
    return Treated(item["product_class"], on, tuple(item.get("areas") or ()), brand)


def _to_come(patient_id: str, on: date, today: date) -> list[Treated]:
    wanted = (
        sa.select(Treatment.planned_on, PlanItem)
        .join(PlanItem, PlanItem.treatment_id == Treatment.id)
        .outerjoin(TreatmentStart, TreatmentStart.treatment_id == Treatment.id)
        .where(
            Treatment.patient_id == patient_id, Treatment.cancelled_at.is_(None), Treatment.planned_on < on,
            Treatment.planned_on >= today, PlanItem.withdrawn_at.is_(None),
            TreatmentStart.treatment_id.is_(None),
        )
    )  # fmt: skip
    found = db.session.execute(wanted)
    return [
        Treated(one.product_class.value, day, tuple(one.areas), plain_word(one.brand)) for day, one in found
    ]


def _dissolved(patient_id: str) -> list[Dissolved]:
    wanted = (
        sa.select(DissolvingDose.given_at, DissolvingDose.area)
        .join(Dissolving, Dissolving.id == DissolvingDose.dissolving_id)
        .where(Dissolving.patient_id == patient_id)
    )
    return [Dissolved(web.today(given_at), (area,)) for given_at, area in db.session.execute(wanted)]


# Amounts


def portion(named: Iterable[str], amount: int, side: str | None = None) -> Portion:
    """An amount over areas as the ranges read it; `side` where one side of an area is meant."""
    known = [(name, area) for name in named if (area := reading.area(name))]
    sides = {one for _, area in known for one in reading.sides_of(area)} - {"mid"}
    return Portion(
        areas=frozenset(sequence.base(name, areas().areas) for name, _ in known), amount=amount,
        sides=frozenset({side} & sides if side in sides else sides),
        groups=tuple(frozenset(area.groups) for _, area in known),
        tiers=frozenset(area.tier for _, area in known),
    )  # fmt: skip


def _planned_amounts(
    patient_id: str, known: Facts, line: Line, lines: Sequence[Line], body: Mapping[str, Json]
) -> Amounts:
    same = [one for one in lines if (one.product_class, one.brand) == (line.product_class, line.brand)]
    return Amounts(
        line.product_class, line.brand, line.unit, tuple(portion(one.areas, one.amount) for one in same),
        before=_before(patient_id, line.brand, known, body), year_ul=_year(patient_id, line.brand, known.on),
    )  # fmt: skip


def _before(
    patient_id: str, brand: str, known: Facts, body: Mapping[str, Json], but: str | None = None
) -> int:
    """Units of this very brand in the last months: the clinic's own, and what the patient said (T03)."""
    rows = [row for row in body.get("ranges", {}).get("three_months", ()) if brand in row["brands"]]
    months = max((row["months"] for row in rows), default=0)
    given = sum(
        amount
        for on, amount in _given(patient_id, brand, known.on, but)
        if months_after(on, months) > known.on
    )
    told = known.said.get("T03") == "yes" and known.said.get("T03.same_brand") == "yes"
    units = known.said.get("T03.units") if told else 0
    return given + (units if isinstance(units, int) else 0)


def _year(patient_id: str, brand: str, on: date, but: str | None = None) -> int:
    return sum(amount for day, amount in _given(patient_id, brand, on, but) if on - day < YEAR)


def _given(patient_id: str, brand: str, on: date, but: str | None) -> list[tuple[date, int]]:
    wanted = (
        sa.select(Treatment.planned_on, PlanItem.brand, sa.func.sum(Injection.amount))
        .join(Injection, Injection.treatment_id == Treatment.id)
        .join(PlanItem, PlanItem.id == Injection.plan_item_id)
        .where(Treatment.patient_id == patient_id, Treatment.planned_on <= on)
        .where(Treatment.id != (but or ""), standing())
        .group_by(Treatment.id, Treatment.planned_on, PlanItem.brand)
    )
    given = db.session.execute(wanted)
    return [(day, int(amount)) for day, named, amount in given if plain_word(named) == brand]


def injection(chart: Chart, item: PlanItem, area: str, side: str, amount: int) -> list[Doubt]:
    """What is said of one injection on top of those given before it in this visit.

    What the plan was confirmed for is not asked again while no more than planned is given.
    """
    body, now = reading.day_protocol(), portion([area], amount, side)
    brand = plain_word(item.brand)
    same = [one.id for one in chart.items if plain_word(one.brand) == brand]
    earlier = [one for one in chart.injections if one.plan_item_id in same]
    known = facts(chart.patient.id, chart.treatment.planned_on, [Line.of(item)], said_of(chart.treatment))
    but = chart.treatment.id
    asked = Amounts(
        item.product_class.value, brand, item.amount_unit,
        (*(portion([one.area], one.amount, one.side) for one in earlier), now), is_plan=False, now=now,
        before=_before(chart.patient.id, brand, known, body, but),
        year_ul=_year(chart.patient.id, brand, known.on, but),
    )  # fmt: skip
    within = chart.given(item) + amount <= item.amount
    settled = {row.finding for row in answers(chart) if row.injection_id is None} if within else set()
    return [one for one in amounts.doubts(body, asked) if one.id not in settled]


def order(chart: Chart, item: PlanItem, area: str, amount: int) -> list[Finding]:
    """What the sequence says right before this injection."""
    kinds = {one.id: one.product_class.value for one in chart.items}
    waiting = {one.product_class.value for one in chart.items if not chart.given(one)}
    one = sequence.Injecting(
        product_class=item.product_class.value, area=area, tops_up=chart.given(item) + amount > item.amount,
        given=tuple((kinds.get(given.plan_item_id, ""), given.area) for given in chart.injections),
        waiting=frozenset(waiting),
    )  # fmt: skip
    return sequence.at_injection(reading.day_protocol().get("sequence", ()), one, areas().areas)


# What was answered


def fingerprint(treatment_id: str, on: date, lines: Iterable[Line]) -> str:
    """Hex digest of a plan: answers count for the plan they were given on, and for no other."""
    content = {"treatment": treatment_id, "on": on.isoformat(), "items": [one.as_json() for one in lines]}
    return hashlib.sha256(canonical.dumps(content)).hexdigest()


def of_chart(chart: Chart) -> str:
    """The fingerprint of the plan as it stands."""
    return fingerprint(chart.treatment.id, chart.treatment.planned_on, map(Line.of, chart.items))


def answers(chart: Chart) -> list[PlanAnswer]:
    """What people answered to findings and doubts of the plan as it stands, the earliest first."""
    wanted = sa.select(PlanAnswer).where(
        PlanAnswer.treatment_id == chart.treatment.id, PlanAnswer.plan_sha256 == of_chart(chart)
    )
    return list(db.session.scalars(wanted.order_by(PlanAnswer.answered_at, PlanAnswer.id)))


def open_at_start(chart: Chart) -> Judged:
    """What nobody has answered for yet, of a plan about to start."""
    judged, settled = start(chart), {row.finding for row in answers(chart)}
    findings = tuple(one for one in judged.findings if one.id not in settled)
    stops = tuple(
        tuple(one for one in each if one.level == amounts.STOP and one.id not in settled)
        for each in judged.doubts
    )
    return Judged(findings, stops)
