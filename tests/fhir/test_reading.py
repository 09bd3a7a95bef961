"""Forged responses: each is refused with the linkId or element it is wrong in, and nothing is guessed."""

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from safety.fhir import known
from safety.fhir.reading import SHOWN_AT_ONCE, Refused, request_of
from tests.fhir import told
from tests.screening.stories import request

pytestmark = pytest.mark.once
Json = Any
WHOLE = told.a_response(G16="yes", **{"G16.on": "2026-01-10"}, G25=["latex", "iodine"], G09=2)
YES, SAME = {"system": "urn:reflow:fhir:answer", "code": "yes", "display": "Yes"}, "urn:reflow:fhir:"
ABSENT = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"


def item(link_id: str, **changes: Json) -> Callable[[Json], None]:
    """Change one item; None takes the element out."""

    def change(made: Json) -> None:
        found = told.find(made, link_id)
        found.update(changes)
        for name in [name for name, value in found.items() if value is None]:
            del found[name]

    return change


def top(**changes: Json) -> Callable[[Json], None]:
    """Change elements at the top; None takes one out."""

    def change(made: Json) -> None:
        made.update(changes)
        for name in [name for name, value in made.items() if value is None]:
            del made[name]

    return change


def ours(name: str, **changes: Json) -> Callable[[Json], None]:
    """Change the first extension of this name."""
    return lambda made: told.extensions(made, name)[0].update(changes)


def without(name: str) -> Callable[[Json], None]:
    """Take out all extensions of this name."""

    def change(made: Json) -> None:
        made["extension"] = [one for one in made["extension"] if one["url"] != SAME + name]

    return change


def also(*more: Json) -> Callable[[Json], None]:
    """More extensions."""
    return lambda made: made["extension"].extend(more)


def patient(**changes: Json) -> Callable[[Json], None]:
    """Change the patient."""
    return lambda made: made["contained"][0].update(changes)


def moved(link_id: str, under: str) -> Callable[[Json], None]:
    """Put an item under another group."""

    def change(made: Json) -> None:
        found = told.find(made, link_id)
        for each in [made, *(one for one, _ in told.walk(made))]:
            if found in each.get("item", []):
                each["item"].remove(found)
        told.find(made, under)["item"].append(found)

    return change


def added(under: str, link_id: str, *answers: Json) -> Callable[[Json], None]:
    """One more item."""
    return lambda made: told.find(made, under)["item"].append({"linkId": link_id, "answer": [*answers]})


def planned(change: Callable[[list[Json]], None]) -> Callable[[Json], None]:
    """Change the parts of the first planned product."""
    return lambda made: change(told.extensions(made, "plan")[0]["extension"])


def latex(**changes: Json) -> Json:
    return {"valueCoding": {"system": SAME + "answer", "code": "G25.latex", **changes}}


NONE = {"valueCoding": {"system": SAME + "answer", "code": "none"}}
SHA, DIGEST = "extension file-sha256", "extension digest"

