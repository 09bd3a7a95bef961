"""Keep the bytes of a protocol file, so that what is pinned to it outlives the file."""

from datetime import datetime

from safety.db import db
from safety.protocols.load import Protocol
from safety.protocols.models import ProtocolFile


def keep(protocol: Protocol, now: datetime) -> None:
    """Keep this file, once."""
    if db.session.get(ProtocolFile, protocol.file_sha256) is None:
        db.session.add(ProtocolFile(
            sha256=protocol.file_sha256, protocol_id=protocol.id, version=protocol.version,
            body=protocol.file_bytes, loaded=protocol.body, first_seen_at=now))  # fmt: skip
        db.session.flush()
