"""A server in service whose disk fills, whose database is locked or goes: tablets are told to try again,
reading and the run's page go on, nothing is half written, and it works again by itself.
"""

import resource
import shutil
import sqlite3
import subprocess
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from safety.db import WRITE_LOCK_KEY
from tests.chaos.place import Place, Serving
from tests.chaos.story import Story
from tests.chaos.tablet import Tablet

READY_S = 30  # `make chaos` asks for 10 on a quiet machine; here other tests run beside it


def test_nothing_acknowledged_is_lost_doubled_or_changed(place: Place) -> None:
    """The short version of `make chaos`."""
    figures = Story(place, seed=20261125, events=70, kills=3).tell()
    assert place.slowest_s < READY_S, figures


@pytest.fixture
def tablet(place: Place) -> Tablet:
    """A tablet in a run of its own."""
    if place.server.process is None:
        place.start()
    made = Tablet(place.server.port, place.cast.tablet_token, str(uuid.uuid4()), "tablet-1", 1, place.lot)
    made.record("emergency_started", context=None, drill=False)
    made.step(fault="clean")
    assert not made.waiting
    return made


def get(place: Place, path: str) -> tuple[int, float]:
    """Status of a page as the tablet asks for it, and how long it took."""
    begun = time.monotonic()
    headers = {"Authorization": f"Tablet {place.cast.tablet_token}"}
    try:
        request = urllib.request.Request(place.server.url + path, headers=headers)
        with urllib.request.urlopen(request, timeout=20) as answer:
            return int(answer.status), time.monotonic() - begun
    except urllib.error.HTTPError as error:
        with error:
            return error.code, time.monotonic() - begun


def lives(place: Place, run: str) -> None:
    """Reading goes on, and so does the page of the run."""
    for path in (f"/emergencies/{run}/events?after=0", f"/emergencies/{run}/run"):
        status, took_s = get(place, path)
        assert status == 200
        assert took_s < 5, path


def test_twenty_five_entries_round_a_killed_server(place: Place, tablet: Tablet) -> None:
    """Five, the server killed, twenty more: exactly these, in order, their times unchanged."""
    for _ in range(4):
        tablet.record("photo_taken", view="front")
    tablet.step(fault="gone")
    place.server.kill()
    for _ in range(20):
        tablet.record("photo_taken", view="front")
        tablet.step(fault="clean")
    place.start()
    tablet.step(fault="clean")
    stored = place.stored(tablet.run)
    assert [(event.event_id, event.at_ms) for event in stored] == [
        (event["id"], event["at_ms"]) for event in tablet.made
    ]
    assert len(stored) == 25


@contextmanager
def locked(place: Place) -> Iterator[None]:
    """Another program holds the write lock."""
    if place.postgres:
        with psycopg.connect(host=str(place.postgres.home), user="postgres", dbname="postgres") as other:
            other.execute("SELECT pg_advisory_xact_lock(%s)", (WRITE_LOCK_KEY,))
            yield
        return
    connection = sqlite3.connect(place.server.data_dir / "reflow.sqlite3", isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        connection.rollback()
        connection.close()


def test_a_locked_database(place: Place, tablet: Tablet) -> None:
    tablet.record("photo_taken", view="front")
    with locked(place):
        begun = time.monotonic()
        tablet.step(fault="clean")
        assert tablet.statuses[503] == 1
        assert time.monotonic() - begun < 8, "a tablet gives an answer up after 8 seconds"
        begun = time.monotonic()
        tablet.step(fault="clean")
        assert tablet.statuses[503] == 2
        lives(place, tablet.run)
    tablet.step(fault="clean")
    assert [event.seq for event in place.stored(tablet.run)] == [0, 1]
    place.is_whole()


@contextmanager
def away(place: Place) -> Iterator[None]:
    """The database cannot be reached at all, not even for reading."""
    if place.postgres:
        place.postgres.stop()
        yield
        place.postgres.start()
        place.look_anew()
        return
    connection = sqlite3.connect(place.server.data_dir / "reflow.sqlite3", isolation_level=None)
    connection.execute("BEGIN EXCLUSIVE")
    yield
    connection.rollback()
    connection.close()


def test_a_database_that_goes_and_comes_back(place: Place, tablet: Tablet) -> None:
    server = place.server.process
    with away(place):
        tablet.record("photo_taken", view="front")
        tablet.step(fault="clean")
        assert tablet.statuses[503] == 1
        assert get(place, "/healthz")[0] == 503
        assert get(place, f"/emergencies/{tablet.run}/run")[0] == 200
    tablet.step(fault="clean")
    tablet.step(fault="clean")
    assert not tablet.waiting
    assert server is place.server.process
    assert server is not None
    assert server.poll() is None, "it went on all the while"
    place.is_whole()


@contextmanager
def no_room(server: Serving, spare: int) -> Iterator[None]:
    """No file of the server may grow beyond the database's size and a little more: as on a full disk."""
    limit = (server.data_dir / "reflow.sqlite3").stat().st_size + spare
    processes = _group(server)
    for process in processes:
        resource.prlimit(process, resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
    try:
        yield
    finally:
        for process in processes:
            resource.prlimit(process, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


def _group(server: Serving) -> list[int]:
    assert server.process
    listed = subprocess.run(["ps", "-o", "pid=", "--pgroup", str(server.process.pid)], capture_output=True,
                            text=True, check=False).stdout.split()  # fmt: skip
    if not listed:
        listed = subprocess.run(["pgrep", "-g", str(server.process.pid)], capture_output=True, text=True,
                                check=True).stdout.split()  # fmt: skip
    return [int(pid) for pid in listed]


@pytest.mark.once
def test_a_full_disk(place: Place, tablet: Tablet) -> None:
    if place.postgres:
        pytest.skip("the limit is put on the server's own files")
    with no_room(place.server, 4096):
        for _ in range(400):
            tablet.record("note_written", text="x" * 900)
            tablet.step(fault="clean")
            if 507 in tablet.statuses:
                break
        assert tablet.statuses.get(507) == 1
        assert len(tablet.waiting) == 1
        lives(place, tablet.run)
        tablet.step(fault="clean")
        assert len(tablet.waiting) == 1
    tablet.step(fault="clean")
    assert not tablet.waiting
    assert [event.seq for event in place.stored(tablet.run)] == list(range(len(tablet.made)))
    place.is_whole()


@pytest.mark.once
def test_a_frozen_image_of_the_folder_holds_all_that_was_acknowledged(
    place: Place, tablet: Tablet, tmp_path: Path
) -> None:
    """What a power cut would leave: copied while the server stands still in the middle of its work."""
    if place.postgres:
        pytest.skip("its data folder is PostgreSQL's; that one is killed and recovers in the story")
    image = Serving(tmp_path / "none", None)
    for number in range(3):
        for _ in range(20):
            tablet.record("photo_taken", view="front")
        tablet.step(fault="gone")
        time.sleep(0.005 * number)
        image = Serving(tmp_path / f"image{number}", None)
        with place.server.frozen():
            shutil.copytree(place.server.data_dir, image.data_dir)
            known = set(tablet.acknowledged)
        tablet.step(fault="clean")
        with sqlite3.connect(image.data_dir / "reflow.sqlite3") as connection:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            held = connection.execute("SELECT event_id FROM emergency_event").fetchall()
        connection.close()
        assert known <= {event_id for (event_id,) in held}
    try:
        image.start()
        image.flask("audit", "verify")
    finally:
        image.kill()
