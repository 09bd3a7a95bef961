"""The run screen in a real browser: one tap starts it, each tap counts once, each struck one is put back."""

import re
import time
from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.browser import Look
from tests.e2e.conftest import Devices
from tests.e2e.running import runs
from tests.e2e.running.runs import answer, call, elapsed_s, saved, start, types
from tests.e2e.server import Server
from tests.factories import Cast

pytestmark = pytest.mark.needs("chromium")
# The first step painted after the tap, in milliseconds, measured in the page itself.
WATCH_START = """() => { document.addEventListener('click', () => {
  const tapped = performance.now();
  const look = () => document.querySelector('#run-root .r-step h1')
    ? (window.startedIn = performance.now() - tapped) : requestAnimationFrame(look);
  look(); }, {capture: true, once: true}); }"""


def counted(page: Page) -> None:
    """The steps up to the first dose, two areas affected."""
    for label in ("Done", "Help is here", "No to all", "Slow", "2 areas", "1 pallor"):
        answer(page, label)


def test_it_works(server: Server, cast: Cast, device: Devices, look: Look) -> None:
    page = runs.enrol(device(), server, cast)
    page.goto("/")
    page.wait_for_load_state("networkidle")
    page.evaluate(WATCH_START)
    run = start(page)
    assert page.wait_for_function("() => window.startedIn").json_value() <= 1000
    assert page.url == f"{server.url}/emergencies/{run}/run"
    expect(page.locator("#main")).to_be_hidden()
    saved(page)
    expect(page.locator("[data-key=chip-sound]")).to_have_text("Sound on")
    look.at(page, "started")
    counted(page)
    expect(page.locator(".r-main")).to_contain_text("1000 units")
    page.locator("[data-key=dose]").click()
    expect(page.locator(".r-given")).to_contain_text("1000 units, 1 dose")
    expect(page.locator(".r-log .r-entry").first).to_contain_text("Dose 1 given, 1000 units, lot H0118L")
    saved(page)
    assert types(server, cast, run).count("dose_given") == 1
    strike_and_unstrike(page)
    look.at(page, "dosed")


def strike_and_unstrike(page: Page) -> None:
    """A struck dose puts clock, total and button back; the line through it can be taken away again."""
    page.wait_for_timeout(1600)
    page.locator("[data-key=strike]").click()
    expect(page.locator(".r-given")).to_contain_text("No dose yet")
    expect(page.locator(".r-main")).to_contain_text("Dose 1 given")
    expect(page.locator(".r-log s").first).to_have_text("Dose 1 given, 1000 units, lot H0118L")
    expect(page.locator(".r-log")).to_contain_text("mis-tap")
    page.wait_for_timeout(600)
    page.locator("[data-key=strike]").click()
    expect(page.locator(".r-given")).to_contain_text("1000 units, 1 dose")


def test_two_tablets_share_one_run(server: Server, cast: Cast, device: Devices) -> None:
    run = runs.tell(server, cast, runs.FIRST_HOUR, 66)
    first, second = (runs.enrol(device(), server, cast) for _ in range(2))
    for page in (first, second):
        runs.resume(page, run)
        assert elapsed_s(page) >= 66 * 60
    first.locator("[data-key=dose]").click()
    second.locator("[data-key=dose]").click()
    for page in (first, second):
        expect(page.locator(".r-given")).to_contain_text("3 doses", timeout=6000)
        expect(page.get_by_text("Same dose or second?")).to_be_visible()
    first.get_by_role("button", name="Same", exact=True).click()
    for page in (first, second):
        expect(page.locator(".r-given")).to_contain_text("2 doses", timeout=6000)
        expect(page.get_by_text("Same dose or second?")).to_have_count(0)
    saved(first)


def test_starting_beside_an_open_run_is_never_blocked_and_offers_to_join(
    server: Server, cast: Cast, device: Devices
) -> None:
    open_run = runs.tell(server, cast, runs.FIRST_HOUR, 20)
    page = runs.enrol(device(), server, cast)
    page.goto("/")
    page.wait_for_load_state("networkidle")
    own = start(page)
    page.locator(".r-k span").first.click()
    saved(page)
    for _ in range(20):  # runs of other checks may be offered first
        if (
            page.locator("[data-key=join]").count() == 0
            or f"since {since(server, cast, open_run)}" in page.locator(".r-notices").inner_text()
        ):
            break
        page.locator("[data-key=not-join]").click()
    page.locator("[data-key=join]").click()
    expect(page).to_have_url(re.compile(open_run))
    expect(page.locator(".r-given")).to_contain_text("1500 units, 1 dose")
    assert elapsed_s(page) >= 20 * 60
    wait_for(lambda: types(server, cast, own)[-1:] == ["emergency_ended"])


def since(server: Server, cast: Cast, run: str) -> str:
    """When a run began, as London's clock says it."""
    began = call(server, cast, f"/emergencies/{run}/events?after=0")["events"][0]["at_ms"]
    return datetime.fromtimestamp(began / 1000, ZoneInfo("Europe/London")).strftime("%H:%M")


def wait_for(true: Callable[[], bool]) -> None:
    until = time.monotonic() + 15
    while not true():
        assert time.monotonic() < until
        time.sleep(0.2)


def test_double_tap_counts_once(server: Server, cast: Cast, device: Devices) -> None:
    run = runs.tell(server, cast, runs.FIRST_HOUR, 66)
    page = runs.enrol(device(), server, cast)
    runs.resume(page, run)
    page.locator("[data-key=dose]").dblclick()
    expect(page.locator(".r-log")).to_contain_text("Counted once")
    expect(page.locator(".r-given")).to_contain_text("2 doses")
    saved(page)
    assert types(server, cast, run).count("dose_given") == 2


