"""The run screen at the nine sizes of the design: all it must show is there, whole, and fit for a glove.

One browser looks at each state of a run and is resized; what a phone may scroll is said where it may.
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.browser import Look, Watch
from tests.e2e.running import runs
from tests.e2e.running.voice import VOICE
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
LOOKED_AT = {(1024, 768): "tablet", (768, 1024): "portrait", (390, 844): "phone"}
# What E2 of the design and E4 of the features show without scrolling.
ALWAYS = (
    ".r-elapsed .r-clk",
    ".r-card >> nth=0",
    ".r-card >> nth=1",
    ".r-step h1",
    ".r-answer >> nth=0",
    ".r-given",
    ".r-rounds",
    *(
        f"[data-key={key}]"
        for key in (
            "strike",
            "vision",
            "anaphylaxis",
            "collapse",
            "dose",
            "refill",
            "photo",
            "symptom",
            "call",
        )
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
TABLET_PANELS = (
    *("dose-more", "refill", "photo", "symptom", "call", "note", "drug"),
    *("ambulance", "handover", "end", "all-is-below", "recorder"),
)
PHONE_PANELS = ("refill", "photo", "symptom", "call", "more", "all-is-top")
LONG_NAME = "Wilhelmina Anastasia Konstantinopoulou-Featherstonehaugh of Harbour Street"
CALLED = (
    "call_made",
    57.5,
    {"to": "prescriber", "name": "Dr L. Moss", "phone": "+442079460011", "outcome": "no_answer"},
)
AFTER_DOSE = (*runs.FIRST_HOUR, ("refill_checked", 57, {"point": "nose", "result": "slow"}))

State = tuple[str, Sequence[runs.Told], float, Callable[[Page], None]]


def nothing(page: Page) -> None:
    """The state needs no tap."""


def tapped(*keys: str) -> Callable[[Page], None]:
    """These buttons, one after the other."""

    def tap(page: Page) -> None:
        for key in keys:
            page.locator(f"[data-key={key}]:visible").first.click()
            page.wait_for_timeout(450)  # a ghost tap counts for nothing

    return tap


# what a run may look like, and whether all of E2 stays in view on the shortest phones as well
STATES: list[State] = [
    ("the hour of the mock-up", runs.FIRST_HOUR, 58.2, tapped("photo", "photo-front")),
    (
        "vision and anaphylaxis",
        (*AFTER_DOSE, ("vision_changed", 57, {}), ("anaphylaxis_suspected", 57.5, {})),
        58.2,
        nothing,
    ),
    ("collapse", (*AFTER_DOSE, ("collapse_noticed", 57.5, {})), 58.2, nothing),
    ("nobody answered", (*runs.FIRST_HOUR, CALLED), 58.2, nothing),
    ("dose late", runs.FIRST_HOUR, 70, nothing),
    ("a very long name", (*AFTER_DOSE, ("patient_named", 57.2, {"text": LONG_NAME})), 58.2, nothing),
    ("four answers", runs.FIRST_HOUR[:4], 3, nothing),
]


@pytest.fixture
def page(chromium: Browser, server: Server, cast: Cast) -> Iterator[Page]:
    """The enrolled tablet, with a voice of its own."""
    context = chromium.new_context(
        base_url=server.url, locale="en-GB", timezone_id="Europe/London", reduced_motion="reduce"
    )
    context.add_init_script(VOICE)
    context.add_cookies([{"name": runs.TABLET_COOKIE, "value": cast.tablet_token, "url": server.url}])
    watch = Watch(context, server.url)
    yield context.new_page()
    context.close()
    assert not watch.faults, "\n".join(watch.faults)


def sized(page: Page, width: int, height: int) -> None:
    """Give the page this screen and let it settle."""
    page.set_viewport_size({"width": width, "height": height})
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def faults(page: Page, where: str) -> list[str]:
    """What is cut, covered, off the screen or too small to hit."""
    return [f"{where}: {fault}" for fault in page.evaluate(FITS, LEAST_PX)]


def unseen(page: Page, names: Sequence[str], where: str) -> list[str]:
    """Which of these do not lie wholly inside the viewport."""
    inside = """(node) => { const box = node.getBoundingClientRect();
      return box.height > 0 && box.top >= -0.5
        && box.bottom <= innerHeight + 0.5 && box.right <= innerWidth + 0.5; }"""
    return [
        f"{where}: {name} is not in view" for name in names if not page.locator(name).first.evaluate(inside)
    ]


def always(width: int) -> Sequence[str]:
    return ALWAYS if width < 700 else ALWAYS + ON_TABLETS


@pytest.mark.parametrize("state", STATES, ids=lambda state: state[0])
def test_it_works(page: Page, server: Server, cast: Cast, look: Look, state: State) -> None:
    """Each state at nine sizes: in view, whole, fit for a glove; the main ones looked at with axe."""
    name, story, minutes, act = state
    page.set_viewport_size({"width": 1024, "height": 768})
    runs.resume(page, runs.tell(server, cast, story, minutes))
    act(page)
    found = []
    for width, height in SCREENS:
        sized(page, width, height)
        where = f"{name}, {width}x{height}"
        found += unseen(page, always(width), where) + faults(page, where)
        if state in STATES[:3] and (width, height) in LOOKED_AT:
            look.at(page, f"{name.replace(' ', '-')}-{LOOKED_AT[(width, height)]}")
    assert not found, "\n".join(found)


def test_every_panel(page: Page, server: Server, cast: Cast, look: Look) -> None:
    """A panel never covers timers nor the way back, and names the current step; axe in both themes."""
    run = runs.tell(server, cast, runs.FIRST_HOUR, 58.2)
    page.set_viewport_size({"width": 1024, "height": 768})
    runs.resume(page, run)
    found = []
    for width, keys in ((1024, TABLET_PANELS), (390, PHONE_PANELS)):
        screens = [screen for screen in SCREENS if (screen[0] < 700) == (width < 700)]
        for key in keys:
            sized(page, *screens[0])
            page.locator(f"[data-key={key}]:visible").first.click()
            for size in screens:
                sized(page, *size)
                where = f"{key}, {size[0]}x{size[1]}"
                names = (".r-elapsed .r-clk", ".r-card >> nth=0", ".r-now", "[data-key=back]")
                found += unseen(page, names, where) + faults(page, where)
            look.at(page, f"{key}-{width}")
            page.locator("[data-key=back]").click()
    assert not found, "\n".join(found)


def test_digits_for_the_room_and_the_voice(page: Page, server: Server, cast: Cast, look: Look) -> None:
    """One tap to digits as large as the screen holds, with dose, refill and the voice at hand."""
    page.set_viewport_size({"width": 1024, "height": 768})
    runs.resume(page, runs.tell(server, cast, runs.FIRST_HOUR, 58.2))
    page.locator("[data-key=chip-reader]").click()
    page.locator("[data-key=large]").click()
    found = []
    for width, height in SCREENS:
        sized(page, width, height)
        where = f"digits, {width}x{height}"
        names = (".r-elapsed .r-clk", ".r-card >> nth=0", ".r-card >> nth=1", ".r-step h1")
        keys = tuple(f"[data-key={key}]" for key in ("dose", "refill", "normal", "chip-reader"))
        found += unseen(page, names + keys, where) + faults(page, where)
        if (width, height) in LOOKED_AT:
            look.at(page, f"digits-{LOOKED_AT[(width, height)]}")
    assert not found, "\n".join(found)
    sized(page, 1024, 768)
    height = page.locator(".r-card .r-clk").first.evaluate(
        "(node) => parseFloat(getComputedStyle(node).fontSize)"
    )
    assert height >= 83  # 20 minutes of arc at 2 metres on a tablet (ux 1.4)
    page.locator("[data-key=normal]").click()
    expect(page.locator("[data-key=note]")).to_be_visible()


def test_left_hand_and_zoom(page: Page, server: Server, cast: Cast) -> None:
    """Left-handed: the pad lies left of the step. At 200 %: the phone's layout, which may scroll."""
    page.add_init_script("localStorage.setItem('reflow.hand', 'left')")
    page.set_viewport_size({"width": 1024, "height": 768})
    runs.resume(page, runs.tell(server, cast, runs.FIRST_HOUR, 58.2))
    boxes = [page.locator(name).bounding_box() for name in (".r-pad", ".r-step")]
    assert (boxes[0] or {"x": 9e9})["x"] < (boxes[1] or {"x": 0})["x"]
    found = faults(page, "left-handed")
    for width, height in ((512, 384), (384, 512)):
        sized(page, width, height)
        found += [fault for fault in faults(page, f"{width}x{height}") if not scrolls(fault)]
    assert not found, "\n".join(found)


def scrolls(fault: str) -> bool:
    """A zoomed page scrolls: what lies below the fold is no fault."""
    return any(words in fault for words in ("px high", "off screen", "not wholly on screen", "covered"))


def test_first_minutes(page: Page, server: Server, cast: Cast) -> None:
    """From the first step to the count of the areas, each step as it comes, at the shortest screens."""
    page.set_viewport_size({"width": 1024, "height": 690})
    runs.resume(page, runs.tell(server, cast, (), 0.1))
    found = []
    for label in ("Done", "Help is here", "No to all", "Slow", None):
        for size in ((1024, 690), (768, 950), (390, 664), (360, 640)):
            sized(page, *size)
            found += faults(page, f"{page.locator('.r-step h1').inner_text()} {size}")
        if label:
            runs.answer(page, label)
    assert not found, "\n".join(found)
