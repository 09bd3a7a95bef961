"""Patients signing for tests, by the same actions as the pages."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Flask

from safety import clock
from safety.consents import actions, reading
from safety.consents.actions import Agreeing
from safety.consents.models import ConsentSitting
from safety.db import db
from safety.patients.models import Patient
from safety.staff import handing
from safety.staff.actions import Proved
from safety.staff.models import Proof
from safety.viewer import Handed
from tests.factories import Cast, arranging
from tests.screening.people import today


def consent(
    app: Flask, cast: Cast, patient_id: str, keys: Sequence[str] | None = None, countersigned: bool = True,
    answers: Mapping[str, str] | None = None, **changes: Any,
) -> str | None:  # fmt: skip
    """The patient signs these texts, or all that belong to what is planned; returns the sitting's id."""
    now = clock.now()
    with arranging(app, cast["nora"].actor) as actor:
        wanted = actions.to_offer(patient_id, today()) if keys is None else keys
        if not wanted:
            return None
        held = actions.offer(actor, patient_id, wanted, None, now)
        handed = hand(actor, held)
        asked = {**agreeing(held, answers or {}), **changes}
        actions.sign(actor, handed, held, Agreeing(**asked), changes.get("on", today()), now)
        if countersigned:
            handing.end(actor, Proved(cast["nora"].id, Proof.PIN), handed.id, now)
        return held.id


def hand(actor: Any, held: ConsentSitting) -> Handed:
    """The tablet goes to the patient."""
    about = reading.about(held.id)
    row = handing.begin(actor, [f"/consent-sittings/{held.id}"], about, "/today", clock.now())
    db.session.flush()
    return Handed(row.id, tuple(row.prefixes), about, row.after, row.begun_by, "")


def agreeing(held: ConsentSitting, answers: Mapping[str, str]) -> dict[str, Any]:
    """What a patient who agrees to everything sends, but for these answers."""
    who = db.session.get_one(Patient, held.patient_id)
    yes = {one["key"]: one["answers"][0]["value"] for one in held.texts}
    return {
        "answers": {**yes, **answers}, "name": f"{who.given_name} {who.family_name}", "strokes": None,
        "shown": handing.digest(held.texts),
    }  # fmt: skip
