"""The run screen in a real browser: one tap starts it, and nothing told to it is lost, doubled or moved in time."""

import re
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.e2e import runs
from tests.e2e.browser import Look
from tests.e2e.conftest import Devices
from tests.e2e.runs import answer, call, elapsed_s, saved, start
from tests.e2e.server import Server
from tests.factories import Cast

pytestmark = pytest.mark.needs("chromium")
# The first step painted after the tap, in milliseconds, measured in the page itself.
WATCH_START = """() => { document.addEventListener('click', () => {
  const tapped = performance.now();
  const look = () => document.querySelector('#run-root .r-step h1')
    ? (window.startedIn = performance.now() - tapped) : requestAnimationFrame(look);
  look(); }, {capture: true, once: true}); }"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One clinic for all of these checks; each has a run of its own."""
    made = Server(tmp_path_factory.mktemp("runs") / "data")
    try:
        yield made
    finally:
        made.kill()


@pytest.fixture(scope="module")
def cast(server: Server) -> Cast:
    """Its people; it is served from now on."""
    return runs.open_clinic(server)


def log_words(page: Page) -> list[str]:
    return [row.replace("\n", " ") for row in page.locator(".r-log .r-entry").all_inner_texts()]


def types(server: Server, cast: Cast, run: str) -> list[str]:
    return [event["type"] for event in call(server, cast, f"/emergencies/{run}/events?after=0")["events"]]


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
    assert page.evaluate("window.startedIn") <= 1000
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
    expect(page.locator(".r-given")).to_contain_text("0 units")
    expect(page.locator(".r-main")).to_contain_text("Dose 1 given")
    expect(page.locator(".r-log s").first).to_have_text("Dose 1 given, 1000 units, lot H0118L")
    expect(page.locator(".r-log")).to_contain_text("mis-tap")
    page.wait_for_timeout(600)
    page.locator("[data-key=strike]").click()
    expect(page.locator(".r-given")).to_contain_text("1000 units, 1 dose")


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
    expect(page.get_by_role("button", name="Tap here for sound")).to_be_visible()  # a reload takes the sound away
    page.locator(".r-k span").first.click()
    expect(page.locator("[data-key=chip-sound]")).to_have_text("Sound on")


def test_unsent_entries_outlive_a_reload(server: Server, cast: Cast, device: Devices) -> None:
    page = runs.enrol(device(), server, cast)
    page.goto("/")
    run = start(page)
    saved(page)
    page.route("**/events*", lambda route: route.fulfill(status=200, content_type="text/html", body="<h1>Welcome</h1>"))
    answer(page, "Done")  # a portal answers everything with a page of its own
    expect(page.locator("[data-key=chip-saved]")).to_contain_text("1 waiting")
    page.reload()
    expect(page.locator("[data-key=chip-saved]")).to_contain_text("1 waiting")
    page.unroute("**/events*")
    saved(page)
    assert types(server, cast, run) == ["emergency_started", "step_done"]


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


def test_double_tap_counts_once(server: Server, cast: Cast, device: Devices) -> None:
    run = runs.tell(server, cast, runs.FIRST_HOUR, 66)
    page = runs.enrol(device(), server, cast)
    runs.resume(page, run)
    page.locator("[data-key=dose]").dblclick()
    expect(page.locator(".r-log")).to_contain_text("Counted once")
    expect(page.locator(".r-given")).to_contain_text("2 doses")
    saved(page)
    assert types(server, cast, run).count("dose_given") == 2


def test_changed_tablet_clock_moves_nothing(server: Server, cast: Cast, device: Devices) -> None:
    page = runs.enrol(device(), server, cast)
    page.goto("/")
    run = start(page)
    before, at = elapsed_s(page), time.monotonic()
    page.evaluate("() => { const real = Date.now; Date.now = () => real() + 7_200_000; }")
    expect(page.locator(".r-notices")).to_contain_text("The clock of this tablet was changed")
    assert abs(elapsed_s(page) - before - (time.monotonic() - at)) <= 1.5
    saved(page)
    notes = [e for e in call(server, cast, f"/emergencies/{run}/events?after=0")["events"] if e["type"] == "note_written"]
    assert "changed by 120 minutes" in notes[0]["data"]["text"]
    assert notes[0]["at_ms"] - time.time() * 1000 < 5000


