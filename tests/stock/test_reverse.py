from flask import Flask

from safety.stock.rules import Holding
from tests.factories import Cast
from tests.page import Visitor
from tests.stock.shelf import held, put


def test_it_works(app: Flask, cast: Cast, nora: Visitor) -> None:
    lot_id = put(app, cast)
    page = nora.get(f"/stock/lots/{lot_id}").click("Take back").submit("Take back", reason="Wrong box")
    assert held(app, lot_id) == Holding()
    assert "Taken back -4 ampoules -6000 units" in page.text
    assert not page.has("a", text="Take back")


def test_a_line_is_taken_back_once(app: Flask, cast: Cast, nora: Visitor) -> None:
    lot_id = put(app, cast)
    page = nora.get(f"/stock/lots/{lot_id}").click("Take back")
    page.submit("Take back", reason="Wrong box")
    assert "already taken back" in page.submit("Take back", 422, reason="Wrong box").errors[0]
    assert held(app, lot_id) == Holding()


def test_a_receipt_is_not_taken_back_once_some_is_gone(app: Flask, cast: Cast, nora: Visitor) -> None:
    lot_id = put(app, cast)
    page = nora.get(f"/stock/lots/{lot_id}").click("Take back")
    nora.get(f"/stock/lots/{lot_id}/waste").submit("Throw away", containers="1", reason="Dropped")
    assert "already used" in page.submit("Take back", 422, reason="Wrong box").errors[0]
    assert held(app, lot_id) == Holding(3, 4500)


def test_a_reason_is_asked_for(app: Flask, cast: Cast, nora: Visitor) -> None:
    lot_id = put(app, cast)
    page = nora.get(f"/stock/lots/{lot_id}").click("Take back").submit("Take back", 422, reason=" ")
    assert "Say why" in page.errors[0]
    assert held(app, lot_id) == Holding(4, 6000)


def test_a_count_is_not_taken_back(app: Flask, cast: Cast, nora: Visitor) -> None:
    lot_id = put(app, cast)
    nora.get(f"/stock/lots/{lot_id}/count").submit("Save count", sealed="3", reason="One broken")
    page = nora.get("/stock/lines/2/reverse").submit("Take back", 422, reason="Miscounted")
    assert "count the lot instead" in page.errors[0]
    assert held(app, lot_id) == Holding(3, 4500)
