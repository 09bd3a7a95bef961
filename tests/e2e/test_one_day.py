"""One real day: screened, decided, refused, equipped, injected; an occlusion run to its end; a true report.

Issue 2, point 10, walked at three sizes in a real browser against a real server process.
"""

import re
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from safety.protocols import files
from safety.screening.stories import well_answers
from tests.e2e import clinic, pages
from tests.e2e.browser import SIZES, Look
from tests.e2e.conftest import Devices
from tests.e2e.papers import says_what_the_log_says
from tests.e2e.run import Run, events
from tests.e2e.server import Server
from tests.factories import PASSWORD, PIN, Cast
from tests.screening.people import today

STEPS = (
    "Done", "Help is here", "No to all", "None", "1 area", "2 livedo", "Photo taken", "Started", "None known",
    "Ready, read aloud",
)  # fmt: skip
pytestmark = pytest.mark.needs("chromium", "pango", "poppler")
BORN_ON = date(1991, 3, 12)
RESCUE_LOT = "H2207K"
NOT_KNOWN = "G22"  # whole-body reaction to a sting


@dataclass
class Day:
    """What the parts of the day share."""

    server: Server
    cast: Cast
    device: Devices
    look: Look
    size: str
    tablet: Page
    notes: dict[str, Any] = field(default_factory=dict)


@pytest.mark.parametrize("size", SIZES)
def test_one_day(server: Server, device: Devices, look: Look, size: str, tmp_path: Path) -> None:
    if size != "tablet":
        look.schemes = ("light",)  # colours do not change with the shape: the tablet's day looks at both
    cast = clinic.people(server)
    clinic.equip(server, cast)
    server.start()
    day = Day(server, cast, device, look, size, device(size).page)
    for part in (enrolled, planned, screened, decided, refused, equipped, injected):
        part(day)
    for part in (occluded, dosed, reloaded, joined, without_server, ended, reported):
        part(day)


def enrolled(day: Day) -> None:
    """The administrator makes this device a tablet of the clinic; the nurse opens her shift on it."""
    page = day.tablet
    pages.sign_in(page, day.cast["ada"])
    pages.enrol_here(page, "Trolley tablet")
    expect(page.get_by_text("Trolley tablet", exact=True).first).to_be_visible()
    pages.sign_in(page, day.cast["nora"])
    expect(page).to_have_url(re.compile("/today$"))
    day.look.at(page, "today")


def planned(day: Day) -> None:
    """Grace Moreau wants fuller lips."""
    page = day.tablet
    page.goto("/patients")
    day.look.at(page, "patients")
    pages.add_patient(page, "Grace", "Moreau", BORN_ON)
    day.look.at(page, "patient")
    pages.follow(page, "Plan treatment")
    page.get_by_label("Lip filler 1 mL").check()
    day.look.at(page, "plan-products")
    pages.go(page, "Continue")
    pages.group(page, "Areas").get_by_label("Upper lip").check()
    pages.group(page, "Areas").get_by_label("Lower lip").check()
    page.get_by_label("Amount in all").fill("1")
    page.get_by_label("What it is meant to do").fill("Fuller lips, soft border")
    day.look.at(page, "plan")
    pages.go(page, "Plan treatment")
    if "/screenings/" not in page.url:
        day.look.at(page, "treatment-planned")
        pages.go(page, "Start screening")


def screened(day: Day) -> None:
    """Nothing to report, but one answer nobody knows: that one a prescriber must decide."""
    page = day.tablet
    look = {name: partial(day.look.at, page, f"question-{name}") for name in ("G01", "G03.hours", NOT_KNOWN)}
    asked = pages.screen(page, _answers(), look)
    assert len(asked) > 40
    day.look.at(page, "check-answers")
    pages.go(page, "Get verdict")
    expect(page.get_by_text("Prescriber must decide").first).to_be_visible()
    day.look.at(page, "verdict")


def _answers() -> dict[str, Any]:
    protocol = files.newest("screening").protocol
    assert protocol is not None
    plan = [{"product_class": "ha_filler", "brand": "juvederm", "areas": ["upper_lip"], "units": None}]
    patient = {"born_on": BORN_ON.isoformat(), "first_visit": True}
    request = {
        "on": today().isoformat(),
        "jurisdiction": "UK-England",
        "patient": patient,
        "plan": plan,
        "gates": "later",
    }
    well = well_answers(protocol.body, request, {})
    return well | {NOT_KNOWN: "unknown"}


