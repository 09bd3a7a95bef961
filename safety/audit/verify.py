"""Re-read the whole log: every hash, every node, every private part; name the first entry that does
not fit.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from safety import clock
from safety.audit import canonical, merkle
from safety.audit.checkpoint import BadNote, Checkpoint, opened
from safety.audit.keys import verifies
from safety.audit.log import private_digest
from safety.audit.models import AuditEntry, AuditNode, AuditPrivate
from safety.db import db

READ_AT_ONCE = 2048
COLUMNS = ("index", "at_ms", "clinic", "actor", "action", "subject")
Row = Any


@dataclass(frozen=True)
class Finding:
    """What does not fit, and at which entry (None: the log as a whole)."""

    index: int | None
    reason: str

    def __str__(self) -> str:
        return self.reason if self.index is None else f"entry {self.index}: {self.reason}"


@dataclass
class Peaks:
    """The complete subtrees a growing tree consists of: enough to know its root at every size."""

    stack: list[tuple[int, bytes]]

    def push(self, leaf: bytes) -> list[tuple[int, bytes]]:
        """Append a leaf; returns the (level, hash) of each subtree that became complete."""
        done, level, current = [], 0, leaf
        while self.stack and self.stack[-1][0] == level:
            current = merkle.node_hash(self.stack.pop()[1], current)
            level += 1
            done.append((level, current))
        self.stack.append((level, current))
        return done

    def root(self) -> bytes:
        """Root hash at the present size."""
        if not self.stack:
            return merkle.EMPTY_ROOT
        current = self.stack[-1][1]
        for _, peak in reversed(self.stack[:-1]):
            current = merkle.node_hash(peak, current)
        return current


def verify(outside: list[Checkpoint]) -> tuple[int, bytes, Finding | None]:
    """(size, root, first finding or None) of the stored log, compared with heads kept outside the
    database.
    """
    _at_one_moment()
    peaks, size, due = Peaks([]), 0, _by_size(outside)
    finding = _compare(due, 0, peaks)
    for rows in _stretches():
        for row in rows.entries:
            finding = finding or _fits(rows, row, size, peaks)
            if finding:
                return size, peaks.root(), finding
            size += 1
            finding = _compare(due, size, peaks)
    return size, peaks.root(), finding or _nothing_cut(size, outside) or _no_spare_nodes(size)


def _at_one_moment() -> None:
    """Every query sees the same log. On PostgreSQL each would see its own moment, and an entry written
    between two of them would look like a tail cut off.
    """
    session = db.session()
    if db.engine.dialect.name == "postgresql" and not session.info.get("writing"):
        session.rollback()
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})


@dataclass(frozen=True)
class Stretch:
    """Some consecutive entries with their private parts and the tree nodes their leaves completed."""

    entries: Sequence[Row]
    private: dict[int, tuple[bytes, bytes]]
    nodes: dict[tuple[int, int], bytes]


def _stretches() -> Iterator[Stretch]:
    """The log in stretches, three queries each: one query an entry would take two hundred times as long."""
    after = -1
    while entries := _entries(after):
        first, last = entries[0].index, entries[-1].index
        yield Stretch(entries, _private(first, last), _nodes(first, last))
        after = last


def _entries(after: int) -> Sequence[Row]:
    wanted = sa.select(*AuditEntry.__table__.columns).where(AuditEntry.index > after)
    return db.session.execute(wanted.order_by(AuditEntry.index).limit(READ_AT_ONCE)).all()


def _private(first: int, last: int) -> dict[int, tuple[bytes, bytes]]:
    wanted = sa.select(AuditPrivate.index, AuditPrivate.salt, AuditPrivate.body)
    rows = db.session.execute(wanted.where(AuditPrivate.index.between(first, last)))
    return {index: (salt, body) for index, salt, body in rows}


def _nodes(first: int, last: int) -> dict[tuple[int, int], bytes]:
    """The nodes whose last leaf lies in this stretch."""
    ends = (AuditNode.position + 1).op("<<")(AuditNode.level) - 1
    wanted = sa.select(AuditNode.level, AuditNode.position, AuditNode.hash).where(ends.between(first, last))
    return {(level, position): value for level, position, value in db.session.execute(wanted)}


def _by_size(outside: list[Checkpoint]) -> dict[int, set[bytes]]:
    due: dict[int, set[bytes]] = {}
    for head in outside:
        due.setdefault(head.size, set()).add(head.root)
    return due


def _compare(due: dict[int, set[bytes]], size: int, peaks: Peaks) -> Finding | None:
    if due.get(size, set()) - {peaks.root()}:
        return Finding(
            None, f"the log of {size} entries is not the one a checkpoint vouches for: history changed"
        )
    return None


def _nothing_cut(size: int, outside: list[Checkpoint]) -> Finding | None:
    longest = max((head.size for head in outside), default=0)
    if longest > size:
        return Finding(
            None, f"a checkpoint vouches for {longest} entries, the log holds {size}: its tail is missing"
        )
    return None


def _fits(rows: Stretch, row: Row, expected: int, peaks: Peaks) -> Finding | None:
    if row.index != expected:
        return Finding(expected, "missing")
    if merkle.leaf_hash(row.body) != row.leaf_hash:
        return Finding(row.index, "its bytes do not fit their hash")
    said = canonical.loads(row.body)
    columns = (row.index, clock.to_ms(row.at), row.clinic_id, row.actor, row.action, row.subject)
    if tuple(said.get(key) for key in COLUMNS) != columns:
        return Finding(row.index, "its columns differ from what was hashed")
    return _private_fits(rows, row.index, said.get("private")) or _nodes_fit(rows, row, peaks)


def _private_fits(rows: Stretch, index: int, digest: str | None) -> Finding | None:
    kept = rows.private.get(index)  # None: never had one, or erased by law: the entry itself still stands
    if kept is not None and digest != private_digest(*kept):
        return Finding(index, "its private part was changed")
    return None


def _nodes_fit(rows: Stretch, row: Row, peaks: Peaks) -> Finding | None:
    for level, value in peaks.push(row.leaf_hash):
        if rows.nodes.get((level, row.index >> level)) != value:
            return Finding(row.index, f"the tree above it was changed (level {level})")
    return None


def _no_spare_nodes(size: int) -> Finding | None:
    expected = sum(size >> level for level in range(1, size.bit_length()))
    count = db.session.scalar(sa.select(sa.func.count()).select_from(AuditNode)) or 0
    return (
        None
        if count == expected
        else Finding(None, "the tree holds nodes of entries that are gone: tail missing")
    )


def read_note(note: str, public: bytes) -> Checkpoint:
    """The head in a signed checkpoint. Raises BadNote."""
    return opened(note, public, lambda signature, message: verifies(public, signature, message))


__all__ = ["BadNote", "Finding", "Peaks", "read_note", "verify"]
