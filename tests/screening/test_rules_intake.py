"""Requests and answers: read in every form people use, refused with the place and the reason."""

from typing import Any

import pytest

from safety.screening.intake import plain_word
from safety.screening.logic import Said
from safety.screening.rules import (
    BadRequest,
    Request,
    assess,
    questions_for,
    read_request,
    reasons_to_rescreen,
)
from tests.screening.stories import biostimulator, filler, protocol, request, toxin

BODY = protocol().body


def read(**changes: Any) -> Request:
    return read_request(BODY, request(**changes))


def answers(**given: Any) -> dict[str, Any]:
    return dict(read(answers=given).answers)


def refusals(data: Any) -> list[str]:
    with pytest.raises(BadRequest) as refused:
        read_request(BODY, data)
    return refused.value.messages


def test_it_works() -> None:
    made = read(jurisdiction="US", parameters={"screen.dental_days": 20})
    assert made.on.isoformat() == "2026-03-10"
    assert made.parameters == {"screen.dental_days": 20, "jurisdiction": "US"}
    assert (made.plan[0].product_class, made.plan[0].brand, made.plan[0].units) == ("toxin", "Botox", 20)


@pytest.mark.parametrize("word", ["no", "No", "n", "NO ", False])
def test_no_in_every_form(word: Any) -> None:
    assert answers(G11=word) == {"G11": "no"}


@pytest.mark.parametrize("word", ["unknown", "dk", "not_known", "Not known", "don't know"])
def test_not_known_in_every_form(word: str) -> None:
    assert answers(G11=word) == {"G11": Said.NOT_KNOWN}
    assert answers(G40=word) == {"G40": Said.NOT_KNOWN}
    assert answers(F02=word) == {"F02": "unknown"}


@pytest.mark.parametrize("none", ["no", "none", "None", [], ["no"], ["none"], False])
def test_none_of_many_in_every_form(none: Any) -> None:
    assert answers(G40=none) == {"G40": ()}


def test_parts_nested_or_dotted_are_the_same() -> None:
    dotted = read(answers={"T01": "yes", "T01.on": "2026-01-01"}).answers
    nested = read(answers={"T01": {"answer": "yes", "on": "2026-01-01"}}).answers
    bare = read(answers={"T01": "2026-01-01"}).answers
    assert dotted == nested == bare


def test_the_lettered_questions_may_be_nested() -> None:
    assert answers(G08={"a": "yes", "b": "no"}) == {"G08a": "yes", "G08b": "no"}


def test_an_empty_answer_is_none_yet() -> None:
    assert answers(G11=None, G12="") == {}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"G99": "no"}, "answers.G99: there is no such question"),
        ({"G16": {"when": "2026-03-01"}}, "answers.G16.when: there is no such question"),
        ({"G11": "perhaps"}, "answers.G11: answer yes, no or unknown"),
        ({"G11": 7}, "answers.G11: answer yes, no or unknown"),
        ({"G11": ["no"]}, "answers.G11: answer yes, no or unknown"),
        ({"G10": "perhaps"}, "answers.G10: choose one of no, yes, unsure, na, or unknown"),
        (
            {"G40": ["gin"]},
            "answers.G40: 'gin' is not among warfarin, apixaban, rivaroxaban, dabigatran, "
            "edoxaban, heparin, clopidogrel, ticagrelor, aspirin",
        ),
        ({"G09": -1}, "answers.G09: must be a whole number, 0 to 99999"),
        ({"G09": 2.5}, "answers.G09: must be a whole number, 0 to 99999"),
        ({"G09": "٣"}, "answers.G09: must be a whole number, 0 to 99999"),
        (
            {"T01.on": "2026-02-29"},
            "answers.T01.on: must be a date that exists, such as 2026-03-10, or unknown",
        ),
        ({"T01": "2026-02-29"}, "answers.T01: must be a date that exists, such as 2026-03-10, or unknown"),
        (
            {"T01.on": "10/03/2026"},
            "answers.T01.on: must be a date that exists, such as 2026-03-10, or unknown",
        ),
        ({"T01.on": "none"}, "answers.T01.on: must be a date that exists, such as 2026-03-10, or unknown"),
        ({"T01.details": 5}, "answers.T01.details: must be text"),
        ({"G08": "no", "G08a": "yes"}, "answers.G08a: is answered twice, and differently"),
    ],
)
def test_an_answer_that_cannot_be_taken(given: dict[str, Any], message: str) -> None:
    assert refusals(request(answers=given)) == [message]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ([], "the request must be an object"),
        (request(on="2026-02-30"), "on: must be a date that exists, such as 2026-03-10"),
        (request(on="20260310"), "on: must be a date that exists, such as 2026-03-10"),
        (request(on=20260310), "on: must be a date that exists, such as 2026-03-10"),
        (request(colour="red"), "colour: is not part of a request"),
        (request(plan=[]), "plan: must be a list with at least one product"),
        (
            request({"product_class": "toxin", "areas": []}),
            "plan.0.areas: must be a list with at least one area",
        ),
        (request(toxin(units=-1)), "plan.0.units: must be a whole number of units, 0 to 99999"),
        (request(toxin(units=True)), "plan.0.units: must be a whole number of units, 0 to 99999"),
        (request(toxin(dose=20)), "plan.0.dose: is not part of a product"),
        (request(filler("crows_feet")), "plan.0.areas: crows_feet is not an area for ha_filler"),
        (
            request(patient={"born_on": "1991-02-31"}),
            "patient.born_on: must be a date that exists, such as 2026-03-10",
        ),
        (request(patient={"first_visit": "yes"}), "patient.first_visit: must be true or false"),
        (request(patient={"name": "A"}), "patient.name: is not part of a request"),
        (request(gates="never"), "gates: must be asked or later"),
        (
            request(history=[{"product_class": "toxin", "on": "2026-03-11"}]),
            "history.0.on: lies after the day of the assessment",
        ),
        (request(parameters={"jurisdiction": "EU"}), "jurisdiction: differs from parameters.jurisdiction"),
        (
            request(parameters={"screen.luck": 1}),
            "parameters: screen.luck is not a parameter of this protocol",
        ),
    ],
)
def test_a_request_that_cannot_be_read(data: Any, message: str) -> None:
    assert message in refusals(data)


