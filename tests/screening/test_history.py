"""A change of an answer that was left keeps old, new, who, when and why; nothing is overwritten unseen."""

from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from safety.audit.models import AuditEntry, AuditPrivate
from safety.db import db
from safety.screening import history
from safety.screening.models import Answer, Screening
from tests.factories import Cast, looking
from tests.page import Page, Visitor
from tests.screening import people

ASK_WHY = "Say why the answer is changed"


def table(app: Flask, cast: Cast, screening_id: str) -> list[tuple[str | None, str, str | None, str]]:
    """Every change: before, after, why, by whom."""
    with looking(app, cast.clinic_id):
        found = history.changes(db.session.get_one(Screening, screening_id))
        return [(one.before, one.after, one.reason, one.by) for one in found]


def values(app: Flask) -> list[Any]:
    with looking(app):
        return list(db.session.scalars(sa.select(Answer.value).order_by(Answer.position)))


def autosave(nora: Visitor, page: Page, status: int = 200, **fields: str) -> Any:
    """What the page sends by itself while somebody chooses."""
    bound = {name: page.find("input", name=name)["value"] for name in ("visit", "seen")}
    answer = nora.client.post(f"{page.url}/save", data={"csrf_token": nora.csrf(), **bound, **fields})
    assert answer.status_code == status, answer.json
    return answer.json


@pytest.fixture
def url(app: Flask, cast: Cast) -> str:
    return f"/screenings/{people.start(app, cast)}/q/G06"


def test_it_works(app: Flask, cast: Cast, nora: Visitor, okafor: Visitor, url: str) -> None:
    """By Back, by coming back later, on a second device, by a program: a row each, and as many as edits."""
    screening_id = url.split("/")[2]
    nora.get(url).submit("Save and continue", value="no")
    nora.get(url).submit("Save and continue", value="yes", reason="Mis-tap")  # Back
    autosave(nora, nora.get(url), value="no", reason="Patient remembered")  # away and back again
    okafor.get(url).submit("Save and continue", value="yes", reason="other", reason_words="Asked again")
    nora.client.post(
        f"{url}/save", data={"csrf_token": nora.csrf(), "value": "unknown", "reason_words": "By a program"}
    )
    assert table(app, cast, screening_id) == [
        ("No", "Yes", "Mis-tap", "Nora Quinn"),
        ("Yes", "No", "Patient remembered", "Nora Quinn"),
        ("No", "Yes", "Asked again", "Dr Chidi Okafor"),
        ("Yes", "Not known", "By a program", "Nora Quinn"),
    ]
    page = nora.get(f"/screenings/{screening_id}/history")
    assert "4 changes" in page.text
    for word in ("Asked again", "Dr Chidi Okafor", "Patient remembered"):
        assert word in page.text


def test_without_a_reason_nothing_is_changed(app: Flask, nora: Visitor, url: str) -> None:
    nora.get(url).submit("Save and continue", value="no")
    page = nora.get(url)
    assert "Answered" in page.text
    assert "by Nora Quinn: No" in page.text
    again = page.submit("Save and continue", status=422, value="yes")
    assert again.errors == [f"Error: {ASK_WHY}"]
    told = nora.client.post(f"{url}/save", data={"csrf_token": nora.csrf(), "value": "yes"})
    assert (told.status_code, (told.json or {})["errors"]) == (422, {"reason": [ASK_WHY]})
    again.submit("Save and continue", status=422, value="yes", reason="other")
    assert values(app) == ["no"]


def test_choosing_on_the_same_visit_is_one_answer(app: Flask, cast: Cast, nora: Visitor, url: str) -> None:
    page = nora.get(url)
    for value in ("no", "yes", "unknown"):
        autosave(nora, page, value=value)
    page.submit("Save and continue", value="no")
    assert values(app) == ["no", "yes", "unknown", "no"]
    assert table(app, cast, url.split("/")[2]) == []
    edit = nora.get(url)
    autosave(nora, edit, value="yes", reason="Mis-tap")
    autosave(nora, edit, value="unknown", reason="Mis-tap")
    assert table(app, cast, url.split("/")[2]) == [("No", "Not known", "Mis-tap", "Nora Quinn")]


