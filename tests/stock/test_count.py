import pytest
import sqlalchemy as sa
from flask import Flask

from safety.db import db
from safety.stock.models import StockMovement
from safety.stock.rules import Holding
from tests.factories import Cast, looking
from tests.page import Visitor
from tests.stock.shelf import TOXIN, held, put


def test_it_works(app: Flask, cast: Cast, nora: Visitor) -> None:
    lot_id = put(app, cast)
    page = nora.get("/stock/count").click("H0118L").submit("Save count", sealed="4")
    assert "the ledger was right" in page.text
    assert "Last count" in nora.get("/stock").tree.text
    assert held(app, lot_id) == Holding(4, 6000)


def test_what_the_ledger_says_is_not_shown_before_counting(app: Flask, cast: Cast, nora: Visitor) -> None:
    lot_id = put(app, cast)
    assert "4 ampoules" not in nora.get(f"/stock/lots/{lot_id}/count").text


def test_a_difference_needs_a_reason_and_becomes_a_line(app: Flask, cast: Cast, nora: Visitor) -> None:
    lot_id = put(app, cast)
    page = nora.get(f"/stock/lots/{lot_id}/count")
    refused = page.submit("Save count", 422, sealed="3")
    assert "The ledger says 4 ampoules, 6000 units: say why it differs" in refused.errors[0]
    assert held(app, lot_id) == Holding(4, 6000)
    page.submit("Save count", sealed="3", reason="One found broken")
    assert held(app, lot_id) == Holding(3, 4500)
    with looking(app):
        line = db.session.scalars(sa.select(StockMovement).where(StockMovement.kind == "counted")).one()
        assert (line.containers, line.amount, line.reason) == (-1, -1500, "One found broken")


def test_an_opened_multi_use_vial_counts_with_what_it_holds(app: Flask, cast: Cast, nora: Visitor) -> None:
    lot_id = put(app, cast, TOXIN, containers=3)
    page = nora.get(f"/stock/lots/{lot_id}/count")
    page.submit("Save count", sealed="2", in_opened="40", reason="Used 60")
    assert held(app, lot_id) == Holding(3, 240)


@pytest.mark.parametrize(
    ("sealed", "in_opened", "message"),
    [
        ("", "", "Enter how many you counted"), ("four", "", "Enter how many you counted"),
        ("4", "100", "Enter less than a full one"), ("4", "4.5", "Enter whole units"),
    ],
)  # fmt: skip
def test_wrong_values_are_named_at_the_field(
    app: Flask, cast: Cast, nora: Visitor, sealed: str, in_opened: str, message: str
) -> None:
    lot_id = put(app, cast, TOXIN)
    page = nora.get(f"/stock/lots/{lot_id}/count")
    page = page.submit("Save count", 422, sealed=sealed, in_opened=in_opened, reason="x")
    assert message in page.errors[0]
    assert held(app, lot_id) == Holding(4, 400)


def test_a_single_use_product_has_no_opened_stock(app: Flask, cast: Cast, nora: Visitor) -> None:
    lot_id = put(app, cast)
    page = nora.post(f"/stock/lots/{lot_id}/count", {"sealed": "4", "in_opened": "10", "reason": "x"}, 422)
    assert "single use" in page.main.text
    assert held(app, lot_id) == Holding(4, 6000)


def test_a_lot_of_another_clinic_is_not_there(app: Flask, cast: Cast, eve: Visitor) -> None:
    lot_id = put(app, cast)
    for act in ("count", "waste"):
        eve.get(f"/stock/lots/{lot_id}/{act}", 404)
        eve.post(f"/stock/lots/{lot_id}/{act}", {"sealed": "0", "containers": "1", "reason": "x"}, 404)
    assert held(app, lot_id) == Holding(4, 6000)
