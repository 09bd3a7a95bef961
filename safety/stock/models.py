"""Products, lots and the ledger of what came in and went out."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from safety.db import ClinicOwned, Id, Model, Position, enum_type, new_id
from safety.stock.rules import AmountUnit, Container, LotState, MovementKind, ProductClass

__all__ = [
    "AmountUnit", "Container", "Discrepancy", "Lot", "LotState", "MovementKind", "Product", "ProductClass",
    "StockMovement", "Vial",
]  # fmt: skip


class Product(Model, ClinicOwned):
    """A product the clinic stocks. One container holds `amount_per_container` of `amount_unit`.

    `brand` is the key used by screening rules; `volume_key` names the product's rows in the emergency
    protocol's volume table. A `single_use` container is spent when opened, whatever remains in it.
    """

    __tablename__ = "product"
    __table_args__ = (sa.UniqueConstraint("clinic_id", "name"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(sa.String(120))
    manufacturer: Mapped[str] = mapped_column(sa.String(120))
    product_class: Mapped[ProductClass] = mapped_column(enum_type(ProductClass))
    brand: Mapped[str] = mapped_column(sa.String(60))
    gtin: Mapped[str | None] = mapped_column(sa.String(14))
    amount_unit: Mapped[AmountUnit] = mapped_column(enum_type(AmountUnit))
    amount_per_container: Mapped[int]
    container: Mapped[Container] = mapped_column(enum_type(Container))
    volume_key: Mapped[str | None] = mapped_column(sa.String(60))
    single_use: Mapped[bool]
    reversible: Mapped[bool]
    retired_at: Mapped[datetime | None]


class Lot(Model, ClinicOwned):
    """One lot of one product. The same text under two products is two lots."""

    __tablename__ = "lot"
    __table_args__ = (sa.UniqueConstraint("clinic_id", "product_id", "code"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    product_id: Mapped[str] = mapped_column(sa.ForeignKey("product.id"), index=True)
    code: Mapped[str] = mapped_column(sa.String(40))
    expires_on: Mapped[date]
    state: Mapped[LotState] = mapped_column(enum_type(LotState), default=LotState.USABLE)
    state_reason: Mapped[str | None] = mapped_column(sa.String(300))
    replacement_ordered_on: Mapped[date | None]


class Vial(Model, ClinicOwned):
    """One opened vial with a time of its own. What is left in it is its `amount` and the sum of its lines.

    After `discard_at` nobody may use it. `one_treatment`: whoever draws first keeps it to themselves.
    """

    __tablename__ = "vial"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    lot_id: Mapped[str] = mapped_column(sa.ForeignKey("lot.id"), index=True)
    amount: Mapped[int]
    one_treatment: Mapped[bool]
    opened_at: Mapped[datetime]
    opened_by: Mapped[str] = mapped_column(sa.ForeignKey("member.id"))
    discard_at: Mapped[datetime]


class StockMovement(Model, ClinicOwned):
    """One line of the ledger, signed: in is positive. On hand is their sum. Append-only by trigger."""

    __tablename__ = "stock_movement"
    __table_args__ = (
        # a dose takes stock once, however often its event is sent; a reversal is unique by `reverses`
        sa.Index(
            "uq_stock_movement_emergency_event_id_kind", "emergency_event_id", "kind", unique=True,
            sqlite_where=sa.text("reverses IS NULL"), postgresql_where=sa.text("reverses IS NULL"),
        ),
        sa.Index("ix_stock_movement_lot_id_position", "lot_id", "position"),
        sa.CheckConstraint(
            "containers <> 0 OR amount <> 0 OR kind IN ('counted', 'quarantined', 'released')",
            name="moves_something",
        ),
    )  # fmt: skip

    position: Mapped[int] = mapped_column(Position, primary_key=True, autoincrement=True)
    lot_id: Mapped[str] = mapped_column(sa.ForeignKey("lot.id"))
    room_id: Mapped[str | None] = mapped_column(sa.ForeignKey("room.id"))
    kind: Mapped[MovementKind] = mapped_column(enum_type(MovementKind))
    containers: Mapped[int]
    amount: Mapped[int] = mapped_column(sa.BigInteger)
    happened_at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(sa.String(60))
    treatment_id: Mapped[str | None] = mapped_column(sa.ForeignKey("treatment.id"), index=True)
    emergency_event_id: Mapped[str | None] = mapped_column(Id)
    vial_id: Mapped[str | None] = mapped_column(sa.ForeignKey("vial.id"), index=True)
    reverses: Mapped[int | None] = mapped_column(sa.ForeignKey("stock_movement.position"), unique=True)
    reason: Mapped[str | None] = mapped_column(sa.String(300))


class Discrepancy(Model, ClinicOwned):
    """Ledger and shelf disagree (a rescue dose from a lot with nothing left): somebody must reconcile."""

    __tablename__ = "discrepancy"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    lot_id: Mapped[str | None] = mapped_column(sa.ForeignKey("lot.id"))
    emergency_event_id: Mapped[str | None] = mapped_column(Id)
    why: Mapped[str] = mapped_column(sa.String(300))
    opened_at: Mapped[datetime]
    resolved_at: Mapped[datetime | None]
    resolved_by: Mapped[str | None] = mapped_column(sa.ForeignKey("member.id"))
    resolution: Mapped[str | None] = mapped_column(sa.String(300))
