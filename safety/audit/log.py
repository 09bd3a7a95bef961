"""Record and seal: what is noted in a session becomes entries of the tree in the same commit.

`seal()` holds the only commit in the program.
"""

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import sqlalchemy as sa

from safety import clock
from safety.audit import canonical, merkle
from safety.audit.models import AuditEntry, AuditNode, AuditPrivate
from safety.db import WriteOutsideTransaction, db

FORMAT = 1


@dataclass(frozen=True)
class Actor:
    """Who acts: a staff member, an enrolled tablet with nobody signed in (or one that was revoked and
    delivers what it recorded), or the system itself.
    """

    kind: Literal["member", "tablet", "revoked_tablet", "system"]
    id: str
    clinic_id: str | None
    tablet_id: str | None = None

    def __str__(self) -> str:
        return f"{self.kind}:{self.id}"


@dataclass(frozen=True)
class Note:
    """An entry noted in this session, not yet in the tree."""

    actor: Actor
    action: str
    subject: str
    facts: Mapping[str, Any]
    private: Mapping[str, Any] | None


class Unrecorded(RuntimeError):
    """Rows were changed but nothing was recorded: such a transaction is not sealed."""


def record(
    actor: Actor,
    action: str,
    subject: str,
    facts: Mapping[str, Any],
    private: Mapping[str, Any] | None = None,
) -> None:
    """Note one entry, e.g. `record(actor, "stock.received", f"lot:{lot.id}", {"containers": 2})`.

    `facts` is plain JSON without floats, names or free text; those go into `private`, which is stored apart
    behind
    a salted digest. Raises WriteOutsideTransaction, NotCanonical.
    """
    session = db.session()
    if not session.info.get("writing"):
        raise WriteOutsideTransaction("record() belongs inside write_transaction()")
    canonical.dumps([facts, private])
    session.info.setdefault("noted", []).append(Note(actor, action, subject, facts, private))


def seal() -> None:
    """Chain the noted entries to the tree and commit them with the rows they speak of. Raises Unrecorded."""
    session = db.session()
    session.flush()
    noted: list[Note] = session.info.get("noted", [])
    if session.info.get("changed") and not noted:
        raise Unrecorded("a change that was not recorded cannot be sealed")
    for index, note in enumerate(noted, start=size()):
        _append(index, note)
    session.info["sealing"] = True
    try:
        session.commit()
    finally:
        session.info["sealing"] = False
    session.info.pop("noted", None)
    session.info.pop("changed", None)


def _append(index: int, note: Note) -> None:
    at, salt = clock.now(), secrets.token_bytes(16)
    private = canonical.dumps(note.private) if note.private else None
    body = canonical.dumps(_entry(index, clock.to_ms(at), note, salt, private))
    leaf = merkle.leaf_hash(body)
    db.session.add(AuditEntry(
        index=index, at=at, clinic_id=note.actor.clinic_id, actor=str(note.actor), action=note.action,
        subject=note.subject, body=body, leaf_hash=leaf))  # fmt: skip
    for level, position, value in merkle.completed(index, leaf, node):
        db.session.add(AuditNode(level=level, position=position, hash=value))
    db.session.flush()
    if private is not None:
        db.session.add(AuditPrivate(index=index, salt=salt, body=private))
        db.session.flush()


def _entry(index: int, at_ms: int, note: Note, salt: bytes, private: bytes | None) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "index": index,
        "at_ms": at_ms,
        "clinic": note.actor.clinic_id,
        "actor": str(note.actor),
        "tablet": note.actor.tablet_id,
        "action": note.action,
        "subject": note.subject,
        "facts": dict(note.facts),
        "private": None if private is None else private_digest(salt, private),
    }


def private_digest(salt: bytes, body: bytes) -> str:
    """Hex digest standing in an entry for its private part; the salt keeps names from being guessed."""
    return hashlib.sha256(salt + body).hexdigest()


def size() -> int:
    """Number of entries in the log."""
    last = db.session.scalar(sa.select(sa.func.max(AuditEntry.index)))
    return 0 if last is None else last + 1


def node(level: int, position: int) -> bytes:
    """Hash of a complete subtree, one row read."""
    if level == 0:
        found = db.session.scalar(sa.select(AuditEntry.leaf_hash).where(AuditEntry.index == position))
    else:
        found = db.session.scalar(
            sa.select(AuditNode.hash).where(AuditNode.level == level, AuditNode.position == position)
        )
    if found is None:
        raise LookupError(f"the tree has no node ({level}, {position})")
    return bytes(found)


def root(tree_size: int) -> bytes:
    """Root hash of the log's first `tree_size` entries."""
    return merkle.root(tree_size, node)
