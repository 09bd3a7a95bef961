from collections.abc import Callable

import sqlalchemy as sa
from flask import Flask

from safety.audit.models import AuditEntry
from safety.db import db
from safety.incidents import content
from safety.stock.models import StockMovement
from safety.stock.rules import Holding
from safety.treatments import known, reading, telling
from safety.treatments.map_models import InjectionStrike
from safety.treatments.models import Injection, Treatment
from tests.factories import Cast, looking
from tests.page import Page, Visitor
from tests.screening.people import today
from tests.stock.shelf import TOXIN, held
from tests.treatments.test_amend import finished
from tests.treatments.visits import inject, started

WHY = "Wrong lot typed"


def strike(nora: Visitor, treatment_id: str, injection_id: str, status: int = 200, reason: str = WHY) -> Page:
    page = nora.get(f"/treatments/{treatment_id}/injections/{injection_id}/strike")
    return page.submit("Strike injection", status, reason=reason)


def test_it_works(app: Flask, cast: Cast, nora: Visitor) -> None:
    treatment_id, lot_id = started(app, cast)
    injection_id = inject(app, cast, treatment_id, lot_id)
    assert held(app, lot_id) == Holding(4, 4700)
    page = nora.get(f"/treatments/{treatment_id}").click("Strike injection 1")
    page = page.submit("Strike injection", reason=WHY)
    assert held(app, lot_id) == Holding(5, 5000), "the container it opened is sealed again"
    assert f": {WHY}" in page.text
    assert page.has("s", text="Lips"), "it stays readable"
    assert not page.has("a", text="Strike injection 1")
    with looking(app):
        struck = db.session.get_one(InjectionStrike, injection_id)
        line = db.session.get_one(StockMovement, struck.movement)
        assert (line.reverses, line.treatment_id) == (
            db.session.get_one(Injection, injection_id).movement, treatment_id)  # fmt: skip
        actions = set(db.session.scalars(sa.select(AuditEntry.action)))
    assert {"injection.struck", "stock.reversed"} <= actions


def test_a_struck_injection_counts_nowhere(app: Flask, cast: Cast, nora: Visitor) -> None:
    treatment_id, lot_id = started(app, cast)
    strike(nora, treatment_id, inject(app, cast, treatment_id, lot_id))
    with looking(app):
        treatment = db.session.get_one(Treatment, treatment_id)
        chart = reading.chart(treatment, today())
        assert chart.injections == []
        assert chart.given(chart.items[0]) == 0
        assert telling.history(treatment.patient_id) == []
        assert known.our_fillers(treatment.patient_id, None) == []
        assert known.past(treatment.patient_id) == []
        assert content._fillers(treatment_id) == []


def test_later_uses_of_the_same_container_keep_it_open(app: Flask, cast: Cast, nora: Visitor) -> None:
    treatment_id, lot_id = started(app, cast)
    first = inject(app, cast, treatment_id, lot_id, amount=300, minutes_ago=2)
    inject(app, cast, treatment_id, lot_id, amount=200)
    assert held(app, lot_id) == Holding(4, 4500)
    strike(nora, treatment_id, first)
    assert held(app, lot_id) == Holding(4, 4800)
    inject(app, cast, treatment_id, lot_id, amount=800)
    assert held(app, lot_id) == Holding(4, 4000), "what was given back is drawn from the open one"


def test_it_is_struck_once_and_needs_a_reason(app: Flask, cast: Cast, nora: Visitor) -> None:
    treatment_id, lot_id = started(app, cast)
    injection_id = inject(app, cast, treatment_id, lot_id)
    assert "Say what was wrong" in strike(nora, treatment_id, injection_id, 422, " ").errors[0]
    strike(nora, treatment_id, injection_id)
    assert "already struck" in strike(nora, treatment_id, injection_id, 422).errors[0]
    assert held(app, lot_id) == Holding(5, 5000)


def test_a_finished_treatment_is_amended_and_not_struck(app: Flask, cast: Cast, nora: Visitor) -> None:
    treatment_id, _ = finished(app, cast, nora)
    with looking(app):
        injection_id = db.session.scalars(sa.select(Injection.id)).one()
    assert "amend its record" in strike(nora, treatment_id, injection_id, 422).errors[0]
    assert not nora.get(f"/treatments/{treatment_id}").has("a", text="Strike injection 1")


def test_another_clinic_finds_nothing(app: Flask, cast: Cast, signed_in: Callable[[str], Visitor]) -> None:
    treatment_id, lot_id = started(app, cast)
    injection_id = inject(app, cast, treatment_id, lot_id)
    signed_in("eve").get(f"/treatments/{treatment_id}/injections/{injection_id}/strike", 404)


def test_a_dose_from_a_diluted_vial_goes_back_into_it(app: Flask, cast: Cast, nora: Visitor) -> None:
    treatment_id, lot_id = started(app, cast, product=TOXIN, areas=("glabella",), amount=20)
    before = held(app, lot_id)
    injection_id = inject(app, cast, treatment_id, lot_id, area="glabella", amount=20)
    strike(nora, treatment_id, injection_id)
    assert held(app, lot_id) == before
    inject(app, cast, treatment_id, lot_id, area="glabella", amount=20)
