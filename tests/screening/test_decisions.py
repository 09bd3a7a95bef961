from flask import Flask

from tests.factories import Cast
from tests.page import Visitor
from tests.screening import people


def test_it_works(app: Flask, cast: Cast, okafor: Visitor) -> None:
    screening_id = people.screened(app, cast, G22="whole_body")
    page = okafor.get("/decisions")
    assert "1 waiting" in page.text
    assert "Whole-body reaction to a sting" in page.text
    assert "minutes" in page.text
    assert page.has("a", href=f"/screenings/{screening_id}/decision")


def test_what_needs_no_prescriber_does_not_wait(app: Flask, cast: Cast, okafor: Visitor) -> None:
    people.screened(app, cast)
    people.screened(app, cast, G10="yes")
    people.start(app, cast)
    assert "Nobody is waiting" in okafor.get("/decisions").text


def test_another_clinic_sees_nobody(app: Flask, cast: Cast, signed_in: object) -> None:
    people.screened(app, cast, G22="whole_body")
    assert callable(signed_in)
    assert "Nobody is waiting" in signed_in("eve_prescriber").get("/decisions").text


def test_nurses_have_no_queue(nora: Visitor) -> None:
    nora.get("/decisions", status=403)
