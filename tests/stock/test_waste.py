from flask import Flask

from safety.stock.rules import Holding
from tests.factories import Cast
from tests.page import Visitor
from tests.stock.shelf import TOXIN, held, put


def test_it_works(app: Flask, cast: Cast, nora: Visitor) -> None:
    lot_id = put(app, cast)
    page = nora.get("/stock/waste").click("H0118L").submit("Throw away", containers="1", reason="Dropped")
    assert "Dropped" in page.text
    assert held(app, lot_id) == Holding(3, 4500)


def test_no_more_than_there_is(app: Flask, cast: Cast, nora: Visitor) -> None:
    lot_id = put(app, cast)
    page = nora.get(f"/stock/lots/{lot_id}/waste").submit("Throw away", 422, containers="5", reason="Dropped")
    assert "has only 4 ampoules" in page.errors[0]
    assert held(app, lot_id) == Holding(4, 6000)


def test_a_reason_is_asked_for(app: Flask, cast: Cast, nora: Visitor) -> None:
    lot_id = put(app, cast)
    page = nora.get(f"/stock/lots/{lot_id}/waste").submit("Throw away", 422, containers="1", reason=" ")
    assert "Say why" in page.errors[0]


def test_an_expired_lot_can_be_thrown_away(app: Flask, cast: Cast, nora: Visitor) -> None:
    lot_id = put(app, cast, days=-3)
    nora.get(f"/stock/lots/{lot_id}/waste").submit("Throw away", containers="4", reason="Expired")
    assert held(app, lot_id) == Holding()


def test_a_part_used_vial_goes_with_what_is_left_in_it(app: Flask, cast: Cast, nora: Visitor) -> None:
    lot_id = put(app, cast, TOXIN, containers=2)
    nora.get(f"/stock/lots/{lot_id}/count").submit("Save count", sealed="1", in_opened="20", reason="Used")
    nora.get(f"/stock/lots/{lot_id}/waste").submit("Throw away", containers="2", reason="Warm")
    assert held(app, lot_id) == Holding()
