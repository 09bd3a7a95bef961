from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from safety import clock
from safety.audit.log import record, seal
from safety.audit.models import AuditEntry
from safety.db import all_clinics, db, write_transaction
from safety.staff.actions import Proved
from safety.staff.models import Proof
from safety.treatments.actions import Answers, Item, Plan, Refused, plan
from safety.treatments.models import PlanAnswer, PlanItem, Treatment
from safety.web import day as shown_day
from tests.factories import PIN, Cast, arranging, looking
from tests.page import Page, Visitor
from tests.patients.people import add_patient
from tests.screening.people import today
from tests.stock.shelf import FILLER, TOXIN, add_product
from tests.treatments.visits import inject, started

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
    page = page.submit("Plan treatment", 422, **values)
    assert [error for error in page.errors if "14 days after toxin" in error], "C01"
    assert [error for error in page.errors if "one kind of product" in error], "C13"
    assert "SEED [SEED]" in page.text
    assert treatments(app) == []
    whys = {"reason_C01": "Travels far, asked for both", "reason_C13": "Small amounts of each"}
    page = page.submit("Plan treatment", 422, **whys)
    assert page.errors == ["Error: Enter your PIN or password to sign"]
    page = page.submit("Plan treatment", 422, secret="000000")
    assert "PIN is wrong" in page.errors[0]
    page.submit("Plan treatment", secret=PIN)
    with looking(app):
        assert len(db.session.scalars(sa.select(PlanItem)).all()) == 2
        kept = list(db.session.scalars(sa.select(PlanAnswer).order_by(PlanAnswer.finding)))
        assert [(one.finding, one.reason) for one in kept] == [
            ("sequence.C01", whys["reason_C01"]), ("sequence.C13", whys["reason_C13"])]  # fmt: skip
        assert len({one.signature_id for one in kept}) == 1
        assert kept[0].earliest_on == today() + timedelta(days=14)
        entries = db.session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "treatment.answered"))
        assert all(b"Travels far" not in one.body for one in entries)


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


def plan_toxin(app: Flask, cast: Cast, who: Visitor, patient_id: str, areas: list[str], amount: str) -> Page:
    product_id = add_product(app, cast["ada"].actor, TOXIN)
    page = who.get(f"/patients/{patient_id}/treatments/new").submit("Continue", product=[product_id])
    values: dict[str, Any] = {"areas_0": areas, "amount_0": amount, "target_0": "Softer frown"}
    return page.submit("Plan treatment", 422, **values)


def test_usual_amounts_and_a_first_visit_are_said_beside_the_fields(
    app: Flask, cast: Cast, nora: Visitor
) -> None:
    page = form(app, cast, nora, add_product(app, cast["ada"].actor, TOXIN))
    assert "between the brows: 20 units, label 20" in page.text
    assert "One focused area, a calibrated lower dose" in page.text
    assert "starts 3 to 7 days" in page.text
    assert "small bumps for hours" in page.text


def test_an_amount_that_needs_a_second_person_is_signed_by_one(app: Flask, cast: Cast, nora: Visitor) -> None:
    patient_id = add_patient(app, cast)
    page = plan_toxin(app, cast, nora, patient_id, ["underarm"], "110")
    assert "A second person looks at this amount" in page.text
    assert "One hundred ten (110 units) of Botox 100 is meant" in page.text
    page = page.submit("Plan treatment", 422, sure_0=True)
    assert "Choose who looks at this amount" in page.errors[0]
    page = page.submit("Plan treatment", 422, second_id=cast["okafor"].actor.id, second_secret="111111")
    assert "PIN is wrong" in page.errors[0]
    assert treatments(app) == []
    page.submit("Plan treatment", second_secret=PIN)
    with looking(app):
        kept = list(db.session.scalars(sa.select(PlanAnswer).order_by(PlanAnswer.finding)))
        assert [(one.outcome, one.finding) for one in kept] == [
            ("warn", "ask.toxin_visit"), ("stop", "range.ona.session_stop"),
            ("warn", "range.ona.underarm")]  # fmt: skip
        stop = kept[1]
        assert stop.answered_by == cast["okafor"].actor.id
        assert stop.signature_id