def decided(day: Day) -> None:
    """Dr Okafor reads it on a computer of the clinic, and signs."""
    page = day.device("tablet").page
    pages.sign_in(page, day.cast["okafor"])
    page.goto("/decisions")
    day.look.at(page, "decisions")
    pages.follow(page, re.compile("Grace Moreau"))
    day.look.at(page, "decision")
    page.get_by_role("radio", name="Treat", exact=True).check()
    page.get_by_label("Reason, in your words").fill(
        "One local swelling after a wasp, years ago. Adrenaline ready."
    )
    page.get_by_label("Sign with your PIN or password").fill(PASSWORD)
    pages.go(page, "Sign the decision")
    expect(page.get_by_text("Cleared").first).to_be_visible()
    day.look.at(page, "verdict-decided")


def refused(day: Day) -> None:
    """Everything is done but the shelf is empty: filler does not start, and the page says why."""
    page = day.tablet
    page.reload()
    pages.follow(page, "Treatment")
    day.notes["treatment"] = page.url
    pages.follow(page, re.compile("Baseline refill"))
    for box in page.get_by_role("textbox").all():
        box.fill("1.5")
    day.look.at(page, "refill-before")
    pages.go(page, "Save refill")
    day.look.at(page, "treatment-not-ready")
    _start(day)
    expect(page.get_by_text("Not started")).to_be_visible()
    for word in ("Needed", "Usable"):
        expect(page.get_by_text(word, exact=True)).to_be_visible()
    day.look.at(page, "treatment-refused")


def _start(day: Day) -> None:
    for question in day.tablet.get_by_role("radio", name="Yes", exact=True).all():
        question.check()
    with day.device.expecting(409):
        pages.go(day.tablet, "Start treatment")


def equipped(day: Day) -> None:
    """Hyaluronidase comes in, and the same treatment may start."""
    page = day.tablet
    pages.receive(page, "Hyalase", RESCUE_LOT, 12)
    day.look.at(page, "stock-lot")
    page.goto("/stock")
    day.look.at(page, "stock")
    page.goto("/readiness")
    day.look.at(page, "readiness")
    page.goto(day.notes["treatment"])
    _consented(day)
    day.look.at(page, "treatment-ready")
    _start(day)
    expect(page.get_by_text("Nothing injected yet")).to_be_visible()


def _consented(day: Day) -> None:
    """The tablet goes to the patient, who reads and signs; the nurse takes it back with her PIN."""
    page = day.tablet
    pages.follow(page, re.compile("^Consent"))
    day.look.at(page, "consents")
    pages.go(page, "Hand the tablet to the patient")
    for answer in page.get_by_role("radio", name="I agree", exact=True).all():
        answer.check()
    page.get_by_role("radio", name="Yes, for my record only").check()
    page.get_by_role("checkbox", name=re.compile("^I have read this")).check()
    page.get_by_label("Your full name").fill("Grace Moreau")
    day.look.at(page, "consent-read")
    pages.go(page, "Sign")
    day.look.at(page, "consent-signed")
    with page.expect_navigation():
        page.get_by_role("main").get_by_role("link", name="Hand back").click()
    page.get_by_role("radio", name=day.cast["nora"].name).check()
    page.get_by_label("PIN").first.fill(PIN)
    pages.go(page, "Take the tablet back")
    expect(page.get_by_text("Signed in the version in force")).to_be_visible()


def injected(day: Day) -> None:
    """The lot is chosen before the needle."""
    page = day.tablet
    pages.follow(page, re.compile("^Inject"))
    pages.choose(page, "Lot", re.compile(clinic.FILLER_LOT))
    pages.choose(page, "Area", re.compile("^Upper lip"))
    page.get_by_label("Amount", exact=True).fill("0.4")
    pages.choose(page, "With", "Needle")
    page.get_by_label("Gauge").fill("30")
    page.get_by_label("Technique").fill("Slow retrograde threads")
    pages.choose(page, "Aspirated before?", "Yes")
    pages.choose(page, "Ultrasound used?", "No")
    page.get_by_label("Why no ultrasound").fill("Superficial, away from the vessel")
    day.look.at(page, "inject")
    pages.go(page, "Record injection")
    day.look.at(page, "treatment-injected")


def occluded(day: Day) -> None:
    """The upper lip turns white: one tap on the page that is open, and the run knows whom and what."""
    run = Run(day.tablet)
    run.start()
    for known in ("Grace Moreau", clinic.FILLER_LOT, "Whole-body reaction to a sting"):
        expect(run.root).to_contain_text(known)
    day.look.at(day.tablet, "run-started")
    run.answer(STEPS)
    day.look.at(day.tablet, "run-before-dose")


