"""What the sheets say, against the emergency's own signs, the area file, and a reader of about twelve."""

import re
from typing import Any

import pytest

from safety.aftercare import rules
from safety.aftercare.rules import Injected
from safety.protocols import wording
from safety.protocols.areas import areas
from tests.protocols.signing import newest

Json = dict[str, Any]
EXAMINED_BY_STAFF = {"S3"}  # refill is measured, no patient sees it
LONGEST, AVERAGE, GRADE = 24, 12, 7.0  # words of a sentence; US school grade 7 is about age 12


def body(name: str = "aftercare") -> Json:
    return newest(name).body


def given(product_class: str = "ha_filler", brand: str = "juvederm", *groups: str) -> Injected:
    return Injected(product_class, "Product", brand, "L1", "Somewhere", frozenset(groups))


def test_it_works() -> None:
    (part,) = rules.parts(body(), "en", [given("ha_filler", "juvederm", "lips")], True)
    assert part["products"] == [{"product": "Product", "lot": "L1", "area": "Somewhere"}]
    assert any("cool pack is fine" in line for line in part["do"])
    assert any("settles in 2 weeks" in line for line in part["expect"])


@pytest.mark.parametrize(
    ("only", "injected", "normal", "found"),
    [
        ({}, given(), False, True),
        ({"refill": "normal"}, given(), True, True),
        ({"refill": "normal"}, given(), False, False),
        ({"refill": "not_normal"}, given(), True, False),
        ({"groups": ["lips"]}, given("ha_filler", "x", "lips", "perioral"), True, True),
        ({"groups": ["lips"]}, given("ha_filler", "x", "cheek"), True, False),
        ({"not_groups": ["lips"]}, given("ha_filler", "x", "lips"), True, False),
        ({"not_groups": ["lips"]}, given("ha_filler", "x", "cheek"), True, True),
        ({"brands": ["sculptra"]}, given("biostimulator", "Sculptra"), True, True),
        ({"brands": ["sculptra"]}, given("biostimulator", "Radiesse"), True, False),
        ({"not_brands": ["sculptra"]}, given("biostimulator", "Sculptra"), True, False),
    ],
)
def test_a_sentence_stands_where_it_belongs(
    only: Json, injected: Injected, normal: bool, found: bool
) -> None:
    assert rules.holds(only, [injected], normal) is found


def test_every_sheet_of_a_filler_keeps_both_sides_of_the_rule_on_ice() -> None:
    for cls, brand in (("ha_filler", "x"), ("biostimulator", "radiesse")):
        for normal in (True, False):
            (part,) = rules.parts(body(), "en", [given(cls, brand, "cheek")], normal)
            said = " ".join(part["do"])
            assert ("cool pack is fine" in said, "No ice" in said) == (normal, not normal)
            assert "If that happens, no ice." in part["then"]


def test_massage_is_for_one_material_alone() -> None:
    def said(brand: str) -> str:
        return " ".join(rules.parts(body(), "en", [given("biostimulator", brand)], False)[0]["do"])

    assert "Massage the area for 5 minutes, 5 times a day, for 5 days." in said("Sculptra")
    assert "Do not press" not in said("Sculptra")
    assert "Massage" not in said("Radiesse")
    assert "Do not press" in said("Radiesse")


@pytest.mark.parametrize("product_class", ["ha_filler", "biostimulator"])
def test_warning_signs_are_the_emergencys_own(product_class: str) -> None:
    """Each sign a patient can see is on the sheet, in the words of the emergency's safety advice."""
    emergency = body("vascular_occlusion")
    sheet = next(one for one in body()["sheets"] if one["product_class"] == product_class)
    signs = {sign for line in sheet["call"] for sign in line["signs"]}
    assert signs == {one["id"] for one in emergency["signs"]} - EXAMINED_BY_STAFF
    advice = {one["id"]: one["text"] for one in emergency["safety_net"]}
    listed = advice["safety.call"].partition(":")[2].strip(" .").split("; ")
    said = [line["text"] for line in sheet["call"]]
    assert [one.casefold() for one in said[: len(listed)]] == [one.casefold() for one in listed]
    assert advice["safety.no_ice"] in [line["text"] for line in sheet["then"]]
    assert advice["safety.sight"].partition(":")[0] in [line["text"] for line in sheet["ambulance"]]


def test_groups_are_those_of_the_area_file() -> None:
    known = {group for area in areas().areas.values() for group in area.groups}
    for sheet in body()["sheets"]:
        for line in [line for name in rules.LISTS for line in sheet.get(name, [])]:
            only = line.get("only", {})
            assert set(only.get("groups", [])) | set(only.get("not_groups", [])) <= known, line


@pytest.mark.parametrize("protocol_id", ["aftercare", "consent"])
def test_a_reader_of_about_twelve_understands_it(protocol_id: str) -> None:
    """Short sentences, short words: Flesch-Kincaid grade of the whole, and no sentence that runs on."""
    told = [one for line in wording.sentences(body(protocol_id), "en") for one in sentences(line)]
    too_long = [one for one in told if len(one.split()) > LONGEST]
    assert not too_long
    words = [word for one in told for word in re.findall(r"[A-Za-z']+", one)]
    average, syllables = len(words) / len(told), sum(map(syllables_of, words)) / len(words)
    assert average <= AVERAGE
    assert 0.39 * average + 11.8 * syllables - 15.59 <= GRADE


def test_the_measure_tells_hard_from_easy() -> None:
    hard = "Vascular occlusion necessitates immediate administration of hyaluronidase intradermally"
    words = hard.split()
    assert 0.39 * len(words) + 11.8 * sum(map(syllables_of, words)) / len(words) - 15.59 > 2 * GRADE


def sentences(text: str) -> list[str]:
    return [one for one in re.split(r"(?<=[.:?!])\s+", text) if one]


def syllables_of(word: str) -> int:
    """Groups of vowels, without a silent e at the end."""
    plain = re.sub(r"(?<=[^aeiouy])e\b", "", word.lower())
    return max(1, len(re.findall(r"[aeiouy]+", plain)))
