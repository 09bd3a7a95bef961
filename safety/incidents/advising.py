"""The sheet the patient takes home after an occlusion: what to do, when to ring, when to come. A route of the
blueprint.
"""

from typing import Any

import sqlalchemy as sa
from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from safety import clock
from safety.aftercare import reading as sheets
from safety.clinic.models import Clinic
from safety.db import db
from safety.emergency import actions as emergencies
from safety.emergency import folding, kit, pinning, record_page
from safety.emergency.models import Emergency
from safety.incidents import follow_ups
from safety.web import found

Json = dict[str, Any]


@sheets.tell_occluded
def occluded(treatment_id: str) -> bool:
    """Was there a real emergency in this treatment? Then no sheet for home names a cool pack."""
    wanted = sa.select(Emergency.id).where(Emergency.treatment_id == treatment_id, Emergency.drill.is_(False))
    return db.session.scalar(wanted.limit(1)) is not None


def add_to(bp: Blueprint) -> None:
    """Give the incidents blueprint this route."""
    bp.add_url_rule("/emergencies/<uuid:emergency_id>/advice", view_func=advice)


def advice(emergency_id: Any) -> ResponseReturnValue:
    """The advice sheet of one run, to print: the protocol's words, this patient's own visits."""
    try:
        run = found(emergencies.find(str(emergency_id)))
    except emergencies.Elsewhere:
        return found(None)
    protocol = _protocol(run)
    _, state = folding.state_of(run)
    return render_template(
        "incidents/advice.html",
        run=run,
        patient=record_page.patient_name(run),
        clinic=db.session.get_one(Clinic, run.clinic_id),
        prescriber=state["context"]["prescriber"],
        filler=state["context"],
        protocol=protocol,
        lines=[row["text"] for row in protocol.get("advice", [])],
        urgent=[row["text"] for row in protocol.get("safety_net", [])],
        visits=_visits(run),
    )


def _protocol(run: Emergency) -> Json:
    """The run's own protocol; where that has no sheet yet, the one in force."""
    own = pinning.resolved(run)
    return own if "advice" in own else kit.in_force_body()


def _visits(run: Emergency) -> list[follow_ups.Line]:
    incident = follow_ups.incident_of(run.id)
    if incident is None:
        return []
    lines = follow_ups.lines_of(incident.id, clock.now())
    return [line for line in lines if line.is_open and line.row.emergency_id == run.id]
