"""FHIR over HTTP: what is in force here, one screening, and who may not see it."""

import json
from typing import Any

import sqlalchemy as sa
from flask import Flask

from safety.audit.models import AuditEntry
from safety.db import db
from safety.fhir import known
from safety.fhir.reading import request_of
from safety.screening import asking, rules
from safety.screening.models import Screening
from tests.factories import Cast, looking
from tests.fhir import told
from tests.page import Visitor
from tests.protocols import signing
from tests.screening import people

QUESTIONNAIRE = "/fhir/questionnaire.json"


def fetched(visitor: Visitor, address: str) -> dict[str, Any]:
    """The resource there."""
    read: dict[str, Any] = json.loads(visitor.fetch(address).data)
    return read


def test_it_works(app: Flask, cast: Cast, nora: Visitor) -> None:
    """The response of a screening leads to the verdict that was given; and the log says who read it."""
    screening_id = people.screened(app, cast, G22="whole_body")
    answer = nora.fetch(f"/fhir/responses/{screening_id}.json")
    assert answer.mimetype == "application/fhir+json"
    made = json.loads(answer.data)
    assert told.against_r4b(made) == []
    assert (made["status"], made["id"]) == ("completed", screening_id)
    source, back = request_of(made, known.body_of)
    with looking(app, cast.clinic_id):
        verdict = asking.newest_assessment(screening_id)
        screening = db.session.get_one(Screening, screening_id)
        assert verdict is not None
        assert rules.assess(source, back).as_json() == verdict.result
        assert told.extensions(made, "digest")[0]["valueString"] == screening.protocol_digest
        read = sa.select(AuditEntry).where(AuditEntry.action == "patient.read")
        assert [row.subject for row in db.session.scalars(read)] == [f"patient:{screening.patient_id}"]
        assert screening.patient_id in answer.text
    assert not any(name in answer.text for pair in [("Grace", "Moreau")] for name in pair)


def test_an_open_screening_is_in_progress_and_a_changed_answer_amends_it(
    app: Flask, cast: Cast, nora: Visitor
) -> None:
    screening_id = people.start(app, cast)
    people.answer(app, cast, screening_id, {"G11": "yes"})
    assert fetched(nora, f"/fhir/responses/{screening_id}.json")["status"] == "in-progress"
    people.answer(app, cast, screening_id, people.well())
    people.assess(app, cast, screening_id)
    made = fetched(nora, f"/fhir/responses/{screening_id}.json")
    assert made["status"] == "amended"
    assert told.answers_in(made)["G11"] == ["no"]


def test_the_questionnaire_in_force_is_a_draft_until_signed(app: Flask, cast: Cast, nora: Visitor) -> None:
    assert fetched(nora, QUESTIONNAIRE)["status"] == "draft"
    screening_id = people.start(app, cast)
    digest = signing.approve(app, cast, "screening", {"screen.event_days": 21})
    signed = fetched(nora, QUESTIONNAIRE)
    assert told.against_r4b(signed) == []
    assert signed["status"] == "active"
    assert signed["approvalDate"] == people.today().isoformat()
    assert told.extensions(signed, "digest")[0]["valueString"] == digest
    begun_with = fetched(nora, f"{QUESTIONNAIRE}?screening={screening_id}")
    response = fetched(nora, f"/fhir/responses/{screening_id}.json")
    assert told.extensions(begun_with, "digest") == told.extensions(response, "digest")
    assert told.extensions(begun_with, "digest") != told.extensions(signed, "digest")


def test_another_clinic_finds_nothing(app: Flask, cast: Cast, eve: Visitor, sam: Visitor) -> None:
    screening_id = people.start(app, cast)
    eve.fetch(f"/fhir/responses/{screening_id}.json", 404)
    eve.fetch(f"{QUESTIONNAIRE}?screening={screening_id}", 404)
    sam.fetch("/fhir/responses/none.json", 404)
    sam.fetch(f"/fhir/responses/{screening_id}.json")


def test_nobody_and_no_tablet_reads_it_and_the_admin_does_not(
    app: Flask, cast: Cast, anyone: Visitor, tablet: Visitor, ada: Visitor
) -> None:
    screening_id = people.start(app, cast)
    for address in (QUESTIONNAIRE, f"/fhir/responses/{screening_id}.json"):
        anyone.fetch(address, 401)
        tablet.fetch(address, 401)
        ada.fetch(address, 403)
