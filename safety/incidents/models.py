"""What the safety officer follows to closure, and the reports issued about it."""

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from safety.db import ClinicOwned, Id, Model, Position, enum_type, new_id
from safety.incidents.rules import Entry, Kind


class IncidentState(StrEnum):
    """Is somebody still working on it?"""

    OPEN = "open"
    CLOSED = "closed"


class Incident(Model, ClinicOwned):
    """One adverse event. A real emergency that ended makes one."""

    __tablename__ = "incident"
    __table_args__ = (sa.UniqueConstraint("clinic_id", "number"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    number: Mapped[str] = mapped_column(sa.String(20))
    emergency_id: Mapped[str | None] = mapped_column(sa.ForeignKey("emergency.id"), unique=True)
    state: Mapped[IncidentState] = mapped_column(enum_type(IncidentState), default=IncidentState.OPEN)
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]


class IncidentReport(Model, ClinicOwned):
    """One issued PDF: its hash, the hash of the log inside it, and the checkpoint it carries."""

    __tablename__ = "incident_report"
    __table_args__ = (sa.UniqueConstraint("incident_id", "revision"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    incident_id: Mapped[str] = mapped_column(sa.ForeignKey("incident.id"))
    revision: Mapped[int]
    pdf_sha256: Mapped[str] = mapped_column(sa.String(64))
    log_sha256: Mapped[str] = mapped_column(sa.String(64))
    checkpoint: Mapped[str] = mapped_column(sa.String(600))
    issued_at: Mapped[datetime]
    issued_by: Mapped[str] = mapped_column(sa.String(60))


class IncidentReturn(Model, ClinicOwned):
    """Signs returned: a further run that belongs to an incident already open."""

    __tablename__ = "incident_return"

    emergency_id: Mapped[str] = mapped_column(sa.ForeignKey("emergency.id"), primary_key=True)
    incident_id: Mapped[str] = mapped_column(sa.ForeignKey("incident.id"))
    linked_at: Mapped[datetime]


class FollowUp(Model, ClinicOwned):
    """A call or visit the protocol asks for after a run. What became of it stands in its entries."""

    __tablename__ = "follow_up"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    incident_id: Mapped[str] = mapped_column(sa.ForeignKey("incident.id"))
    emergency_id: Mapped[str] = mapped_column(sa.ForeignKey("emergency.id"))
    rule: Mapped[str] = mapped_column(sa.String(60))
    title: Mapped[str] = mapped_column(sa.String(200))
    kind: Mapped[Kind] = mapped_column(enum_type(Kind))
    due_at: Mapped[datetime]
    due_until: Mapped[datetime]
    owner_id: Mapped[str | None] = mapped_column(sa.ForeignKey("member.id"))
    planned_at: Mapped[datetime]
    planned_by_review: Mapped[bool]


class FollowUpEntry(Model, ClinicOwned):
    """What became of a follow-up: done with its outcome, cancelled, withdrawn or taken over."""

    __tablename__ = "follow_up_entry"

    position: Mapped[int] = mapped_column(Position, primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(Id, unique=True, default=new_id)
    follow_up_id: Mapped[str] = mapped_column(sa.ForeignKey("follow_up.id"), index=True)
    kind: Mapped[Entry] = mapped_column(enum_type(Entry))
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str] = mapped_column(sa.String(60))
    member_id: Mapped[str | None] = mapped_column(sa.ForeignKey("member.id"))
    refill: Mapped[str | None] = mapped_column(sa.String(10))
    refill_ds: Mapped[int | None]
    mirror_ds: Mapped[int | None]
    stage: Mapped[str | None] = mapped_column(sa.String(10))
    colour: Mapped[str | None] = mapped_column(sa.String(20))
    returned: Mapped[bool | None]
    note: Mapped[str | None] = mapped_column(sa.String(2000))


class Debrief(Model, ClinicOwned):
    """What the team said after a run. A later one stands beside the earlier."""

    __tablename__ = "debrief"

    position: Mapped[int] = mapped_column(Position, primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(Id, unique=True, default=new_id)
    emergency_id: Mapped[str] = mapped_column(sa.ForeignKey("emergency.id"), index=True)
    went_well: Mapped[str] = mapped_column(sa.String(2000))
    to_change: Mapped[str] = mapped_column(sa.String(2000))
    wellbeing: Mapped[str] = mapped_column(sa.String(2000))
    recorded_at: Mapped[datetime]
    member_id: Mapped[str] = mapped_column(sa.ForeignKey("member.id"))
