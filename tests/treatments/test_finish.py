from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from safety.db import db
from safety.stock.rules import Holding
from safety.treatments import reading
from safety.treatments.models import TreatmentFinish
from tests.factories import Cast, looking
from tests.page import Page, Visitor
from tests.screening.people import today
from tests.stock.shelf import TOXIN, held
from tests.treatments.visits import inject, measure, see, started, status, take_home


def given(app: Flask, cast: Cast, minutes_ago: int = 31) -> tuple[str, str]:
    treatment_id, lot_id = started(app, cast)
    inject(app, cast, treatment_id, lot_id, minutes_ago)
    measure(app, cast, treatment_id, "after")
    see(app, cast, treatment_id)
    return treatment_id, lot_id


def finish(nora: Visitor, treatment_id: str, status: int = 200, **values: Any) -> Page:
    """Give the sheet, then end the visit."""
    take_home(nora, treatment_id)
    page = nora.get(f"/treatments/{treatment_id}/finish")
    return page.submit("Finish treatment", status, **values)


def test_it_works(app: Flask, cast: Cast, nora: Visitor) -> None:
    treatment_id, lot_id = given(app, cast)
    page = finish(nora, treatment_id)
    assert "Finished" in page.text
    with looking(app):
        row = db.session.scalars(sa.select(TreatmentFinish)).one()
        assert row.review_from_on == today() + timedelta(days=14)
        assert row.review_to_on == today() + timedelta(days=21)
        assert row.early_reason is None
    assert held(app, lot_id) == Holding(4, 4000), "the rest of the opened syringe is waste"


def test_toxin_is_reviewed_earlier_and_needs_no_stay(app: Flask, cast: Cast, nora: Visitor) -> None:
    treatment_id, lot_id = started(app, cast, product=TOXIN, areas=("glabella",), amount=20)
    inject(app, cast, treatment_id, lot_id, area="glabella", amount=20)
    finish(nora, treatment_id)  # and nobody has to be seen
    with looking(app):
        row = db.session.scalars(sa.select(TreatmentFinish)).one()
        assert row.review_from_on == today() + timedelta(days=10)
        assert row.review_to_on == today() + timedelta(days=14)
    assert held(app, lot_id) == Holding(4, 400), "by its label one patient's vial: the rest is waste"


def test_nobody_leaves_before_the_stay_is_over_without_a_reason(
    app: Flask, cast: Cast, nora: Visitor
) -> None:
    treatment_id, _ = given(app, cast, minutes_ago=5)
    page = finish(nora, treatment_id, 422)
    assert "The stay is not over" in page.errors[0]
    assert status(app, treatment_id) == "started"


def test_nobody_leaves_unseen(app: Flask, cast: Cast, nora: Visitor) -> None:
    treatment_id, lot_id = started(app, cast)
    inject(app, cast, treatment_id, lot_id, minutes_ago=31)
    measure(app, cast, treatment_id, "after")
    assert "See the patient first" in finish(nora, treatment_id, 422).errors[0]
    see(app, cast, treatment_id)
    finish(nora, treatment_id)


def test_a_look_before_the_time_is_not_the_look_at_the_end(app: Flask, cast: Cast, nora: Visitor) -> None:
    treatment_id, lot_id = started(app, cast)
    inject(app, cast, treatment_id, lot_id, minutes_ago=31)
    measure(app, cast, treatment_id, "after")
    see(app, cast, treatment_id, minutes_ago=10)
    assert "See the patient first" in finish(nora, treatment_id, 422).errors[0]


