"""A row written with its entry in the tree, beside the same row written durably with no trace."""

import itertools
from collections.abc import Iterator

import sqlalchemy as sa
from flask import Flask

from bench.timing import Row, interleaved
from safety.audit.log import record, seal
from safety.clinic.models import Room
from safety.db import as_clinic, db, new_id, write_transaction
from tests.factories import Cast


def rows(app: Flask, cast: Cast) -> Iterator[Row]:
    """Scoreboard row 4, for an insert."""
    actor, numbers = cast["ada"].actor, itertools.count()

    def audited() -> None:
        with write_transaction():
            room = Room(id=new_id(), clinic_id=cast.clinic_id, name=f"audited {next(numbers)}")
            db.session.add(room)
            db.session.flush()
            record(actor, "room.added", f"room:{room.id}", {})
            seal()

    def bare() -> None:
        with sa.orm.Session(
            db.engine, info={"writing": True, "all_clinics": True, "sealing": True}
        ) as session:
            session.connection(execution_options={"write": True})
            session.add(Room(id=new_id(), clinic_id=cast.clinic_id, name=f"bare {next(numbers)}"))
            session.commit()

    with app.app_context(), as_clinic(cast.clinic_id):
        yield Row(
            "one audited row, durable", "the same row without audit", *interleaved(audited, bare, 300), 1.10
        )
