"""Changing a plan (S6): what hangs on the change is asked again, the rest stays, the old plan is kept."""

from typing import Any

import sqlalchemy as sa
from flask import Flask

from safety.audit.models import AuditEntry
from safety.db import db
from safety.screening import actions as screening
from safety.screening import asking
from safety.screening.models import Answer, Screening
from safety.treatments import reading
from safety.treatments.models import PlanChange, PlanItem, Treatment
from tests.factories import Cast, looking
from tests.page import Page, Visitor
from tests.screening.people import today
from tests.stock.shelf import FILLER, TOXIN, add_product, put
from tests.treatments.visits import begin, clear, measure, plan, ready, started, status


def change(nora: Visitor, treatment_id: str, status: int = 200, **values: Any) -> Page:
    page = nora.get(f"/treatments/{treatment_id}/plan")
    return page.submit("Change plan", status, **{"why": "Patient decided for the chin", **values})


def screened(app: Flask, treatment_id: str) -> tuple[str, dict[str, Any]]:
    with looking(app):
        screening_id = db.session.get_one(Treatment, treatment_id).screening_id
        assert screening_id
        return screening_id, screening.current_answers(screening_id)


def test_it_works(app: Flask, cast: Cast, nora: Visitor) -> None:
    treatment_id = plan(app, cast)
    clear(app, cast, treatment_id)
    old_id, before = screened(app, treatment_id)
    assert status(app, treatment_id) == "cleared"
    page = change(nora, treatment_id, areas_0=["chin"])
    assert page.h1 == "Treatment"
    new_id, after = screened(app, treatment_id)
    assert new_id != old_id
    assert status(app, treatment_id) == "screening", "the verdict falls until it is answered again"
    assert {"F02", "G15"} <= before.keys() - after.keys(), "what hangs on the area is asked again"
    assert {question: before[question] for question in after} == after, "the others stay as they were"
    assert {"G10", "G40", "F04"} <= after.keys()
    with looking(app):
        assert screening.current_answers(old_id) == before, "the old screening stays as it is"
        (row,) = db.session.scalars(sa.select(PlanChange))
        assert (row.before[0]["areas"], row.after[0]["areas"]) == (["lips"], ["chin"])
        assert "F02" in row.reopened
        assert row.reason == "Patient decided for the chin"
        items = db.session.scalars(sa.select(PlanItem).order_by(PlanItem.withdrawn_at)).all()
        assert sorted(one.withdrawn_at is None for one in items) == [False, True]
        actions = list(db.session.scalars(sa.select(AuditEntry.action)))
        assert "treatment.replanned" in actions
        assert "screening.replanned" in actions


def test_answers_keep_who_gave_them_and_when(app: Flask, cast: Cast, okafor: Visitor) -> None:
    treatment_id = plan(app, cast)
    clear(app, cast, treatment_id)
    old_id, _ = screened(app, treatment_id)
    change(okafor, treatment_id, areas_0=["chin"])
    new_id, _ = screened(app, treatment_id)
    with looking(app):
        told = {row.question: (row.answered_by, row.answered_at) for row in asking.rows(old_id).values()}
        for row in asking.rows(new_id).values():
            assert (row.answered_by, row.answered_at) == told[row.question]
        assert len(db.session.scalars(sa.select(Answer)).all()) > len(told)


def test_the_questionnaire_keeps_its_version(app: Flask, cast: Cast, nora: Visitor) -> None:
    treatment_id = plan(app, cast)
    old_id, _ = screened(app, treatment_id)
    change(nora, treatment_id, areas_0=["chin"])
    new_id, _ = screened(app, treatment_id)
    with looking(app):
        old, new = (db.session.get_one(Screening, one) for one in (old_id, new_id))
        assert (old.protocol_digest, old.parameters) == (new.protocol_digest, new.parameters)


def test_less_filler_asks_nothing_again(app: Flask, cast: Cast, nora: Visitor) -> None:
    treatment_id = plan(app, cast)
    clear(app, cast, treatment_id)
    old_id, _ = screened(app, treatment_id)
    change(nora, treatment_id, amount_0="0.5")
    assert screened(app, treatment_id)[0] == old_id
    assert status(app, treatment_id) == "cleared"


def test_the_interlock_is_asked_again(app: Flask, cast: Cast, nora: Visitor) -> None:
    """T8: toxin needs no rescue, filler does."""
    toxin, filler = (add_product(app, cast["ada"].actor, one) for one in (TOXIN, FILLER))
    treatment_id = plan(app, cast, product=TOXIN, areas=("glabella",), amount=20)
    assert toxin
    assert "interlock" not in {one.code for one in begin(app, cast, treatment_id)}
    page = nora.get(f"/treatments/{treatment_id}/plan?product={filler}")
    values: dict[str, Any] = {
        "areas_0": ["lips"],
        "amount_0": "0,5",
        "target_0": "Fuller",
        "why": "No toxin after all",
    }
    page.submit("Change plan", **values)
    assert "interlock" in {one.code for one in begin(app, cast, treatment_id)}
    with looking(app):
        (item,) = reading.chart(db.session.get_one(Treatment, treatment_id), today()).items
        assert (item.brand, item.amount) == ("juvederm", 500)


def test_a_reason_is_asked_and_what_is_wrong_changes_nothing(app: Flask, cast: Cast, nora: Visitor) -> None:
    treatment_id = plan(app, cast)
    for values, message in (
        ({"why": ""}, "Say why the plan changes"), ({"areas_0": []}, "at least one area"),
        ({"amount_0": "-1"}, "above zero"), ({"target_0": ""}, "Name one target"),
    ):  # fmt: skip
        page = change(nora, treatment_id, 422, **values)
        assert any(message in error for error in page.errors), page.errors
    with looking(app):
        assert db.session.scalars(sa.select(PlanChange)).all() == []


def test_a_plan_that_has_begun_stays(app: Flask, cast: Cast, nora: Visitor) -> None:
    treatment_id, _ = started(app, cast)
    nora.get(f"/treatments/{treatment_id}/plan", 409)


def test_a_stranger_changes_nothing(app: Flask, cast: Cast, eve: Visitor) -> None:
    eve.get(f"/treatments/{plan(app, cast)}/plan", 404)


def test_what_was_answered_counts_for_the_plan_it_was_answered_on(
    app: Flask, cast: Cast, nora: Visitor
) -> None:
    """A changed plan that is doubtful is asked about by itself; baseline refill at the same point stays."""
    put(app, cast, code="RESCUE", containers=8)
    treatment_id = ready(app, cast)
    page = change(nora, treatment_id, 422, amount_0="1.5")
    assert "lips: more than 1 millilitre" in page.errors[0]
    page.submit("Change plan", sure_0=True)
    assert status(app, treatment_id) == "cleared"
    measure(app, cast, treatment_id)
    assert begin(app, cast, treatment_id) == []
