"""`flask --app wsgi report …`: issue a report, and verify one with nothing but the file."""

from pathlib import Path

import click
import sqlalchemy as sa
from flask.cli import AppGroup

from safety.audit.checkpoint import BadNote
from safety.audit.commands import fail
from safety.audit.verify import read_note
from safety.db import all_clinics, as_clinic, db
from safety.incidents import issue, reader
from safety.incidents.models import Incident
from safety.web import SYSTEM

command = AppGroup("report", help="Incident reports: issue, verify.")


@command.command("issue")
@click.argument("incident")
def issue_report(incident: str) -> None:
    """Issue the PDF of an incident (its id, or its number when only one clinic has it); prints the file's
    path.
    """
    with all_clinics():
        wanted = sa.select(Incident).where(sa.or_(Incident.id == incident, Incident.number == incident))
        found = list(db.session.scalars(wanted))
    if len(found) != 1:
        fail(
            f"there is no incident {incident}"
            if not found
            else f"several clinics have an incident {incident}: use its id",
            2,
        )
    with as_clinic(found[0].clinic_id):
        try:
            report = issue.issue(SYSTEM, found[0].id, "the command line")
        except issue.CannotRender as fault:
            fail(str(fault))
        click.echo(str(issue.file_of(report)))


@command.command("verify")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--key", "key_file", type=click.Path(path_type=Path), help="The clinic's public key (base64).")
@click.option("--checkpoint", "note", type=click.Path(path_type=Path), help="A signed head kept elsewhere.")
def verify_report(file: Path, key_file: Path | None, note: Path | None) -> None:
    """Check that the page says what the log inside says, and that the log's proof holds. No database, no
    network.
    """
    try:
        key = reader.read_key(key_file) if key_file else None
        pdf = file.read_bytes()
    except (OSError, ValueError) as fault:
        fail(f"cannot read {fault.filename if isinstance(fault, OSError) else key_file}", 2)
    try:
        seen = reader.verify(pdf, key)
    except (reader.NotAReport, reader.Differs) as fault:
        fail(f"{file.name}: {fault}")
    _compare(note, seen, pdf, key)
    whose = (
        "the key given" if seen.key_was_given else "the key inside the file: compare it with the clinic's own"
    )
    click.echo(
        f"report {seen.number} revision {seen.revision}: "
        f"{seen.pages} pages say what {seen.events} events say; "
        f"proved in {seen.head.origin} at {seen.head.size} entries, by {whose}"
    )


def _compare(note: Path | None, seen: reader.Verified, pdf: bytes, key: bytes | None) -> None:
    """A head kept elsewhere must be signed by the same key and, at the same size, be the same head."""
    if note is None:
        return
    try:
        other = read_note(note.read_text("utf-8"), key or reader.key_inside(pdf))
    except OSError:
        fail(f"cannot read {note}", 2)
    except (BadNote, UnicodeDecodeError) as fault:
        fail(f"{note.name}: {fault}")
    if other.origin != seen.head.origin or (other.size == seen.head.size and other.root != seen.head.root):
        fail("the report's log is not the one the checkpoint vouches for")
