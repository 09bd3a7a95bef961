"""The run screen at the nine sizes of the design: all it must show is there, whole, and fit for a glove.

At 390 x 664 and 360 x 640 a question with four long answers, or a notice above the step, may make the phone
scroll; the checks below hold for the states named here.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.browser import Look, Watch
from tests.e2e.running import runs
from tests.e2e.server import Server
from tests.factories import Cast

pytestmark = pytest.mark.needs("chromium")
LEAST_PX = 60
FITS = (Path(__file__).parent / "fits.js").read_text("utf-8")
SCREENS = [
    (1024, 768),
    (1024, 690),
    (1180, 746),
    (768, 1024),
    (768, 950),
    (820, 1106),
    (390, 844),
    (390, 664),
    (360, 640),
]
TABLET_PANELS = (
    "dose-more",
    "refill",
    "photo",
    "symptom",
    "call",
    "note",
    "drug",
    "ambulance",
    "handover",
    "end",
    "all-is-below",
    "recorder",
)
PHONE_PANELS = ("refill", "photo", "symptom", "call", "more", "all-is-top")
# What E2 of the design shows without scrolling.
ALWAYS = (
    ".r-elapsed .r-clk",
    ".r-card >> nth=0",
    ".r-card >> nth=1",
    ".r-step h1",
    ".r-answer >> nth=0",
    *(
        f"[data-key={key}]"
        for key in ("strike", "vision", "anaphylaxis", "dose", "refill", "photo", "symptom", "call")
    ),
)
ON_TABLETS = (
    "[data-key=note]",
    "[data-key=drug]",
    "[data-key=ambulance]",
    "[data-key=handover]",
    "[data-key=end]",
    ".r-next",
)


@pytest.fixture(params=SCREENS, ids=lambda screen: f"{screen[0]}x{screen[1]}")
def page(request: pytest.FixtureRequest, chromium: Browser, server: Server, cast: Cast) -> Iterator[Page]:
    """The enrolled tablet with a screen of this size."""
    width, height = request.param
    context = chromium.new_context(
        base_url=server.url,
        viewport={"width": width, "height": height},
        locale="en-GB",
        timezone_id="Europe/London",
        reduced_motion="reduce",
    )
    context.add_cookies([{"name": runs.TABLET_COOKIE, "value": cast.tablet_token, "url": server.url}])
    watch = Watch(context, server.url)
    yield context.new_page()
    context.close()
    assert not watch.faults, "\n".join(watch.faults)


def fits(page: Page, where: str) -> None:
    """Nothing is cut, covered, off the screen or too small to hit."""
    faults = page.evaluate(FITS, LEAST_PX)
    assert not faults, f"{where}: " + "; ".join(faults)


def seen(page: Page, names: tuple[str, ...]) -> None:
    for name in names:
        expect(page.locator(name).first).to_be_in_viewport(ratio=1)


def is_phone(page: Page) -> bool:
    return (page.viewport_size or {"width": 0})["width"] < 700


def test_the_hour_of_the_mock_up(page: Page, server: Server, cast: Cast, look: Look) -> None:
    """58 minutes in: refill due, dose near, a mis-tap struck."""
    run = runs.tell(server, cast, runs.FIRST_HOUR, 58.2)
    runs.resume(page, run)
    page.locator("[data-key=photo]").click()
    page.locator("[data-key=photo-front]").click()
    seen(page, ALWAYS if is_phone(page) else ALWAYS + ON_TABLETS)
    fits(page, "58 minutes")
    look.at(page, "run")


def test_every_panel(page: Page, server: Server, cast: Cast) -> None:
    run = runs.tell(server, cast, runs.FIRST_HOUR, 58.2)
    runs.resume(page, run)
    for key in PHONE_PANELS if is_phone(page) else TABLET_PANELS:
        page.locator(f"[data-key={key}]").click()
        expect(page.get_by_role("dialog")).to_be_visible()
        seen(
            page, (".r-elapsed .r-clk", ".r-card >> nth=0", ".r-now", "[data-key=back]")
        )  # never over the timers
        fits(page, key)
        page.locator("[data-key=back]").click()


@pytest.mark.parametrize("page", [(1024, 690), (768, 950), (390, 664)], indirect=True, ids=str)
def test_first_minutes(page: Page, server: Server, cast: Cast) -> None:
    """From the first step to the count of the areas, each step as it comes."""
    run = runs.tell(server, cast, (), 0.1)
    runs.resume(page, run)
    for label in ("Done", "Help is here", "No to all", "Slow"):
        fits(page, page.locator(".r-step h1").inner_text())
        runs.answer(page, label)
    fits(page, "counting areas")


def test_branches(page: Page, server: Server, cast: Cast) -> None:
    """A fourth timer, warnings above the step, and still everything in view."""
    run = runs.tell(server, cast, (*runs.FIRST_HOUR, ("vision_changed", 57, {})), 58.2)
    runs.resume(page, run)
    seen(page, (".r-card >> nth=2", "[data-key=vision]", ".r-step h1"))
    if not is_phone(page):
        fits(page, "vision")


@pytest.mark.parametrize("page", [(1024, 690), (768, 950), (360, 640)], indirect=True, ids=str)
def test_dose_due_and_late(page: Page, server: Server, cast: Cast) -> None:
    run = runs.tell(server, cast, runs.FIRST_HOUR, 70)
    runs.resume(page, run)
    expect(page.locator(".r-card.is-late").first).to_contain_text("Late 5 min")
    fits(page, "late")
