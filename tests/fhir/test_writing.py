"""The QuestionnaireResponse, and the way back to the same decision."""

import json
import re
from datetime import UTC, datetime
from typing import Any

import pytest

from safety.fhir import known
from safety.fhir.reading import request_of
from safety.fhir.rules import questionnaire
from safety.fhir.writing import About, response
from safety.screening.rules import BadRequest, assess, questions_for
from tests.fhir import told
from tests.fhir.test_rules import QUESTIONS
from tests.screening.stories import filler, protocol, request, toxin

pytestmark = pytest.mark.once


@pytest.mark.parametrize("name", [name for name, _ in told.requests()])
def test_it_works(name: str) -> None:
    """The same decision, every finding, gap and flag; a request that is refused stays refused."""
    asked_for = STORIES[name]
    try:
        wanted = assess(protocol().body, asked_for)
    except BadRequest as refused:
        with pytest.raises(BadRequest, match="^" + re.escape(str(refused)) + "$"):
            told.written(asked_for)
        return
    made = told.written(asked_for)
    assert told.against_r4b(made) == []
    source, back = request_of(made, known.body_of)
    assert assess(source, back).as_json() == wanted.as_json()
    assert told.written(back) == made


STORIES = dict(told.requests())


def test_what_is_open_is_in_progress() -> None:
    assert told.written(request(answers={"G11": "no"}))["status"] == "in-progress"


def test_only_what_is_asked_is_written() -> None:
    asked_for = request(toxin(), answers={"F01": "no", "G16": "no", "G16.on": "2026-03-01", "G11": "no"})
    assert told.answers_in(told.written(asked_for)) == {"G16": ["no"], "G11": ["no"]}


def coding(code: str, display: str) -> Any:
    return {"valueCoding": {"system": "urn:reflow:fhir:answer", "code": code, "display": display}}


@pytest.mark.parametrize(
    ("question", "answer", "written"),
    [
        ("G11", "unknown", coding("unknown", "Not known")),
        ("G13", [], coding("none", "None of these")),
        ("G16.on", "unknown", {"_valueDate": "asked-unknown"}),
        ("G16.on", "yes", {"_valueDate": "temp-unknown"}),
        ("F01.on", "none", {"_valueDate": "not-applicable"}),
        ("G09", "unknown", {"_valueInteger": "asked-unknown"}),
        ("G13", "yes", {"valueCoding": "temp-unknown"}),
        ("G01", "unknown", {"valueCoding": "asked-unknown"}),
        ("G01", "1991-03-12", coding("yes", "Yes")),
        ("G01", "1991-03-13", coding("no", "No")),
    ],
)  # fmt: skip
def test_an_answer_that_is_no_value(question: str, answer: Any, written: Any) -> None:
    whole = question.partition(".")[0]
    made = told.written(request(filler(), answers={whole: "yes", question: answer}))
    [given] = told.find(made, question)["answer"]
    (kind, value) = next(iter(given.items()))
    if "extension" in value:
        value = value["extension"][0]["valueCode"]
    assert {kind: value} == written
    back = request_of(made, known.body_of)[1]["answers"][question]
    assert back == {"1991-03-12": "yes", "1991-03-13": "no"}.get(str(answer), answer)


def test_a_document_is_not_compared_without_a_birth_date() -> None:
    asked_for = request(toxin(), answers={"G01": "1991-03-12"}, patient={"first_visit": False})
    assert told.answers_in(told.written(asked_for)) == {}


def test_the_patient_is_an_id_and_a_birth_date() -> None:
    about = About("patient-1", "screening-1", datetime(2026, 3, 10, 9, 30, tzinfo=UTC), "amended")
    made = response(protocol().body, protocol().file_sha256, request(), about)
    assert told.against_r4b(made) == []
    assert made["contained"] == [{
        "resourceType": "Patient", "id": "subject", "birthDate": "1991-03-12",
        "identifier": [{"system": "urn:reflow:fhir:patient", "value": "patient-1"}],
    }]  # fmt: skip
    assert (made["id"], made["status"], made["authored"]) == (
        "screening-1", "amended", "2026-03-10T09:30:00+00:00",
    )  # fmt: skip


def test_a_number_no_fhir_integer_can_be_is_refused() -> None:
    with pytest.raises(BadRequest, match=r"^answers\.G09: must be a whole number, 0 to 99999$"):
        told.written(request(answers={"G09": 2**31}))
    with pytest.raises(BadRequest, match=r"^plan\.0\.units: must be a whole number"):
        told.written(request(toxin(units=2**31)))


def test_complete_means_all_that_is_asked_is_answered() -> None:
    made = told.a_response()
    assert made["status"] == "completed"
    back = request_of(made, known.body_of)[1]
    needed = {one.id for one in questions_for(protocol().body, back) if one.required}
    assert needed == set(told.answers_in(made)) & needed


def test_another_version_known_here_is_read_as_itself() -> None:
    first = known.version(1)
    assert first is not None
    asked_for = request(answers={"G10": "yes"})
    made = json.loads(json.dumps(response(first.body, first.file_sha256, asked_for)))
    assert made["questionnaire"].endswith("|1")
    source, back = request_of(made, known.body_of)
    assert assess(source, back).as_json() == assess(first.body, asked_for).as_json()
    assert told.against_r4b(questionnaire(first.body, first.file_sha256, {})) == []
    assert len(QUESTIONS) >= len(first.body["questions"])
