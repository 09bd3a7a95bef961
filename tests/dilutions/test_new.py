from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from safety import clock
from safety.db import db
from safety.dilutions.models import Dilution
from safety.stock.actions import NewProduct
from safety.stock.models import AmountUnit, Container, MovementKind, ProductClass, StockMovement
from safety.stock.rules import Holding
from tests.dilutions.vials import diluted
from tests.factories import Cast, looking
from tests.page import Page, Visitor
from tests.stock.shelf import TOXIN, held, put
from tests.treatments.visits import plan

GOOD: dict[str, Any] = {"volume": "2.5", "diluent": "Sodium chloride 0.9 %", "diluent_lot": "SA7702"}
SALINE = NewProduct(
    "Sodium chloride 0.9 %", "B. Braun", ProductClass.OTHER, "saline", None, AmountUnit.EACH, 1,
    Container.AMPOULE, None, single_use=True, reversible=False,
)  # fmt: skip


def of_brand(brand: str, **changes: Any) -> NewProduct:
    """A toxin of another brand."""
    return NewProduct(**{**vars(TOXIN), "name": f"{brand} 100", "brand": brand, **changes})


def records(app: Flask) -> list[Dilution]:
    with looking(app):
        return list(db.session.scalars(sa.select(Dilution)))


def form(nora: Visitor, lot_id: str) -> Page:
    page = nora.get("/dilutions/new")
    assert page.has("input", name="lot_id", value=lot_id)
    return page


def test_it_works(app: Flask, cast: Cast, nora: Visitor) -> None:
    lot_id = put(app, cast, TOXIN, code="C6884C3")
    page = nora.get("/stock").click("Diluted vials").click("Dilute a vial")
    page = page.submit("Record dilution", lot_id=lot_id, **GOOD)
    for said in ("Botox", "C6884C3", "100 units", "Sodium chloride 0.9 %", "SA7702", "2.5 millilitres",
                 "4 units in 0.1 millilitres", "A listed dilution", "Nora Quinn"):  # fmt: skip
        assert said in page.text
    (row,) = records(app)
    one = diluted(app, cast, row.vial_id)
    assert one.vial.discard_at - one.vial.opened_at == timedelta(hours=24)
    assert held(app, lot_id) == Holding(3, 400), "sealed ones; the opened vial's 100 are still on hand"
    with looking(app):
        line = db.session.scalars(sa.select(StockMovement).where(StockMovement.vial_id == row.vial_id)).one()
        assert (line.kind, line.containers, line.amount) == (MovementKind.RECONSTITUTED, -1, 0)


def test_the_page_works_it_out_and_keeps_nothing(app: Flask, cast: Cast, nora: Visitor) -> None:
    lot_id = put(app, cast, TOXIN)
    page = form(nora, lot_id).submit("Work it out", 422, lot_id=lot_id, **{**GOOD, "units": "17"})
    assert "4 units in 0.1 millilitres" in page.text
    assert "17 units: draw 0.425 millilitres" in page.text
    assert records(app) == []
    assert held(app, lot_id) == Holding(4, 400)
    page.submit("Record dilution")
    assert len(records(app)) == 1


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"lot_id": None}, "Choose the lot in your hand"),
        ({"volume": ""}, "Enter the millilitres"),
        ({"volume": "0"}, "Less than 0.1 millilitres"),
        ({"volume": "-2.5"}, "as a number"),
        ({"volume": "1,000"}, "one or two decimals"),
        ({"volume": "25"}, "Is 2.5 millilitres meant?"),
        ({"volume": "100"}, "the number of units in the vial"),
        ({"volume": "9" * 30}, "far too much"),
        ({"diluent": "", "diluent_lot": ""}, "Enter the diluent and its lot"),
        ({"diluent_lot": "x" * 41}, "40 characters"),
        ({"made_at": "25:00"}, "24 hours"),
        ({"units": "2.5"}, "Enter whole units"),
        ({"units": "-4"}, "Enter whole units"),
    ],
)
def test_wrong_values_are_named_at_the_field_and_nothing_is_stored(
    app: Flask, cast: Cast, nora: Visitor, changes: dict[str, Any], message: str
) -> None:
    lot_id = put(app, cast, TOXIN)
    put(app, cast, of_brand("dysport"), code="OTHER")  # so that no lot is chosen by itself
    page = form(nora, lot_id).submit("Record dilution", 422, **{"lot_id": lot_id, **GOOD, **changes})
    assert any(message in error for error in page.errors), page.errors
    assert records(app) == []
    assert held(app, lot_id) == Holding(4, 400)


