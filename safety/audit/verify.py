"""Re-read the whole log: every hash, every node, every private part; name the first entry that does
not fit.
"""

from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass

import sqlalchemy as sa

from safety import clock
from safety.audit import canonical, merkle
from safety.audit.checkpoint import BadNote, Checkpoint, opened
from safety.audit.keys import verifies
from safety.audit.log import private_digest
from safety.audit.models import AuditEntry, AuditNode, AuditPrivate
from safety.db import db

READ_AT_ONCE = 2048


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
    peaks, size, due = Peaks([]), 0, _by_size(outside)
    if finding := _compare(due, 0, peaks):
        return 0, peaks.root(), finding
    with closing(_entries()) as entries:
        for entry in entries:
            if finding := _entry_fits(entry, size) or _nodes_fit(entry, peaks):
                return size, peaks.root(), finding
            size += 1
            if finding := _compare(due, size, peaks):
                return size, peaks.root(), finding
    return size, peaks.root(), _nothing_cut(size, outside) or _no_spare_nodes(size)


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


def _entries() -> Generator[AuditEntry, None, None]:
    wanted = sa.select(AuditEntry).order_by(AuditEntry.index).execution_options(yield_per=READ_AT_ONCE)
    with db.session.scalars(wanted) as entries:
        yield from entries


def _entry_fits(entry: AuditEntry, expected: int) -> Finding | None:
    if entry.index != expected:
        return Finding(expected, "missing")
    if merkle.leaf_hash(entry.body) != entry.leaf_hash:
        return Finding(entry.index, "its bytes do not fit their hash")
    said = canonical.loads(entry.body)
    columns = {
        "index": entry.index, "at_ms": clock.to_ms(entry.at), "clinic": entry.clinic_id, "actor": entry.actor,
        "action": entry.action, "subject": entry.subject,
    }  # fmt: skip
    if any(said.get(key) != value for key, value in columns.items()):
        return Finding(entry.index, "its columns differ from what was hashed")
    return _private_fits(entry.index, said.get("private"))


def _private_fits(index: int, digest: str | None) -> Finding | None:
    kept = db.session.get(AuditPrivate, index)
    if kept is None:
        return None  # never had one, or erased by law: the entry itself still stands
    if digest != private_digest(kept.salt, kept.body):
        return Finding(index, "its private part was changed")
    return None


def _nodes_fit(entry: AuditEntry, peaks: Peaks) -> Finding | None:
    for level, value in peaks.push(entry.leaf_hash):
        stored = db.session.get(AuditNode, (level, entry.index >> level))
        if stored is None or stored.hash != value:
            return Finding(entry.index, f"the tree above it was changed (level {level})")
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
