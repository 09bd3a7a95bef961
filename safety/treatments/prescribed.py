"""Treatments before the prescriber: what waits for a word, what a word lacks, and the limits that hold."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from safety.amounts import AmountUnit, in_words
from safety.db import db
from safety.prescribing import actions as prescribing
from safety.prescribing import links, overriding
from safety.prescribing import reading as words
from safety.prescribing.links import Plan, Rescue
from safety.prescribing.reading import Shown
from safety.prescribing.rules import Wanted
from safety.screening import binding, showing
from safety.screening import links as screening_links
from safety.stock import ledger
from safety.stock.actions import Refused
from safety.treatments import interlock, known, reading, telling
from safety.treatments.models import PlanItem, Treatment
from safety.treatments.reading import Chart
from safety.treatments.visit import Missing, Status

if TYPE_CHECKING:
    from safety.treatments.actions import Given

Json = Any
READY = frozenset({Status.CLEARED, Status.WAITING_FOR_PRESCRIBER})
AT = {"amount": "amount", "area": "area"}


def register() -> None:
    """Offer all of this to the prescriber's pages."""
    links.tell_plan(plan_of)
    links.tell_plans_on(plans_on)
    links.tell_known(known.known)
    links.tell_past(known.past)
    screening_links.tell_plan(plan_now)
    links.tell_rescue(rescue_of)
    links.tell_reserve(below_reserve)


def plan_of(about: str) -> Plan | None:
    """The plan of "treatment:<id>"."""
    kind, _, treatment_id = about.partition(":")
    treatment = reading.found(treatment_id) if kind == "treatment" else None
    return _plan(reading.chart(treatment, treatment.planned_on)) if treatment else None


def plan_now(screening_id: str) -> dict[str, Json] | None:
    """The plan of the treatment a screening belongs to, as a decision is bound to it."""
    treatment = db.session.scalar(sa.select(Treatment).where(Treatment.screening_id == screening_id))
    if treatment is None:
        return None
    items = [_bound(wanted(item)) for item in reading.items_of(treatment.id)]
    return {"patient": treatment.patient_id, "on": treatment.planned_on.isoformat(), "items": items}


def _bound(one: Wanted) -> dict[str, Json]:
    kept = one.as_json()
    return {name: kept[name] for name in ("item", "name", "brand", "areas", "amount", "unit")}


def plans_on(on: date) -> list[Plan]:
    """Plans of a day whose screening is done and that have not begun, waiting since their verdict."""
    wanted = sa.select(Treatment).where(Treatment.planned_on == on, Treatment.cancelled_at.is_(None))
    charts = [reading.chart(one, on) for one in db.session.scalars(wanted)]
    return [_plan(chart) for chart in charts if chart.status in READY]


def _plan(chart: Chart) -> Plan:
    made = chart.verdict.assessment if chart.verdict else None
    return Plan(
        about=f"treatment:{chart.treatment.id}", patient_id=chart.patient.id, on=chart.treatment.planned_on,
        items=tuple(wanted(item) for item in chart.items), line=telling.line(chart.treatment),
        page=("treatments.show", "treatment_id"),
        planned_by=chart.treatment.created_by, screening_id=chart.treatment.screening_id,
        over=chart.status in (Status.FINISHED, Status.CANCELLED), begun=chart.start is not None,
        since=made.made_at if made else None,
    )  # fmt: skip


def wanted(item: PlanItem, areas: Iterable[str] | None = None, amount: int | None = None) -> Wanted:
    """A planned product as a prescriber is asked about it; less of it where areas or an amount are given."""
    product = ledger.product(item.product_id)
    return Wanted(
        item=item.id, product_id=item.product_id, name=product.name if product else item.brand,
        product_class=item.product_class, brand=item.brand,
        areas=tuple(item.areas if areas is None else areas), amount=amount or item.amount,
        unit=item.amount_unit,
    )  # fmt: skip


@dataclass(frozen=True)
class Word:
    """The prescriber's word on a treatment, as its page shows it."""

    needed: bool
    word: Shown | None
    lacking: tuple[str, ...]
    limits: tuple[str, ...]


def shown(chart: Chart, on: date) -> Word:
    """What the prescriber said, and what is lacking."""
    about, needed = (
        f"treatment:{chart.treatment.id}",
        any(wanted(one).needs_authorisation for one in chart.items),
    )
    word = words.shown(about, _treats_themself(chart))
    lacking = tuple(one.text for one in not_authorised(chart, on)) if needed else ()
    limits = showing.limits(chart.verdict) if chart.verdict else []
    return Word(needed, word, lacking, tuple(limits))


