from flask import Flask

from tests.factories import Cast
from tests.page import Visitor
from tests.stock.shelf import FILLER, HYLENEX, put


def test_it_works(app: Flask, cast: Cast, nora: Visitor) -> None:
    put(app, cast, FILLER, code="F77")
    put(app, cast)
    page = nora.get("/stock")
    assert page.text.index("Hyalase 1500, lot H0118L") < page.text.index("Lip filler 1 mL, lot F77")
    assert "4 ampoulesHyalase 1500: 6000 units usable today" in page.text
    assert "Ready" in page.text


def test_an_empty_shelf_says_what_that_means(nora: Visitor) -> None:
    assert "Filler cannot start without it" in nora.get("/stock").text


def test_each_state_has_its_word_and_reason(app: Flask, cast: Cast, nora: Visitor) -> None:
    put(app, cast, code="OLD", days=-1)
    put(app, cast, code="SOON", days=18)
    held_back = put(app, cast, HYLENEX, code="HELD")
    nora.get(f"/stock/lots/{held_back}/quarantine").submit(
        "Keep from use", state="quarantined", reason="Warm"
    )
    text = nora.get("/stock").text
    assert "Not ready Expired" in text
    assert "Check Expires in 18 days, no replacement ordered" in text
    assert "Not ready Quarantined" in text
    assert "4 ampoulesHyalase 1500: 6000 units usable today" in text
    assert "0 vialsHylenex 150: 0 units usable today" in text


def test_spent_lots_are_shown_when_asked_for(app: Flask, cast: Cast, nora: Visitor) -> None:
    lot_id = put(app, cast, containers=1)
    nora.get(f"/stock/lots/{lot_id}/waste").submit("Throw away", containers="1", reason="Dropped")
    page = nora.get("/stock")
    assert "H0118L" not in page.text
    assert "H0118L" in page.click("Show 1 spent lot").text


def test_another_clinic_sees_nothing_of_ours(app: Flask, cast: Cast, eve: Visitor) -> None:
    put(app, cast)
    assert "H0118L" not in eve.get("/stock").text


def test_nobody_signed_in_sees_stock(app: Flask, cast: Cast, anyone: Visitor) -> None:
    put(app, cast)
    assert anyone.get("/stock").h1 != "Stock"
