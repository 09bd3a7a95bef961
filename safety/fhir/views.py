"""FHIR for programs: the questionnaire in force or of a screening, and one patient's answers."""

import json
from typing import Any

from flask import Response, abort, request
from flask.typing import ResponseReturnValue

from safety.audit.log import seal
from safety.db import db, write_transaction
from safety.fhir import actions
from safety.patients.actions import note_read
from safety.protocols.load import Broken
from safety.screening.models import Screening
from safety.web import actor, found, page

bp = page("fhir")
CONFLICT = 409


@bp.get("/fhir/questionnaire.json")
def questionnaire_json() -> ResponseReturnValue:
    """The Questionnaire in force here, or with `?screening=` the one that screening was begun with."""
    screening_id = request.args.get("screening")
    if screening_id:
        return _fhir(actions.pinned(found(db.session.get(Screening, screening_id))))
    try:
        return _fhir(actions.in_force())
    except Broken:
        abort(CONFLICT, "No file of the questionnaire can be read")


@bp.get("/fhir/responses/<screening_id>.json")
def response_json(screening_id: str) -> ResponseReturnValue:
    """One screening as a QuestionnaireResponse; each reading leaves an entry in the log."""
    with write_transaction():
        screening = found(db.session.get(Screening, screening_id))
        answer = _fhir(actions.answered(screening))
        note_read(actor(), screening.patient_id, "fhir.response_json")
        seal()
    return answer


def _fhir(resource: dict[str, Any]) -> Response:
    return Response(json.dumps(resource, ensure_ascii=False), mimetype="application/fhir+json")
