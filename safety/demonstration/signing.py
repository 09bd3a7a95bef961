"""Patients of the story read and sign their consents on the tablet, by the same actions as the pages."""

from datetime import date, datetime

from safety.audit.log import Actor
from safety.consents import actions, reading
from safety.consents.actions import Agreeing
from safety.consents.models import ConsentSitting
from safety.db import db
from safety.patients.models import Patient
from safety.staff import handing
from safety.staff.actions import Proved
from safety.viewer import Handed


def consent(actor: Actor, proved: Proved, patient_id: str, on: date, now: datetime) -> None:
    """Whatever is planned and does not stand on this day: signed, or confirmed where it was signed before."""
    keys = actions.to_offer(patient_id, on)
    if not keys:
        return
    held = actions.offer(actor, patient_id, keys, None, now)
    about = reading.about(held.id)
    row = handing.begin(
        actor, [f"/consent-sittings/{held.id}"], about, f"/patients/{patient_id}/consents", now
    )
    db.session.flush()
    handed = Handed(row.id, tuple(row.prefixes), about, row.after, row.begun_by, "")
    shown = handing.digest(held.texts)
    if actions.still(held):
        actions.confirm(actor, handed, held, shown, on, now)
    else:
        actions.sign(actor, handed, held, _agreeing(held, shown), on, now)
    handing.end(actor, proved, row.id, now)


def _agreeing(held: ConsentSitting, shown: str) -> Agreeing:
    """The first answer of every text, under the patient's own name."""
    who = db.session.get_one(Patient, held.patient_id)
    answers = {one["key"]: one["answers"][0]["value"] for one in held.texts}
    return Agreeing(answers, f"{who.given_name} {who.family_name}", None, shown)
