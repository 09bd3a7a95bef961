"""What a tablet must hold beforehand, so that an emergency needs neither network nor sign-in."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from flask import current_app

from safety import clock
from safety.clinic.models import Clinic, Contact, Room
from safety.db import db
from safety.emergency import actions, pinning, precache
from safety.emergency.models import Emergency
from safety.patients.models import Patient
from safety.protocols import actions as protocols
from safety.staff.models import Member
from safety.treatments import context as treatments
from safety.web import Viewer, today

Json = dict[str, Any]


def pack(viewer: Viewer, treatment_id: str | None, now: datetime, returned_from: str | None = None) -> Json:
    """The kit as JSON. A browser that is neither enrolled nor signed in gets the protocol alone, no clinic's
    data. `returned_from` names the run whose signs came back: the next one opens knowing its patient.
    """
    kit: Json = {"server_ms": clock.to_ms(now), "device": None, "drill": False, "me": viewer.member_id}
    kit["offline_copy"] = precache.known_digest(current_app)
    if viewer.clinic_id is None:
        return {
            **kit,
            **_was_tablet(viewer),
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
        "context": context(viewer, treatment_id, now, returned_from),
        "people": people(),
        "open": [_open_run(run) for run in actions.open_runs()],
        "clinic": _clinic(viewer.clinic_id),
    }


def _was_tablet(viewer: Viewer) -> Json:
    """A tablet that was revoked hears so here, and may still record under its own name."""
    return {"device": viewer.revoked.id, "revoked": True} if viewer.revoked else {}


def in_force_body() -> Json:
    """The protocol a run would follow here now, as plain JSON with `digest`, `approved` and `approver`."""
    found = protocols.in_force(pinning.PROTOCOL)
    return {**found.body, "digest": found.digest, "approved": found.approved, "approver": found.approver}


def context(
    viewer: Viewer, treatment_id: str | None, now: datetime, returned_from: str | None = None
) -> Json:
    """What an emergency opened here would know: the open treatment, the rescue stock, and whom to call."""
    before = actions.earlier_run(returned_from)
    if before is not None:
        opened = _of_run(before, now)
    else:
        opened = treatments.open_context(viewer.tablet_id, viewer.room_id, treatment_id, today(now)) or {}
    stock = opened.get("stock") or treatments.rescue_stock(today(now))
    return {**opened, "stock": stock, "contacts": contacts()}


def _of_run(before: Emergency, now: datetime) -> Json:
    """What is known of the patient of an earlier run, whatever day its treatment was."""
    if before.treatment_id:
        return treatments.context_of(before.treatment_id, today(now)) or {}
    patient = db.session.get(Patient, before.patient_id) if before.patient_id else None
    if patient is None:
        return {}
    name = f"{patient.given_name} {patient.family_name}"
    return {"patient": patient.id, "patient_name": name, "born_on": patient.born_on.isoformat()}


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
