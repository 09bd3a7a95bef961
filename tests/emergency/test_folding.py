"""What the server keeps folded: polls cost nothing, and the rows always win over memory."""

import hashlib
from uuid import uuid4

import pytest
from flask import Flask

from safety.audit import canonical
from safety.db import db
from safety.emergency import folding, reducer, wire
from safety.emergency.models import Emergency, EmergencyEvent
from tests.emergency.tablet import Device, of
from tests.factories import Cast, looking


@pytest.fixture
def tablet(app: Flask, cast: Cast) -> Device:
    return of(app, cast)


def stored(app: Flask, run: str) -> list[EmergencyEvent]:
    with looking(app):
        return folding.events_of(run)


def test_the_answer_names_the_hash_of_what_is_stored(app: Flask, tablet: Device) -> None:
    start, odd = tablet.start(), tablet.event("no_such_thing", 6)
    told = tablet.send(start, odd)["hashes"]
    for event in (start, odd):
        wanted = hashlib.sha256(canonical.dumps({**event, "device": tablet.name})).hexdigest()
        assert told[event["id"]] == wanted
    assert tablet.send(start, odd)["hashes"] == told
    assert {event.event_id: event.body_sha256 for event in stored(app, tablet.run)} == told


def test_a_question_with_nothing_new_folds_nothing(
    app: Flask, tablet: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = tablet.send(tablet.start(), tablet.event("photo_taken", 5))
    monkeypatch.setattr(reducer, "apply", lambda *_: pytest.fail("folded again"))
    monkeypatch.setattr(reducer, "digest", lambda *_: pytest.fail("hashed again"))
    for after in (0, 2):
        asked = tablet.read(after=after)
        assert (asked["cursor"], asked["digest"]) == (2, answer["digest"])


def test_what_was_folded_is_forgotten_when_the_database_holds_something_else(
    app: Flask, tablet: Device
) -> None:
    """A copy put back while the program runs: the state follows the rows, not what was in memory."""
    tablet.send(tablet.start(), *(tablet.event("photo_taken", n) for n in range(3)))
    with looking(app):
        run = db.session.get_one(Emergency, tablet.run)
        folded = folding.current(run)
        foreign = folding.Folded(folded.cursor - 1, str(uuid4()), folded.protocol, {})
        folding.kept().keep(run.id, foreign)
        assert folding.current(run).digest == folded.digest


def test_more_than_fits_a_part_is_stored_once_and_in_order(app: Flask, tablet: Device) -> None:
    events = [tablet.start(), *(tablet.event("photo_taken", n) for n in range(2 * wire.PART))]
    answer = tablet.send(*events, *events[:7])
    assert set(answer["results"]) == {event["id"] for event in events}
    assert [event.event_id for event in stored(app, tablet.run)] == [event["id"] for event in events]
