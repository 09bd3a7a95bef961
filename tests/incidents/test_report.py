"""The report says what the log says, and nothing else passes for one."""

import base64
import copy
import hashlib
import io
import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pikepdf
import pytest
import sqlalchemy as sa
from flask import Flask
from pypdf import PdfReader

from safety import clock
from safety.audit import canonical
from safety.audit.commands import head, this_key
from safety.audit.keys import verifies
from safety.audit.models import AuditEntry
from safety.audit.verify import verify as verify_log
from safety.config import CHECKOUT
from safety.db import as_clinic, db
from safety.incidents import figures, issue, paper, proof, reader
from safety.incidents.issue import Prepared
from safety.incidents.models import IncidentReport
from safety.printing import apart, render
from tests.emergency.tablet import of
from tests.factories import Cast, looking
from tests.incidents.runs import NOTE, finished, incident_of
from tests.page import Visitor

pytestmark = [pytest.mark.needs("pango"), pytest.mark.once]
Json = dict[str, Any]


def prepared_and_rendered(app: Flask, cast: Cast) -> tuple[Prepared, bytes]:
    run = finished(app, cast).run
    incident_id = incident_of(app, cast, run)
    with app.app_context(), as_clinic(cast.clinic_id):
        prepared = issue.prepare(cast["sam"].actor, incident_id, "Sam Petrov")
        return prepared, issue.render(prepared)


def public_key(app: Flask) -> bytes:
    with app.app_context():
        return this_key().public


def test_it_works(app: Flask, cast: Cast, sam: Visitor) -> None:
    incident_id = incident_of(app, cast, finished(app, cast).run)
    page = sam.get(f"/incidents/{incident_id}")
    assert "Report to issue" in page.text
    page = page.submit("Issue the report")
    assert "Revision 1 issued" in page.text
    pdf = sam.fetch(f"/incidents/{incident_id}.pdf").data
    seen = reader.verify(pdf, public_key(app))
    assert (seen.revision, seen.events) == (1, 13)
    assert hashlib.sha256(pdf).hexdigest() in sam.get(f"/incidents/{incident_id}").text
    with looking(app):
        assert verify_log([seen.head])[2] is None


def test_the_page_says_what_was_done(app: Flask, cast: Cast, tmp_path: Path) -> None:
    _, pdf = prepared_and_rendered(app, cast)
    (tmp_path / "report.pdf").write_bytes(pdf)
    text = "".join(page.extract_text() for page in PdfReader(tmp_path / "report.pdf").pages)
    squeezed = paper.squeezed(text)
    for said in SAID:
        assert paper.squeezed(said) in squeezed, said


SAID = (
    "4 min 30 s", "2000 units", "Hyaluronidase, 2 doses", "lot H0118L", NOTE, "Reason: mis-tap", "Dr L. Moss",
    "no such thing", "unknown type", "Not a substitute for clinical judgement", "Page 1 of",
)  # fmt: skip


def test_a_second_revision_stands_beside_the_first(app: Flask, cast: Cast, sam: Visitor) -> None:
    incident_id = incident_of(app, cast, finished(app, cast).run)
    sam.get(f"/incidents/{incident_id}").submit("Issue the report").submit("Issue revision 2")
    with looking(app):
        reports = db.session.scalars(sa.select(IncidentReport).order_by(IncidentReport.revision)).all()
        assert [report.revision for report in reports] == [1, 2]
        for report in reports:
            assert hashlib.sha256(issue.file_of(report).read_bytes()).hexdigest() == report.pdf_sha256


def test_opening_it_is_recorded(app: Flask, cast: Cast, sam: Visitor) -> None:
    incident_id = incident_of(app, cast, finished(app, cast).run)
    sam.get(f"/incidents/{incident_id}").submit("Issue the report")
    sam.fetch(f"/incidents/{incident_id}.pdf")
    with looking(app):
        opened = db.session.scalar(sa.select(AuditEntry).where(AuditEntry.action == "incident.report_opened"))
        assert opened is not None
        assert opened.actor == f"member:{cast['sam'].id}"


