"""My settings: my own PIN, proved by my password."""

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from flask import Flask

from safety.audit.models import AuditEntry
from safety.db import db
from safety.staff import hashing
from safety.staff.models import Member
from tests.factories import PASSWORD, PIN, Cast, looking
from tests.page import Visitor
from tests.staff.conftest import messages


def stored_pin(app: Flask, cast: Cast) -> str:
    with looking(app):
        return db.session.get_one(Member, cast["nora"].id).pin_hash or ""


def test_it_works(app: Flask, nora: Visitor, cast: Cast) -> None:
    page = nora.get("/me").submit("Save PIN", password=PASSWORD, pin="804913")

    assert "Your new PIN is saved" in page.text
    assert hashing.fits(stored_pin(app, cast), "804913")
    with looking(app):
        entry = db.session.scalars(sa.select(AuditEntry).order_by(AuditEntry.index.desc())).first()
        assert entry is not None
        assert entry.action == "member.pin_changed"
        assert b"804913" not in entry.body


@pytest.mark.parametrize(
    ("pin", "message"),
    [
        ("", "Enter a new PIN"),
        ("123", "Use 4 to 8 digits"),
        ("123456789", "Use 4 to 8 digits"),
        ("12a456", "Use 4 to 8 digits"),
        ("\u0661\u0662\u0663\u0665", "Use 4 to 8 digits"),
        ("1111", "This PIN is easy to guess: avoid runs and repeats"),
        ("1234", "This PIN is easy to guess: avoid runs and repeats"),
        ("8765", "This PIN is easy to guess: avoid runs and repeats"),
    ],
)
def test_a_bad_pin_is_refused_at_the_field(
    app: Flask, nora: Visitor, cast: Cast, pin: str, message: str
) -> None:
    page = nora.get("/me").submit("Save PIN", status=422, password=PASSWORD, pin=pin)
    assert messages(page) == [message]
    assert hashing.fits(stored_pin(app, cast), PIN)


def test_the_password_must_be_ones_own(app: Flask, nora: Visitor, cast: Cast) -> None:
    page = nora.get("/me").submit("Save PIN", status=422, password="not my password", pin="804913")
    assert messages(page) == ["The PIN or password is wrong"]
    assert hashing.fits(stored_pin(app, cast), PIN)


def test_locking_is_offered_on_tablets_only(nora: Visitor, on_shift: Callable[..., Visitor]) -> None:
    assert not nora.get("/me").has("button", text="Lock this tablet")
    assert on_shift("nora").get("/me").has("button", text="Lock this tablet")
