"""The patient reads and signs on a tablet handed over; nobody signs in their place."""

from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from safety.consents import reading
from safety.consents.models import Consent, ConsentSitting
from safety.db import db
from safety.staff import handing
from safety.staff.models import PatientSignature, Signature
from tests.consents.hands import consent
from tests.factories import PIN, Cast, looking
from tests.page import Page, Visitor
from tests.patients.people import add_patient
from tests.treatments.visits import plan

AGREED: dict[str, Any] = {
    "answer_ha_filler": "agree", "answer_emergency_hyaluronidase": "agree", "answer_photos": "record",
    "agreed": True, "name": "Grace Moreau",
}  # fmt: skip


def handed(app: Flask, cast: Cast, nora: Visitor) -> tuple[str, Page]:
    """A patient with a filler visit today holds the tablet: patient's id and the page before them."""
    patient_id = add_patient(app, cast, "Grace", "Moreau", "1991-03-12")
    plan(app, cast, patient_id=patient_id)
    return patient_id, nora.get(f"/patients/{patient_id}/consents").submit("Hand the tablet to the patient")


def rows(app: Flask) -> list[tuple[str, str, bool]]:
    """What was signed: text, answer, whether it opens."""
    with looking(app):
        found = db.session.scalars(sa.select(Consent).order_by(Consent.key, Consent.signed_at))
        return [(row.key, row.answer, row.opens) for row in found]


def test_it_works(app: Flask, cast: Cast, nora: Visitor) -> None:
    patient_id, page = handed(app, cast, nora)
    for said in ("Skin can die", "You can go blind", "You can have a stroke", "You can choose to do nothing",
                 "No clock is running", "The clinic tells you the cost on its own"):  # fmt: skip
        assert said in page.text, said
    page = page.submit("Sign", strokes="[[[10,10],[200,90]]]", **AGREED)
    assert page.h1 == "Thank you"
    nora.get("/today", 403)
    page = nora.get("/hand-back").submit("Take the tablet back", pin=PIN)
    assert page.url == f"/patients/{patient_id}/consents"
    assert page.text.count("In force") == 3
    with looking(app):
        mark = db.session.scalars(sa.select(PatientSignature)).one()
        held = db.session.scalars(sa.select(ConsentSitting)).one()
        witness = handing.countersigned(mark)
        assert isinstance(witness, Signature)
        assert witness.member_id == cast["nora"].id
        assert mark.content_sha256 == handing.digest(reading.content(held, reading.answers(held.id)))
    assert rows(app) == [
        ("emergency_hyaluronidase", "agree", True), ("ha_filler", "agree", True), ("photos", "record", True),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"answer_ha_filler": None}, "Choose your answer: Filler with hyaluronic acid"),
        ({"agreed": False}, "Tick the box"),
        ({"name": ""}, "Type your full name"),
        ({"name": "Tobias Lund"}, "This is not the name on this record"),
        ({"strokes": "[[1e9]]"}, None),
    ],
)
def test_what_is_missing_is_said_at_its_field(
    app: Flask, cast: Cast, nora: Visitor, changes: dict[str, Any], message: str | None
) -> None:
    _, page = handed(app, cast, nora)
    page = page.submit("Sign", 422, **_without_none({**AGREED, **changes}))
    assert message is None or any(message in error for error in page.errors)
    assert rows(app) == []


def test_nothing_is_chosen_beforehand_and_no_is_an_answer(app: Flask, cast: Cast, nora: Visitor) -> None:
    _, page = handed(app, cast, nora)
    assert not [node for node in page.find_all("input", type="radio") if "checked" in node.attrs]
    page.submit("Sign", **{**AGREED, "answer_ha_filler": "refuse"})
    page = nora.get("/hand-back").submit("Take the tablet back", pin=PIN)
    assert "The patient does not agree" in page.text


def test_twice_is_once(app: Flask, cast: Cast, nora: Visitor) -> None:
    _, page = handed(app, cast, nora)
    page.submit("Sign", **AGREED)
    assert "signed already" in page.submit("Sign", 409, **AGREED).text
    assert len(rows(app)) == 3


def test_a_page_that_showed_something_else_is_refused(app: Flask, cast: Cast, nora: Visitor) -> None:
    _, page = handed(app, cast, nora)
    assert "shows something else" in page.submit("Sign", 409, shown="0" * 64, **AGREED).text
    assert rows(app) == []


def test_staff_do_not_sign_in_a_patients_place(
    app: Flask, cast: Cast, nora: Visitor, okafor: Visitor
) -> None:
    _, page = handed(app, cast, nora)
    okafor.get(page.url, 403)
    okafor.post(page.url, {**AGREED, "agreed": "y"}, 403)
    assert rows(app) == []


def test_a_tablet_of_one_patient_signs_for_no_other(
    app: Flask, cast: Cast, nora: Visitor, okafor: Visitor
) -> None:
    handed(app, cast, nora)
    other = add_patient(app, cast, "Tobias", "Lund", "1978-11-02")
    consent(app, cast, other, keys=["toxin"], countersigned=False)
    with looking(app):
        theirs = next(one for one in db.session.scalars(sa.select(ConsentSitting)) if one.patient_id == other)
    nora.post(f"/consent-sittings/{theirs.id}/read", {**AGREED, "agreed": "y"}, 403)
    assert [key for key, *_ in rows(app)] == ["toxin"]


def test_another_clinic_gets_none(app: Flask, cast: Cast, nora: Visitor, eve: Visitor) -> None:
    patient_id, page = handed(app, cast, nora)
    eve.get(page.url, 404)
    eve.get(f"/patients/{patient_id}/consents", 404)
    eve.post(f"/patients/{patient_id}/consents", {"keys": "toxin"}, 404)


def test_a_hostile_name_is_only_text(app: Flask, cast: Cast, nora: Visitor) -> None:
    _, page = handed(app, cast, nora)
    page.submit("Sign", **{**AGREED, "name": "<script>alert(1)</script> Moreau"})
    nora.get("/hand-back").submit("Take the tablet back", pin=PIN)
    with looking(app):
        consent_id = db.session.scalars(sa.select(Consent.id)).first()
    page = nora.get(f"/consents/{consent_id}")
    assert "<script>alert" not in page.html
    assert "<script>alert(1)</script> Moreau" in page.text


def _without_none(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}
