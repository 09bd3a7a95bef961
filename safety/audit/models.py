"""The audit log's rows: entries, the complete nodes of their tree, and what may be erased by law."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from safety.db import Id, Model


class AuditEntry(Model):
    """One recorded fact. `body` holds the exact canonical bytes that were hashed. Append-only by trigger."""

    __tablename__ = "audit_entry"

    index: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    clinic_id: Mapped[str | None] = mapped_column(Id, index=True)
    actor: Mapped[str] = mapped_column(sa.String(60), index=True)
    action: Mapped[str] = mapped_column(sa.String(60), index=True)
    subject: Mapped[str] = mapped_column(sa.String(80), index=True)
    body: Mapped[bytes]
    leaf_hash: Mapped[bytes] = mapped_column(sa.LargeBinary(32), unique=True)


class AuditNode(Model):
    """The hash of a complete subtree of 2**level leaves. Append-only by trigger."""

    __tablename__ = "audit_node"

    level: Mapped[int] = mapped_column(sa.Integer, primary_key=True, autoincrement=False)
    position: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)
    hash: Mapped[bytes] = mapped_column(sa.LargeBinary(32))


class AuditPrivate(Model):
    """Names and free text of an entry, apart from the tree so that they can be erased by law."""

    __tablename__ = "audit_private"

    index: Mapped[int] = mapped_column(
        sa.ForeignKey("audit_entry.index"), primary_key=True, autoincrement=False
    )
    salt: Mapped[bytes]
    body: Mapped[bytes]
