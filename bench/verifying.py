"""The stored log verified from the first entry, beside reading it and hashing each entry once."""

import hashlib
from collections.abc import Iterator

import sqlalchemy as sa
from flask import Flask

from bench.timing import Row, interleaved
from safety.audit import verify
from safety.audit.log import record, seal
from safety.audit.models import AuditEntry
from safety.db import all_clinics, db, write_transaction
from tests.factories import Cast

ENTRIES = 2_000


def rows(app: Flask, cast: Cast) -> Iterator[Row]:
    """Scoreboard row 5, for a smaller log."""
    with app.app_context(), all_clinics():
        _grow(cast)

        def verified() -> None:
            _, _, finding = verify.verify([])
            assert finding is None, finding

        def read() -> None:
            bodies = db.session.connection().execute(sa.select(AuditEntry.body).order_by(AuditEntry.index))
            for (body,) in bodies:
                hashlib.sha256(body).digest()

        name = f"{ENTRIES} entries verified, with their nodes"
        taken = interleaved(verified, read, 5)
        yield Row(name, "read, and one SHA-256 each", *taken, wanted=1.20)


def _grow(cast: Cast) -> None:
    actor, facts = cast["ada"].actor, {"containers": 2, "units": 3, "lot": "x" * 36}
    with write_transaction():
        for number in range(ENTRIES):
            record(actor, "bench.noted", f"bench:{number}", facts)
        seal()
