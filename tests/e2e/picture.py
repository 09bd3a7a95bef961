"""The picture in README.md: a run in the demonstration clinic, after its first dose."""

import re
import sys
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, sync_playwright

from tests.conftest import TABLET
from tests.e2e import pages
from tests.e2e.browser import SIZES, launch
from tests.e2e.run import Run
from tests.e2e.server import Server

STEPS = (
    "Done", "Help is here", "No to all", "Slow", "1 area", "2 livedo", "Photo taken", "Started", "None known",
    "Ready, read aloud",
)  # fmt: skip


def draw(target: Path) -> None:
    """Load the clinic, run an emergency to its first dose, take the picture."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        server = Server(Path(folder) / "data")
        server.data_dir.mkdir()
        try:
            told = server.load_demo()
            server.start()
            _take(launch(playwright), server.url, told, target)
        finally:
            server.kill()


def _take(browser: Browser, url: str, told: dict[str, Any], target: Path) -> None:
    width, height = SIZES["tablet"]
    context = browser.new_context(base_url=url, viewport={"width": width, "height": height}, locale="en-GB")
    tablet, nurse = told["tablet"], told["accounts"]["nurse"]
    context.add_cookies([{"name": TABLET, "value": tablet["token"], "url": url}])
    page = context.new_page()
    page.set_default_timeout(60_000)
    page.goto("/sign-in")
    page.get_by_label("User name").fill(nurse["username"])
    page.get_by_label("Password").fill(nurse["password"])
    pages.go(page, "Sign in")
    for treatment in told["treatments"]:
        page.goto(f"/treatments/{treatment['id']}")
        if (
            page.get_by_role("link", name=re.compile("^Inject")).count()
            and page.get_by_role("table").count() > 1
        ):
            break
    run = Run(page)
    run.start()
    run.answer(STEPS)
    run.press(re.compile("^Dose 1 given"))
    page.wait_for_timeout(4_000)
    page.screenshot(path=target)
    browser.close()


if __name__ == "__main__":
    draw(Path(sys.argv[1]))
