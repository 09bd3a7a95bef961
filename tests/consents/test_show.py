"""A signed text is shown and printed exactly as it was signed."""

import subprocess

import pytest
import sqlalchemy as sa
from flask import Flask

from safety.consents.models import Consent, ConsentSitting
from safety.db import db
from tests.consents.hands import consent
from tests.consents.test_actions import KEYS, grace
from tests.factories import Cast, looking
from tests.page import Visitor


def signed(app: Flask, cast: Cast, key: str = "ha_filler") -> str:
    consent(app, cast, grace(app, cast), KEYS, strokes=[[[10, 10], [200, 90]]])
    with looking(app):
        return db.session.scalars(sa.select(Consent).where(Consent.key == key)).one().id


def test_it_works(app: Flask, cast: Cast, nora: Visitor, sam: Visitor) -> None:
    consent_id = signed(app, cast)
    page = sam.get(f"/consents/{consent_id}")
    for said in ("I agree", "Grace Moreau", "Nora Quinn", "version 1, not approved here", "You can go blind"):
        assert said in page.text, said
    assert page.has("svg", role="img")
    assert not page.has("a", text="The patient takes it back"), "that is for those who treat"
    assert nora.get(f"/consents/{consent_id}").has("a", text="The patient takes it back")


@pytest.mark.needs("pango", "poppler")
@pytest.mark.once
def test_pdf_holds_every_sentence_that_was_signed(app: Flask, cast: Cast, nora: Visitor) -> None:
    consent_id = signed(app, cast)
    pdf = nora.fetch(f"/consents/{consent_id}.pdf").data
    text = subprocess.run(["pdftotext", "-raw", "-", "-"], input=pdf, capture_output=True, check=True)
    words = "".join(text.stdout.decode().split())
    with looking(app):
        texts = db.session.scalars(sa.select(ConsentSitting)).one().texts
    shown = next(one for one in texts if one["key"] == "ha_filler")
    for line in [line for section in shown["sections"] for line in section["lines"]]:
        assert "".join(line.split()) in words, line
    for said in ("Grace Moreau", "I agree", "Nora Quinn", "Not a substitute for clinical judgement"):
        assert "".join(said.split()) in words, said


def test_another_clinic_gets_none(app: Flask, cast: Cast, eve: Visitor) -> None:
    consent_id = signed(app, cast)
    eve.get(f"/consents/{consent_id}", 404)
    eve.get(f"/consents/{consent_id}.pdf", 404)
