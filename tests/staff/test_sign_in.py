"""Signing in with user name and password."""

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher
from flask import Flask

from safety import clock
from safety.audit.models import AuditEntry
from safety.db import db
from safety.staff import actions, hashing, rules
from safety.staff.models import FailedSignIn, Member, SignIn
from tests import copies
from tests.conftest import SIGN_IN
from tests.factories import PASSWORD, Cast, arranging, looking
from tests.page import Visitor
from tests.staff.conftest import enter, messages

WRONG = "User name or password is wrong"
WAIT = "Too many wrong tries. Wait 1 minute, then try again"
Later = Callable[..., None]


def test_it_works(app: Flask, anyone: Visitor, cast: Cast) -> None:
    page = enter(anyone, "nora")

    assert page.url == "/today"
    cookie = anyone.client.get_cookie(SIGN_IN)
    assert cookie is not None
    assert cookie.http_only
    with looking(app):
        opened = db.session.scalars(sa.select(SignIn).order_by(SignIn.opened_at.desc())).first()
        assert opened is not None
        assert (opened.member_id, opened.tablet_id) == (cast["nora"].id, None)
        assert opened.token_sha256 == hashing.token_hash(cookie.value)
        entry = db.session.scalars(sa.select(AuditEntry).order_by(AuditEntry.index.desc())).first()
        assert entry is not None
        assert (entry.action, entry.actor) == ("member.signed_in", f"member:{cast['nora'].id}")


def test_letters_of_the_user_name_may_be_large(anyone: Visitor, cast: Cast) -> None:
    assert enter(anyone, "NORA").url == "/today"


def test_it_goes_back_to_where_one_was_going(anyone: Visitor, cast: Cast) -> None:
    page = anyone.get("/me")
    assert page.url == "/sign-in"
    signed_in = anyone.client.post(
        "/sign-in?next=/me",
        data={"username": "nora", "password": PASSWORD, "csrf_token": page.csrf},
    )
    assert signed_in.location == "/me"


@pytest.mark.parametrize(
    "target", ["//evil.example/", "https://evil.example/", "/\\evil.example", "evil", "%2F%2Fevil"]
)
def test_it_never_goes_to_another_site(anyone: Visitor, cast: Cast, target: str) -> None:
    data = {"username": "nora", "password": PASSWORD, "csrf_token": anyone.csrf()}
    assert anyone.client.post("/sign-in", query_string={"next": target}, data=data).location == "/today"


def test_without_a_csrf_token_nobody_gets_in(app: Flask, anyone: Visitor, cast: Cast) -> None:
    answer = anyone.client.post("/sign-in", data={"username": "nora", "password": PASSWORD})
    assert answer.status_code == 400
    assert anyone.client.get_cookie(SIGN_IN) is None


def test_empty_fields_say_what_to_enter(anyone: Visitor, cast: Cast) -> None:
    page = enter(anyone, "", "", status=422)
    assert messages(page) == ["Enter your user name", "Enter your password"]


@pytest.mark.parametrize("name", ["nora", "nobody", "' OR 1=1 --", "n" * 60])
def test_a_wrong_password_and_an_unknown_name_look_the_same(
    app: Flask, anyone: Visitor, cast: Cast, name: str
) -> None:
    page = enter(anyone, name, "not the right password", status=422)

    assert messages(page) == [WRONG]
    assert anyone.client.get_cookie(SIGN_IN) is None
    with looking(app):
        failed = db.session.scalars(sa.select(FailedSignIn)).one()
        assert failed.account == actions.account_key(name)
        assert name not in (failed.account, failed.place)


def test_an_unknown_name_takes_as_long_as_a_wrong_password(
    anyone: Visitor, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    work: list[str] = []
    verify = PasswordHasher.verify

    def counted(self: PasswordHasher, stored: str, secret: str) -> bool:
        work.append(stored.rsplit("$", 2)[0])
        return verify(self, stored, secret)

    monkeypatch.setattr(PasswordHasher, "verify", counted)
    enter(anyone, "nora", "wrong", status=422)
    enter(anyone, "nobody", "wrong", status=422)
    assert len(work) == 2
    assert work[0] == work[1], "one is hashed with other parameters"


def test_somebody_who_left_does_not_get_in(app: Flask, anyone: Visitor, cast: Cast) -> None:
    with arranging(app, cast["ada"].actor) as ada:
        actions.end_member(ada, db.session.get_one(Member, cast["nora"].id), clock.now())
    assert messages(enter(anyone, "nora", status=422)) == [WRONG]


def test_five_tries_are_free_then_even_the_right_password_waits(
    anyone: Visitor, cast: Cast, later: Later
) -> None:
    for _ in range(rules.FREE_TRIES):
        assert messages(enter(anyone, "nora", "wrong", status=422)) == [WRONG]
    assert messages(enter(anyone, "nora", status=422)) == [WAIT]
    assert enter(anyone, "okafor").url == "/today", "one account waits, not the whole clinic"

    later(seconds=16)
    assert enter(anyone, "nora").url == "/today"


def test_the_wait_grows_and_a_right_password_forgives(
    app: Flask, anyone: Visitor, cast: Cast, later: Later
) -> None:
    for _ in range(7):
        enter(anyone, "nora", "wrong", status=422)
        later(minutes=2)
    enter(anyone, "nora")
    with looking(app):
        assert all(row.cleared_at for row in db.session.scalars(sa.select(FailedSignIn)))
    assert messages(enter(anyone, "nora", "wrong", status=422)) == [WRONG]


def test_waiting_survives_a_restart(app: Flask, anyone: Visitor, cast: Cast) -> None:
    for _ in range(rules.FREE_TRIES):
        enter(anyone, "nora", "wrong", status=422)
    with copies.running(app.config["REFLOW"]) as after:
        assert messages(enter(Visitor(after.test_client()), "nora", status=422)) == [WAIT]


def test_one_address_may_not_try_many_names(anyone: Visitor, cast: Cast) -> None:
    for number in range(rules.FREE_TRIES_OF_A_PLACE):
        enter(anyone, f"name{number}", "wrong", status=422)
    assert messages(enter(anyone, "nora", status=422)) == [WAIT]


def test_every_character_of_a_long_password_counts(app: Flask, anyone: Visitor, cast: Cast) -> None:
    long = "a quite long passphrase, " * 8
    with arranging(app, cast["ada"].actor):
        db.session.get_one(Member, cast["nora"].id).password_hash = hashing.make(f"{long}é1")
    assert messages(enter(anyone, "nora", f"{long}é2", status=422)) == [WRONG]
    assert enter(anyone, "nora", f"{long}e\u03011").url == "/today", "typed on another keyboard"


def test_a_shift_ends_after_twelve_hours(anyone: Visitor, cast: Cast, later: Later) -> None:
    enter(anyone, "nora")
    later(hours=11, minutes=59)
    assert anyone.get("/me").url == "/me"
    later(minutes=2)
    assert anyone.get("/me").url == "/sign-in"


def test_another_clinic_does_not_work_on_our_tablet(tablet: Visitor, cast: Cast) -> None:
    page = enter(tablet, "eve", status=422)
    assert messages(page) == ["This tablet belongs to another clinic. Use one of your own clinic's"]
    assert tablet.client.get_cookie(SIGN_IN) is None


def test_before_there_is_a_clinic_it_leads_to_the_first_page(empty_app: Flask) -> None:
    assert Visitor(empty_app.test_client()).get("/sign-in").url == "/"
