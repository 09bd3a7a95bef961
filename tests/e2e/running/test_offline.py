"""The app itself with no server: pages, the start, the run and its reload come from the tablet's own copy."""

import os
import re
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page, expect

from tests.e2e.browser import QUIET, Look, Watch, chromium_program
from tests.e2e.conftest import Devices
from tests.e2e.running import runs
from tests.e2e.running.runs import answer, elapsed_s, saved, start, types
from tests.e2e.server import Server
from tests.factories import Cast

pytestmark = pytest.mark.needs("chromium")
KEPT = "async () => (await caches.keys()).filter((name) => name.startsWith('reflow-'))"
# Every piece of code and style this page asked the network or the worker for, and whether the copy holds it.
STRANGERS = """async () => {
  const [name] = (await caches.keys()).filter((one) => one.startsWith('reflow-'));
  const cache = await caches.open(name);
  const asked = performance.getEntriesByType('resource').map((one) => new URL(one.name).pathname);
  const missing = [];
  for (const path of asked.filter((one) => one.startsWith('/static/')))
    if (!(await cache.match(path))) missing.push(path);
  return [missing, asked.length];
}"""
WHOLE = """async () => {
  const { readBack } = await import('/static/runner/offline.mjs');
  const found = await readBack();
  return found && found.total > 0 && !found.missing.length && !found.changed.length;
}"""


def kept(page: Page) -> None:
    """Open a page once and wait until this tablet has the whole offline copy."""
    page.goto("/")
    page.wait_for_function("() => navigator.serviceWorker.controller !== null")
    assert page.evaluate(WHOLE)
    page.wait_for_load_state("networkidle")


def test_the_whole_journey_without_a_server(server: Server, cast: Cast, device: Devices, look: Look) -> None:
    page = runs.enrol(device(), server, cast)
    kept(page)
    server.kill()
    with device.without_server(), device.expecting(503):
        page.goto("/patients")
        expect(page.get_by_role("heading", level=1)).to_have_text("The server does not answer")
        look.at(page, "offline")
        run = start(page)
        for label in ("Done", "Help is here", "No to all"):
            answer(page, label)
        expect(page.locator("[data-key=chip-saved]")).to_contain_text("4 waiting")
        before, at = elapsed_s(page), time.monotonic()
        page.reload()
        expect(page.locator("[data-key=chip-saved]")).to_contain_text("4 waiting")
        assert page.url.endswith(f"/emergencies/{run}/run")
        assert abs(elapsed_s(page) - before - (time.monotonic() - at)) <= 1.5
        assert page.evaluate(STRANGERS)[0] == []
        server.start()
        saved(page)
    assert types(server, cast, run) == ["emergency_started", "step_done", "step_done", "eyes_checked"]


def test_a_fresh_page_of_the_run_asks_for_nothing_that_is_not_kept(
    server: Server, cast: Cast, device: Devices
) -> None:
    one = device()
    kept(runs.enrol(one, server, cast))
    run = start(one.page)
    saved(one.page)
    one.page.close()
    server.kill()
    with device.without_server(), device.expecting(503):
        page = one.context.new_page()
        page.goto(f"/emergencies/{run}/run")
        expect(page.locator("#run-root h1")).to_be_visible()
        missing, asked = page.evaluate(STRANGERS)
        assert not missing
        assert asked > 30
        again = one.context.new_page()  # any page offers the run that goes on
        again.goto("/stock")
        strip = again.get_by_role("button", name=re.compile("Emergency running"))
        expect(strip).to_be_visible()
        strip.click()
        expect(again.locator("#run-root h1")).to_be_visible()
        assert again.url.endswith(f"/emergencies/{run}/run")
        server.start()


def test_a_server_that_hangs_does_not_hold_up_the_run(server: Server, cast: Cast, device: Devices) -> None:
    one = device()
    page = runs.enrol(one, server, cast)
    kept(page)
    run = start(page)
    saved(page)
    hang(one.context)
    at = time.monotonic()
    page.reload(wait_until="commit")
    expect(page.locator("#run-root h1")).to_be_visible()
    took = time.monotonic() - at
    assert page.url.endswith(f"/emergencies/{run}/run")
    one.context.unroute_all(behavior="ignoreErrors")
    assert took < 5, "the copy answers, not the server's patience"


def hang(context: BrowserContext) -> None:
    """From now on the server takes every request and answers none."""
    context.route("**/*", lambda route: None)


def test_what_is_kept_holds_nobody_s_data(server: Server, cast: Cast, device: Devices) -> None:
    one = device()
    page = runs.enrol(one, server, cast)
    kept(page)
    text = page.evaluate(
        """async () => { const words = [];
        for (const name of await caches.keys()) for (const key of await (await caches.open(name)).keys())
          words.push(new URL(key.url).pathname, await (await caches.match(key)).text());
        return words.join("\\n"); }"""
    )
    for name in (cast["nora"].name, cast["mara"].name, "Room 1", cast.tablet_id, "Nightingale"):
        assert name not in text


def test_a_killed_browser_offers_the_run_on_the_next_page(
    server: Server, cast: Cast, chromium: Browser, tmp_path: Path
) -> None:
    """Battery out in the middle, and the server dead too: the same clock, the same entries."""
    profile = tmp_path / "profile"
    with tablet(chromium, profile, server, cast) as (page, watch), watch.without_server():
        kept(page)
        run = start(page)
        saved(page)
        server.kill()
        answer(page, "Done")
        expect(page.locator("[data-key=chip-saved]")).to_contain_text("1 waiting")
        before, at = elapsed_s(page), time.monotonic()
        kill_browser_of(profile)
    with (
        tablet(chromium, profile, server, cast) as (page, watch),
        watch.without_server(),
        watch.expecting(503),
    ):
        page.goto("/today")
        strip = page.get_by_role("button", name=re.compile("Emergency running"))
        strip.click()
        expect(page.locator(".r-step h1")).to_have_text(re.compile("Call for help"))
        assert page.url.endswith(f"/emergencies/{run}/run")
        assert abs(elapsed_s(page) - before - (time.monotonic() - at)) <= 1.5
        expect(page.locator("[data-key=chip-saved]")).to_contain_text("1 waiting")
        server.start()
        saved(page)
        assert types(server, cast, run) == ["emergency_started", "step_done"]
        assert not watch.faults


@contextmanager
def tablet(chromium: Browser, profile: Path, server: Server, cast: Cast) -> Iterator[tuple[Page, Watch]]:
    """A browser with a profile folder of its own, as a tablet has one."""
    context = chromium.browser_type.launch_persistent_context(
        profile, executable_path=chromium_program(), args=list(QUIET), base_url=server.url, has_touch=True,
        viewport={"width": 1024, "height": 768}, locale="en-GB", timezone_id="Europe/London",
    )  # fmt: skip
    context.add_cookies([{"name": runs.TABLET_COOKIE, "value": cast.tablet_token, "url": server.url}])
    try:
        yield context.new_page(), Watch(context, server.url)
    finally:
        with suppress(Error):
            context.close()


def kill_browser_of(profile: Path) -> None:
    """SIGKILL to the browser process that has this profile folder open; its children end with it."""
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            words = entry.read_bytes().split(b"\0")
            if f"--user-data-dir={profile}".encode() in words and not any(
                w.startswith(b"--type=") for w in words
            ):
                os.kill(int(entry.parent.name), signal.SIGKILL)
