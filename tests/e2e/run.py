"""What people do on the run screen, in its own words."""

import re
from collections.abc import Iterable
from typing import Any

from playwright.sync_api import Locator, Page, expect

# Two taps of one button within this time count once: staff who mean a second entry take longer.
AGAIN_MS = 1_700


class Run:
    """The run screen on one device."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.root = page.locator("#run-root")
        self.clock = self.root.get_by_role("timer", name="Time since the start")
        self.step = self.root.get_by_role("region", name="Current step")
        self.log = self.root.get_by_role("group", name="Log, newest first")
        self.given = self.root.locator(".r-given")
        self.saved = self.root.locator(".r-chip.is-saved")

    def start(self) -> None:
        """One tap, from whatever page is open."""
        self.page.get_by_role("link", name="Start emergency").click()
        expect(self.clock).to_be_visible()

    @property
    def id(self) -> str:
        """The emergency's id, from the address."""
        found = re.search(r"/emergencies/([0-9a-f-]{36})/run", self.page.url)
        assert found, self.page.url
        return found[1]

    def elapsed_s(self) -> int:
        """Seconds since the start, as the screen shows them."""
        hours, minutes, seconds = map(int, self.clock.inner_text().split(":"))
        return (hours * 60 + minutes) * 60 + seconds

    def key(self, name: str | re.Pattern[str]) -> Locator:
        """A button of the run screen."""
        return self.root.get_by_role("button", name=name)

    def press(self, name: str | re.Pattern[str]) -> None:
        """Press it, as somebody who means it."""
        self.page.wait_for_timeout(AGAIN_MS)
        self.key(name).first.click()

    def answer(self, answers: Iterable[str]) -> list[str]:
        """Give these answers, one a step; returns the steps' words."""
        words = []
        for text in answers:
            self.page.wait_for_timeout(AGAIN_MS)
            words.append(self.step.get_by_role("heading").inner_text())
            self.step.get_by_role("button", name=re.compile(f"^{re.escape(text)}")).click()
        return words

    def has_given(self, units: int, doses: int) -> None:
        """The total, beside the clock."""
        expect(self.given).to_contain_text(f"{units} units")
        if self.page.viewport_size and self.page.viewport_size["width"] > 700:
            expect(self.given).to_contain_text(f"{doses} dose")

    def is_saved(self) -> None:
        """Everything is on the server."""
        expect(self.saved).to_have_text("Saved", timeout=30_000)


def events(page: Page, run_id: str) -> list[dict[str, Any]]:
    """What the server holds of a run, as any tablet reads it."""
    answer = page.request.get(f"/emergencies/{run_id}/events?after=0")
    assert answer.ok, answer.status
    found: list[dict[str, Any]] = answer.json()["events"]
    return found
