"""The bytes of a photo: taken once, only when an entry names them, and nothing but pixels stays."""

import errno
import hashlib
import io
import os
import threading
from pathlib import Path
from uuid import uuid4

import pytest
import sqlalchemy as sa
from flask import Flask
from PIL import Image

from safety import clock
from safety.audit.models import AuditEntry
from safety.db import all_clinics, db
from safety.emergency import photos
from safety.emergency.models import EmergencyEvent, EmergencyPhoto
from safety.photos import files as disk
from safety.photos import redraw
from tests.emergency import photos as made
from tests.emergency.tablet import Device, of
from tests.factories import Cast, looking
from tests.page import Visitor


@pytest.fixture
def tablet(app: Flask, cast: Cast) -> Device:
    return of(app, cast)


def told(tablet: Device, data: bytes, photo: str | None = None) -> str:
    """A run with one entry that names these bytes; returns the photo's id."""
    photo = photo or str(uuid4())
    said = hashlib.sha256(data).hexdigest()
    tablet.send(tablet.start(), tablet.event("photo_taken", 5, view="front", photo=photo, sha256=said))
    return photo


def files(app: Flask) -> list[Path]:
    return sorted((app.config["REFLOW"].data_dir / "photos").glob("*"))


def rows(app: Flask) -> list[EmergencyPhoto]:
    with looking(app):
        return list(db.session.scalars(sa.select(EmergencyPhoto)))


def entries(app: Flask, action: str) -> list[AuditEntry]:
    with looking(app):
        return list(db.session.scalars(sa.select(AuditEntry).where(AuditEntry.action == action)))


def test_it_works(app: Flask, tablet: Device) -> None:
    data = made.jpeg()
    photo = told(tablet, data)
    with looking(app):
        before = [event.body for event in db.session.scalars(sa.select(EmergencyEvent))]
    answer = made.put(tablet, photo, data)
    assert answer.status_code == 200
    (row,), (file,) = rows(app), files(app)
    stored = file.read_bytes()
    assert answer.json == {
        "result": "stored", "photo": photo, "sent": hashlib.sha256(data).hexdigest(),
        "stored": hashlib.sha256(stored).hexdigest(),
    }  # fmt: skip
    assert file.name == f"{row.id}.jpg"
    assert row.id != photo
    assert file.stat().st_mode & 0o077 == 0 or file.parent.stat().st_mode & 0o077 == 0
    assert row.stored_sha256.encode() in entries(app, "emergency.photo_kept")[0].body
    assert row.sent_sha256.encode() in entries(app, "emergency.photo_kept")[0].body
    with looking(app):  # the photo changed nothing in what was told
        assert [event.body for event in db.session.scalars(sa.select(EmergencyEvent))] == before


