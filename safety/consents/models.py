"""What a patient was shown, agreed to or refused, and took back. Rows of these tables only grow."""

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from safety.db import CanonicalJson, ClinicOwned, Id, Model, new_id


class ConsentSitting(Model, ClinicOwned):
    """The texts put before a patient at one time, word for word, under one handing over of the device.

    `texts`: as `rules.text` gives them. `protocol_digest` names file and values they came from.
    """

    __tablename__ = "consent_sitting"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    patient_id: Mapped[str] = mapped_column(sa.ForeignKey("patient.id"), index=True)
    language: Mapped[str] = mapped_column(sa.String(2))
    version: Mapped[int]
    protocol_digest: Mapped[str] = mapped_column(sa.String(64))
    approved_by: Mapped[str | None] = mapped_column(sa.String(120))
    statement: Mapped[str] = mapped_column(sa.String(300))
    again: Mapped[str] = mapped_column(sa.String(300))
    texts: Mapped[Any] = mapped_column(CanonicalJson)
    begun_at: Mapped[datetime]
    begun_by: Mapped[str] = mapped_column(sa.ForeignKey("member.id"))


class Consent(Model, ClinicOwned):
    """A patient's answer under one text: its full words are in the sitting, their digest here as well.

    `confirms`: the earlier consent this one says "still" to. `mark_id`: the patient's signature.
    """

    __tablename__ = "consent"
    __table_args__ = (
        sa.UniqueConstraint("sitting_id", "key"),
        sa.Index("ix_consent_patient_id_key", "patient_id", "key"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    sitting_id: Mapped[str] = mapped_column(sa.ForeignKey("consent_sitting.id"))
    patient_id: Mapped[str] = mapped_column(sa.ForeignKey("patient.id"))
    key: Mapped[str] = mapped_column(sa.String(60))
    answer: Mapped[str] = mapped_column(sa.String(60))
    opens: Mapped[bool]
    text_sha256: Mapped[str] = mapped_column(sa.String(64))
    confirms: Mapped[str | None] = mapped_column(sa.ForeignKey("consent.id"))
    mark_id: Mapped[str] = mapped_column(sa.ForeignKey("patient_signature.id"))
    signed_on: Mapped[date]
    signed_at: Mapped[datetime]


class ConsentWithdrawn(Model, ClinicOwned):
    """The patient takes back what they agreed to under one text; everything signed before stops counting."""

    __tablename__ = "consent_withdrawn"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    patient_id: Mapped[str] = mapped_column(sa.ForeignKey("patient.id"), index=True)
    key: Mapped[str] = mapped_column(sa.String(60))
    reason: Mapped[str] = mapped_column(sa.String(300))
    withdrawn_at: Mapped[datetime]
    withdrawn_by: Mapped[str] = mapped_column(sa.ForeignKey("member.id"))
    signature_id: Mapped[str] = mapped_column(sa.ForeignKey("signature.id"), unique=True)
