"""The tablet check: what may be saved, by whom, and where it is seen."""

import json
import re
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from safety.audit.models import AuditEntry
from safety.db import db
from safety.staff.models import TabletCheck
from tests.factories import Cast, looking
from tests.page import Page, Visitor
from tests.staff.conftest import enter

GOOD = dict.fromkeys(("sound", "screen", "camera", "offline_copy", "clock", "power"), "good")
SENT = {**GOOD, "stories_agreed": "53", "stories_told": "53", "copy_digest": "0123456789abcdef"}


def sent(visitor: Visitor, status: int = 200, **other: Any) -> Page:
    return visitor.post("/tablet-check", {**SENT, **other}, status=status)


@pytest.fixture
def noras(tablet: Visitor) -> Visitor:
    """The tablet of Room 1 with Nora signed in on it."""
    enter(tablet, "nora")
    return tablet


def kept(app: Flask, cast: Cast) -> list[TabletCheck]:
    with looking(app, cast.clinic_id):
        return list(db.session.scalars(sa.select(TabletCheck).order_by(TabletCheck.checked_at)))


def test_it_works(app: Flask, cast: Cast, noras: Visitor) -> None:
    page = noras.get("/tablet-check")
    assert page.h1 == "Tablet check"
    assert page.html.count("data-check=") == 6
    assert page.has("button", text="Save this check", disabled=True), "nothing to save before it was run"
    assert sent(noras).url == "/today"
    (check,) = kept(app, cast)
    assert (check.tablet_id, check.member_id) == (cast.tablet_id, cast["nora"].id)
    assert (check.stories_agreed, check.stories_told, check.copy_digest) == (53, 53, "0123456789abcdef")


def test_the_log_says_who_which_tablet_and_what_was_not_good(app: Flask, cast: Cast, noras: Visitor) -> None:
    sent(noras, camera="bad", power="bad")
    with looking(app, cast.clinic_id):
        body = db.session.scalars(
            sa.select(AuditEntry.body).where(AuditEntry.action == "tablet.checked")
        ).one()
    entry = json.loads(body)
    assert entry["subject"] == f"tablet:{cast.tablet_id}"
    assert cast["nora"].id in entry["actor"]
    assert entry["facts"] == {"copy": "0123456789abcdef", "faults": ["camera", "power"], "stories": [53, 53]}


def test_a_tablet_without_a_person_may_be_checked(app: Flask, cast: Cast, tablet: Visitor) -> None:
    assert sent(tablet).url == "/tablet-check"
    assert kept(app, cast)[0].member_id is None


def test_stories_that_disagree_make_the_copy_bad(app: Flask, cast: Cast, noras: Visitor) -> None:
    for agreed, told in (("52", "53"), ("0", "0")):
        sent(noras, stories_agreed=agreed, stories_told=told)
    assert ['"offline_copy":"bad"' in check.outcomes for check in kept(app, cast)] == [True, True]


@pytest.mark.parametrize(
    "wrong",
    [
        {"sound": ""},
        {"camera": "perhaps"},
        {"stories_told": "many"},
        {"stories_agreed": "-1"},
        {"copy_digest": "<script>"},
    ],
    ids=str,
)
def test_what_no_check_could_send_stores_nothing(
    app: Flask, cast: Cast, noras: Visitor, wrong: dict[str, str]
) -> None:
    assert "Nothing was saved" in sent(noras, status=422, **wrong).text
    assert kept(app, cast) == []


def test_a_device_nobody_enrolled_is_looked_at_and_not_written_down(
    app: Flask, cast: Cast, nora: Visitor
) -> None:
    page = nora.get("/tablet-check")
    assert "only an enrolled tablet's is saved" in page.text
    assert not page.has("button", text="Save this check")
    sent(nora, status=422)
    assert kept(app, cast) == []


def test_done_today_is_seen_on_the_board_and_in_the_list(cast: Cast, noras: Visitor, ada: Visitor) -> None:
    assert "Not checked today" in noras.get("/today").text
    assert "Never checked" in ada.get("/admin/tablets").text
    sent(noras, camera="bad")
    assert re.search(r"Checked \d\d:\d\d, N\. Quinn, not all was good", noras.get("/today").text)
    assert re.search(
        r"Checked today \d\d:\d\d, Nora Quinn\. Not good: camera", ada.get("/admin/tablets").text
    )


def test_another_clinic_sees_none_of_it(noras: Visitor, signed_in: Any) -> None:
    sent(noras)
    assert "Checked today" not in signed_in("eve_admin").get("/admin/tablets").text
