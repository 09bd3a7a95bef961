"""Rooms, and whom to call in which order."""

from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from safety import clock
from safety.audit.models import AuditEntry
from safety.clinic import actions
from safety.clinic.actions import Callee
from safety.clinic.models import Contact, ContactRole, Room
from safety.db import db
from safety.web import day
from tests.factories import Cast, arranging, looking
from tests.page import Page, Visitor
from tests.staff.conftest import messages

EYES = {"contact_role": "ophthalmology", "contact_name": "Eye emergency", "contact_phone": "0117 496 0255"}


def add(visitor: Visitor, status: int = 200, **other: Any) -> Page:
    return visitor.get("/admin/places").submit("Add contact", status=status, **{**EYES, **other})


@pytest.fixture
def two(app: Flask, cast: Cast) -> list[str]:
    """Ids of two contacts, in calling order."""
    with arranging(app, cast["ada"].actor) as ada:
        roles = (ContactRole.PRESCRIBER, ContactRole.AMBULANCE)
        callees = [Callee(role, f"{role.value} line", "999") for role in roles]
        return [actions.add_contact(ada, cast.clinic_id, callee).id for callee in callees]


def order(app: Flask, cast: Cast) -> list[str]:
    with looking(app, cast.clinic_id):
        return [contact.id for contact in actions.contacts()]


def test_it_works(app: Flask, ada: Visitor, cast: Cast) -> None:
    page = add(ada)
    assert page.url == "/admin/places"
    assert page.has("span", text="Not verified")

    page = page.submit("Rang today")
    assert page.has("span", text=f"Verified {day(clock.now().date())}")
    with looking(app, cast.clinic_id):
        contact = db.session.scalars(sa.select(Contact)).one()
        assert (contact.role, contact.calling_order) == (ContactRole.OPHTHALMOLOGY, 1)
        bodies = list(
            db.session.scalars(sa.select(AuditEntry.body).where(AuditEntry.action == "contact.added"))
        )
        assert b"0255" not in bodies[0], "numbers stand apart from the entry"


def test_the_first_to_call_can_be_changed(app: Flask, ada: Visitor, cast: Cast, two: list[str]) -> None:
    ada.get("/admin/places").submit("Earlier")
    assert order(app, cast) == two[::-1]
    ada.post(f"/admin/contacts/{two[1]}/raise")
    assert order(app, cast) == two[::-1], "the first stays first"


def test_removing_asks_once_more(app: Flask, ada: Visitor, cast: Cast, two: list[str]) -> None:
    asked = ada.get(f"/admin/contacts/{two[0]}/remove")
    assert order(app, cast) == two
    asked.submit("Remove contact")
    assert order(app, cast) == two[1:]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"contact_role": ""}, "Choose what they are called for"),
        ({"contact_name": ""}, "Enter who answers"),
        ({"contact_name": "n" * 121}, "Use 120 characters or fewer"),
        ({"contact_phone": ""}, "Enter the telephone number"),
        (
            {"contact_phone": "eleven"},
            "Enter a telephone number, digits and blanks only, for example +44 117 496 0000",
        ),
    ],
)
def test_bad_contacts_store_nothing(
    app: Flask, ada: Visitor, cast: Cast, wrong: dict[str, str], message: str
) -> None:
    assert messages(add(ada, status=422, **wrong)) == [message]
    assert order(app, cast) == []


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("", "Enter a name, for example Room 3"),
        ("r" * 61, "Use 60 characters or fewer"),
        ("ROOM 1", "There is a room of this name: choose another"),
    ],
)
def test_bad_rooms_store_nothing(app: Flask, ada: Visitor, cast: Cast, name: str, message: str) -> None:
    page = ada.get("/admin/places").submit("Add room", status=422, room_name=name)
    assert messages(page) == [message]
    with looking(app, cast.clinic_id):
        assert [room.name for room in db.session.scalars(sa.select(Room))] == ["Room 1"]


def test_a_room_is_added(ada: Visitor, cast: Cast) -> None:
    assert ada.get("/admin/places").submit("Add room", room_name="Room 2").has("span", text="Room 2")


def test_each_role_is_offered_what_it_may_do(
    nora: Visitor, mara: Visitor, sam: Visitor, two: list[str]
) -> None:
    buttons = {visitor.name: visitor.get("/admin/places") for visitor in (nora, mara, sam)}
    assert [buttons[name].has("button", text="Rang today") for name in buttons] == [True, True, False]
    assert [buttons[name].has("button", text="Add contact") for name in buttons] == [False, True, False]
    assert not any(page.has("button", text="Add room") for page in buttons.values())
    sam.post(f"/admin/contacts/{two[0]}/verify", status=403)
    nora.post(f"/admin/contacts/{two[0]}/raise", status=403)


def test_a_name_is_shown_as_text(ada: Visitor, cast: Cast) -> None:
    name = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"
    page = add(ada, contact_name=name)
    assert page.has("span", text=name)
    assert "<img src=x" not in page.html


def test_contacts_of_another_clinic_are_not_there(
    app: Flask, signed_in: Any, cast: Cast, two: list[str]
) -> None:
    eve = signed_in("eve_admin")
    assert "line" not in eve.get("/admin/places").text
    for act in ("verify", "raise", "remove"):
        eve.post(f"/admin/contacts/{two[0]}/{act}", status=404)
    eve.get(f"/admin/contacts/{two[0]}/remove", status=404)
    assert order(app, cast) == two