def test_only_pixels_stay(app: Flask, tablet: Device) -> None:
    data = made.with_everything()
    assert made.put(tablet, told(tablet, data), data).status_code == 200
    stored = files(app)[0].read_bytes()
    for trace in (b"Canary", b"canary", b"Exif", b"PK\x03\x04", b"ICC_PROFILE"):
        assert data.count(trace)
        assert not stored.count(trace), trace
    with Image.open(io.BytesIO(stored)) as image:
        assert not image.getexif()
        assert set(image.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
        assert image.size == (48, 64)  # turned upright, as the camera had noted it should be


def test_sending_again_changes_nothing(app: Flask, tablet: Device) -> None:
    data = made.jpeg()
    photo = told(tablet, data)
    assert [made.put(tablet, photo, data).json["result"] for _ in range(3)] == ["stored", "known", "known"]
    assert len(rows(app)) == len(files(app)) == len(entries(app, "emergency.photo_kept")) == 1


def test_another_tablet_may_send_it(app: Flask, cast: Cast, tablet: Device) -> None:
    data = made.jpeg()
    photo = told(tablet, data)
    other = of(app, cast, "tablet-2")
    other.run = tablet.run
    assert made.put(other, photo, data).json["result"] == "stored"
    assert made.put(tablet, photo, data).json["result"] == "known"


def test_two_tablets_at_once_leave_one_row_and_one_file(
    app: Flask, tablet: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = made.jpeg()
    photo, both = told(tablet, data), threading.Barrier(2, timeout=20)
    real = disk.put

    def meet(name: str, written: bytes) -> None:
        real(name, written)
        both.wait()  # both files are on the disk before either is named

    monkeypatch.setattr(disk, "put", meet)
    answers: list[int] = []
    others = [Device(app, tablet.token, f"tablet-{n}") for n in range(2)]
    for other in others:
        other.run = tablet.run
    threads = [
        threading.Thread(target=lambda one=one: answers.append(made.put(one, photo, data).status_code))
        for one in others
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [200, 200]
    assert [f"{row.id}.jpg" for row in rows(app)] == [file.name for file in files(app)]


def test_the_same_id_with_other_bytes_is_a_conflict(app: Flask, tablet: Device) -> None:
    first, second = made.jpeg(), made.jpeg(colour=200)
    photo = told(tablet, first)
    made.put(tablet, photo, first)
    answer = made.put(tablet, photo, second)
    assert (answer.status_code, answer.json["why"]) == (409, "conflict")
    assert rows(app)[0].sent_sha256 == hashlib.sha256(first).hexdigest()
    assert len(entries(app, "emergency.photo_refused")) == 1


def test_bytes_the_entry_does_not_name_are_refused(app: Flask, tablet: Device) -> None:
    photo = told(tablet, made.jpeg())
    answer = made.put(tablet, photo, made.jpeg(colour=200))
    assert (answer.status_code, answer.json["why"]) == (422, "other_bytes")
    assert not rows(app)
    assert not files(app)
    assert len(entries(app, "emergency.photo_refused")) == 1


def test_a_photo_that_comes_before_its_entry_waits(app: Flask, tablet: Device) -> None:
    data = made.jpeg()
    assert made.put(tablet, str(uuid4()), data).status_code == 425  # no run yet
    tablet.send(tablet.start(), tablet.event("photo_taken", 5, view="front"))
    answer = made.put(tablet, str(uuid4()), data)  # taken with the clinic's camera: names no bytes
    assert (answer.status_code, answer.headers["Retry-After"]) == (425, "5")
    assert files(app) == []


def test_a_photo_named_by_an_entry_that_does_not_count_is_kept(app: Flask, tablet: Device) -> None:
    """A fact that cannot be folded is kept; so is its photo."""
    data, photo = made.jpeg(), str(uuid4())
    named = tablet.event("photo_taken", 5, view=7, photo=photo, sha256=hashlib.sha256(data).hexdigest())
    assert tablet.send(tablet.start(), named)["results"][named["id"]] == "refused:bad_data"
    assert made.put(tablet, photo, data).status_code == 200


NOT_PHOTOS = {
    "a PNG said to be a JPEG": made.png(),
    "an SVG": b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
    "HTML that starts like a JPEG": b"\xff\xd8\xff<script>alert(1)</script>",
    "a photo cut in half": made.jpeg(600, 400)[:2000],
    "a head without a photo": made.jpeg()[:40],
    "a bomb": made.bomb(),
    "more pixels than any tablet takes": made.slightly_too_large(),
    "nothing": b"",
}


@pytest.mark.parametrize("what", NOT_PHOTOS)
def test_what_is_no_photo_is_refused_and_leaves_nothing(app: Flask, tablet: Device, what: str) -> None:
    data = NOT_PHOTOS[what]
    answer = made.put(tablet, told(tablet, data), data)
    assert (answer.status_code, answer.json["why"]) == (422, "not_a_photo")
    assert not rows(app)
    assert not files(app)
    assert len(entries(app, "emergency.photo_refused")) == 1


def test_too_many_bytes_are_not_read(app: Flask, tablet: Device) -> None:
    data = made.jpeg() + b"\0" * redraw.MOST_BYTES
    photo = told(tablet, data)
    assert made.put(tablet, photo, data).status_code == 413
    assert not rows(app)
    assert not files(app)


def test_a_body_cut_at_half_is_refused_and_the_whole_one_taken_after(app: Flask, tablet: Device) -> None:
    data = made.jpeg(600, 400)
    photo = told(tablet, data)
    assert made.put(tablet, photo, data[: len(data) // 2]).json["why"] == "other_bytes"
    assert made.put(tablet, photo, data).json["result"] == "stored"


@pytest.mark.parametrize("odd", ["../../../etc/passwd", "..%2f..%2fx", "a", "x.jpg", "%00", "..\\..\\x"])
def test_an_id_that_is_none_finds_no_route(tablet: Device, app: Flask, odd: str) -> None:
    tablet.send(tablet.start())
    assert made.put(tablet, odd, made.jpeg()).status_code in (404, 405)


@pytest.mark.parametrize("kind", ["image/png", "image/svg+xml", "text/html", "application/json"])
def test_only_jpeg_is_taken(tablet: Device, kind: str) -> None:
    data = made.jpeg()
    answer = made.put(tablet, told(tablet, data), data, headers={"Content-Type": kind})
    assert answer.status_code == 415


def test_strangers_other_clinics_and_other_sites_are_refused(app: Flask, tablet: Device, cast: Cast) -> None:
    data = made.jpeg()
    photo = told(tablet, data)
    stranger = Device(app, None)
    stranger.run = tablet.run
    assert made.put(stranger, photo, data).status_code == 401
    assert made.put(tablet, photo, data, headers={"Origin": "https://evil.example"}).status_code == 403
    eve = app.test_client()
    eve.set_cookie("reflow_sign_in", cast["eve"].token)
    url = f"/emergencies/{tablet.run}/photos/{photo}"
    assert eve.put(url, data=data, content_type="image/jpeg").status_code == 404
    assert rows(app) == []


@pytest.mark.parametrize(("fault", "code"), [(errno.ENOSPC, 507), (errno.EDQUOT, 507), (errno.EIO, 503)])
@pytest.mark.parametrize("call", ["fsync", "write"])
def test_a_disk_that_refuses_leaves_nothing_and_says_when_to_try_again(
    app: Flask, tablet: Device, monkeypatch: pytest.MonkeyPatch, fault: int, code: int, call: str
) -> None:
    data = made.jpeg()
    photo = told(tablet, data)

    def refuse(*_: object) -> None:
        raise OSError(fault, "the disk says no")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", refuse) if call == "fsync" else patched.setattr(Path, "rename", refuse)
        answer = made.put(tablet, photo, data)
    assert answer.status_code == code
    assert int(answer.headers["Retry-After"]) > 0
    assert not rows(app)
    assert not files(app)
    assert made.put(tablet, photo, data).json["result"] == "stored"


def test_a_crash_between_file_and_row_leaves_a_file_that_is_set_aside(
    app: Flask, tablet: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = made.jpeg()
    photo = told(tablet, data)

    def crash(*_: object) -> None:
        raise RuntimeError("power cut")

    with monkeypatch.context() as patched:
        patched.setattr(photos, "take", crash)
        with pytest.raises(RuntimeError):
            made.put(tablet, photo, data)
    (left,) = files(app)
    assert rows(app) == []
    (left.parent / "half.part").write_bytes(b"half")
    assert made.put(tablet, photo, data).json["result"] == "stored"
    assert len(files(app)) == 3  # young files may belong to a request under way: they stay
    for file in files(app):
        os.utime(file, (1, 1))
    with app.app_context(), all_clinics():
        assert photos.sweep(clock.now()) == 1
    assert [file.name for file in files(app) if file.is_file()] == [f"{rows(app)[0].id}.jpg"]
    assert (left.parent / "unclaimed" / left.name).is_file()


def test_nothing_is_named_when_the_log_cannot_be_written(
    app: Flask, tablet: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = made.jpeg()
    photo = told(tablet, data)
    with monkeypatch.context() as patched:
        patched.setattr("safety.emergency.views.seal", lambda: (_ for _ in ()).throw(RuntimeError("full")))
        with pytest.raises(RuntimeError):
            made.put(tablet, photo, data)
    assert rows(app) == []


def test_a_row_is_never_changed_or_deleted(app: Flask, tablet: Device) -> None:
    data = made.jpeg()
    made.put(tablet, told(tablet, data), data)
    for words in ("UPDATE emergency_photo SET stored_sha256 = ''", "DELETE FROM emergency_photo"):
        with app.app_context(), db.engine.connect() as connection, pytest.raises(sa.exc.DBAPIError):
            connection.execution_options(write=True).execute(sa.text(words))


def test_somebody_signed_in_may_send_one(app: Flask, tablet: Device, nora: Visitor) -> None:
    data = made.jpeg()
    photo = told(tablet, data)
    answer = nora.client.put(
        f"/emergencies/{tablet.run}/photos/{photo}", data=data, content_type="image/jpeg"
    )
    assert answer.status_code == 200
