"""Coming back by PIN: only on the enrolled tablet where that person opened a shift by password."""

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from flask import Flask

from safety import clock
from safety.db import db
from safety.staff import actions, rules
from safety.staff.models import Member, Proof, SignIn, Tablet
from tests import copies
from tests.conftest import SIGN_IN, TABLET
from tests.factories import PIN, Cast, arranging, looking
from tests.page import Page, Visitor
from tests.staff.conftest import enter, messages

CLOSED = "The PIN is closed after too many wrong tries. Sign in with your password"
OnShift = Callable[..., Visitor]
Later = Callable[..., None]


def lock(visitor: Visitor) -> Page:
    return visitor.get("/me").submit("Lock this tablet")


def choose(page: Page, name: str) -> Page:
    """Tap somebody's tile."""
    tile = next(link for link in page.main.all("a") if name in link.text)
    return page.visitor.get(tile["href"])


def unlock(visitor: Visitor, name: str, pin: str = PIN, status: int = 200) -> Page:
    return choose(visitor.get("/switch"), name).submit("Unlock", status=status, pin=pin)


def test_it_works(app: Flask, on_shift: OnShift, cast: Cast) -> None:
    visitor = on_shift("okafor", "nora")
    tiles = lock(visitor)
    assert tiles.url == "/switch"
    assert [tile.text for tile in tiles.find_all("a", text="Dr Chidi Okafor")]

    page = unlock(visitor, "Dr Chidi Okafor")

    assert page.url == "/today"
    assert page.has("span", text="Dr Chidi Okafor")
    with looking(app):
        newest = db.session.scalars(sa.select(SignIn).where(SignIn.proof == Proof.PIN)).one()
        assert (newest.member_id, newest.tablet_id) == (cast["okafor"].id, cast.tablet_id)


def test_it_goes_back_to_the_same_page(on_shift: OnShift, later: Later) -> None:
    visitor = on_shift("nora")
    later(minutes=4)
    switch = visitor.get("/admin/places")
    assert switch.url == "/switch"
    assert choose(switch, "Nora Quinn").submit("Unlock", pin=PIN).url == "/admin/places"


def test_the_keys_are_there_and_another_way_in_too(on_shift: OnShift) -> None:
    page = choose(on_shift("nora").get("/switch"), "Nora Quinn")
    keys = {key.get("data-key") for key in page.find_all("button")} - {""}
    assert keys == {*"0123456789", "back", "clear"}
    assert page.has("a", text="Use my password")


def test_three_minutes_without_a_touch_lock_the_tablet(on_shift: OnShift, later: Later) -> None:
    visitor = on_shift("nora")
    later(minutes=2, seconds=59)
    assert visitor.get("/me").url == "/me"
    later(minutes=2, seconds=59)
    assert visitor.get("/me").url == "/me", "every page is a touch"
    later(minutes=3)
    assert visitor.get("/me").url == "/switch"
    assert visitor.get("/me").url == "/switch", "looking at the lock does not open it"


def test_a_browser_of_ones_own_does_not_lock(anyone: Visitor, cast: Cast, later: Later) -> None:
    enter(anyone, "nora")
    later(minutes=30)
    assert anyone.get("/me").url == "/me"


def test_after_five_wrong_pins_only_the_password_helps(
    app: Flask, on_shift: OnShift, later: Later, cast: Cast
) -> None:
    visitor = on_shift("nora")
    for _ in range(rules.PIN_TRIES):
        assert messages(unlock(visitor, "Nora Quinn", "999111", status=422)) == ["The PIN is wrong"]
    assert messages(unlock(visitor, "Nora Quinn", status=422)) == [CLOSED]
    later(hours=1)
    assert messages(unlock(visitor, "Nora Quinn", status=422)) == [CLOSED], "waiting does not open it"

    with copies.running(app.config["REFLOW"]) as after:
        client = after.test_client()
        client.set_cookie(TABLET, cast.tablet_token)
        page = unlock(Visitor(client), "Nora Quinn", status=422)
        assert messages(page) == [CLOSED], "nor does a restart"

    enter(visitor, "nora")
    assert unlock(visitor, "Nora Quinn").url == "/today"


