"""A clock that can be moved, and people on shift on the enrolled tablet."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from flask import Flask

from safety import clock
from tests.conftest import TABLET
from tests.factories import PASSWORD, Cast
from tests.page import Page, Visitor


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Let time pass: `later(minutes=3)`. Each call adds to the ones before."""
    real, moved = clock.now, [timedelta()]

    def now() -> datetime:
        return real() + moved[0]

    def let(**span: float) -> None:
        moved[0] += timedelta(**span)

    monkeypatch.setattr(clock, "now", now)
    return let


def messages(page: Page) -> list[str]:
    """What stands at the fields, without the word said before it."""
    return [error.removeprefix("Error: ") for error in page.errors]


def enter(visitor: Visitor, name: str, password: str = PASSWORD, status: int = 200) -> Page:
    """Sign in with the form. Signing in changes the CSRF token: the next one is fetched at once."""
    page = visitor.get("/sign-in").submit("Sign in", status=status, username=name, password=password)
    visitor.get("/sign-in")
    return page


@pytest.fixture
def on_shift(app: Flask, cast: Cast) -> Callable[..., Visitor]:
    """The enrolled tablet after these people signed in on it in turn; the last one is still there."""

    def arrive(*names: str) -> Visitor:
        client = app.test_client()
        client.set_cookie(TABLET, cast.tablet_token)
        visitor = Visitor(client, names[-1], cast[names[-1]].id)
        for name in names:
            enter(visitor, name)
        return visitor

    return arrive
