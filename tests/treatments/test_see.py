from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from safety.db import db
from safety.treatments.models import PatientSeen
from tests.factories import Cast, looking
from tests.page import Visitor
from tests.treatments.visits import inject, see, started

WELL: dict[str, Any] = {"skin_normal": "yes", "has_pain": "no", "sight_changed": "no"}


def looks(app: Flask) -> list[PatientSeen]:
    with looking(app):
        return list(db.session.scalars(sa.select(PatientSeen).order_by(PatientSeen.seen_at)))


def test_it_works(app: Flask, cast: Cast, nora: Visitor) -> None:
    treatment_id, lot_id = started(app, cast)
    inject(app, cast, treatment_id, lot_id, minutes_ago=31)
    page = nora.get(f"/treatments/{treatment_id}")
    assert "May leave since" in page.text
    page = page.click("Seen before leaving").submit("Save what you saw", **WELL)
    assert "Looks normal" in page.text
    assert "May leave since" not in page.text
    (row,) = looks(app)
    assert (row.normal, row.seen_by) == (True, cast["nora"].id)


def test_the_page_counts_down_by_the_servers_time(app: Flask, cast: Cast, nora: Visitor) -> None:
    treatment_id, lot_id = started(app, cast)
    inject(app, cast, treatment_id, lot_id, minutes_ago=10)
    line = nora.get(f"/treatments/{treatment_id}").main.first("p", **{"data-stay": True})
    assert line
    left_ms = int(line["data-stay"]) - int(line["data-clock"])
    assert 19 * 60_000 < left_ms <= 20 * 60_000, "a reload brings the server's time again"
    assert "Stays until" in line.text
    assert line["data-over"].startswith("May leave since")


@pytest.mark.parametrize("left_out", list(WELL))
def test_every_question_is_answered(app: Flask, cast: Cast, nora: Visitor, left_out: str) -> None:
    treatment_id, lot_id = started(app, cast)
    inject(app, cast, treatment_id, lot_id)
    page = nora.get(f"/treatments/{treatment_id}/see")
    page = page.submit("Save what you saw", 422, **{**WELL, left_out: None})
    assert len(page.errors) == 1
    assert looks(app) == []


def test_what_was_seen_stays(app: Flask, cast: Cast, nora: Visitor) -> None:
    treatment_id, lot_id = started(app, cast)
    inject(app, cast, treatment_id, lot_id, minutes_ago=40)
    see(app, cast, treatment_id, minutes_ago=5, has_pain=True)
    page = nora.get(f"/treatments/{treatment_id}")
    assert "Not normal when seen at" in page.text
    assert page.has("a", text="Start emergency", href=f"/emergencies/new?treatment={treatment_id}")
    see(app, cast, treatment_id)
    assert [row.normal for row in looks(app)] == [False, True]


def test_nobody_is_seen_before_the_first_injection(app: Flask, cast: Cast, nora: Visitor) -> None:
    treatment_id, _ = started(app, cast)
    nora.get(f"/treatments/{treatment_id}/see", 409)


def test_another_clinic_finds_nothing(app: Flask, cast: Cast, eve: Visitor) -> None:
    treatment_id, lot_id = started(app, cast)
    inject(app, cast, treatment_id, lot_id)
    eve.get(f"/treatments/{treatment_id}/see", 404)
    eve.post(f"/treatments/{treatment_id}/see", dict(WELL), 404)
    assert looks(app) == []
