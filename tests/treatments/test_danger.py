"""Danger areas of a plan stand on its pages before the start, with their vessels and what they ask for."""

import pytest
from flask import Flask

from safety.clinic.models import Clinic, Jurisdiction
from safety.db import db
from safety.protocols.areas import areas
from safety.stock.models import ProductClass
from safety.treatments import danger
from tests.factories import Cast, arranging, looking
from tests.page import Visitor
from tests.patients.people import add_patient
from tests.stock.shelf import FILLER, add_product, put
from tests.treatments.visits import plan


def test_it_works(app: Flask, cast: Cast, nora: Visitor) -> None:
    page = nora.get(f"/treatments/{plan(app, cast, areas=('nose', 'left_cheek'))}")
    assert "Danger areas" in page.text
    card = page.find("li", id="danger-nose").text
    for said in ("Nose", "Red", "dorsal nasal, lateral nasal, angular, columellar", "very high",
                 "Record ultrasound used (yes, no or why not)",
                 "Slow retrograde micro-aliquots"):  # fmt: skip
        assert said in card, said
    amber = page.find("li", id="danger-left_cheek").text
    assert "Amber" in amber
    assert "ultrasound" not in amber
    assert page.has("a", href="#danger-nose")
    link = page.find("a", href="#danger-nose")["aria-label"]
    assert link.startswith("Nose. Red. Vessels: dorsal nasal")


@pytest.mark.parametrize("tier", ["red", "amber_plus", "amber"])
def test_each_tier_has_a_word_and_a_reason(app: Flask, cast: Cast, tier: str) -> None:
    with looking(app, cast.clinic_id):
        named = [one.id for one in areas().areas.values() if one.tier == tier]
        found = danger.of(named, ProductClass.HA_FILLER, cast.clinic_id)
    assert {one.area.id for one in found} == set(named)
    assert {one.tier for one in found} == {areas().tiers[tier]}
    assert all(one.vessels and one.why for one in found)
    assert all(bool(one.duties) == (tier != "amber") for one in found)


def test_toxin_blocks_no_vessel(app: Flask, cast: Cast) -> None:
    with looking(app, cast.clinic_id):
        assert danger.of(["glabella"], ProductClass.TOXIN, cast.clinic_id) == []


@pytest.mark.parametrize(
    ("area", "off_label"),
    [("nose", True), ("glabella", True), ("forehead", True), ("left_tear_trough", True), ("lips", False)],
)
def test_off_label_is_said_in_the_united_states_alone(
    app: Flask, cast: Cast, area: str, off_label: bool
) -> None:
    with looking(app, cast.clinic_id):
        assert danger.of([area], ProductClass.HA_FILLER, cast.clinic_id)[0].off_label is None
    with arranging(app, cast["ada"].actor):
        db.session.get_one(Clinic, cast.clinic_id).jurisdiction = Jurisdiction.US
    with looking(app, cast.clinic_id):
        one = danger.of([area], ProductClass.HA_FILLER, cast.clinic_id)[0]
        assert bool(one.off_label) == off_label


def test_the_plan_page_says_it_beside_each_area(app: Flask, cast: Cast, nora: Visitor) -> None:
    put(app, cast, FILLER)
    page = nora.get(f"/patients/{add_patient(app, cast)}/treatments/new")
    page = page.submit("Continue", product=add_product(app, cast["nora"].actor, FILLER))
    nose = page.find("input", value="nose")
    hint = page.find("span", id=nose["aria-describedby"]).text
    assert hint.startswith("Red. Vessels: dorsal nasal, lateral nasal, angular, columellar. Risk to sight")
    assert page.has("path", **{"data-area": "nose"})
