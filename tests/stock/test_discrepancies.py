from flask import Flask

from tests.factories import Cast
from tests.page import Visitor
from tests.stock.shelf import put
from tests.stock.test_rescue import discrepancies, give


def test_it_works(app: Flask, cast: Cast, nora: Visitor) -> None:
    give(app, cast, put(app, cast, containers=1), 3000)
    page = nora.get("/stock").click("See what happened").click("The ledger had 1500 units")
    page = page.submit("Settle", resolution="A second ampoule came from room 2, counted")
    assert "Nothing to settle" in page.text
    assert discrepancies(app) == []


def test_another_clinic_finds_nothing(app: Flask, cast: Cast, nora: Visitor, eve: Visitor) -> None:
    give(app, cast, None, lot_code="?")
    url = nora.get("/stock/discrepancies").find("a", text="Rescue dose")["href"]
    eve.get(url, 404)
    eve.post(url, {"resolution": "mine"}, 404)
    assert "Nothing to settle" in eve.get("/stock/discrepancies").text
    assert len(discrepancies(app)) == 1
