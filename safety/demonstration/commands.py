"""`flask demo load`: the demonstration clinic from the command line."""

import json
from datetime import date

import click
from flask.cli import with_appcontext

from safety import clock
from safety.clinic.actions import AlreadySetUp
from safety.demonstration.tell import tell


@click.group()
def demo() -> None:
    """A made-up clinic to look round in."""


@demo.command("load")
@click.option("--on", metavar="DATE", help="The day the story is told on, as 2026-11-22; without it, now.")
@with_appcontext
def load_command(on: str | None) -> None:
    """Fill an empty database; print accounts, tablet, clinic, patients, products and lots as JSON."""
    try:
        day = date.fromisoformat(on) if on is not None else None
    except ValueError as error:
        click.echo(f"demo load: --on wants a date such as 2026-11-22, not {on!r}", err=True)
        raise SystemExit(2) from error
    try:
        told = tell(clock.now(), day)
    except AlreadySetUp as error:
        click.echo("demo load: this database holds a clinic; the demonstration wants an empty one", err=True)
        raise SystemExit(1) from error
    click.echo(json.dumps(told, ensure_ascii=False, indent=1))


command = demo
