"""Everything a report is made from, gathered into plain JSON: it travels inside the PDF and proves
the page.
"""

import base64
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from safety import clock
from safety.audit.models import AuditEntry
from safety.clinic.models import Clinic, Room
from safety.db import db
from safety.emergency import countersigning, folding
from safety.emergency.models import Emergency, EmergencyEvent
from safety.incidents import follow_ups
from safety.incidents.follow_ups import Line, said
from safety.incidents.models import Debrief, Incident
from safety.patients.models import Patient
from safety.protocols.models import Approval, ProtocolFile
from safety.staff.models import Member, Role, Signature
from safety.stock.models import Lot, Product
from safety.treatments import amending, observation
from safety.treatments.map_models import standing
from safety.treatments.models import Injection

Json = dict[str, Any]
FORMAT = "reflow-incident-report/2"


def gather(incident: Incident, revision: int, issued_by: str, now: datetime) -> Json:
    """The content of one revision of an incident's report. Times are epoch milliseconds, hashes hex."""
    emergency = db.session.get_one(Emergency, incident.emergency_id)
    events = folding.events_of(emergency.id)
    room = db.session.get(Room, emergency.room_id) if emergency.room_id else None
    return {
        "format": FORMAT,
        "revision": revision,
        "issued": {"at_ms": clock.to_ms(now), "by": issued_by},
        "incident": {
            "id": incident.id,
            "number": incident.number,
            "opened_ms": clock.to_ms(incident.opened_at),
        },
        "clinic": _clinic(incident.clinic_id),
        "room": room.name if room else None,
        "emergency": {"id": emergency.id, "drill": emergency.drill},
        "protocol": _protocol(emergency),
        "patient": _patient(emergency.patient_id),
        "known": _known(emergency),
        "fillers": _fillers(emergency.treatment_id),
        "lots": _rescue_lots(events),
        "people": _people(events),
        "events": [_event(stored) for stored in events],
        "further": [_further(other) for other in follow_ups.runs_of(incident) if other.id != emergency.id],
        "follow_ups": [_follow_up(line) for line in follow_ups.lines_of(incident.id, now)],
        "debriefs": debriefs(emergency.id),
        "answers": countersigning.answered_by(events, emergency.id),
        "delivered_late": countersigning.delivered_late(events),
    }


def _known(emergency: Emergency) -> list[str]:
    """What was known of the patient when it began: allergies, medicines, earlier fillers, an override."""
    _, state = folding.state_of(emergency)
    context = state["context"] or {}
    said = [flag.get("text") or flag["code"] for flag in context.get("flags") or []]
    return said + _left_early(emergency.treatment_id)


def _left_early(treatment_id: str | None) -> list[str]:
    """Who let the patient leave before the stay was over, and why."""
    return [
        f"Left early: {one.reason} ({db.session.get_one(Member, one.released_by).name})"
        for one in (observation.releases(treatment_id) if treatment_id else ())
    ]


def _further(other: Emergency) -> Json:
    """A run that began because signs came back: enough to find its record."""
    _, state = folding.state_of(other)
    totals = state["totals"] or {"units": 0, "doses": 0}
    return {
        "id": other.id,
        "started_ms": clock.to_ms(other.started_at),
        "ended_ms": clock.to_ms(other.ended_at) if other.ended_at else None,
        "units": totals["units"],
        "doses": totals["doses"],
    }


def _follow_up(line: Line) -> Json:
    return {
        "title": line.row.title,
        "due_ms": clock.to_ms(line.row.due_at),
        "standing": line.standing.value,
        "owner": line.owner,
        "said": [said(entry) for entry in line.entries],
    }


def debriefs(emergency_id: str) -> list[Json]:
    """What the team said after a run, first one first."""
    wanted = sa.select(Debrief, Member.name).join(Member, Member.id == Debrief.member_id)
    rows = db.session.execute(wanted.where(Debrief.emergency_id == emergency_id).order_by(Debrief.position))
    return [
        {
            "at_ms": clock.to_ms(row.recorded_at),
            "by": name,
            "went_well": row.went_well,
            "to_change": row.to_change,
            "wellbeing": row.wellbeing,
        }
        for row, name in rows
    ]


def _clinic(clinic_id: str) -> Json:
    clinic = db.session.get_one(Clinic, clinic_id)
    return {
        "id": clinic.id,
        "name": clinic.name,
        "address": clinic.address,
        "time_zone": clinic.time_zone,
        "jurisdiction": clinic.jurisdiction.value,
    }


