"""The administrator's list of staff."""

from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from safety.db import db
from safety.staff.models import Member, Role
from tests.factories import PASSWORD, Cast, looking
from tests.page import Page, Visitor
from tests.staff.conftest import enter, messages

TYPED = {"name": "Noor Haddad", "username": "Noor", "role": "nurse", "password": PASSWORD, "pin": ""}


def add(ada: Visitor, status: int = 200, **other: Any) -> Page:
    return ada.get("/admin/users/new").submit("Add staff member", status=status, **{**TYPED, **other})


def members(app: Flask) -> int:
    with looking(app):
        return db.session.scalar(sa.select(sa.func.count()).select_from(Member)) or 0


def test_it_works(app: Flask, ada: Visitor, anyone: Visitor, cast: Cast) -> None:
    page = add(ada)
    assert page.url == "/admin/users"
    assert page.has("span", text="Noor Haddad")
    with looking(app, cast.clinic_id):
        noor = db.session.scalars(sa.select(Member).where(Member.username == "noor")).one()
        assert (noor.role, noor.clinic_id, noor.pin_hash) == (Role.NURSE, cast.clinic_id, None)
        assert PASSWORD not in noor.password_hash
    assert enter(anyone, "noor").url == "/today"


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"name": " "}, "Enter the name as it stands on records"),
        ({"name": "N" * 121}, "Use 120 characters or fewer"),
        ({"username": ""}, "Enter a user name"),
        ({"role": None}, "Choose a role"),
        (
            {"password": "fourteen chars"},
            "Use at least 15 characters: three or four words are easy to remember",
        ),
        (
            {"password": "password1234567"},
            "This password is easy to guess: use three or four unrelated words",
        ),
        ({"password": "a" * 40}, "This password is easy to guess: use three or four unrelated words"),
        ({"password": "noor likes the sea"}, "Leave your user name out of the password"),
        ({"pin": "99"}, "Use 4 to 8 digits"),
        ({"username": "NORA"}, "This user name is taken: choose another"),
        ({"username": "eve"}, "This user name is taken: choose another"),
    ],
)
def test_bad_input_is_answered_at_the_field_and_stores_nothing(
    app: Flask, ada: Visitor, cast: Cast, wrong: dict[str, Any], message: str
) -> None:
    before = members(app)
    assert messages(add(ada, status=422, **wrong)) == [message]
    assert members(app) == before


def test_a_role_that_does_not_exist_is_refused(app: Flask, ada: Visitor, cast: Cast) -> None:
    before = members(app)
    ada.post("/admin/users/new", {**TYPED, "role": "superuser"}, status=422)
    assert members(app) == before


def test_a_name_is_shown_as_text(ada: Visitor, cast: Cast) -> None:
    name = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"
    page = add(ada, name=name)
    assert page.has("span", text=name)
    assert "<img src=x" not in page.html


def test_ending_access_signs_out_everywhere(app: Flask, ada: Visitor, nora: Visitor, cast: Cast) -> None:
    assert nora.get("/me").url == "/me"
    asked = ada.get(f"/admin/users/{cast['nora'].id}/end")
    assert asked.h1 == "End this access?"
    page = asked.submit("End access")
    assert "Left " in page.text
    assert nora.get("/me").url == "/sign-in"


def test_ones_own_access_stays(app: Flask, ada: Visitor, cast: Cast) -> None:
    page = ada.get(f"/admin/users/{cast['ada'].id}/end")
    assert page.url == "/admin/users"
    ada.post(f"/admin/users/{cast['ada'].id}/end")
    assert ada.get("/me").url == "/me"


def test_members_of_another_clinic_are_not_there(app: Flask, ada: Visitor, cast: Cast) -> None:
    assert "Eve" not in ada.get("/admin/users").text
    ada.get(f"/admin/users/{cast['eve'].id}/end", status=404)
    ada.post(f"/admin/users/{cast['eve'].id}/end", status=404)
    with looking(app):
        assert db.session.get_one(Member, cast["eve"].id).left_at is None
