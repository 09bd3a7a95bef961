"""The small corners of reading answers that stories do not come to."""

from datetime import date
from typing import Any

import pytest

from safety.screening.answers import Misread, Read, read_answers
from safety.screening.intake import Request, known_brands, plain_word, read_request
from safety.screening.logic import Said
from safety.screening.rules import (
    BadRequest,
    assess,
    questions_for,
    reasons_to_rescreen,
    resolved,
)
from tests.screening.stories import ON, biostimulator, filler, protocol, request, toxin

BODY = protocol().body


def answers(**given: Any) -> dict[str, Any]:
    return dict(read_request(BODY, request(answers=given)).answers)


def test_it_works() -> None:
    """A bare number where yes or no is asked is a yes, and says how many."""
    assert answers(T03=40) == {"T03": "yes", "T03.units": 40}
    assert answers(T03=True) == {"T03": "yes"}
    with pytest.raises(BadRequest, match=r"answers\.G11: answer yes, no or unknown"):
        answers(G11=40)


def test_a_bare_date_says_there_is_no_other_date() -> None:
    assert answers(G50="2026-03-01") == {
        "G50": "yes", "G50.done_on": date(2026, 3, 1), "G50.planned_on": Said.NONE,
    }  # fmt: skip
    with pytest.raises(BadRequest, match=r"answers\.G11: answer yes, no or unknown"):
        answers(G11="2026-03-01")


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ({"F02": "unknown"}, "unknown"),
        ({"F02": "dk"}, "unknown"),
        ({"F01.kind": "dk"}, ("unknown",)),
        ({"F01.kind": ["unknown"]}, ("unknown",)),
        ({"G40": "dk"}, Said.NOT_KNOWN),
        ({"G10": "never"}, "no"),
        ({"G05": "no"}, "none"),
        ({"G05": "None"}, "none"),
        ({"G10": "YES"}, "yes"),
        ({"F05": "yes"}, Said.VAGUE),
        ({"G22": True}, Said.VAGUE),
        ({"G40": True}, Said.VAGUE),
        ({"G40": "yes"}, Said.VAGUE),
        ({"G40": ["yes"]}, Said.VAGUE),
        ({"G40": "warfarin"}, ("warfarin",)),
        ({"G40": ["warfarin", "warfarin", "aspirin"]}, ("warfarin", "aspirin")),
        ({"F02.areas": ["lips", "nose"]}, ("lips", "nose")),
        ({"G09": True}, Said.VAGUE),
        ({"G09": False}, 0),
        ({"G09": "none"}, 0),
        ({"G09": " 7 "}, 7),
        ({"G09": 99999}, 99999),
        ({"G16.on": "yes"}, Said.VAGUE),
        ({"G16.on": "dk"}, Said.NOT_KNOWN),
        ({"G50.done_on": "never"}, Said.NONE),
        ({"G01": "1991-03-12"}, date(1991, 3, 12)),
        ({"G01": "n"}, "no"),
        ({"G07.words": " fuller "}, " fuller "),
    ],
)
def test_each_form_of_an_answer(given: dict[str, Any], read: Any) -> None:
    (name,) = given
    assert answers(**given) == {name: read}


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"G10": "certainly"}, "choose one of no, yes, unsure, na, or unknown"),
        ({"F05": "always"}, "choose one of no, history, active, or unknown"),
        ({"G40": ["none", "warfarin"]}, "'none' is not among"),
        ({"G40": ["yes", "warfarin"]}, "'yes' is not among"),
        ({"G09": 100000}, "must be a whole number, 0 to 99999"),
        ({"G09": "²"}, "must be a whole number"),
        ({"G01": "1991-02-30"}, "must be a date that exists"),
        ({"G16.on": "never"}, "must be a date that exists"),
        ({"G16.on": 20260301}, "must be a date that exists"),
        ({"G07.words": ["a"]}, "must be text"),
        ({"G11": {"on": "2026-01-01"}}, "answers.G11: answer yes, no or unknown"),
    ],
)
def test_what_is_no_answer(given: dict[str, Any], reason: str) -> None:
    with pytest.raises(BadRequest, match=reason):
        answers(**given)


def test_each_answer_is_read_on_its_own() -> None:
    read = list(read_answers(BODY["questions"], {"G11": "no", "G99": "no", "G12": ""}, frozenset()))
    assert read == [Read("G11", "no"), Misread("G99", "there is no such question")]


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("Crow's feet", "crows_feet"), ("  Lip-flip ", "lip_flip"), ("BOTOX®", "botox"), ("a_b  c", "a_b_c"),
        ("Straße", "strasse"), ("", ""), ("-", ""),
    ],
)  # fmt: skip
def test_plain_words(name: str, word: str) -> None:
    assert plain_word(name) == word


def test_brands_are_known_as_the_file_spells_them() -> None:
    assert known_brands(BODY)["botox_cosmetic"] == "Botox Cosmetic"
    assert known_brands(BODY)["harmonyca"] == "HarmonyCa"
    assert read_request(BODY, request(toxin(brand="  botox-cosmetic "))).plan[0].brand == "Botox Cosmetic"
    assert read_request(BODY, request(toxin(brand=" Newtox "))).plan[0].brand == "Newtox"


