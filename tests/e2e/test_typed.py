"""What somebody types on a question is there after the browser is killed; the button keeps its place."""

import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from safety import create_app
from safety.config import Config
from tests.conftest import SIGN_IN
from tests.e2e import clinic
from tests.e2e.browser import QUIET, SIZES, Look, chromium_program
from tests.e2e.server import Server
from tests.factories import Cast
from tests.screening import people

pytestmark = pytest.mark.needs("chromium")
# KEYSTROKES=1-30 tries every one of them
FIRST, _, LAST = os.environ.get("KEYSTROKES", "").partition("-")
KEYSTROKES = tuple(range(int(FIRST), int(LAST) + 1)) if LAST else (1, 30)
WORDS = "My sister gave me a voucher, it ends soon"
ON_DISK = (
    "() => { const d = document.querySelector('[data-draft]').dataset; return d.asked && d.asked === d.kept }"
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """An installation for the whole file."""
    made = Server(tmp_path_factory.mktemp("typed") / "data")
    try:
        yield made
    finally:
        made.kill()


@pytest.fixture(scope="module")
def cast(server: Server) -> Cast:
    """Its people; it is not served yet."""
    return clinic.people(server)


@pytest.fixture(scope="module")
def screenings(server: Server, cast: Cast) -> list[str]:
    """A screening for each try; served from now on."""
    config = Config(
        server.data_dir, f"sqlite:///{server.data_dir / 'reflow.sqlite3'}", "not kept", testing=True
    )
    app = create_app(config)
    wanted = range(len(KEYSTROKES) + len(SIZES))
    made = [people.start(app, cast, born_on=f"{1960 + number}-03-12") for number in wanted]
    clinic._close(app)
    server.start()
    return made


Opened = Callable[[Path], Page]


@pytest.fixture
def opened(chromium: Browser, server: Server, cast: Cast) -> Opened:
    """Opens Nora's browser on a profile, as it starts after a crash."""

    def open_on(profile: Path) -> Page:
        context = chromium.browser_type.launch_persistent_context(
            profile, executable_path=chromium_program(), args=list(QUIET), base_url=server.url,
            viewport={"width": 1024, "height": 768}, timezone_id="Europe/London",
        )  # fmt: skip
        _sign_in(context, cast, server)
        return context.pages[0] if context.pages else context.new_page()

    return open_on


def _sign_in(context: BrowserContext, cast: Cast, server: Server) -> None:
    context.add_cookies([{"name": SIGN_IN, "value": cast["nora"].token, "url": server.url}])


def kill(profile: Path) -> None:
    """Every process of the browser that works on this profile, without a word."""
    listed = subprocess.run(
        ["pgrep", "-f", f"user-data-dir={profile}"], capture_output=True, text=True, check=False
    )
    for pid in listed.stdout.split():
        try:
            os.kill(int(pid), signal.SIGKILL)
        except ProcessLookupError:
            continue


def test_what_was_typed_survives_a_kill(
    screenings: list[str], opened: Opened, tmp_path: Path, cast: Cast
) -> None:
    for number, screening_id in zip(KEYSTROKES, screenings, strict=False):
        profile, url, typed = tmp_path / str(number), f"/screenings/{screening_id}/q/G06", WORDS[:number]
        page = opened(profile)
        page.goto(url)
        page.locator("input[value=yes]").check()
        box = page.locator("textarea[name=said_yes]")
        box.focus()
        for key in typed:
            page.keyboard.type(key)
        page.wait_for_function(ON_DISK)
        kill(profile)
        assert not [file for file in profile.rglob("*") if _holds(file, WORDS[:6].encode())] or number < 6
        page = opened(profile)
        page.goto(url)
        expect(page.locator("textarea[name=said_yes]")).to_have_value(typed)
        expect(page.locator("[data-draft-note]")).to_contain_text("Not saved yet, typed")
        expect(page.locator("[data-draft-note]")).to_contain_text(cast["nora"].name)
        page.get_by_role("button", name="Save and continue").click()  # no reason is asked: it is one answer
        page.wait_for_url("**/q/G07")
        page.goto(url)
        expect(page.locator("textarea[name=said_yes]")).to_have_value(typed)
        expect(page.locator("[data-draft-note]")).to_be_hidden()
        page.context.close()
        shutil.rmtree(profile, ignore_errors=True)


def _holds(file: Path, words: bytes) -> bool:
    """Does a file of the browser's database hold these words in clear?"""
    return file.is_file() and "IndexedDB" in file.as_posix() and words in file.read_bytes()


def test_a_flag_does_not_move_the_button(
    chromium: Browser, server: Server, screenings: list[str], cast: Cast, look: Look
) -> None:
    with chromium.new_context(base_url=server.url, has_touch=True, reduced_motion="reduce") as context:
        _sign_in(context, cast, server)
        page = context.new_page()
        for size, screening_id in zip(SIZES, reversed(screenings), strict=False):
            width, height = SIZES[size]
            page.set_viewport_size({"width": width, "height": height})
            _give_flagged_answers(page, f"/screenings/{screening_id}/q")
            page.goto(f"/screenings/{screening_id}/q/G22")
            look.schemes = ("light",)
            look.at(page, f"question-answered-{size}")


def _give_flagged_answers(page: Page, base: str) -> None:
    button = page.get_by_role("button", name="Save and continue")
    for question, given in (("G22", "input[value=unknown]"), ("G40", "input[value=warfarin]")):
        page.goto(f"{base}/{question}")
        before = button.bounding_box()
        page.locator(given).check()
        expect(page.locator(".flag:visible").first).to_be_visible()
        assert button.bounding_box() == before, question
        with page.expect_navigation():
            button.click()  # once is enough
