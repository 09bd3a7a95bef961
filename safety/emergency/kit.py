"""What a tablet must hold beforehand, so that an emergency needs neither network nor sign-in."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from safety import clock
from safety.clinic.models import Clinic, Contact, Room
from safety.db import db
from safety.emergency import actions, pinning
from safety.emergency.models import Emergency
from safety.protocols import actions as protocols
from safety.staff.models import Member
from safety.treatments import context as treatments
from safety.web import Viewer, today

Json = dict[str, Any]


def pack(viewer: Viewer, treatment_id: str | None, now: datetime) -> Json:
    """The kit as JSON. A browser that is neither enrolled nor signed in gets the protocol alone, no clinic's
    data.
    """
    kit: Json = {"server_ms": clock.to_ms(now), "device": None, "drill": False, "me": viewer.member_id}
    if viewer.clinic_id is None:
        return {
            **kit,
            "protocol": protocols.unsigned(pinning.PROTOCOL),
            "context": None,
            "people": [],
            "open": [],
            "clinic": None,
        }
    return {
        **kit,
        "device": viewer.tablet_id,
        "protocol": in_force_body(),
        "context": context(viewer, treatment_id, now),
        "people": people(),
        "open": [_open_run(run) for run in actions.open_runs()],
        "clinic": _clinic(viewer.clinic_id),
    }


def in_force_body() -> Json:
    """The protocol a run would follow here now, as plain JSON with `digest`, `approved` and `approver`."""
    found = protocols.in_force(pinning.PROTOCOL)
    return {**found.body, "digest": found.digest, "approved": found.approved, "approver": found.approver}


def context(viewer: Viewer, treatment_id: str | None, now: datetime) -> Json:
    """What an emergency opened here would know: the open treatment, the rescue stock, and whom to call."""
    opened = treatments.open_context(viewer.tablet_id, viewer.room_id, treatment_id, today(now)) or {}
    stock = opened.get("stock") or treatments.rescue_stock(today(now))
    return {**opened, "stock": stock, "contacts": contacts()}


def contacts() -> list[Json]:
    """Whom to call, in calling order."""
    rows = db.session.scalars(sa.select(Contact).order_by(Contact.calling_order))
    return [{"name": row.name, "role": row.role.value, "phone": row.phone} for row in rows]


def people() -> list[Json]:
    """Who may be named as recorder: everyone working here."""
    rows = db.session.scalars(sa.select(Member).where(Member.left_at.is_(None)).order_by(Member.name))
    return [{"id": row.id, "name": row.name, "role": row.role.value} for row in rows]


def _open_run(run: Emergency) -> Json:
    room = db.session.get(Room, run.room_id) if run.room_id else None
    return {
        "id": run.id,
        "started_ms": clock.to_ms(run.started_at),
        "room": room.name if room else None,
        "drill": run.drill,
    }


def _clinic(clinic_id: str) -> Json:
    clinic = db.session.get_one(Clinic, clinic_id)
    return {
        "name": clinic.name,
        "phone": clinic.phone,
        "address": clinic.address,
        "time_zone": clinic.time_zone,
    }
