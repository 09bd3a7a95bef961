"""Reading the ledger: what is on hand, by lot, as rules want it."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from safety import clock
from safety.db import db
from safety.stock.models import Discrepancy, Lot, Product, StockMovement, Vial
from safety.stock.rules import Holding, LotFacts, MovementKind, Pack, ProductClass, VialFacts, opened


def pack(product: Product) -> Pack:
    """How this product comes."""
    return Pack(product.amount_per_container, product.single_use)


def on_hand(lot_id: str) -> Holding:
    """What the ledger says is left of one lot."""
    return _holdings([lot_id])[lot_id]


def _holdings(lot_ids: Iterable[str] | None, at: datetime | None = None) -> dict[str, Holding]:
    row = StockMovement
    sums = sa.func.sum(row.containers), sa.func.sum(row.amount)
    wanted = sa.select(row.lot_id, *sums).group_by(row.lot_id)
    if lot_ids is not None:
        wanted = wanted.where(row.lot_id.in_(list(lot_ids)))
    if at is not None:
        wanted = wanted.where(row.happened_at <= at)
    found: dict[str, Holding] = defaultdict(Holding)
    for lot_id, containers, amount in db.session.execute(wanted):
        found[lot_id] = Holding(int(containers), int(amount))  # PostgreSQL sums into Decimal
    return found


def own_open(lot_id: str, of: Pack, treatment_id: str | None) -> int:
    """What is left in the containers of this lot that the treatment has opened; vials keep their own."""
    if treatment_id is None:
        return 0
    wanted = sa.select(StockMovement).where(
        StockMovement.lot_id == lot_id,
        StockMovement.treatment_id == treatment_id,
        StockMovement.vial_id.is_(None),
    )
    return opened(of, (Holding(line.containers, line.amount) for line in db.session.scalars(wanted)))


def vials(lot_ids: Iterable[str] | None = None, at: datetime | None = None) -> list[VialFacts]:
    """Opened vials with something left in them, the first to be thrown away first."""
    return [vial for vial in _vials(_of_lots(lot_ids), at) if vial.left]


def vial(vial_id: str) -> VialFacts | None:
    """One opened vial of this clinic, empty or not, or None."""
    return next(iter(vials_of([vial_id])), None)


def vials_of(vial_ids: Iterable[str]) -> list[VialFacts]:
    """These opened vials, empty or not, the first to be thrown away first."""
    return _vials(sa.select(Vial).where(Vial.id.in_(list(vial_ids))))


def _of_lots(lot_ids: Iterable[str] | None) -> Any:
    wanted = sa.select(Vial)
    return wanted if lot_ids is None else wanted.where(Vial.lot_id.in_(list(lot_ids)))


def _vials(wanted: Any, at: datetime | None = None) -> list[VialFacts]:
    if at is not None:
        wanted = wanted.where(Vial.opened_at <= at)
    rows = list(db.session.scalars(wanted.order_by(Vial.discard_at, Vial.id)))
    lines = sa.select(StockMovement).where(StockMovement.vial_id.in_([row.id for row in rows]))
    if at is not None:
        lines = lines.where(StockMovement.happened_at <= at)
    taken: dict[str, list[StockMovement]] = defaultdict(list)
    for one in db.session.scalars(lines) if rows else ():
        taken[one.vial_id or ""].append(one)
    return [_vial(row, taken[row.id]) for row in rows]


def _vial(row: Vial, lines: list[StockMovement]) -> VialFacts:
    return VialFacts(
        vial_id=row.id, lot_id=row.lot_id, amount=row.amount,
        left=row.amount + sum(one.amount for one in lines), one_treatment=row.one_treatment,
        opened_at=row.opened_at, discard_at=row.discard_at,
        drawn_for=frozenset(one.treatment_id for one in lines if one.treatment_id and one.amount),
    )  # fmt: skip


def _in_vials(lot_ids: Iterable[str] | None, at: datetime | None) -> dict[str, tuple[int, int]]:
    """By lot: what its opened vials still hold, and how much of that may be used at that moment."""
    moment, found = at or clock.now(), defaultdict[str, tuple[int, int]](lambda: (0, 0))
    for one in vials(lot_ids, at):
        held, usable = found[one.lot_id]
        found[one.lot_id] = held + one.left, usable + (0 if one.passed(moment) else one.left)
    return found


def lots(
    product_class: ProductClass | None = None, product_id: str | None = None, at: datetime | None = None
) -> list[LotFacts]:
    """Every lot of this clinic with what is left, soonest expiry first. Spent and retired ones too.

    With `at`, what was left then, by the lines that had happened; a lot's state is always the present one.
    """
    wanted = sa.select(Lot, Product).join(Product, Product.id == Lot.product_id)
    if product_class is not None:
        wanted = wanted.where(Product.product_class == product_class)
    if product_id is not None:
        wanted = wanted.where(Product.id == product_id)
    rows = db.session.execute(wanted.order_by(Lot.expires_on, Lot.code)).all()
    everything = product_class is None and product_id is None
    ids = None if everything else [lot.id for lot, _ in rows]
    held, opened_ones = _holdings(ids, at), _in_vials(ids, at)
    return [facts(lot, product, held[lot.id], opened_ones[lot.id]) for lot, product in rows]


def lot_facts(lot_id: str) -> LotFacts | None:
    """One lot of this clinic, or None."""
    wanted = sa.select(Lot, Product).join(Product, Product.id == Lot.product_id).where(Lot.id == lot_id)
    found = db.session.execute(wanted).first()
    if found is None:
        return None
    return facts(found[0], found[1], on_hand(lot_id), _in_vials([lot_id], None)[lot_id])


def facts(lot: Lot, product: Product, holding: Holding, in_vials: tuple[int, int] = (0, 0)) -> LotFacts:
    """A lot as the rules know it. `in_vials`: what its opened vials hold, and what of it may be used."""
    return LotFacts(
        lot_id=lot.id,
        code=lot.code,
        product_id=product.id,
        product_name=product.name,
        product_class=product.product_class,
        brand=product.brand,
        unit=product.amount_unit,
        container=product.container,
        pack=pack(product),
        volume_key=product.volume_key,
        expires_on=lot.expires_on,
        state=lot.state,
        state_reason=lot.state_reason,
        replacement_ordered_on=lot.replacement_ordered_on,
        retired=product.retired_at is not None,
        holding=holding,
        in_vials=in_vials[0],
        usable_in_vials=in_vials[1],
    )


def lines(lot_id: str) -> list[StockMovement]:
    """A lot's lines, newest first."""
    wanted = sa.select(StockMovement).where(StockMovement.lot_id == lot_id)
    return list(db.session.scalars(wanted.order_by(StockMovement.position.desc())))


