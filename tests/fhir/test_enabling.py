"""enableWhen against our own rules: a form filler that knows R4B alone shows what we ask, on random walks."""

from random import Random
from typing import Any

import pytest

from safety.fhir.enabling import ALWAYS, Enabling, Expression
from safety.fhir.rules import form, questionnaire
from safety.fhir.writing import answers as answers_of
from safety.protocols.questions import flat
from safety.screening.rules import questions_for, read_request
from tests.fhir import told
from tests.fhir.test_rules import BEYOND, QUESTIONS
from tests.screening.stories import biostimulator, filler, protocol, request, toxin
from tests.screening.test_rules_walks import random_answer

pytestmark = pytest.mark.once
PLANS = [toxin(), toxin(brand="Azzalure", areas=["neck"]), filler(), filler("nose"), biostimulator()]


def told_by_r4b(asked: Any) -> set[str]:
    """Questions whose being asked hangs on answers alone."""
    return {
        item["linkId"]
        for item, above in told.walk(asked)
        if item["type"] != "group"
        and not any(told.extensions(each, name) for each in (*above, item) for name in BEYOND)
    }


@pytest.mark.parametrize("seed", range(4))
def test_it_works(seed: int) -> None:
    """Exactly what we ask, where R4B can say it; at least what we ask, everywhere."""
    chance = Random(seed)
    values = {"screen.event_days": chance.choice([0, 14, 60]), "toxin.min_interval_days": 90}
    asked = questionnaire(protocol().body, protocol().file_sha256, values)
    body, plain = form(protocol().body, values), told_by_r4b(asked)
    met: set[str] = set()
    for _ in range(500):
        answers = {name: random_answer(question, chance) for name, question in QUESTIONS.items()}
        said = {name: value for name, value in answers.items() if chance.random() < 0.9}
        planned = chance.sample(PLANS, chance.randint(1, 2))
        patient = {"born_on": "1991-03-12", "first_visit": chance.random() < 0.5}
        asked_for = request(*planned, answers=said, parameters=values, patient=patient)
        read = read_request(protocol().body, asked_for)
        shown = {question.id for question in questions_for(protocol().body, read)}
        given = answers_of(body, read, sorted(shown)).items()
        enabled = told.enabled(asked, {name: told.values(one) for name, one in given}) & set(QUESTIONS)
        assert shown <= enabled
        assert enabled & plain == shown & plain
        met |= shown
    assert len(met) > len(QUESTIONS) - 8  # the walks get about


def test_each_shown_if_says_it_all_or_nothing() -> None:
    """A question with a condition has it in enableWhen or in an extension, never in neither."""
    for name, question in QUESTIONS.items():
        if "shown_if" in question:
            around = [
                each
                for item, above in told.walk(told.asked())
                if item["linkId"] == name
                for each in (item, *above[-1:])
            ]
            said = any("enableWhen" in each for each in around)
            assert said != any(told.extensions(each, "shown-if") for each in around), name


LISTED: list[dict[str, Any]] = [
    {"id": "A01", "type": "yn"},
    {"id": "A02", "type": "multi", "choices": [{"value": "x", "label": "X"}, {"value": "y", "label": "Y"}]},
    {"id": "A03", "type": "date", "none_label": "Never"},
    {"id": "A04", "type": "date"},
    {"id": "A05", "type": "number"},
    {"id": "A06", "type": "yn", "unknown": False},
    {"id": "A07", "type": "yn", "unknown_counts_as": {"answer": "yes"}},
]
EXPRESSION = Expression({question["id"]: question for _, question in flat(LISTED)}, {})


def said(condition: dict[str, Any]) -> Any:
    found = EXPRESSION.of(condition)
    if found is None:
        return None
    plain = [
        (one["question"], one["operator"], one.get("answerInteger", one.get("answerCoding", {}).get("code")))
        for one in found.clauses
    ]
    return (found.join, *plain) if len(plain) > 1 else tuple(plain)


@pytest.mark.parametrize(
    ("condition", "wanted"),
    [
        ({"always": True}, ()),
        ({"q": "A01", "eq": "yes"}, (("A01", "=", "yes"),)),
        ({"q": "A01", "answered": True}, ("any", ("A01", "=", "no"), ("A01", "=", "yes"))),
        ({"q": "A01", "unknown": True}, (("A01", "=", "unknown"),)),
        ({"q": "A06", "unknown": True}, None),
        ({"q": "A07", "eq": "yes"}, ("any", ("A07", "=", "yes"), ("A07", "=", "unknown"))),
        ({"q": "A07", "eq": "no"}, (("A07", "=", "no"),)),
        ({"q": "A02", "has": ["y"]}, (("A02", "=", "A02.y"),)),
        ({"q": "A02", "some": True}, ("any", ("A02", "=", "A02.x"), ("A02", "=", "A02.y"))),
        ({"q": "A02", "answered": True},
         ("any", ("A02", "=", "A02.x"), ("A02", "=", "A02.y"), ("A02", "=", "none"))),
        ({"q": "A02", "count_of": ["x", "y"], "gte": 2}, None),
        ({"q": "A03", "answered": True}, None),  # "never" is an answer, and has no value
        ({"q": "A04", "answered": True}, (("A04", "exists", None),)),
        ({"q": "A03", "dated": True}, (("A03", "exists", None),)),
        ({"q": "A04", "days_ago": {"lt": 14}}, None),
        ({"q": "A05", "gte": 5}, (("A05", ">=", 5),)),
        ({"q": "A05", "some": True}, (("A05", ">", 0),)),
        ({"not": {"q": "A01", "eq": "yes"}}, None),
        ({"age": {"lt": 18}}, None),
        ({"all": [{"q": "A01", "eq": "yes"}, {"q": "A05", "lt": 2}]},
         ("all", ("A01", "=", "yes"), ("A05", "<", 2))),
        ({"all": [{"q": "A01", "eq": "yes"}, {"q": "A02", "some": True}]}, None),  # nested
        ({"all": [{"q": "A02", "some": True}]}, ("any", ("A02", "=", "A02.x"), ("A02", "=", "A02.y"))),
        ({"any": [{"q": "A01", "eq": "no"}, {"q": "A02", "has": ["x", "y"]}]},
         ("any", ("A01", "=", "no"), ("A02", "=", "A02.x"), ("A02", "=", "A02.y"))),
        ({"any": [{"q": "A01", "eq": "no"}, {"always": True}]}, ()),
        ({"all": [{"q": "A01", "eq": "yes"}, {"first_visit": True}]}, None),  # half would be wrong
    ],
)  # fmt: skip
def test_each_condition_as_r4b_says_it(condition: dict[str, Any], wanted: Any) -> None:
    assert said(condition) == wanted


def test_one_comparison_needs_no_behaviour() -> None:
    assert ALWAYS.as_fhir() == {}
    assert Enabling("any", ({"question": "A01"},)).as_fhir() == {"enableWhen": [{"question": "A01"}]}
    assert Enabling("any", ({}, {})).as_fhir()["enableBehavior"] == "any"