FORGED: list[tuple[str, Callable[[Json], None], str]] = [
    ("another resource", top(resourceType="Observation"), "resourceType: must be QuestionnaireResponse"),
    ("another questionnaire", top(questionnaire="urn:other|2"), "questionnaire: must be urn:reflow:fhir"),
    ("no questionnaire", top(questionnaire=None), "questionnaire: must be urn:reflow:fhir"),
    ("no version", top(questionnaire=SAME + "questionnaire:screening"), "questionnaire: this version"),
    ("a version not here", top(questionnaire=SAME + "questionnaire:screening|999"),
     "questionnaire: this version"),
    ("a version that is no number", top(questionnaire=SAME + "questionnaire:screening|../1"),
     "this version is not"),
    ("the file of another version", top(questionnaire=SAME + "questionnaire:screening|1"),
     f"{SHA}: names another"),
    ("another file", ours("file-sha256", valueString="0" * 64), f"{SHA}: names another file"),
    ("another digest", ours("digest", valueString="0" * 64), f"{DIGEST}: does not name this version"),
    ("a digest of another type", ours("digest", valueString=7), f"{DIGEST}: must have valueString"),
    ("no digest", without("digest"), f"{DIGEST}: is missing"),
    ("values left out", without("parameter"), "extension parameter: jurisdiction is missing"),
    ("a value changed", lambda made: told.extensions(made,
     "parameter")[0]["extension"][1].update(valueString="US"),
     f"{DIGEST}: does not name this version with these values"),
    ("a value not allowed", lambda made: told.extensions(made, "parameter")[0]["extension"][1].update(
        valueString="Atlantis"), "extension parameter: jurisdiction must be one of"),
    ("a value twice", lambda made: also(told.extensions(made, "parameter")[0])(made),
     "extension parameter: the same key stands twice"),
    ("a value without its key", lambda made: told.extensions(made, "parameter")[0]["extension"].pop(0),
     "extension parameter key: is missing"),
    ("an extension of nobody", also({"url": "urn:other", "valueString": "x"}),
     "extension: urn:other is not one"),
    ("an extension without address", also({"valueString": "x"}), "extension: without an address is not one"),
    ("the day twice", also({"url": SAME + "assessed-on", "valueDate": "2026-03-11"}),
     "assessed-on: stands more"),
    ("a day that does not exist", ours("assessed-on", valueDate="2026-02-30"), "assessed-on: must be a date"),
    ("no day", without("assessed-on"), "extension assessed-on: is missing"),
    ("no plan", without("plan"), "extension plan: is missing"),
    ("a plan without parts", ours("plan", extension="toxin"), "extension plan: must have parts"),
    ("a plan without areas", planned(lambda parts: parts.pop(2)), "extension plan area: is missing"),
    ("a product twice in one", planned(lambda parts: parts.append({"url": "product-class",
     "valueCode": "toxin"})),
     "extension plan product-class: stands more than once"),
    ("a product nobody knows", planned(lambda parts: parts[0].update(valueCode="laser")),
     "plan.0.product_class"),
    ("an area nobody knows", planned(lambda parts: parts[2].update(valueCode="elbow")),
     "there is no area 'elbow'"),
    ("half a unit", planned(lambda parts: parts[3].update(valueInteger=20.5)),
     "plan units: must have valueInteger"),
    ("units below none", planned(lambda parts: parts[3].update(valueInteger=-1)), "plan.0.units: must be"),
    ("a part nobody knows", planned(lambda parts: parts.append({"url": "lot", "valueString": "x"})),
     "lot is not one"),
    ("a later treatment", lambda made: told.extensions(made, "history")[0]["extension"][-1].update(
        valueDate="2026-04-01"), "history.0.on: lies after the day"),
    ("an earlier treatment with units", lambda made: told.extensions(made, "history")[0]["extension"].append(
        {"url": "units", "valueInteger": 20}), "extension history: units is not one of its parts"),
    ("another plan, so other questions", planned(lambda parts: parts[0].update(valueCode="biostimulator")),
     "T03: is answered, but not asked"),
    ("not a first visit any more", ours("first-visit", valueBoolean="no"),
     "first-visit: must have valueBoolean"),
    ("a first visit after all", ours("first-visit", valueBoolean=True),
     "G03.hours: is asked and not answered"),
    ("gates nobody knows", ours("gates", valueCode="never"), "gates: must be asked or later"),
    ("no patient", top(contained=None), "contained: must be one Patient"),
    ("two patients", lambda made: made["contained"].append({}), "contained: must be one Patient"),
    ("another patient meant", top(subject={"reference": "Patient/7"}), "subject: must refer to #subject"),
    ("a name", patient(name=[{"family": "Moreau"}]), "contained Patient name: is not read here"),
    ("a birthday that does not exist", patient(birthDate="1991-02-29"),
     "contained Patient birthDate: must be"),
    ("a birthday to come", patient(birthDate="2027-01-01"), "patient.born_on: lies after the day"),
    ("an id of another house", patient(identifier=[{"system": "urn:nhs", "value": "1"}]),
     "Patient identifier"),
    ("a state of nobody", top(status="bogus"), "status: must be one of in-progress, completed, amended"),
    ("given up", top(status="entered-in-error"), "status: must be one of"),
    ("a moment that does not exist", top(authored="2026-02-30T10:00:00Z"), "authored: must be a moment"),
    ("a moment without a zone", top(authored="2026-03-10T10:00:00"), "authored: must be a moment"),
    ("an element nobody reads", top(text={"div": "x"}), "text: is not an element this program reads"),
    ("a modifier", top(modifierExtension=[{"url": "urn:not"}]), "modifierExtension: is not an element"),
    ("items that are no list", top(item={}), "item: must be a list"),
    ("an item that is no object", lambda made: made["item"].append("G11"),
     "an item without a name: there is no"),
    ("a question nobody asked", added("health", "Z99", {"valueCoding": YES}),
     "Z99: there is no such question"),
    ("a question of long name", added("health", "Z" * 99),
     "an item without a name: there is no such question"),
    ("the same question twice", added("health", "G11", {"valueCoding": YES}), "G11: stands more than once"),
    ("under another group", moved("G11", "identity"), "G11: stands under identity, but belongs under health"),
    ("a part without its whole", moved("G16.on", "health"),
     "G16.on: stands under health, but belongs under G16-and"),
    ("a part under another whole", moved("G16.on", "G14-and-parts"),
     "G16.on: stands under G14-and-parts, but"),
    ("a group within a group", moved("health", "identity"),
     "health: stands under identity, but belongs under noth"),
    ("a group with an answer", item("health", answer=[{"valueCoding": YES}]),
     "health: answer does not belong"),
    ("a group of another title", item("health", text="Wealth"), "health: has another title"),
    ("an empty group", item("health", item=[]), "health: must be a list with at least one item"),
    ("a question with items", item("G11", item=[]), "G11: item does not belong in a question"),
    ("an answer with items", item("G11", answer=[{"valueCoding": YES, "item": []}]),
     "G11: must be answered with"),
    ("a question in other words", item("G11", text="Are you well?"), "G11: was asked in other words"),
    ("a question with an extension", item("G11", extension=[{"url": "urn:x"}]),
     "G11: extension does not belong"),
    ("no answer", item("G11", answer=[]), "G11: has no answer"),
    ("two answers", item("G11", answer=[{"valueCoding": YES}] * 2), "G11: has more than one answer"),
    ("another type", item("G11", answer=[{"valueBoolean": True}]), "G11: must be answered with valueCoding"),
    ("two types", item("G11", answer=[{"valueCoding": YES, "valueString": "x"}]),
     "G11: must be answered with"),
    ("a bare word", item("G11", answer=["yes"]), "G11: must be answered with valueCoding"),
    ("a text for a day", item("G16.on", answer=[{"valueString": "2026-01-10"}]),
     "G16.on: must be answered with"),
    ("a day that does not exist", item("G16.on", answer=[{"valueDate": "2026-02-30"}]),
     "G16.on: must be a date"),
    ("half a day", item("G16.on", answer=[{"valueDate": "2026-01"}]), "G16.on: must be a date that exists"),
    ("a day as a number", item("G16.on", answer=[{"valueDate": 20260110}]),
     "G16.on: valueDate has a value of"),
    ("a number with a fraction", item("G09", answer=[{"valueInteger": 2.5}]),
     "G09: valueInteger has a value of"),
    ("yes for a number", item("G09", answer=[{"valueInteger": True}]), "G09: valueInteger has a value of"),
    ("less than none", item("G09", answer=[{"valueInteger": -2}]), "G09: must be a whole number, 0"),
    ("a code of nobody", item("G11", answer=[{"valueCoding": {**YES, "code": "perhaps"}}]),
     "G11: perhaps is not"),
    ("a code of another system", item("G11", answer=[{"valueCoding": {**YES, "system": "urn:x"}}]),
     "G11: yes is not"),
    ("a code of another question", item("G11", answer=[latex()]), "G11: G25.latex is not among the answers"),
    ("not known where it is not offered", item("G01", answer=[{"valueCoding": {**YES, "code": "unknown"}}]),
     "G01: unknown is not among the answers offered"),
    ("a code in other words", item("G11", answer=[{"valueCoding": {**YES, "display": "No"}}]),
     "G11: yes is shown in"),
    ("a code with more", item("G11", answer=[{"valueCoding": {**YES, "version": "9"}}]),
     "G11: valueCoding holds more"),
    ("the same choice twice", item("G25", answer=[latex(), latex()]), "G25: has the same answer twice"),
    ("none and something", item("G25", answer=[latex(), NONE]), "G25: says none or not known beside"),
    ("absent for no reason", item("G16.on", answer=[{"_valueDate": {"extension": []}}]),
     "G16.on: has no value and"),
    ("absent for another reason", item("G16.on", answer=[{"_valueDate": {"extension": [
        {"url": ABSENT, "valueCode": "masked"}]}}]), "G16.on: has no value and no reason"),
    ("a day that cannot be none", item("G16.on", answer=[{"_valueDate": {"extension": [
        {"url": ABSENT, "valueCode": "not-applicable"}]}}]), "G16.on: must be a date"),
    ("hidden by another answer", item("G16", answer=[{"valueCoding": {**YES, "code": "no",
     "display": "No"}}]),
     "G16.on: is answered, but not asked"),
    ("for another product", lambda made: made["item"].append({"linkId": "biostimulator", "item": [
        {"linkId": "B01", "answer": [{"valueCoding": YES}]}]}), "B01: is answered, but not asked"),
    ("complete with a gap", lambda made: told.find(made, "health")["item"].remove(told.find(made, "G11")),
     "G11: is asked and not answered, but the status says complete"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "message"), [each[1:] for each in FORGED], ids=[each[0] for each in FORGED]
)
def test_it_works(change: Callable[[Json], None], message: str) -> None:
    forged = copy.deepcopy(WHOLE)
    change(forged)
    assert forged != WHOLE
    with pytest.raises(Refused) as refused:
        request_of(json.loads(json.dumps(forged)), known.body_of)
    assert any(message in each for each in refused.value.messages), refused.value.messages


