"""Rescue doses and the ledger: a dose that was given is always booked, and never refused.

What the ledger did not expect (nothing left, expired, quarantined, another product, an unknown lot) opens a
discrepancy that somebody reconciles afterwards.
"""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from safety.audit.log import Actor, record
from safety.clinic.models import Clinic
from safety.db import db, new_id
from safety.stock import ledger, rules
from safety.stock.actions import Line, clinic_of, write
from safety.stock.models import Discrepancy, MovementKind, ProductClass, StockMovement
from safety.stock.rules import Holding, LotFacts

STRUCK = "The dose was struck"
STANDING = "Emergency use under the standing protocol"  # asks no prescriber: features P4
MOST_CONTAINERS = 10**6  # a slip of the finger beyond this is kept as a discrepancy, not as a line


@dataclass(frozen=True)
class Dose:
    """One rescue dose as its event tells it; `on` is the clinic's day. Its lot may be anything or nothing."""

    lot_id: str | None
    lot_code: str
    units: int
    emergency_event_id: str
    happened_at: datetime
    on: date


def take_rescue_dose(
    actor: Actor,
    *,
    lot_id: str | None,
    lot_code: str,
    units: int,
    emergency_event_id: str,
    happened_at: datetime,
    now: datetime,
) -> list[Discrepancy]:
    """Book a dose given in a real emergency. Never refuses; returns the discrepancies it opened.

    Call once for each stored dose event, in the transaction that stores it; a repeated call changes nothing.
    A dose opens fresh containers and wastes the rest of a single-use one: the shelf never has less than the
    ledger says, also where an approved protocol allows the rest of an ampoule to be used again.
    """
    dose = Dose(lot_id, lot_code, units, emergency_event_id, happened_at, _day(actor, happened_at))
    if _lines_of(emergency_event_id) or _discrepancies_of(emergency_event_id):
        return []
    lot = _find(dose)
    bookable = lot is not None and _bookable(lot, units)
    against = _against(dose, lot)
    if lot is not None and bookable:
        _book(actor, lot, dose, now)
    return [_open(actor, dose, lot, against, now)] if against else []


def _day(actor: Actor, instant: datetime) -> date:
    zone = db.session.get_one(Clinic, clinic_of(actor)).time_zone
    return instant.astimezone(ZoneInfo(zone)).date()


def _find(dose: Dose) -> LotFacts | None:
    """The lot by its id; failing that the one hyaluronidase lot with exactly this code, if there is one."""
    named = ledger.lot_facts(dose.lot_id) if dose.lot_id else None
    if named is not None:
        return named
    same = [lot for lot in ledger.lots(ProductClass.HYALURONIDASE) if lot.code == dose.lot_code.strip()]
    return same[0] if len(same) == 1 else None


def _bookable(lot: LotFacts, units: int) -> bool:
    """Units of hyaluronidase can only leave a lot counted in them; anything else stays a discrepancy."""
    right = lot.product_class is ProductClass.HYALURONIDASE
    return right and 0 < units <= MOST_CONTAINERS * lot.pack.per_container


def _against(dose: Dose, lot: LotFacts | None) -> list[str]:
    if lot is None:
        return ["The lot is not in this stock"]
    reasons = rules.why_not(lot, dose.on, ProductClass.HYALURONIDASE)
    if not _bookable(lot, dose.units):
        return [*reasons, "Not taken from the ledger"]
    if lot.left < dose.units and "Nothing left" not in reasons:
        reasons.append(f"The ledger had {lot.left} units")
    return reasons


def _book(actor: Actor, lot: LotFacts, dose: Dose, now: datetime) -> None:
    taken = rules.taken(lot.pack, dose.units, lot.holding.amount)
    changes = {
        MovementKind.USED: Holding(-taken.containers, -taken.used),
        MovementKind.WASTED: Holding(0, -taken.wasted),
    }
    for kind, change in changes.items():
        if change:
            line = Line(
                kind, change, dose.happened_at, emergency_event_id=dose.emergency_event_id, reason=STANDING
            )
            write(actor, lot.lot_id, line, now)