def test_browser_that_stores_nothing_says_so_and_still_sends(server: Server, cast: Cast, device: Devices) -> None:
    one = device()
    one.context.add_init_script("Object.defineProperty(window, 'indexedDB', {get() { throw new Error('refused'); }})")
    page = runs.enrol(one, server, cast)
    page.goto("/")
    run = start(page)
    expect(page.locator(".r-notices")).to_contain_text("This tablet cannot save. Keep this page open and write on paper too.")
    answer(page, "Done")
    expect(page.locator("[data-key=chip-saved]")).to_have_text("Saved", timeout=20_000)
    assert types(server, cast, run) == ["emergency_started", "step_done"]


def test_unknown_browser_keeps_recording_and_asks_to_sign_in(server: Server, cast: Cast, device: Devices) -> None:
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


def test_dose_panel_takes_volume_from_the_table_and_asks_why_another_amount(server: Server, cast: Cast, device: Devices, look: Look) -> None:
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


def test_vision_change_opens_its_path_on_the_same_clock(server: Server, cast: Cast, device: Devices, look: Look) -> None:
    run = runs.tell(server, cast, runs.FIRST_HOUR, 58)
    page = runs.enrol(device(), server, cast)
    runs.resume(page, run)
    before = elapsed_s(page)
    page.locator("[data-key=vision]").click()
    expect(page.locator(".r-k")).to_contain_text("Vision change")
    expect(page.locator(".r-card", has_text="Eye check")).to_be_visible()
    assert elapsed_s(page) >= before
    look.at(page, "vision")
    page.wait_for_timeout(600)
    page.locator("[data-key=anaphylaxis]").click()
    expect(page.locator(".r-card", has_text="Adrenaline 1")).to_be_visible()
    look.at(page, "anaphylaxis")


def test_false_start_is_two_taps_and_can_be_reopened(server: Server, cast: Cast, device: Devices, look: Look) -> None:
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
    page.get_by_label("What happened").fill("1 z 2")
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


def test_what_staff_type_stays_text(server: Server, cast: Cast, device: Devices) -> None:
    attack = "<img src=x onerror=alert(1)>{{7*7}}"
    run = runs.tell(server, cast, (("note_written", 1, {"text": attack}), ("recorder_named", 1.1, {"text": attack})), 2)
    page = runs.enrol(device(), server, cast)
    runs.resume(page, run)
    expect(page.locator(".r-log")).to_contain_text(attack)
    page.locator("[data-key=handover]").click()
    expect(page.get_by_role("dialog")).to_contain_text("alert(1)")
    assert page.locator("#run-root img").count() == 0
    assert log_words(page)


def test_disk_holds_no_name_in_clear(server: Server, cast: Cast, device: Devices) -> None:
    """What a copied browser profile would show: ciphertext."""
    page = runs.enrol(device(), server, cast)
    page.goto("/")
    start(page)
    page.locator("[data-key=note]").click()
    page.get_by_label("What happened").fill("Canary Jane Doe")
    page.locator("[data-key=submit]").click()
    saved(page)
    held = page.evaluate("""async () => {
      const open = indexedDB.open('reflow-runs');
      const db = await new Promise((done) => { open.onsuccess = () => done(open.result); });
      const all = [];
      for (const name of db.objectStoreNames) {
        const rows = await new Promise((done) => { const ask = db.transaction(name).objectStore(name).getAll(); ask.onsuccess = () => done(ask.result); });
        for (const row of rows) all.push(row instanceof CryptoKey ? `key ${row.extractable}` : JSON.stringify(row, (k, v) =>
          v instanceof ArrayBuffer ? new TextDecoder().decode(v) : v));
      }
      return all.join(' ');
    }""")
    assert "key false" in held
    assert "Canary" not in held and "Jane" not in held
