"""The database: base class, types, the one write transaction, and the walls between clinics."""

import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import event, orm

from safety.audit import canonical

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
PATIENCE_MS = 4_000  # for a lock; with the wait for our own turn it stays below the tablets' 8 seconds
REST_S = 2.0  # after a lock was not to be had: whoever comes meanwhile does not wait behind the one who tries
WRITE_LOCK_KEY = 6962  # any fixed number: the advisory lock all writers of one PostgreSQL database share


class UtcDateTime(sa.types.TypeDecorator[datetime]):
    """An aware UTC instant. SQLite would hand back naive ones; naive values are refused on the way in."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError("naive datetime")
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class CanonicalJson(sa.types.TypeDecorator[Any]):
    """Plain JSON kept as canonical text, so that what was hashed is what is stored on both databases."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: sa.Dialect) -> str | None:
        return None if value is None else canonical.dumps(value).decode()

    def process_result_value(self, value: str | None, dialect: sa.Dialect) -> Any:
        return None if value is None else canonical.loads(value.encode())


Position = sa.BigInteger().with_variant(sa.Integer, "sqlite")  # only INTEGER counts by itself on SQLite
Id = sa.String(36)


def enum_type(enum: type[StrEnum], name: str | None = None) -> sa.Enum:
    """Stores the value, not the Python name, with a CHECK on both databases.

    A second column of the same enum in one table needs a `name`: PostgreSQL refuses two CHECKs of one name.
    """
    return sa.Enum(
        enum,
        values_callable=lambda members: [member.value for member in members],
        native_enum=False,
        create_constraint=True,
        length=40,
        name=name or enum.__name__.lower(),
    )


class Model(orm.DeclarativeBase):
    """Base of every row. Models subclass this, not `db.Model`, so that mypy sees through them."""

    registry = orm.registry(
        metadata=sa.MetaData(naming_convention=NAMES),
        type_annotation_map={datetime: UtcDateTime, bytes: sa.LargeBinary, dict[str, Any]: CanonicalJson},
    )


db = SQLAlchemy(model_class=Model, session_options={"expire_on_commit": False})


def new_id() -> str:
    """A fresh random id (UUID 4 as text)."""
    return str(uuid.uuid4())


class ClinicOwned:
    """A row that belongs to one clinic. Every SELECT is confined to the current clinic by `_confine`."""

    clinic_id: orm.Mapped[str] = orm.mapped_column(Id, sa.ForeignKey("clinic.id"), index=True)


class WriteOutsideTransaction(RuntimeError):
    """Rows were changed outside `write_transaction()`."""


class WrongClinic(RuntimeError):
    """A row of one clinic was about to be written in the name of another."""


class Busy(RuntimeError):
    """Others write, or the database is locked, for longer than anyone should wait. Nothing was changed."""


class Turns:
    """One writer at a time. When the database itself is locked, only one request waits for it: the others
    are
    told at once, so that there are always threads left for reading.
    """

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.failed_at = -REST_S

    def take(self, patience_ms: int) -> None:
        """Wait for our turn, or raise Busy."""
        rests = time.monotonic() - self.failed_at < REST_S
        if not self.lock.acquire(timeout=0 if rests else patience_ms / 1e3):
            raise Busy("others are writing")

    def failed(self) -> None:
        """The database could not be locked just now."""
        self.failed_at = time.monotonic()


_turns = Turns()


@contextmanager
def write_transaction(patience_ms: int = PATIENCE_MS) -> Iterator[None]:
    """Take the one write lock before the first read; without `seal()` inside, everything is rolled back.
    Raises Busy when it is not our turn within `patience_ms`.

    A lock taken only at the first write would let two requests read the same stock and both spend it.
    Whatever was
    loaded before is forgotten: load it again inside. Do nothing slow here (no hashing of passwords, no PDF).
    """
    session = db.session()
    if session.info.get("writing"):
        raise WriteOutsideTransaction("write transactions do not nest")
    session.rollback()
    session.expunge_all()
    _turns.take(patience_ms)
    try:
        _begin_writing(session)
        try:
            yield
        finally:
            session.rollback()
            _forget(session)
    finally:
        _turns.lock.release()


def _begin_writing(session: orm.Session) -> None:
    session.info["writing"] = True
    try:
        connection = session.connection(execution_options={"write": True})
        if connection.dialect.name == "postgresql":
            connection.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": WRITE_LOCK_KEY})
    except BaseException:
        _turns.failed()
        session.rollback()
        _forget(session)
        raise


def _forget(session: orm.Session) -> None:
    for key in ("writing", "noted", "changed"):
        session.info.pop(key, None)


