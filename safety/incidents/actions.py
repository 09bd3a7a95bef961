"""A real emergency that ended becomes an incident somebody follows to closure."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from safety.audit.log import Actor, record
from safety.db import db, new_id
from safety.emergency.models import Emergency
from safety.incidents import follow_ups
from safety.incidents.models import Incident, IncidentReport
from safety.incidents.rules import MISTAKE


def open_after(actor: Actor, emergency: Emergency, state: dict[str, Any], now: datetime) -> None:
    """Open the incident of a run that has just ended. A run started by mistake stays in the record without
    one.
    """
    if follow_ups.incident_of(emergency.id) is not None or (state["ended"] or {}).get("reason") == MISTAKE:
        return
    incident = Incident(
        id=new_id(),
        clinic_id=emergency.clinic_id,
        number=_next_number(now.year),
        emergency_id=emergency.id,
        opened_at=now,
    )
    db.session.add(incident)
    db.session.flush()
    record(
        actor,
        "incident.opened",
        f"incident:{incident.id}",
        {"emergency": emergency.id, "number": incident.number},
    )


def _next_number(year: int) -> str:
    taken = db.session.scalars(sa.select(Incident.number).where(Incident.number.startswith(f"{year}-")))
    last = max((int(number.split("-")[1]) for number in taken), default=0)
    return f"{year}-{last + 1:03d}"


def incidents() -> list[Incident]:
    """The clinic's incidents, open ones first, newest first."""
    return list(
        db.session.scalars(sa.select(Incident).order_by(Incident.state.desc(), Incident.opened_at.desc()))
    )


def reports(incident_id: str) -> list[IncidentReport]:
    """The issued reports of an incident, newest first."""
    wanted = sa.select(IncidentReport).where(IncidentReport.incident_id == incident_id)
    return list(db.session.scalars(wanted.order_by(IncidentReport.revision.desc())))
