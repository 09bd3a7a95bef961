"""The demonstration clinic, told once for each engine; every test gets a copy."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask

from safety import clock
from safety.demonstration.tell import tell
from tests import copies, servers
from tests.conftest import SIGN_IN, missing
from tests.page import Visitor
from tests.staff.conftest import enter

Story = dict[str, Any]


def tell_now(app: Flask) -> Story:
    """Fill an empty database with the story."""
    return tell(clock.now())


@pytest.fixture
def demo_app(engine: str) -> Iterator[Flask]:
    """The application on a copy of the demonstration clinic."""
    try:
        base = copies.told(engine, tell_now)
    except servers.NoPostgres as problem:
        missing(str(problem))
        raise
    with copies.copied(engine, base) as config, copies.running(config) as app:
        yield app


@pytest.fixture
def story(demo_app: Flask, engine: str) -> Story:
    """What `demo load` printed."""
    return copies.facts(copies.told(engine, tell_now))


@pytest.fixture
def person(demo_app: Flask, story: Story) -> Callable[[str], Visitor]:
    """Somebody of the story by role, signed in with the password handed out."""

    def arrive(role: str) -> Visitor:
        account = story["accounts"][role]
        visitor = Visitor(demo_app.test_client(), account["name"], account["id"])
        enter(visitor, account["username"], account["password"])
        assert visitor.client.get_cookie(SIGN_IN) is not None
        return visitor

    return arrive