def line(position: int) -> StockMovement | None:
    """One line of this clinic's ledger, or None."""
    return db.session.scalar(sa.select(StockMovement).where(StockMovement.position == position))


def reversal_of(position: int) -> StockMovement | None:
    """The line that takes this one back, or None while it stands."""
    return db.session.scalar(sa.select(StockMovement).where(StockMovement.reverses == position))


def last_count() -> StockMovement | None:
    """The newest count of anything in this clinic."""
    wanted = sa.select(StockMovement).where(StockMovement.kind == MovementKind.COUNTED)
    return db.session.scalar(wanted.order_by(StockMovement.position.desc()).limit(1))


def products(in_use: bool = True) -> list[Product]:
    """The clinic's products by name; retired ones only when asked for."""
    wanted = sa.select(Product).order_by(Product.name)
    return list(db.session.scalars(wanted.where(Product.retired_at.is_(None)) if in_use else wanted))


def product(product_id: str) -> Product | None:
    """One product of this clinic, or None."""
    return db.session.scalar(sa.select(Product).where(Product.id == product_id))


def open_discrepancies() -> list[Discrepancy]:
    """What must be reconciled, oldest first."""
    wanted = sa.select(Discrepancy).where(Discrepancy.resolved_at.is_(None))
    return list(db.session.scalars(wanted.order_by(Discrepancy.opened_at, Discrepancy.id)))


def discrepancy(discrepancy_id: str) -> Discrepancy | None:
    """One discrepancy of this clinic, or None."""
    return db.session.scalar(sa.select(Discrepancy).where(Discrepancy.id == discrepancy_id))
