import sqlalchemy as sa
from flask import Flask

from safety.db import db
from safety.screening.models import Assessment, Screening
from tests.factories import Cast, arranging, looking
from tests.page import Visitor
from tests.screening import people


def assessments(app: Flask) -> list[str]:
    with looking(app):
        return list(db.session.scalars(sa.select(Assessment.outcome).order_by(Assessment.made_at)))


def test_it_works(app: Flask, cast: Cast, nora: Visitor) -> None:
    screening_id = people.start(app, cast)
    people.answer(app, cast, screening_id, people.well())
    page = nora.get(f"/screenings/{screening_id}/check")
    assert page.h1 == "Check the answers"
    assert page.submit("Get verdict").h1 == "Screening verdict"
    assert assessments(app) == ["clear"]


def test_what_is_open_stands_first_then_what_was_raised(app: Flask, cast: Cast, nora: Visitor) -> None:
    screening_id = people.start(app, cast)
    answers = people.well(G22="whole_body")
    del answers["G32"]
    people.answer(app, cast, screening_id, answers)
    page = nora.get(f"/screenings/{screening_id}/check")
    headings = [node.text for node in page.find_all("h2")]
    assert headings[:2] == ["Still to answer", "Raised by an answer"]
    assert page.has("a", text="Answer: Did you drink alcohol")
    assert page.has("a", text="Change: Has a bee or wasp sting")


def test_change_leads_to_the_question_and_back(app: Flask, cast: Cast, nora: Visitor) -> None:
    screening_id = people.start(app, cast)
    people.answer(app, cast, screening_id, people.well())
    page = nora.get(f"/screenings/{screening_id}/check").click("Change: Did you drink alcohol")
    assert page.submit("Save and continue", value="yes", reason="Mis-tap").url.endswith("/check")


def test_an_open_answer_is_no_verdict(app: Flask, cast: Cast, nora: Visitor) -> None:
    screening_id = people.start(app, cast)
    page = nora.get(f"/screenings/{screening_id}/check").submit("Get verdict")
    assert "Not complete" in page.text
    assert assessments(app) == ["incomplete"]
    again = page.click("Answer: Have you seen photo ID")
    assert again.submit("Save and continue", value="yes").url.endswith("/check")


def test_a_verdict_is_not_asked_for_twice(app: Flask, cast: Cast, nora: Visitor) -> None:
    screening_id = people.screened(app, cast)
    nora.post(f"/screenings/{screening_id}/check", {})
    assert assessments(app) == ["clear"]


def test_another_day_gives_no_verdict(app: Flask, cast: Cast, nora: Visitor) -> None:
    screening_id = people.start(app, cast)
    people.answer(app, cast, screening_id, people.well())
    with arranging(app, cast["nora"].actor):
        db.session.get_one(Screening, screening_id).on = people.yesterday()
    page = nora.post(f"/screenings/{screening_id}/check", {})
    assert "Not valid any more" in page.text
    assert assessments(app) == []


def test_another_clinic_gets_404(app: Flask, cast: Cast, eve: Visitor) -> None:
    screening_id = people.start(app, cast)
    eve.get(f"/screenings/{screening_id}/check", status=404)
    eve.post(f"/screenings/{screening_id}/check", {}, status=404)
    assert assessments(app) == []
