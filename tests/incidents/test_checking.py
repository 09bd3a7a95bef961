"""A report about a drill says DRILL on every page, and no forgery takes the word off it."""

import copy
import io
from pathlib import Path

import pytest
from flask import Flask
from pypdf import PdfReader

from safety import clock
from safety.audit.log import record
from safety.db import as_clinic, db, new_id
from safety.incidents import checking, figures, issue, paper, proof, reader
from safety.incidents.issue import Prepared
from safety.incidents.models import Incident
from tests.factories import Cast, arranging
from tests.incidents.runs import finished
from tests.incidents.test_report import event_of, printed, proof_of_a_new_page, public_key, with_log

pytestmark = [pytest.mark.needs("pango"), pytest.mark.once]


def drill_report(app: Flask, cast: Cast) -> tuple[Prepared, bytes]:
    """A report about a drill, as only somebody with the database in hand could ask for one."""
    run, incident_id = finished(app, cast, drill=True).run, new_id()
    with arranging(app, cast["sam"].actor) as actor:
        db.session.add(
            Incident(
                id=incident_id, clinic_id=cast.clinic_id, number="2026-900", emergency_id=run,
                opened_at=clock.now(),
            )
        )  # fmt: skip
        record(actor, "incident.opened", f"incident:{incident_id}", {})
    with app.app_context(), as_clinic(cast.clinic_id):
        prepared = issue.prepare(cast["sam"].actor, incident_id, "Sam Petrov")
        return prepared, issue.render(prepared)


def test_a_drill_says_so_on_every_page_and_cannot_lose_the_word(
    app: Flask, cast: Cast, tmp_path: Path
) -> None:
    prepared, pdf = drill_report(app, cast)
    key = public_key(app)
    pages = [page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages]
    assert pages
    assert all("DRILL" in page for page in pages)
    assert reader.verify(pdf, key).drill
    (tmp_path / "drill.pdf").write_bytes(pdf)
    assert checking.check(tmp_path / "drill.pdf", None, None).startswith("DRILL, not a real emergency")

    cover = copy.deepcopy(prepared.log)
    cover["content"]["emergency"]["drill"] = False
    both = copy.deepcopy(cover)
    start = event_of(both, "emergency_started")
    start["body"] = start["body"].replace('"drill":true', '"drill":false')
    assert start["body"] != event_of(cover, "emergency_started")["body"]
    for forged in (cover, both):
        with pytest.raises((reader.Differs, reader.NotAReport)):
            reader.verify(with_log(pdf, forged), key)
        with pytest.raises((proof.Broken, figures.Unreadable)):  # even on pages printed anew to fit
            proof_of_a_new_page(forged, key)

    page = paper.html(prepared.content, paper.seal(prepared.head))
    assert "DRILL, not a real emergency" in page
    bare = printed(page.replace("DRILL, not a real emergency", "Revision 1"), prepared)
    with pytest.raises(reader.Differs):
        reader.verify(bare, key)


def test_whether_it_was_a_drill_is_read_from_the_events(app: Flask, cast: Cast) -> None:
    prepared, _ = drill_report(app, cast)
    told = {**prepared.content, "emergency": {**prepared.content["emergency"], "drill": False}}
    with pytest.raises(figures.Unreadable, match="drill"):
        figures.replay(told)
