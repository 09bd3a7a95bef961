"""Who records: a tablet that is revoked in the middle of a run, and people who change places in one."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from safety import clock, create_app
from safety.audit.log import Actor
from safety.config import Config
from safety.db import db
from safety.staff import actions
from safety.staff.models import Tablet
from tests.e2e import pages
from tests.e2e.browser import Look
from tests.e2e.conftest import Devices
from tests.e2e.running import runs
from tests.e2e.running.runs import answer, call, elapsed_s, saved, start
from tests.e2e.server import Server
from tests.factories import PIN, Cast, arranging

DISK = (Path(__file__).parent / "disk.js").read_text("utf-8")
pytestmark = [pytest.mark.once, pytest.mark.needs("chromium")]


@contextmanager
def arranged(server: Server, cast: Cast) -> Iterator[Actor]:
    """Change the served database as Ada."""
    url = f"sqlite:///{server.data_dir / 'reflow.sqlite3'}"
    app = create_app(Config(server.data_dir, url, "not kept", testing=True))
    try:
        with arranging(app, cast["ada"].actor) as ada:
            yield ada
    finally:
        with app.app_context():
            db.session.remove()
            db.engine.dispose()


def another_tablet(server: Server, cast: Cast) -> tuple[Cast, str]:
    """The cast as known to one more tablet, and that tablet's id."""
    with arranged(server, cast) as ada:
        tablet, token = actions.enrol_tablet(ada, cast.clinic_id, "Lost tablet", cast.room_id, clock.now())
        return replace(cast, tablet_token=token, tablet_id=tablet.id), tablet.id


def revoke(server: Server, cast: Cast, tablet_id: str) -> None:
    with arranged(server, cast) as ada:
        actions.revoke_tablet(ada, db.session.get_one(Tablet, tablet_id), clock.now())


def note(page: Page, words: str) -> None:
    page.locator("[data-key=note]").click()
    page.get_by_role("textbox", name="What happened").fill(words)
    page.locator("[data-key=submit]").click()


def chip(page: Page, words: str) -> None:
    expect(page.locator("[data-key=chip-saved]")).to_contain_text(words, timeout=20_000)


def test_revoked_in_a_run_a_tablet_delivers_then_forgets(
    server: Server, cast: Cast, device: Devices, look: Look
) -> None:
    lost, tablet_id = another_tablet(server, cast)
    page = runs.enrol(device(), server, lost)
    with device.expecting(
        401, 503
    ):  # 503: on a busy machine our own change holds the lock; the tablet tries again
        page.goto("/")
        run = start(page)
        saved(page)
        revoke(server, cast, tablet_id)
        note(page, "Canary after revocation")
        chip(page, "Tablet revoked. All sent")
        look.at(page, "revoked-run")
        page.locator("[data-key=end]").click()
        page.get_by_role("button", name="Started by mistake").click()
        page.locator("[data-key=submit]").click()
        expect(page.locator(".r-step h1")).to_have_text("This emergency has ended.")
        chip(page, "All sent")
        page.goto("/")
        gone = page.locator("[data-revoked]")
        expect(gone).to_contain_text("It holds nothing of the clinic any more")
        look.at(page, "revoked-gone")
        held = page.evaluate(DISK)
        assert "Canary" not in held
        assert run not in held
        stored = call(server, cast, f"/emergencies/{run}/events?after=0")["events"]
        assert [event["type"] for event in stored] == ["emergency_started", "note_written", "emergency_ended"]
        assert {event["device"].split(".")[0] for event in stored} == {tablet_id}
        rescue = start(page)  # and even now a rescue is not stopped
        chip(page, "Tablet revoked. All sent")
    assert (
        call(server, cast, f"/emergencies/{rescue}/events?after=0")["events"][0]["type"]
        == "emergency_started"
    )


@pytest.mark.parametrize("size", ["tablet", "portrait", "phone"])
def test_somebody_answers_for_entries_nobody_signed_in_made(
    server: Server, cast: Cast, device: Devices, look: Look, size: str
) -> None:
    run = runs.tell(server, cast, runs.FIRST_HOUR, 66)
    page = device(size).page
    pages.sign_in(page, cast["nora"])
    page.goto(f"/emergencies/{run}")
    look.at(page, f"record-{size}")
    pages.follow(page, "Countersign")
    look.at(page, f"countersign-{size}")
    page.get_by_label("Every entry on this page").check()
    pages.choose(page, "What do you say?", "I recorded these")
    page.get_by_label("Sign with your PIN or password").fill(PIN)
    pages.go(page, "Sign")
    expect(page.locator(".timeline li").first).to_contain_text("countersigned by Nora Quinn, who recorded it")


def test_another_person_takes_over_without_leaving_the_run(
    server: Server, cast: Cast, device: Devices
) -> None:
    known, _ = another_tablet(server, cast)  # before this device opens: nothing of it waits for the lock
    page = runs.enrol(device(), server, known)
    for person in ("okafor", "nora"):
        pages.sign_in(page, cast[person])
    run = start(page)
    answer(page, "Done")
    saved(page)
    before = elapsed_s(page)
    page.locator("[data-key=recorder]").click()
    with page.expect_navigation():
        page.locator("[data-key=sign-in]").click()
    pages.follow(page, "Dr Chidi Okafor")
    page.get_by_label("PIN").fill(PIN)
    pages.go(page, "Unlock")
    assert page.url == f"{server.url}/emergencies/{run}/run"
    assert before <= elapsed_s(page) <= before + 30
    note(page, "Taken over")
    saved(page)
    by = [event["actor"] for event in call(server, cast, f"/emergencies/{run}/events?after=0")["events"]]
    assert by == [cast["nora"].id, cast["nora"].id, cast["okafor"].id]
    expect(page.locator(".r-log")).to_contain_text("Taken over")
