"""Is this tablet ready? Read back from its own disk, broken on purpose, mended, tried, and written down."""

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.browser import Look
from tests.e2e.conftest import Devices
from tests.e2e.pages import sign_in
from tests.e2e.running import runs
from tests.e2e.running.runs import answer, start
from tests.e2e.server import Server
from tests.factories import Cast

pytestmark = pytest.mark.needs("chromium")
LOSE = """async (path) => { for (const name of await caches.keys())
  await (await caches.open(name)).delete(path); }"""
SPOIL = """async (path) => { for (const name of await caches.keys())
  await (await caches.open(name)).put(path, new Response('spoilt')); }"""
# A camera and a charger, which this machine has not.
DEVICES = """() => {
  navigator.mediaDevices.getUserMedia = async () => document.createElement('canvas').captureStream();
  navigator.getBattery = async () => ({ level: 0.8, charging: false });
}"""


AGAIN = """async () => {
  const { drawBadges } = await import('/static/runner/badge.mjs');
  const { openStore } = await import('/static/runner/store.mjs');
  await drawBadges({ store: openStore(), told: () => null, again: async () => {} });
}"""


def badge(page: Page, word: str, reason: str) -> None:
    expect(page.locator("[data-ready-badge=flag]")).to_contain_text(f"This tablet: {word}")
    expect(page.locator("[data-ready-badge=flag]")).to_contain_text(reason)


def checked(page: Page) -> None:
    """Open the tablet check once the whole copy is there."""
    page.goto("/tablet-check")
    page.wait_for_function("() => navigator.serviceWorker.controller !== null")
    page.goto("/tablet-check")


def test_the_badge_turns_red_when_a_file_is_gone_and_green_when_mended(
    server: Server, cast: Cast, device: Devices, look: Look
) -> None:
    page = runs.enrol(device(), server, cast)
    checked(page)
    badge(page, "Check", "Nobody to call is kept here")
    for harm in (LOSE, SPOIL):
        page.evaluate(harm, "/static/runner/stories.mjs")
        not_ready_until_mended(page)
    look.at(page, "tablet-check")


def not_ready_until_mended(page: Page) -> None:
    """Read back once more on the same page (a new page mends by itself), see why, and mend in one tap."""
    page.evaluate(AGAIN)
    badge(page, "Not ready", "runner/stories.mjs")
    page.locator("[data-key=mend]").click()
    expect(page.locator("[data-ready-badge=flag]")).not_to_contain_text("Not ready")


def test_six_things_are_tried_and_written_down(
    server: Server, cast: Cast, device: Devices, look: Look
) -> None:
    one = device()
    one.context.add_init_script(f"({DEVICES})()")
    page = runs.enrol(one, server, cast)
    sign_in(page, cast["nora"])
    checked(page)
    page.locator("[data-check-start]").click()
    expect(page.locator("[data-check=offline_copy]")).to_contain_text(
        re.compile(r"(\d+) files, (\d+) of \2 stories agree\."), timeout=60_000
    )
    for name in ("screen", "camera", "clock", "power"):
        expect(page.locator(f"[data-check={name}] .tag")).to_have_text("Good")
    look.at(page, "checked")
    expect(page.locator("[data-check-save]")).to_be_disabled()
    page.get_by_role("button", name="Heard it").click()
    page.locator("[data-check-save]").click()
    expect(page).to_have_url(re.compile("/today$"))
    row = page.locator("[data-ready-badge=row]")
    expect(row).to_contain_text(re.compile(r"Checked \d\d:\d\d, N\. Quinn"))
    expect(row.locator(".tag")).to_have_text("Check")
    look.at(page, "today")


def test_unsent_entries_are_carried_away_as_a_file(
    server: Server, cast: Cast, device: Devices, tmp_path: Path
) -> None:
    one = device()
    page = runs.enrol(one, server, cast)
    page.goto("/")
    page.wait_for_load_state("networkidle")
    one.context.route(
        "**/events*", lambda route: route.fulfill(status=200, content_type="text/html", body="no")
    )
    run = start(page)
    answer(page, "Done")
    page.goto("/tablet-check")
    with page.expect_download() as download:
        page.get_by_role("button", name="Save unsent entries as a file").click()
    download.value.save_as(tmp_path / "unsent.json")
    (kept,) = json.loads((tmp_path / "unsent.json").read_text("utf-8"))["runs"]
    one.context.unroute("**/events*")
    assert kept["post_to"] == f"/emergencies/{run}/events"
    told = runs.call(server, cast, kept["post_to"], kept["body"])
    assert set(told["results"].values()) <= {"stored", "known"}
    assert runs.types(server, cast, run) == ["emergency_started", "step_done"]
