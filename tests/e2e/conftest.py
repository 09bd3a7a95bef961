"""One Chromium for the worker; a server, watched browsers and a look for each journey."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, sync_playwright

from tests.e2e.browser import SIZES, Look, Watch, launch
from tests.e2e.server import Server

PATIENCE_MS = 20_000


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """What drives browsers; one in a process, a second would not start."""
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="session")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    """The browser program."""
    browser = launch(playwright)
    yield browser
    browser.close()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """An installation on an empty folder, not yet started."""
    made = Server(tmp_path / "data")
    try:
        yield made
    finally:
        made.kill()


@dataclass
class Device:
    """One browser profile: somebody's tablet, phone or desktop computer."""

    context: BrowserContext
    page: Page
    watch: Watch


class Devices:
    """Opens browser profiles of a size; each is watched."""

    def __init__(self, chromium: Browser, url: str, stack: ExitStack) -> None:
        self.chromium, self.url, self.stack = chromium, url, stack
        self.opened: list[Device] = []

    def __call__(self, size: str = "tablet") -> Device:
        """One more device."""
        width, height = SIZES[size]
        context = self.chromium.new_context(
            base_url=self.url, viewport={"width": width, "height": height}, has_touch=True,
            reduced_motion="reduce", locale="en-GB", timezone_id="Europe/London",
        )  # fmt: skip
        self.stack.callback(context.close)
        context.set_default_timeout(PATIENCE_MS)
        watch = Watch(context, self.url)
        self.opened.append(Device(context, context.new_page(), watch))
        return self.opened[-1]

    @contextmanager
    def expecting(self, *statuses: int) -> Iterator[None]:
        """These answers are what the test is about, on whichever device."""
        with ExitStack() as stack:
            for one in self.opened:
                stack.enter_context(one.watch.expecting(*statuses))
            yield

    @contextmanager
    def without_server(self) -> Iterator[None]:
        """Nobody answers for a while, and that is no fault of the page."""
        with ExitStack() as stack:
            for one in self.opened:
                stack.enter_context(one.watch.without_server())
            yield


@pytest.fixture
def device(chromium: Browser, server: Server) -> Iterator[Devices]:
    """Opens devices; at the end none of them may have seen a fault."""
    with ExitStack() as stack:
        devices = Devices(chromium, server.url, stack)
        yield devices
        faults = [fault for one in devices.opened for fault in one.watch.faults]
        assert not faults, "\n".join(faults)


@pytest.fixture
def look(request: pytest.FixtureRequest) -> Iterator[Look]:
    """Looks at pages; at the end none may have been found wanting."""
    looked = Look(request.node.name)
    yield looked
    assert not looked.faults, "\n".join(looked.faults)
