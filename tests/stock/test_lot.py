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


def test_a_lot_kept_from_use_and_released(app: Flask, cast: Cast, nora: Visitor, okafor: Visitor) -> None:
    lot_id = put(app, cast)
    page = nora.get(f"/stock/lots/{lot_id}").click("Keep from use")
    page = page.submit("Keep from use", state="quarantined", reason="Fridge at 12 C")
    assert "Not readyQuarantined" in page.text
    assert "Fridge at 12 C" in page.text
    nora.get(f"/stock/lots/{lot_id}/release", 403)
    page = okafor.get(f"/stock/lots/{lot_id}").click("Release for use")
    page = page.submit("Release for use", reason="Maker says it may be used")
    assert "Ready" in page.text
    assert "Maker says it may be used" in page.text


def test_a_recalled_lot_is_never_released(app: Flask, cast: Cast, sam: Visitor) -> None:
    lot_id = put(app, cast)
    sam.get(f"/stock/lots/{lot_id}/quarantine").submit("Keep from use", state="recalled", reason="Letter")
    page = sam.get(f"/stock/lots/{lot_id}/release").submit("Release for use", 422, reason="It looks fine")
    assert "only a quarantined one can be released" in page.errors[0]
    page = sam.get(f"/stock/lots/{lot_id}/quarantine").submit(
        "Keep from use", 422, state="quarantined", reason="x"
    )
    assert "already recalled" in page.errors[0]


def test_a_replacement_is_noted(app: Flask, cast: Cast, nora: Visitor) -> None:
    lot_id = put(app, cast, days=18)
    page = nora.get(f"/stock/lots/{lot_id}").submit("Replacement ordered")
    assert "Expires in 18 days, replacement ordered" in page.text
    assert not page.has("button", text="Replacement ordered")


def test_a_mistaken_line_is_taken_back_by_its_opposite(app: Flask, cast: Cast, nora: Visitor) -> None:
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