def test_the_second_person_is_a_prescriber_and_somebody_else(app: Flask, cast: Cast) -> None:
    product_id, patient_id = add_product(app, cast["ada"].actor, TOXIN), add_patient(app, cast)
    item = Item(product_id, ["underarm"], 110, "Drier", sure=True)
    for planner, second, text in (("nora", "ada", "prescriber"), ("okafor", "okafor", "else than you")):
        proved = Proved(cast[second].actor.id, Proof.PIN)
        wanted = Plan(today(), None, None, [item], Answers(second=proved))
        with pytest.raises(Refused, match=text), arranging(app, cast[planner].actor) as actor:
            plan(actor, patient_id, wanted, today(), clock.now())
    assert treatments(app) == []


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("2,5", "looks like millilitres"),
        ("1 ml", "counted in units, not in millilitres"),
        ("-20", "above zero"),
        ("٢٠", "digits 0 to 9"),
        ("99999999999999999999", "far too much"),
        ("200", "Is 20 units meant?"),
    ],
)
def test_mistyped_units_are_named_at_the_field(
    app: Flask, cast: Cast, nora: Visitor, typed: str, message: str
) -> None:
    page = plan_toxin(app, cast, nora, add_patient(app, cast), ["glabella"], typed)
    assert any(message in error for error in page.errors), page.errors
    assert treatments(app) == []


def toxin_given(app: Flask, cast: Cast, days: int) -> str:
    """Id of a patient who had 20 units between the brows so many days ago."""
    treatment_id, lot_id = started(app, cast, product=TOXIN, areas=("glabella",), amount=20)
    inject(app, cast, treatment_id, lot_id, area="glabella", amount=20)
    with app.app_context(), all_clinics(), write_transaction():
        treatment = db.session.get_one(Treatment, treatment_id)
        treatment.planned_on = today() - timedelta(days=days)
        record(cast["nora"].actor, "test.arranged", "test:arranged", {})
        seal()
        return treatment.patient_id


def test_a_top_up_before_day_10_is_refused_with_its_first_day(app: Flask, cast: Cast, nora: Visitor) -> None:
    patient_id = toxin_given(app, cast, 9)
    page = plan_toxin(app, cast, nora, patient_id, ["glabella"], "4")
    first = shown_day(today() + timedelta(days=1))
    assert f"The first day is {first}." in page.errors[0]
    assert "C05" in page.text
    assert len(treatments(app)) == 1
    later = today() + timedelta(days=1)
    day: dict[str, Any] = {"on-day": str(later.day), "on-month": str(later.month), "on-year": str(later.year)}
    page.submit("Plan treatment", **day)
    assert len(treatments(app)) == 2


def test_a_new_course_too_soon_is_a_prescribers_to_decide(
    app: Flask, cast: Cast, nora: Visitor, okafor: Visitor
) -> None:
    patient_id = toxin_given(app, cast, 40)
    page = plan_toxin(app, cast, nora, patient_id, ["glabella"], "20")
    assert "a prescriber may decide with a reason" in page.errors[0]
    assert shown_day(today() + timedelta(days=44)) in page.errors[0]
    page = plan_toxin(app, cast, okafor, patient_id, ["glabella"], "20")
    assert "Write why you go on" in page.errors[0]
    page.submit("Plan treatment", reason_C07="Moves abroad", secret=PIN)
    assert len(treatments(app)) == 2


def test_three_months_count_what_was_given_of_the_brand(app: Flask, cast: Cast, nora: Visitor) -> None:
    patient_id = toxin_given(app, cast, 85)
    page = plan_toxin(app, cast, nora, patient_id, ["underarm"], "385")
    assert "20 units before, 385 units now" in page.text


def test_a_brand_is_known_however_the_stock_list_writes_it(app: Flask, cast: Cast, nora: Visitor) -> None:
    capital = replace(TOXIN, name="Botox Cosmetic 50", brand="Botox Cosmetic")
    page = form(app, cast, nora, add_product(app, cast["ada"].actor, capital))
    assert "between the brows: 20 units, label 20" in page.text
    values: dict[str, Any] = {"areas_0": ["glabella"], "amount_0": "31", "target_0": "Softer frown"}
    page = page.submit("Plan treatment", 422, **values)
    assert "between the brows" in page.errors[0]
