import pytest
import sqlalchemy as sa
from flask import Flask

from safety.db import db
from safety.treatments.models import Baseline
from tests.factories import Cast, looking
from tests.page import Visitor
from tests.treatments.visits import inject, measure, plan, started


def readings(app: Flask) -> list[tuple[str, str, int, int]]:
    with looking(app):
        rows = db.session.scalars(sa.select(Baseline).order_by(Baseline.area))
        return [(row.phase, row.area, row.refill_ds, row.mirror_ds) for row in rows]


def test_it_works(app: Flask, cast: Cast, nora: Visitor) -> None:
    treatment_id = plan(app, cast, areas=("left_cheek", "right_cheek"))
    page = nora.get(f"/treatments/{treatment_id}").click("Baseline refill")
    assert "Press firmly" in page.text
    page = page.submit("Save refill", point_0="1.5", mirror_0="1,5", point_1="2", mirror_1="1.0")
    assert "2 of 2 points" in page.text
    assert readings(app) == [("before", "left_cheek", 15, 15), ("before", "right_cheek", 20, 10)]


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("", "Enter seconds"), ("fast", "Enter seconds"), ("1.2", "nearest 0.5"), ("0", "above zero"),
        ("-1", "Enter seconds"), ("90", "check a number this large"), ("1.55", "nearest 0.5"),
        ("٢", "Enter seconds"),
    ],
)  # fmt: skip
def test_wrong_values_are_named_at_the_field(
    app: Flask, cast: Cast, nora: Visitor, typed: str, message: str
) -> None:
    treatment_id = plan(app, cast)
    page = nora.get(f"/treatments/{treatment_id}/refill/before")
    page = page.submit("Save refill", 422, point_0=typed, mirror_0="1.5")
    assert len(page.errors) == 1
    assert message in page.errors[0]
    assert readings(app) == []


def test_the_baseline_is_from_before_the_first_injection(app: Flask, cast: Cast, nora: Visitor) -> None:
    treatment_id, lot_id = started(app, cast)
    inject(app, cast, treatment_id, lot_id)
    page = nora.get(f"/treatments/{treatment_id}/refill/before")
    page = page.submit("Save refill", 422, point_0="4", mirror_0="4")
    assert "before the first injection" in page.main.text
    assert len(readings(app)) == 1


def test_slow_refill_afterwards_is_shown_with_the_way_to_the_emergency(
    app: Flask, cast: Cast, nora: Visitor
) -> None:
    treatment_id, lot_id = started(app, cast)
    inject(app, cast, treatment_id, lot_id)
    measure(app, cast, treatment_id, "after", refill_ds=25)
    page = nora.get(f"/treatments/{treatment_id}")
    assert "Refill is slow" in page.text, "a second slower than before is slow, though below three"
    measure(app, cast, treatment_id, "after", refill_ds=20)
    assert "Refill is slow" not in nora.get(f"/treatments/{treatment_id}").text


def test_there_is_no_such_phase(app: Flask, cast: Cast, nora: Visitor) -> None:
    nora.get(f"/treatments/{plan(app, cast)}/refill/during", 404)
