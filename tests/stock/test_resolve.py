from flask import Flask

from tests.factories import Cast
from tests.page import Visitor
from tests.stock.test_rescue import discrepancies, give


def test_it_works(app: Flask, cast: Cast, okafor: Visitor) -> None:
    give(app, cast, None, lot_code="?")
    page = okafor.get("/stock/discrepancies").click("Rescue dose")
    page.submit("Settle", resolution="From the other clinic's kit, replaced")
    assert discrepancies(app) == []


def test_how_it_was_settled_must_be_said(app: Flask, cast: Cast, nora: Visitor) -> None:
    give(app, cast, None, lot_code="?")
    page = nora.get("/stock/discrepancies").click("Rescue dose").submit("Settle", 422, resolution=" ")
    assert "Say why" in page.errors[0]
    assert len(discrepancies(app)) == 1


def test_it_is_settled_once(app: Flask, cast: Cast, nora: Visitor) -> None:
    give(app, cast, None, lot_code="?")
    page = nora.get("/stock/discrepancies").click("Rescue dose")
    page.submit("Settle", resolution="Found it")
    assert "already resolved" in page.submit("Settle", 422, resolution="Found it again").errors[0]


def test_the_admin_reads_but_does_not_settle(app: Flask, cast: Cast, ada: Visitor) -> None:
    give(app, cast, None, lot_code="?")
    page = ada.get("/stock/discrepancies")
    assert "Rescue dose" in page.text
    assert not page.has("a", text="Rescue dose")
