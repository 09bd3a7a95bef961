import pytest
import sqlalchemy as sa
from flask import Flask

from safety import clock
from safety.db import db
from safety.treatments import actions, reading
from safety.treatments.models import Baseline, Treatment
from tests.factories import Cast, arranging, looking
from tests.page import Visitor
from tests.patients.people import add_patient
from tests.screening.people import today
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
        ("-1", "Enter seconds"), ("600", "check a number this large"), ("90", "check a number this large"),
        ("1.55", "nearest 0.5"),
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


@pytest.mark.parametrize(
    ("area", "labels"),
    [
        ("left_cheek", ["Left cheek", "Right cheek (mirror)"]),
        ("lips", ["Lips, left", "Lips, right (mirror)"]),
        ("cheek", ["Cheek, left", "Cheek, right (mirror)"]),
    ],
)
def test_each_planned_point_has_its_mirror(
    app: Flask, cast: Cast, nora: Visitor, area: str, labels: list[str]
) -> None:
    page = nora.get(f"/treatments/{plan(app, cast, areas=(area,))}/refill/before")
    assert [node.text for node in page.main.all("label")] == labels


@pytest.mark.parametrize(
    ("area", "point", "mirror", "slow"),
    [
        ("lips", 25, 15, True), ("lips", 15, 25, True), ("lips", 20, 20, False),
        ("left_cheek", 25, 15, True), ("left_cheek", 15, 25, False),
    ],
)  # fmt: skip
def test_in_an_area_without_a_side_either_half_may_be_slow(
    app: Flask, cast: Cast, nora: Visitor, area: str, point: int, mirror: int, slow: bool
) -> None:
    treatment_id, lot_id = started(app, cast, areas=(area,))
    side = "left" if area.startswith("left") else "mid"
    inject(app, cast, treatment_id, lot_id, area=area, side=side)
    with arranging(app, cast["nora"].actor) as actor:
        treatment = db.session.get_one(Treatment, treatment_id)
        actions.measure(actor, treatment, "after", {area: (point, mirror)}, today(), clock.now())
    page = nora.get(f"/treatments/{treatment_id}")
    assert ("Refill is slow" in page.text) is slow
    assert page.has("a", text="Start emergency", href=f"/emergencies/new?treatment={treatment_id}")


def test_who_measures_again_keeps_what_was_read(app: Flask, cast: Cast, nora: Visitor) -> None:
    treatment_id = plan(app, cast)
    for typed in ("1.5", "2.0"):
        nora.get(f"/treatments/{treatment_id}/refill/before").submit(
            "Save refill", point_0=typed, mirror_0="1.5"
        )
    assert sorted(readings(app)) == [("before", "lips", 15, 15), ("before", "lips", 20, 15)]
    with looking(app):
        chart = reading.chart(db.session.get_one(Treatment, treatment_id), today())
        assert chart.measured("before")["lips"].refill_ds == 20, "the newest counts"


@pytest.mark.parametrize(("born_on", "slow"), [("1991-03-12", True), ("1950-03-12", False)])
def test_older_skin_is_slow_later_by_the_rescue_protocol(
    app: Flask, cast: Cast, nora: Visitor, born_on: str, slow: bool
) -> None:
    patient_id = add_patient(app, cast, "Ida", "Older", born_on)
    treatment_id, lot_id = started(app, cast, patient_id=patient_id)
    inject(app, cast, treatment_id, lot_id)
    with arranging(app, cast["nora"].actor) as actor:
        treatment = db.session.get_one(Treatment, treatment_id)
        db.session.scalars(sa.select(Baseline)).one().refill_ds = 30
        db.session.scalars(sa.select(Baseline)).one().mirror_ds = 30
        actions.measure(actor, treatment, "after", {"lips": (35, 35)}, today(), clock.now())
    assert ("Refill is slow" in nora.get(f"/treatments/{treatment_id}").text) is slow


def test_there_is_no_such_phase(app: Flask, cast: Cast, nora: Visitor) -> None:
    nora.get(f"/treatments/{plan(app, cast)}/refill/during", 404)
