import re
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from safety.db import db
from safety.screening.models import Answer, Screening
from tests.factories import Cast, arranging, looking
from tests.page import Page, Visitor
from tests.screening import people


def rows(app: Flask, question: str | None = None) -> list[tuple[str, Any, str | None]]:
    """Every answer row in the order given: question, value, what was said."""
    wanted = sa.select(Answer).order_by(Answer.position)
    with looking(app):
        found = [(row.question, row.value, row.said) for row in db.session.scalars(wanted)]
    return [row for row in found if question in (None, row[0])]


def change(page: Page, value: str, reason: str = "Mis-tap") -> Page:
    """Answer, and say why where the page asks for it."""
    why: dict[str, Any] = {"reason": reason} if page.has("input", name="reason") else {}
    return page.submit("Save and continue", value=value, **why)


def test_it_works(app: Flask, cast: Cast, nora: Visitor) -> None:
    screening_id = people.start(app, cast)
    page = nora.get(f"/screenings/{screening_id}/q/G06")
    assert page.h1.startswith("Do you feel pressed")
    assert re.search(r"Screening, question \d+ of \d+", page.text)
    assert [node.text for node in page.find_all("label") if node.get("class") == "choice"] == [
        "No", "Yes", "Not known",
    ]  # fmt: skip
    following = page.submit("Save and continue", value="no")
    assert following.url.endswith("/q/G07")
    assert rows(app) == [("G06", "no", None)]


def test_nothing_is_preselected(app: Flask, cast: Cast, nora: Visitor) -> None:
    page = nora.get(f"/screenings/{people.start(app, cast)}/q/G06")
    assert not page.has("input", checked=True)


def test_an_answer_given_before_is_shown_again(app: Flask, cast: Cast, nora: Visitor) -> None:
    screening_id = people.start(app, cast)
    nora.get(f"/screenings/{screening_id}/q/G06").submit(
        "Save and continue", value="yes", said_yes="A deal ends"
    )
    page = nora.get(f"/screenings/{screening_id}/q/G06")
    assert page.find("input", checked=True)["value"] == "yes"
    assert page.find("textarea", name="said_yes").raw.strip() == "A deal ends"


def test_without_an_answer_it_asks_for_one_and_keeps_nothing(app: Flask, cast: Cast, nora: Visitor) -> None:
    page = nora.get(f"/screenings/{people.start(app, cast)}/q/G06").submit("Save and continue", status=422)
    assert page.errors == ["Error: Select no, yes or not known"]
    assert page.title.startswith("Error:")
    assert rows(app) == []


def test_what_is_said_belongs_to_the_row_that_was_chosen(app: Flask, cast: Cast, nora: Visitor) -> None:
    page = nora.get(f"/screenings/{people.start(app, cast)}/q/G06")
    page.submit("Save and continue", value="unknown", said_yes="not this", said_unknown="Not sure")
    assert rows(app) == [("G06", "unknown", "Not sure")]


def test_each_row_tells_what_it_would_raise(app: Flask, cast: Cast, nora: Visitor) -> None:
    page = nora.get(f"/screenings/{people.start(app, cast)}/q/G22")
    told = [
        node.text for node in page.find_all("div", role="status") if node.get("class", "").startswith("flag")
    ]
    assert len(told) == 3
    assert told[0].startswith("Go on with care")
    assert "Prescriber must decide before treatment" in told[1]
    assert "“Not known” counts as “Yes, the whole body”" in told[2]


def test_the_flag_of_an_open_unknown_says_that_it_does_not_clear(
    app: Flask, cast: Cast, nora: Visitor
) -> None:
    page = nora.get(f"/screenings/{people.start(app, cast)}/q/G11")
    assert "“Not known” does not clear this question" in page.text


