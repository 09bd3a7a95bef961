"""`flask --app wsgi report …`: issue a report, and verify one with nothing but the file."""

from dataclasses import replace
from pathlib import Path

import click
import sqlalchemy as sa
from flask.cli import AppGroup

from safety.audit.commands import fail
from safety.db import all_clinics, as_clinic, db
from safety.incidents import issue
from safety.incidents.models import Incident
from safety.printing.apart import CannotRender
from safety.web import SYSTEM

command = AppGroup("report", help="Incident reports: issue, verify.")


@command.command("issue")
@click.argument("incident")
def issue_report(incident: str) -> None:
    """Issue an incident's PDF (its id, or its number when one clinic has it); prints the file's path."""
    clinic_id, incident_id = _one(incident)
    with as_clinic(clinic_id):
        try:
            report = issue.issue(replace(SYSTEM, clinic_id=clinic_id), incident_id, "the command line")
        except CannotRender as fault:
            fail(str(fault))
        click.echo(str(issue.file_of(report)))


def _one(incident: str) -> tuple[str, str]:
    with all_clinics():
        wanted = sa.select(Incident).where(sa.or_(Incident.id == incident, Incident.number == incident))
        found = list(db.session.scalars(wanted))
    if not found:
        fail(f"there is no incident {incident}", 2)
    if len(found) > 1:
        fail(f"several clinics have an incident {incident}: use its id", 2)
    return found[0].clinic_id, found[0].id


@command.command("verify")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--key", "key_file", type=click.Path(path_type=Path), help="The clinic's public key (base64).")
@click.option("--checkpoint", "note", type=click.Path(path_type=Path), help="A signed head kept elsewhere.")
def verify_report(file: Path, key_file: Path | None, note: Path | None) -> None:
    """Does the page say what the log inside says, and does its proof hold? No database, no network."""
    from safety.incidents import checking, reader  # loads PDF and font libraries: not in the server's start

    try:
        click.echo(checking.check(file, key_file, note))
    except checking.WrongUse as fault:
        fail(str(fault), 2)
    except (reader.NotAReport, reader.Differs) as fault:
        fail(f"{file.name}: {fault}")
