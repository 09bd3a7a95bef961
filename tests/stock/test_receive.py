from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from safety import clock
from safety.audit import log
from safety.audit.log import Unrecorded, seal
from safety.audit.models import AuditEntry
from safety.db import as_clinic, db, write_transaction
from safety.stock.models import Lot, StockMovement
from safety.stock.rules import Holding
from tests.factories import Cast, arranging, looking
from tests.page import Page, Visitor
from tests.stock.shelf import HYALASE, HYLENEX, add_product, held, put, today


def parts(day: date) -> dict[str, Any]:
    return {
        "expires_on-day": str(day.day),
        "expires_on-month": str(day.month),
        "expires_on-year": str(day.year),
    }


def receive(nora: Visitor, product: str, status: int = 200, **changes: Any) -> Page:
    good: dict[str, Any] = {
        "product_id": product, "code": "H0118L", "containers": "4", **parts(today() + timedelta(days=300))
    }  # fmt: skip
    return nora.get("/stock/receive").submit("Receive", status=status, **{**good, **changes})


def lines(app: Flask) -> int:
    with looking(app):
        return db.session.scalar(sa.select(sa.func.count()).select_from(StockMovement)) or 0


def test_it_works(app: Flask, cast: Cast, nora: Visitor) -> None:
    page = receive(nora, add_product(app, cast["ada"].actor))
    assert page.h1 == "Hyalase 1500"
    assert "4 ampoules, 6000 units" in page.text
    with looking(app):
        line = db.session.scalars(sa.select(StockMovement)).one()
        assert (line.kind.value, line.containers, line.amount) == ("received", 4, 6000)
        entry = db.session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "stock.received")).one()
        assert entry.subject == f"lot:{line.lot_id}"
        assert b'"amount":6000' in entry.body


def test_the_same_lot_joins_when_the_expiry_agrees(app: Flask, cast: Cast, nora: Visitor) -> None:
    product_id = add_product(app, cast["ada"].actor)
    receive(nora, product_id)
    page = receive(nora, product_id, containers="2")
    assert "6 ampoules, 9000 units" in page.text
    with looking(app):
        assert len(db.session.scalars(sa.select(Lot)).all()) == 1


def test_the_same_lot_with_another_expiry_is_refused(app: Flask, cast: Cast, nora: Visitor) -> None:
    product_id = add_product(app, cast["ada"].actor)
    receive(nora, product_id)
    page = receive(nora, product_id, 422, **parts(today() + timedelta(days=301)))
    assert "is in stock with expiry" in page.errors[0]
    assert lines(app) == 1


def test_the_same_lot_in_other_letters_is_asked_about(app: Flask, cast: Cast, nora: Visitor) -> None:
    product_id = add_product(app, cast["ada"].actor)
    receive(nora, product_id)
    assert "letter for letter" in receive(nora, product_id, 422, code="h0118l").errors[0]


def test_the_same_text_under_two_products_is_two_lots(app: Flask, cast: Cast, nora: Visitor) -> None:
    receive(nora, add_product(app, cast["ada"].actor, HYALASE))
    receive(nora, add_product(app, cast["ada"].actor, HYLENEX))
    with looking(app):
        assert len(db.session.scalars(sa.select(Lot)).all()) == 2


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"product_id": ""}, "Choose a product"),
        ({"code": " "}, "Type the lot"),
        ({"code": "x" * 41}, "Use 40 characters or fewer"),
        ({"containers": ""}, "Enter how many came in"),
        ({"containers": "0"}, "Enter how many came in"),
        ({"containers": "-1"}, "Enter how many came in"),
        ({"containers": "2.5"}, "Enter how many came in"),
        ({"containers": "999999"}, "Enter how many came in"),
        ({"containers": "٣"}, "Enter how many came in"),
        ({"containers": "9" * 5000}, "check the number"),
        ({"expires_on-day": "31", "expires_on-month": "2"}, "There is no such day"),
        ({"expires_on-day": "", "expires_on-month": "", "expires_on-year": ""}, "Enter the expiry date"),
    ],
)
def test_wrong_values_are_named_at_the_field_and_nothing_is_stored(
    app: Flask, cast: Cast, nora: Visitor, changes: dict[str, Any], message: str
) -> None:
    page = receive(nora, add_product(app, cast["ada"].actor), 422, **changes)
    assert len(page.errors) == 1
    assert message in page.errors[0]
    assert lines(app) == 0


def test_what_is_past_its_expiry_is_not_received(app: Flask, cast: Cast, nora: Visitor) -> None:
    product_id = add_product(app, cast["ada"].actor)
    page = receive(nora, product_id, 422, **parts(today() - timedelta(days=1)))
    assert "do not put it into stock" in page.errors[0]
    assert lines(app) == 0
    receive(nora, product_id, **parts(today() + timedelta(days=1)))


def test_a_product_that_is_not_ours_is_refused(app: Flask, cast: Cast, nora: Visitor) -> None:
    theirs = add_product(app, cast["eve_admin"].actor)
    data = {"product_id": theirs, "code": "A", "containers": "1", **parts(today() + timedelta(days=9))}
    page = nora.post("/stock/receive", data, 422)
    assert "Choose a product" in page.errors[0]


def test_a_recalled_lot_is_not_received_again(app: Flask, cast: Cast, nora: Visitor) -> None:
    lot_id = put(app, cast)
    nora.get(f"/stock/lots/{lot_id}/quarantine").submit(
        "Keep from use", state="recalled", reason="Maker's letter"
    )
    page = receive(nora, add_product(app, cast["ada"].actor), 422)
    assert "is recalled" in page.errors[0]


def test_strange_text_stays_text(app: Flask, cast: Cast, nora: Visitor) -> None:
    code = "<script>x</script>"
    page = receive(nora, add_product(app, cast["ada"].actor), code=code)
    assert code in page.text
    assert not page.main.all("script")


def test_nothing_is_left_when_the_seal_fails(
    app: Flask, cast: Cast, nora: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    product_id = add_product(app, cast["ada"].actor)
    with looking(app):
        before = log.size()

    def broken(*_: object) -> None:
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(log, "_append", broken)
    app.config["PROPAGATE_EXCEPTIONS"] = False
    receive(nora, product_id, 500)
    monkeypatch.undo()
    with looking(app):
        assert (log.size(), db.session.scalar(sa.select(sa.func.count()).select_from(Lot))) == (before, 0)
    assert lines(app) == 0


def test_a_line_without_its_record_cannot_be_sealed(app: Flask, cast: Cast) -> None:
    lot_id, now = put(app, cast), clock.now()
    with app.app_context(), as_clinic(cast.clinic_id), write_transaction():
        line = StockMovement(
            clinic_id=cast.clinic_id, lot_id=lot_id, kind="used", containers=-1, amount=-1500
        )
        line.happened_at, line.recorded_at, line.actor = now, now, "member:x"
        db.session.add(line)
        with pytest.raises(Unrecorded):
            seal()
    assert held(app, lot_id) == Holding(4, 6000)


def test_the_ledger_only_grows(app: Flask, cast: Cast) -> None:
    put(app, cast)
    for verb in ("UPDATE stock_movement SET amount = 1", "DELETE FROM stock_movement"):
        with pytest.raises(sa.exc.DBAPIError, match="only grows"), arranging(app, cast["nora"].actor):
            db.session.connection().execute(sa.text(verb))
