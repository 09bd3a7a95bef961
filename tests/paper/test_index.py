"""The cards to choose from."""

from flask import Flask

from safety.paper.rules import CARDS
from tests.factories import Cast
from tests.page import Visitor


def test_it_works(app: Flask, cast: Cast, ada: Visitor) -> None:
    page = ada.get("/paper")
    for card, title in CARDS.items():
        assert page.has("h2", text=title)
        assert page.has("a", href=f"/paper/{card}.pdf")
        assert page.has("a", href=f"/paper/{card}.pdf?sheet=letter")
    assert "No card hangs here" in page.text


def test_a_tablet_may_print_without_anybody_signed_in(tablet: Visitor) -> None:
    assert tablet.get("/paper").h1 == "Cards for the wall"
