"""A plan is changed before the start: old rows stay, what hangs on the change is asked anew."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from safety.audit.log import Actor, record
from safety.db import db, new_id
from safety.screening import replanning
from safety.stock.actions import Refused
from safety.treatments import interlock, judging, planning, reading
from safety.treatments.judging import Line
from safety.treatments.models import PlanChange, PlanItem, Treatment
from safety.treatments.planning import Item, Plan
from safety.treatments.reading import Chart

Json = Any


def replan(
    actor: Actor, treatment: Treatment, wanted: Plan, why: str, today: date, now: datetime
) -> PlanChange:
    """Change products, areas, amounts or targets of a visit that has not begun. Raises Refused.

    A product that stays as it was keeps its row, and with it what a prescriber authorised. For the others
    new rows stand beside the withdrawn ones. The means of rescue are asked for again for the new areas (T8).
    """
    chart = reading.chart(treatment, today)
    if chart.start or treatment.cancelled_at:
        raise Refused("why", "This treatment has already started or was cancelled: its plan stays")
    before, said = [plain(item) for item in chart.items], judging.said_of(treatment)
    rows = _rows(chart, wanted.items)
    lines = [Line.of(row) for row in rows]
    judged = judging.plan(chart.patient.id, treatment.planned_on, lines, today, said)
    planning.must_hold(actor, judged, wanted)
    screened = reading.plan_of(chart.items)
    _put(chart, rows, now)
    reopened = _screen_again(actor, treatment, screened, rows, why, now)
    planning.keep_answers(actor, treatment, rows, judged, wanted.answers, now)
    return _written(actor, treatment, before, rows, reopened, why, today, now)


def plain(item: PlanItem) -> dict[str, Json]:
    """A planned product as it is kept on paper."""
    return {**Line.of(item).as_json(), "product": item.product_id, "target": item.target}


def _rows(chart: Chart, items: Sequence[Item]) -> list[PlanItem]:
    """The new plan: rows that stay as they are, and new ones."""
    held = {_key(one.product_id, one.areas, one.amount, one.target): one for one in chart.items}
    return [
        held.get(_key(item.product_id, item.areas, item.amount, item.target))
        or planning.plan_item(chart.treatment, position, item)
        for position, item in enumerate(items)
    ]


def _key(product_id: str, areas: Sequence[str], amount: int, target: str) -> tuple[Json, ...]:
    return product_id, frozenset(areas), amount, target


def _put(chart: Chart, rows: Sequence[PlanItem], now: datetime) -> None:
    for item in chart.items:
        if item not in rows:
            item.withdrawn_at = now
    for position, row in enumerate(rows):
        row.position = position
        db.session.add(row)
    db.session.flush()


def _screen_again(
    actor: Actor, treatment: Treatment, screened: Json, rows: Sequence[PlanItem], why: str, now: datetime
) -> list[str]:
    """The screening follows the plan; an amount of filler changes nothing it asks. Questions reopened."""
    plan = reading.plan_of(rows)
    if treatment.screening_id is None or plan == screened:
        return []
    return list(replanning.replan(actor, treatment.screening_id, plan, why, now).reopened)


def _written(
    actor: Actor, treatment: Treatment, before: list[Json], rows: Sequence[PlanItem], reopened: list[str],
    why: str, today: date, now: datetime,
) -> PlanChange:  # fmt: skip
    change = PlanChange(
        id=new_id(), clinic_id=treatment.clinic_id, treatment_id=treatment.id, before=before,
        after=[plain(row) for row in rows], reopened=reopened, reason=why, changed_at=now,
        changed_by=actor.id,
    )  # fmt: skip
    db.session.add(change)
    db.session.flush()
    ready = interlock.ask(interlock.planned(rows), today, treatment.id).readiness.state.value
    facts = {"change": change.id, "reopened": reopened, "interlock": ready}
    told = {"before": before, "after": change.after, "reason": why}
    record(actor, "treatment.replanned", f"treatment:{treatment.id}", facts, told)
    return change
