"""`flask stock readiness`: could filler start in this clinic now, as the pages would say it."""

import json
from datetime import datetime
from zoneinfo import ZoneInfo

import click
import sqlalchemy as sa
from flask.cli import with_appcontext

from safety import clock
from safety.clinic.models import Clinic
from safety.db import as_clinic, db
from safety.protocols.load import Broken
from safety.treatments import interlock

WRONG_USE = 2


@click.group("stock")
def command() -> None:
    """The shelf."""


@command.command("readiness")
@click.option("--clinic", required=True, help="Id or name of the clinic.")
@click.option("--at", "at_text", help="ISO time with zone, for example 2026-11-23T09:00:00Z. Default: now.")
@with_appcontext
def readiness(clinic: str, at_text: str | None) -> None:
    """Needed and usable hyaluronidase in units and containers, why each lot counts or not, and the state.

    Exit 0 when filler may start (ready or check), 1 when it may not, 2 on wrong use.
    """
    found = db.session.scalar(sa.select(Clinic).where(sa.or_(Clinic.id == clinic, Clinic.name == clinic)))
    if found is None:
        raise _wrong("there is no such clinic")
    at = _instant(at_text)
    with as_clinic(found.id):
        answer = _answer(found, at or clock.now(), at)
    click.echo(json.dumps({"clinic": found.id, **answer.as_json()}, ensure_ascii=False, indent=1))
    raise SystemExit(0 if answer.readiness.allows else 1)


def _answer(clinic: Clinic, now: datetime, at: datetime | None) -> interlock.Answer:
    try:
        return interlock.any_filler(now.astimezone(ZoneInfo(clinic.time_zone)).date(), at)
    except Broken as broken:
        click.echo(str(broken.problems[0]), err=True)
        raise SystemExit(1) from broken


def _instant(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise _wrong("--at must be an ISO time, for example 2026-11-23T09:00:00Z") from error
    if instant.tzinfo is None:
        raise _wrong("--at must name its zone, for example 2026-11-23T09:00:00Z")
    return instant


def _wrong(message: str) -> SystemExit:
    click.echo(message, err=True)
    return SystemExit(WRONG_USE)
