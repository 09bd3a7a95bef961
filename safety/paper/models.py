"""What was printed for the wall, and what hangs where."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from safety.db import ClinicOwned, Id, Model, Position, new_id


class PrintedCard(Model, ClinicOwned):
    """One content that was printed at least once, under the digest its QR code carries."""

    __tablename__ = "printed_card"

    digest: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    card: Mapped[str] = mapped_column(sa.String(20))
    content: Mapped[dict[str, Any]]
    printed_at: Mapped[datetime]
    printed_by: Mapped[str] = mapped_column(sa.String(60))


class HungCard(Model, ClinicOwned):
    """Somebody hung a card up in a room. The last one of each card and room counts."""

    __tablename__ = "hung_card"

    position: Mapped[int] = mapped_column(Position, primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(Id, unique=True, default=new_id)
    room_id: Mapped[str] = mapped_column(sa.ForeignKey("room.id"))
    card: Mapped[str] = mapped_column(sa.String(20))
    digest: Mapped[str] = mapped_column(sa.ForeignKey("printed_card.digest"))
    hung_at: Mapped[datetime]
    hung_by: Mapped[str] = mapped_column(sa.String(60))
