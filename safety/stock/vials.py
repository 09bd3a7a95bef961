"""Vials with a time of their own: opened from the sealed ones and drawn from, until their use-by."""

from dataclasses import dataclass, replace
from datetime import date, datetime

from safety.audit.log import Actor, record
from safety.db import db, new_id
from safety.stock import ledger, rules
from safety.stock.actions import Line, Refused, Use, clinic_of, empty, write
from safety.stock.models import MovementKind, StockMovement, Vial
from safety.stock.rules import Holding, LotFacts, VialFacts


@dataclass(frozen=True)
class Opening:
    """A sealed vial about to be opened, and until when it may be used."""

    lot_id: str
    discard_at: datetime
    one_treatment: bool
    opened_at: datetime


def sealed(lot_id: str, today: date) -> LotFacts:
    """A lot with a sealed container that may be opened today. Raises Refused with what to do."""
    lot = ledger.lot_facts(lot_id)
    if lot is None:
        raise Refused("lot_id", "Choose a lot from the list")
    if against := rules.why_not(lot, today):
        raise Refused("lot_id", f"Lot {lot.code} cannot be used. {'. '.join(against)}. Choose another lot")
    if rules.sealed_containers(lot) < 1:
        raise Refused("lot_id", f"Lot {lot.code} has no sealed vial left: choose another lot")
    return lot


def open_vial(actor: Actor, opening: Opening, today: date, now: datetime) -> Vial:
    """Open one sealed vial: it leaves the sealed ones, and what it holds stays on hand. Raises Refused."""
    lot = sealed(opening.lot_id, today)
    vial = Vial(
        id=new_id(), clinic_id=clinic_of(actor), lot_id=lot.lot_id, amount=lot.pack.per_container,
        one_treatment=opening.one_treatment, opened_at=opening.opened_at, opened_by=actor.id,
        discard_at=opening.discard_at,
    )  # fmt: skip
    db.session.add(vial)
    db.session.flush()
    line = Line(MovementKind.RECONSTITUTED, Holding(-1, 0), opening.opened_at, vial_id=vial.id)
    write(actor, lot.lot_id, line, now)
    return vial


def draw(actor: Actor, vial_id: str, wanted: Use, today: date, now: datetime) -> StockMovement:
    """Give an amount from an opened vial. Raises Refused once its use-by has passed, or for another patient.

    The lot itself must still be good too: recalled at noon, its opened vials are refused at noon.
    """
    vial = ledger.vial(vial_id)
    if vial is None or vial.lot_id != wanted.lot_id:
        raise Refused("vial_id", "Choose a vial from the list")
    if against := rules.vial_why_not(vial, now, wanted.treatment_id):
        raise Refused("vial_id", ". ".join(against))
    lot = ledger.lot_facts(vial.lot_id)
    assert lot is not None  # a vial has its lot
    # what is left is this vial's: it was asked above, at the moment of the drawing
    good = replace(lot, usable_in_vials=vial.left)
    if against := rules.why_not(good, today, wanted.product_class, wanted.product_id):
        raise Refused("vial_id", f"Lot {lot.code} cannot be used. {'. '.join(against)}. Choose another lot")
    _must_hold(vial, lot, wanted.amount)
    line = Line(MovementKind.USED, Holding(0, -wanted.amount), now, treatment_id=wanted.treatment_id,
                reason=wanted.reason, vial_id=vial_id)  # fmt: skip
    return write(actor, lot.lot_id, line, now)


def _must_hold(vial: VialFacts, lot: LotFacts, amount: int) -> None:
    if amount < 1:
        raise Refused("amount", "Enter an amount above zero")
    if amount > vial.left:
        left = rules.in_words(vial.left, lot.unit)
        raise Refused("amount", f"This vial has only {left} left. Take less, or dilute another one")


def throw_away(actor: Actor, vial_id: str, reason: str, now: datetime) -> StockMovement:
    """A person throws an opened vial away. Raises Refused when nothing is left of it."""
    vial = ledger.vial(vial_id)
    line = empty(actor, vial, reason, now) if vial else None
    if line is None:
        raise Refused("reason", "This vial is empty or thrown away already")
    record(actor, "vial.thrown_away", f"vial:{vial_id}", {"line": line.position})
    return line


def past_use_by(now: datetime) -> list[VialFacts]:
    """Vials whose time is over and that nobody has thrown away yet, the longest over first."""
    return [vial for vial in ledger.vials() if vial.passed(now)]
