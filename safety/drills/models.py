"""Drills: what was planned, who takes part, who signed for having been there, what was said afterwards."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from safety.db import ClinicOwned, Id, Model, new_id


class DrillPlan(Model, ClinicOwned):
    """A drill somebody planned. Its id is that of the run; the script is kept as drawn from its seed."""

    __tablename__ = "drill_plan"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    script_id: Mapped[str] = mapped_column(sa.String(60))
    script: Mapped[dict[str, Any]]
    protocol_digest: Mapped[str] = mapped_column(sa.String(64))
    seed: Mapped[int]
    speed: Mapped[int]
    room_id: Mapped[str | None] = mapped_column(sa.ForeignKey("room.id"))
    planned_by: Mapped[str] = mapped_column(sa.ForeignKey("member.id"))
    planned_at: Mapped[datetime]


class DrillParticipant(Model, ClinicOwned):
    """Somebody who is to take part."""

    __tablename__ = "drill_participant"

    plan_id: Mapped[str] = mapped_column(sa.ForeignKey("drill_plan.id"), primary_key=True)
    member_id: Mapped[str] = mapped_column(sa.ForeignKey("member.id"), primary_key=True)


class DrillAttendance(Model, ClinicOwned):
    """Somebody signed for having been there."""

    __tablename__ = "drill_attendance"
    __table_args__ = (sa.UniqueConstraint("emergency_id", "member_id"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    emergency_id: Mapped[str] = mapped_column(sa.ForeignKey("emergency.id"))
    member_id: Mapped[str] = mapped_column(sa.ForeignKey("member.id"))
    signature_id: Mapped[str] = mapped_column(sa.ForeignKey("signature.id"))
    signed_at: Mapped[datetime]


class DrillDebrief(Model, ClinicOwned):
    """What was said after the drill; a later one stands in front of the earlier ones."""

    __tablename__ = "drill_debrief"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    emergency_id: Mapped[str] = mapped_column(sa.ForeignKey("emergency.id"))
    text: Mapped[str] = mapped_column(sa.Text)
    written_by: Mapped[str] = mapped_column(sa.ForeignKey("member.id"))
    written_at: Mapped[datetime]
