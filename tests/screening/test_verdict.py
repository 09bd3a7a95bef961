from flask import Flask

from tests.factories import Cast
from tests.page import Visitor
from tests.screening import people


def test_it_works(app: Flask, cast: Cast, nora: Visitor) -> None:
    page = nora.get(f"/screenings/{people.screened(app, cast)}/verdict")
    assert page.h1 == "Screening verdict"
    assert "Cleared" in page.text
