"""After a run: what is due stands on the board, one is done, one is late; returning signs start it again."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e import pages
from tests.e2e.browser import SIZES, Look
from tests.e2e.conftest import Devices
from tests.e2e.running import runs
from tests.e2e.server import Server
from tests.factories import Cast

pytestmark = pytest.mark.needs("chromium")
DAY_MIN = 24 * 60
ENDED = (*runs.FIRST_HOUR, ("emergency_ended", 120, {"reason": "transferred", "why": "to the hospital"}))


def every_size(page: Page, look: Look, name: str) -> None:
    """The page at each size; axe and sideways scrolling are looked at in each."""
    for size, (width, height) in SIZES.items():
        page.set_viewport_size({"width": width, "height": height})
        look.at(page, f"{name}-{size}")


def test_it_works(server: Server, cast: Cast, device: Devices, look: Look) -> None:
    run = runs.tell(server, cast, ENDED, 3 * DAY_MIN - 60)
    page = runs.enrol(device(), server, cast)
    settled(page)
    pages.sign_in(page, cast["nora"])
    page.goto("/today")
    task = page.get_by_role("link", name=re.compile("follow-ups due"))
    expect(task).to_contain_text("overdue")
    every_size(page, look, "today")
    task.click()
    expect(page.get_by_role("heading", name="Reviews", exact=True)).to_be_visible()
    every_size(page, look, "reviews")
    record_one(page, look)
    every_size(page, look, "follow-ups")
    signs_return(server, cast, page, run)


def settled(page: Page) -> None:
    """The tablet has its offline copy: whatever it fetched behind the page is over."""
    page.goto("/sign-in")
    page.wait_for_load_state("networkidle")


def record_one(page: Page, look: Look) -> None:
    """The late visit at 24 hours is recorded with what was found."""
    pages.follow(page, re.compile("Visit at 24 hours"))
    every_size(page, look, "review")
    pages.choose(page, "Has any sign of occlusion come back?", "No")
    pages.choose(page, "Refill", "Normal")
    page.get_by_label("Refill on the affected side").fill("1.5")
    pages.choose(page, "Colour", "Normal")
    pages.choose(page, "Stage of the skin", "No damage")
    pages.go(page, "Record the outcome")
    expect(page.get_by_text("Review recorded")).to_be_visible()
    expect(page.get_by_role("link", name=re.compile("Visit at 24 hours"))).to_contain_text("Done")
    expect(page.get_by_role("link", name=re.compile("Phone call"))).to_contain_text("Overdue")


def signs_return(server: Server, cast: Cast, page: Page, run: str) -> None:
    """One tap at a review opens the emergency again, on a new clock, in the same incident."""
    pages.follow(page, re.compile("Visit at 72 hours"))
    page.wait_for_load_state("networkidle")
    page.get_by_role("link", name="Start the emergency again").click()
    expect(page.locator("#run-root h1")).to_be_visible()
    again = page.url.split("/")[-2]
    page.locator(".r-k span").first.click()
    runs.saved(page)
    first = runs.call(server, cast, f"/emergencies/{again}/events?after=0")["events"][0]
    assert first["data"]["returned_from"] == run
    assert again != run


def test_pages_to_read_print_and_talk_over(server: Server, cast: Cast, device: Devices, look: Look) -> None:
    open_run = runs.tell(server, cast, runs.FIRST_HOUR, 30)
    ended = runs.tell(server, cast, ENDED, 180)
    page = runs.enrol(device(), server, cast)
    page.goto(f"/emergencies/{open_run}/handover")
    expect(page.get_by_text("1500 units hyaluronidase in 1 dose")).to_be_visible()
    every_size(page, look, "handover")
    page.goto("/paper")
    every_size(page, look, "paper")
    settled(page)
    pages.sign_in(page, cast["nora"])
    for address, name in (
        (f"/emergencies/{ended}/debrief", "debrief"),
        (f"/emergencies/{ended}/advice", "advice"),
    ):
        page.goto(address)
        every_size(page, look, name)
