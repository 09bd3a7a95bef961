"""What is done with stock outside an emergency: each act writes its ledger line and its record together."""

from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa

from safety.audit.log import Actor, record
from safety.db import db, new_id
from safety.stock import ledger, rules
from safety.stock.models import (
    AmountUnit,
    Container,
    Discrepancy,
    Lot,
    LotState,
    MovementKind,
    Product,
    ProductClass,
    StockMovement,
)
from safety.stock.rules import Holding, LotFacts


class Refused(ValueError):
    """Something about stock cannot be done; the message is for the named field and says what to do."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True)
class NewProduct:
    """A product as the clinic describes it; see `Product`."""

    name: str
    manufacturer: str
    product_class: ProductClass
    brand: str
    gtin: str | None
    amount_unit: AmountUnit
    amount_per_container: int
    container: Container
    volume_key: str | None
    single_use: bool
    reversible: bool


@dataclass(frozen=True)
class Delivery:
    """Containers of one lot that came in."""

    product_id: str
    code: str
    expires_on: date
    containers: int
    room_id: str | None = None


@dataclass(frozen=True)
class Line:
    """One line about to be written in the ledger."""

    kind: MovementKind
    change: Holding
    happened_at: datetime
    treatment_id: str | None = None
    emergency_event_id: str | None = None
    room_id: str | None = None
    reverses: int | None = None
    reason: str | None = None
    vial_id: str | None = None


def clinic_of(actor: Actor) -> str:
    """The clinic whose shelf this is."""
    if actor.clinic_id is None:
        raise PermissionError("stock belongs to a clinic")
    return actor.clinic_id


def write(actor: Actor, lot_id: str, line: Line, now: datetime) -> StockMovement:
    """Write one line in the ledger and record it."""
    row = StockMovement(
        clinic_id=clinic_of(actor),
        lot_id=lot_id,
        room_id=line.room_id,
        kind=line.kind,
        containers=line.change.containers,
        amount=line.change.amount,
        happened_at=line.happened_at,
        recorded_at=now,
        actor=str(actor),
        treatment_id=line.treatment_id,
        emergency_event_id=line.emergency_event_id,
        reverses=line.reverses,
        reason=line.reason,
        vial_id=line.vial_id,
    )
    db.session.add(row)
    db.session.flush()
    said = {"reason": line.reason} if line.reason else None
    record(actor, f"stock.{line.kind.value}", f"lot:{lot_id}", _facts(row), said)
    return row


def _facts(row: StockMovement) -> dict[str, int | str | None]:
    return {
        "line": row.position,
        "containers": row.containers,
        "amount": row.amount,
        "treatment": row.treatment_id,
        "emergency_event": row.emergency_event_id,
        "reverses": row.reverses,
        **({"vial": row.vial_id} if row.vial_id else {}),
    }


def add_product(actor: Actor, new: NewProduct, now: datetime) -> Product:
    """The clinic stocks a new product. Raises Refused when it already has one of this name."""
    if db.session.scalar(sa.select(Product).where(Product.name == new.name)):
        raise Refused("name", "There is a product of this name: add the strength to the name")
    product = Product(id=new_id(), clinic_id=clinic_of(actor), **vars(new))
    db.session.add(product)
    db.session.flush()
    holds = {"per_container": new.amount_per_container, "unit": new.amount_unit.value}
    facts = {"class": new.product_class.value, **holds}
    record(actor, "product.added", f"product:{product.id}", facts, {"name": new.name})
    return product


def retire_product(actor: Actor, product: Product, now: datetime) -> None:
    """The clinic no longer uses this product: its lots are refused from now on."""
    product.retired_at = now
    record(actor, "product.retired", f"product:{product.id}", {})


def receive(actor: Actor, delivery: Delivery, today: date, now: datetime) -> Lot:
    """Take containers into stock. The same lot text joins its lot when the expiry agrees. Raises Refused."""
    product = ledger.product(delivery.product_id)
    if product is None or product.retired_at is not None:
        raise Refused("product_id", "Choose a product from the list")
    if delivery.containers < 1:
        raise Refused("containers", "Enter how many came in: at least 1")
    if delivery.expires_on < today:
        past = rules.day(delivery.expires_on)
        raise Refused("expires_on", f"This lot expired on {past}: do not put it into stock")
    lot = _lot_for(actor, product, delivery)
    change = Holding(delivery.containers, delivery.containers * product.amount_per_container)
    write(actor, lot.id, Line(MovementKind.RECEIVED, change, now, room_id=delivery.room_id), now)
    return lot


def _lot_for(actor: Actor, product: Product, delivery: Delivery) -> Lot:
    known = db.session.scalars(sa.select(Lot).where(Lot.product_id == product.id)).all()
    alike = [lot for lot in known if lot.code.casefold() == delivery.code.casefold()]
    if not alike:
        return _new_lot(actor, product, delivery)
    lot = next((lot for lot in alike if lot.code == delivery.code), None)
    if lot is None:
        raise Refused("code", f"Lot {alike[0].code} is already in stock: type it the same, letter for letter")
    if lot.expires_on != delivery.expires_on:
        other = rules.day(lot.expires_on)
        raise Refused("expires_on", f"Lot {lot.code} is in stock with expiry {other}: check the box")
    if lot.state is LotState.RECALLED:
        raise Refused("code", f"Lot {lot.code} is recalled: do not put it into stock")
    return lot


def _new_lot(actor: Actor, product: Product, delivery: Delivery) -> Lot:
    lot = Lot(
        id=new_id(), clinic_id=clinic_of(actor), product_id=product.id, code=delivery.code,
        expires_on=delivery.expires_on, state=LotState.USABLE)  # fmt: skip
    db.session.add(lot)
    db.session.flush()
    facts = {"product": product.id, "expires_on": lot.expires_on.isoformat()}
    record(actor, "lot.added", f"lot:{lot.id}", facts, {"code": lot.code})
    return lot


def _known(lot_id: str) -> LotFacts:
    lot = ledger.lot_facts(lot_id)
    if lot is None:
        raise Refused("lot_id", "Choose a lot from the list")
    return lot


@dataclass(frozen=True)
class Use:
    """An amount given outside an emergency.

    With a treatment, the rest of a single-use container stays open for it; without one it is wasted at once.
    """

    lot_id: str
    amount: int
    treatment_id: str | None = None
    product_class: ProductClass | None = None
    product_id: str | None = None
    reason: str | None = None


def use(actor: Actor, wanted: Use, today: date, now: datetime) -> StockMovement:
    """Give an amount from a lot. Raises Refused for a lot that may not be used, or for more than it holds.

    Two people cannot both take the last of a lot, because the write lock was taken before this read.
    """
    lot = _known(wanted.lot_id)
    own_open = ledger.own_open(lot.lot_id, lot.pack, wanted.treatment_id)
    against = rules.why_not(lot, today, wanted.product_class, wanted.product_id, own_open)
    if against:
        raise Refused("lot_id", f"Lot {lot.code} cannot be used. {'. '.join(against)}. Choose another lot")
    taken = _taken(lot, wanted.amount, own_open, keeps_open=wanted.treatment_id is not None)
    change = Holding(-taken.containers, -taken.used)
    line = Line(MovementKind.USED, change, now, treatment_id=wanted.treatment_id, reason=wanted.reason)
    used = write(actor, lot.lot_id, line, now)
    if taken.wasted:
        rest = Line(MovementKind.WASTED, Holding(0, -taken.wasted), now, treatment_id=wanted.treatment_id,
                    reason="Rest of a single-use container")  # fmt: skip
        write(actor, lot.lot_id, rest, now)
    return used


def _taken(lot: LotFacts, amount: int, own_open: int, keeps_open: bool) -> rules.Taken:
    if amount < 1:
        raise Refused("amount", "Enter an amount above zero")
    there = rules.available(lot.pack, lot.sealed, own_open)
    if amount > there:
        left = rules.in_words(there, lot.unit)
        raise Refused("amount", f"Lot {lot.code} has only {left} left. Take less, or use another lot")
    return rules.taken(lot.pack, amount, lot.sealed.amount, own_open, keeps_open)


def close_opened(actor: Actor, treatment_id: str, now: datetime) -> None:
    """The treatment is over: what it left in opened single-use containers and its own vials is waste."""
    wanted = sa.select(StockMovement.lot_id).where(StockMovement.treatment_id == treatment_id).distinct()
    for lot_id in sorted(db.session.scalars(wanted)):
        lot = _known(lot_id)
        rest = ledger.own_open(lot_id, lot.pack, treatment_id)
        if rest > 0:
            line = Line(MovementKind.WASTED, Holding(0, -rest), now, treatment_id=treatment_id,
                        reason="Rest of a single-use container")  # fmt: skip
            write(actor, lot_id, line, now)
    for vial in ledger.vials():
        if vial.one_treatment and treatment_id in vial.drawn_for:
            empty(actor, vial, "Rest of a vial for one patient", now, treatment_id)


USE_BY_PASSED = "Use-by passed"


def empty(
    actor: Actor, vial: rules.VialFacts, reason: str, now: datetime, treatment_id: str | None = None
) -> StockMovement | None:
    """What is left in an opened vial is thrown away; None when it was empty already."""
    if vial.left <= 0:
        return None
    line = Line(MovementKind.WASTED, Holding(0, -vial.left), now, reason=reason, treatment_id=treatment_id,
                vial_id=vial.vial_id)  # fmt: skip
    return write(actor, vial.lot_id, line, now)


def _empty_passed(actor: Actor, lot_id: str, now: datetime) -> LotFacts:
    for vial in ledger.vials([lot_id]):
        if vial.passed(now):
            empty(actor, vial, USE_BY_PASSED, now)
    return _known(lot_id)


def waste(actor: Actor, lot_id: str, containers: int, reason: str, now: datetime) -> StockMovement:
    """Throw containers away: broken, expired, warm. Raises Refused."""
    lot = _known(lot_id)
    if containers < 1:
        raise Refused("containers", "Enter how many: at least 1")
    if containers > lot.holding.containers:
        there = rules.containers_in_words(max(lot.holding.containers, 0), lot.container)
        raise Refused("containers", f"Lot {lot.code} has only {there}: count the shelf if that is wrong")
    gone = rules.emptied(lot.pack, lot.sealed, containers)
    return write(actor, lot_id, Line(MovementKind.WASTED, -gone, now, reason=reason), now)


@dataclass(frozen=True)
class Shelf:
    """What somebody counted of one lot: sealed containers, and what opened multi-use ones still hold."""

    lot_id: str
    sealed: int
    in_opened: int = 0
    reason: str | None = None


def count(actor: Actor, shelf: Shelf, now: datetime) -> StockMovement:
    """Count a lot: the difference becomes a line, with a reason when there is one. Raises Refused.

    Opened vials are not counted: their own records count them. One past its use-by is thrown away now.
    """
    _known(shelf.lot_id)
    lot = _empty_passed(actor, shelf.lot_id, now)
    if shelf.in_opened and lot.pack.single_use:
        raise Refused("in_opened", "This product is single use: opened containers are not stock")
    if shelf.sealed < 0:
        raise Refused("sealed", "Enter how many sealed ones there are, or 0")
    if not 0 <= shelf.in_opened < lot.pack.per_container:
        full = rules.in_words(lot.pack.per_container, lot.unit)
        raise Refused("in_opened", f"Enter less than a full one: {full} would be one sealed")
    difference = rules.counted(lot.pack, lot.sealed, shelf.sealed, shelf.in_opened)
    if difference and not shelf.reason:
        said = rules.containers_in_words(lot.sealed.containers, lot.container)
        amount = rules.in_words(lot.sealed.amount, lot.unit)
        raise Refused("reason", f"The ledger says {said}, {amount}: say why it differs")
    line = Line(MovementKind.COUNTED, difference, now, reason=shelf.reason if difference else None)
    return write(actor, shelf.lot_id, line, now)


def quarantine(actor: Actor, lot: Lot, state: LotState, reason: str, now: datetime) -> None:
    """Keep a lot from use: quarantined, or recalled by the maker. Raises Refused."""
    if lot.state is LotState.RECALLED or lot.state is state:
        raise Refused("state", f"Lot {lot.code} is already {lot.state.value}")
    lot.state, lot.state_reason = state, reason
    said = f"{state.value.capitalize()}: {reason}"[:300]
    write(actor, lot.id, Line(MovementKind.QUARANTINED, Holding(), now, reason=said), now)


def release(actor: Actor, lot: Lot, reason: str, now: datetime) -> None:
    """A quarantined lot may be used again. A recalled one may not. Raises Refused."""
    if lot.state is not LotState.QUARANTINED:
        raise Refused(
            "reason", f"Lot {lot.code} is {lot.state.value}: only a quarantined one can be released"
        )
    lot.state, lot.state_reason = LotState.USABLE, None
    write(actor, lot.id, Line(MovementKind.RELEASED, Holding(), now, reason=reason), now)


def order_replacement(actor: Actor, lot: Lot, today: date) -> None:
    """A replacement for a lot about to expire is ordered: only then it still counts for the interlock.

    Source: clinical specification 7.1.
    """
    lot.replacement_ordered_on = today
    record(actor, "lot.replacement_ordered", f"lot:{lot.id}", {"on": today.isoformat()})


def reversible(line: StockMovement) -> bool:
    """Whole containers that came in or were thrown away. A part used and the rest wasted belong together."""
    return line.kind in (MovementKind.RECEIVED, MovementKind.WASTED) and line.containers != 0


def reverse(actor: Actor, position: int, reason: str, now: datetime) -> StockMovement:
    """Take back a mistaken line by its opposite. Raises Refused where other records hang on it."""
    line = ledger.line(position)
    if line is None or not reversible(line):
        raise Refused("reason", "This line cannot be taken back: count the lot instead")
    if line.treatment_id or line.emergency_event_id:
        raise Refused("reason", "This line belongs to a treatment or an emergency: correct it there")
    if ledger.reversal_of(position):
        raise Refused("reason", "This line is already taken back")
    lot = _known(line.lot_id)
    change = rules.opposite(lot.pack, Holding(line.containers, line.amount), lot.sealed)
    after = lot.sealed + change
    if after.containers < 0 or after.amount < 0:
        raise Refused("reason", "Some of it is already used: count the lot instead")
    back = Line(MovementKind.REVERSED, change, now, reverses=position, reason=reason)
    return write(actor, line.lot_id, back, now)


def take_back_use(actor: Actor, position: int, reason: str, now: datetime) -> StockMovement:
    """Take back what a treatment's line used, when the injection it stands for was struck. Raises Refused.

    Call it from the act that strikes: the line alone must not go while what hangs on it stays.
    """
    line = ledger.line(position)
    if line is None or line.kind is not MovementKind.USED or line.treatment_id is None:
        raise Refused("reason", "This line is no use in a treatment")
    if ledger.reversal_of(position):
        raise Refused("reason", "This line is already taken back")
    lot = _known(line.lot_id)
    used = Holding(line.containers, line.amount)
    own_open = ledger.own_open(line.lot_id, lot.pack, line.treatment_id)
    back_to_vial = Holding(0, -line.amount)
    change = back_to_vial if line.vial_id else rules.given_back(lot.pack, used, lot.holding, own_open)
    back = Line(MovementKind.REVERSED, change, now, treatment_id=line.treatment_id, reverses=position,
                reason=reason, vial_id=line.vial_id)  # fmt: skip
    return write(actor, line.lot_id, back, now)


def resolve_discrepancy(actor: Actor, discrepancy: Discrepancy, resolution: str, now: datetime) -> None:
    """Ledger and shelf agree again, or it is known why not. Raises Refused."""
    if discrepancy.resolved_at is not None:
        raise Refused("resolution", "Somebody has already resolved this")
    discrepancy.resolved_at, discrepancy.resolved_by = now, actor.id
    discrepancy.resolution = resolution
    record(actor, "discrepancy.resolved", f"discrepancy:{discrepancy.id}", {}, {"resolution": resolution})
