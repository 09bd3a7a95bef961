import sqlalchemy as sa
from flask import Flask

from safety.audit.models import AuditEntry
from safety.db import db, new_id
from tests.factories import Cast, looking
from tests.page import Visitor
from tests.patients.people import add_patient


def reads(app: Flask, patient_id: str) -> list[str]:
    wanted = sa.select(AuditEntry.actor).where(
        AuditEntry.action == "patient.read", AuditEntry.subject == f"patient:{patient_id}"
    )
    with looking(app):
        return list(db.session.scalars(wanted))


def test_it_works(app: Flask, cast: Cast, nora: Visitor) -> None:
    patient_id = add_patient(app, cast)
    page = nora.get(f"/patients/{patient_id}")
    assert page.h1 == "Patient record"
    assert "0117 496 0111" in page.text
    assert "Nothing yet" in page.text


def test_the_name_stays_out_of_the_title(app: Flask, cast: Cast, nora: Visitor) -> None:
    page = nora.get(f"/patients/{add_patient(app, cast)}")
    assert "Moreau" not in page.title


def test_each_reading_leaves_an_entry(app: Flask, cast: Cast, nora: Visitor, sam: Visitor) -> None:
    patient_id = add_patient(app, cast)
    nora.get(f"/patients/{patient_id}")
    sam.get(f"/patients/{patient_id}")
    assert reads(app, patient_id) == [f"member:{cast['nora'].id}", f"member:{cast['sam'].id}"]


def test_another_clinic_gets_404_and_leaves_no_entry(app: Flask, cast: Cast, eve: Visitor) -> None:
    patient_id = add_patient(app, cast)
    eve.get(f"/patients/{patient_id}", status=404)
    eve.get(f"/patients/{new_id()}", status=404)
    assert reads(app, patient_id) == []


def test_nobody_reads_without_signing_in(app: Flask, cast: Cast) -> None:
    patient_id = add_patient(app, cast)
    answer = app.test_client().get(f"/patients/{patient_id}")
    assert answer.status_code == 302
    assert reads(app, patient_id) == []
