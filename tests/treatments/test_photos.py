"""Photos of a visit, before and after: consent, what may come in, what stays, who sees it."""

import hashlib
import io
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from PIL import Image
from werkzeug.datastructures import FileStorage

from safety import clock
from safety.audit.models import AuditEntry
from safety.db import db
from safety.photos import redraw
from safety.stock.actions import Refused
from safety.treatments import photographs
from safety.treatments.map_models import InjectionPoint, TreatmentPhoto
from safety.treatments.mapping import Spot
from safety.treatments.models import Treatment
from tests.consents.hands import consent
from tests.consents.test_actions import withdraw
from tests.emergency import photos as made
from tests.factories import Cast, looking
from tests.page import Page, Visitor
from tests.screening.people import today
from tests.treatments.visits import clear, inject, plan, ready, started

SAID = {"phase": "before", "view": "front", "use": "record"}


def send(nora: Visitor, treatment_id: str, data: bytes, status: int = 200, **more: Any) -> Page:
    page = nora.get(f"/treatments/{treatment_id}/photos")
    name = more.pop("name", "front.jpg")
    file = FileStorage(io.BytesIO(data), filename=name, content_type=more.pop("kind", "image/jpeg"))
    return page.submit("Keep photo", status, photo=file, **{**SAID, **more})


def rows(app: Flask) -> list[TreatmentPhoto]:
    with looking(app):
        return list(db.session.scalars(sa.select(TreatmentPhoto)))


def folder(app: Flask) -> Path:
    path: Path = app.config["REFLOW"].data_dir / "treatment-photos"
    return path


def kept(app: Flask) -> list[Path]:
    return sorted(folder(app).glob("*")) if folder(app).exists() else []


def test_it_works(app: Flask, cast: Cast, nora: Visitor) -> None:
    treatment_id = ready(app, cast)
    page = send(nora, treatment_id, made.with_everything())
    assert "Photo kept" in page.text
    (row,), (file,) = rows(app), kept(app)
    data = file.read_bytes()
    assert file.name == f"{row.id}.jpg"
    assert (hashlib.sha256(data).hexdigest(), row.phase, row.view) == (row.stored_sha256, "before", "front")
    assert made.CANARY not in data
    assert b"Canary" not in data
    with Image.open(io.BytesIO(data)) as image:
        assert not image.getexif()
        assert set(image.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
        assert image.size == (48, 64), "turned upright by what its EXIF said"
    with looking(app):
        entry = db.session.scalars(
            sa.select(AuditEntry).where(AuditEntry.action == "treatment.photo_taken")
        ).one()
        assert row.stored_sha256.encode() in entry.body
    assert page.has("img", src=f"/treatments/{treatment_id}/photos/{row.id}.jpg")


@pytest.mark.needs("exiftool")
def test_exiftool_finds_no_place(app: Flask, cast: Cast, nora: Visitor) -> None:
    send(nora, ready(app, cast), made.with_everything())
    said = subprocess.run(["exiftool", str(kept(app)[0])], capture_output=True, text=True, check=True).stdout
    assert not [word for word in ("GPS", "Canary", "Make", "Comment") if word in said]


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_png_and_webp_are_kept_as_jpeg(app: Flask, cast: Cast, nora: Visitor, kind: str) -> None:
    out = io.BytesIO()
    Image.new("RGBA", (40, 30), (200, 10, 10, 128)).save(out, kind)
    send(nora, ready(app, cast), out.getvalue(), name="x.bin", kind="application/octet-stream")
    with Image.open(kept(app)[0]) as image:
        assert (image.format, image.mode, image.size) == ("JPEG", "RGB", (40, 30))


HEIC = b"\x00\x00\x00\x18ftypheic" + b"\0" * 64


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (HEIC, "HEIC photo. Set the camera"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "This is not a photo"),
        (b"GIF89a" + b"\0" * 40, "This is not a photo"),
        (b"", "This is not a photo"),
        (made.jpeg()[:200], "cannot be read"),
        (made.bomb(), "cannot be read"),
        (made.slightly_too_large(), "too many pixels"),
        (b"\xff\xd8\xff" + b"<script>alert(1)</script>", "cannot be read"),
        (made.png()[:40], "cannot be read"),
    ],
    ids=["heic", "svg", "gif", "nothing", "cut", "bomb", "pixels", "polyglot", "cut png"],
)
def test_what_is_no_photo_is_refused_and_nothing_is_kept(
    app: Flask, cast: Cast, nora: Visitor, data: bytes, says: str
) -> None:
    page = send(nora, ready(app, cast), data, 422)
    assert says in page.errors[0]
    assert (rows(app), kept(app)) == ([], [])


