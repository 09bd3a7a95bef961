"""The patient holds the tablet: asked what patients are asked, reads it once more, signs."""

from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from safety.db import db
from safety.patients.models import Patient
from safety.screening import asking
from safety.screening.models import Answer, Screening
from safety.staff.models import PatientSignature, Signature
from tests.factories import PASSWORD, Cast, looking
from tests.page import Page, Visitor
from tests.screening import people

FLAGS = ("Do not treat", "Prescriber must decide", "Go on with care", "Not complete")


def hand(nora: Visitor, screening_id: str) -> Page:
    """Nora gives her device away."""
    return nora.get(f"/screenings/{screening_id}/q/G01").submit("Hand to the patient")


def take(nora: Visitor) -> Page:
    """Nora takes it back."""
    page = nora.get("/hand-back?by=password")
    return page.submit("Take the tablet back", username="nora", password=PASSWORD)


def of_patient(app: Flask, cast: Cast, screening_id: str) -> dict[str, Any]:
    """What the patient is asked, with answers of somebody well."""
    with looking(app, cast.clinic_id):
        screening = db.session.get_one(Screening, screening_id)
        asked = {one.id for one in asking.questions(screening, people.well()) if one.asked_of == "patient"}
    return {name: value for name, value in people.well().items() if name in asked}


@pytest.fixture
def screening_id(app: Flask, cast: Cast) -> str:
    return people.start(app, cast)


@pytest.fixture
def answered(app: Flask, cast: Cast, screening_id: str) -> str:
    """A screening whose patient has answered all they are asked."""
    people.answer(app, cast, screening_id, of_patient(app, cast, screening_id))
    return screening_id


def signatures(app: Flask) -> list[PatientSignature]:
    with looking(app):
        return list(db.session.scalars(sa.select(PatientSignature)))


def name_of(app: Flask, cast: Cast, screening_id: str) -> str:
    with looking(app, cast.clinic_id):
        patient = db.session.get_one(Patient, db.session.get_one(Screening, screening_id).patient_id)
        return f"{patient.given_name} {patient.family_name}"


def test_it_works(app: Flask, cast: Cast, nora: Visitor, answered: str) -> None:
    page = hand(nora, answered)
    assert page.url.endswith("/patient/answers")
    name = name_of(app, cast, answered)
    signed = page.submit("Sign my answers", name=name, agreed="y", strokes="[[[0,0],[900,360]]]")
    assert signed.h1 == f"Thank you, {name.split()[0]}"
    assert [row.strokes for row in signatures(app)] == [[[[0, 0], [900, 360]]]]
    assert take(nora).url.startswith(f"/screenings/{answered}/q/")  # what staff answer comes next
    check = nora.get(f"/screenings/{answered}/check")
    assert f"{name}, " in check.text
    assert "taken back by Nora Quinn" in check.text
    assert check.has("polyline")
    with looking(app):
        assert db.session.scalars(sa.select(Signature.member_name)).all() == ["Nora Quinn"]


def test_only_patients_questions_and_no_flag(
    app: Flask, cast: Cast, nora: Visitor, screening_id: str
) -> None:
    page, asked = hand(nora, screening_id), []
    well = of_patient(app, cast, screening_id)
    while "/patient/q/" in page.url:
        asked.append(page.url.rsplit("/", 1)[1])
        assert not [words for words in FLAGS if words in page.html], page.url
        assert not page.has("button", text="Pause screening")
        several = page.has("input", type="checkbox", name="value")
        value = well.get(asked[-1]) or "no"
        if several and value == "no":
            value = "none"
        if not several and not page.has("input", type="radio", name="value"):
            value = "0"  # a number, or words
        page = page.submit("Save and continue", value="yes" if asked[-1] == "G11" else str(value))
    assert page.url.endswith("/patient/answers")
    with looking(app, cast.clinic_id):
        screening = db.session.get_one(Screening, screening_id)
        kinds = {one.id: one.asked_of for one in asking.questions(screening, asking.values(screening_id))}
        assert {kinds[name] for name in asked} == {"patient"}
        rows = db.session.scalars(sa.select(Answer).where(Answer.screening_id == screening_id)).all()
        assert {(row.given_by, row.answered_by) for row in rows} == {("patient", cast["nora"].id)}
    nora.get(f"/screenings/{screening_id}/patient/q/G01", status=404)  # staff look at photo ID


def test_staff_pages_of_the_same_screening_are_closed(nora: Visitor, answered: str) -> None:
    hand(nora, answered)
    for closed in ("", "/check", "/verdict", "/last-time", "/history", "/decision", "/q/G06"):
        nora.get(f"/screenings/{answered}{closed}", status=403)
    nora.get(f"/screenings/{answered}/patient-of-mine", status=404)


