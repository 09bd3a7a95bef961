"""What a run survives: dead server, reload, portal, changed clock, no storage, hostile words."""

import re
import time
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import Devices
from tests.e2e.running import runs
from tests.e2e.running.runs import answer, call, elapsed_s, saved, start, types
from tests.e2e.server import Server
from tests.factories import Cast

pytestmark = pytest.mark.needs("chromium")
DISK = (Path(__file__).parent / "disk.js").read_text("utf-8")
NO_STORAGE = "Object.defineProperty(window, 'indexedDB', {get() { throw new Error('refused'); }})"


def test_server_dies_and_comes_back(server: Server, cast: Cast, device: Devices) -> None:
    page = runs.enrol(device(), server, cast)
    page.goto("/")
    run = start(page)
    saved(page)
    server.kill()
    with device.without_server():
        for label in ("Done", "Help is here", "No to all", "Slow", "2 areas"):
            answer(page, label)
        expect(page.locator("[data-key=chip-saved]")).to_contain_text("Saved on this tablet, 5 waiting")
        before, at = elapsed_s(page), time.monotonic()
        server.start()
        saved(page)
    assert abs(elapsed_s(page) - before - (time.monotonic() - at)) <= 1.5
    assert types(server, cast, run) == [
        "emergency_started", "step_done", "step_done", "eyes_checked", "refill_checked", "areas_counted",
    ]  # fmt: skip


def test_start_with_the_server_dead(server: Server, cast: Cast, device: Devices) -> None:
    """What this page and tablet hold is enough: protocol, contacts, people, last context."""
    page = runs.enrol(device(), server, cast)
    page.goto("/")
    page.wait_for_load_state("networkidle")
    server.kill()
    with device.without_server():
        run = start(page)
        answer(page, "Done")
        expect(page.locator(".r-step h1")).to_have_text(re.compile("Call for help"))
        expect(page.locator("[data-key=chip-saved]")).to_contain_text("2 waiting")
        server.start()
        saved(page)
    assert types(server, cast, run) == ["emergency_started", "step_done"]


def test_reload_goes_on_at_the_same_second(server: Server, cast: Cast, device: Devices) -> None:
    page = runs.enrol(device(), server, cast)
    page.goto("/")
    start(page)
    answer(page, "Done")
    page.wait_for_timeout(2000)
    before, at = elapsed_s(page), time.monotonic()
    page.reload()
    expect(page.locator(".r-step h1")).to_have_text(re.compile("Call for help"))
    assert abs(elapsed_s(page) - before - (time.monotonic() - at)) <= 1.5
    expect(
        page.get_by_role("button", name="Tap here for sound")
    ).to_be_visible()  # a reload takes the sound away
    page.locator(".r-k span").first.click()
    expect(page.locator("[data-key=chip-sound]")).to_have_text("Sound on")


def test_unsent_entries_outlive_a_reload(server: Server, cast: Cast, device: Devices) -> None:
    page = runs.enrol(device(), server, cast)
    page.goto("/")
    run = start(page)
    saved(page)
    page.route(
        "**/events*",
        lambda route: route.fulfill(status=200, content_type="text/html", body="<h1>Welcome</h1>"),
    )
    answer(page, "Done")  # a portal answers everything with a page of its own
    expect(page.locator("[data-key=chip-saved]")).to_contain_text("1 waiting")
    page.reload()
    expect(page.locator("[data-key=chip-saved]")).to_contain_text("1 waiting")
    page.unroute("**/events*")
    saved(page)
    assert types(server, cast, run) == ["emergency_started", "step_done"]


