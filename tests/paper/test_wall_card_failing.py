"""When the PDF library is missing, the page says so and nothing is noted as printed."""

import sys

import pytest
from flask import Flask

from safety.audit.models import AuditEntry
from safety.db import db
from safety.printing import apart
from tests.factories import Cast, looking
from tests.page import Visitor


def test_no_card_is_noted_that_could_not_be_made(
    app: Flask, cast: Cast, nora: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(apart, "RENDERER", [sys.executable, "-c", "raise SystemExit(3)"])
    page = nora.get("/paper/vo.pdf", status=503)
    assert "Nothing was printed" in page.text
    with looking(app):
        assert db.session.query(AuditEntry).filter_by(action="paper.printed").count() == 0