def test_another_screening_is_closed(app: Flask, cast: Cast, nora: Visitor, answered: str) -> None:
    other = people.start(app, cast)
    hand(nora, answered)
    nora.get(f"/screenings/{other}/patient", status=403)


def test_open_answers_are_not_signed(app: Flask, cast: Cast, nora: Visitor, screening_id: str) -> None:
    hand(nora, screening_id)
    page = nora.get(f"/screenings/{screening_id}/patient/answers")
    name = name_of(app, cast, screening_id)
    again = page.submit("Sign my answers", status=422, name=name, agreed="y")
    assert "Answer every question first" in again.errors[0]
    assert signatures(app) == []


@pytest.mark.parametrize("fields", [
    {"name": ""}, {"name": "Somebody Else"}, {"name": "<script>"}, {"name": "x" * 1000}, {"agreed": None},
    {"strokes": "[["},
])  # fmt: skip
def test_what_is_no_signature_of_theirs_is_refused(
    app: Flask, cast: Cast, nora: Visitor, answered: str, fields: dict[str, Any]
) -> None:
    given = {"name": name_of(app, cast, answered), "agreed": "y"} | fields
    hand(nora, answered).submit("Sign my answers", status=422, **{k: v for k, v in given.items() if v})
    assert signatures(app) == []


def test_what_was_not_read_is_not_signed(app: Flask, cast: Cast, nora: Visitor, answered: str) -> None:
    page, name = hand(nora, answered), name_of(app, cast, answered)
    changed = nora.get(f"/screenings/{answered}/patient/q/G32?back=answers")
    assert changed.submit("Save and continue", value="yes").url.endswith("/patient/answers")
    late = page.submit("Sign my answers", status=422, name=name, agreed="y")
    assert "changed since this page was opened" in late.errors[0]
    assert signatures(app) == []


def test_a_change_by_the_patient_names_itself(app: Flask, nora: Visitor, answered: str) -> None:
    hand(nora, answered)
    nora.get(f"/screenings/{answered}/patient/q/G32").submit("Save and continue", value="yes")
    take(nora)
    page = nora.get(f"/screenings/{answered}/history")
    assert "Patient changed it on the tablet" in page.text
    assert "answered by the patient on the tablet" in page.text


def test_a_later_change_shows(app: Flask, cast: Cast, nora: Visitor, answered: str) -> None:
    name = name_of(app, cast, answered)
    hand(nora, answered).submit("Sign my answers", name=name, agreed="y")
    take(nora)
    nora.get(f"/screenings/{answered}/q/G32").submit("Save and continue", value="yes", reason="Mis-tap")
    assert "Changed since" in nora.get(f"/screenings/{answered}/check").text


def test_what_staff_wrote_beside_an_answer_stays(app: Flask, nora: Visitor, screening_id: str) -> None:
    nora.get(f"/screenings/{screening_id}/q/G06").submit("Save and continue", value="yes", said_yes="A deal")
    hand(nora, screening_id)
    nora.get(f"/screenings/{screening_id}/patient/q/G06").submit("Save and continue", value="yes")
    with looking(app):
        assert db.session.scalars(sa.select(Answer.said)).all() == ["A deal"]


def test_saving_while_answering(nora: Visitor, screening_id: str) -> None:
    hand(nora, screening_id)
    url = f"/screenings/{screening_id}/patient/q/G06/save"
    assert nora.client.post(url, data={"csrf_token": nora.csrf(), "value": "yes"}).json == {"saved": True}
    assert nora.client.post(url, data={"csrf_token": nora.csrf(), "value": "maybe"}).status_code == 422


def test_staff_are_sent_to_their_own_pages(nora: Visitor, answered: str) -> None:
    for page in ("patient", "patient/answers", "patient/q/G06"):
        assert "/q/G01" in nora.get(f"/screenings/{answered}/{page}").url
    answer = nora.client.post(
        f"/screenings/{answered}/patient/q/G06/save", data={"csrf_token": nora.csrf(), "value": "yes"}
    )
    assert answer.status_code == 409


def test_a_finished_screening_is_not_handed_over(app: Flask, cast: Cast, nora: Visitor) -> None:
    screening_id = people.screened(app, cast)
    nora.post(f"/screenings/{screening_id}/hand-over", status=409)
    assert nora.get("/today").url == "/today"


def test_another_clinic_gets_404(eve: Visitor, answered: str) -> None:
    eve.post(f"/screenings/{answered}/hand-over", status=404)
    for page in ("patient", "patient/answers", "patient/q/G06", "history"):
        eve.get(f"/screenings/{answered}/{page}", status=404)