def test_changing_an_answer_keeps_the_old_row(app: Flask, cast: Cast, nora: Visitor) -> None:
    url = f"/screenings/{people.start(app, cast)}/q/G06"
    for value in ("no", "yes", "yes", "no"):
        change(nora.get(url), value)
    assert [value for _, value, _ in rows(app)] == ["no", "yes", "no"]


def test_a_hidden_part_counts_for_nothing_any_more(app: Flask, cast: Cast, nora: Visitor) -> None:
    base = f"/screenings/{people.start(app, cast)}/q"
    nora.get(f"{base}/G14").submit("Save and continue", value="yes")
    nora.get(f"{base}/G14.active").submit("Save and continue", value="yes")
    change(nora.get(f"{base}/G14"), "no")
    assert rows(app, "G14.active") == [("G14.active", "yes", None), ("G14.active", None, None)]
    nora.get(f"{base}/G14.active", status=404)


def test_a_part_comes_right_after_its_question(app: Flask, cast: Cast, nora: Visitor) -> None:
    page = nora.get(f"/screenings/{people.start(app, cast)}/q/G14").submit("Save and continue", value="yes")
    assert page.url.endswith("/q/G14.active")


@pytest.mark.parametrize(
    ("question", "fields", "value"),
    [
        ("G40", {"value": ["warfarin", "aspirin"]}, ["warfarin", "aspirin"]),
        ("G40", {"value": "none"}, []),
        ("G40", {"value": "unknown"}, "unknown"),
        ("G09", {"value": "3"}, 3),
        ("G09", {"value": "0"}, 0),
        ("G05", {"value": "teaching"}, "teaching"),
        ("G01", {"value": "yes"}, "yes"),
    ],
)
def test_each_kind_of_question_keeps_its_answer(
    app: Flask, cast: Cast, nora: Visitor, question: str, fields: dict[str, Any], value: Any
) -> None:
    page = nora.get(f"/screenings/{people.start(app, cast)}/q/{question}")
    page.submit("Save and continue", status=200, **fields)
    assert rows(app) == [(question, value, None)]
    shown = nora.get(page.url)
    assert shown.status == 200


@pytest.mark.parametrize(
    ("fields", "value"),
    [
        ({"value-day": "1", "value-month": "11", "value-year": "2026"}, "2026-11-01"),
        ({"instead": "unknown"}, "unknown"),
    ],
)
def test_a_date_or_that_it_is_not_known(
    app: Flask, cast: Cast, nora: Visitor, fields: dict[str, str], value: str
) -> None:
    base = f"/screenings/{people.start(app, cast)}/q"
    nora.get(f"{base}/G16").submit("Save and continue", value="yes")
    nora.get(f"{base}/G16.on").submit("Save and continue", status=200, **fields)
    assert rows(app, "G16.on") == [("G16.on", value, None)]
    nora.get(f"{base}/G16.on")


@pytest.mark.parametrize(
    ("question", "fields", "message"),
    [
        ("G40", {}, "Choose all that apply, or none of these"),
        ("G40", {"value": ["none", "aspirin"]}, "stand alone"),
        ("G40", {"value": ["unknown", "none"]}, "stand alone"),
        ("G09", {"value": ""}, "Enter a number, or choose “Not known”"),
        ("G09", {"value": "3.5"}, "Enter a whole number in digits"),
        ("G09", {"value": "-1"}, "Enter a whole number in digits"),
        ("G09", {"value": "٣"}, "Enter a whole number in digits"),
        ("G09", {"value": "99999999999"}, "Use a whole number up to 9999"),
        ("G09", {"value": "3", "instead": "unknown"}, "not both"),
        ("G05", {}, "Select one answer"),
    ],
)
def test_wrong_answers_are_named_at_the_field_and_nothing_is_kept(
    app: Flask, cast: Cast, nora: Visitor, question: str, fields: dict[str, Any], message: str
) -> None:
    page = nora.get(f"/screenings/{people.start(app, cast)}/q/{question}")
    again = page.submit("Save and continue", status=422, **fields)
    assert any(message in error for error in again.errors), again.errors
    assert rows(app) == []