def _open(actor: Actor, dose: Dose, lot: LotFacts | None, against: list[str], now: datetime) -> Discrepancy:
    code = lot.code if lot else dose.lot_code.strip()[:40]
    why = f"Rescue dose of {dose.units} units, lot {code or 'not named'}. {'. '.join(against)}."[:300]
    return _note(actor, lot.lot_id if lot else None, dose.emergency_event_id, why, now)


def _note(actor: Actor, lot_id: str | None, event_id: str, why: str, now: datetime) -> Discrepancy:
    clinic_id = clinic_of(actor)
    row = Discrepancy(id=new_id(), clinic_id=clinic_id, lot_id=lot_id, emergency_event_id=event_id)
    row.why, row.opened_at = why, now
    db.session.add(row)
    db.session.flush()
    facts = {"lot": lot_id, "emergency_event": event_id}
    record(actor, "discrepancy.opened", f"discrepancy:{row.id}", facts, {"why": why})
    return row


def reverse_rescue_dose(
    actor: Actor, *, emergency_event_id: str, strike_event_id: str, happened_at: datetime, now: datetime
) -> None:
    """A dose was struck: its lines are taken back by their opposites. Repeated calls change nothing."""
    for line in _standing(emergency_event_id):
        _take_back(actor, line, strike_event_id, happened_at, now)
    for row in _discrepancies_of(emergency_event_id):
        if row.resolved_at is None:
            row.resolved_at, row.resolution = now, STRUCK
            record(actor, "discrepancy.resolved", f"discrepancy:{row.id}", {"struck_by": strike_event_id})


def restore_rescue_dose(
    actor: Actor, *, emergency_event_id: str, undo_event_id: str, happened_at: datetime, now: datetime
) -> None:
    """A strike was undone: the dose stands again, and what was odd about it must be reconciled again."""
    for line in _struck(emergency_event_id):
        _take_back(actor, line, undo_event_id, happened_at, now)
    rows = _discrepancies_of(emergency_event_id)
    if rows and rows[-1].resolution == STRUCK:
        _note(actor, rows[-1].lot_id, emergency_event_id, rows[-1].why, now)


def _take_back(actor: Actor, line: StockMovement, event_id: str, at: datetime, now: datetime) -> None:
    lot = ledger.lot_facts(line.lot_id)
    assert lot is not None  # a line has its lot
    change = rules.opposite(lot.pack, Holding(line.containers, line.amount), lot.holding)
    back = Line(MovementKind.REVERSED, change, at, emergency_event_id=event_id, reverses=line.position)
    write(actor, line.lot_id, back, now)


def _lines_of(event_id: str) -> list[StockMovement]:
    wanted = sa.select(StockMovement).where(
        StockMovement.emergency_event_id == event_id, StockMovement.reverses.is_(None)
    )
    return list(db.session.scalars(wanted.order_by(StockMovement.position)))


def _discrepancies_of(event_id: str) -> list[Discrepancy]:
    wanted = sa.select(Discrepancy).where(Discrepancy.emergency_event_id == event_id)
    return list(db.session.scalars(wanted.order_by(Discrepancy.opened_at, Discrepancy.id)))


def _ends(event_id: str) -> list[tuple[StockMovement, int]]:
    """For each line of a dose: the newest of the lines that take each other back, and how many there are."""
    found = []
    for line in _lines_of(event_id):
        newest, turns = line, 0
        while later := ledger.reversal_of(newest.position):
            newest, turns = later, turns + 1
        found.append((newest, turns))
    return found


def _standing(event_id: str) -> list[StockMovement]:
    return [newest for newest, turns in _ends(event_id) if turns % 2 == 0]


def _struck(event_id: str) -> list[StockMovement]:
    return [newest for newest, turns in _ends(event_id) if turns % 2]
