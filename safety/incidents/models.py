"""What the safety officer follows to closure, and the reports issued about it."""

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from safety.db import ClinicOwned, Id, Model, enum_type, new_id


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