def test_every_mistake_is_named_at_once() -> None:
    assert len(refusals(request(toxin(areas=["elbow"]), on="never", answers={"G99": "no"}))) == 3


def test_areas_and_brands_are_read_as_people_write_them() -> None:
    made = read_request(BODY, request(toxin(areas=["Crow's feet", "lip-flip"], brand="BOTOX®")))
    assert made.plan[0].areas == ("crows_feet", "lip_flip")
    assert made.plan[0].brand == "Botox"


def test_common_area_names_work() -> None:
    names = "glabella lips tear_trough nasolabial_fold chin jawline cheek nose forehead temple"
    assert read_request(BODY, request(filler(*names.split()))).plan[0].areas == tuple(names.split())


def test_without_a_word_on_it_a_first_visit_is_assumed() -> None:
    assert read(patient={"born_on": "1991-03-12"}).first_visit
    earlier = [{"product_class": "toxin", "on": "2025-01-01"}]
    assert not read(patient={"born_on": "1991-03-12"}, history=earlier).first_visit


def test_plain_word() -> None:
    assert plain_word("  Crow’s-Feet  left ") == "crows_feet_left"


@pytest.mark.parametrize(
    ("changes", "reasons"),
    [
        ({}, []),
        ({"on": "2026-03-11"}, ["day"]),
        ({"plan": [toxin(brand="Azzalure")]}, ["brand"]),
        ({"plan": [toxin(areas=["forehead"])]}, ["area"]),
        ({"plan": [toxin(units=30)]}, []),
        ({"plan": [toxin(), filler()]}, ["product_class", "brand", "area"]),
    ],
)
def test_what_reopens_a_screening(changes: dict[str, Any], reasons: list[str]) -> None:
    assert reasons_to_rescreen(BODY, read(), read(**changes)) == reasons


def test_questions_come_in_the_order_of_the_specification() -> None:
    asked = questions_for(BODY, request(toxin(), filler(), biostimulator()))
    ids = [question.id for question in asked]
    assert ids[:4] == ["G01", "G02", "G03", "G04"]
    letters = [name[0] for name in ids]
    assert letters == sorted(letters, key="GTFB".index)
    health = [name for name in ids if name.startswith("G")]
    assert health == sorted(health)


def test_a_question_brings_what_its_page_needs() -> None:
    asked = {question.id: question for question in questions_for(BODY, request(filler("nose")))}
    assert asked["G22"].not_known_text == "“Not known” counts as “Yes, the whole body” for this question."
    assert asked["G22"].offers_not_known
    assert not asked["F11"].offers_not_known
    assert not asked["F02"].offers_not_known, "not known is one of its choices"
    assert asked["G11"].choices == (("no", "No"), ("yes", "Yes"))
    assert asked["G10"].group_title == "Health"
    assert all(question.wording and question.why and question.open for question in asked.values())


def test_a_part_is_asked_once_its_question_is_answered() -> None:
    before = {question.id for question in questions_for(BODY, request())}
    after = {question.id for question in questions_for(BODY, request(answers={"G16": "yes"}))}
    assert after - before == {"G16.on"}


def test_named_areas_are_offered_from_the_plan() -> None:
    made = request(filler("lips", "left_cheek"), answers={"F02": "yes"})
    asked = {question.id: question for question in questions_for(BODY, made)}
    assert asked["F02.areas"].choices == (("lips", "Lips"), ("left_cheek", "Left cheek"))


def test_the_contract_is_kept_to_the_letter() -> None:
    printed = assess(BODY, request(answers={"G10": "yes", "G22": "whole_body"})).as_json()
    of_the_contract = {"outcome", "earliest_on", "findings", "unanswered", "emergency_flags"}
    assert set(printed) == {*of_the_contract, "parameters"}
    named = {"question", "outcome", "product_class", "area", "reason", "source", "earliest_on", "override"}
    assert set(printed["findings"][0]) == {*named, "rule"}
    assert printed["findings"][0]["source"] == "SEED [SEED], AZZ [S]"
    assert printed["emergency_flags"][0] == {
        "code": "sting_whole_body",
        "text": "Whole-body reaction to a sting",
        "question": "G22",
        "area": None,
    }