def test_what_a_request_is_when_it_says_little() -> None:
    plan = [{"product_class": "toxin", "areas": ["glabella", "glabella"]}]
    read = read_request(BODY, {"on": ON, "plan": plan})
    assert (read.born_on, read.first_visit, read.gates_later) == (None, True, False)
    assert (read.answers, read.history, read.parameters) == ({}, (), {})
    assert (read.plan[0].areas, read.plan[0].brand, read.plan[0].units) == (("glabella",), None, None)
    seen = {"product_class": "toxin", "on": ON}
    again = read_request(BODY, {"on": ON, "plan": plan, "history": [seen]})
    assert (again.first_visit, again.history[0].areas, again.history[0].brand) == (False, (), None)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"plan": "toxin"}, "plan: must be a list with at least one product"),
        ({"plan": ["toxin"]}, "plan.0: must be an object"),
        ({"plan": [toxin(lot="A1")]}, "plan.0.lot: is not part of a product"),
        ({"plan": [toxin(areas="glabella")]}, "plan.0.areas: must be a list with at least one area"),
        ({"plan": [toxin(areas=[7])]}, "plan.0.areas: there is no area 7"),
        ({"plan": [toxin(units=True)]}, "plan.0.units: must be a whole number"),
        ({"plan": [toxin(brand="--")]}, "plan.0.brand: must be the name on the box"),
        ({"history": {}}, "history: must be a list"),
        ({"history": [{"product_class": "toxin"}]}, "history.0.on: must be a date"),
        ({"history": [{"product_class": "toxin", "on": "2026-03-11"}]}, "history.0.on: lies after the day"),
        ({"history": [{"product_class": "x", "on": ON}]}, "history.0.product_class: must be one of"),
        ({"patient": []}, "patient: must be an object"),
        ({"patient": {"name": "Eve"}}, "patient.name: is not part of a request"),
        ({"patient": {"first_visit": "yes"}}, "patient.first_visit: must be true or false"),
        ({"gates": "never"}, "gates: must be asked or later"),
        ({"answers": []}, "answers: must be an object"),
        ({"jurisdiction": "US", "parameters": {"jurisdiction": "EU"}}, "jurisdiction: differs from"),
    ],
)
def test_each_place_is_named(changed: dict[str, Any], message: str) -> None:
    with pytest.raises(BadRequest) as refused:
        read_request(BODY, {**request(toxin()), **changed})
    assert any(one.startswith(message) for one in refused.value.messages), refused.value.messages


def test_units_and_days_at_their_ends_are_taken() -> None:
    plan = [toxin(units=0), toxin(units=99999, areas=["forehead"])]
    history = [{"product_class": "toxin", "on": ON}]
    read = read_request(BODY, {**request(*plan, history=history), "patient": {"born_on": ON}})
    assert [one.units for one in read.plan] == [0, 99999]
    assert str(read.born_on) == ON
    assert str(read.history[0].on) == ON


def _made(*plan: dict[str, Any], on: str = ON) -> Request:
    return read_request(BODY, request(*plan, on=on))


def test_what_ends_a_screening_is_named_each_by_itself() -> None:
    screened = _made(filler("lips"))
    assert reasons_to_rescreen(BODY, screened, _made(filler("lips"))) == []
    assert reasons_to_rescreen(BODY, screened, _made(filler("lips"), on="2026-03-11")) == ["day"]
    assert reasons_to_rescreen(BODY, screened, _made(filler("lips", "nose"))) == ["area"]
    other = {**filler("lips"), "brand": "Restylane"}
    assert reasons_to_rescreen(BODY, screened, _made(other)) == ["brand"]
    changed = reasons_to_rescreen(BODY, screened, _made(biostimulator("lips")))
    assert changed == ["product_class", "brand", "area"]


def test_a_page_gets_all_it_needs_of_a_question() -> None:
    asked = {
        one.id: one for one in questions_for(BODY, request(filler("nose", "lips"), answers={"F02": "yes"}))
    }
    assert asked["G01"].choices == (("no", "No"), ("yes", "Yes"))
    assert (asked["G01"].required, asked["G01"].open, asked["G01"].offers_not_known) == (True, True, False)
    assert asked["G10"].choices[2] == ("unsure", "Could be, not sure")
    assert asked["G22"].not_known_text == "“Not known” counts as “Yes, the whole body” for this question."
    assert asked["F02.areas"].choices == (("nose", "Nose"), ("lips", "Lips"))
    assert (asked["F02.areas"].required, asked["F02"].open) == (False, False)
    assert asked["F02"].offers_not_known is False
    assert (asked["G09"].unit, asked["G09"].hint) == ("treatments", None)
    assert (asked["G11"].group_title, asked["G11"].section, asked["G11"].asked_of) == (
        "Health",
        "5.2",
        "patient",
    )


def test_values_are_put_in_once_and_named() -> None:
    values = {"screen.dental_days": 21}
    assert resolved(BODY, values) is resolved(BODY, {"screen.dental_days": 21})
    assert resolved(BODY, values)["parameters"]["screen.dental_days"] == 21
    assert assess(BODY, request(filler(), parameters=values)).as_json()["parameters"] == [{
        "key": "screen.dental_days", "title": "Wait between dental work and filler",
        "value": 21, "default": 14, "value_words": "21 days", "default_words": "14 days",
    }]  # fmt: skip
    assert assess(BODY, request(filler())).parameters == ()
