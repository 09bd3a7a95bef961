import pytest
from flask import Flask

from tests.factories import Cast
from tests.page import Visitor
from tests.stock.shelf import put


def test_it_works(app: Flask, cast: Cast, nora: Visitor, okafor: Visitor) -> None:
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


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"state": None}, "Choose one"),
        ({"reason": " "}, "Say why"),
        ({"reason": "x" * 251}, "Use 250"),
    ],
)
def test_wrong_values_are_named_at_the_field(
    app: Flask, cast: Cast, nora: Visitor, values: dict[str, str], message: str
) -> None:
    page = nora.get(f"/stock/lots/{put(app, cast)}/quarantine")
    page = page.submit("Keep from use", 422, **{"state": "recalled", "reason": "Letter", **values})
    assert message in page.errors[0]


def test_a_forged_state_is_refused(app: Flask, cast: Cast, nora: Visitor) -> None:
    lot_id = put(app, cast)
    nora.post(f"/stock/lots/{lot_id}/quarantine", {"state": "usable", "reason": "x"}, 422)
    assert "May be used" in nora.get(f"/stock/lots/{lot_id}").text
