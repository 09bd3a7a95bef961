"""The first page: on the first day two ways in, later one's own place."""

from flask import Flask

from tests.page import Visitor


def test_it_works(empty_app: Flask) -> None:
    page = Visitor(empty_app.test_client()).get("/")
    assert page.h1 == "Welcome to Reflow"
    assert page.has("a", text="Set up this clinic")
    assert page.has("button", text="Load the demonstration clinic")


def test_later_it_leads_to_ones_own_place(anyone: Visitor, tablet: Visitor, nora: Visitor) -> None:
    assert anyone.get("/").url == "/sign-in"
    assert tablet.get("/").url == "/switch"
    assert nora.get("/").url == "/today"


def test_later_it_tells_nothing(anyone: Visitor) -> None:
    page = anyone.get("/")
    for words in ("Harbour Street", "Welcome to Reflow", "demonstration"):
        assert words not in page.html
