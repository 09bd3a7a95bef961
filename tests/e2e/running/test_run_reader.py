"""What the screen says aloud, the stopwatch, the paths side by side, and the board that watches."""

import pytest
from playwright.sync_api import CDPSession, Page, expect

from tests.e2e.browser import Look
from tests.e2e.conftest import Devices
from tests.e2e.running import runs
from tests.e2e.running.runs import answer, elapsed_s, saved, types
from tests.e2e.running.voice import VOICE
from tests.e2e.server import Server
from tests.factories import Cast

pytestmark = pytest.mark.needs("chromium")
NAME = "Sample Patient"
OPEN_PATHS = (*runs.FIRST_HOUR, ("vision_changed", 57, {}), ("anaphylaxis_suspected", 57.5, {}))


def with_voice(device: Devices, server: Server, cast: Cast) -> Page:
    """A tablet that has a voice of its own, switched on as a person does it."""
    page = runs.enrol(device(), server, cast)
    page.add_init_script(VOICE)
    return page


def spoken(page: Page) -> list[dict[str, object]]:
    found: list[dict[str, object]] = page.evaluate("() => window.spoken")
    return found


def test_it_works(server: Server, cast: Cast, device: Devices) -> None:
    """Every line spoken stood on the screen at that moment, from the device's own voice; one tap mutes."""
    story = (*runs.FIRST_HOUR[:1], ("patient_named", 0.3, {"text": NAME}))
    page = with_voice(device, server, cast)
    runs.resume(page, runs.tell(server, cast, story, 0.5))
    assert spoken(page) == []
    page.locator("[data-key=chip-reader]").click()
    expect(page.locator("[data-key=chip-reader]")).to_have_text("Voice on")
    for label in ("Help is here", "No to all", "Slow"):
        answer(page, label)
    page.locator("[data-key=symptom]").click()  # a panel names the step it covers
    page.locator("[data-key=back]").click()
    said = spoken(page)
    assert len(said) >= 4
    assert all(line["shown"] and line["local"] for line in said), said
    assert not any(NAME.split()[0] in str(line["text"]) for line in said)
    page.locator("[data-key=chip-reader]").click()
    expect(page.locator("[data-key=chip-reader]")).to_have_text("Voice off")
    before = len(spoken(page))
    answer(page, "2 areas")
    assert len(spoken(page)) == before


def test_what_is_due_is_spoken_as_shown(server: Server, cast: Cast, device: Devices) -> None:
    """A dose falls due while another path is on screen: its line is shown and spoken."""
    page = with_voice(device, server, cast)
    runs.resume(page, runs.tell(server, cast, OPEN_PATHS, 70))
    page.locator("[data-key=chip-reader]").click()
    expect(page.locator(".r-said")).to_be_visible()
    words = page.locator(".r-said span").inner_text()
    page.wait_for_function("words => window.spoken.some((line) => line.text === words)", arg=words)
    assert all(line["shown"] for line in spoken(page)), spoken(page)


def test_no_voice_here_says_so_and_leaves_the_tones(server: Server, cast: Cast, device: Devices) -> None:
    page = with_voice(device, server, cast)
    page.add_init_script("window.noVoice = true")
    runs.resume(page, runs.tell(server, cast, (), 0.2))
    expect(page.locator("[data-key=chip-reader]")).to_have_text("No voice")
    page.locator("[data-key=chip-reader]").click()
    expect(page.get_by_role("status")).to_have_text("No voice on this device. Tones only.")
    assert spoken(page) == []
    expect(page.locator("[data-key=chip-sound]")).to_have_text("Sound on")


def test_stopwatch_fills_in_and_a_person_confirms(
    server: Server, cast: Cast, device: Devices, look: Look
) -> None:
    """Held on one side, tapped on the other; what the figures mean is said, and only a tap records."""
    run = runs.tell(server, cast, runs.FIRST_HOUR, 58.2)
    page = runs.enrol(device(), server, cast)
    runs.resume(page, run)
    page.locator("[data-key=refill]").click()
    here, other = page.locator("[data-key=watch-refill_ds]"), page.locator("[data-key=watch-mirror_ds]")
    here.hover()
    page.mouse.down()
    expect(here).to_contain_text("Release", timeout=7000)
    page.mouse.up()
    page.wait_for_timeout(3600)
    here.click()
    for _ in range(2):  # a tap begins the press, a tap ends it
        other.click()
    page.wait_for_timeout(900)
    other.click()
    expect(page.locator(".r-measured")).to_contain_text("slower than the other side")
    expect(page.locator("[data-key=refill-slow]")).to_contain_text("As measured")
    look.at(page, "measured")
    assert types(server, cast, run)[-1] != "refill_checked" or len(types(server, cast, run)) == 15
    page.locator("[data-key=refill-slow]").click()
    expect(page.locator(".r-log .r-entry").first).to_contain_text("other side 1 second")
    page.locator("[data-key=refill]").click()
    expect(page.locator(".r-plotbox", has_text="Upper lip")).to_be_attached()
    expect(page.locator(".r-plottable td", has_text="3.5 s").first).to_be_attached()


