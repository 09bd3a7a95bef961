"""A new version of the app: never in the middle of a case, at once when the case is over."""

import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from safety.config import CHECKOUT
from tests.e2e.conftest import Devices
from tests.e2e.running import runs
from tests.e2e.running.runs import answer, saved, start
from tests.e2e.running.test_offline import kept
from tests.e2e.server import Server
from tests.factories import Cast

pytestmark = pytest.mark.needs("chromium")
PARTS = ("safety", "templates", "protocols", "migrations", "tools")
PATIENCE_S = 60
NEWER = "// a newer version\n"
SERVED = (
    "async () => (await (await fetch('/static/runner/dom.mjs')).text()).endsWith('// a newer version\\n')"
)
WAITING = "async () => Boolean((await navigator.serviceWorker.getRegistration('/')).waiting)"
COPIES = "async () => (await caches.keys()).filter((name) => name.startsWith('reflow-')).length"


@pytest.fixture
def newer(tmp_path: Path) -> Path:
    """The program as its next version: one script has one line more."""
    home = tmp_path / "newer"
    for part in PARTS:
        shutil.copytree(CHECKOUT / part, home / part, ignore=shutil.ignore_patterns("__pycache__"))
    for file in CHECKOUT.glob("*.*"):
        if file.is_file():
            shutil.copy(file, home / file.name)
    (home / ".venv").symlink_to(CHECKOUT / ".venv")
    with (home / "safety/static/runner/dom.mjs").open("a") as script:
        script.write(NEWER)
    return home


@pytest.fixture
def put_back(server: Server) -> Iterator[None]:
    """The file's server goes on with the version it began with."""
    yield
    server.kill()
    server.checkout = CHECKOUT


@pytest.mark.usefixtures("put_back")
def test_a_new_version_waits_until_no_run_is_open(
    server: Server, cast: Cast, device: Devices, newer: Path
) -> None:
    one = device()
    page = runs.enrol(one, server, cast)
    kept(page)
    start(page)
    saved(page)
    server.kill()
    server.checkout = newer
    with device.without_server(), device.expecting(503):
        server.start()
        page.reload()
        until(page, WAITING)
        for _ in range(2):
            page.reload()
            expect(page.locator("#run-root h1")).to_be_visible()
            assert page.evaluate(WAITING), "the run is open"
            assert not page.evaluate(SERVED), "and its code is what it began with"
        answer(page, "Done")
        saved(page)  # the older page and the newer server understand each other
        other = one.context.new_page()
        other.goto("/sign-in")
        other.wait_for_load_state("networkidle")
        assert other.evaluate(WAITING), "another page of this tablet does not let it in either"
        assert not other.evaluate(SERVED)
        other.close()
        end(page)
        page.goto("/sign-in")  # the next page that is still for a moment lets it in
        until(page, f"async () => !(await ({WAITING})())")
        page.goto("/sign-in")
        until(page, SERVED)
        until(page, f"async () => (await ({COPIES})()) === 1")


def until(page: Page, asked: str) -> None:
    """Ask the page now and then: `wait_for_function` takes the promise it answers for a yes."""
    before = time.monotonic()
    while not page.evaluate(asked):
        assert time.monotonic() - before < PATIENCE_S, asked
        page.wait_for_timeout(200)


def end(page: Page) -> None:
    """Two taps: started by mistake."""
    page.locator("[data-key=end]").click()
    page.get_by_role("button", name="Started by mistake").click()
    page.locator("[data-key=submit]").click()
    expect(page.locator(".r-step h1")).to_have_text("This emergency has ended.")
    saved(page)
