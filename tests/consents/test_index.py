"""A patient's consents: what is in force, what the plan asks for, what a sentence costs to add."""

from flask import Flask

from tests.consents.hands import consent
from tests.consents.test_actions import KEYS, grace
from tests.factories import Cast
from tests.page import Visitor
from tests.stock.shelf import TOXIN
from tests.treatments.visits import plan


def test_it_works(app: Flask, cast: Cast, nora: Visitor, sam: Visitor) -> None:
    patient_id = grace(app, cast)
    page = nora.get(f"/patients/{patient_id}/consents")
    assert "Not approved here" in page.html
    assert page.text.count("Not signed") == 5
    consent(app, cast, patient_id, KEYS)
    assert nora.get(f"/patients/{patient_id}/consents").text.count("In force") == 3
    assert not sam.get(f"/patients/{patient_id}/consents").has("button", text="Hand the tablet")


def test_what_the_plan_asks_for_is_ticked(app: Flask, cast: Cast, nora: Visitor) -> None:
    patient_id = grace(app, cast)
    plan(app, cast, product=TOXIN, areas=("glabella",), amount=20, patient_id=patient_id)
    page = nora.get(f"/patients/{patient_id}/consents")
    ticked = [node["value"] for node in page.find_all("input", type="checkbox") if "checked" in node.attrs]
    assert ticked == ["toxin", "photos"]


def test_nothing_chosen_hands_over_nothing(app: Flask, cast: Cast, nora: Visitor) -> None:
    patient_id = grace(app, cast)
    page = nora.post(f"/patients/{patient_id}/consents", {}, 409)
    assert "Choose what the patient is to read" in page.text
    nora.get("/today")
