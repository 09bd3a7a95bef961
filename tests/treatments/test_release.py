import pytest
import sqlalchemy as sa
from flask import Flask

from safety.db import db
from safety.staff.models import Signature
from safety.treatments.models import EarlyRelease, TreatmentFinish
from tests.factories import PIN, Cast, looking
from tests.page import Visitor
from tests.treatments.visits import inject, measure, see, started, status, take_home

REASON = "Child to be fetched, companion stays"


def on_the_chair(app: Flask, cast: Cast, minutes_ago: int = 5) -> str:
    treatment_id, lot_id = started(app, cast)
    inject(app, cast, treatment_id, lot_id, minutes_ago)
    measure(app, cast, treatment_id, "after")
    return treatment_id


def test_it_works(app: Flask, cast: Cast, nora: Visitor, sam: Visitor) -> None:
    treatment_id = on_the_chair(app, cast)
    page = nora.get(f"/treatments/{treatment_id}").click("Let the patient leave early")
    page = page.submit("Sign and let leave", reason=REASON, secret=PIN)
    assert "May leave early, by name" in page.text
    see(app, cast, treatment_id)
    take_home(nora, treatment_id)
    nora.get(f"/treatments/{treatment_id}/finish").submit("Finish treatment")
    with looking(app):
        row = db.session.scalars(sa.select(EarlyRelease)).one()
        assert db.session.get_one(Signature, row.signature_id).member_id == cast["nora"].id
        assert db.session.scalars(sa.select(TreatmentFinish)).one().early_reason == REASON
    assert REASON in nora.get(f"/treatments/{treatment_id}").text
    assert REASON in sam.get(f"/treatments/{treatment_id}/record").text
    assert "Left early" in nora.get("/today").text


def test_who_leaves_early_is_seen_too(app: Flask, cast: Cast, nora: Visitor) -> None:
    treatment_id = on_the_chair(app, cast)
    nora.get(f"/treatments/{treatment_id}/release").submit("Sign and let leave", reason=REASON, secret=PIN)
    page = nora.get(f"/treatments/{treatment_id}/finish").submit("Finish treatment", 422)
    assert "See the patient first" in page.errors[0]
    assert status(app, treatment_id) == "started"


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"reason": "", "secret": PIN}, "Say why"),
        ({"reason": REASON, "secret": ""}, "Enter your PIN"),
        ({"reason": REASON, "secret": "000000"}, "PIN is wrong"),
    ],
)
def test_a_reason_and_a_name_are_needed(
    app: Flask, cast: Cast, nora: Visitor, values: dict[str, str], message: str
) -> None:
    treatment_id = on_the_chair(app, cast)
    page = nora.get(f"/treatments/{treatment_id}/release").submit("Sign and let leave", 422, **values)
    assert any(message in error for error in page.errors), page.errors
    with looking(app):
        assert db.session.scalars(sa.select(EarlyRelease)).all() == []


def test_once_the_stay_is_over_nobody_is_released_early(app: Flask, cast: Cast, nora: Visitor) -> None:
    treatment_id = on_the_chair(app, cast, minutes_ago=31)
    page = nora.get(f"/treatments/{treatment_id}/release")
    page = page.submit("Sign and let leave", 422, reason=REASON, secret=PIN)
    assert "The stay is over" in page.errors[0]


def test_another_injection_ends_the_release(app: Flask, cast: Cast, nora: Visitor) -> None:
    treatment_id, lot_id = started(app, cast)
    inject(app, cast, treatment_id, lot_id, minutes_ago=5)
    nora.get(f"/treatments/{treatment_id}/release").submit("Sign and let leave", reason=REASON, secret=PIN)
    inject(app, cast, treatment_id, lot_id)
    assert "May leave early" not in nora.get(f"/treatments/{treatment_id}").text


def test_another_clinic_finds_nothing(app: Flask, cast: Cast, eve: Visitor) -> None:
    treatment_id = on_the_chair(app, cast)
    eve.get(f"/treatments/{treatment_id}/release", 404)
    eve.post(f"/treatments/{treatment_id}/release", {"reason": REASON, "secret": PIN}, 404)