def test_what_was_forged_is_taken_as_it_was() -> None:
    source, back = request_of(WHOLE, known.body_of)
    assert source["version"] == int(WHOLE["questionnaire"].rpartition("|")[2])
    assert (back["answers"]["G16.on"], back["answers"]["G25"]) == ("2026-01-10", ["latex", "iodine"])


@pytest.mark.parametrize("data", [None, [], "x", 7, {}, {"resourceType": "QuestionnaireResponse"}])
def test_what_is_no_response_at_all_is_refused(data: Json) -> None:
    with pytest.raises(Refused):
        request_of(data, known.body_of)


def test_what_is_in_progress_may_have_gaps_and_a_server_may_add_its_own_id() -> None:
    made = told.written(request(answers={"G11": "no"}))
    assert request_of({**made, "id": "7", "meta": {"versionId": "1"}}, known.body_of)[1]["answers"] == {
        "G11": "no"
    }


def test_many_faults_are_told_and_the_line_stays_short() -> None:
    forged = copy.deepcopy(WHOLE)
    for each, _ in told.walk(forged):
        each["text"] = "Other words"
    with pytest.raises(Refused) as refused:
        request_of(forged, known.body_of)
    assert len(refused.value.messages) > SHOWN_AT_ONCE
    assert str(refused.value).endswith(f"; and {len(refused.value.messages) - SHOWN_AT_ONCE} more")
