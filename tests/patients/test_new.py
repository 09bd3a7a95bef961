import pytest
import sqlalchemy as sa
from flask import Flask

from safety.audit.models import AuditEntry
from safety.db import db
from safety.patients.models import Patient
from tests.factories import Cast, looking
from tests.page import Page, Visitor
from tests.patients.people import add_patient

GRACE = {
    "given_name": "Grace", "family_name": "Moreau", "phone": "0117 496 0111",
    "born_on-day": "12", "born_on-month": "3", "born_on-year": "1991",
}  # fmt: skip


def add(nora: Visitor, status: int = 200, **changes: str) -> Page:
    return nora.get("/patients/new").submit("Add patient", status=status, **{**GRACE, **changes})


def count(app: Flask) -> int:
    with looking(app):
        return db.session.scalar(sa.select(sa.func.count()).select_from(Patient)) or 0


def test_it_works(app: Flask, nora: Visitor) -> None:
    page = add(nora)
    assert page.h1 == "Patient record"
    assert "Grace Moreau" in page.tree.text
    assert "Born 12 Mar 1991" in page.tree.text
    with looking(app):
        patient = db.session.scalars(sa.select(Patient)).one()
        assert (patient.number, patient.search_text) == (1, "grace moreau")


def test_the_log_names_nobody(app: Flask, nora: Visitor) -> None:
    add(nora)
    with looking(app):
        entry = db.session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "patient.added")).one()
        assert b"Moreau" not in entry.body
        assert b"1991" not in entry.body


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("given_name", "  ", "Enter the given name"),
        ("family_name", "", "Enter the family name"),
        ("phone", "", "Enter a phone number"),
        ("phone", "none", "Enter the phone number with its area code"),
        ("given_name", "x" * 81, "Use 80 characters or fewer"),
        ("born_on-year", "2999", "in the future"),
        ("born_on-year", "1890", "more than 120 years ago"),
        ("born_on-year", "91", "four digits"),
        ("born_on-day", "31", "There is no such day"),
        ("born_on-day", "x", "as numbers"),
    ],
)
def test_wrong_values_are_named_at_the_field_and_nothing_is_stored(
    app: Flask, nora: Visitor, field: str, value: str, message: str
) -> None:
    if field == "born_on-day" and value == "31":
        page = add(nora, 422, **{"born_on-day": "31", "born_on-month": "2"})
    else:
        page = add(nora, 422, **{field: value})
    assert len(page.errors) == 1
    assert message in page.errors[0]
    assert count(app) == 0


def test_a_missing_birth_date_is_asked_for(app: Flask, nora: Visitor) -> None:
    page = add(nora, 422, **{"born_on-day": "", "born_on-month": "", "born_on-year": ""})
    assert page.errors == ["Error: Enter the date of birth"]
    assert count(app) == 0


def test_a_likely_duplicate_is_shown_first(app: Flask, cast: Cast, nora: Visitor) -> None:
    known = add_patient(app, cast)
    page = add(nora, 422, family_name="Moraeu")
    assert "Is this the same person?" in page.text
    assert page.find("a", text="Grace Moreau")["href"] == f"/patients/{known}"
    assert count(app) == 1


def test_another_person_is_added_once_somebody_says_so(app: Flask, cast: Cast, nora: Visitor) -> None:
    add_patient(app, cast)
    page = add(nora, 422).submit("Add patient", another_person=True)
    assert page.h1 == "Patient record"
    assert count(app) == 2


def test_the_answer_counts_only_for_the_records_that_were_shown(
    app: Flask, cast: Cast, nora: Visitor
) -> None:
    add_patient(app, cast, "Grace", "Lund")
    asked = add(nora, 422)
    with_another = add_patient(app, cast, "Tobias", "Moreau")
    page = asked.submit("Add patient", status=422, another_person=True)
    assert page.has("a", href=f"/patients/{with_another}")
    assert count(app) == 2


def test_saying_it_without_having_seen_anybody_is_not_enough(app: Flask, cast: Cast, nora: Visitor) -> None:
    add_patient(app, cast)
    nora.post("/patients/new", {**GRACE, "another_person": "y"}, status=422)
    assert count(app) == 1


def test_sending_twice_adds_one(app: Flask, nora: Visitor) -> None:
    page = nora.get("/patients/new")
    page.submit("Add patient", status=200, **GRACE)
    page.submit("Add patient", status=422, **GRACE)
    assert count(app) == 1


def test_another_clinic_may_treat_the_same_person(app: Flask, cast: Cast, eve: Visitor) -> None:
    add_patient(app, cast)
    assert add(eve).h1 == "Patient record"
    with looking(app, cast.other_clinic_id):
        assert db.session.scalars(sa.select(Patient)).one().number == 1


def test_a_post_without_the_token_is_refused(app: Flask, nora: Visitor) -> None:
    assert nora.client.post("/patients/new", data=GRACE).status_code == 400
    assert count(app) == 0


def test_safety_officers_read_only(sam: Visitor) -> None:
    sam.get("/patients/new", status=403)
