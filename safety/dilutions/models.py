"""What was put into an opened vial: the dilution record (clinical specification 6.4)."""

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from safety.db import ClinicOwned, Model


class Dilution(Model, ClinicOwned):
    """How one vial was reconstituted. Lot, expiry, units, when, by whom, until when: its vial's. Only grows.

    `label`: listed, other (then with a reason) or unknown (the brand has no listed dilution).
    """

    __tablename__ = "dilution"
    __table_args__ = (sa.CheckConstraint("volume_ul > 0", name="has_volume"),)

    vial_id: Mapped[str] = mapped_column(sa.ForeignKey("vial.id"), primary_key=True)
    brand: Mapped[str] = mapped_column(sa.String(60))
    diluent: Mapped[str] = mapped_column(sa.String(120))
    diluent_lot: Mapped[str] = mapped_column(sa.String(40))
    diluent_lot_id: Mapped[str | None] = mapped_column(sa.ForeignKey("lot.id"))
    volume_ul: Mapped[int]
    label: Mapped[str] = mapped_column(sa.String(10))
    off_label_reason: Mapped[str | None] = mapped_column(sa.String(300))
    use_by: Mapped[str] = mapped_column(sa.String(300))
    protocol_digest: Mapped[str] = mapped_column(sa.String(64))
