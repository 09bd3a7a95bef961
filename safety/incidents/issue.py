"""Issue a report: vouch for its content in the log, sign the log's head, render apart, keep the file and its
hash.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import current_app

from safety import clock
from safety.audit import canonical, log, merkle
from safety.audit.checkpoint import Checkpoint
from safety.audit.commands import bundle as entry_bundle
from safety.audit.keys import LogKey, log_key
from safety.audit.log import Actor, record
from safety.db import db, new_id, write_transaction
from safety.incidents import content, paper, proof
from safety.incidents.models import Incident, IncidentReport
from safety.printing import apart

Json = dict[str, Any]


@dataclass(frozen=True)
class Prepared:
    """A content the log vouches for, with the head and the entries that prove it."""

    content: Json
    log: Json
    head: Checkpoint


def issue(actor: Actor, incident_id: str, issued_by: str) -> IncidentReport:
    """Issue the next revision of an incident's report. Raises CannotRender."""
    prepared = prepare(actor, incident_id, issued_by)
    pdf = render(prepared)
    return keep(actor, prepared, pdf, clock.now())


def prepare(actor: Actor, incident_id: str, issued_by: str) -> Prepared:
    """Gather the content and have the log vouch for it, then prove it under the log's signed head."""
    with write_transaction():
        incident = db.session.get_one(Incident, incident_id)
        gathered = content.gather(incident, _next_revision(incident_id), issued_by, clock.now())
        record(
            actor,
            "incident.report_prepared",
            f"incident:{incident_id}",
            {
                "content": proof.content_digest(gathered),
                "events": len(gathered["events"]),
                "revision": gathered["revision"],
            },
        )
        log.seal()
    return _proved(gathered, log_key(current_app.config["REFLOW"].data_dir))


def _next_revision(incident_id: str) -> int:
    wanted = sa.select(sa.func.max(IncidentReport.revision)).where(IncidentReport.incident_id == incident_id)
    return (db.session.scalar(wanted) or 0) + 1


def _proved(gathered: Json, key: LogKey) -> Prepared:
    size = log.size()
    head = Checkpoint(key.origin, size, merkle.root(size, log.node))
    indexes = content.entries_of(gathered["emergency"]["id"], size) + content.prepared_of(
        gathered["incident"]["id"], size
    )
    entries = [entry_bundle(index, size) for index in indexes]
    return Prepared(gathered, proof.bundle(gathered, entries, key.sign(head), key.public), head)


def render(prepared: Prepared) -> bytes:
    """The PDF, rendered in a process of its own. Raises CannotRender."""
    job = {
        "html": paper.html(prepared.content, paper.seal(prepared.head)),
        "log": canonical.dumps(prepared.log).decode(),
        "at_ms": prepared.content["issued"]["at_ms"],
        "identifier": proof.content_digest(prepared.content),
    }
    return apart.pdf(job)


def keep(actor: Actor, prepared: Prepared, pdf: bytes, now: datetime) -> IncidentReport:
    """Write the file, then its row and entry: a report that is listed is a report that is on disk."""
    report = IncidentReport(
        id=new_id(),
        incident_id=prepared.content["incident"]["id"],
        revision=prepared.content["revision"],
        clinic_id=prepared.content["clinic"]["id"],
        pdf_sha256=hashlib.sha256(pdf).hexdigest(),
        log_sha256=hashlib.sha256(canonical.dumps(prepared.log)).hexdigest(),
        checkpoint=prepared.log["checkpoint"],
        issued_at=now,
        issued_by=str(actor),
    )
    _write(file_of(report), pdf)
    with write_transaction():
        db.session.add(report)
        record(
            actor,
            "incident.report_issued",
            f"incident:{report.incident_id}",
            {"revision": report.revision, "pdf": report.pdf_sha256, "log": report.log_sha256},
        )
        log.seal()
    return report


def file_of(report: IncidentReport) -> Path:
    """Where a report's PDF is kept; the name holds nothing about the patient."""
    return Path(current_app.config["REFLOW"].data_dir) / "reports" / f"{report.id}.pdf"


def _write(path: Path, pdf: bytes) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    part.write_bytes(pdf)
    part.chmod(0o600)
    part.replace(path)
