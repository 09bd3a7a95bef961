"""The patient takes a consent back: staff write it down and sign; the needle stops."""

import pytest
from flask import Flask

from safety.db import db
from safety.stock.actions import Refused
from safety.treatments import photographs, reading
from safety.treatments.models import Treatment
from tests.consents.hands import consent
from tests.consents.test_actions import KEYS, grace, lacking, withdraw
from tests.factories import PIN, Cast, looking
from tests.page import Visitor
from tests.screening.people import today
from tests.treatments.visits import begin, inject, ready, started


def test_it_works(app: Flask, cast: Cast, nora: Visitor) -> None:
    patient_id = grace(app, cast)
    consent(app, cast, patient_id, KEYS)
    url = f"/patients/{patient_id}/consents/ha_filler/withdraw"
    page = nora.get(url).submit("Take it back", 422, secret=PIN)
    assert page.errors == ["Error: Write what the patient says"]
    page.submit("Take it back", 422, reason="Wants to wait", secret="999999")
    assert lacking(app, cast, patient_id) == []
    page = nora.get(url).submit("Take it back", reason="Wants to wait", secret=PIN)
    assert "Withdrawn" in page.text
    assert len(lacking(app, cast, patient_id)) == 1
    assert "nothing here to take back" in nora.post(url, {"reason": "Again", "secret": PIN}, 409).text


def test_it_stops_a_treatment_that_runs(app: Flask, cast: Cast) -> None:
    treatment_id, lot_id = started(app, cast)
    inject(app, cast, treatment_id, lot_id)
    withdraw(app, cast, patient_of(app, treatment_id), "ha_filler")
    with pytest.raises(Refused, match="withdrawn: the patient may sign anew"):
        inject(app, cast, treatment_id, lot_id)


def test_it_keeps_one_from_starting_and_the_page_says_so(app: Flask, cast: Cast, nora: Visitor) -> None:
    treatment_id = ready(app, cast)
    withdraw(app, cast, patient_of(app, treatment_id), "emergency_hyaluronidase")
    codes = [one.text for one in begin(app, cast, treatment_id) if one.code == "consent"]
    assert codes == ["Consent, Emergency medicine: hyaluronidase: withdrawn: the patient may sign anew"]
    page = nora.get(f"/treatments/{treatment_id}")
    assert codes[0] in page.text
    assert "Withdrawn" in page.click("Consent").text


def test_photos_are_not_used_any_more(app: Flask, cast: Cast) -> None:
    """T10: what was taken stays as evidence, and is not shown."""
    treatment_id = ready(app, cast)
    withdraw(app, cast, patient_of(app, treatment_id), "photos")
    with looking(app, cast.clinic_id):
        chart = reading.chart(db.session.get_one(Treatment, treatment_id), today())
        assert photographs.agreed(chart) == photographs.NONE


@pytest.mark.parametrize("key", ["nothing", "toxin"])
def test_what_was_not_signed_is_not_taken_back(app: Flask, cast: Cast, nora: Visitor, key: str) -> None:
    patient_id = grace(app, cast)
    url = f"/patients/{patient_id}/consents/{key}/withdraw"
    nora.post(url, {"reason": "x", "secret": PIN}, 409 if key == "toxin" else 404)


def test_another_clinic_gets_none(app: Flask, cast: Cast, eve: Visitor) -> None:
    patient_id = grace(app, cast)
    eve.post(f"/patients/{patient_id}/consents/toxin/withdraw", {"reason": "x", "secret": PIN}, 404)


def patient_of(app: Flask, treatment_id: str) -> str:
    with looking(app):
        return db.session.get_one(Treatment, treatment_id).patient_id
