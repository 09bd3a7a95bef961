"""A proposal: values for the newest file, written down by staff, compared, and signed or withdrawn."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from safety.audit.log import Actor, record
from safety.db import db, new_id
from safety.protocols import files, rules
from safety.protocols.keeping import keep
from safety.protocols.models import Approval, Proposal
from safety.staff.models import Member, Role

Json = Any


class Closed(ValueError):
    """This proposal was withdrawn, signed, or made for a file that has changed since."""


class SecondNeeded(ValueError):
    """Who proposes does not sign alone where the clinic has another medical director."""

    def __init__(self) -> None:
        super().__init__(
            "This clinic has more than one medical director: who writes a proposal does not sign it. "
            "Propose the values; another medical director signs them"
        )


def propose(
    actor: Actor, protocol_id: str, file_sha256: str, values: Mapping[str, Json], note: str, now: datetime
) -> Proposal:
    """Write down these values for the newest file. Raises Closed (the file changed), rules.Refused."""
    protocol = files.newest(protocol_id).protocol
    if protocol is None or protocol.file_sha256 != file_sha256:
        raise Closed("The protocol file has changed since this page was opened: read it again")
    chosen = rules.effective(protocol.body, values)
    keep(protocol, now)
    proposal = Proposal(
        id=new_id(), clinic_id=actor.clinic_id, protocol_id=protocol.id, version=protocol.version,
        file_sha256=file_sha256, parameters=chosen, digest=rules.digest(file_sha256, chosen), note=note,
        proposed_by=actor.id, proposed_at=now, withdrawn_at=None, withdrawn_by=None,
    )  # fmt: skip
    db.session.add(proposal)
    db.session.flush()
    facts = {"protocol": protocol.id, "version": protocol.version, "digest": proposal.digest}
    record(actor, "protocol.proposed", f"proposal:{proposal.id}", facts)
    return proposal


def withdraw(actor: Actor, proposal_id: str, now: datetime) -> Proposal:
    """Nobody signs this any more. Raises Closed."""
    proposal = open_one(proposal_id)
    proposal.withdrawn_at, proposal.withdrawn_by = now, actor.id
    record(
        actor, "protocol.proposal_withdrawn", f"proposal:{proposal.id}", {"protocol": proposal.protocol_id}
    )
    return proposal


def open_one(proposal_id: str) -> Proposal:
    """A proposal that may still be signed. Raises Closed."""
    proposal = db.session.get(Proposal, proposal_id)
    if proposal is None or proposal.withdrawn_at is not None or signed(proposal_id) is not None:
        raise Closed("This proposal was withdrawn or signed before")
    return proposal


def signed(proposal_id: str) -> Approval | None:
    """The approval that came of it."""
    return db.session.scalar(sa.select(Approval).where(Approval.proposal_id == proposal_id))


def waiting(protocol_id: str | None = None) -> Sequence[Proposal]:
    """Proposals of this clinic that wait for a signature, oldest first."""
    done = sa.select(Approval.proposal_id).where(Approval.proposal_id.is_not(None))
    wanted = sa.select(Proposal).where(Proposal.withdrawn_at.is_(None), Proposal.id.not_in(done))
    if protocol_id is not None:
        wanted = wanted.where(Proposal.protocol_id == protocol_id)
    return list(db.session.scalars(wanted.order_by(Proposal.proposed_at, Proposal.id)))


def must_be_two(author_id: str, signer_id: str) -> None:
    """Author and signer are two people, unless the clinic has one director only. Raises SecondNeeded."""
    if author_id == signer_id and directors() > 1:
        raise SecondNeeded


def directors() -> int:
    """How many medical directors work here now."""
    wanted = sa.select(sa.func.count()).select_from(Member).where(
        Member.role == Role.MEDICAL_DIRECTOR, Member.left_at.is_(None)
    )  # fmt: skip
    return db.session.scalar(wanted) or 0
