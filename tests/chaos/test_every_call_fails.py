"""Each call to the database made to fail once, in turn: the answer is an error with a time to try again, and
what is on disk is all of the batch or none of it.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy import event

from safety.audit.log import size
from safety.audit.verify import verify
from safety.db import db
from safety.emergency import folding
from safety.stock import ledger
from tests.emergency.tablet import Device, of
from tests.factories import Cast, looking
from tests.stock import shelf

MOST_CALLS = 400


@pytest.fixture
def tablet(app: Flask, cast: Cast) -> Device:
    app.testing = False  # as in service: an error is an answer
    return of(app, cast)


@contextmanager
def failing(app: Flask, at: int) -> Iterator[list[int]]:
    """The call of this number fails as a broken disk or a lost server would; calls are counted."""
    count = [0]

    def execute(cursor: Any, *rest: Any) -> None:
        count[0] += 1
        if count[0] == at:
            broken = sqlite3 if "sqlite" in type(cursor).__module__ else psycopg
            raise broken.OperationalError("made to fail")

    with app.app_context():
        engine = db.engine
    for name in ("do_execute", "do_execute_no_params"):
        event.listen(engine, name, execute)
    try:
        yield count
    finally:
        for name in ("do_execute", "do_execute_no_params"):
            event.remove(engine, name, execute)


def seen(app: Flask, tablet: Device, lot: str) -> tuple[int, int, int]:
    """Events of the run, entries of the log, ampoules on the shelf."""
    with looking(app):
        return len(folding.events_of(tablet.run)), size(), ledger.on_hand(lot).containers


def test_a_call_that_fails_leaves_all_or_nothing(app: Flask, cast: Cast, tablet: Device) -> None:
    lot = shelf.put(app, cast, containers=4)
    start = tablet.start()
    tablet.send(start)
    batch = [
        tablet.event("note_written", 5, text="first"),
        tablet.event("dose_given", 60, units=1500, lot=lot, lot_code="H0118L", product="hyalase_1500"),
    ]
    before = seen(app, tablet, lot)
    body = {"device": tablet.name, "after": 0, "digest": None, "events": batch}
    outcomes: list[bool] = []
    for at in range(1, MOST_CALLS):
        with failing(app, at) as count:
            response = tablet.post(body)
        if count[0] < at:
            break
        now = seen(app, tablet, lot)
        outcomes.append(now != before)
        assert response.status_code == 503, (at, response.status_code, response.get_data(as_text=True))
        assert response.headers["Retry-After"], at
        assert now in (before, (before[0] + 2, now[1], before[2] - 1)), (at, before, now)
    response = tablet.post(body)
    assert response.status_code == 200
    assert outcomes.count(False) > 10, "most calls come before the commit"
    assert set(response.json["results"].values()) <= {"stored", "known"}  # type: ignore[index]
    assert seen(app, tablet, lot)[::2] == (3, 3)
    with looking(app):
        assert verify([])[2] is None


def test_a_disk_that_only_reads(app: Flask, cast: Cast, tablet: Device, engine: str) -> None:
    tablet.send(tablet.start())
    note = tablet.event("note_written", 5, text="kept by the tablet")

    def only_read(connection: Any, *rest: Any) -> None:
        if engine == "sqlite":
            connection.execute("PRAGMA query_only=ON")
            return
        connection.autocommit = True
        connection.execute("SET default_transaction_read_only = on")
        connection.autocommit = False

    with app.app_context():
        db.engine.dispose()
        event.listen(db.engine, "connect", only_read)
    response = tablet.post({"device": tablet.name, "after": 0, "events": [note]})
    assert (response.status_code, response.headers["Retry-After"]) == (503, "2")
    assert tablet.read()["cursor"] == 1
    page = tablet.client.get(f"/emergencies/{tablet.run}/run", headers=tablet.headers())
    assert page.status_code == 200
    assert "Reflow could not save a moment ago" in page.get_data(as_text=True)
    told = tablet.client.get("/healthz").json
    assert "could not save" in told["trouble"]  # type: ignore[index]


def test_everybody_is_told_when_the_disk_is_almost_full(
    app: Flask, tablet: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("safety.failures.free", lambda: 0.07)
    page = tablet.client.get("/emergencies/new").get_data(as_text=True)
    assert "Only 7 % of the disk is free" in page
    assert "Only 7 %" in tablet.client.get("/healthz").json["trouble"]  # type: ignore[index]
    monkeypatch.setattr("safety.failures.free", lambda: 0.5)
    assert "of the disk is free" not in tablet.client.get("/emergencies/new").get_data(as_text=True)


def test_a_full_disk_has_its_own_answer(app: Flask, tablet: Device, monkeypatch: pytest.MonkeyPatch) -> None:
    tablet.send(tablet.start())

    class Full(sqlite3.OperationalError):
        sqlite_errorcode = sqlite3.SQLITE_FULL
        sqlstate = "53100"

    def full() -> None:
        raise sa.exc.OperationalError("INSERT", {}, Full("full"))

    monkeypatch.setattr("safety.emergency.views.seal", full)
    response = tablet.post({"device": tablet.name, "after": 0, "events": [tablet.event("photo_taken")]})
    assert (response.status_code, response.headers["Retry-After"]) == (507, "2")
    assert response.json == {"error": "The disk is full. Nothing was saved."}
    assert tablet.read()["cursor"] == 1
