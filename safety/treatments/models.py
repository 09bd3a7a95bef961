"""One appointment: what was planned, screened, allowed to start, injected and finished."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from safety.db import CanonicalJson, ClinicOwned, Id, Model, enum_type, new_id
from safety.stock.models import AmountUnit, ProductClass


class Instrument(StrEnum):
    """What carries the product into the tissue."""

    NEEDLE = "needle"
    CANNULA = "cannula"


class YesNoWhy(StrEnum):
    """A recorded yes, no, or not needed."""

    YES = "yes"
    NO = "no"
    NOT_NEEDED = "not_needed"


class Treatment(Model, ClinicOwned):
    """One appointment of one patient. Later facts (start, finish) are rows of their own."""

    __tablename__ = "treatment"
    __table_args__ = (sa.Index("ix_treatment_clinic_id_planned_on", "clinic_id", "planned_on"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    patient_id: Mapped[str] = mapped_column(sa.ForeignKey("patient.id"), index=True)
    room_id: Mapped[str | None] = mapped_column(sa.ForeignKey("room.id"))
    planned_on: Mapped[date]
    planned_at: Mapped[str | None] = mapped_column(sa.String(5))
    screening_id: Mapped[str | None] = mapped_column(sa.ForeignKey("screening.id"), unique=True)
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(sa.ForeignKey("member.id"))
    cancelled_at: Mapped[datetime | None]
    cancel_reason: Mapped[str | None] = mapped_column(sa.String(300))


class PlanItem(Model, ClinicOwned):
    """One product planned for one target: class, brand, areas, amount, and what it is meant to do."""

    __tablename__ = "plan_item"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    treatment_id: Mapped[str] = mapped_column(sa.ForeignKey("treatment.id"), index=True)
    position: Mapped[int]
    product_id: Mapped[str] = mapped_column(sa.ForeignKey("product.id"))
    product_class: Mapped[ProductClass] = mapped_column(enum_type(ProductClass))
    brand: Mapped[str] = mapped_column(sa.String(60))
    areas: Mapped[Any] = mapped_column(CanonicalJson)
    amount: Mapped[int]
    amount_unit: Mapped[AmountUnit] = mapped_column(enum_type(AmountUnit))
    target: Mapped[str] = mapped_column(sa.String(300))
    withdrawn_at: Mapped[datetime | None]


class PlanChange(Model, ClinicOwned):
    """A plan was changed before the start: what it was, what it became, and why. Rows only grow."""

    __tablename__ = "plan_change"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    treatment_id: Mapped[str] = mapped_column(sa.ForeignKey("treatment.id"), index=True)
    before: Mapped[Any] = mapped_column(CanonicalJson)
    after: Mapped[Any] = mapped_column(CanonicalJson)
    reopened: Mapped[Any] = mapped_column(CanonicalJson)
    reason: Mapped[str] = mapped_column(sa.String(300))
    changed_at: Mapped[datetime]
    changed_by: Mapped[str] = mapped_column(sa.ForeignKey("member.id"))


class PlanAnswer(Model, ClinicOwned):
    """What a person answered to a finding of sequence or a doubt about an amount. Rows only grow.

    It counts for the plan whose digest it names and, with `injection_id`, for that injection.
    """

    __tablename__ = "plan_answer"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    treatment_id: Mapped[str] = mapped_column(sa.ForeignKey("treatment.id"), index=True)
    injection_id: Mapped[str | None] = mapped_column(sa.ForeignKey("injection.id"))
    plan_sha256: Mapped[str] = mapped_column(sa.String(64))
    finding: Mapped[str] = mapped_column(sa.String(200))
    outcome: Mapped[str] = mapped_column(sa.String(20))
    text: Mapped[str] = mapped_column(sa.String(2000))
    source: Mapped[str] = mapped_column(sa.String(300))
    earliest_on: Mapped[date | None]
    reason: Mapped[str | None] = mapped_column(sa.String(2000))
    answered_at: Mapped[datetime]
    answered_by: Mapped[str] = mapped_column(sa.ForeignKey("member.id"))
    signature_id: Mapped[str | None] = mapped_column(sa.ForeignKey("signature.id"))


class DueDate(Model, ClinicOwned):
    """From when a product in an area is due again, as it was told when the visit ended. Rows only grow."""

    __tablename__ = "due_date"
    __table_args__ = (sa.Index("ix_due_date_clinic_id_from_on", "clinic_id", "from_on"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    treatment_id: Mapped[str] = mapped_column(sa.ForeignKey("treatment.id"), index=True)
    patient_id: Mapped[str] = mapped_column(sa.ForeignKey("patient.id"), index=True)
    product_class: Mapped[ProductClass] = mapped_column(enum_type(ProductClass))
    brand: Mapped[str] = mapped_column(sa.String(60))
    area: Mapped[str] = mapped_column(sa.String(60))
    figure: Mapped[str] = mapped_column(sa.String(100))
    given_on: Mapped[date]
    from_on: Mapped[date]
    amber_on: Mapped[date | None]
    protocol_digest: Mapped[str] = mapped_column(sa.String(64))


class Baseline(Model, ClinicOwned):
    """Capillary refill at a planned point and its mirror, before or after, in tenths of a second."""

    __tablename__ = "baseline"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    treatment_id: Mapped[str] = mapped_column(sa.ForeignKey("treatment.id"), index=True)
    phase: Mapped[str] = mapped_column(sa.String(10))
    area: Mapped[str] = mapped_column(sa.String(60))
    refill_ds: Mapped[int]
    mirror_ds: Mapped[int]
    measured_at: Mapped[datetime]
    measured_by: Mapped[str] = mapped_column(sa.ForeignKey("member.id"))


class TreatmentStart(Model, ClinicOwned):
    """The moment the interlock let a treatment begin, with what it saw."""

    __tablename__ = "treatment_start"

    treatment_id: Mapped[str] = mapped_column(sa.ForeignKey("treatment.id"), primary_key=True)
    interlock: Mapped[dict[str, Any]]
    protocol_digest: Mapped[str] = mapped_column(sa.String(64))
    tablet_id: Mapped[str | None] = mapped_column(sa.ForeignKey("tablet.id"))
    started_at: Mapped[datetime]
    started_by: Mapped[str] = mapped_column(sa.ForeignKey("member.id"))


class InterlockRefusal(Model, ClinicOwned):
    """The interlock refused a start: what was needed, usable, and why."""

    __tablename__ = "interlock_refusal"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    treatment_id: Mapped[str] = mapped_column(sa.ForeignKey("treatment.id"), index=True)
    interlock: Mapped[dict[str, Any]]
    refused_at: Mapped[datetime]
    asked_by: Mapped[str] = mapped_column(sa.ForeignKey("member.id"))


class Injection(Model, ClinicOwned):
    """One product from one lot into one area, with the ledger line it came from."""

    __tablename__ = "injection"
    __table_args__ = (
        sa.Index("ix_injection_lot_id_treatment_id", "lot_id", "treatment_id"),
        sa.Index("uq_injection_movement", "movement", unique=True),
        sa.CheckConstraint("amount > 0", name="gives_something"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    treatment_id: Mapped[str] = mapped_column(sa.ForeignKey("treatment.id"), index=True)
    plan_item_id: Mapped[str] = mapped_column(sa.ForeignKey("plan_item.id"))
    lot_id: Mapped[str] = mapped_column(sa.ForeignKey("lot.id"))
    movement: Mapped[int] = mapped_column(sa.ForeignKey("stock_movement.position"))
    area: Mapped[str] = mapped_column(sa.String(60))
    side: Mapped[str] = mapped_column(sa.String(10))
    amount: Mapped[int]
    amount_unit: Mapped[AmountUnit] = mapped_column(enum_type(AmountUnit))
    instrument: Mapped[Instrument] = mapped_column(enum_type(Instrument))
    gauge: Mapped[int | None]
    plane: Mapped[str | None] = mapped_column(sa.String(40))
    technique: Mapped[str] = mapped_column(sa.String(120))
    aspirated: Mapped[YesNoWhy] = mapped_column(enum_type(YesNoWhy))
    ultrasound: Mapped[YesNoWhy] = mapped_column(enum_type(YesNoWhy, "ultrasound"))
    ultrasound_why: Mapped[str | None] = mapped_column(sa.String(300))
    injected_at: Mapped[datetime]
    injected_by: Mapped[str] = mapped_column(sa.ForeignKey("member.id"))


class TreatmentFinish(Model, ClinicOwned):
    """The patient was seen and left: observation, aftercare, and when the review is due."""

    __tablename__ = "treatment_finish"

    treatment_id: Mapped[str] = mapped_column(sa.ForeignKey("treatment.id"), primary_key=True)
    observed_from: Mapped[datetime | None]
    early_reason: Mapped[str | None] = mapped_column(sa.String(300))
    aftercare_given: Mapped[bool]
    review_from_on: Mapped[date | None]
    review_to_on: Mapped[date | None]
    note: Mapped[str | None] = mapped_column(sa.String(2000))
    finished_at: Mapped[datetime]
    finished_by: Mapped[str] = mapped_column(sa.ForeignKey("member.id"))


class PatientSeen(Model, ClinicOwned):
    """Somebody looked at the patient after the injections: skin, pain, sight. Only grows."""

    __tablename__ = "patient_seen"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    treatment_id: Mapped[str] = mapped_column(sa.ForeignKey("treatment.id"), index=True)
    skin_normal: Mapped[bool]
    has_pain: Mapped[bool]
    sight_changed: Mapped[bool]
    seen_at: Mapped[datetime]
    seen_by: Mapped[str] = mapped_column(sa.ForeignKey("member.id"))

    @property
    def normal(self) -> bool:
        """Nothing that speaks for an occlusion?"""
        return self.skin_normal and not self.has_pain and not self.sight_changed


class EarlyRelease(Model, ClinicOwned):
    """Somebody answers by name for letting a patient leave before the stay is over. Only grows."""

    __tablename__ = "early_release"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    treatment_id: Mapped[str] = mapped_column(sa.ForeignKey("treatment.id"), index=True)
    reason: Mapped[str] = mapped_column(sa.String(300))
    released_at: Mapped[datetime]
    released_by: Mapped[str] = mapped_column(sa.ForeignKey("member.id"))
    signature_id: Mapped[str] = mapped_column(sa.ForeignKey("signature.id"))


class Amendment(Model, ClinicOwned):
    """A correction on top of a finished treatment: what the record says stays, this says what is right.

    `record` names the row (injection:ID, plan_item:ID, finish), `field` what is amended. `old_value` is what
    stood there before, by the record or by the amendment before this one. Only grows.
    """

    __tablename__ = "amendment"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    treatment_id: Mapped[str] = mapped_column(sa.ForeignKey("treatment.id"), index=True)
    record: Mapped[str] = mapped_column(sa.String(60))
    field: Mapped[str] = mapped_column(sa.String(40))
    old_value: Mapped[Any] = mapped_column(CanonicalJson)
    new_value: Mapped[Any] = mapped_column(CanonicalJson)
    reason: Mapped[str] = mapped_column(sa.String(300))
    stock_note: Mapped[str | None] = mapped_column(sa.String(300))
    amended_at: Mapped[datetime]
    amended_by: Mapped[str] = mapped_column(sa.ForeignKey("member.id"))
    signature_id: Mapped[str] = mapped_column(sa.ForeignKey("signature.id"))
