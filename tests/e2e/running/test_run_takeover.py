"""A run goes from one tablet to another with the server dead, and nothing is lost or doubled."""

import base64
import io
import json
import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tests.e2e.browser import QUIET, Look, chromium_program
from tests.e2e.conftest import Device, Devices
from tests.e2e.running import runs
from tests.e2e.running.runs import answer, call, elapsed_s, saved, start
from tests.e2e.server import Server
from tests.factories import Cast

pytestmark = pytest.mark.needs("chromium")
LIVE_CAMERA = (Path(__file__).parent / "camera.js").read_text("utf-8")
NO_CAMERA = "navigator.mediaDevices.getUserMedia = async () => { throw new Error('no'); }"
KEPT = """async () => { await navigator.serviceWorker.ready;
  const names = await caches.keys(); return names.length > 0; }"""


@pytest.fixture
def film(tmp_path: Path) -> Path:
    """What the second tablet's camera will see."""
    return tmp_path / "seen.mjpeg"


@pytest.fixture
def filming(chromium: Browser, server: Server, film: Path) -> Iterator[Devices]:
    """Devices of a Chromium whose camera plays the film."""
    camera = [
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-video-capture={film}",
    ]
    browser = chromium.browser_type.launch(executable_path=chromium_program(), args=[*QUIET, *camera])
    with ExitStack() as stack:
        stack.callback(browser.close)
        devices = Devices(browser, server.url, stack)
        yield devices
        faults = [fault for one in devices.opened for fault in one.watch.faults]
        assert not faults, "\n".join(faults)


def picture(page: Page) -> bytes:
    """The code on the giving tablet's screen, as a PNG."""
    return page.locator(".r-code").screenshot()


def codes(page: Page) -> list[bytes]:
    """Every code of the row, stepped through by hand."""
    count = int(page.locator("[data-frame]").inner_text().split()[-1])
    if count > 1:
        page.locator("[data-key=pause]").click()
    seen = []
    for _ in range(count):
        seen.append(picture(page))
        if count > 1:
            page.locator("[data-key=step]").click()
    return seen


def shoot(film: Path, pictures: list[bytes]) -> None:
    """Make the film: each code for a third of a second, on grey, not quite filling the picture."""
    frames = []
    for png in pictures:
        room = Image.new("RGB", (640, 480), (110, 110, 110))
        room.paste(Image.open(io.BytesIO(png)).convert("RGB").resize((430, 430)), (90, 25))
        out = io.BytesIO()
        room.rotate(4, fillcolor=(110, 110, 110)).save(out, "JPEG", quality=85)
        frames += [out.getvalue()] * 10
    film.write_bytes(b"".join(frames))


def give(page: Page) -> None:
    """Open the codes on the tablet that has the run."""
    page.locator("[data-key=handover]").click()
    page.locator("[data-key=other-tablet]").click()
    expect(page.locator("[data-frame]")).to_contain_text("Code 1 of")


def known(device: Device, server: Server, cast: Cast) -> Page:
    """A tablet that was used before: kit and app are on it."""
    page = runs.enrol(device, server, cast)
    page.goto("/")
    page.wait_for_load_state("networkidle")
    page.wait_for_function(KEPT)
    return page


def told(server: Server, cast: Cast, run: str) -> list[tuple[str, int, str]]:
    """(device, number, type) of what the server has, in its order."""
    events = call(server, cast, f"/emergencies/{run}/events?after=0")["events"]
    return [(event["device"], event["seq"], event["type"]) for event in events]


def test_by_camera_with_the_server_dead(
    server: Server, cast: Cast, device: Devices, filming: Devices, film: Path, look: Look
) -> None:
    second = known(filming(), server, cast)
    first = runs.enrol(device(), server, cast)
    first.goto("/")
    first.wait_for_load_state("networkidle")
    run = start(first)
    answer(first, "Done")
    saved(first)
    server.kill()
    with device.without_server(), filming.without_server():
        for label in ("Help is here", "No to all", "Slow", "2 areas"):
            answer(first, label)
        first.locator("[data-key=dose]").click()
        give(first)
        look.at(first, "codes")
        shoot(film, codes(first))
        second.goto("/emergencies/new")  # from the offline copy: nobody answers
        second.locator("[data-take-over]").click()
        expect(second.locator(".t-title")).to_have_text("Vascular occlusion after filler", timeout=60_000)
        expect(second.locator(".r-handover")).to_contain_text("units, 1 dose")
        expect(second.locator(".r-handover")).to_contain_text("7, 5 not on the server yet")
        look.at(second, "offer")
        second.locator("[data-key=go]").click()
        expect(second.locator(".r-given")).to_contain_text("1 dose")
        expect(second.locator("[data-key=chip-saved]")).to_contain_text("6 waiting")
        assert second.url.endswith(f"/emergencies/{run}/run")
        second.reload()  # it is on this tablet's own disk now
        expect(second.locator("[data-key=chip-saved]")).to_contain_text("6 waiting")
        first.locator("[data-key=submit]").click()
        expect(first.locator(".r-notices")).to_contain_text("Handed over to another tablet")
        note(first, "still here")
        note(second, "going on")
        server.start()
        saved(first)
        saved(second)
    once_each(server, cast, run, first, second)


