"""A sheet is printed, or given to the patient."""

from datetime import date, datetime

from safety.aftercare import reading
from safety.aftercare.models import AftercareGiven
from safety.aftercare.reading import Json
from safety.aftercare.rules import How, Sheet
from safety.audit.log import Actor, record
from safety.db import db, new_id
from safety.screening.actions import Stale
from safety.treatments import reading as treatments
from safety.treatments.models import Treatment
from safety.treatments.visit import Status


def note_printed(actor: Actor, treatment_id: str, said: Json) -> None:
    """A sheet was drawn to be printed: the log names its version and digest."""
    facts = {"sheet": said["sheet"], "version": said["version"], "language": said["language"],
             "content": reading.digest(said)}  # fmt: skip
    record(actor, "aftercare.printed", f"treatment:{treatment_id}", facts)


def give(
    actor: Actor, treatment: Treatment, sheet: Sheet, how: How, asked: str | None, shown: str, today: date,
    now: datetime,
) -> AftercareGiven:  # fmt: skip
    """The patient has the sheet now. `shown`: digest of the sheet as the page showed it.

    Raises Stale when it says something else by now, or when there is nothing to give it for.
    """
    chart = treatments.chart(treatment, today)
    if chart.status is Status.CANCELLED or (sheet is Sheet.AFTERCARE and not chart.injections):
        raise Stale("There is no sheet to give: nothing was injected, or the visit was cancelled")
    said = reading.content(chart, sheet, asked)
    if reading.digest(said) != shown:
        raise Stale("The sheet has changed since this page was opened. Read it again")
    row = AftercareGiven(
        id=new_id(), clinic_id=treatment.clinic_id, treatment_id=treatment.id, sheet=sheet, how=how,
        language=said["language"], version=said["version"], protocol_digest=said["digest"], content=said,
        content_sha256=shown, given_at=now, given_by=actor.id,
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    facts = {"sheet": sheet.value, "how": how.value, "version": row.version, "language": row.language,
             "protocol": row.protocol_digest, "content": shown}  # fmt: skip
    record(actor, "aftercare.given", f"treatment:{treatment.id}", facts)
    return row
