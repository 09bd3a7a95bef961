import sqlalchemy as sa
from flask import Flask

from safety.db import db
from safety.stock.models import MovementKind, StockMovement
from safety.stock.rules import Holding
from tests.dilutions.vials import dilute, passed
from tests.factories import Cast, looking
from tests.page import Visitor
from tests.stock.shelf import TOXIN, held, put


def test_it_works(app: Flask, cast: Cast, nora: Visitor) -> None:
    lot_id = put(app, cast, TOXIN)
    vial_id = dilute(app, cast, lot_id)
    page = nora.get(f"/dilutions/{vial_id}").click("Throw this vial away")
    page.submit("Throw away", 422)
    page = page.submit("Throw away", reason="Dropped")
    assert "No vial is diluted" in page.text
    assert held(app, lot_id) == Holding(3, 300)
    assert (
        "empty or thrown away already"
        in nora.post(f"/dilutions/{vial_id}/discard", {"reason": "again"}, 422).errors[0]
    )


def test_a_vial_past_its_use_by_is_thrown_away_as_that(app: Flask, cast: Cast, nora: Visitor) -> None:
    lot_id = put(app, cast, TOXIN)
    passed(app, cast, lot_id)
    page = nora.get("/dilutions")
    assert "Use-by was" in page.text
    page = page.click("Botox 100").submit("Throw away")
    assert held(app, lot_id) == Holding(3, 300)
    with looking(app):
        line = db.session.scalars(
            sa.select(StockMovement).where(StockMovement.kind == MovementKind.WASTED)
        ).one()
        assert line.reason == "Use-by passed"
