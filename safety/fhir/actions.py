"""The questionnaire in force and one screening of this clinic, as FHIR."""

from typing import Any

import sqlalchemy as sa

from safety.db import db
from safety.fhir.rules import questionnaire
from safety.fhir.writing import About, response
from safety.protocols import actions as protocols
from safety.screening import asking
from safety.screening.models import Answer, Screening

Json = Any


def in_force() -> dict[str, Json]:
    """The Questionnaire this clinic goes by: active when its medical director signed it, else a draft.

    Raises Broken when no file can be read.
    """
    found = protocols.in_force("screening")
    written = questionnaire(
        found.source, found.file_sha256, found.parameters, "active" if found.approved else "draft"
    )
    day = {"approvalDate": found.approved_at.date().isoformat()} if found.approved_at else {}
    return {**written, **day}


def pinned(screening: Screening) -> dict[str, Json]:
    """The Questionnaire this screening was begun with."""
    return questionnaire(asking.source(screening), screening.file_sha256, screening.parameters)


def answered(screening: Screening) -> dict[str, Json]:
    """The QuestionnaireResponse of a screening as it stands."""
    rows = asking.rows(screening.id)
    answers = {name: row.value for name, row in rows.items()}
    authored = max((row.answered_at for row in rows.values()), default=screening.started_at)
    about = About(screening.patient_id, screening.id, authored, _status(screening))
    return response(
        asking.source(screening), screening.file_sha256, asking.request(screening, answers), about
    )


def _status(screening: Screening) -> str:
    """In progress until a verdict with nothing open; amended when an answer was changed on the way there."""
    if not asking.is_final(asking.newest_assessment(screening.id)):
        return "in-progress"
    kept = sa.select(Answer.question).where(Answer.screening_id == screening.id)
    changed = kept.group_by(Answer.question).having(sa.func.count() > 1).limit(1)
    return "amended" if db.session.scalar(changed) else "completed"