@pytest.mark.parametrize(
    ("question", "fields"),
    [
        ("G06", {"value": "maybe"}),
        ("G40", {"value": "poison"}),
        ("G01", {"value": "unknown"}),
        ("G22", {"value": "yes"}),
    ],
)
def test_forged_answers_are_refused(
    app: Flask, cast: Cast, nora: Visitor, question: str, fields: dict[str, str]
) -> None:
    nora.post(f"/screenings/{people.start(app, cast)}/q/{question}", fields, status=422)
    assert rows(app) == []


def test_a_number_that_is_needed_is_not_called_optional(app: Flask, cast: Cast, nora: Visitor) -> None:
    page = nora.get(f"/screenings/{people.start(app, cast)}/q/G09")
    assert page.h1.endswith("in the last 12 months?")


def test_a_question_not_asked_is_not_there(app: Flask, cast: Cast, nora: Visitor) -> None:
    screening_id = people.start(app, cast)
    for question in ("T01", "G14.active", "F09", "Z99", "G06'"):
        nora.post(f"/screenings/{screening_id}/q/{question}", {"value": "yes"}, status=404)
    assert rows(app) == []


def test_saving_while_answering(app: Flask, cast: Cast, nora: Visitor) -> None:
    url = f"/screenings/{people.start(app, cast)}/q/G06/save"
    kept = nora.client.post(url, data={"csrf_token": nora.csrf(), "value": "yes", "said_yes": "A deal"})
    assert kept.json == {"saved": True}
    refused = nora.client.post(url, data={"csrf_token": nora.csrf(), "value": ""})
    assert (refused.status_code, (refused.json or {})["saved"]) == (422, False)
    assert rows(app) == [("G06", "yes", "A deal")]


def test_the_flag_is_asked_without_keeping_anything(app: Flask, cast: Cast, nora: Visitor) -> None:
    url = f"/screenings/{people.start(app, cast)}/q/G40/flag"
    told = nora.client.post(url, data={"csrf_token": nora.csrf(), "value": ["warfarin"]})
    assert "Prescriber must decide before treatment" in told.text
    quiet = nora.client.post(url, data={"csrf_token": nora.csrf(), "value": ["none"]})
    assert quiet.text.strip() == ""
    assert rows(app) == []


def test_pausing_keeps_the_answer_and_leads_to_the_patient(app: Flask, cast: Cast, nora: Visitor) -> None:
    screening_id = people.start(app, cast)
    page = nora.get(f"/screenings/{screening_id}/q/G06").submit("Pause screening", value="no")
    assert page.h1 == "Patient record"
    assert "Paused" in page.text
    assert rows(app) == [("G06", "no", None)]


def test_pausing_without_an_answer_is_fine(app: Flask, cast: Cast, nora: Visitor) -> None:
    nora.get(f"/screenings/{people.start(app, cast)}/q/G06").submit("Pause screening")
    assert rows(app) == []


def test_resuming_opens_the_first_open_question(app: Flask, cast: Cast, nora: Visitor) -> None:
    screening_id = people.start(app, cast)
    assert nora.get(f"/screenings/{screening_id}").url.endswith("/q/G01")
    nora.get(f"/screenings/{screening_id}/q/G01").submit("Save and continue", value="yes")
    assert nora.get(f"/screenings/{screening_id}").url.endswith("/q/G02")


def test_change_links_return_to_the_check_page(app: Flask, cast: Cast, nora: Visitor) -> None:
    screening_id = people.start(app, cast)
    page = nora.get(f"/screenings/{screening_id}/q/G06?back=check")
    assert page.submit("Save and continue", value="no").url.endswith("/check")


def test_a_change_that_opens_a_part_asks_it_before_returning(app: Flask, cast: Cast, nora: Visitor) -> None:
    screening_id = people.start(app, cast)
    page = nora.get(f"/screenings/{screening_id}/q/G14?back=check").submit("Save and continue", value="yes")
    assert page.url.endswith("/q/G14.active")
    assert page.submit("Save and continue", value="no").url.endswith("/check")