@pytest.mark.parametrize(
    ("amiss", "word"), [("skin_normal", "Skin"), ("has_pain", "Pain"), ("sight_changed", "Sight")]
)
def test_what_is_not_normal_keeps_the_patient_and_offers_the_emergency(
    app: Flask, cast: Cast, nora: Visitor, amiss: str, word: str
) -> None:
    treatment_id, lot_id = started(app, cast)
    inject(app, cast, treatment_id, lot_id, minutes_ago=31)
    measure(app, cast, treatment_id, "after")
    see(app, cast, treatment_id, **{amiss: amiss != "skin_normal"})
    page = finish(nora, treatment_id, 422)
    assert "start the emergency" in page.errors[0]
    assert word in page.text
    assert page.main.first("a", href=f"/emergencies/new?treatment={treatment_id}")
    assert status(app, treatment_id) == "started"


def test_the_next_injection_begins_the_stay_anew(app: Flask, cast: Cast, nora: Visitor) -> None:
    treatment_id, lot_id = given(app, cast)
    inject(app, cast, treatment_id, lot_id)
    assert "The stay is not over" in finish(nora, treatment_id, 422).errors[0]


def test_the_director_s_minutes_count(
    app: Flask, cast: Cast, nora: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    treatment_id, _ = given(app, cast)
    with looking(app, cast.clinic_id):
        body = reading.day_protocol()
    longer = {**body, "observation": {"product_classes": ["ha_filler"], "minutes": 60}}
    monkeypatch.setattr(reading, "day_protocol", lambda: longer)
    assert "The stay is not over" in finish(nora, treatment_id, 422).errors[0]


def test_refill_is_measured_before_leaving(app: Flask, cast: Cast, nora: Visitor) -> None:
    treatment_id, lot_id = started(app, cast)
    inject(app, cast, treatment_id, lot_id, minutes_ago=40)
    see(app, cast, treatment_id)
    page = finish(nora, treatment_id, 422)
    assert "Measure refill after the injections first: Lips" in page.errors[0]


def test_aftercare_is_given_before_leaving(app: Flask, cast: Cast, nora: Visitor) -> None:
    treatment_id, _ = given(app, cast)
    page = nora.get(f"/treatments/{treatment_id}/finish").submit("Finish treatment", 422)
    assert "Give the aftercare sheet" in page.errors[0]
    nora.post(f"/treatments/{treatment_id}/finish", {"aftercare_given": "y"}, 422)
    assert status(app, treatment_id) == "started", "no box on a form stands for the sheet"
    finish(nora, treatment_id)


def test_nothing_injected_is_cancelled_not_finished(app: Flask, cast: Cast, nora: Visitor) -> None:
    treatment_id, _ = started(app, cast)
    assert "Nothing was injected" in finish(nora, treatment_id, 422).errors[0]
    page = nora.get(f"/treatments/{treatment_id}").click("Cancel this visit")
    page.submit("Cancel visit", reason="Patient changed her mind")
    assert status(app, treatment_id) == "cancelled"


def test_what_was_injected_is_not_cancelled(app: Flask, cast: Cast, nora: Visitor) -> None:
    treatment_id, _ = given(app, cast)
    page = nora.get(f"/treatments/{treatment_id}/cancel").submit("Cancel visit", 422, reason="Mistake")
    assert "cannot be cancelled" in page.errors[0]
    assert status(app, treatment_id) == "started"


def test_it_finishes_once(app: Flask, cast: Cast, nora: Visitor) -> None:
    treatment_id, _ = given(app, cast)
    take_home(nora, treatment_id)
    page = nora.get(f"/treatments/{treatment_id}/finish")
    page.submit("Finish treatment")
    assert "is not running" in page.submit("Finish treatment", 422).errors[0]


@pytest.mark.parametrize("act", ["finish", "cancel", "refill/before", "refill/after"])
def test_another_clinic_finds_nothing(app: Flask, cast: Cast, eve: Visitor, act: str) -> None:
    treatment_id, _ = started(app, cast)
    eve.get(f"/treatments/{treatment_id}/{act}", 404)
    eve.post(f"/treatments/{treatment_id}/{act}", {"reason": "x"}, 404)
    assert status(app, treatment_id) == "started"
