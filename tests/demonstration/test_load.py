"""The demonstration clinic: from the command line, and by the button of the first page."""

import json
import threading
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import Result
from flask import Flask

from safety.audit import log
from safety.clinic.models import Clinic
from safety.db import db
from safety.staff.models import Member, Role
from tests.conftest import SIGN_IN
from tests.factories import Cast, looking
from tests.page import Visitor
from tests.staff.conftest import enter


def load(app: Flask, *options: str) -> Result:
    return app.test_cli_runner().invoke(args=["demo", "load", *options])


def told(app: Flask, *options: str) -> dict[str, Any]:
    result = load(app, *options)
    assert result.exit_code == 0, result.stderr
    plain: dict[str, Any] = json.loads(result.stdout)
    return plain


def test_it_works(empty_app: Flask) -> None:
    story = told(empty_app)

    assert set(story["accounts"]) == {role.value for role in Role}
    for account in story["accounts"].values():
        page = enter(Visitor(empty_app.test_client()), account["username"], account["password"])
        assert page.url == "/today"
        assert page.has("span", text=account["name"])
    held = {"Authorization": f"Tablet {story['tablet']['token']}"}
    assert b"Who is using this?" in empty_app.test_client().get("/switch", headers=held).data
    for part in ("patients", "products", "lots", "rooms"):
        assert story[part], part


@pytest.mark.once
def test_the_day_may_be_chosen(empty_app: Flask) -> None:
    assert told(empty_app, "--on", "2026-03-10")["clinic"]["on"] == "2026-03-10"


def test_each_clinic_gets_secrets_of_its_own(demo_app: Flask, story: dict[str, Any]) -> None:
    secrets = {account["password"] for account in story["accounts"].values()}
    assert len(secrets) == len(story["accounts"])
    with looking(demo_app):
        stored = " ".join(member.password_hash for member in db.session.scalars(sa.select(Member)))
    assert not any(secret in stored for secret in secrets)


@pytest.mark.parametrize("day", ["yesterday", "2026-13-01", "10/03/2026", ""])
def test_a_wrong_day_is_wrong_use(empty_app: Flask, day: str) -> None:
    result = load(empty_app, f"--on={day}")
    assert result.exit_code == 2
    assert result.stdout == ""
    assert len(result.stderr.splitlines()) == 1
    with looking(empty_app):
        assert log.size() == 0


def test_a_database_with_a_clinic_is_left_alone(app: Flask, cast: Cast) -> None:
    with looking(app):
        before = log.size()
    result = load(app)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == "demo load: this database holds a clinic; the demonstration wants an empty one\n"
    with looking(app):
        assert log.size() == before


@pytest.mark.once
def test_the_button_does_the_same_once_and_signs_nobody_in(empty_app: Flask) -> None:
    visitor = Visitor(empty_app.test_client())
    first = visitor.get("/")
    page = first.submit("Load the demonstration clinic")

    assert page.h1 == "Harbourside Aesthetics"
    assert visitor.client.get_cookie(SIGN_IN) is None
    cells = [cell.text for cell in page.main.all("th", "td")]
    name, password = cells[cells.index("nora")], cells[cells.index("nora") + 1]

    again = first.submit("Load the demonstration clinic")
    assert again.url == "/sign-in"
    assert password not in again.text
    assert enter(visitor, name, password).url == "/today"


def test_the_button_needs_a_token(empty_app: Flask) -> None:
    assert empty_app.test_client().post("/demonstration").status_code == 400
    with looking(empty_app):
        assert log.size() == 0


def test_the_button_is_dead_where_a_clinic_is(app: Flask, anyone: Visitor, cast: Cast) -> None:
    assert anyone.post("/demonstration").url == "/sign-in"
    with looking(app):
        assert len(list(db.session.scalars(sa.select(Clinic)))) == 2


@pytest.mark.once
def test_pressed_twice_at_once_it_loads_once(empty_app: Flask) -> None:
    pages = [Visitor(empty_app.test_client()).get("/") for _ in range(2)]
    titles: list[str] = []
    threads = [
        threading.Thread(
            target=lambda page=page: titles.append(page.submit("Load the demonstration clinic").h1)
        )
        for page in pages
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(titles) == ["Harbourside Aesthetics", "Sign in"]
    with looking(empty_app):
        assert len(list(db.session.scalars(sa.select(Clinic)))) == 1