def test_dose_panel_takes_volume_from_the_table_and_asks_why_another_amount(
    server: Server, cast: Cast, device: Devices, look: Look
) -> None:
    run = runs.tell(server, cast, runs.FIRST_HOUR, 66)
    page = runs.enrol(device(), server, cast)
    runs.resume(page, run)
    page.locator("[data-key=dose-more]").click()
    look.at(page, "dose-panel")
    page.get_by_role("button", name="Different amount").click()
    page.get_by_label("Units given").fill("0,5")
    page.locator("[data-key=submit]").click()
    expect(page.get_by_role("alert")).to_contain_text("whole units")
    page.get_by_label("Units given").fill("750")
    page.locator("[data-key=submit]").click()
    expect(page.get_by_role("alert")).to_contain_text("who decided")
    page.get_by_label("Why another amount").fill("Dr Okafor on the phone")
    page.locator("[data-key=submit]").click()
    expect(page.locator(".r-given")).to_contain_text("2250 units, 2 doses")
    saved(page)
    assert types(server, cast, run)[-2:] == ["dose_given", "decision_made"]


def test_vision_change_opens_its_path_on_the_same_clock(
    server: Server, cast: Cast, device: Devices, look: Look
) -> None:
    run = runs.tell(server, cast, runs.FIRST_HOUR, 58)
    page = runs.enrol(device(), server, cast)
    runs.resume(page, run)
    before = elapsed_s(page)
    page.locator("[data-key=vision]").click()
    expect(page.locator("[data-key=track-vision]")).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".r-card", has_text="Eye check")).to_be_visible()
    assert elapsed_s(page) >= before
    look.at(page, "vision")
    page.wait_for_timeout(600)
    page.locator("[data-key=anaphylaxis]").click()
    expect(page.locator(".r-card", has_text="Adrenaline 1")).to_be_visible()
    look.at(page, "anaphylaxis")


def test_false_start_is_two_taps_and_can_be_reopened(
    server: Server, cast: Cast, device: Devices, look: Look
) -> None:
    page = runs.enrol(device(), server, cast)
    page.goto("/")
    run = start(page)
    page.locator("[data-key=end]").click()
    look.at(page, "end")
    page.get_by_role("button", name="Started by mistake").click()
    page.locator("[data-key=submit]").click()
    expect(page.locator(".r-step h1")).to_have_text("This emergency has ended.")
    look.at(page, "ended")
    saved(page)
    page.wait_for_timeout(1600)
    page.locator(".r-answer", has_text="Reopen").click()
    page.get_by_label("Why it goes on").fill("Skin is pale again")
    page.locator("[data-key=submit]").click()
    expect(page.locator(".r-step h1")).to_have_text(re.compile("Stop injecting"))
    saved(page)
    assert types(server, cast, run) == ["emergency_started", "emergency_ended", "emergency_reopened"]


def test_keys_log_answer_and_strike(server: Server, cast: Cast, device: Devices) -> None:
    run = runs.tell(server, cast, runs.FIRST_HOUR, 66)
    page = runs.enrol(device(), server, cast)
    runs.resume(page, run)
    page.keyboard.press("1")
    expect(page.locator(".r-given")).to_contain_text("2 doses")
    page.wait_for_timeout(1600)
    page.keyboard.press("z")
    expect(page.locator(".r-given")).to_contain_text("1 dose")
    page.keyboard.press("6")
    expect(page.get_by_role("dialog", name="Note")).to_be_visible()
    page.get_by_role("textbox", name="What happened").fill("1 z 2")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.locator(".r-given")).to_contain_text("1 dose")


def test_back_leaves_the_screen_not_the_emergency(server: Server, cast: Cast, device: Devices) -> None:
    page = runs.enrol(device(), server, cast)
    page.goto("/")
    run = start(page)
    page.go_back()
    expect(page.locator("#run-root")).to_be_hidden()
    strip = page.get_by_role("button", name=re.compile("Emergency running"))
    strip.click()
    expect(page.locator(".r-step h1")).to_be_visible()
    assert page.url == f"{server.url}/emergencies/{run}/run"
    saved(page)
    assert types(server, cast, run) == ["emergency_started"]


def test_aspirin_is_offered_only_after_its_block_list(
    server: Server, cast: Cast, device: Devices, look: Look
) -> None:
    """Each block of the protocol is asked by name; one that holds leaves the decision to the prescriber."""
    run = runs.tell(server, cast, runs.FIRST_HOUR[:-2], 20)
    page = runs.enrol(device(), server, cast)
    runs.resume(page, run)
    page.locator("[data-key=drug]").click()
    page.locator("[data-key=drug-aspirin]").click()
    expect(page.locator(".r-panel [data-key^=block-]")).to_have_count(10)
    look.at(page, "aspirin")
    page.get_by_role("button", name="Methotrexate").click()
    page.get_by_role("button", name="Prescriber decides, not given").click()
    expect(page.locator(".r-log")).to_contain_text("Aspirin: prescriber decides, methotrexate")
    saved(page)
    told = [
        e
        for e in call(server, cast, f"/emergencies/{run}/events?after=0")["events"]
        if e["type"] == "aspirin_decided"
    ]
    assert told[0]["data"]["blocks"] == ["aspirin.block.methotrexate"]
