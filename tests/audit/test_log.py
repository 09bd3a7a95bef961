"""Record and seal: the act and its entry together or not at all, and tampering found."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from flask import Flask

from safety import clock
from safety.audit import canonical, log, merkle
from safety.audit import verify as verifying
from safety.audit.checkpoint import Checkpoint
from safety.audit.log import Unrecorded, record, seal
from safety.audit.models import AuditEntry, AuditPrivate
from safety.audit.verify import Finding, verify
from safety.clinic.models import Room
from safety.db import WriteOutsideTransaction, WrongClinic, as_clinic, db, new_id, write_transaction
from tests.factories import Cast, looking


def add_room(app: Flask, cast: Cast, name: str) -> str:
    room_id = new_id()
    with app.app_context(), as_clinic(cast.clinic_id), write_transaction():
        db.session.add(Room(id=room_id, clinic_id=cast.clinic_id, name=name))
        record(cast["ada"].actor, "room.added", f"room:{room_id}", {"beds": 1}, {"name": name})
        seal()
    return room_id


def test_it_works(app: Flask, cast: Cast) -> None:
    room_id = add_room(app, cast, "Salle Zoë")
    with looking(app):
        entry = db.session.scalars(sa.select(AuditEntry).order_by(AuditEntry.index.desc())).first()
        assert entry is not None
        said = canonical.loads(entry.body)
        assert said["subject"] == f"room:{room_id}"
        assert said["actor"] == f"member:{cast['ada'].id}"
        assert "Salle" not in entry.body.decode()
        private = db.session.get_one(AuditPrivate, entry.index)
        assert canonical.loads(private.body) == {"name": "Salle Zoë"}
        assert verify([])[2] is None


def test_a_change_that_was_not_recorded_cannot_be_sealed(app: Flask, cast: Cast) -> None:
    with app.app_context(), as_clinic(cast.clinic_id), write_transaction():
        db.session.add(Room(id=new_id(), clinic_id=cast.clinic_id, name="Secret"))
        with pytest.raises(Unrecorded):
            seal()
    with looking(app, cast.clinic_id):
        assert db.session.scalar(sa.select(Room).where(Room.name == "Secret")) is None


def test_nothing_stays_of_a_transaction_that_was_not_sealed(app: Flask, cast: Cast) -> None:
    with looking(app):
        before = log.size()
    with app.app_context(), as_clinic(cast.clinic_id), write_transaction():
        db.session.add(Room(id=new_id(), clinic_id=cast.clinic_id, name="Half"))
        record(cast["ada"].actor, "room.added", "room:half", {})
        db.session.flush()
    with looking(app, cast.clinic_id):
        assert log.size() == before
        assert db.session.scalar(sa.select(Room).where(Room.name == "Half")) is None


def test_when_the_entry_cannot_be_written_the_act_is_not_either(
    app: Flask, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(index: int, note: log.Note) -> None:
        raise OSError("disk full")

    with monkeypatch.context() as patch:
        patch.setattr(log, "_append", broken)
        with pytest.raises(OSError, match="disk full"):
            add_room(app, cast, "Without a record")
    with looking(app, cast.clinic_id):
        assert db.session.scalar(sa.select(Room).where(Room.name == "Without a record")) is None
    add_room(app, cast, "With one")


def test_rows_change_only_inside_a_write_transaction(app: Flask, cast: Cast) -> None:
    with app.app_context(), as_clinic(cast.clinic_id):
        db.session.add(Room(id=new_id(), clinic_id=cast.clinic_id, name="Loose"))
        with pytest.raises(WriteOutsideTransaction):
            db.session.flush()
        db.session.rollback()
        with pytest.raises(WriteOutsideTransaction):
            db.session.execute(sa.update(Room).values(name="x"))
        with pytest.raises(WriteOutsideTransaction):
            record(cast["ada"].actor, "a.b", "c:d", {})


def test_only_seal_commits(app: Flask, cast: Cast) -> None:
    with app.app_context(), as_clinic(cast.clinic_id), write_transaction():
        db.session.add(Room(id=new_id(), clinic_id=cast.clinic_id, name="Loose"))
        with pytest.raises(WriteOutsideTransaction):
            db.session.commit()


def test_a_row_of_another_clinic_is_neither_written_nor_seen(app: Flask, cast: Cast) -> None:
    room_id = add_room(app, cast, "Ours")
    with looking(app, cast.other_clinic_id):
        assert db.session.get(Room, room_id) is None
        assert db.session.scalars(sa.select(Room)).all() == []
        assert db.session.scalar(sa.select(sa.func.count()).select_from(Room)) == 0
    with app.app_context(), as_clinic(cast.other_clinic_id), write_transaction():
        db.session.add(Room(id=new_id(), clinic_id=cast.clinic_id, name="Theirs"))
        with pytest.raises(WrongClinic):
            db.session.flush()


def test_many_at_once_make_one_chain(app: Flask, cast: Cast) -> None:
    with ThreadPoolExecutor(8) as pool:
        ids = list(pool.map(lambda n: add_room(app, cast, f"Room {n}x"), range(40)))
    assert len(set(ids)) == 40
    with looking(app):
        leaves = list(db.session.scalars(sa.select(AuditEntry.leaf_hash).order_by(AuditEntry.index)))
        assert log.root(len(leaves)) == merkle.root(len(leaves), merkle.of_leaves(leaves))
        assert verify([])[2] is None


@pytest.mark.parametrize(("table", "column"), [("audit_entry", "actor"), ("audit_node", "hash")])
@pytest.mark.parametrize("verb", ["DELETE FROM {}", "UPDATE {} SET {} = {}"])
def test_the_database_itself_refuses_changes(app: Flask, table: str, column: str, verb: str) -> None:
    forbidden = pytest.raises(sa.exc.DBAPIError, match="only grows")
    with app.app_context(), db.engine.connect() as raw, forbidden:
        raw.execute(sa.text(verb.format(table, column, column)))


def _unguarded(statement: str) -> None:
    """As somebody with the database in hand: drop the guards, then change history."""
    with db.engine.begin() as raw:
        for table in ("audit_entry", "audit_node"):
            for what in ("update", "delete"):
                on = f" ON {table}" if raw.dialect.name == "postgresql" else ""
                raw.execute(sa.text(f"DROP TRIGGER {table}_no_{what}{on}"))
        raw.execute(sa.text(statement))


ATTACKS = {
    "a column is edited": "UPDATE audit_entry SET actor = 'member:nobody' WHERE \"index\" = 3",
    "two entries swap places": 'UPDATE audit_entry SET "index" = CASE "index" WHEN 3 THEN -4 ELSE -3 END'
    ' WHERE "index" IN (3, 4)',
    "a node is changed": 'UPDATE audit_node SET hash = (SELECT leaf_hash FROM audit_entry WHERE "index" = 0)'
    " WHERE level = 1 AND position = 1",
    "an entry in the middle is gone": 'DELETE FROM audit_entry WHERE "index" = 5',
    "the last entry is gone": "DELETE FROM audit_entry"
    ' WHERE "index" = (SELECT MAX("index") FROM audit_entry)',
    "a private part is changed": "UPDATE audit_private SET salt = body",
}


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS.keys())
def test_tampering_is_found(app: Flask, cast: Cast, attack: str) -> None:
    for number in range(5):
        add_room(app, cast, f"Room {number}x")
    with looking(app):
        size = log.size()
        head = Checkpoint("reflow/test", size, log.root(size))
    with app.app_context():
        _unguarded_privately(attack)
    with looking(app):
        assert verify([head])[2] is not None


def _unguarded_privately(attack: str) -> None:
    if "audit_private" not in attack:
        with db.engine.connect() as raw:
            foreign = "PRAGMA foreign_keys=OFF" if raw.dialect.name == "sqlite" else None
        _unguarded_with(foreign, attack)
        return
    with db.engine.begin() as raw:
        raw.execute(sa.text(attack))


def _unguarded_with(pragma: str | None, attack: str) -> None:
    if pragma is None:
        with db.engine.begin() as raw:
            raw.execute(sa.text('ALTER TABLE audit_private DROP CONSTRAINT "fk_audit_private_index"'))
        _unguarded(attack)
        return
    statement = "DELETE FROM audit_private"
    if not attack.startswith("UPDATE audit_node"):
        with db.engine.begin() as raw:
            raw.execute(sa.text(statement))
    _unguarded(attack)


def test_a_cut_tail_is_found_with_a_head_from_outside(app: Flask, cast: Cast) -> None:
    add_room(app, cast, "Last night")
    with looking(app):
        size = log.size()
        outside = Checkpoint("reflow/test", size, log.root(size))
        shorter = Checkpoint("reflow/test", size - 2, log.root(size - 2))
    with looking(app):
        assert verify([outside, shorter])[2] is None
        longer = Checkpoint("reflow/test", size + 5, bytes(32))
        finding = verify([longer])[2]
        assert finding is not None
        assert "tail is missing" in str(finding)
        fork = verify([Checkpoint("reflow/test", size - 2, bytes(32))])[2]
        assert fork is not None
        assert "history changed" in str(fork)


def test_an_untouched_log_never_alarms(app: Flask, cast: Cast) -> None:
    for number in range(3):
        add_room(app, cast, f"Room {number}x")
        with looking(app):
            assert verify([])[2] is None


def test_entries_written_while_it_is_verified_are_no_alarm(
    app: Flask, cast: Cast, engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On PostgreSQL writing goes on meanwhile; on SQLite whoever reads holds it up."""
    counted = verifying._no_spare_nodes

    def write(size: int) -> Finding | None:
        with app.app_context(), as_clinic(cast.clinic_id), write_transaction():
            for _ in range(3):
                record(cast["ada"].actor, "test.noted", "test:noted", {})
            seal()
        return counted(size)

    if engine == "postgresql":
        monkeypatch.setattr(verifying, "_no_spare_nodes", write)
    with looking(app):
        assert verify([])[2] is None


def test_time_comes_from_one_clock(app: Flask, cast: Cast) -> None:
    before = clock.now_ms()
    add_room(app, cast, "Timed")
    with looking(app):
        entry = db.session.scalars(sa.select(AuditEntry).order_by(AuditEntry.index.desc())).first()
        assert entry is not None
        assert before <= canonical.loads(entry.body)["at_ms"] <= clock.now_ms()