def once_each(server: Server, cast: Cast, run: str, first: Page, second: Page) -> None:
    """The server has what both tablets recorded, each entry once, and both tablets show all of it."""
    given, taken = ([row for row in told(server, cast, run) if mine(page, row)] for page in (first, second))
    everything = told(server, cast, run)
    assert len(everything) == len(set(everything)) == len(given) + len(taken)
    assert [kind for _, _, kind in given] == [
        "emergency_started", "step_done", "step_done", "eyes_checked", "refill_checked", "areas_counted",
        "dose_given", "handover_given", "note_written",
    ]  # fmt: skip
    assert [kind for _, _, kind in taken] == ["note_written", "note_written"]
    for rows in (given, taken):
        assert [number for _, number, _ in rows] == list(range(len(rows)))
    for page in (first, second):
        expect(page.locator(".r-log")).to_contain_text("still here")
        expect(page.locator(".r-log")).to_contain_text("going on")


def note(page: Page, words: str) -> None:
    page.wait_for_timeout(600)  # a finger that still bounces counts once
    page.locator("[data-key=note]").click()
    page.get_by_role("textbox", name="What happened").fill(words)
    page.locator("[data-key=submit]").click()


def mine(page: Page, row: tuple[str, int, str]) -> bool:
    """Was this recorded on that page's tablet?"""
    return bool(row[0] == page.evaluate(DEVICE))


DEVICE = """async () => { const { openStore } = await import('/static/runner/store.mjs');
  const store = await openStore(); const kit = await store.kept('kit');
  return `${kit.device}.${(await store.kept('device')).slice(0, 8)}`; }"""


def test_the_clock_goes_on_at_the_same_second(
    server: Server, cast: Cast, device: Devices, look: Look
) -> None:
    """Two screens face to face: codes are read as they are shown, by a tablet whose own clock is wrong."""
    run = runs.tell(server, cast, runs.FIRST_HOUR, 58.2)
    first = runs.enrol(device(), server, cast)
    runs.resume(first, run)
    other = device("portrait")
    other.context.add_init_script(LIVE_CAMERA)
    second = known(other, server, cast)
    second.goto("/emergencies/new")
    server.kill()
    with device.without_server():
        second.evaluate("() => { const real = Date.now; Date.now = () => real() + 1_800_000; }")
        give(first)
        second.locator("[data-take-over]").click()
        expect(second.locator(".t-video")).to_be_visible()
        look.at(second, "reading")
        for _ in range(120):
            if second.locator("[data-key=go]").count():
                break
            address = "data:image/png;base64," + base64.b64encode(picture(first)).decode()
            second.evaluate("(address) => showToCamera(address)", address)
            second.wait_for_timeout(100)
        second.locator("[data-key=go]").click()
        expect(second.locator(".r-elapsed .r-clk")).to_be_visible()
        before, there, after = elapsed_s(first), elapsed_s(second), elapsed_s(first)
        assert before - 1 <= there <= after + 1
        first.locator("[data-key=back]").click()
        assert due(first) == due(second)
        server.start()
        saved(second)
        assert abs(elapsed_s(first) - elapsed_s(second)) <= 1


def due(page: Page) -> list[str]:
    """When the timers say the next things are due."""
    return re.findall(r"\d\d:\d\d\b(?!:)", " ".join(page.locator(".r-card p").all_inner_texts()))


def test_a_record_file_is_the_way_in_without_a_camera(
    server: Server, cast: Cast, device: Devices, tmp_path: Path, look: Look
) -> None:
    first = runs.enrol(device(), server, cast)
    first.goto("/")
    first.wait_for_load_state("networkidle")
    run = start(first)
    answer(first, "Done")
    saved(first)
    first.locator("[data-key=chip-saved]").click()
    with first.expect_download() as download:
        first.locator("[data-key=file]").click()
    record = tmp_path / "record.json"
    download.value.save_as(record)
    one = device("phone")
    one.context.add_init_script(
        "navigator.mediaDevices.getUserMedia = async () => { throw new Error('no'); }"
    )
    second = runs.enrol(one, server, cast)
    second.goto("/emergencies/new")
    second.wait_for_load_state("networkidle")
    second.locator("[data-take-over]").click()
    expect(second.get_by_role("alert")).to_contain_text("camera cannot be used")
    look.at(second, "no-camera")
    (tmp_path / "other.json").write_text(json.dumps({"emergency": run}))
    for name, shown in (("other.json", "not a running emergency"), ("record.json", None)):
        with second.expect_file_chooser() as chooser:
            second.locator("[data-key=file]").click()
        chooser.value.set_files(tmp_path / name)
        if shown:
            expect(second.get_by_role("alert")).to_contain_text(shown)
    look.at(second, "offer")
    second.locator("[data-key=go]").click()
    expect(second.locator(".r-step h1")).to_have_text(re.compile("Call for help"))
    assert abs(elapsed_s(first) - elapsed_s(second)) <= 1
    saved(second)
    assert [kind for _, _, kind in told(server, cast, run)] == [
        "emergency_started",
        "step_done",
        "note_written",
    ]


def test_leaving_the_reader_shows_what_was_before(server: Server, cast: Cast, device: Devices) -> None:
    one = device()
    one.context.add_init_script(LIVE_CAMERA)
    page = runs.enrol(one, server, cast)
    page.goto("/")
    page.wait_for_load_state("networkidle")
    start(page)
    page.locator("[data-key=handover]").click()
    page.locator("[data-key=other-tablet]").click()
    page.locator("[data-key=address]").click()
    expect(page.locator(".r-address")).to_have_text(page.url)
    page.locator("[data-key=take-over]").click()
    expect(page.locator(".t-video")).to_be_visible()
    page.locator("[data-key=leave]").click()
    expect(page.get_by_role("dialog", name="Go on with another tablet")).to_be_visible()
    expect(page.locator(".r-elapsed .r-clk")).to_be_visible()
