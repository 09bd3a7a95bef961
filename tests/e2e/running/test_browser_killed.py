"""The browser killed after each tap: the next start offers the run, at its second, with its own protocol."""

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.browser import QUIET
from tests.e2e.running import runs
from tests.e2e.running.runs import answer, call, elapsed_s
from tests.e2e.server import Server
from tests.factories import Cast

pytestmark = pytest.mark.needs("chromium")
TAPS = ("Done", "Help is here", "No to all")


def opened(chromium: Browser, server: Server, cast: Cast, profile: Path) -> Page:
    """The tablet's browser on its own profile, as it starts after a crash."""
    program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))))
    context = chromium.browser_type.launch_persistent_context(
        profile, executable_path=program, args=list(QUIET), base_url=server.url,
        viewport={"width": 1024, "height": 768}, has_touch=True, timezone_id="Europe/London",
    )  # fmt: skip
    context.add_cookies([{"name": runs.TABLET_COOKIE, "value": cast.tablet_token, "url": server.url}])
    return context.pages[0] if context.pages else context.new_page()


def kill(profile: Path) -> None:
    """Every process of the browser that works on this profile, without a word."""
    listed = subprocess.run(
        ["pgrep", "-f", f"user-data-dir={profile}"], capture_output=True, text=True, check=False
    )
    for pid in listed.stdout.split():
        try:
            os.kill(int(pid), signal.SIGKILL)
        except ProcessLookupError:
            continue


def test_a_browser_killed_after_each_tap(
    server: Server, cast: Cast, chromium: Browser, tmp_path: Path
) -> None:
    profile = tmp_path / "profile"
    page = opened(chromium, server, cast, profile)
    page.goto("/")
    run = runs.start(page)
    for tap in TAPS:
        answer(page, tap)
        expect(page.locator("[data-key=chip-saved]")).to_contain_text("Saved")
        before, at = elapsed_s(page), time.monotonic()
        kill(profile)
        page = opened(chromium, server, cast, profile)
        page.goto("/")
        page.locator(f"a.strip[href$='/{run}/run'], [data-run-strip]").first.click()
        expect(page.locator("#run-root h1")).to_be_visible()
        assert abs(elapsed_s(page) - before - (time.monotonic() - at)) <= 2.5, tap
    runs.saved(page)
    kill(profile)
    stored = call(server, cast, f"/emergencies/{run}/events?after=0")["events"]
    assert [event["seq"] for event in stored] == [0, 1, 2, 3]
    kit, joined = (
        call(server, cast, "/emergencies/kit.json"),
        call(server, cast, f"/emergencies/{run}/run.json"),
    )
    assert joined["protocol"]["digest"] == kit["protocol"]["digest"] == stored[0]["data"]["protocol_digest"]
