"""Databases, the cast and their browsers. Tests that touch a database run on SQLite and on PostgreSQL."""

import ctypes
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask

from tests import copies, servers
from tests.factories import Cast, make_cast
from tests.page import Visitor

ENGINES = ("sqlite", "postgresql")
SIGN_IN, TABLET = "reflow_sign_in", "reflow_tablet"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--database", choices=(*ENGINES, "both"), default="both", help="where database tests run"
    )


def pytest_configure(config: pytest.Config) -> None:
    servers.open_session()


def pytest_unconfigure(config: pytest.Config) -> None:
    servers.close_session()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "engine" in metafunc.fixturenames:
        asked = metafunc.config.getoption("--database")
        engines = list(ENGINES) if asked == "both" else [asked]
        once = metafunc.definition.get_closest_marker("once")
        metafunc.parametrize("engine", engines[:1] if once else engines, scope="session")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The journeys first: the longest test, begun last, would leave the other workers idle."""
    items.sort(key=lambda item: "e2e" not in item.path.parts)


def pytest_runtest_setup(item: pytest.Item) -> None:
    things = [thing for marker in item.iter_markers("needs") for thing in marker.args]
    for thing in things:
        if not HAVE[thing]():
            missing(f"needs {thing}: run make test as root on Debian, or see tools/need {thing}")


def missing(reason: str) -> None:
    """Skip with a reason; where nothing may be skipped (CI), fail."""
    if os.environ.get("CI"):
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


def _pango() -> bool:
    try:
        return bool(ctypes.CDLL("libpangoft2-1.0.so.0"))
    except OSError:
        return False


def _program(*names: str) -> Callable[[], bool]:
    return lambda: any(map(shutil.which, names))


HAVE: dict[str, Callable[[], bool]] = {
    "pango": _pango,
    "chromium": _program("chromium", "chromium-browser", "google-chrome"),
    "node": _program("node"),
    "poppler": _program("pdftotext"),
    "qpdf": _program("qpdf"),
    "nss": _program("certutil"),
    "ip": _program("ip"),
    "exiftool": _program("exiftool"),
}


@pytest.fixture
def app(engine: str) -> Iterator[Flask]:
    """The application on a fresh database that holds the cast. No context is open: see `looking`."""
    yield from _app(engine, _prepared(lambda: copies.peopled(engine, make_cast)))


@pytest.fixture
def empty_app(engine: str) -> Iterator[Flask]:
    """The application as it is on the first day: migrated, no clinic, nobody."""
    yield from _app(engine, _prepared(lambda: copies.empty(engine)))


def _prepared(make: Callable[[], Path]) -> Path:
    try:
        return make()
    except servers.NoPostgres as problem:
        missing(str(problem))
        raise


def _app(engine: str, base: Path) -> Iterator[Flask]:
    with copies.copied(engine, base) as config, copies.running(config) as app:
        yield app


@pytest.fixture
def cast(app: Flask, engine: str) -> Cast:
    """Ids, passwords and tokens of the cast."""
    return Cast.from_json(copies.facts(copies.peopled(engine, make_cast)))


@pytest.fixture
def signed_in(app: Flask, cast: Cast) -> Callable[[str], Visitor]:
    """A browser for anyone of the cast by name, already signed in."""

    def browser(name: str) -> Visitor:
        client = app.test_client()
        client.set_cookie(SIGN_IN, cast[name].token)
        return Visitor(client, name, cast[name].id)

    return browser


@pytest.fixture
def anyone(app: Flask) -> Visitor:
    """Somebody not signed in, on a device the clinic does not know."""
    return Visitor(app.test_client())


@pytest.fixture
def tablet(app: Flask, cast: Cast) -> Visitor:
    """The enrolled tablet of Room 1, nobody signed in."""
    client = app.test_client()
    client.set_cookie(TABLET, cast.tablet_token)
    return Visitor(client, "tablet")


@pytest.fixture
def nora(signed_in: Callable[[str], Visitor]) -> Visitor:
    """The nurse."""
    return signed_in("nora")


@pytest.fixture
def okafor(signed_in: Callable[[str], Visitor]) -> Visitor:
    """The prescriber."""
    return signed_in("okafor")


@pytest.fixture
def mara(signed_in: Callable[[str], Visitor]) -> Visitor:
    """The medical director."""
    return signed_in("mara")


@pytest.fixture
def sam(signed_in: Callable[[str], Visitor]) -> Visitor:
    """The safety officer."""
    return signed_in("sam")


@pytest.fixture
def ada(signed_in: Callable[[str], Visitor]) -> Visitor:
    """The admin."""
    return signed_in("ada")


@pytest.fixture
def eve(signed_in: Callable[[str], Visitor]) -> Visitor:
    """A nurse of another clinic. In other roles she is `signed_in("eve_admin")` and so on."""
    return signed_in("eve")
