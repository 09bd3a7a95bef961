"""Approving for tests: by action, and the fields a director fills in."""

from datetime import date, timedelta
from typing import Any

from flask import Flask

from safety import clock
from safety.protocols import actions, files, rules
from safety.protocols.keeping import keep
from safety.protocols.load import Protocol, load
from safety.staff.actions import Proved
from safety.staff.models import Proof
from tests.factories import PASSWORD, Cast, arranging

Json = Any


def newest(protocol_id: str) -> Protocol:
    """The file in the checkout."""
    found = files.newest(protocol_id).protocol
    assert found is not None
    return found


def all_ticks(protocol_id: str) -> list[str]:
    """Ids of every unverified figure."""
    return [figure.id for figure in rules.unverified(newest(protocol_id).body)]


def next_year() -> date:
    """A day to review on."""
    return clock.now().date() + timedelta(days=365)


def fields(protocol_id: str, **changes: Json) -> dict[str, Json]:
    """What a director fills in to approve, but for the values."""
    on = next_year()
    return {
        "ticked": all_ticks(protocol_id), "secret": PASSWORD, "review_on-day": str(on.day),
        "review_on-month": str(on.month), "review_on-year": str(on.year), **changes,
    }  # fmt: skip


def approve(
    app: Flask, cast: Cast, protocol_id: str, values: dict[str, Json] | None = None, who: str = "mara"
) -> str:
    """Approve the newest file; returns the digest."""
    asked = actions.Approving(
        protocol_id,
        newest(protocol_id).file_sha256,
        values or {},
        frozenset(all_ticks(protocol_id)),
        next_year(),
    )
    with arranging(app, cast[who].actor) as actor:
        proved = Proved(cast[who].id, Proof.PASSWORD)
        return actions.approve(actor, proved, asked, clock.now()).digest


def keep_version(app: Flask, cast: Cast, protocol_id: str, version: int) -> str:
    """Keep an older file of the checkout; returns its SHA-256."""
    older = load(files.ROOT / protocol_id / f"v{version}" / "protocol.yaml")
    with arranging(app, cast["mara"].actor):
        keep(older, clock.now())
    return older.file_sha256
