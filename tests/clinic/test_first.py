"""The first page, and the set-up behind it."""

from typing import Any

import sqlalchemy as sa
from flask import Flask

from safety.clinic.models import Clinic, Room
from safety.db import db
from safety.staff.models import Member, Role, Tablet
from tests.factories import PASSWORD, PIN, looking
from tests.page import Page, Visitor

TYPED: dict[str, Any] = {
    "clinic_name": "Quay Clinic",
    "jurisdiction": "UK-England",
    "time_zone": "Europe/London",
    "address": "2 The Quay\nsecond floor",
    "phone": "+44 117 496 0001",
    "rooms": "Room 1\n\nRoom  2\n",
    "admin_name": "Ada Mensah",
    "username": "Ada",
    "password": PASSWORD,
    "pin": PIN,
    "this_tablet": True,
}


def set_up(app: Flask, status: int = 200, **other: Any) -> Page:
    visitor = Visitor(app.test_client())
    return visitor.get("/setup").submit("Set up clinic", status=status, **{**TYPED, **other})


def test_it_works(empty_app: Flask) -> None:
    first = Visitor(empty_app.test_client()).get("/")
    assert first.h1 == "Welcome to Reflow"
    assert first.has("a", text="Set up this clinic")
    assert first.has("button", text="Load the demonstration clinic")

    page = set_up(empty_app)

    assert page.url == "/admin/places"
    with looking(empty_app):
        clinic = db.session.scalars(sa.select(Clinic)).one()
        assert (clinic.name, clinic.address) == ("Quay Clinic", "2 The Quay second floor")
        assert [room.name for room in db.session.scalars(sa.select(Room).order_by(Room.name))] == [
            "Room 1",
            "Room 2",
        ]
        member = db.session.scalars(sa.select(Member)).one()
        assert (member.username, member.role) == ("ada", Role.ADMIN)
        assert db.session.scalars(sa.select(Tablet)).one().revoked_at is None
