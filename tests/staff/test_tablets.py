"""Enrolling and revoking tablets."""

from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from safety.db import db
from safety.staff.hashing import token_hash
from safety.staff.models import Tablet
from tests.conftest import TABLET
from tests.factories import Cast, looking
from tests.page import Page, Visitor
from tests.staff.conftest import enter, messages

TYPED = {"name": "Room 2 tablet", "room_id": "", "device": "here"}


def enrol(visitor: Visitor, status: int = 200, **other: Any) -> Page:
    return visitor.get("/admin/tablets/new").submit("Enrol tablet", status=status, **{**TYPED, **other})


def test_it_works(app: Flask, anyone: Visitor, cast: Cast) -> None:
    enter(anyone, "ada")
    page = enrol(anyone, room_id=cast.room_id)

    assert page.url == "/admin/tablets", "and Ada is still signed in"
    assert page.has("span", text="This device")
    cookie = anyone.client.get_cookie(TABLET)
    assert cookie is not None
    assert cookie.http_only
    with looking(app, cast.clinic_id):
        tablet = db.session.scalars(sa.select(Tablet).where(Tablet.name == "Room 2 tablet")).one()
        assert (tablet.token_sha256, tablet.room_id) == (token_hash(cookie.value), cast.room_id)
    assert anyone.get("/switch").url == "/switch"


def test_a_token_for_another_device_is_shown_once(app: Flask, ada: Visitor, cast: Cast) -> None:
    page = enrol(ada, device="elsewhere")
    token = page.find_all("code")[0].text
    assert ada.client.get_cookie(TABLET) is None
    assert token not in ada.get("/admin/tablets").html
    fresh = app.test_client()
    held = {"Authorization": f"Tablet {token}"}
    assert b"Who is using this?" in fresh.get("/switch", headers=held).data
    assert fresh.get("/switch", headers={"Authorization": "Tablet wrong"}).status_code == 302


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"name": ""}, "Enter a name, for example Room 2 tablet"),
        ({"name": "t" * 61}, "Use 60 characters or fewer"),
        ({"device": None}, "Choose which device"),
    ],
)
def test_bad_input_stores_nothing(
    app: Flask, ada: Visitor, cast: Cast, wrong: dict[str, Any], message: str
) -> None:
    assert messages(enrol(ada, status=422, **wrong)) == [message]
    with looking(app):
        assert len(list(db.session.scalars(sa.select(Tablet)))) == 1


def test_a_room_of_another_clinic_is_no_choice(app: Flask, ada: Visitor, cast: Cast) -> None:
    ada.post("/admin/tablets/new", {**TYPED, "room_id": "0" * 36}, status=422)


def test_an_enrolled_device_is_not_enrolled_twice(tablet: Visitor, cast: Cast) -> None:
    enter(tablet, "ada")
    assert messages(enrol(tablet, status=422)) == [
        "This device is enrolled as Room 1 tablet. Revoke that first"
    ]


def test_revoking_shuts_the_tablet_out(app: Flask, ada: Visitor, tablet: Visitor, cast: Cast) -> None:
    assert tablet.get("/switch").url == "/switch"
    page = ada.get(f"/admin/tablets/{cast.tablet_id}/revoke").submit("Revoke tablet")
    assert "Revoked" in page.text
    assert tablet.get("/switch").url == "/sign-in"


def test_a_tablet_of_another_clinic_is_not_there(app: Flask, signed_in: Any, cast: Cast) -> None:
    eve = signed_in("eve_admin")
    assert "Room 1 tablet" not in eve.get("/admin/tablets").text
    eve.get(f"/admin/tablets/{cast.tablet_id}/revoke", status=404)
    eve.post(f"/admin/tablets/{cast.tablet_id}/revoke", status=404)
    with looking(app):
        assert db.session.get_one(Tablet, cast.tablet_id).revoked_at is None
