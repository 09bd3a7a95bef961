"""Protocol files as they were when used, and the clinic's approvals of them."""

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from safety.db import CanonicalJson, ClinicOwned, Id, Model, new_id


class ProtocolFile(Model):
    """The bytes of one protocol file, kept by their hash, so that a run's protocol outlives the file.

    `loaded`: the body as it was read then, areas put in, so that a later schema cannot make it unreadable.
    """

    __tablename__ = "protocol_file"

    sha256: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    protocol_id: Mapped[str] = mapped_column(sa.String(60))
    version: Mapped[int]
    body: Mapped[bytes]
    loaded: Mapped[dict[str, Any]]
    first_seen_at: Mapped[datetime]


class Proposal(Model, ClinicOwned):
    """Values for one version, written down by staff for a medical director to sign."""

    __tablename__ = "proposal"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    protocol_id: Mapped[str] = mapped_column(sa.String(60), index=True)
    version: Mapped[int]
    file_sha256: Mapped[str] = mapped_column(sa.ForeignKey("protocol_file.sha256"))
    parameters: Mapped[dict[str, Any]]
    digest: Mapped[str] = mapped_column(sa.String(64))
    note: Mapped[str] = mapped_column(sa.String(2000))
    proposed_by: Mapped[str] = mapped_column(sa.ForeignKey("member.id"))
    proposed_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by: Mapped[str | None] = mapped_column(sa.ForeignKey("member.id"))


class Approval(Model, ClinicOwned):
    """A medical director's signature under one version with this clinic's parameter values.

    `digest` covers file bytes and values; `ticked`: the unverified figures accepted one by one. The newest
    approval that has begun and has not ended is in force. `retired_at`: when it ends or ended; when a later
    one is to begin, that moment. `proposal_id`: what was signed; none when the director set the values.
    """

    __tablename__ = "approval"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    protocol_id: Mapped[str] = mapped_column(sa.String(60), index=True)
    version: Mapped[int]
    file_sha256: Mapped[str] = mapped_column(sa.ForeignKey("protocol_file.sha256"))
    parameters: Mapped[dict[str, Any]]
    digest: Mapped[str] = mapped_column(sa.String(64), index=True)
    ticked: Mapped[Any] = mapped_column(CanonicalJson)
    signature_id: Mapped[str] = mapped_column(sa.ForeignKey("signature.id"), unique=True)
    approved_by: Mapped[str] = mapped_column(sa.ForeignKey("member.id"))
    approved_at: Mapped[datetime]
    active_from: Mapped[datetime]
    review_on: Mapped[date]
    retired_at: Mapped[datetime | None]
    proposal_id: Mapped[str | None] = mapped_column(sa.ForeignKey("proposal.id"), unique=True)
