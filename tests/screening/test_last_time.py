"""A returning patient: each answer of last time is said to be still so, or asked anew."""

import re
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from safety.db import db
from safety.screening import asking
from safety.screening.models import Answer, Screening
from tests.factories import Cast, looking
from tests.page import Page, Visitor
from tests.screening import people


@pytest.fixture
def earlier(app: Flask, cast: Cast) -> str:
    """A screening with a verdict: this patient was stung before, and drank yesterday."""
    return people.screened(app, cast, G22="local", G35="yes")


@pytest.fixture
def new(nora: Visitor, earlier: str) -> str:
    """The screening that replaces it; returns its address."""
    page = nora.get(f"/screenings/{earlier}/verdict").submit("Screen again")
    return page.url.removesuffix("/last-time")


def kept(app: Flask, new: str) -> dict[str, tuple[object, str | None]]:
    with looking(app):
        wanted = sa.select(Answer).where(Answer.screening_id == new.rsplit("/", 1)[1])
        return {row.question: (row.value, row.confirmed_from) for row in db.session.scalars(wanted)}


def fields(page: Page, answer: str) -> dict[str, Any]:
    names = {node["name"] for node in page.main.all("input") if node.get("name").startswith("last_")}
    return dict.fromkeys(names, answer)


def through(page: Page, **but: str) -> tuple[Page, set[str]]:
    """Every group, all still so but for these; the page after the last, and what was offered."""
    offered: set[str] = set()
    while page.url.endswith("/last-time"):
        rows = fields(page, "still_so")
        offered |= set(rows)
        page = page.submit("Save and continue", **(rows | {k: v for k, v in but.items() if k in rows}))
    return page, {name.removeprefix("last_").replace("_", ".") for name in offered}


def test_it_works(app: Flask, nora: Visitor, earlier: str, new: str) -> None:
    page = nora.get(new)
    assert page.url == f"{new}/last-time"
    assert not page.main.all("input", checked=True)  # nothing is chosen beforehand
    assert re.search(r"Last time \(\d+ \w+ \d{4}\): No", page.text)
    following, offered = through(page, last_G35="changed")
    assert following.url.startswith(f"{new}/q/")
    answers = kept(app, new)
    assert answers["G22"] == ("local", earlier)
    assert "G35" in offered
    assert "G35" not in answers
    assert all(value is None or origin == earlier for value, origin in answers.values())


def test_one_group_a_page(nora: Visitor, new: str) -> None:
    page, titles = nora.get(new), []
    while page.url.endswith("/last-time"):
        titles.append(page.find("p", text="answers of").text)
        page = page.submit("Save and continue", **fields(page, "changed"))
    assert len(titles) == len(set(titles)) > 2
    assert page.url.endswith("/q/G01")


def test_nothing_is_taken_over_unsaid(app: Flask, nora: Visitor, new: str) -> None:
    page = nora.get(new)
    refused = page.submit("Save and continue", status=422)
    assert len(refused.errors) == len(fields(page, "x"))
    assert kept(app, new) == {}
    page.click("Ask everything anew")
    assert kept(app, new) == {}


def test_what_may_not_be_confirmed_is_not_offered(app: Flask, cast: Cast, nora: Visitor, new: str) -> None:
    _, names = through(nora.get(new))
    with looking(app, cast.clinic_id):
        screening = db.session.get_one(Screening, new.rsplit("/", 1)[1])
        asked = {one.id: one for one in asking.questions(screening, asking.values(screening.id))}
    assert names <= set(asked)  # what is hidden never appears
    for name in names:
        assert asked[name].asked_of == "patient"
        assert asked[name].group != "identity"
        assert asked[name].type in {"yn", "select", "multi"}
    assert not names & {"G01", "G02", "G03", "G04", "G05", "G06"}


def test_parts_come_up_only_under_what_is_still_so(app: Flask, cast: Cast, nora: Visitor) -> None:
    screening_id = people.screened(app, cast, None, "1991-03-12", **{"G26": "yes", "G26.flaring": "no"})
    page = nora.get(f"/screenings/{screening_id}/verdict").submit("Screen again")
    new = page.url.removesuffix("/last-time")
    while "last_G26" not in fields(page, "x"):
        page = page.submit("Save and continue", **fields(page, "changed"))
    assert "last_G26_flaring" not in fields(page, "x")
    page, names = through(page.submit("Save and continue", **fields(page, "still_so")))
    assert "G26.flaring" in names
    assert kept(app, new)["G26.flaring"] == ("no", screening_id)


def test_not_known_is_never_still_so(app: Flask, cast: Cast, nora: Visitor) -> None:
    screening_id = people.screened(app, cast, G22="unknown")
    _, names = through(nora.get(f"/screenings/{screening_id}/verdict").submit("Screen again"))
    assert names
    assert "G22" not in names


@pytest.mark.parametrize("answer", ["yes", "", "still_so; DROP", "STILL_SO"])
def test_a_made_up_answer_confirms_nothing(app: Flask, nora: Visitor, new: str, answer: str) -> None:
    page = nora.get(new)
    nora.post(f"{new}/last-time", dict(fields(page, answer)), status=422)
    assert kept(app, new) == {}


def test_a_new_patient_is_asked_everything(app: Flask, cast: Cast, nora: Visitor) -> None:
    screening_id = people.start(app, cast)
    assert nora.get(f"/screenings/{screening_id}").url.endswith("/q/G01")
    assert nora.get(f"/screenings/{screening_id}/last-time").url.endswith("/q/G01")


def test_another_clinic_gets_404(eve: Visitor, new: str) -> None:
    eve.get(f"{new}/last-time", status=404)
