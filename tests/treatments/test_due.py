"""Due dates (6.2): by product and area, on the list, the board, the patient's page and in a calendar file."""

import random
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from safety.audit.log import record, seal
from safety.audit.models import AuditEntry
from safety.db import all_clinics, db, write_transaction
from safety.protocols.load import ROOT, load
from safety.treatments import due_dates, dues
from safety.treatments.dues import Given
from safety.treatments.models import DueDate, Treatment
from tests.factories import Cast, looking
from tests.page import Visitor
from tests.screening.people import today
from tests.stock.shelf import TOXIN
from tests.treatments.test_finish import finish
from tests.treatments.test_finish import given as filled
from tests.treatments.test_ics import read
from tests.treatments.visits import inject, started

ROWS = load(ROOT / "treatment" / "v2" / "protocol.yaml").body["durations"]


def due(
    kind: str, area: str, *groups: str, brand: str = "x", on: date = date(2026, 1, 31)
) -> dues.Due | None:
    return dues.due(ROWS, Given(kind, brand, area, frozenset(groups)), on)


@pytest.mark.parametrize(
    ("kind", "area", "groups", "figure", "months"),
    [
        ("toxin", "glabella", ("glabella",), "duration.toxin_upper_face", 3),
        ("toxin", "crows_feet", ("crows_feet",), "duration.toxin_upper_face", 3),
        ("toxin", "masseter", ("masseter",), "duration.toxin_masseter", 4),
        ("toxin", "underarm", ("underarm",), "duration.toxin_underarm", 5),
        ("toxin", "dao", ("perioral",), "duration.toxin_other", 3),
        ("ha_filler", "lips", ("lips", "perioral"), "duration.ha_lips", 6),
        ("ha_filler", "cheek", ("cheek",), "duration.ha_cheek_jaw", 12),
        ("ha_filler", "jawline", ("jawline",), "duration.ha_cheek_jaw", 12),
        ("ha_filler", "tear_trough", ("under_eye",), "duration.ha_tear_trough", 12),
        ("ha_filler", "chin", ("chin",), "duration.ha_other", 6),
    ],
)
def test_each_area_has_its_time(
    kind: str, area: str, groups: tuple[str, ...], figure: str, months: int
) -> None:
    found = due(kind, area, *groups, on=date(2026, 2, 10))
    assert found is not None
    assert (found.figure, (found.from_on.year - 2026) * 12 + found.from_on.month - 2) == (figure, months)
    assert found.from_on.day == 10


def test_a_material_nobody_gave_a_time_for_gets_none() -> None:
    assert due("biostimulator", "cheek", "cheek", brand="ellanse") is None
    assert due("biostimulator", "cheek", "cheek", brand="sculptra") is not None


@pytest.mark.parametrize(
    ("on", "months", "from_on"),
    [
        (date(2025, 11, 30), 3, date(2026, 3, 1)),  # no 30 February: never a day too early
        (date(2023, 11, 29), 3, date(2024, 2, 29)),
        (date(2024, 11, 29), 3, date(2025, 3, 1)),
        (date(2026, 10, 31), 3, date(2027, 1, 31)),
        (date(2026, 12, 1), 3, date(2027, 3, 1)),
    ],
)
def test_months_end_where_the_calendar_lets_them(on: date, months: int, from_on: date) -> None:
    found = due("toxin", "glabella", "glabella", on=on)
    assert found is not None
    assert found.from_on == from_on


def test_late_comes_after_due_whatever_the_day() -> None:
    chance = random.Random(62)
    for _ in range(2000):
        on = date(2023, 1, 1) + timedelta(days=chance.randrange(2600))
        found = due("toxin", "glabella", "glabella", on=on)
        assert found is not None
        assert found.amber_on is not None
        assert 89 <= (found.from_on - on).days <= 93
        assert 28 <= (found.amber_on - found.from_on).days <= 32
        assert dues.stage(found.from_on - timedelta(days=1), found.from_on, found.amber_on) == "ahead"
        assert dues.stage(found.from_on, found.from_on, found.amber_on) == "due"
        assert dues.stage(found.amber_on - timedelta(days=1), found.from_on, found.amber_on) == "due"
        assert dues.stage(found.amber_on, found.from_on, found.amber_on) == "late"


