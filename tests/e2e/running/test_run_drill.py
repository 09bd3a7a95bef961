"""A drill from plan to score, ten times as fast; made real in one tap; real and drill side by side."""

import re
from urllib.error import HTTPError

import pytest
from playwright.sync_api import Page, expect

from safety.staff.identity import SIGN_IN
from tests.e2e import pages
from tests.e2e.browser import SIZES, Look
from tests.e2e.conftest import Device, Devices
from tests.e2e.running import runs
from tests.e2e.running.runs import call, saved, types
from tests.e2e.server import Server
from tests.factories import Cast

pytestmark = pytest.mark.needs("chromium")
REAL = "Make this real"


@pytest.fixture(scope="module", autouse=True)
def warm(server: Server, cast: Cast) -> None:
    """The first write of a server just started may wait for a lock: tablets try again, a form does not."""
    story = [("emergency_ended", 0.5, {"reason": "started_by_mistake"})]
    try:
        runs.tell(server, cast, story, 5)
    except HTTPError:
        runs.tell(server, cast, story, 5)


def plan(page: Page, script: str, seed: int = 1) -> str:
    """Plan a drill ten times as fast in Room 1; returns its id, on the page with the start button."""
    page.goto("/drills/new")
    pages.choose(page, "What happens?", re.compile(f"^{script}"))
    pages.choose(page, "How fast?", re.compile("^Ten times as fast"))
    pages.choose(page, "Where?", "Room 1")
    pages.group(page, "Who takes part?").get_by_role("checkbox", name="Nora Quinn").check()
    page.get_by_label("Number of the surprises").fill(str(seed))
    pages.go(page, "Plan this drill")
    return page.url.split("/")[-2]


def nora(device: Device, server: Server, cast: Cast) -> Page:
    """A browser in Nora's hands, who has signed in."""
    device.context.add_cookies([{"name": SIGN_IN, "value": cast["nora"].token, "url": server.url}])
    return device.page


def begin(page: Page) -> None:
    """One tap on Start the drill."""
    page.get_by_role("link", name="Start the drill").click()
    expect(page.locator(".r-drill")).to_be_visible()


def tap(page: Page, label: str) -> None:
    """Tap an answer of the step, as slowly as a person who reads it."""
    page.locator(".r-answer", has_text=label).first.click()
    page.wait_for_timeout(1600)


def test_a_drill_from_plan_to_score(server: Server, cast: Cast, device: Devices, look: Look) -> None:
    page = nora(device(), server, cast)
    drill = plan(page, "Nose, the area grows and the stock runs out", seed=1)
    look.at(page, "drill planned")
    begin(page)
    expect(page.locator(".r-mode")).to_contain_text("DRILL")
    expect(page).to_have_title(re.compile("^DRILL"))
    expect(page.locator(".r-who")).to_contain_text("Practice patient")
    expect(page.locator(".r-look")).to_contain_text("No colour comes back")
    for label in ("Done", "Help is here", "No to all"):
        tap(page, label)
    expect(page.locator(".r-drill.is-surprise")).to_contain_text("The server dies", timeout=40_000)
    look.at(page, "surprise")
    page.locator("[data-key=seen-surprise]").click()
    expect(page.locator("[data-key=chip-saved]")).to_contain_text("waiting")
    tap(page, "None")
    tap(page, "1 area")
    page.locator("[data-key=dose]").click()
    saved(page)  # the server is back after 5 minutes of drill time
    look.at(page, "drill running")
    page.locator("[data-key=end]").first.click()
    page.locator('[data-key="Reason other"]').click()
    page.get_by_label("Why, if something below is not met").fill("practised")
    page.locator("[data-key=submit]").click()
    saved(page)
    page.goto(f"/drills/{drill}")
    expect(page.get_by_text("Score sheet, in drill time")).to_be_visible()
    look.at(page, "score")
    page.get_by_label("Your PIN or password").fill(cast["nora"].pin)
    pages.go(page, "Sign: I took part")
    expect(page.locator(".signature").first).to_contain_text("Signed")
    page.goto("/drills")
    look.at(page, "drills")


def test_made_real_in_one_tap_and_seen_by_the_other_tablet(
    server: Server, cast: Cast, device: Devices, look: Look
) -> None:
    page = nora(device(), server, cast)
    drill = plan(page, "Upper lip, better after two doses")
    begin(page)
    saved(page)
    other = runs.enrol(device(), server, cast)
    runs.resume(other, drill)
    expect(other.locator(".r-mode")).to_contain_text("DRILL")
    expect(other.locator(".r-look")).to_contain_text("Colour comes back after 5 seconds")
    for label in ("Done", "Help is here"):
        tap(page, label)
    page.locator("[data-key=make-real]").click()
    expect(page.locator(".r-mode")).not_to_contain_text("DRILL")
    expect(page.locator(".r-drill")).to_be_hidden()
    expect(page.locator(".r-step h1")).to_have_text(re.compile("Stop injecting"))
    expect(page.locator(".r-card", has_text="Dose 1")).to_contain_text("Due now")
    expect(other.locator(".r-mode")).not_to_contain_text("DRILL", timeout=10_000)
    look.at(page, "made real")
    saved(page)
    assert types(server, cast, drill)[-1] == "made_real"
    assert call(server, cast, f"/emergencies/{drill}/run.json")["drill"] is False
    page.reload()
    expect(page.locator(".r-mode")).not_to_contain_text("DRILL")


def test_one_real_and_one_drill_side_by_side(server: Server, cast: Cast, device: Devices, look: Look) -> None:
    """UE-11: stripes, the word and the patient tell them apart on every size, and only one may call."""
    page = nora(device(), server, cast)
    plan(page, "Upper lip, better after two doses")
    begin(page)
    real = runs.enrol(device(), server, cast)
    runs.resume(real, runs.tell(server, cast, runs.FIRST_HOUR, 60))
    for size in SIZES:
        width, height = SIZES[size]
        page.set_viewport_size({"width": width, "height": height})
        look.at(page, f"drill on a {size}")
        expect(page.locator("[data-key=make-real]")).to_be_visible()
        expect(page.locator(".r-mode.r-stripes")).to_contain_text("DRILL")
    expect(real.locator(".r-stripes")).to_have_count(0)
    expect(real.locator(".r-drill")).to_be_hidden()
    expect(real.get_by_text("DRILL")).to_have_count(0)
    page.locator("[data-key=call]").first.click()
    expect(page.get_by_text("Drill: nobody is called")).to_be_visible()
    assert page.locator("a[href^=tel]").count() == 0
    expect(page.locator("[data-key=make-real]")).to_be_visible()