def dosed(day: Day) -> None:
    """A dose; a second one tapped by mistake and struck, which puts timers and total back; the second one."""
    run = Run(day.tablet)
    run.press(re.compile("^Dose 1 given"))
    units = _units(day)
    run.has_given(units, 1)
    due = _due(run)
    run.press(re.compile("^Dose 2 given"))
    run.has_given(2 * units, 2)
    run.press(re.compile("^Strike: "))
    run.has_given(units, 1)
    assert _due(run) == due
    day.look.at(day.tablet, "run-struck")
    run.press(re.compile("^Refill"))
    run.page.get_by_role("button", name=re.compile("^Slow")).last.click()
    run.press(re.compile("^Dose 2 given"))
    run.has_given(2 * units, 2)
    run.press("Second")
    run.is_saved()
    day.look.at(day.tablet, "run-two-doses")


def _units(day: Day) -> int:
    given = Run(day.tablet).given
    expect(given).to_contain_text(re.compile(r"\d+ units"))  # the screen is drawn once the finger is up
    found = re.search(r"(\d+) units", given.inner_text())
    assert found
    return int(found[1])


def _due(run: Run) -> str:
    """When the next dose is due, as its key says: due 14:09."""
    words = run.root.locator(".r-main").inner_text()
    found = re.search(r"due \d\d:\d\d", words)
    assert found, words
    return found[0]


def reloaded(day: Day) -> None:
    """The tablet is reloaded: the same run, the same clock."""
    run = Run(day.tablet)
    before, units = run.elapsed_s(), _units(day)
    day.tablet.reload()
    expect(run.clock).to_be_visible()
    assert before <= run.elapsed_s() <= before + 15
    run.has_given(units, 2)


def joined(day: Day) -> None:
    """A second tablet, nobody signed in on it, opens the run from the red line and sees the same."""
    other = day.device("tablet").page
    pages.sign_in(other, day.cast["ada"])
    pages.enrol_here(other, "Second tablet")
    pages.leave(other)
    other.goto("/switch")
    day.look.at(other, "running-elsewhere")
    other.get_by_role("link", name=re.compile("^Emergency in Room 1")).click()
    here, there = Run(day.tablet), Run(other)
    expect(there.clock).to_be_visible()
    there.has_given(_units(day), 2)
    assert abs(there.elapsed_s() - here.elapsed_s()) <= 2
    there.press(re.compile("^Symptom"))
    there.key(re.compile("^4$")).click()
    expect(here.log).to_contain_text("Pain 4", timeout=20_000)
    day.notes["second"] = other


def without_server(day: Day) -> None:
    """The server dies in the run. Nothing stops; what is logged waits, and arrives later."""
    run = Run(day.tablet)
    with day.device.without_server():
        day.server.kill()
        run.answer(["Done"])
        expect(run.saved).to_contain_text("waiting")
        before = run.elapsed_s()
        day.look.at(day.tablet, "run-without-server")
        day.server.start()
        run.is_saved()
    assert before <= run.elapsed_s() <= before + 60
    expect(Run(day.notes["second"]).log).to_contain_text("massage", timeout=30_000)


def ended(day: Day) -> None:
    """Handed over to the hospital; what is not met is said in words."""
    run = Run(day.tablet)
    if day.size == "phone":
        run.press("More")
    run.press("End…")
    day.look.at(day.tablet, "run-end")
    run.key("Handed over or transferred").click()
    day.tablet.get_by_label("How the patient is now").fill("Colour returning, pain 4 of 10")
    run.press("End the emergency")
    expect(run.step).to_contain_text("This emergency has ended")
    run.is_saved()
    day.look.at(day.tablet, "run-ended")
    day.notes["run"] = run.id
    run.press("See the record")
    expect(day.tablet.get_by_role("heading", name="Timeline")).to_be_visible()
    day.look.at(day.tablet, "emergency-record")


def reported(day: Day) -> None:
    """The incident's PDF says what the log says: `report verify` finds so, and so does our own reading."""
    page = day.tablet
    page.goto("/incidents")
    day.look.at(page, "incidents")
    pages.follow(page, re.compile("^Incident "))
    with page.expect_navigation(timeout=120_000):
        page.get_by_role("button", name="Issue the report").click()
    day.look.at(page, "incident")
    address = page.get_by_role("link", name="Open the PDF").get_attribute("href")
    pdf = day.server.data_dir / "downloaded.pdf"
    pdf.write_bytes(page.request.get(str(address)).body())
    day.server.flask("report", "verify", str(pdf))
    says_what_the_log_says(pdf, events(page, day.notes["run"]))
    assert "entries fit" in day.server.flask("audit", "verify")
