"""Amendments: a finished treatment's record stays as it was written; what is right stands on top, signed."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from safety.audit.log import Actor, record
from safety.db import db, new_id
from safety.staff.actions import Proved, sign
from safety.stock import corrections, ledger
from safety.stock.actions import Refused
from safety.stock.corrections import Source
from safety.stock.models import Lot, StockMovement
from safety.stock.rules import in_words
from safety.treatments import reading
from safety.treatments.models import Amendment, Injection, PlanItem, Treatment
from safety.treatments.reading import Chart
from safety.treatments.visit import Status
from safety.web import when

Json = Any
MEANING = "I amend this record: what I write here is right"
OF_INJECTION = {
    "amount": "Amount",
    "lot": "Lot",
    "area": "Area",
    "side": "Side",
    "instrument": "With",
    "gauge": "Gauge",
    "plane": "Depth",
    "technique": "Technique",
    "aspirated": "Aspirated before",
    "ultrasound": "Ultrasound used",
    "ultrasound_why": "Why no ultrasound",
}
Chains = Mapping[tuple[str, str], Sequence[Amendment]]


@dataclass(frozen=True)
class Said:
    """A value and the words it is shown in. A lot's value is {lot, vial}."""

    value: Json
    shown: str

    def as_json(self) -> dict[str, Json]:
        """Plain JSON."""
        return {"value": self.value, "shown": self.shown}


@dataclass(frozen=True)
class Thing:
    """One field of one row that may be amended: what it is called, and what it says now."""

    record: str
    field: str
    about: str
    label: str
    now: Said
    injection: Injection | None = None
    item: PlanItem | None = None

    @property
    def key(self) -> str:
        """Its name in an address: ids only."""
        return f"{self.record}:{self.field}"


def amendments(treatment_id: str) -> list[Amendment]:
    """Everything amended in a treatment, oldest first."""
    wanted = sa.select(Amendment).where(Amendment.treatment_id == treatment_id)
    return list(db.session.scalars(wanted.order_by(Amendment.amended_at, Amendment.id)))


def chains(treatment_id: str) -> Chains:
    """(record, field) → its amendments, oldest first; the last one says what is right."""
    found: dict[tuple[str, str], list[Amendment]] = defaultdict(list)
    for one in amendments(treatment_id):
        found[one.record, one.field].append(one)
    return found


def things(chart: Chart) -> list[Thing]:
    """Everything that may be amended in this treatment, with what is right so far."""
    known, items = chains(chart.treatment.id), {item.id: item for item in chart.items}
    found = [thing for one in chart.injections for thing in _of_injection(one, items[one.plan_item_id])]
    found += [
        Thing(f"plan_item:{item.id}", "target", brand(item), "Target", plain(item.target), item=item)
        for item in chart.items
    ]
    if chart.finish:
        found.append(Thing("finish", "note", "Finish", "Note", plain(chart.finish.note or "")))
    return [_as_amended(thing, known) for thing in found]


def plain(text: str) -> Said:
    """Text that is shown as it is."""
    return Said(text, text)


def brand(item: PlanItem) -> str:
    """The brand as people write it."""
    return item.brand.replace("_", " ").capitalize()


def _of_injection(one: Injection, item: PlanItem) -> list[Thing]:
    about = f"{brand(item)}, {reading.area_name(one.area).lower()}, {when(one.injected_at)}"
    return [
        Thing(f"injection:{one.id}", field, about, label, said(one, field), one, item)
        for field, label in OF_INJECTION.items()
    ]


def said(one: Injection, field: str) -> Said:
    """What the row itself says in a field."""
    if field == "amount":
        return Said(one.amount, in_words(one.amount, one.amount_unit))
    if field == "lot":
        code = db.session.get_one(Lot, one.lot_id).code
        return Said(
            {"lot": one.lot_id, "vial": db.session.get_one(StockMovement, one.movement).vial_id}, code
        )
    if field == "area":
        return Said(one.area, reading.area_name(one.area))
    value = getattr(one, field)
    kept = "" if value is None else value if isinstance(value, int) else str(value)
    return Said(kept, str(kept).replace("_", " ").capitalize() if field in CHOSEN else str(kept))


CHOSEN = frozenset({"side", "instrument", "aspirated", "ultrasound"})


def _as_amended(thing: Thing, known: Chains) -> Thing:
    later = known.get((thing.record, thing.field))
    if not later:
        return thing
    newest = Said(**later[-1].new_value)
    return Thing(thing.record, thing.field, thing.about, thing.label, newest, thing.injection, thing.item)


@dataclass(frozen=True)
class Amending:
    """One amendment as typed: which thing, what is right, and why."""

    key: str
    right: Said
    reason: str


def amend(
    actor: Actor, proved: Proved, treatment: Treatment, wanted: Amending, today: date, now: datetime
) -> Amendment:
    """Put what is right on top of a finished record; the ledger follows in the same transaction.

    Raises Refused, PermissionError.
    """
    chart = reading.chart(treatment, today)
    thing = next((one for one in things(chart) if one.key == wanted.key), None)
    if chart.status is not Status.FINISHED or thing is None:
        raise Refused("value", "Only what a finished treatment says is amended")
    if thing.now.value == wanted.right.value:
        raise Refused("value", "This is what the record says already")
    note = _follow_in_stock(actor, chart, thing, wanted, now)
    amendment_id, old = new_id(), thing.now.as_json()
    content = {"treatment": treatment.id, "record": thing.record, "field": thing.field, "old": old,
               "new": wanted.right.as_json(), "reason": wanted.reason}  # fmt: skip
    signature = sign(actor, proved, f"amendment:{amendment_id}", MEANING, content, now)
    row = Amendment(
        id=amendment_id, clinic_id=treatment.clinic_id, treatment_id=treatment.id, record=thing.record,
        field=thing.field, old_value=old, new_value=wanted.right.as_json(), reason=wanted.reason,
        stock_note=note, amended_at=now, amended_by=actor.id, signature_id=signature.id,
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    facts = {"amendment": row.id, "record": row.record, "field": row.field, "stock": note is not None}
    told = {"old": old, "new": row.new_value, "reason": row.reason}
    record(actor, "treatment.amended", f"treatment:{treatment.id}", facts, told)
    return row


def _follow_in_stock(actor: Actor, chart: Chart, thing: Thing, wanted: Amending, now: datetime) -> str | None:
    if thing.field not in ("amount", "lot") or thing.injection is None:
        return None
    mine = {one.field: one.now.value for one in things(chart) if one.record == thing.record}
    source = Source(mine["lot"]["lot"], mine["lot"]["vial"], chart.treatment.id)
    why = f"Record amended: {wanted.reason}"[:300]
    if thing.field == "amount":
        return corrections.amount_corrected(actor, source, mine["amount"], wanted.right.value, why, now)
    lot_id, vial_id = wanted.right.value["lot"], wanted.right.value["vial"]
    if ledger.lot_facts(lot_id) is None:
        raise Refused("value", "Choose a lot from the list")
    right = Source(lot_id, vial_id, chart.treatment.id)
    return corrections.source_corrected(actor, source, right, mine["amount"], why, now)


def right(injection: Injection, field: str) -> Said:
    """What is right in a field of an injection: the newest amendment, else what the row says."""
    later = chains(injection.treatment_id).get((f"injection:{injection.id}", field))
    return Said(**later[-1].new_value) if later else said(injection, field)
