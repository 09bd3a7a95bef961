"""Reading the ledger: what is on hand, by lot, as rules want it."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa

from safety.db import db
from safety.stock.models import Discrepancy, Lot, Product, StockMovement
from safety.stock.rules import Holding, LotFacts, MovementKind, Pack, ProductClass, opened


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
    """What is left in the containers of this lot that the treatment has opened."""
    if treatment_id is None:
        return 0
    wanted = sa.select(StockMovement).where(
        StockMovement.lot_id == lot_id, StockMovement.treatment_id == treatment_id
    )
    return opened(of, (Holding(line.containers, line.amount) for line in db.session.scalars(wanted)))


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
    held = _holdings(None if everything else [lot.id for lot, _ in rows], at)
    return [facts(lot, product, held[lot.id]) for lot, product in rows]


def lot_facts(lot_id: str) -> LotFacts | None:
    """One lot of this clinic, or None."""
    wanted = sa.select(Lot, Product).join(Product, Product.id == Lot.product_id).where(Lot.id == lot_id)
    found = db.session.execute(wanted).first()
    return facts(found[0], found[1], on_hand(lot_id)) if found else None


def facts(lot: Lot, product: Product, holding: Holding) -> LotFacts:
    """A lot as the rules know it."""
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
