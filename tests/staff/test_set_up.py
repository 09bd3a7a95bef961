"""Setting up the clinic on the first day."""

import threading
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from safety.audit import log
from safety.clinic.models import Clinic, Room
from safety.db import db
from safety.staff.models import Member, Role, Tablet
from tests.conftest import SIGN_IN, TABLET
from tests.factories import PASSWORD, PIN, looking
from tests.page import Page, Visitor
from tests.staff.conftest import messages

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
    page = set_up(empty_app)

    assert page.url == "/admin/places"
    assert page.has("span", text="Ada Mensah")
    with looking(empty_app):
        clinic = db.session.scalars(sa.select(Clinic)).one()
        assert (clinic.name, clinic.address) == ("Quay Clinic", "2 The Quay second floor")
        rooms = db.session.scalars(sa.select(Room).order_by(Room.name))
        assert [room.name for room in rooms] == ["Room 1", "Room 2"]
        member = db.session.scalars(sa.select(Member)).one()
        assert (member.username, member.role) == ("ada", Role.ADMIN)
        assert db.session.scalars(sa.select(Tablet)).one().revoked_at is None
    assert page.visitor.get("/switch").has("a", text="Ada Mensah")


def test_the_device_need_not_become_a_tablet(empty_app: Flask) -> None:
    page = set_up(empty_app, this_tablet=False)
    assert page.visitor.client.get_cookie(TABLET) is None
    assert page.visitor.client.get_cookie(SIGN_IN) is not None


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"clinic_name": ""}, "Enter the name of the clinic"),
        ({"clinic_name": "Q" * 121}, "Use 120 characters or fewer"),
        ({"jurisdiction": None}, "Choose whose law applies"),
        ({"time_zone": ""}, "Choose the time zone"),
        ({"address": " \n "}, "Enter the address as the ambulance must hear it"),
        ({"address": "a" * 301}, "Use 300 characters or fewer"),
        ({"phone": ""}, "Enter the number patients may call at any hour"),
        (
            {"phone": "call us"},
            "Enter a telephone number, digits and blanks only, for example +44 117 496 0000",
        ),
        ({"phone": "++"}, "Enter a telephone number, digits and blanks only, for example +44 117 496 0000"),
        ({"rooms": "\n\n"}, "Enter at least one room, for example Room 1"),
        ({"rooms": "Room 1\nroom 1"}, "Give each room its own name"),
        ({"rooms": "r" * 61}, "Use 60 characters or fewer for each room"),
        ({"rooms": "\n".join(map(str, range(41)))}, "Enter 40 rooms or fewer"),
        ({"admin_name": ""}, "Enter your name as it stands on records"),
        ({"username": ""}, "Enter a user name"),
        ({"password": ""}, "Enter a password"),
        ({"password": "too short"}, "Use at least 15 characters: three or four words are easy to remember"),
        ({"pin": "4321"}, "This PIN is easy to guess: avoid runs and repeats"),
    ],
)
def test_bad_input_is_answered_at_the_field_and_stores_nothing(
    empty_app: Flask, wrong: dict[str, Any], message: str
) -> None:
    page = set_up(empty_app, status=422, **wrong)
    assert messages(page) == [message]
    assert page.find("input", name="password").get("value") == ""
    with looking(empty_app):
        assert log.size() == 0
        assert not list(db.session.scalars(sa.select(Clinic)))


def test_what_no_form_would_send_is_refused_too(empty_app: Flask) -> None:
    visitor = Visitor(empty_app.test_client())
    visitor.get("/setup")
    for name, value in (("jurisdiction", "Mars"), ("time_zone", "Europe/Atlantis")):
        visitor.post("/setup", {**TYPED, name: value}, status=422)


def test_the_door_shuts_behind_it(empty_app: Flask) -> None:
    set_up(empty_app)
    stranger = Visitor(empty_app.test_client())
    assert stranger.get("/setup").url == "/sign-in"
    assert stranger.post("/setup", TYPED).url == "/sign-in"
    with looking(empty_app):
        assert db.session.scalar(sa.select(sa.func.count()).select_from(Clinic)) == 1


def test_of_two_set_ups_at_once_only_one_succeeds(empty_app: Flask) -> None:
    pages = [Visitor(empty_app.test_client()).get("/setup") for _ in range(4)]
    answers: list[str] = []
    together = threading.Barrier(len(pages))

    def send(number: int, page: Page) -> None:
        together.wait()
        answers.append(page.submit("Set up clinic", **{**TYPED, "username": f"ada{number}"}).url)

    threads = [threading.Thread(target=send, args=each) for each in enumerate(pages)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(answers) == ["/admin/places", "/sign-in", "/sign-in", "/sign-in"]
    with looking(empty_app):
        assert db.session.scalar(sa.select(sa.func.count()).select_from(Clinic)) == 1
        assert db.session.scalar(sa.select(sa.func.count()).select_from(Member)) == 1