def _treats_themself(chart: Chart) -> bool:
    """Is the prescriber the one who planned, started or injected? UK practice allows it; it is shown."""
    word = prescribing.standing(f"treatment:{chart.treatment.id}")
    hands = {chart.treatment.created_by, *(one.injected_by for one in chart.injections)}
    hands |= {chart.start.started_by} if chart.start else set()
    return word is not None and word.decided_by in hands


def rescue_of(treatment_id: str, on: date) -> Rescue | None:
    """The interlock's answer for a treatment; None when it asks for no means of rescue."""
    treatment = reading.found(treatment_id)
    chart = reading.chart(treatment, on) if treatment else None
    if chart is None or not chart.planned.needs_rescue:
        return None
    return as_rescue(interlock.ask(chart.planned, on, treatment_id))


def as_rescue(answer: interlock.Answer) -> Rescue:
    """The interlock's answer as an override is asked over it."""
    ready = answer.readiness
    needed, usable = (in_words(one, AmountUnit.UNITS) for one in (ready.needed_units, ready.usable_units))
    return Rescue(answer.as_json(), ready.allows, needed, usable, ready.because)


def below_reserve(on: date) -> list[str]:
    """Why the shelf, as it now stands, does not hold what any filler needs: the interlock's own reasons."""
    ready = interlock.any_filler(on).readiness
    return [] if ready.allows else list(ready.because)


def override_of(chart: Chart, answer: interlock.Answer | None, on: date) -> dict[str, Json] | None:
    """The override this treatment started under, else the one that lets it start over this readiness."""
    if chart.start is not None:
        kept: dict[str, Json] | None = chart.start.interlock.get("override")
        return kept
    if answer is None or answer.readiness.allows:
        return None
    return overriding.in_force(chart.treatment.id, on, answer.as_json())


def not_authorised(chart: Chart, on: date) -> list[Missing]:
    """What is prescription-only and has no prescriber's word that covers it."""
    asked = [wanted(item) for item in chart.items]
    lacks = prescribing.lacks(f"treatment:{chart.treatment.id}", chart.patient.id, asked, on)
    return [Missing("authorisation", one.text) for one in lacks]


def not_within_limits(chart: Chart) -> list[Missing]:
    """Where the plan goes beyond what the prescriber's decision allows."""
    plan = [_bound(wanted(item)) for item in chart.items]
    return [Missing("limits", f"{text}. Change the plan") for _, text in binding.beyond(_bounds(chart), plan)]


def _bounds(chart: Chart) -> Json:
    decision = chart.verdict.decision if chart.verdict else None
    return decision.bounds if decision else None


def must_be_within_limits(chart: Chart, item: PlanItem, given: "Given") -> None:
    """This injection, with what was given before it, keeps the prescriber's limits. Raises Refused."""
    asked = _bound(wanted(item, [given.area], chart.given(item) + given.amount))
    for field, text in binding.beyond(_bounds(chart), [asked]):
        raise Refused(field, text)


def must_be_authorised(chart: Chart, item: PlanItem, given: "Given", on: date) -> None:
    """This injection, with what was given before it, is covered by a prescriber's word. Raises Refused."""
    asked = wanted(item, [given.area], chart.given(item) + given.amount)
    about = f"treatment:{chart.treatment.id}"
    planned = [wanted(one) for one in chart.items]
    for lack in prescribing.lacks(about, chart.patient.id, [asked], on, planned):
        raise Refused(AT.get(lack.code, "lot_id"), lack.text)


@dataclass(frozen=True)
class Asked:
    """The last override asked for, as the treatment's page shows it: waits, refused, or over."""

    id: str
    state: str
    at: datetime
    until: datetime
    reason: str
    answer: str | None


def asked_override(treatment_id: str, now: datetime) -> Asked | None:
    """What became of the last request."""
    row = overriding.newest(treatment_id)
    if row is None:
        return None
    back = overriding.answered(row.id)
    state = "waits" if overriding.stands(row, now) else "refused" if back and not back.granted else "over"
    return Asked(row.id, state, row.asked_at, row.expires_at, row.reason, back.reason if back else None)
