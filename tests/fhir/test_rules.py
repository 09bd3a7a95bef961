"""The Questionnaire: what the standard allows, and every question as it is."""

from typing import Any

import pytest

from safety.fhir.rules import questionnaire
from safety.protocols import rules as protocol_rules
from safety.protocols.questions import flat
from tests.fhir import told
from tests.screening.stories import protocol

pytestmark = pytest.mark.once
QUESTIONS = {question["id"]: question for _, question in flat(protocol().body["questions"])}
BEYOND = ("applies", "shown-if", "stage")


def test_it_works() -> None:
    asked = told.asked()
    assert told.against_r4b(asked) == []
    assert (asked["resourceType"], asked["version"]) == ("Questionnaire", str(protocol().version))
    assert asked["url"] == "urn:reflow:fhir:questionnaire:screening"


def test_every_question_is_an_item_with_its_wording_and_no_other_is() -> None:
    items = {item["linkId"]: item for item, _ in told.walk(told.asked()) if item["type"] != "group"}
    assert {name: item["text"] for name, item in items.items()} == {
        name: question["wording"] for name, question in QUESTIONS.items()
    }


def test_each_name_stands_once_and_each_condition_names_an_item_above_it() -> None:
    seen: list[str] = []
    for item, _ in told.walk(told.asked()):
        assert {when["question"] for when in item.get("enableWhen", [])} <= set(seen), item["linkId"]
        seen.append(item["linkId"])
    assert len(seen) == len(set(seen))


def test_each_condition_names_an_answer_that_is_offered() -> None:
    for item, _ in told.walk(told.asked()):
        for when in item.get("enableWhen", []):
            offered = told.find(told.asked(), when["question"]).get("answerOption", [])
            if "answerCoding" in when:
                assert {"valueCoding": when["answerCoding"]} in offered


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("G11", {"type": "choice", "required": True}),
        ("G16.on", {"type": "date", "required": True}),
        ("G09", {"type": "integer", "required": True}),
        ("G13", {"type": "choice", "repeats": True}),
        ("F02.areas", {"type": "choice", "repeats": True}),
        ("G07.words", {"type": "text"}),
    ],
)
def test_each_kind_of_question_has_its_type(name: str, wanted: dict[str, Any]) -> None:
    item = told.find(told.asked(), name)
    assert {key: item.get(key) for key in wanted} == wanted


def test_what_is_offered_is_what_the_page_offers() -> None:
    def codes(name: str) -> list[str]:
        return [one["valueCoding"]["code"] for one in told.find(told.asked(), name)["answerOption"]]

    assert codes("G11") == ["no", "yes", "unknown"]
    assert codes("G01") == ["no", "yes"]  # not known is not offered here
    assert codes("B03") == ["B03.keloid", "B03.inflammatory", "none", "unknown"]
    assert "F01.kind.unknown" in codes("F01.kind")  # its own answer, not ours


def test_required_stands_only_where_r4b_can_tell_whether_it_is_asked() -> None:
    for item, above in told.walk(told.asked()):
        beyond = any(told.extensions(each, name) for each in (*above, item) for name in BEYOND)
        needed = item["type"] != "group" and not QUESTIONS[item["linkId"]].get("optional", False)
        assert item.get("required", False) is (needed and not beyond), item["linkId"]
        assert bool(told.extensions(item, "required-when-shown")) is (needed and beyond), item["linkId"]


def test_what_cannot_be_said_is_written_whole_and_never_half() -> None:
    days = told.find(told.asked(), "G54.accepted")
    assert "enableWhen" not in days
    assert "days_ahead" in told.extensions(days, "shown-if")[0]["valueString"]
    scoped = told.find(told.asked(), "G04")
    assert told.extensions(scoped, "applies")[0]["valueString"] == '{"classes":["ha_filler","biostimulator"]}'


def test_values_and_digest_are_those_it_was_made_with() -> None:
    values = protocol_rules.effective(protocol().body, {"screen.event_days": 21})
    made = questionnaire(protocol().body, protocol().file_sha256, values)
    digest = protocol_rules.digest(protocol().file_sha256, values)
    assert told.extensions(made, "digest")[0]["valueString"] == digest
    assert '"lt":21' in told.extensions(told.find(made, "G54.accepted"), "shown-if")[0]["valueString"]
    assert told.extensions(made, "digest") != told.extensions(told.asked(), "digest")
    with pytest.raises(protocol_rules.Refused, match=r"screen\.event_days must be between"):
        questionnaire(protocol().body, protocol().file_sha256, {"screen.event_days": -1})
