"""Entries made with nobody signed in are answered for afterwards, by somebody who signs."""

from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from safety.audit.models import AuditEntry
from safety.audit.verify import verify
from safety.db import db
from safety.emergency import countersigning
from safety.emergency.models import Countersignature
from safety.staff.actions import bound
from safety.staff.models import Signature
from tests.conftest import SIGN_IN
from tests.emergency.tablet import Device, of
from tests.factories import PASSWORD, PIN, Cast, looking
from tests.page import Page, Visitor

ENTRIES = 3


@pytest.fixture
def tablet(app: Flask, cast: Cast) -> Device:
    """A run of three entries with nobody signed in."""
    device = of(app, cast)
    call = device.event("call_made", 9, to="prescriber")
    strike = device.event("entry_struck", 12, event=call["id"], reason="mis-tap")
    device.send(device.start(), call, strike)
    return device


def page_of(visitor: Visitor, tablet: Device) -> Page:
    return visitor.get(f"/emergencies/{tablet.run}/countersign")


def waiting(app: Flask, tablet: Device) -> int:
    with looking(app):
        return len(countersigning.waiting(tablet.run))


def test_it_works(app: Flask, tablet: Device, nora: Visitor) -> None:
    record = nora.get(f"/emergencies/{tablet.run}")
    assert f"{ENTRIES} entries were made with nobody signed in" in record.text
    assert "Not signed in; identity not confirmed" in record.text
    after = record.click("Countersign").submit(every=True, claim="recorded", secret=PIN)
    assert after.url == f"/emergencies/{tablet.run}"
    assert "Not signed in; countersigned by Nora Quinn, who recorded it" in after.text
    assert "identity not confirmed" not in after.text
    assert "nobody signed in" not in after.text
    assert waiting(app, tablet) == 0


def test_one_signature_covers_the_bytes_of_each_entry(
    app: Flask, cast: Cast, tablet: Device, nora: Visitor
) -> None:
    page_of(nora, tablet).submit(every=True, claim="confirmed", secret=PASSWORD)
    with looking(app):
        rows = list(db.session.scalars(sa.select(Countersignature)))
        signature = db.session.scalars(sa.select(Signature)).one()
        entry = db.session.scalars(
            sa.select(AuditEntry).where(AuditEntry.action == "emergency.countersigned")
        ).one()
        assert {row.signature_id for row in rows} == {signature.id}
        assert len(rows) == ENTRIES
        assert (signature.meaning, signature.record) == ("I confirm these entries", f"emergency:{tablet.run}")
        assert signature.bound_sha256 == bound(signature)
        assert entry.actor == f"member:{cast['nora'].id}"
        assert all(row.event_id.encode() in entry.body for row in rows)
        assert verify([])[2] is None


def test_some_now_and_the_rest_by_another(app: Flask, tablet: Device, nora: Visitor, sam: Visitor) -> None:
    page = page_of(nora, tablet)
    first = page.find("input", name="entries", value=True, id="entries-0")["value"]
    after = page.submit(entries=[first], claim="recorded", secret=PIN)
    assert "2 entries were made" in after.text
    after = page_of(sam, tablet).submit(every=True, claim="confirmed", secret=PIN)
    assert "countersigned by Nora Quinn, who recorded it" in after.text
    assert "countersigned by Sam Petrov" in after.text


def test_the_list_says_what_each_entry_was(tablet: Device, nora: Visitor) -> None:
    text = page_of(nora, tablet).text
    assert "Emergency started" in text
    assert "Call made: Prescriber" in text
    assert "Entry struck. Reason: mis-tap" in text


@pytest.mark.parametrize(
    ("typed", "complaint"),
    [
        ({"claim": "recorded", "secret": PIN}, "Tick the entries"),
        ({"every": True, "secret": PIN}, "Choose what you say"),
        ({"every": True, "claim": "recorded", "secret": "999999"}, "The PIN is wrong"),
        ({"every": True, "claim": "recorded", "secret": "not my password at all"}, "wrong"),
        ({"every": True, "claim": "recorded"}, "Enter your PIN"),
    ],
)
def test_bad_input(app: Flask, tablet: Device, nora: Visitor, typed: dict[str, Any], complaint: str) -> None:
    page = page_of(nora, tablet).submit(status=422, **typed)
    assert any(complaint in error for error in page.errors), page.errors
    assert waiting(app, tablet) == ENTRIES


def test_what_arrived_since_is_not_signed(app: Flask, tablet: Device, nora: Visitor) -> None:
    page = page_of(nora, tablet)
    tablet.send(tablet.event("photo_taken", 20))
    again = page.submit(status=422, every=True, claim="recorded", secret=PIN)
    assert any("arrived" in error for error in again.errors)
    assert "Photo taken" in again.text
    assert waiting(app, tablet) == ENTRIES + 1


def test_an_entry_that_does_not_wait_is_not_signed(app: Flask, tablet: Device, nora: Visitor) -> None:
    page = page_of(nora, tablet)
    fields = {"shown": page.find("input", name="shown")["value"], "claim": "recorded", "secret": PIN}
    page.visitor.post(page.url, {**fields, "entries": ["another"]}, status=422)
    assert waiting(app, tablet) == ENTRIES


def test_signing_twice_signs_once(app: Flask, tablet: Device, nora: Visitor) -> None:
    page = page_of(nora, tablet)
    page.submit(every=True, claim="recorded", secret=PIN)
    again = page.submit(status=422, every=True, claim="recorded", secret=PIN)
    assert "Nothing waits here" in again.text
    with looking(app):
        assert db.session.scalar(sa.select(sa.func.count()).select_from(Countersignature)) == ENTRIES


def test_what_somebody_signed_in_recorded_needs_none(
    app: Flask, cast: Cast, tablet: Device, nora: Visitor
) -> None:
    tablet.client.set_cookie(SIGN_IN, cast["okafor"].token)
    tablet.token = None  # his own browser, no tablet
    tablet.name = "desk"
    tablet.send(tablet.event("photo_taken", 20))
    assert waiting(app, tablet) == ENTRIES
    assert "Dr Chidi Okafor" in nora.get(f"/emergencies/{tablet.run}").text


def test_a_refused_entry_counts_for_nothing_and_waits_for_nobody(app: Flask, tablet: Device) -> None:
    tablet.send(tablet.event("no_such_thing", 20))
    assert waiting(app, tablet) == ENTRIES


def test_eve_never_gets_in(tablet: Device, eve: Visitor) -> None:
    eve.get(f"/emergencies/{tablet.run}/countersign", 404)


def test_an_administrator_has_no_say(tablet: Device, ada: Visitor) -> None:
    ada.get(f"/emergencies/{tablet.run}/countersign", 403)