def test_both_paths_are_looked_at_and_answered(server: Server, cast: Cast, device: Devices) -> None:
    """Tabs show either step; answering one leaves the other; entries carry the mark of their path."""
    run = runs.tell(server, cast, OPEN_PATHS, 58)
    page = runs.enrol(device(), server, cast)
    runs.resume(page, run)
    urgent = page.locator(".r-step h1").inner_text()
    page.locator("[data-key=track-vision]").click()
    expect(page.locator("[data-key=track-vision]")).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".r-step h1")).not_to_have_text(urgent)
    answer(page, "Done")
    expect(page.locator(".r-log li").first.locator(".r-mark")).to_have_text("Vision change")
    page.locator("[data-key=track-anaphylaxis]").click()
    expect(page.locator(".r-step h1")).to_have_text(urgent)
    saved(page)
    assert types(server, cast, run)[-1] == "step_done"


def test_collapse_is_one_tap_and_one_table(server: Server, cast: Cast, device: Devices, look: Look) -> None:
    run = runs.tell(server, cast, runs.FIRST_HOUR, 58)
    page = runs.enrol(device(), server, cast)
    runs.resume(page, run)
    page.locator("[data-key=collapse]").click()
    table = page.get_by_role("table")
    for head in ("Faint", "Anaphylaxis"):
        expect(table.get_by_role("columnheader", name=head)).to_be_visible()
    look.at(page, "collapse")
    page.wait_for_timeout(450)
    page.locator("[data-key=is-anaphylaxis]").click()
    expect(page.locator(".r-card", has_text="Adrenaline 1")).to_be_visible()
    saved(page)
    assert types(server, cast, run)[-2:] == ["collapse_noticed", "anaphylaxis_suspected"]


def test_the_board_is_live_within_two_seconds_and_sends_nothing(
    server: Server, cast: Cast, device: Devices, look: Look
) -> None:
    run = runs.tell(server, cast, runs.FIRST_HOUR, 58.2)
    board = runs.enrol(device(), server, cast)
    asked: list[str] = []
    board.on("request", lambda request: asked.append(request.method))
    board.goto(f"/emergencies/{run}/watch")
    expect(board.locator(".w-step h2").first).to_be_visible()
    look.at(board, "board")
    page = runs.enrol(device(), server, cast)
    runs.resume(page, run)
    page.locator("[data-key=dose]").click()
    expect(page.locator(".r-given")).to_contain_text("2 doses")
    saved(page)
    expect(board.locator(".w-facts")).to_contain_text("Dose 2 given", timeout=2000)
    expect(board.locator(".w-facts h2")).to_contain_text("in 2 doses")
    assert board.locator("main button, main a, form").count() == 0
    assert set(asked) == {"GET"}


def test_a_frozen_page_loses_no_time(server: Server, cast: Cast, device: Devices) -> None:
    """The browser freezes the tab for a while: no tick, and afterwards the clock is right to the second."""
    page = runs.enrol(device(), server, cast)
    runs.resume(page, runs.tell(server, cast, runs.FIRST_HOUR, 20))
    debugger = page.context.new_cdp_session(page)
    before, began = elapsed_s(page), page.evaluate("() => performance.now()")
    debugger.send("Page.setWebLifecycleState", {"state": "frozen"})
    page.wait_for_timeout(6000)
    debugger.send("Page.setWebLifecycleState", {"state": "active"})
    page.wait_for_timeout(600)
    passed = (page.evaluate("() => performance.now()") - began) / 1000
    assert abs(elapsed_s(page) - before - passed) <= 1.2
    expect(page.locator("[data-key=chip-saved]")).to_have_text("Saved")


# From the tap to the frame that shows it.
TAP = """(key) => new Promise((done) => { const log = document.querySelector(".r-log");
  const before = log.textContent;
  const seen = () => requestAnimationFrame(log.textContent === before ? seen : () => done());
  log.querySelector(`[data-key=${key}]`).click(); seen(); })"""


def test_a_slow_tablet_answers_a_tap_in_a_tenth_of_a_second(
    server: Server, cast: Cast, device: Devices
) -> None:
    """After an hour of entries, 6 times slower (O12): the page's own work, by the clock of its thread."""
    more = tuple(("note_written", 44 + at / 10, {"text": f"Note {at}"}) for at in range(60))
    page = runs.enrol(device(), server, cast)
    runs.resume(page, runs.tell(server, cast, (*runs.FIRST_HOUR, *more), 58.2))
    debugger = page.context.new_cdp_session(page)
    debugger.send("Performance.enable", {"timeDomain": "threadTicks"})
    took = []
    for _ in range(4):  # struck and put back
        page.wait_for_timeout(1700)
        before = worked_ms(debugger)
        page.evaluate(TAP, "strike")
        took.append(worked_ms(debugger) - before)
    assert 6 * min(took) <= 100, took


def worked_ms(debugger: CDPSession) -> float:
    """Processor time of the page's thread so far, whatever else the machine does."""
    metrics = debugger.send("Performance.getMetrics")["metrics"]
    return 1000 * next(float(row["value"]) for row in metrics if row["name"] == "TaskDuration")
