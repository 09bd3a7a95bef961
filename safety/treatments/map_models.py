"""Where an injection lies on a picture, what was confirmed twice, what was struck, and the pictures."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from safety.db import ClinicOwned, Id, Model, new_id
from safety.treatments.models import Injection


class TreatmentPhoto(Model, ClinicOwned):
    """One photo of a visit as it is stored: which view, before or after, and for what it may be used."""

    __tablename__ = "treatment_photo"
    __table_args__ = (sa.UniqueConstraint("treatment_id", "sent_sha256"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    treatment_id: Mapped[str] = mapped_column(sa.ForeignKey("treatment.id"))
    phase: Mapped[str] = mapped_column(sa.String(10))
    view: Mapped[str] = mapped_column(sa.String(20))
    area: Mapped[str | None] = mapped_column(sa.String(60))
    use: Mapped[str] = mapped_column(sa.String(20))
    sent_sha256: Mapped[str] = mapped_column(sa.String(64))
    stored_sha256: Mapped[str] = mapped_column(sa.String(64))
    stored_bytes: Mapped[int]
    width: Mapped[int]
    height: Mapped[int]
    taken_at: Mapped[datetime]
    taken_by: Mapped[str] = mapped_column(sa.ForeignKey("member.id"))


class InjectionPoint(Model, ClinicOwned):
    """The place of one injection: on the drawn face, or on a photo of the same visit.

    `x` and `y` are ten-thousandths of the picture's width and height, upright and unturned.
    """

    __tablename__ = "injection_point"
    __table_args__ = (
        sa.CheckConstraint("x BETWEEN 0 AND 10000 AND y BETWEEN 0 AND 10000", name="on_the_picture"),
    )

    injection_id: Mapped[str] = mapped_column(sa.ForeignKey("injection.id"), primary_key=True)
    photo_id: Mapped[str | None] = mapped_column(sa.ForeignKey("treatment_photo.id"))
    x: Mapped[int]
    y: Mapped[int]


class InjectionMeant(Model, ClinicOwned):
    """Something about an injection that was asked a second time and confirmed, in the question's words."""

    __tablename__ = "injection_meant"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    injection_id: Mapped[str] = mapped_column(sa.ForeignKey("injection.id"), index=True)
    what: Mapped[str] = mapped_column(sa.String(40))
    text: Mapped[str] = mapped_column(sa.String(300))


class InjectionStrike(Model, ClinicOwned):
    """An injection that was written down wrongly: it stays readable and counts no more. Its stock is back."""

    __tablename__ = "injection_strike"
    __table_args__ = (sa.UniqueConstraint("movement"),)

    injection_id: Mapped[str] = mapped_column(sa.ForeignKey("injection.id"), primary_key=True)
    reason: Mapped[str] = mapped_column(sa.String(300))
    movement: Mapped[int] = mapped_column(sa.ForeignKey("stock_movement.position"))
    struck_at: Mapped[datetime]
    struck_by: Mapped[str] = mapped_column(sa.ForeignKey("member.id"))


def standing() -> sa.ColumnElement[bool]:
    """Only injections that were not struck."""
    return Injection.id.not_in(sa.select(InjectionStrike.injection_id))