def test_two_windows_of_one_tablet_share_its_disk_without_a_server(
    server: Server, cast: Cast, device: Devices
) -> None:
    run = runs.tell(server, cast, runs.FIRST_HOUR, 30)
    one = device()
    first, second = runs.enrol(one, server, cast), one.context.new_page()
    for page in (first, second):
        runs.resume(page, run)
    one.context.route(
        "**/events*", lambda route: route.fulfill(status=200, content_type="text/html", body="portal")
    )
    for page, words in ((first, "told in the first window"), (second, "told in the second window")):
        page.locator("[data-key=note]").click()
        page.get_by_role("textbox", name="What happened").fill(words)
        page.locator("[data-key=submit]").click()
    for page in (first, second):
        expect(page.locator(".r-log")).to_contain_text("told in the first window")
        expect(page.locator(".r-log")).to_contain_text("told in the second window")
    one.context.unroute("**/events*")
    saved(first)
    saved(second)
    assert types(server, cast, run).count("note_written") == 2


def test_changed_tablet_clock_moves_nothing(server: Server, cast: Cast, device: Devices) -> None:
    page = runs.enrol(device(), server, cast)
    page.goto("/")
    run = start(page)
    before, at = elapsed_s(page), time.monotonic()
    page.evaluate("() => { const real = Date.now; Date.now = () => real() + 7_200_000; }")
    page.locator("[data-key=notices]").click()  # what the patient needs stands first, the clock behind it
    expect(page.get_by_role("dialog")).to_contain_text("The clock of this tablet was changed")
    page.get_by_role("button", name="Back to run").click()
    assert abs(elapsed_s(page) - before - (time.monotonic() - at)) <= 1.5
    saved(page)
    notes = [
        e
        for e in call(server, cast, f"/emergencies/{run}/events?after=0")["events"]
        if e["type"] == "note_written"
    ]
    assert "changed by 120 minutes" in notes[0]["data"]["text"]
    assert notes[0]["at_ms"] - time.time() * 1000 < 5000


def test_browser_that_stores_nothing_says_so_and_still_sends(
    server: Server, cast: Cast, device: Devices
) -> None:
    one = device()
    one.context.add_init_script(
        "Object.defineProperty(window, 'indexedDB', {get() { throw new Error('refused'); }})"
    )
    page = runs.enrol(one, server, cast)
    page.goto("/")
    run = start(page)
    expect(page.locator(".r-notices")).to_contain_text(
        "This tablet cannot save. Keep this page open and write on paper too."
    )
    answer(page, "Done")
    expect(page.locator("[data-key=chip-saved]")).to_have_text("Saved", timeout=20_000)
    assert types(server, cast, run) == ["emergency_started", "step_done"]


def test_unknown_browser_keeps_recording_and_asks_to_sign_in(
    server: Server, cast: Cast, device: Devices
) -> None:
    one = device()
    page = one.page
    page.goto("/")
    with device.expecting(401, 403):
        run = start(page)
        answer(page, "Done")
        expect(page.locator("[data-key=chip-saved]")).to_contain_text("sign in")
        expect(page.locator(".r-step h1")).to_have_text(re.compile("Call for help"))
        runs.enrol(one, server, cast)  # the same device, known from now on
        saved(page)
    assert types(server, cast, run) == ["emergency_started", "step_done"]


def test_what_staff_type_stays_text(server: Server, cast: Cast, device: Devices) -> None:
    attack = "<img src=x onerror=alert(1)>{{7*7}}"
    run = runs.tell(
        server, cast, (("note_written", 1, {"text": attack}), ("recorder_named", 1.1, {"text": attack})), 2
    )
    page = runs.enrol(device(), server, cast)
    runs.resume(page, run)
    expect(page.locator(".r-log")).to_contain_text(attack)
    page.locator("[data-key=handover]").click()
    expect(page.get_by_role("dialog")).to_contain_text("alert(1)")
    assert page.locator("#run-root img").count() == 0


def test_disk_holds_no_name_in_clear(server: Server, cast: Cast, device: Devices) -> None:
    """What a copied browser profile would show: ciphertext."""
    page = runs.enrol(device(), server, cast)
    page.goto("/")
    start(page)
    page.locator("[data-key=note]").click()
    page.get_by_role("textbox", name="What happened").fill("Canary Jane Doe")
    page.locator("[data-key=submit]").click()
    saved(page)
    held = page.evaluate(DISK)
    assert "key false" in held
    assert "Canary" not in held
    assert "Jane" not in held
