"""Leaving: lock keeps the shift, signing out leaves nothing behind."""

from collections.abc import Callable

import sqlalchemy as sa
from flask import Flask

from safety.db import db
from safety.staff.models import SignIn
from tests.conftest import SIGN_IN
from tests.factories import PIN, Cast, looking
from tests.page import Visitor
from tests.staff.conftest import enter

OnShift = Callable[..., Visitor]


def test_it_works(app: Flask, anyone: Visitor, cast: Cast) -> None:
    enter(anyone, "nora")
    before = anyone.client.get_cookie(SIGN_IN)
    page = anyone.get("/me").submit("Sign out")

    assert page.url == "/sign-in"
    assert anyone.client.get_cookie(SIGN_IN) is None
    assert "Nora" not in page.html
    assert before is not None
    anyone.client.set_cookie(SIGN_IN, before.value)
    assert anyone.get("/me").url == "/sign-in", "a copied cookie opens nothing any more"


def test_the_answer_empties_cookies_and_cache(anyone: Visitor, cast: Cast) -> None:
    enter(anyone, "nora")
    answer = anyone.client.post("/sign-out", data={"csrf_token": anyone.get("/me").csrf})

    gone = [line for line in answer.headers.getlist("Set-Cookie") if "Max-Age=0" in line]
    assert {line.split("=")[0] for line in gone} == {SIGN_IN, "session"}
    assert answer.headers["Clear-Site-Data"] == '"cache"'
    assert answer.headers["Cache-Control"] == "no-store"


def test_no_page_may_be_kept_for_the_back_button(anyone: Visitor, cast: Cast) -> None:
    enter(anyone, "nora")
    for url in ("/today", "/me", "/admin/places", "/patients"):
        assert anyone.fetch(url).headers["Cache-Control"] == "no-store"


def test_signing_out_ends_the_shift_on_the_tablet(app: Flask, on_shift: OnShift, cast: Cast) -> None:
    visitor = on_shift("nora")
    page = visitor.get("/me").submit("Sign out")
    assert page.url == "/switch"
    assert "Nobody is on shift" in page.text
    visitor.get("/sign-in")
    assert visitor.post(f"/switch/{cast['nora'].id}", pin=PIN).url == "/sign-in"
    with looking(app):
        here = sa.select(SignIn).where(SignIn.tablet_id == cast.tablet_id)
        assert all(row.ended_at for row in db.session.scalars(here))


def test_it_takes_a_post_with_a_token(anyone: Visitor, cast: Cast) -> None:
    enter(anyone, "nora")
    anyone.get("/sign-out", status=405)
    assert anyone.client.post("/sign-out").status_code == 400
    assert anyone.get("/me").url == "/me"


def test_locking_a_browser_without_pin_signs_out(anyone: Visitor, cast: Cast) -> None:
    enter(anyone, "nora")
    assert anyone.post("/lock").url == "/sign-in"
    assert anyone.get("/me").url == "/sign-in"


def test_locking_keeps_the_shift(on_shift: OnShift) -> None:
    visitor = on_shift("nora")
    held = visitor.client.get_cookie(SIGN_IN)
    page = visitor.get("/me").submit("Lock this tablet")
    assert page.has("a", text="Nora Quinn")
    assert held is not None
    visitor.client.set_cookie(SIGN_IN, held.value)
    assert visitor.get("/me").url == "/switch", "the old cookie stays locked"


def test_nobody_signed_in_may_press_it_too(anyone: Visitor, cast: Cast) -> None:
    assert anyone.post("/sign-out").url == "/sign-in"
    assert anyone.post("/lock").url == "/sign-in"