@contextmanager
def as_clinic(clinic_id: str | None) -> Iterator[None]:
    """See and write only this clinic's rows; None sees no clinic's rows at all."""
    info = db.session().info
    before = info.get("clinic_id"), info.get("all_clinics")
    info["clinic_id"], info["all_clinics"] = clinic_id, False
    try:
        yield
    finally:
        info["clinic_id"], info["all_clinics"] = before


@contextmanager
def all_clinics() -> Iterator[None]:
    """See every clinic's rows: for signing in, the command line and the log's own verification."""
    info = db.session().info
    before = info.get("all_clinics")
    info["all_clinics"] = True
    try:
        yield
    finally:
        info["all_clinics"] = before


def set_clinic(clinic_id: str | None) -> None:
    """Confine this session (one request) to a clinic."""
    db.session().info["clinic_id"] = clinic_id


@event.listens_for(orm.Session, "do_orm_execute")
def _confine(execution: orm.ORMExecuteState) -> None:
    info = execution.session.info
    if not execution.is_select and not info.get("writing"):
        raise WriteOutsideTransaction("change rows inside write_transaction()")
    if info.get("all_clinics") or execution.is_column_load or execution.is_relationship_load:
        return
    clinic_id = info.get("clinic_id") or ""  # never None: a cached lambda would turn it into IS NULL
    execution.statement = execution.statement.options(
        orm.with_loader_criteria(ClinicOwned, lambda row: row.clinic_id == clinic_id, include_aliases=True)
    )


@event.listens_for(orm.Session, "before_flush")
def _guard_flush(session: orm.Session, context: Any, instances: Any) -> None:
    changed = [*session.new, *session.deleted, *(row for row in session.dirty if session.is_modified(row))]
    if not changed:
        return
    if not session.info.get("writing"):
        raise WriteOutsideTransaction("change rows inside write_transaction()")
    session.info["changed"] = True
    if not session.info.get("all_clinics"):
        _guard_clinic(changed, session.info.get("clinic_id"))


def _guard_clinic(rows: list[object], clinic_id: str | None) -> None:
    for row in rows:
        if isinstance(row, ClinicOwned) and row.clinic_id != clinic_id:
            raise WrongClinic(f"{type(row).__name__} of another clinic")


@event.listens_for(orm.Session, "before_commit")
def _guard_commit(session: orm.Session) -> None:
    if session.info.get("writing") and not session.info.get("sealing"):
        raise WriteOutsideTransaction("only seal() commits")


# --- SQLite: which journal may be trusted, and how a transaction begins
# -----------------------------------------

WAL_IS_SOUND = ((3, 51, 3), (3, 50, 7), (3, 44, 6))  # first fixed releases of each line; 3.52.0 was withdrawn


def sqlite_mode(version: tuple[int, int, int]) -> tuple[str, str]:
    """(journal_mode, synchronous) for an SQLite version: WAL only where its reset bug is fixed.

    SQLite 3.7.0 to 3.51.2 can lose committed writes in WAL mode with two or more connections.
    """
    newest, *backports = WAL_IS_SOUND
    sound = version >= newest or any(version[:2] == fixed[:2] and version >= fixed for fixed in backports)
    return ("WAL", "FULL") if sound else ("DELETE", "EXTRA")


def _sqlite_connect(connection: Any, record: Any) -> None:
    import sqlite3

    connection.isolation_level = None  # stop pysqlite's own BEGIN: ours is explicit
    journal, synchronous = sqlite_mode(sqlite3.sqlite_version_info)
    # recursive_triggers: without it INSERT OR REPLACE slips past a delete trigger
    for pragma in (f"journal_mode={journal}", f"synchronous={synchronous}", "foreign_keys=ON",
                   "recursive_triggers=ON", f"busy_timeout={PATIENCE_MS}"):  # fmt: skip
        connection.execute(f"PRAGMA {pragma}")


def _sqlite_begin(connection: sa.Connection) -> None:
    write = connection.get_execution_options().get("write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


def _postgres_connect(connection: Any, record: Any) -> None:
    connection.autocommit = True  # a SET inside a transaction that is rolled back is undone with it
    connection.execute(f"SET lock_timeout = {PATIENCE_MS}")
    connection.autocommit = False


def options(url: str) -> dict[str, Any]:
    """How the engine connects. A PostgreSQL behind a dead network is given up in seconds, not in minutes."""
    hidden: dict[str, Any] = {"hide_parameters": True}  # an error message must not show a patient
    if not url.startswith("postgresql"):
        return hidden
    return hidden | {"connect_args": {"connect_timeout": 3, "tcp_user_timeout": PATIENCE_MS}}


def init_app(app: Flask) -> None:
    """Bind the database to the app and set up its connections."""
    db.init_app(app)
    with app.app_context():
        if db.engine.dialect.name == "sqlite":
            event.listen(db.engine, "connect", _sqlite_connect)
            event.listen(db.engine, "begin", _sqlite_begin)
        else:
            event.listen(db.engine, "connect", _postgres_connect)
