"""The list of incidents."""

from flask import Flask

from tests.factories import Cast
from tests.incidents.runs import finished, incident_of
from tests.page import Visitor


def test_it_works(app: Flask, cast: Cast, sam: Visitor) -> None:
    incident_id = incident_of(app, cast, finished(app, cast).run)
    page = sam.get("/incidents")
    assert "Report to issue" in page.text
    assert page.has("a", href=f"/incidents/{incident_id}")


def test_numbers_go_up_within_the_year(app: Flask, cast: Cast, sam: Visitor) -> None:
    for _ in range(2):
        finished(app, cast)
    text = sam.get("/incidents").text
    assert "-001" in text
    assert "-002" in text


def test_with_none_it_says_so(sam: Visitor) -> None:
    assert "No incident yet" in sam.get("/incidents").text


def test_another_clinics_are_not_there(app: Flask, cast: Cast, eve: Visitor) -> None:
    finished(app, cast)
    assert "No incident yet" in eve.get("/incidents").text
