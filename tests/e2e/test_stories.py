"""Scripted patients on a tablet: each is asked, answers by taps, and ends allowed, held or refused (S1)."""

import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect
from werkzeug.serving import make_server

from safety.screening import rules
from tests.e2e import pages
from tests.e2e.browser import SIZES, Watch
from tests.e2e.conftest import PATIENCE_MS
from tests.factories import Cast
from tests.screening import people, playing
from tests.screening.stories import story
from tests.screening.test_rules_pages import all_playable

Json = Any
WORDS = {
    "clear": "Cleared", "caution": "Not complete", "incomplete": "Not complete",
    "prescriber": "Prescriber must decide", "defer": "Do not treat", "contra": "Do not treat",
}  # fmt: skip
BLOCKED = "Service Worker registration blocked"
# Allowed, held and refused, with every kind of control: rows, boxes, numbers, dates, words.
TWENTY = (
    1, 2, 3, 4, 13, 31, 36, 39, 45, 52, 57, 68, 98, 114, 125, 142, 160, 166, 169, 180,
)  # fmt: skip
pytestmark = [pytest.mark.needs("chromium"), pytest.mark.once]


@dataclass
class ByTaps:
    """The pages as a person at a tablet meets them."""

    page: Page

    def answer(self, url: str, question: rules.Question, value: Json) -> None:
        """Tap the answer, then the button."""
        self._at(url)
        self._give(question, value)
        pages.save_and_continue(self.page)
        assert self.page.url.rpartition("/")[2] != question.id, f"{question.id}: {value!r} was not taken"

    def _at(self, url: str) -> None:
        """Mostly the button has led there already."""
        if not self.page.url.endswith(url):
            self.page.goto(url, wait_until="domcontentloaded")

    def _give(self, question: rules.Question, value: Json) -> None:
        if question.type in {"multi", "areas"}:
            for one in value if isinstance(value, list) and value else [value or "none"]:
                self._tap("value", one)
        elif question.type in {"date", "number"} and value in {"none", "unknown"}:
            self._tap("instead", value)
        elif question.type == "date":
            for name, part in zip(("year", "month", "day"), value.split("-"), strict=True):
                self.page.locator(f'[name="value-{name}"]').fill(part)
        elif question.type in {"number", "text"}:
            self.page.locator('[name="value"]').fill(str(value))
        else:
            self._tap("value", value)

    def _tap(self, name: str, value: str) -> None:
        self.page.locator(f'input[name="{name}"][value="{value}"]').check()

    def ask(self, url: str) -> None:
        """Look over the answers, then ask."""
        self._at(url)
        pages.go(self.page, "Get verdict")


def wanted() -> list[Path]:
    """The twenty; all of them where somebody asked for that (make stories)."""
    everyone = all_playable()
    return (
        everyone if os.environ.get("STORIES") == "all" else [p for p in everyone if int(p.stem[:3]) in TWENTY]
    )


@pytest.fixture
def tablet(app: Flask, chromium: Browser) -> Iterator[Page]:
    """A tablet in front of this very application, so that the test may set its clock.

    Without the service worker: it fetches the emergency's files, and nothing here is about those.
    """
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    url, (width, height) = f"http://127.0.0.1:{server.server_port}", SIZES["tablet"]
    with chromium.new_context(
        base_url=url, viewport={"width": width, "height": height}, has_touch=True, reduced_motion="reduce",
        locale="en-GB", timezone_id="Europe/London", service_workers="block",
    ) as context:  # fmt: skip
        context.set_default_timeout(PATIENCE_MS)
        watch = Watch(context, url)
        yield context.new_page()
        assert [fault for fault in watch.faults if BLOCKED not in fault] == []
    server.shutdown()
    thread.join()


def test_it_works(app: Flask, cast: Cast, tablet: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    pages.sign_in(tablet, cast["nora"])
    wrong = []
    for path in wanted():
        told = story(path)
        played = playing.play(app, cast, ByTaps(tablet), monkeypatch, told)
        if played != rules.assess(people.body(), playing.request_of(told)).as_json():
            wrong.append(f"{path.stem}: the pages say {played['outcome']}")
        expect(tablet.locator(".verdict")).to_contain_text(WORDS[played["outcome"]])
    assert wrong == []


def test_the_twenty_are_twenty_and_end_each_way() -> None:
    outcomes = [story(path)["expect"]["outcome"] for path in all_playable() if int(path.stem[:3]) in TWENTY]
    assert len(outcomes) == len(TWENTY) == 20
    assert set(outcomes) == set(WORDS)
