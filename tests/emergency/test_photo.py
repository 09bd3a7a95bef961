"""Looking at a photo: the clinic's own staff only, never kept by a browser, and always on the log."""

import hashlib
import io
from pathlib import Path
from uuid import uuid4

import pytest
import sqlalchemy as sa
from flask import Flask
from PIL import Image

from safety.audit.models import AuditEntry
from safety.db import db
from tests.emergency import photos as made
from tests.emergency.tablet import Device
from tests.factories import Cast, looking
from tests.page import Visitor


class Camera(Device):
    """A tablet that knows its photos: one that arrives and one that is still on it."""

    photo, later = str(uuid4()), str(uuid4())


@pytest.fixture
def tablet(app: Flask, cast: Cast) -> Camera:
    """A run with two cycles of photos: one arrived, one not yet, one of the clinic's camera."""
    tablet = Camera(app, cast.tablet_token)
    data, later = made.jpeg(), made.jpeg(colour=200)
    tablet.send(
        tablet.start(context={"areas": ["upper_lip"], "product_class": "ha_filler"}),
        tablet.event("stage_assessed", 30, stage="2"),
        tablet.event(
            "photo_taken", 40, view="front", photo=tablet.photo, sha256=hashlib.sha256(data).hexdigest()
        ),
        tablet.event("photo_taken", 50, view="close_up"),
        tablet.event("dose_given", 90, units=500),
        tablet.event(
            "photo_taken", 200, view="front", photo=tablet.later, sha256=hashlib.sha256(later).hexdigest()
        ),
    )
    assert made.put(tablet, tablet.photo, data).status_code == 200
    return tablet


def url(tablet: Camera, photo: str | None = None) -> str:
    return f"/emergencies/{tablet.run}/photos/{photo or tablet.photo}.jpg"


def test_it_works(app: Flask, tablet: Camera, nora: Visitor, cast: Cast) -> None:
    answer = nora.fetch(url(tablet))
    assert answer.mimetype == "image/jpeg"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    with Image.open(io.BytesIO(answer.data)) as image:
        assert image.size == (64, 48)
    with looking(app):
        seen = db.session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "emergency.photo_viewed"))
        assert [entry.actor for entry in seen] == [f"member:{cast['nora'].id}"]


def test_another_clinic_finds_nothing(app: Flask, tablet: Camera, cast: Cast) -> None:
    eve = app.test_client()
    eve.set_cookie("reflow_sign_in", cast["eve"].token)
    assert eve.get(url(tablet)).status_code == 404


def test_a_tablet_alone_may_send_but_not_look(tablet: Camera) -> None:
    assert tablet.client.get(url(tablet), headers=tablet.headers()).status_code in (302, 401)


def test_no_such_photo(tablet: Camera, nora: Visitor) -> None:
    nora.fetch(url(tablet, str(uuid4())), 404)
    nora.fetch(url(tablet, tablet.later), 404)


@pytest.mark.parametrize("harm", ["gone", "changed"])
def test_a_file_that_is_gone_or_changed_is_not_shown(
    app: Flask, tablet: Camera, nora: Visitor, harm: str
) -> None:
    (file,) = Path(app.config["REFLOW"].data_dir / "photos").glob("*.jpg")
    file.unlink() if harm == "gone" else file.write_bytes(made.jpeg(colour=1))
    nora.fetch(url(tablet), 404)


def test_the_record_shows_photos_by_cycle(app: Flask, tablet: Camera, nora: Visitor) -> None:
    page = nora.get(f"/emergencies/{tablet.run}")
    assert page.has("img", src=url(tablet))
    first, second = page.text.index("Before the first dose, stage 2"), page.text.index("After dose 1")
    assert first < page.text.index("Taken with the clinic’s camera") < second
    assert second < page.text.index("Not arrived yet")