def test_another_day_answers_nothing(app: Flask, cast: Cast, nora: Visitor) -> None:
    screening_id = people.start(app, cast)
    with arranging(app, cast["nora"].actor):
        db.session.get_one(Screening, screening_id).on = people.yesterday()
    assert nora.get(f"/screenings/{screening_id}/q/G06").url.endswith("/verdict")
    nora.post(f"/screenings/{screening_id}/q/G06/save", {"value": "no"}, status=409)
    assert rows(app) == []


def test_after_a_verdict_answers_are_not_edited(app: Flask, cast: Cast, nora: Visitor) -> None:
    screening_id = people.screened(app, cast)
    before = rows(app)
    assert nora.get(f"/screenings/{screening_id}/q/G06").url.endswith("/verdict")
    page: Page = nora.post(f"/screenings/{screening_id}/q/G06/save", {"value": "yes"}, status=409)
    assert "The verdict stands" in page.text
    assert rows(app) == before


def test_another_clinic_gets_404(app: Flask, cast: Cast, eve: Visitor) -> None:
    screening_id = people.start(app, cast)
    eve.get(f"/screenings/{screening_id}", status=404)
    eve.get(f"/screenings/{screening_id}/q/G06", status=404)
    eve.post(f"/screenings/{screening_id}/q/G06", {"value": "no"}, status=404)
    eve.post(f"/screenings/{screening_id}/q/G06/save", {"value": "no"}, status=404)
    assert rows(app) == []


def test_without_the_token_nothing_is_kept(app: Flask, cast: Cast, nora: Visitor) -> None:
    screening_id = people.start(app, cast)
    answer = nora.client.post(f"/screenings/{screening_id}/q/G06", data={"value": "no"})
    assert answer.status_code == 400
    assert rows(app) == []


def test_officers_and_administrators_do_not_screen(
    app: Flask, cast: Cast, sam: Visitor, ada: Visitor
) -> None:
    screening_id = people.start(app, cast)
    for visitor in (sam, ada):
        visitor.get(f"/screenings/{screening_id}/q/G06", status=403)


def test_a_screening_somebody_else_began_says_whose_it_is(
    app: Flask, cast: Cast, nora: Visitor, okafor: Visitor
) -> None:
    """Another person, another tablet: the answers are there, and each names who gave it."""
    base = f"/screenings/{people.start(app, cast)}"
    assert "Begun by" not in nora.get(f"{base}/q/G06").submit("Save and continue", value="no").text
    page = okafor.get(f"{base}/q/G06")
    assert "Begun by Nora Quinn" in page.text
    assert page.find("input", name="value", checked=True)["value"] == "no"
    okafor.get(f"{base}/q/G07").submit("Save and continue", value="realistic")
    with looking(app):
        by = db.session.execute(sa.select(Answer.question, Answer.answered_by)).all()
    assert [tuple(row) for row in by] == [("G06", cast["nora"].id), ("G07", cast["okafor"].id)]


def test_words_too_long_are_named_at_the_field(app: Flask, cast: Cast, nora: Visitor) -> None:
    page = nora.get(f"/screenings/{people.start(app, cast)}/q/G06")
    long = page.submit("Save and continue", status=422, value="yes", said_yes="x" * 1000)
    assert long.errors == ["Error: Use 480 characters or fewer"]
    assert rows(app) == []


def test_a_script_is_only_words(app: Flask, cast: Cast, nora: Visitor) -> None:
    url = f"/screenings/{people.start(app, cast)}/q/G06"
    nora.get(url).submit("Save and continue", value="yes", said_yes="<script>alert(1)</script>")
    assert "<script>alert" not in nora.get(url).html
    nora.post(url, {"value": "<script>"}, status=422)
