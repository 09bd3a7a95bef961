"""A tablet that was revoked still delivers what it recorded, and gets nothing else."""

import re

import pytest
import sqlalchemy as sa
from flask import Flask

from safety import clock
from safety.audit.models import AuditEntry
from safety.db import db
from safety.emergency import folding
from safety.emergency.models import Emergency
from safety.staff import actions
from safety.staff.acts import ACTS
from safety.staff.models import Tablet
from safety.stock import ledger
from safety.web import Open
from tests.conftest import TABLET
from tests.emergency.tablet import Device, of
from tests.factories import Cast, arranging, looking
from tests.page import Visitor
from tests.stock import shelf

MESSAGE = {"error": "this tablet was revoked", "revoked": True}


def revoke(app: Flask, cast: Cast) -> None:
    with arranging(app, cast["ada"].actor) as actor:
        actions.revoke_tablet(actor, db.session.get_one(Tablet, cast.tablet_id), clock.now())


@pytest.fixture
def tablet(app: Flask, cast: Cast) -> Device:
    """The tablet as it names itself: its own id, then the storage it counts in."""
    return of(app, cast, f"{cast.tablet_id}.1a2b3c4d")


def entries(app: Flask, run: str) -> list[AuditEntry]:
    with looking(app):
        return list(db.session.scalars(sa.select(AuditEntry).where(AuditEntry.subject == f"emergency:{run}")))


def test_it_works(app: Flask, cast: Cast, tablet: Device) -> None:
    tablet.send(tablet.start())
    revoke(app, cast)
    photo = tablet.event("photo_taken", 5)
    answer = tablet.send(photo, after=1)
    assert answer["results"] == {photo["id"]: "stored"}
    assert (answer["events"], answer["cursor"], answer["digest"]) == ([], 0, None)
    assert answer["revoked"] is True
    with looking(app):
        events = folding.events_of(tablet.run)
    assert [event.type for event in events] == ["emergency_started", "photo_taken"]
    assert events[1].actor == f"revoked_tablet:{cast.tablet_id}"
    assert events[1].member_id is None


def test_the_log_says_that_it_was_revoked(app: Flask, cast: Cast, tablet: Device) -> None:
    tablet.send(tablet.start())
    revoke(app, cast)
    tablet.send(tablet.event("photo_taken", 5))
    by = {entry.action: entry.actor for entry in entries(app, tablet.run)}
    assert by["emergency.opened"] == f"tablet:{cast.tablet_id}"
    assert by["emergency.event_recorded"] == f"revoked_tablet:{cast.tablet_id}"


def test_a_rescue_that_began_on_it_is_never_blocked(app: Flask, cast: Cast, tablet: Device) -> None:
    lot = shelf.put(app, cast, shelf.HYALASE, containers=2, code="H0118L")
    revoke(app, cast)
    given = tablet.event("dose_given", 60, units=1500, lot=lot, lot_code="H0118L", product="hyalase_1500")
    answer = tablet.send(tablet.start(), given)
    assert set(answer["results"].values()) == {"stored"}
    with looking(app):
        assert db.session.get_one(Emergency, tablet.run).clinic_id == cast.clinic_id
        assert ledger.on_hand(lot).containers == 1
    assert {entry.actor for entry in entries(app, tablet.run)} == {f"revoked_tablet:{cast.tablet_id}"}


def test_sending_again_says_known(app: Flask, cast: Cast, tablet: Device) -> None:
    start = tablet.start()
    tablet.send(start)
    revoke(app, cast)
    assert tablet.send(start)["results"] == {start["id"]: "known"}


@pytest.mark.parametrize("name", ["tablet-1", "", "another"])
def test_it_delivers_for_no_other_device(app: Flask, cast: Cast, tablet: Device, name: str) -> None:
    revoke(app, cast)
    tablet.name = name or f"x{cast.tablet_id}"
    assert tablet.send(tablet.start(), status=401) == MESSAGE
    tablet.name = f"{cast.tablet_id}x"
    assert tablet.send(tablet.start(), status=401) == MESSAGE
    assert entries(app, tablet.run) == []


def test_it_learns_nothing_of_others(app: Flask, cast: Cast, tablet: Device) -> None:
    other = Device(app, cast.tablet_token, "other-tablet")
    other.send(other.start(), other.event("note_written", 5, text="Secret of others"))
    revoke(app, cast)
    call = tablet.event("call_made", 9, to="prescriber")
    answer = tablet.send(call, run=other.run)
    assert answer["results"] == {call["id"]: "stored"}
    assert "Secret" not in str(answer)
    assert tablet.read(run=other.run, status=401) == MESSAGE
    assert tablet.send(run=other.run, status=401) == MESSAGE, "an empty batch only asks"


def test_another_clinics_run_does_not_exist_for_it(app: Flask, cast: Cast, tablet: Device) -> None:
    with arranging(app, cast["eve_admin"].actor) as actor:
        _, token = actions.enrol_tablet(actor, cast.other_clinic_id, "Theirs", None, clock.now())
    theirs = Device(app, token, "theirs")
    theirs.send(theirs.start())
    revoke(app, cast)
    tablet.send(tablet.event("photo_taken"), run=theirs.run, status=404)


def test_every_other_route_refuses(app: Flask, cast: Cast, tablet: Device) -> None:
    tablet.send(tablet.start())
    revoke(app, cast)
    asked = 0
    for rule in app.url_map.iter_rules():
        act = ACTS[rule.endpoint]
        closed = not isinstance(act, Open) or (act.tablet_only and not act.revoked_too)
        if closed and "GET" in (rule.methods or set()) and not re.search(r"int:|any\(", rule.rule):
            url = re.sub(r"<[^>]*>", tablet.run, rule.rule)
            answer = tablet.client.get(url, headers={**tablet.headers(), "Accept": "application/json"})
            assert (answer.status_code, answer.json) == (401, MESSAGE), url
            asked += 1
    assert asked > 20


def test_its_kit_is_a_strangers_that_says_so(app: Flask, cast: Cast, tablet: Device) -> None:
    revoke(app, cast)
    kit = tablet.client.get("/emergencies/kit.json", headers=tablet.headers()).json or {}
    assert kit["revoked"] is True
    assert kit["device"] == cast.tablet_id
    assert kit["protocol"]["id"]
    assert (kit["people"], kit["open"], kit["context"], kit["clinic"]) == ([], [], None, None)


def test_a_person_who_signs_in_on_it_is_a_person(app: Flask, cast: Cast, tablet: Device) -> None:
    tablet.send(tablet.start())
    revoke(app, cast)
    client = app.test_client()
    client.set_cookie(TABLET, cast.tablet_token)
    visitor = Visitor(client)
    page = visitor.get("/sign-in").submit(username="nora", password=cast["nora"].password)
    assert page.status == 200
    assert client.get(tablet.url()).status_code == 200


def test_the_record_says_which_entries_it_delivered(
    app: Flask, cast: Cast, tablet: Device, nora: Visitor
) -> None:
    tablet.send(tablet.start())
    revoke(app, cast)
    tablet.send(tablet.event("photo_taken", 5))
    assert nora.get(f"/emergencies/{tablet.run}").text.count("Sent by a tablet that had been revoked") == 1
