from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from safety.audit.models import AuditEntry
from safety.db import db
from safety.treatments.models import PlanItem, Treatment
from tests.factories import Cast, looking
from tests.page import Page, Visitor
from tests.patients.people import add_patient
from tests.screening.people import today
from tests.stock.shelf import FILLER, TOXIN, add_product

GOOD: dict[str, Any] = {"areas_0": ["lips"], "amount_0": "1,0", "target_0": "Fuller upper lip"}


def form(app: Flask, cast: Cast, nora: Visitor, *products: str) -> Page:
    patient_id = add_patient(app, cast)
    page = nora.get(f"/patients/{patient_id}/treatments/new")
    return page.submit("Continue", product=list(products))


def treatments(app: Flask) -> list[Treatment]:
    with looking(app):
        return list(db.session.scalars(sa.select(Treatment)))


def test_it_works(app: Flask, cast: Cast, nora: Visitor) -> None:
    page = form(app, cast, nora, add_product(app, cast["ada"].actor, FILLER))
    page = page.submit("Plan treatment", **GOOD, at="9:30", room_id=cast.room_id)
    assert "/screenings/" in page.url, "on the day of the visit the screening begins at once"
    (treatment,) = treatments(app)
    assert (treatment.planned_on, treatment.planned_at, treatment.room_id) == (today(), "09:30", cast.room_id)
    assert treatment.screening_id
    with looking(app):
        item = db.session.scalars(sa.select(PlanItem)).one()
        assert (item.areas, item.amount, item.brand) == (["lips"], 1000, "juvederm")
        entry = db.session.scalars(
            sa.select(AuditEntry).where(AuditEntry.action == "treatment.planned")
        ).one()
        assert b"Fuller" not in entry.body


def test_two_products_are_planned_in_one_visit(app: Flask, cast: Cast, nora: Visitor) -> None:
    products = [add_product(app, cast["ada"].actor, one) for one in (FILLER, TOXIN)]
    page = form(app, cast, nora, *products)
    toxin = 0 if page.text.index("Botox") < page.text.index("Lip filler") else 1
    other = 1 - toxin
    values: dict[str, Any] = {
        f"areas_{toxin}": ["glabella"], f"amount_{toxin}": "20", f"target_{toxin}": "Softer frown",
        f"areas_{other}": ["lips"], f"amount_{other}": "0.5", f"target_{other}": "Fuller lips",
    }  # fmt: skip
    page.submit("Plan treatment", **values)
    with looking(app):
        assert len(db.session.scalars(sa.select(PlanItem)).all()) == 2


def test_a_visit_on_another_day_is_screened_on_that_day(app: Flask, cast: Cast, nora: Visitor) -> None:
    page = form(app, cast, nora, add_product(app, cast["ada"].actor, FILLER))
    later = today() + timedelta(days=8)
    day: dict[str, Any] = {"on-day": str(later.day), "on-month": str(later.month), "on-year": str(later.year)}
    page = page.submit("Plan treatment", **GOOD, **day)
    assert page.h1 == "Treatment"
    assert "Not screened" in page.text
    assert not page.has("button", text="Start screening")
    assert treatments(app)[0].screening_id is None


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"areas_0": []}, "Choose at least one area"),
        ({"amount_0": ""}, "Enter how much is planned"),
        ({"amount_0": "1,000"}, "one or two decimals"),
        ({"amount_0": "a lot"}, "Enter millilitres as a number"),
        ({"amount_0": "0"}, "above zero"),
        ({"target_0": " "}, "Name one target"),
        ({"at": "25:00"}, "24 hours"),
        ({"at": "half nine"}, "24 hours"),
        ({"on-year": "2020"}, "This day is over"),
        ({"on-day": "31", "on-month": "2"}, "There is no such day"),
    ],
)
def test_wrong_values_are_named_at_the_field_and_nothing_is_stored(
    app: Flask, cast: Cast, nora: Visitor, changes: dict[str, Any], message: str
) -> None:
    page = form(app, cast, nora, add_product(app, cast["ada"].actor, FILLER))
    page = page.submit("Plan treatment", 422, **{**GOOD, **changes})
    assert any(message in error for error in page.errors), (page.errors, page.text[:300])
    assert treatments(app) == []


def test_a_slipped_decimal_point_is_asked_about(app: Flask, cast: Cast, nora: Visitor) -> None:
    page = form(app, cast, nora, add_product(app, cast["ada"].actor, FILLER))
    page = page.submit("Plan treatment", 422, **{**GOOD, "amount_0": "10"})
    assert "more than 6 millilitres in one visit" in page.errors[0]
    assert treatments(app) == []
    page.submit("Plan treatment", sure_0=True)
    assert len(treatments(app)) == 1


def test_areas_are_those_of_the_kind_of_product(app: Flask, cast: Cast, nora: Visitor) -> None:
    product_id = add_product(app, cast["ada"].actor, FILLER)
    patient_id = add_patient(app, cast)
    url = f"/patients/{patient_id}/treatments/new?product={product_id}"
    assert not nora.get(url).has("input", value="crows_feet")
    whole = {"on-day": str(today().day), "on-month": str(today().month), "on-year": str(today().year)}
    sent = {**GOOD, **whole, "areas_0": "crows_feet", "room_id": "", "at": ""}
    nora.post(url, sent, 422)
    assert treatments(app) == []


def test_a_product_of_another_clinic_is_not_offered(app: Flask, cast: Cast, nora: Visitor) -> None:
    theirs = add_product(app, cast["eve_admin"].actor, FILLER)
    page = nora.get(f"/patients/{add_patient(app, cast)}/treatments/new?product={theirs}")
    assert "No product to plan with" in page.text


def test_a_patient_of_another_clinic_is_not_there(app: Flask, cast: Cast, eve: Visitor) -> None:
    add_product(app, cast["eve_admin"].actor, FILLER)
    eve.get(f"/patients/{add_patient(app, cast)}/treatments/new", 404)


def test_the_safety_officer_plans_nothing(app: Flask, cast: Cast, sam: Visitor) -> None:
    sam.get(f"/patients/{add_patient(app, cast)}/treatments/new", 403)