def _event(stored: EmergencyEvent) -> Json:
    return {
        "id": stored.event_id,
        "cursor": stored.cursor,
        "body": stored.body.decode(),
        "actor": stored.member_id,
        "received_ms": clock.to_ms(stored.received_at),
        "refused": stored.refused,
    }


def _protocol(emergency: Emergency) -> Json:
    file = db.session.get_one(ProtocolFile, emergency.file_sha256)
    approval = db.session.get(Approval, emergency.approval_id) if emergency.approval_id else None
    signature = db.session.get(Signature, approval.signature_id) if approval else None
    return {
        "id": file.protocol_id,
        "version": file.version,
        "file_sha256": file.sha256,
        "file": base64.b64encode(file.body).decode(),
        "parameters": emergency.parameters,
        "digest": emergency.protocol_digest,
        "approved_by": signature.member_name if signature else None,
        "approved_ms": clock.to_ms(signature.signed_at) if signature else None,
    }


def _patient(patient_id: str | None) -> Json | None:
    patient = db.session.get(Patient, patient_id) if patient_id else None
    if patient is None:
        return None
    name = f"{patient.given_name} {patient.family_name}"
    return {"name": name, "born_on": patient.born_on.isoformat(), "number": patient.number}


def _fillers(treatment_id: str | None) -> list[Json]:
    wanted = (
        sa.select(Injection, Lot, Product)
        .join(Lot, Lot.id == Injection.lot_id)
        .join(Product, Product.id == Lot.product_id)
        .where(Injection.treatment_id == treatment_id, standing())
        .order_by(Injection.injected_at)
    )
    return [_filler(*row) for row in db.session.execute(wanted)]


def _filler(injection: Injection, written: Lot, product: Product) -> Json:
    """One injection as it stands: where the record was amended, what is right."""
    right = {name: amending.right(injection, name).value for name in ("lot", "area", "side", "amount")}
    lot = db.session.get(Lot, right["lot"]["lot"]) or written
    return {
        "product": product.name,
        "class": product.product_class.value,
        "lot": lot.code,
        "expires_on": lot.expires_on.isoformat(),
        "area": right["area"],
        "side": right["side"],
        "amount": right["amount"],
        "unit": injection.amount_unit.value,
        "at_ms": clock.to_ms(injection.injected_at),
        "by": injection.injected_by,
    }


def _rescue_lots(events: list[EmergencyEvent]) -> dict[str, Json]:
    ids = {
        folding.for_folding(stored)["data"].get("lot")
        for stored in events
        if stored.type == "dose_given" and stored.refused is None
    }
    wanted = (
        sa.select(Lot, Product).join(Product, Product.id == Lot.product_id).where(Lot.id.in_(ids - {None}))
    )
    return {
        lot.id: {"code": lot.code, "product": product.name, "expires_on": lot.expires_on.isoformat()}
        for lot, product in db.session.execute(wanted)
    }


def _people(events: list[EmergencyEvent]) -> dict[str, Json]:
    """Names and roles of everyone the log speaks of, and of the clinic's prescribers (whom calls
    may name).
    """
    told = {stored.member_id for stored in events} | {
        folding.for_folding(stored).get("data", {}).get("member")
        for stored in events
        if stored.refused is None
    }
    everyone = db.session.scalars(sa.select(Member).order_by(Member.id))
    return {
        m.id: {"name": m.name, "role": m.role.value}
        for m in everyone
        if m.id in told or m.role is Role.PRESCRIBER
    }


def entries_of(emergency_id: str, size: int) -> list[int]:
    """Indexes of the audit entries that speak of this run, within the log's first `size` entries."""
    wanted = (
        sa.select(AuditEntry.index)
        .where(AuditEntry.subject == f"emergency:{emergency_id}", AuditEntry.index < size)
        .order_by(AuditEntry.index)
    )
    return list(db.session.scalars(wanted))


def prepared_of(incident_id: str, size: int) -> list[int]:
    """Index of the newest audit entry that vouches for this incident's report content."""
    wanted = (
        sa.select(AuditEntry.index)
        .where(
            AuditEntry.subject == f"incident:{incident_id}",
            AuditEntry.action == "incident.report_prepared",
            AuditEntry.index < size,
        )
        .order_by(AuditEntry.index.desc())
        .limit(1)
    )
    return list(db.session.scalars(wanted))