def test_what_was_said_is_part_of_the_answer(app: Flask, cast: Cast, nora: Visitor, url: str) -> None:
    nora.get(url).submit("Save and continue", value="yes", said_yes="By my sister")
    nora.get(url).submit("Save and continue", status=422, value="yes", said_yes="By nobody")
    nora.get(url).submit("Save and continue", value="yes", said_yes="By nobody", reason="Patient remembered")
    assert table(app, cast, url.split("/")[2])[0][:2] == ("Yes “By my sister”", "Yes “By nobody”")


def test_two_tablets_at_once_overwrite_nothing(
    app: Flask, cast: Cast, nora: Visitor, okafor: Visitor, url: str
) -> None:
    hers, his = nora.get(url), okafor.get(url)
    autosave(nora, hers, value="no")
    told = autosave(okafor, his, status=409, value="yes")
    assert (told["saved"], told["stands"]["value"], told["stands"]["by"]) == (False, "no", "Nora Quinn")
    both = his.submit("Save and continue", status=409, value="yes", said_yes="Ends today")
    assert "Nora Quinn" in both.text
    assert "Two answers to one question" in both.text
    assert both.find("input", name="value", checked=True)["value"] == "yes"
    assert values(app) == ["no"]
    both.submit("Save and continue", status=422, value="yes")
    both.submit("Save and continue", value="yes", reason="Patient corrected themself")
    assert autosave(nora, hers, status=409, value="unknown")["stands"]["value"] == "yes"
    assert table(app, cast, url.split("/")[2]) == [
        ("No", "Yes “Ends today”", "Patient corrected themself", "Dr Chidi Okafor")
    ]


def test_two_tablets_with_the_same_answer_agree(nora: Visitor, okafor: Visitor, url: str) -> None:
    hers, his = nora.get(url), okafor.get(url)
    autosave(nora, hers, value="no")
    his.submit("Save and continue", value="no")


def test_a_visit_of_somebody_else_is_another_visit(nora: Visitor, okafor: Visitor, url: str) -> None:
    page = nora.get(url)
    autosave(nora, page, value="no")
    autosave(okafor, page, status=409, value="yes")


def test_what_is_not_asked_any_more_is_named_as_such(app: Flask, cast: Cast, nora: Visitor, url: str) -> None:
    base = url.rpartition("/")[0]
    nora.get(f"{base}/G14").submit("Save and continue", value="yes")
    nora.get(f"{base}/G14.active").submit("Save and continue", value="yes")
    nora.get(f"{base}/G14").submit("Save and continue", value="no", reason="Mis-tap")
    assert table(app, cast, url.split("/")[2]) == [
        ("Yes", "No", "Mis-tap", "Nora Quinn"), ("Yes", "Not asked any more", None, "Nora Quinn"),
    ]  # fmt: skip


def test_the_reason_is_in_the_log_apart_from_its_facts(app: Flask, nora: Visitor, url: str) -> None:
    nora.get(url).submit("Save and continue", value="no")
    nora.get(url).submit("Save and continue", value="yes", reason="other", reason_words="Her sister told us")
    with looking(app):
        facts = db.session.scalars(sa.select(AuditEntry.body)).all()
        private = db.session.scalars(sa.select(AuditPrivate.body)).all()
    assert not any(b"Her sister" in bytes(body) for body in facts)
    assert any(b"Her sister" in bytes(body) for body in private)


def test_a_paused_screening_goes_on_with_the_same_answer(nora: Visitor, url: str) -> None:
    nora.get(url).submit("Save and continue", value="no")
    nora.post(url, value="no", go="pause")
    nora.get(url).submit("Save and continue", value="no")


@pytest.mark.parametrize("fields", [
    {"reason": "Because"}, {"reason_words": "x" * 301}, {"seen": "9" * 99}, {"seen": "-1"},
    {"visit": "v" * 999},
])  # fmt: skip
def test_what_no_page_sends_changes_nothing(app: Flask, nora: Visitor, url: str, fields: Any) -> None:
    nora.get(url).submit("Save and continue", value="no")
    nora.post(url, {"value": "yes", **fields}, status=422)
    assert values(app) == ["no"]
