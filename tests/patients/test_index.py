import pytest
from flask import Flask

from tests.factories import Cast
from tests.page import Visitor
from tests.patients.people import add_patient

pytestmark = pytest.mark.usefixtures("app")


def names(nora: Visitor, text: str) -> list[str]:
    page = nora.get("/patients").submit("Search", text=text)
    return [node.text for node in page.find_all("span") if node.get("class") == "row-title"]


def test_it_works(app: Flask, cast: Cast, nora: Visitor) -> None:
    add_patient(app, cast, "Grace", "Moreau")
    page = nora.get("/patients")
    assert page.h1 == "Patients"
    assert "Grace Moreau" in page.text
    assert "Born 12 Mar 1991" in page.text


def test_part_of_a_name_finds(app: Flask, cast: Cast, nora: Visitor) -> None:
    add_patient(app, cast, "Zoë", "O’Neill")
    add_patient(app, cast, "Tobias", "Lund", "1985-07-01")
    assert names(nora, "zoe") == ["Zoë O’Neill"]
    assert names(nora, "NEILL z") == ["Zoë O’Neill"]
    assert names(nora, "lun") == ["Tobias Lund"]


def test_a_birth_date_finds(app: Flask, cast: Cast, nora: Visitor) -> None:
    add_patient(app, cast, "Tobias", "Lund", "1985-07-01")
    assert names(nora, "1 7 1985") == ["Tobias Lund"]
    assert names(nora, "2 7 1985") == []


def test_wildcards_are_letters_like_any_other(app: Flask, cast: Cast, nora: Visitor) -> None:
    add_patient(app, cast, "Grace", "Moreau")
    assert names(nora, "%or%") == ["Grace Moreau"]  # folded to "or"
    assert names(nora, "_____x") == []


def test_nobody_found_offers_to_add(nora: Visitor) -> None:
    page = nora.get("/patients").submit("Search", text="nobody")
    assert "Nobody found" in page.text
    assert page.has("a", text="Add a patient")


def test_an_empty_search_says_what_to_type(nora: Visitor) -> None:
    page = nora.get("/patients").submit("Search", status=422, text="  ")
    assert page.errors == ["Error: Enter part of the name, or the date of birth"]


def test_the_words_typed_stay_out_of_the_address(app: Flask, cast: Cast, nora: Visitor) -> None:
    add_patient(app, cast, "Grace", "Moreau")
    page = nora.get("/patients").submit("Search", text="moreau")
    assert page.response.request.query_string == b""
    assert page.form("Search").get("method") == "post"


def test_a_search_without_the_token_is_refused(app: Flask, nora: Visitor) -> None:
    assert nora.client.post("/patients", data={"text": "moreau"}).status_code == 400


def test_another_clinic_finds_nobody(app: Flask, cast: Cast, eve: Visitor) -> None:
    add_patient(app, cast, "Grace", "Moreau")
    assert names(eve, "moreau") == []
    assert "Moreau" not in eve.get("/patients").text


def test_administrators_do_not_see_patients(ada: Visitor) -> None:
    ada.get("/patients", status=403)
