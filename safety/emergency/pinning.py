"""Which protocol a run follows: the one its tablet began with, bytes and parameter values, until it ends."""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from safety import clock
from safety.db import db
from safety.emergency.models import Emergency
from safety.protocols import actions as protocols
from safety.protocols import rules
from safety.protocols.models import Approval, ProtocolFile

PROTOCOL = "vascular_occlusion"


@dataclass(frozen=True)
class Pin:
    """A protocol file with parameter values, named by their digest; `approval_id` when a director
    signed it.
    """

    file_sha256: str
    parameters: dict[str, Any]
    digest: str
    approval_id: str | None


def in_force() -> Pin:
    """What a run started here and now would follow."""
    found = protocols.in_force(PROTOCOL)
    return Pin(found.file_sha256, dict(found.parameters), found.digest, found.approval_id)


def named(digest: str | None) -> Pin:
    """The protocol a tablet says it began with. An unknown digest falls back to what is in force."""
    return _approved(digest) or _unapproved(digest) or in_force()


def _approved(digest: str | None) -> Pin | None:
    """Signed, and begun: what is to begin later is nobody's protocol yet."""
    wanted = sa.select(Approval).where(Approval.digest == digest, Approval.active_from <= clock.now())
    found = db.session.scalar(wanted.order_by(Approval.approved_at.desc()).limit(1))
    return Pin(found.file_sha256, found.parameters, found.digest, found.id) if found else None


def _unapproved(digest: str | None) -> Pin | None:
    for file in db.session.scalars(sa.select(ProtocolFile).where(ProtocolFile.protocol_id == PROTOCOL)):
        values = rules.effective(protocols.kept(file.sha256), {})
        if rules.digest(file.sha256, values) == digest:
            return Pin(file.sha256, values, digest, None)
    return None


def resolved(emergency: Emergency) -> dict[str, Any]:
    """The run's protocol as plain JSON with its values put in, and `digest` and `approved` beside them."""
    body = protocols.kept_resolved(emergency.file_sha256, emergency.parameters, emergency.protocol_digest)
    return {**body, "digest": emergency.protocol_digest, "approved": emergency.approval_id is not None}
