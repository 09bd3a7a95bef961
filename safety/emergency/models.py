"""Emergencies and their events. Events are facts: they are stored even when the reducer refuses them."""

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from safety.db import ClinicOwned, Id, Model, Position, enum_type


class Emergency(Model, ClinicOwned):
    """One run of an emergency protocol, real or drill, pinned to protocol bytes and parameter values."""

    __tablename__ = "emergency"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    drill: Mapped[bool]
    treatment_id: Mapped[str | None] = mapped_column(sa.ForeignKey("treatment.id"))
    patient_id: Mapped[str | None] = mapped_column(sa.ForeignKey("patient.id"))
    room_id: Mapped[str | None] = mapped_column(sa.ForeignKey("room.id"))
    tablet_id: Mapped[str | None] = mapped_column(sa.ForeignKey("tablet.id"))
    protocol_id: Mapped[str] = mapped_column(sa.String(60))
    file_sha256: Mapped[str] = mapped_column(sa.ForeignKey("protocol_file.sha256"))
    parameters: Mapped[dict[str, Any]]
    protocol_digest: Mapped[str] = mapped_column(sa.String(64))
    approval_id: Mapped[str | None] = mapped_column(sa.ForeignKey("approval.id"))
    started_at: Mapped[datetime]
    received_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    made_real_at: Mapped[datetime | None]


class EmergencyEvent(Model, ClinicOwned):
    """One fact of an emergency. `body` is its canonical JSON as it came; `refused` says why it is not
    folded.
    """

    __tablename__ = "emergency_event"
    __table_args__ = (
        sa.UniqueConstraint("emergency_id", "cursor"),
        sa.Index(
            "uq_emergency_event_device_seq", "emergency_id", "device", "seq", unique=True,
            sqlite_where=sa.text("refused IS NULL"), postgresql_where=sa.text("refused IS NULL"),
        ),
    )  # fmt: skip

    position: Mapped[int] = mapped_column(Position, primary_key=True, autoincrement=True)
    event_id: Mapped[str] = mapped_column(Id, unique=True)
    emergency_id: Mapped[str] = mapped_column(sa.ForeignKey("emergency.id"))
    cursor: Mapped[int]
    device: Mapped[str] = mapped_column(sa.String(60))
    seq: Mapped[int] = mapped_column(sa.BigInteger)
    type: Mapped[str] = mapped_column(sa.String(60))
    at_ms: Mapped[int] = mapped_column(sa.BigInteger)
    mono_ms: Mapped[int | None] = mapped_column(sa.BigInteger)
    body: Mapped[bytes]
    body_sha256: Mapped[str] = mapped_column(sa.String(64))
    received_at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(sa.String(60))
    member_id: Mapped[str | None] = mapped_column(sa.ForeignKey("member.id"))
    tablet_id: Mapped[str | None] = mapped_column(sa.ForeignKey("tablet.id"))
    refused: Mapped[str | None] = mapped_column(sa.String(60))


class EmergencyPhoto(Model, ClinicOwned):
    """A photo of a run that has arrived. Its id names its file; `photo_id` is the tablet's name for it.

    `sent_sha256` is what the event says, `stored_sha256` what our own drawing of it has.
    """

    __tablename__ = "emergency_photo"
    __table_args__ = (sa.UniqueConstraint("emergency_id", "photo_id"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    emergency_id: Mapped[str] = mapped_column(sa.ForeignKey("emergency.id"))
    photo_id: Mapped[str] = mapped_column(Id)
    sent_sha256: Mapped[str] = mapped_column(sa.String(64))
    stored_sha256: Mapped[str] = mapped_column(sa.String(64))
    stored_bytes: Mapped[int]
    width: Mapped[int]
    height: Mapped[int]
    received_at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(sa.String(60))


class Claim(StrEnum):
    """What somebody says who answers for an entry made with nobody signed in."""

    RECORDED = "recorded"
    CONFIRMED = "confirmed"


class Countersignature(Model, ClinicOwned):
    """One entry somebody answered for afterwards. Its signature may cover several. Rows only grow."""

    __tablename__ = "countersignature"

    event_id: Mapped[str] = mapped_column(sa.ForeignKey("emergency_event.event_id"), primary_key=True)
    emergency_id: Mapped[str] = mapped_column(sa.ForeignKey("emergency.id"), index=True)
    signature_id: Mapped[str] = mapped_column(sa.ForeignKey("signature.id"))
    claim: Mapped[Claim] = mapped_column(enum_type(Claim))