def toxin_finished(app: Flask, cast: Cast, nora: Visitor, days_ago: int = 0, **planned: Any) -> str:
    treatment_id, lot_id = started(app, cast, product=TOXIN, areas=("glabella",), amount=20, **planned)
    inject(app, cast, treatment_id, lot_id, area="glabella", amount=20)
    with app.app_context(), all_clinics(), write_transaction():
        db.session.get_one(Treatment, treatment_id).planned_on -= timedelta(days=days_ago)
        record(cast["nora"].actor, "test.arranged", "test:arranged", {})
        seal()
    finish(nora, treatment_id)
    return treatment_id


def test_it_works(app: Flask, cast: Cast, nora: Visitor) -> None:
    toxin_finished(app, cast, nora)
    with looking(app):
        row = db.session.scalars(sa.select(DueDate)).one()
        assert (row.area, row.brand, row.figure) == ("glabella", "botox", "duration.toxin_upper_face")
        assert row.from_on > today() + timedelta(days=88)
        patient_id = row.patient_id
    page = nora.get(f"/patients/{patient_id}")
    assert "Due for toxin review" in page.text
    assert "Re-treatment due from" in page.text
    assert "Nobody is due" in nora.get("/treatments/due").text
    toxin_finished(app, cast, nora, days_ago=10)
    assert "Due for toxin review" in nora.get("/treatments/due").text
    assert "1 review due" in nora.get("/today").text
    toxin_finished(app, cast, nora, days_ago=130)
    assert "Late" in nora.get("/treatments/due").text
    board = nora.get("/today").text
    assert "1 re-treatment due" in board
    assert "1 late." in board


def test_the_list_goes_by_week(app: Flask, cast: Cast, nora: Visitor) -> None:
    toxin_finished(app, cast, nora)
    opens = today() + timedelta(days=10)
    year, week, _ = opens.isocalendar()
    assert "Due for toxin review" in nora.get(f"/treatments/due?week={year}-W{week:02d}").text
    year, week, _ = (opens + timedelta(days=21)).isocalendar()
    assert "Due for toxin review" not in nora.get(f"/treatments/due?week={year}-W{week:02d}").text
    for nonsense in ("2026-W99", "soon", "-W1", "0-W1", "2026-W1;"):
        nora.get(f"/treatments/due?week={nonsense}", 404)


def test_a_later_visit_takes_over(app: Flask, cast: Cast, nora: Visitor) -> None:
    first = toxin_finished(app, cast, nora, days_ago=100)
    with looking(app):
        patient_id = db.session.get_one(Treatment, first).patient_id
    toxin_finished(app, cast, nora, patient_id=patient_id)
    with looking(app, cast.clinic_id):
        open_lines = due_dates.lines(today(), patient_id)
    assert [one.kind for one in open_lines] == ["review", "again"]
    assert all(one.from_on > today() for one in open_lines)


def test_the_calendar_files_name_nobody(app: Flask, cast: Cast, nora: Visitor) -> None:
    treatment_id, _ = filled(app, cast)
    finish(nora, treatment_id)
    with looking(app):
        patient_id = db.session.get_one(Treatment, treatment_id).patient_id
    content = nora.fetch(f"/patients/{patient_id}/due.ics").data
    events = read(content)
    assert [one["SUMMARY"] for one in events] == ["Review", "Next visit"]
    assert events[0]["DTSTART;VALUE=DATE"] == f"{today() + timedelta(days=14):%Y%m%d}"
    assert events[0]["DTEND;VALUE=DATE"] == f"{today() + timedelta(days=22):%Y%m%d}"
    uids = [one["UID"] for one in events]
    assert uids == [one["UID"] for one in read(nora.fetch(f"/patients/{patient_id}/due.ics").data)]
    year, week, _ = (today() + timedelta(days=14)).isocalendar()
    of_week = nora.fetch(f"/treatments/due.ics?week={year}-W{week:02d}").data
    (one,) = read(of_week)
    assert one["SUMMARY"].startswith("Review, ")
    with looking(app):
        name = db.session.scalars(sa.select(Treatment)).one()
        entries = set(db.session.scalars(sa.select(AuditEntry.action)))
    assert name.patient_id.encode() not in content + of_week
    for word in ("Moreau", "Lund", "Vogt", "Adeyemi", "Kovac", "Achterberg", "filler", "lips"):
        assert word.encode() not in content + of_week
    assert "treatment.calendar_taken" in entries


def test_another_clinic_sees_nothing(app: Flask, cast: Cast, nora: Visitor, eve: Visitor) -> None:
    treatment_id = toxin_finished(app, cast, nora, days_ago=10)
    with looking(app):
        patient_id = db.session.get_one(Treatment, treatment_id).patient_id
    assert "Nobody is due" in eve.get("/treatments/due").text
    eve.get(f"/patients/{patient_id}/due.ics", 404)
