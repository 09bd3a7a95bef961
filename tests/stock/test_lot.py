import pytest
from flask import Flask

from safety.stock.rules import Holding
from tests.factories import Cast
from tests.page import Visitor
from tests.stock.shelf import held, put


def test_it_works(app: Flask, cast: Cast, nora: Visitor) -> None:
    lot_id = put(app, cast)
    page = nora.get("/stock").click("H0118L")
    assert page.url == f"/stock/lots/{lot_id}"
    assert "Received 4 ampoules 6000 units Nora Quinn" in page.text


def test_a_replacement_is_noted(app: Flask, cast: Cast, nora: Visitor) -> None:
    lot_id = put(app, cast, days=18)
    page = nora.get(f"/stock/lots/{lot_id}").submit("Replacement ordered")
    assert "Expires in 18 days, replacement ordered" in page.text
    assert not page.has("button", text="Replacement ordered")


@pytest.mark.parametrize("page", ["", "/quarantine", "/release"])
def test_another_clinic_finds_no_such_lot(
    app: Flask, cast: Cast, signed_in: object, eve: Visitor, page: str
) -> None:
    lot_id = put(app, cast)
    assert callable(signed_in)
    who = signed_in("eve_officer") if page == "/release" else eve
    who.get(f"/stock/lots/{lot_id}{page}", 404)


def test_another_clinic_changes_nothing(app: Flask, cast: Cast, eve: Visitor) -> None:
    lot_id = put(app, cast)
    eve.post(f"/stock/lots/{lot_id}/quarantine", {"state": "recalled", "reason": "x"}, 404)
    eve.post(f"/stock/lots/{lot_id}/replacement", {}, 404)
    eve.post("/stock/lines/1/reverse", {"reason": "x"}, 404)
    assert held(app, lot_id) == Holding(4, 6000)


def test_there_is_no_such_lot(nora: Visitor) -> None:
    nora.get("/stock/lots/nowhere", 404)
    nora.get("/stock/lines/999999/reverse", 404)
