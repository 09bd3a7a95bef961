"""Chromium as staff meet it, watched: whatever a page does that it must not is written down."""

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import axe_playwright_python
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Playwright, Response

SIZES = {"tablet": (1024, 768), "portrait": (768, 1024), "phone": (390, 844)}
QUIET = (
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--no-first-run", "--disable-quic", "--disable-dev-shm-usage",
)  # fmt: skip
AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text("utf-8")
STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
RUN_AXE = "only => axe.run(document, {runOnly: only, resultTypes: ['violations']})"
BY_LIGHT = {"type": "tag", "values": STANDARDS}
BY_DARK = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}  # only colours differ
TELL_CSP = """document.addEventListener("securitypolicyviolation",
  (e) => console.error(`policy: ${e.violatedDirective} blocked ${e.blockedURI}`))"""
OVERFLOW = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
# What the browser says by itself of an answer the test expected, or of a server the test has killed.
ANSWER = re.compile(r"Failed to load resource: the server responded with a status of (\d+)")
NO_SERVER = re.compile(
    r"net::ERR_(CONNECTION|INTERNET|EMPTY|FAILED|ABORTED|NETWORK)"
    r"|An unknown error occurred when fetching the script"  # of the service worker, asked for on every page
)


def pictures() -> Path | None:
    """Where to keep a picture of each page, when somebody wants to look at them."""
    folder = os.environ.get("SCREENSHOTS")
    return Path(folder) if folder else None


def chromium_program() -> str:
    """Where the machine's own Chromium is."""
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))))


def launch(playwright: Playwright) -> Browser:
    """The machine's own Chromium."""
    return playwright.chromium.launch(executable_path=chromium_program(), args=list(QUIET))


class Watch:
    """What a browser did that no page of ours may do; `faults` is empty after a good journey."""

    def __init__(self, context: BrowserContext, url: str) -> None:
        self.url = url
        self.faults: list[str] = []
        self.allowed: set[int] = {422}  # a form shown again with its errors
        self.server_may_be_gone = False
        context.add_init_script(TELL_CSP)
        context.on("request", lambda request: self._stranger(request.url))
        context.on("response", self._answer)
        context.on("console", self._said)
        context.on("weberror", lambda error: self.faults.append(f"script: {error.error}"))

    def _stranger(self, url: str) -> None:
        if not url.startswith((self.url + "/", "data:", "blob:")):
            self.faults.append(f"asks {url}")

    def _answer(self, response: Response) -> None:
        if response.status >= 400 and response.status not in self.allowed:
            self.faults.append(f"{response.status} {response.request.method} {response.url}")

    def _said(self, message: ConsoleMessage) -> None:
        if message.type not in {"error", "warning"}:
            return
        expected = self.server_may_be_gone and NO_SERVER.search(message.text)
        if not expected and not ANSWER.search(message.text):  # an answer is judged by `_answer`
            self.faults.append(f"{message.type} on {message.location['url']}: {message.text}")

    @contextmanager
    def expecting(self, *statuses: int) -> Iterator[None]:
        """These answers are what the test is about."""
        before = self.allowed
        self.allowed = before | set(statuses)
        try:
            yield
        finally:
            self.allowed = before

    @contextmanager
    def without_server(self) -> Iterator[None]:
        """Calls that reach nobody are no fault for a while."""
        self.server_may_be_gone = True
        try:
            yield
        finally:
            self.server_may_be_gone = False


class Look:
    """Looks at each page: with axe in both themes, for sideways scrolling, and as a picture."""

    def __init__(self, journey: str) -> None:
        self.journey = journey
        self.schemes: tuple[Literal["light", "dark"], ...] = ("light", "dark")
        self.faults: list[str] = []
        self.count = 0

    def at(self, page: Page, name: str) -> None:
        """Look at this page under a name of its own."""
        self.count += 1
        if (wide := page.evaluate(OVERFLOW)) > 0:
            self.faults.append(f"{name}: {wide} px wider than the screen")
        for scheme in self.schemes:
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            self._axe(page, name, scheme)
            self._picture(page, f"{self.count:02d}-{name}-{scheme}")
        page.emulate_media(color_scheme="light", reduced_motion="reduce")

    def _axe(self, page: Page, name: str, scheme: str) -> None:
        # evaluated by the debugger, so the page's own content policy stays in force
        if not page.evaluate("() => 'axe' in window"):
            page.evaluate(AXE)
        for found in page.evaluate(RUN_AXE, BY_LIGHT if scheme == "light" else BY_DARK)["violations"]:
            where = "; ".join(f"{node['target']} {node['failureSummary']}" for node in found["nodes"][:3])
            self.faults.append(f"{name} ({scheme}): {found['id']}: {where}")

    def _picture(self, page: Page, name: str) -> None:
        folder = pictures()
        if folder:
            (folder / self.journey).mkdir(parents=True, exist_ok=True)
            page.screenshot(path=folder / self.journey / f"{name}.png", full_page=True)
