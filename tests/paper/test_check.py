"""Scanning a card on the wall: current, or stale and since what."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from safety import clock
from safety.audit.log import seal
from safety.audit.models import AuditEntry
from safety.clinic import actions as clinic
from safety.clinic.actions import Callee
from safety.clinic.models import ContactRole
from safety.db import as_clinic, db, write_transaction
from safety.paper import actions, reading, rules
from tests.factories import Cast, arranging, looking
from tests.page import Visitor
from tests.protocols.signing import approve
from tests.stock import shelf

Json = dict[str, Any]


def print_card(app: Flask, cast: Cast, card: str = "vo") -> str:
    """A card as printing leaves it, without drawing it; returns its digest."""
    with app.app_context(), as_clinic(cast.clinic_id), write_transaction():
        said = reading.content(card, clock.now())
        digest = actions.note_printed(cast["nora"].actor, said, clock.now()).digest
        seal()
        return digest


def add_contact(app: Flask, cast: Cast) -> None:
    with arranging(app, cast["ada"].actor) as ada:
        clinic.add_contact(ada, cast.clinic_id, Callee(ContactRole.OTHER, "Dr L. Moss", "0117 496 0001"))


def test_it_works(app: Flask, cast: Cast, nora: Visitor) -> None:
    page = nora.get(f"/paper/check?d={print_card(app, cast)}")
    assert page.title.startswith("Current card")
    assert page.has("strong", text="Current")


def another_lot(app: Flask, cast: Cast) -> None:
    shelf.put(app, cast)


def another_protocol(app: Flask, cast: Cast) -> None:
    approve(app, cast, "vascular_occlusion")


@pytest.mark.parametrize(
    ("change", "said", "line"),
    [
        (another_lot, "Stock changed", "Stock now: Hyalase 1500 lot H0118L, 4 of 1500 units"),
        (add_contact, "Contacts changed", "Contact now: Dr L. Moss, 0117 496 0001"),
        (another_protocol, "Protocol changed", "approved by Dr Mara Lindqvist"),
    ],
)
def test_what_changed_is_said(
    app: Flask, cast: Cast, nora: Visitor, change: Callable[[Flask, Cast], None], said: str, line: str
) -> None:
    digest = print_card(app, cast)
    change(app, cast)
    page = nora.get(f"/paper/check?d={digest}")
    assert page.has("strong", text="STALE")
    assert said in page.text
    assert line in page.text
    assert not page.has("button", text="This sheet hangs here")


def test_the_sight_card_does_not_care_about_the_shelf(app: Flask, cast: Cast, nora: Visitor) -> None:
    digest = print_card(app, cast, "vision")
    another_lot(app, cast)
    assert nora.get(f"/paper/check?d={digest}").has("strong", text="Current")


def test_stock_back_as_it_was_makes_the_sheet_right_again() -> None:
    then: Json = {"protocol": 1, "clinic": 1, "contacts": [], "stock": [1]}
    assert rules.changes(then, {**then, "stock": []}) == ["stock"]
    assert rules.changes(then, dict(then)) == []


def test_a_tablet_may_scan_and_learns_what_changed(app: Flask, cast: Cast, tablet: Visitor) -> None:
    digest = print_card(app, cast)
    add_contact(app, cast)
    assert "Dr L. Moss" in tablet.get(f"/paper/check?d={digest}").text


@pytest.mark.parametrize("who", ["anyone", "eve"])
def test_a_stranger_learns_only_that_it_is_stale(
    app: Flask, cast: Cast, request: pytest.FixtureRequest, who: str
) -> None:
    visitor: Visitor = request.getfixturevalue(who)
    digest = print_card(app, cast)
    add_contact(app, cast)
    page = visitor.get(f"/paper/check?d={digest}")
    assert "Contacts changed" in page.text
    for kept in ("Moss", "0001", "Harbour"):
        assert kept not in page.text


@pytest.mark.parametrize("digest", ["", "x", "0" * 64, "' OR 1=1"])
def test_no_such_card(nora: Visitor, digest: str) -> None:
    nora.get(f"/paper/check?d={digest}", status=404)


def test_printing_again_keeps_one_row_and_notes_each_time(app: Flask, cast: Cast) -> None:
    assert print_card(app, cast) == print_card(app, cast)
    with looking(app):
        assert db.session.query(AuditEntry).filter_by(action="paper.printed").count() == 2


def test_hanging_is_recorded_and_the_board_tells_when_it_is_stale(
    app: Flask, cast: Cast, nora: Visitor
) -> None:
    assert "1 wall card to print" in nora.get("/today").text
    digest = print_card(app, cast)
    page = nora.get(f"/paper/check?d={digest}").submit("This sheet hangs here", room=cast.room_id)
    assert "Noted" in page.text
    assert page.has("span", text="Current")
    assert "wall card" not in nora.get("/today").text
    another_lot(app, cast)
    task = nora.get("/today").find("a", text="1 wall card to print")
    assert "Room 1: stock changed" in task.text
    assert task["href"] == "/paper"
    with looking(app):
        entry = db.session.query(AuditEntry).filter_by(action="paper.hung").one()
        assert entry.subject == f"room:{cast.room_id}"


def test_another_clinics_room_or_card_cannot_be_hung(
    app: Flask, cast: Cast, nora: Visitor, eve: Visitor
) -> None:
    digest = print_card(app, cast)
    eve.post(f"/paper/hang/{digest}", room=cast.room_id, status=404)
    nora.post(f"/paper/hang/{digest}", room="elsewhere")
    nora.post(f"/paper/hang/{'0' * 64}", room=cast.room_id, status=404)
    with looking(app):
        assert db.session.query(AuditEntry).filter_by(action="paper.hung").count() == 0


def test_what_hung_where_is_never_taken_back(app: Flask, cast: Cast, nora: Visitor) -> None:
    digest = print_card(app, cast)
    nora.get(f"/paper/check?d={digest}").submit("This sheet hangs here", room=cast.room_id)
    with app.app_context(), pytest.raises(Exception, match="only grows"), db.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM hung_card")


def test_expiry_makes_a_sheet_stale_by_itself(
    app: Flask, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf.put(app, cast, days=3)
    print_card(app, cast)
    later = clock.now() + timedelta(days=5)
    with looking(app, cast.clinic_id):
        printed = reading.last_printed("vo")
        assert printed is not None
        assert rules.changes(printed.content, reading.content("vo", later)) == ["stock"]
    assert re.match(r"[0-9a-f]{64}$", printed.digest)
