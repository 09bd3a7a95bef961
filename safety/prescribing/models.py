"""What a prescriber signed: authorisations, overrides of the interlock; and hyaluronidase to dissolve filler.

Rows of these tables only grow: what is taken back is a row of its own.
"""

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from safety.db import CanonicalJson, ClinicOwned, Id, Model, enum_type, new_id
from safety.prescribing.rules import Grant


class Authorisation(Model, ClinicOwned):
    """A prescriber's word on what is prescription-only in one plan, for one patient on one day.

    `about`: "treatment:<id>" or "dissolving:<id>". `items`: what was granted, each bound to product, areas
    and amount. `shown`: digest of everything the page showed.
    """

    __tablename__ = "authorisation"
    __table_args__ = (sa.Index("ix_authorisation_about_decided_at", "about", "decided_at"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    about: Mapped[str] = mapped_column(sa.String(80))
    patient_id: Mapped[str] = mapped_column(sa.ForeignKey("patient.id"))
    on: Mapped[date]
    choice: Mapped[Grant] = mapped_column(enum_type(Grant))
    items: Mapped[Any] = mapped_column(CanonicalJson)
    reason: Mapped[str | None] = mapped_column(sa.String(2000))
    examined_on: Mapped[date | None]
    remote: Mapped[bool]
    phoned_by: Mapped[str | None] = mapped_column(sa.ForeignKey("member.id"))
    read_back_by: Mapped[str | None] = mapped_column(sa.ForeignKey("member.id"))
    shown: Mapped[str] = mapped_column(sa.String(64))
    decided_at: Mapped[datetime]
    decided_by: Mapped[str] = mapped_column(sa.ForeignKey("member.id"))
    signature_id: Mapped[str] = mapped_column(sa.ForeignKey("signature.id"), unique=True)


class AuthorisationCancelled(Model, ClinicOwned):
    """An authorisation was taken back before its day was over."""

    __tablename__ = "authorisation_cancelled"

    authorisation_id: Mapped[str] = mapped_column(sa.ForeignKey("authorisation.id"), primary_key=True)
    reason: Mapped[str] = mapped_column(sa.String(300))
    cancelled_at: Mapped[datetime]
    cancelled_by: Mapped[str] = mapped_column(sa.ForeignKey("member.id"))


class RescueOverrideRequest(Model, ClinicOwned):
    """Somebody asks to start filler without the full means of rescue. `seen`: the readiness, whole."""

    __tablename__ = "rescue_override_request"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    treatment_id: Mapped[str] = mapped_column(sa.ForeignKey("treatment.id"), index=True)
    on: Mapped[date]
    seen: Mapped[dict[str, Any]]
    seen_sha256: Mapped[str] = mapped_column(sa.String(64))
    reason: Mapped[str] = mapped_column(sa.String(2000))
    asked_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    asked_by: Mapped[str] = mapped_column(sa.ForeignKey("member.id"))
    signature_id: Mapped[str] = mapped_column(sa.ForeignKey("signature.id"), unique=True)


class RescueOverride(Model, ClinicOwned):
    """The second person's answer: `granted` or not, over the same readiness."""

    __tablename__ = "rescue_override"

    request_id: Mapped[str] = mapped_column(sa.ForeignKey("rescue_override_request.id"), primary_key=True)
    granted: Mapped[bool]
    reason: Mapped[str] = mapped_column(sa.String(2000))
    answered_at: Mapped[datetime]
    answered_by: Mapped[str] = mapped_column(sa.ForeignKey("member.id"))
    signature_id: Mapped[str] = mapped_column(sa.ForeignKey("signature.id"), unique=True)


class Dissolving(Model, ClinicOwned):
    """Hyaluronidase planned to dissolve filler with no emergency: for whom, where, how many units, why.

    `sting`, `reaction`: what was said of stings (question G22) and of earlier hyaluronidase (G23) that day.
    """

    __tablename__ = "dissolving"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    patient_id: Mapped[str] = mapped_column(sa.ForeignKey("patient.id"), index=True)
    product_id: Mapped[str] = mapped_column(sa.ForeignKey("product.id"))
    on: Mapped[date]
    areas: Mapped[Any] = mapped_column(CanonicalJson)
    units: Mapped[int]
    reason: Mapped[str] = mapped_column(sa.String(2000))
    sting: Mapped[str] = mapped_column(sa.String(40))
    reaction: Mapped[str] = mapped_column(sa.String(40))
    planned_at: Mapped[datetime]
    planned_by: Mapped[str] = mapped_column(sa.ForeignKey("member.id"))


class DissolvingDose(Model, ClinicOwned):
    """The units of a dissolving that were given into one area, with the ledger line they came from."""

    __tablename__ = "dissolving_dose"
    __table_args__ = (sa.CheckConstraint("units > 0", name="gives_something"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    dissolving_id: Mapped[str] = mapped_column(sa.ForeignKey("dissolving.id"), index=True)
    authorisation_id: Mapped[str] = mapped_column(sa.ForeignKey("authorisation.id"))
    lot_id: Mapped[str] = mapped_column(sa.ForeignKey("lot.id"))
    movement: Mapped[int] = mapped_column(sa.ForeignKey("stock_movement.position"))
    area: Mapped[str] = mapped_column(sa.String(60))
    units: Mapped[int]
    dilution_ul: Mapped[int | None]
    given_at: Mapped[datetime]
    given_by: Mapped[str] = mapped_column(sa.ForeignKey("member.id"))
