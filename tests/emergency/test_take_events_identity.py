"""Who recorded an entry: whoever is signed in at that moment, else nobody; nothing of it stops recording."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from safety import clock
from safety.db import db
from safety.emergency import countersigning, folding
from safety.staff import actions
from safety.staff.models import Member, Proof, Tablet
from tests.conftest import SIGN_IN, TABLET
from tests.emergency.tablet import Device
from tests.factories import Cast, arranging, looking
from tests.page import Visitor

Happens = Callable[[Flask, Cast, Device, pytest.MonkeyPatch], None]


@pytest.fixture
def tablet(app: Flask, cast: Cast) -> Device:
    """The tablet as a browser: its cookie, and Nora signed in on it. It has begun a run."""
    with arranging(app, cast["nora"].actor):
        nora = db.session.get_one(Member, cast["nora"].id)
        _, token = actions.sign_in(nora, cast.tablet_id, Proof.PASSWORD, clock.now())
    device = Device(app, None, cast.tablet_id)
    device.client.set_cookie(TABLET, cast.tablet_token)
    device.client.set_cookie(SIGN_IN, token)
    assert device.client.get("/sign-in").status_code == 200
    with device.client.session_transaction() as session:
        session["seen_ms"] = clock.now_ms()
    device.send(device.start())
    return device


def whose(app: Flask, device: Device) -> list[str | None]:
    """Who recorded each entry, as far as the server knows."""
    with looking(app):
        return [event.member_id for event in folding.events_of(device.run)]


def test_it_works(app: Flask, cast: Cast, tablet: Device) -> None:
    tablet.send(tablet.event("photo_taken", 5))
    assert whose(app, tablet) == [cast["nora"].id] * 2
    with looking(app):
        assert countersigning.waiting(tablet.run) == []


def signed_out(app: Flask, cast: Cast, tablet: Device, monkeypatch: pytest.MonkeyPatch) -> None:
    with arranging(app, cast["nora"].actor):
        for one in actions.open_sign_ins(cast["nora"].id):
            one.ended_at = clock.now()


def shift_is_over(app: Flask, cast: Cast, tablet: Device, monkeypatch: pytest.MonkeyPatch) -> None:
    later = clock.now() + timedelta(hours=13)
    monkeypatch.setattr(clock, "now", lambda: later)


def left_alone(app: Flask, cast: Cast, tablet: Device, monkeypatch: pytest.MonkeyPatch) -> None:
    later = clock.now() + timedelta(minutes=10)
    monkeypatch.setattr(clock, "now", lambda: later)


def left_the_clinic(app: Flask, cast: Cast, tablet: Device, monkeypatch: pytest.MonkeyPatch) -> None:
    with arranging(app, cast["ada"].actor) as ada:
        actions.end_member(ada, db.session.get_one(Member, cast["nora"].id), clock.now())


def cookies_are_gone(app: Flask, cast: Cast, tablet: Device, monkeypatch: pytest.MonkeyPatch) -> None:
    tablet.client.delete_cookie(SIGN_IN)
    tablet.client.delete_cookie("session")


def cookies_are_nonsense(app: Flask, cast: Cast, tablet: Device, monkeypatch: pytest.MonkeyPatch) -> None:
    tablet.client.set_cookie(SIGN_IN, "nonsense")
    tablet.client.set_cookie("session", "nonsense")


def locked_out(app: Flask, cast: Cast, tablet: Device, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody hammers Nora's account and this tablet with wrong passwords, and locks the tablet."""
    signed_out(app, cast, tablet, monkeypatch)
    visitor = Visitor(tablet.client)
    for _ in range(8):
        visitor.get("/sign-in").submit(status=422, username="nora", password="wrong wrong wrong")
    page = visitor.get("/sign-in").submit(status=422, username="nora", password=cast["nora"].password)
    assert any("Wait" in error for error in page.errors)


LOSSES: tuple[Happens, ...] = (
    signed_out, shift_is_over, left_alone, left_the_clinic, cookies_are_gone, cookies_are_nonsense,
    locked_out,
)  # fmt: skip


@pytest.mark.parametrize("happens", LOSSES, ids=lambda happens: happens.__name__)
def test_whatever_happens_to_the_sign_in_recording_goes_on(
    app: Flask, cast: Cast, tablet: Device, monkeypatch: pytest.MonkeyPatch, happens: Happens
) -> None:
    happens(app, cast, tablet, monkeypatch)
    photo = tablet.event("photo_taken", 5)
    assert tablet.send(photo)["results"] == {photo["id"]: "stored"}
    assert [event["id"] for event in tablet.read(after=1)["events"]] == [photo["id"]]
    assert whose(app, tablet) == [cast["nora"].id, None]
    with looking(app):
        assert [event.event_id for event in countersigning.waiting(tablet.run)] == [photo["id"]]


@pytest.mark.parametrize("happens", LOSSES, ids=lambda happens: happens.__name__)
def test_and_reading_other_records_stays_locked(
    app: Flask, cast: Cast, tablet: Device, monkeypatch: pytest.MonkeyPatch, happens: Happens
) -> None:
    happens(app, cast, tablet, monkeypatch)
    for url in ("/patients", f"/emergencies/{tablet.run}", "/today"):
        answer = tablet.client.get(url)
        assert answer.status_code == 302, url
        assert answer.location.startswith(("/switch", "/sign-in")), url


def test_somebody_else_signs_in_during_the_run(app: Flask, cast: Cast, tablet: Device) -> None:
    with arranging(app, cast["okafor"].actor):
        okafor = db.session.get_one(Member, cast["okafor"].id)
        actions.sign_in(okafor, cast.tablet_id, Proof.PASSWORD, clock.now())
    visitor, run_page = Visitor(tablet.client), f"/emergencies/{tablet.run}/run"
    switch = visitor.get(f"/switch?next={run_page}")
    tile = next(link for link in switch.main.all("a") if "Dr Chidi Okafor" in link.text)
    arrived = visitor.get(tile["href"]).submit("Unlock", pin=cast["okafor"].pin)
    assert arrived.url == run_page
    tablet.send(tablet.event("photo_taken", 5))
    assert whose(app, tablet) == [cast["nora"].id, cast["okafor"].id]


def test_a_tablet_revoked_in_the_run_loses_its_person_too(app: Flask, cast: Cast, tablet: Device) -> None:
    with arranging(app, cast["ada"].actor) as ada:
        actions.revoke_tablet(ada, db.session.get_one(Tablet, cast.tablet_id), clock.now())
    tablet.send(tablet.event("photo_taken", 5))
    assert whose(app, tablet) == [cast["nora"].id, None]
