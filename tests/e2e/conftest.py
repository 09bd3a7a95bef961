"""One Chromium for the worker; a server, a watched browser and a look for each journey."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.e2e.browser import SIZES, Look, Watch, launch
from tests.e2e.server import Server


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The browser program."""
    with sync_playwright() as playwright:
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


Devices = Callable[..., Device]


@pytest.fixture
def device(chromium: Browser, server: Server) -> Iterator[Devices]:
    """Opens further devices; at the end none of them may have seen a fault."""
    opened: list[Device] = []
    with ExitStack() as stack:

        def open_device(size: str = "tablet") -> Device:
            width, height = SIZES[size]
            context = chromium.new_context(
                base_url=server.url, viewport={"width": width, "height": height}, has_touch=True,
                reduced_motion="reduce", locale="en-GB", timezone_id="Europe/London",
            )  # fmt: skip
            stack.callback(context.close)
            watch = Watch(context, server.url)
            page = context.new_page()
            page.set_default_timeout(10_000)
            opened.append(Device(context, page, watch))
            return opened[-1]

        yield open_device
        faults = [fault for one in opened for fault in one.watch.faults]
        assert not faults, "\n".join(faults)


@pytest.fixture
def look(request: pytest.FixtureRequest) -> Iterator[Look]:
    """Looks at pages; at the end none may have been found wanting."""
    looked = Look(request.node.name)
    yield looked
    assert not looked.faults, "\n".join(looked.faults)