def test_the_pin_of_somebody_not_on_shift_opens_nothing(on_shift: OnShift, cast: Cast) -> None:
    visitor = on_shift("nora")
    page = visitor.get(f"/switch/{cast['okafor'].id}")
    assert page.url == "/sign-in"
    assert "Sign in with your password first" in page.text
    assert visitor.post(f"/switch/{cast['okafor'].id}", pin=PIN).url == "/sign-in"


def test_a_shift_of_another_tablet_does_not_count(app: Flask, on_shift: OnShift, cast: Cast) -> None:
    on_shift("okafor")
    with arranging(app, cast["ada"].actor) as ada:
        _, token = actions.enrol_tablet(ada, cast.clinic_id, "Room 2 tablet", None, clock.now())
    client = app.test_client()
    client.set_cookie(TABLET, token)
    other = Visitor(client)
    assert "Nobody is on shift" in other.get("/switch").text
    assert other.post(f"/switch/{cast['okafor'].id}", pin=PIN).url == "/sign-in"


def test_a_pin_never_makes_a_shift_longer(on_shift: OnShift, later: Later) -> None:
    visitor = on_shift("nora")
    later(hours=11)
    unlock(visitor, "Nora Quinn")
    later(hours=1, minutes=1)
    assert visitor.get("/me").url == "/switch"
    assert "Nobody is on shift" in visitor.get("/switch").text


def test_the_page_of_the_one_before_is_shut(app: Flask, on_shift: OnShift, cast: Cast) -> None:
    visitor = on_shift("nora", "okafor")
    nora = visitor.client.get_cookie(SIGN_IN)
    unlock(visitor, "Nora Quinn")
    with looking(app):
        before = db.session.scalars(
            sa.select(SignIn).where(SignIn.member_id == cast["okafor"].id, SignIn.tablet_id.is_not(None))
        ).one()
        assert before.locked_at is not None
        assert before.ended_at is None, "the shift goes on"
    assert nora is not None
    assert nora.value != visitor.client.get_cookie(SIGN_IN).value  # type: ignore[union-attr]  # it is there


def test_a_revoked_tablet_is_a_strange_device(app: Flask, on_shift: OnShift, cast: Cast) -> None:
    visitor = on_shift("nora")
    with arranging(app, cast["ada"].actor) as ada:
        actions.revoke_tablet(ada, db.session.get_one(Tablet, cast.tablet_id), clock.now())
    assert visitor.get("/me").url == "/sign-in"
    assert visitor.post(f"/switch/{cast['nora'].id}", pin=PIN).url == "/sign-in"


def test_a_sign_in_of_the_tablet_is_worth_nothing_elsewhere(app: Flask, on_shift: OnShift) -> None:
    taken = on_shift("nora").client.get_cookie(SIGN_IN)
    assert taken is not None
    client = app.test_client()
    client.set_cookie(SIGN_IN, taken.value)
    assert Visitor(client).get("/me").url == "/sign-in"


def test_somebody_of_another_clinic_is_not_found(tablet: Visitor, cast: Cast) -> None:
    tablet.get(f"/switch/{cast['eve'].id}", status=404)
    tablet.post(f"/switch/{cast['eve'].id}", pin=PIN, status=404)


def test_somebody_who_left_is_not_offered(app: Flask, on_shift: OnShift, cast: Cast) -> None:
    visitor = on_shift("nora", "okafor")
    with arranging(app, cast["ada"].actor) as ada:
        actions.end_member(ada, db.session.get_one(Member, cast["nora"].id), clock.now())
    assert "Nora Quinn" not in visitor.get("/switch").text
    assert visitor.post(f"/switch/{cast['nora'].id}", pin=PIN).url == "/sign-in"


@pytest.mark.parametrize("pin", ["", "   "])
def test_an_empty_pin_is_no_try(app: Flask, on_shift: OnShift, pin: str) -> None:
    page = unlock(on_shift("nora"), "Nora Quinn", pin, status=422)
    assert messages(page) == ["Enter your PIN"]