def test_another_clinic_finds_nothing(app: Flask, cast: Cast, eve: Visitor) -> None:
    incident_id = incident_of(app, cast, finished(app, cast).run)
    for address in (f"/incidents/{incident_id}", f"/incidents/{incident_id}.pdf"):
        assert eve.client.get(address).status_code == 404
    eve.post(f"/incidents/{incident_id}/report", status=404)


def test_the_same_content_gives_the_same_bytes(app: Flask, cast: Cast) -> None:
    prepared, pdf = prepared_and_rendered(app, cast)
    with app.app_context():
        assert issue.render(prepared) == pdf


def test_without_the_pdf_library_nothing_is_lost(
    app: Flask, cast: Cast, sam: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    incident_id = incident_of(app, cast, finished(app, cast).run)
    monkeypatch.setattr(apart, "RENDERER", [sys.executable, "-c", "raise SystemExit(3)"])
    page = sam.post(f"/incidents/{incident_id}/report", status=503)
    assert "The record is complete and safe" in page.text
    with looking(app):
        assert db.session.scalars(sa.select(IncidentReport)).all() == []


def test_a_long_run_with_paths_photos_and_corrections_verifies(app: Flask, cast: Cast) -> None:
    """Tables that run over several pages read back as they were written."""
    tablet = of(app, cast)
    dose = tablet.event("dose_given", 300, units=500, lot_code="H0118L")
    checks = [
        tablet.event("refill_checked", 400 + n * 60, point="nose", side="left", result="slow", refill_ds=40,
                     mirror_ds=15)
        for n in range(60)
    ]  # fmt: skip
    shots = [tablet.event("photo_taken", 4100 + n, view="front", sha256="ab" * 32) for n in range(8)]
    tablet.send(
        tablet.start(), dose, tablet.event("anaphylaxis_suspected", 360), *checks, *shots,
        tablet.event("time_changed", 4300, event=dose["id"], at_ms=dose["at_ms"] - 30_000, reason="clock"),
        tablet.event("emergency_ended", 4400, reason="transferred", why="handed over"),
    )  # fmt: skip
    incident_id = incident_of(app, cast, tablet.run)
    with app.app_context(), as_clinic(cast.clinic_id):
        prepared = issue.prepare(cast["sam"].actor, incident_id, "Sam Petrov")
        pdf = issue.render(prepared)
    assert {s.title for s in figures.page(prepared.content).sections} >= {
        "Refill by place", "Anaphylaxis, beside the occlusion", "Photos", "Clocks", "Follow-up",
    }  # fmt: skip
    seen = reader.verify(pdf, public_key(app))
    assert seen.events == len(checks) + len(shots) + 5
    assert seen.pages > 5


# --- forged: everything below must be refused ------------------------------------------


def with_log(pdf: bytes, log: Json) -> bytes:
    """The report with another log inside, as somebody with a PDF editor would make it."""
    with pikepdf.open(io.BytesIO(pdf)) as report:
        name = next(iter(report.attachments))
        made = pikepdf.AttachedFileSpec(  # type: ignore[call-arg]  # the rest has defaults the stub forgets
            report, json.dumps(log).encode(), filename=name
        )
        report.attachments[name] = made
        out = io.BytesIO()
        report.save(out)
        return out.getvalue()


def event_of(log: Json, kind: str) -> Json:
    return next(event for event in log["content"]["events"] if f'"{kind}"' in event["body"])


def less_units(log: Json) -> None:
    event = event_of(log, "dose_given")
    event["body"] = event["body"].replace('"units":1000', '"units":1500')


def earlier(log: Json) -> None:
    event = event_of(log, "dose_given")
    said = canonical.loads(event["body"].encode())
    event["body"] = canonical.dumps({**said, "at_ms": said["at_ms"] - 60_000}).decode()


def without_the_struck(log: Json) -> None:
    log["content"]["events"] = [
        event for event in log["content"]["events"] if "entry_struck" not in event["body"]
    ]


def without_the_last(log: Json) -> None:
    log["content"]["events"] = log["content"]["events"][:-1]


def unrefused(log: Json) -> None:
    event_of(log, "call_made")["refused"] = "bad_data"


def by_another(log: Json) -> None:
    event_of(log, "dose_given")["actor"] = log["content"]["incident"]["id"]


def another_patient(log: Json) -> None:
    log["content"]["patient"] = {"name": "Somebody Else", "born_on": "1990-01-01", "number": 7}


def another_protocol(log: Json) -> None:
    log["content"]["protocol"]["parameters"]["vo.first_dose_target_min"] = 5


def approved_after_all(log: Json) -> None:
    log["content"]["protocol"]["approved_by"] = "Dr Nobody"
    log["content"]["protocol"]["approved_ms"] = 1


def another_key(log: Json) -> None:
    log["public_key"] = base64.b64encode(bytes(32)).decode()


def another_size(log: Json) -> None:
    size = log["checkpoint"].split("\n")[1]
    log["checkpoint"] = log["checkpoint"].replace(f"\n{size}\n", f"\n{int(size) + 1}\n")


def no_entries(log: Json) -> None:
    log["entries"] = []


def an_entry_edited(log: Json) -> None:
    log["entries"][1]["body"] = log["entries"][1]["body"].replace('"refused":null', '"refused":"x"')


def a_path_edited(log: Json) -> None:
    log["entries"][1]["path"] = log["entries"][1]["path"][::-1]


FORGERIES = [
    less_units, earlier, without_the_struck, without_the_last, unrefused, by_another, another_patient,
    another_protocol, approved_after_all, another_size, no_entries, an_entry_edited, a_path_edited,
]  # fmt: skip


@pytest.fixture(scope="module")
def sealed() -> Json:
    """One prepared report for all forgeries of this file; filled by the first."""
    return {}


@pytest.mark.parametrize("change", FORGERIES)
def test_a_forged_log_is_found(app: Flask, cast: Cast, sealed: Json, change: Callable[[Json], None]) -> None:
    log = copy.deepcopy(_once(app, cast, sealed).log)
    assert reader.verify(with_log(sealed["pdf"], log), sealed["key"]).events == 13
    change(log)
    with pytest.raises((reader.Differs, reader.NotAReport)):
        reader.verify(with_log(sealed["pdf"], log), sealed["key"])
    with pytest.raises((proof.Broken, figures.Unreadable)):  # even where the page was printed anew to fit
        proof_of_a_new_page(log, sealed["key"])


def proof_of_a_new_page(log: Json, key: bytes) -> None:
    proof.check(log, key, verifies)
    figures.replay(log["content"])


def _once(app: Flask, cast: Cast, sealed: Json) -> Prepared:
    if not sealed:
        prepared, pdf = prepared_and_rendered(app, cast)
        sealed.update(prepared=prepared, pdf=pdf, key=public_key(app))
        assert reader.verify(pdf, sealed["key"]).key_was_given
    found: Prepared = sealed["prepared"]
    return found


@pytest.mark.parametrize(
    ("find", "put"),
    [
        ("2000 units", "3000 units"),
        ("</tbody>", "<tr><td>Nothing else happened</td></tr></tbody>"),
        ("<h2>Timeline", "<h2>Time line of"),
        ("8 s<", "2 s<"),
    ],
)
def test_a_page_that_says_other_than_the_log_is_found(
    app: Flask, cast: Cast, sealed: Json, find: str, put: str
) -> None:
    prepared = _once(app, cast, sealed)
    page = paper.html(prepared.content, paper.seal(prepared.head))
    assert find in page
    pdf = printed(page.replace(find, put, 1), prepared)
    with pytest.raises(reader.Differs):
        reader.verify(pdf, sealed["key"])


def printed(page: str, prepared: Prepared) -> bytes:
    """Any page as a PDF with the log inside, by the renderer's own process."""
    job = {
        "html": page, "log": canonical.dumps(prepared.log).decode(), "identifier": "x",
        "at_ms": prepared.content["issued"]["at_ms"],
    }  # fmt: skip
    done = subprocess.run(
        apart.RENDERER, input=json.dumps(job).encode(), capture_output=True, cwd=CHECKOUT, check=True
    )
    return done.stdout


def test_a_report_signed_with_another_key_is_found(app: Flask, cast: Cast, sealed: Json) -> None:
    _once(app, cast, sealed)
    with pytest.raises(reader.Differs, match="known key"):
        reader.verify(sealed["pdf"], bytes(range(32)))


def test_cut_and_flipped_files_never_pass_with_other_words(app: Flask, cast: Cast, sealed: Json) -> None:
    _once(app, cast, sealed)
    pdf: bytes = sealed["pdf"]
    for at in range(50, len(pdf), max(1, len(pdf) // 60)):
        damaged = pdf[:at] + bytes([pdf[at] ^ 0x55]) + pdf[at + 1 :]
        try:
            seen = reader.verify(damaged, sealed["key"])
        except (reader.Differs, reader.NotAReport):
            continue
        assert seen.events == 13  # a byte nobody reads: the words and the proof are as they were


def test_the_command_needs_no_database(app: Flask, cast: Cast, sealed: Json, tmp_path: Path) -> None:
    _once(app, cast, sealed)
    report, key, note = tmp_path / "report.pdf", tmp_path / "key.txt", tmp_path / "head.txt"
    report.write_bytes(sealed["pdf"])
    key.write_text(base64.b64encode(sealed["key"]).decode())
    note.write_text(sealed["prepared"].log["checkpoint"])
    env = {
        "DATA_DIR": str(tmp_path / "empty"),
        "DATABASE_URL": "sqlite:////nonexistent/x.sqlite3",
        "PATH": "/usr/bin",
    }

    def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-m", "flask", "--app", "wsgi", "report", "verify", *arguments]
        return subprocess.run(command, cwd=CHECKOUT, env=env, capture_output=True, text=True, check=False)

    good = run(str(report), "--key", str(key), "--checkpoint", str(note))
    assert (good.returncode, good.stderr) == (0, "")
    assert "say what 13 events say" in good.stdout
    report.write_bytes(sealed["pdf"].replace(b"%PDF", b"%PDX"))
    bad = run(str(report))
    assert bad.returncode == 1
    assert len(bad.stderr.strip().splitlines()) == 1
    assert run(str(tmp_path / "missing.pdf")).returncode == 2


def test_nothing_outside_the_package_can_be_fetched(tmp_path: Path) -> None:
    secret = tmp_path / "secret.ttf"
    secret.write_text("x")
    outside = (render.STATIC / "fonts" / ".." / ".." / "config.py").as_uri()
    for url in (secret.as_uri(), "http://127.0.0.1/x", "https://example.com/x.css", "data:text/css,a",
                outside, "file:///etc/passwd"):  # fmt: skip
        with pytest.raises(render.Forbidden):
            render.packaged(url)
    assert render.packaged((render.STATIC / "css" / "report.css").as_uri()).name == "report.css"


def test_the_head_is_the_logs_own(app: Flask, cast: Cast) -> None:
    prepared, _ = prepared_and_rendered(app, cast)
    with looking(app):
        assert head(prepared.head.size) == prepared.head
    assert proof.content_digest(prepared.content) != proof.content_digest({**prepared.content, "revision": 2})
    assert prepared.content["issued"]["at_ms"] <= clock.now_ms()


AMOUNT = re.compile(r"(\d+(?:\.\d+)?) (units|micrograms|milligrams?|millilitres?|drops?)\b")


def test_every_amount_in_the_file_was_recorded(app: Flask, cast: Cast, tmp_path: Path) -> None:
    """No dose stands in the report but those the tablet told, and their sum: none comes from a template."""
    prepared, pdf = prepared_and_rendered(app, cast)
    (tmp_path / "report.pdf").write_bytes(pdf)
    text = " ".join(
        " ".join(page.extract_text() for page in PdfReader(tmp_path / "report.pdf").pages).split()
    )
    told = [json.loads(event["body"]) for event in prepared.content["events"]]
    given = {
        (body["data"]["units"], body["data"]["volume_ul"]) for body in told if body["type"] == "dose_given"
    }
    assert given == {(1000, 670)}
    recorded = {("1000", "units"), ("2000", "units"), ("0.67", "millilitres")}
    assert set(AMOUNT.findall(text)) == recorded