def test_a_file_over_the_limit_is_refused(
    app: Flask, cast: Cast, nora: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    treatment_id = ready(app, cast)
    monkeypatch.setattr(redraw, "MOST_BYTES", 100_000)  # the test client leaves larger files open
    assert "larger than" in send(nora, treatment_id, made.jpeg() + b"\0" * 100_000, 422).errors[0]
    assert (rows(app), kept(app)) == ([], [])


def test_two_hundred_megabytes_are_cut_before_they_are_read(app: Flask, cast: Cast, nora: Visitor) -> None:
    treatment_id = ready(app, cast)
    said = {"CONTENT_LENGTH": str(200 * 1024**2), "CONTENT_TYPE": "multipart/form-data; boundary=x"}
    answer = nora.client.post(f"/treatments/{treatment_id}/photos", environ_overrides=said)
    assert answer.status_code == 413
    assert rows(app) == []


def test_a_name_that_climbs_leads_nowhere(app: Flask, cast: Cast, nora: Visitor) -> None:
    treatment_id = ready(app, cast)
    send(nora, treatment_id, made.jpeg(), name="../../../../etc/passwd.jpg")
    assert [path.parent for path in kept(app)] == [folder(app)]
    nora.get(f"/treatments/{treatment_id}/photos/..%2f..%2freflow.sqlite3.jpg", 404)
    assert not folder(app).is_relative_to(Path(app.static_folder or ""))


def test_the_same_bytes_sent_again_are_kept_once(app: Flask, cast: Cast, nora: Visitor) -> None:
    treatment_id = ready(app, cast)
    for _ in range(2):
        send(nora, treatment_id, made.jpeg())
    assert len(rows(app)) == len(kept(app)) == 1


def test_nobody_asked_is_no_photo(app: Flask, cast: Cast, nora: Visitor) -> None:
    treatment_id = plan(app, cast)
    page = nora.get(f"/treatments/{treatment_id}/photos")
    assert "has not said yet whether photos may be taken" in page.text
    assert not page.has("input", name="photo")


def test_no_is_no_photo_and_the_prescriber_decides(app: Flask, cast: Cast, nora: Visitor) -> None:
    treatment_id = plan(app, cast)
    assert clear(app, cast, treatment_id, G05="none") == "prescriber"
    page = nora.get(f"/treatments/{treatment_id}/photos")
    assert "A prescriber decides without them" in page.text
    assert not page.has("input", name="photo")
    assert "none is taken" in nora.get(f"/treatments/{treatment_id}").text


def test_record_only_is_no_teaching(app: Flask, cast: Cast, nora: Visitor) -> None:
    treatment_id = plan(app, cast)
    clear(app, cast, treatment_id, G05="record")
    page = nora.get(f"/treatments/{treatment_id}/photos")
    assert not page.has("input", value="teaching")
    wanted = photographs.Wanted("before", "front", None, "teaching", made.jpeg())
    file = photographs.Kept("never", redraw.redrawn(wanted.data))
    with looking(app, cast.clinic_id):
        treatment, who = db.session.get_one(Treatment, treatment_id), cast["nora"].actor
        with pytest.raises(Refused, match="not for teaching"):
            photographs.take(who, treatment, wanted, file, today(), clock.now())


def test_teaching_is_marked_on_each_photo(app: Flask, cast: Cast, nora: Visitor) -> None:
    treatment_id = plan(app, cast)
    clear(app, cast, treatment_id, G05="teaching")
    page = send(nora, treatment_id, made.jpeg(), use="teaching")
    page = send(nora, treatment_id, made.jpeg(colour=10), view="left")
    first, second = (node.text for node in page.find_all("figcaption"))
    assert first.endswith("Teaching")
    assert second.endswith("Record only")


def test_a_yes_taken_back_hides_photos_and_keeps_them(app: Flask, cast: Cast, nora: Visitor) -> None:
    treatment_id = ready(app, cast)
    with looking(app):
        patient_id = db.session.get_one(Treatment, treatment_id).patient_id
    consent(app, cast, patient_id, ["photos"], answers={"photos": "record"})
    send(nora, treatment_id, made.jpeg())
    url = f"/treatments/{treatment_id}/photos/{rows(app)[0].id}.jpg"
    assert nora.client.get(url).headers["Cache-Control"] == "no-store"
    withdraw(app, cast, patient_id, "photos")
    nora.get(url, 403)
    page = nora.get(f"/treatments/{treatment_id}/photos")
    assert "kept as evidence: 1" in page.text
    assert not page.has("img")
    assert not page.has("input", name="photo")
    assert len(kept(app)) == 1


@pytest.mark.parametrize(("signed", "said"), [("record", "teaching"), ("teaching", "record")])
def test_the_narrower_of_signature_and_answer_counts(
    app: Flask, cast: Cast, nora: Visitor, signed: str, said: str
) -> None:
    treatment_id = plan(app, cast)
    clear(app, cast, treatment_id, G05=said)
    with looking(app):
        patient_id = db.session.get_one(Treatment, treatment_id).patient_id
    consent(app, cast, patient_id, ["photos"], answers={"photos": signed})
    page = nora.get(f"/treatments/{treatment_id}/photos")
    assert page.has("input", value="record")
    assert not page.has("input", value="teaching")


def test_only_the_clinic_sees_them_and_each_look_is_recorded(
    app: Flask, cast: Cast, nora: Visitor, anyone: Visitor, signed_in: Callable[[str], Visitor]
) -> None:
    treatment_id = ready(app, cast)
    send(nora, treatment_id, made.jpeg())
    url = f"/treatments/{treatment_id}/photos/{rows(app)[0].id}.jpg"
    nora.client.get(url)
    signed_in("eve").get(url, 404)
    assert anyone.client.get(url).status_code in (302, 303)
    with looking(app):
        seen = sa.select(sa.func.count()).where(AuditEntry.action == "treatment.photo_viewed")
        assert db.session.scalar(seen) == 1


def test_a_changed_file_is_not_shown(app: Flask, cast: Cast, nora: Visitor) -> None:
    treatment_id = ready(app, cast)
    send(nora, treatment_id, made.jpeg())
    kept(app)[0].write_bytes(made.jpeg(colour=1))
    nora.get(f"/treatments/{treatment_id}/photos/{rows(app)[0].id}.jpg", 404)


def test_before_is_before_and_after_is_after(app: Flask, cast: Cast, nora: Visitor) -> None:
    treatment_id, lot_id = started(app, cast)
    page = send(nora, treatment_id, made.jpeg(), 422, phase="after")
    assert "Nothing was injected yet" in page.errors[0]
    inject(app, cast, treatment_id, lot_id)
    page = send(nora, treatment_id, made.jpeg(colour=3), 422, phase="before")
    assert "this is a photo after" in page.errors[0]
    page = send(nora, treatment_id, made.jpeg(colour=3), phase="after")
    assert page.has("img", alt="After, front")


def test_a_point_on_a_photo_is_drawn_on_it(app: Flask, cast: Cast, nora: Visitor) -> None:
    treatment_id, lot_id = started(app, cast)
    send(nora, treatment_id, made.jpeg())
    photo_id = rows(app)[0].id
    inject(app, cast, treatment_id, lot_id, spot=Spot(2500, 5000, photo_id))
    with looking(app):
        assert db.session.scalars(sa.select(InjectionPoint.photo_id)).all() == [photo_id]
    page = nora.get(f"/treatments/{treatment_id}")
    assert page.has("svg", **{"aria-label": "Before, front, with points"})
    assert page.has("image", href=f"/treatments/{treatment_id}/photos/{photo_id}.jpg")
    assert "On a photo" in page.text
