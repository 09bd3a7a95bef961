"""Photos of a run in a real browser: on the tablet first, then on the server, nothing but pixels."""

import hashlib
import io
import re
import sqlite3

import pytest
from PIL import Image
from playwright.sync_api import Page, Route, expect

from tests.e2e.browser import Look
from tests.e2e.conftest import Device, Devices
from tests.e2e.running import runs
from tests.e2e.running.runs import call, saved, start
from tests.e2e.server import Server
from tests.emergency import photos as made
from tests.factories import Cast

pytestmark = pytest.mark.needs("chromium")
CHIP = "[data-key=chip-saved]"
FULL = """() => { const put = IDBObjectStore.prototype.put;
  IDBObjectStore.prototype.put = function (row, ...rest) {
    if (this.name === 'photos') throw new DOMException('no room', 'QuotaExceededError');
    return put.call(this, row, ...rest); }; }"""


def shoot(page: Page, view: str, data: bytes, kind: str = "image/jpeg") -> None:
    """Tap a view and give the camera's picture."""
    with page.expect_file_chooser() as chooser:
        page.locator(f"[data-key=shoot-{view}]").click()
    chooser.value.set_files({"name": "IMG_0001.jpg", "mimeType": kind, "buffer": data})


def told(server: Server, cast: Cast, run: str) -> list[runs.Json]:
    """What the stored photo entries say."""
    events = call(server, cast, f"/emergencies/{run}/events?after=0")["events"]
    return [event["data"] for event in events if event["type"] == "photo_taken"]


def rows(server: Server, run: str) -> list[tuple[str, str, str]]:
    """(photo, sent, file) of what has arrived."""
    with sqlite3.connect(server.data_dir / "reflow.sqlite3") as database:
        asked = "SELECT photo_id, sent_sha256, id FROM emergency_photo WHERE emergency_id = ? ORDER BY rowid"
        return list(database.execute(asked, (run,)))


def ready(device: Device, server: Server, cast: Cast) -> tuple[Page, str]:
    """A fresh run with its photo panel open."""
    page = runs.enrol(device, server, cast)
    page.goto("/")
    run = start(page)
    saved(page)
    page.locator("[data-key=photo]").click()
    return page, run


def test_it_works(server: Server, cast: Cast, device: Devices, look: Look) -> None:
    page, run = ready(device(), server, cast)
    look.at(page, "photo-panel")
    shoot(page, "front", made.with_everything())
    expect(page.get_by_role("dialog")).to_contain_text("Front: photo recorded.")
    shoot(page, "close_up", made.jpeg(4000, 3000))
    expect(page.get_by_role("dialog")).to_contain_text("Close-up: photo recorded.")
    expect(page.locator(".r-photos li", has_text="On the server")).to_have_count(2)
    look.at(page, "photos-taken")
    saved(page)
    entries, arrived = told(server, cast, run), rows(server, run)
    assert [(entry["photo"], entry["sha256"]) for entry in entries] == [row[:2] for row in arrived]
    for (_, sent, name), size in zip(arrived, [(48, 64), (2048, 1536)], strict=True):
        stored = (server.data_dir / "photos" / f"{name}.jpg").read_bytes()
        assert not re.search(rb"Canary|canary|Exif|PK\x03\x04", stored)
        assert hashlib.sha256(stored).hexdigest() != sent
        with Image.open(io.BytesIO(stored)) as image:
            assert image.size == size


def test_server_dead_then_alive(server: Server, cast: Cast, device: Devices) -> None:
    page, run = ready(device(), server, cast)
    server.kill()
    with device.without_server():
        for view in ("front", "close_up"):
            shoot(page, view, made.jpeg(300, 200))
            expect(page.locator(".r-read")).to_contain_text("photo recorded")
        expect(page.locator(".r-photos li", has_text="not sent yet")).to_have_count(2)
        page.locator("[data-key=back]").click()
        expect(page.locator(CHIP)).to_contain_text("2 waiting")
        server.start()
        saved(page)
    assert [row[1] for row in rows(server, run)] == [entry["sha256"] for entry in told(server, cast, run)]


def test_photos_outlive_a_reload_and_the_end_of_the_run(server: Server, cast: Cast, device: Devices) -> None:
    """The camera may cost the page; a run with an unsent photo is never forgotten; another page sends it."""
    one = device()
    page, run = ready(one, server, cast)
    one.context.route("**/photos/*", lambda route: route.fulfill(status=507, json={"error": "no room"}))
    with device.expecting(507):
        shoot(page, "front", made.jpeg(300, 200))
        page.locator("[data-key=back]").click()
        expect(page.locator(CHIP)).to_have_text("Saved on this tablet, 1 photo waiting")
        page.reload()
        expect(page.locator(CHIP)).to_have_text("Saved on this tablet, 1 photo waiting")
        page.locator(CHIP).click()
        expect(page.get_by_role("dialog")).to_contain_text("1 photo waits on this tablet")
        page.locator("[data-key=back]").click()
        page.locator("[data-key=end]").click()
        page.get_by_role("button", name="Started by mistake").click()
        page.locator("[data-key=submit]").click()
        expect(page.locator(CHIP)).to_have_text("Saved on this tablet, 1 photo waiting")
        page.goto("/")  # a run that has ended and is on the server would be forgotten here
        page.wait_for_load_state("networkidle")
        one.context.unroute("**/photos/*")
        with page.expect_response(
            lambda answer: "/photos/" in answer.url and answer.status == 200, timeout=30_000
        ):
            page.goto("/sign-in")
    assert len(rows(server, run)) == 1


def test_a_bad_photo_and_a_full_tablet_are_loud_and_record_nothing(
    server: Server, cast: Cast, device: Devices
) -> None:
    page, run = ready(device(), server, cast)
    shoot(page, "front", b"no picture at all")
    expect(page.get_by_role("alert")).to_contain_text("cannot be read as a photo. Nothing was recorded.")
    page.evaluate(FULL)
    shoot(page, "front", made.jpeg())
    expect(page.get_by_role("alert")).to_contain_text("storage is full or closed. Nothing was recorded.")
    page.locator("[data-key=photo-front]").click()
    expect(page.locator(".r-log")).to_contain_text("Photo 1, front")
    saved(page)
    assert told(server, cast, run) == [{"view": "front"}]


def test_what_the_server_refuses_stays_and_is_shown(server: Server, cast: Cast, device: Devices) -> None:
    one = device()
    page, run = ready(one, server, cast)
    refusal = {"error": "these are not the bytes", "why": "other_bytes"}
    bad: list[str] = []

    def refuse_first(route: Route) -> None:
        url = route.request.url
        bad.append(url)
        if url == bad[0]:
            route.fulfill(status=422, json=refusal)
        else:
            route.continue_()

    one.context.route("**/photos/*", refuse_first)
    with device.expecting(422):
        shoot(page, "front", made.jpeg())
        expect(page.locator(".r-photos li", has_text="did not accept it")).to_have_count(1)
        shoot(page, "close_up", made.jpeg(colour=200))
        expect(page.locator(".r-photos li", has_text="On the server")).to_have_count(1)
    assert len(rows(server, run)) == 1