def test_a_comma_is_a_decimal_mark(app: Flask, cast: Cast, nora: Visitor) -> None:
    lot_id = put(app, cast, TOXIN)
    form(nora, lot_id).submit("Record dilution", lot_id=lot_id, **{**GOOD, "volume": "2,5"})
    assert records(app)[0].volume_ul == 2500


def test_another_volume_is_confirmed_with_a_reason(app: Flask, cast: Cast, nora: Visitor) -> None:
    lot_id = put(app, cast, TOXIN)
    page = form(nora, lot_id).submit("Record dilution", 422, lot_id=lot_id, **{**GOOD, "volume": "2"})
    assert "Not a listed dilution of this vial: 2.5 millilitres" in page.errors[0]
    page = page.submit("Record dilution", 422, sure=True)
    assert records(app) == [], "a tick alone says no reason"
    page = page.submit("Record dilution", sure=True, reason="Smaller spread, agreed with Dr Okafor")
    assert "Not a listed dilution: Smaller spread" in page.text
    assert records(app)[0].label == "other"


def test_a_brand_without_a_row_is_recorded_as_such(app: Flask, cast: Cast, nora: Visitor) -> None:
    lot_id = put(app, cast, of_brand("letybo"))
    page = form(nora, lot_id)
    assert "No label dilution known" in page.text
    page = page.submit("Record dilution", lot_id=lot_id, **GOOD)
    assert "No label dilution known" in page.text
    assert records(app)[0].label == "unknown"


def test_a_liquid_is_not_diluted(app: Flask, cast: Cast, nora: Visitor) -> None:
    lot_id = put(app, cast, of_brand("alluzience"))
    page = nora.get("/dilutions/new")
    assert "No sealed vial may be diluted" in page.text
    page = nora.post("/dilutions/new", {"lot_id": lot_id, **GOOD}, 422)
    assert "is ready to use" in page.errors[0]


def test_a_diluent_of_our_stock_is_taken_with_it(app: Flask, cast: Cast, nora: Visitor) -> None:
    lot_id, saline = put(app, cast, TOXIN), put(app, cast, SALINE, containers=10, code="SA7702")
    page = form(nora, lot_id).submit("Record dilution", lot_id=lot_id, volume="2.5", diluent_lot_id=saline)
    assert "SA7702" in page.text
    assert held(app, saline) == Holding(9, 9)
    assert records(app)[0].diluent_lot_id == saline


def test_a_recalled_diluent_is_refused(app: Flask, cast: Cast, nora: Visitor, okafor: Visitor) -> None:
    lot_id, saline = put(app, cast, TOXIN), put(app, cast, SALINE, containers=10, code="SA7702")
    okafor.get(f"/stock/lots/{saline}/quarantine").submit("Keep from use", state="recalled", reason="Letter")
    posted = {"lot_id": lot_id, "volume": "2.5", "diluent_lot_id": saline}
    assert "cannot be used. Recalled" in nora.post("/dilutions/new", posted, 422).errors[0]
    assert records(app) == []


def test_never_longer_than_the_lot(app: Flask, cast: Cast, nora: Visitor) -> None:
    lot_id = put(app, cast, TOXIN, days=0)
    form(nora, lot_id).submit("Record dilution", lot_id=lot_id, **GOOD)
    one = diluted(app, cast, records(app)[0].vial_id)
    assert one.vial.discard_at - clock.now() <= timedelta(hours=24)
    assert one.vial.discard_at.hour in (23, 0), "the lot's last midnight in London"


def test_a_time_ahead_or_long_past_is_refused(app: Flask, cast: Cast, nora: Visitor) -> None:
    lot_id = put(app, cast, TOXIN)
    ahead = (clock.now() + timedelta(hours=2)).strftime("%H:%M")
    page = form(nora, lot_id).submit("Record dilution", 422, lot_id=lot_id, **{**GOOD, "made_at": ahead})
    if clock.now().hour < 22:
        assert "check the time" in page.errors[0]
    assert records(app) == []


def test_from_the_treatment_and_back(app: Flask, cast: Cast, nora: Visitor) -> None:
    put(app, cast, TOXIN, code="C6884C3")
    treatment_id = plan(app, cast, product=TOXIN, areas=("glabella",), amount=20)
    page = nora.get(f"/treatments/{treatment_id}").click("Dilution, Botox")
    page = page.submit("Record dilution", **GOOD)
    assert page.url == f"/treatments/{treatment_id}"
    assert "4 units in 0.1 millilitres" in page.text


def test_another_clinic_dilutes_nothing_of_ours(app: Flask, cast: Cast, eve: Visitor) -> None:
    lot_id = put(app, cast, TOXIN)
    assert (
        "Choose a lot from the list" in eve.post("/dilutions/new", {"lot_id": lot_id, **GOOD}, 422).errors[0]
    )
    assert records(app) == []
