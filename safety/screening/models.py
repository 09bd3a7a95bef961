"""One screening of one patient: answers as they were given, assessments, decisions, overrides."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from safety.db import CanonicalJson, ClinicOwned, Id, Model, Position, enum_type, new_id


class Choice(StrEnum):
    """What a prescriber decided."""

    TREAT = "treat"
    TREAT_WITH_LIMITS = "treat_with_limits"
    DO_NOT_TREAT = "do_not_treat"


class Screening(Model, ClinicOwned):
    """Answers to one version of the questionnaire for one plan on one day.

    `plan`: the {product_class, brand, areas, units} it was made for; another plan needs another screening.
    """

    __tablename__ = "screening"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    patient_id: Mapped[str] = mapped_column(sa.ForeignKey("patient.id"), index=True)
    on: Mapped[date]
    plan: Mapped[Any] = mapped_column(CanonicalJson)
    first_visit: Mapped[bool]
    file_sha256: Mapped[str] = mapped_column(sa.ForeignKey("protocol_file.sha256"))
    parameters: Mapped[dict[str, Any]]
    protocol_digest: Mapped[str] = mapped_column(sa.String(64))
    approval_id: Mapped[str | None] = mapped_column(sa.ForeignKey("approval.id"))
    started_at: Mapped[datetime]
    started_by: Mapped[str] = mapped_column(sa.ForeignKey("member.id"))
    paused_at: Mapped[datetime | None]


class Answer(Model, ClinicOwned):
    """One answer as given. A change is a newer row, the old one stays. No value: taken back.

    `visit`: one opening of the question's page; what is chosen on it counts as one answer. `reason`: why an
    answer that had been left was changed. `given_by`: staff, or patient for what a patient typed on the
    tablet that `answered_by` handed over. `confirmed_from`: the earlier screening whose answer is still so.
    """

    __tablename__ = "answer"
    __table_args__ = (sa.Index("ix_answer_screening_id_question", "screening_id", "question"),)

    position: Mapped[int] = mapped_column(Position, primary_key=True, autoincrement=True)
    screening_id: Mapped[str] = mapped_column(sa.ForeignKey("screening.id"))
    question: Mapped[str] = mapped_column(sa.String(40))
    value: Mapped[Any] = mapped_column(CanonicalJson, nullable=True)
    said: Mapped[str | None] = mapped_column(sa.String(2000))
    answered_at: Mapped[datetime]
    answered_by: Mapped[str] = mapped_column(sa.ForeignKey("member.id"))
    tablet_id: Mapped[str | None] = mapped_column(sa.ForeignKey("tablet.id"))
    visit: Mapped[str | None] = mapped_column(sa.String(36))
    reason: Mapped[str | None] = mapped_column(sa.String(300))
    given_by: Mapped[str] = mapped_column(sa.String(10), default="staff")
    confirmed_from: Mapped[str | None] = mapped_column(Id)


class Assessment(Model, ClinicOwned):
    """The rules' verdict at one moment, kept whole: what they were asked (`request`), what they said."""

    __tablename__ = "assessment"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    screening_id: Mapped[str] = mapped_column(sa.ForeignKey("screening.id"), index=True)
    outcome: Mapped[str] = mapped_column(sa.String(20))
    earliest_on: Mapped[date | None]
    result: Mapped[dict[str, Any]]
    request: Mapped[dict[str, Any]]
    made_at: Mapped[datetime]
    made_by: Mapped[str] = mapped_column(sa.ForeignKey("member.id"))


class Decision(Model, ClinicOwned):
    """A prescriber's decision on one assessment and one plan, with reason and signature.

    `plan`: the plan as it was, `plan_sha256` its digest; a plan changed since makes the decision void.
    `limits` are in words; `bounds` as data: {"most": [{"item", "name", "amount", "unit"}], "not_areas": […]}.
    """

    __tablename__ = "decision"
    __table_args__ = (sa.UniqueConstraint("assessment_id", "plan_sha256"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    assessment_id: Mapped[str] = mapped_column(sa.ForeignKey("assessment.id"))
    choice: Mapped[Choice] = mapped_column(enum_type(Choice))
    limits: Mapped[str | None] = mapped_column(sa.String(2000))
    bounds: Mapped[Any] = mapped_column(CanonicalJson, nullable=True)
    plan: Mapped[Any] = mapped_column(CanonicalJson, nullable=True)
    plan_sha256: Mapped[str] = mapped_column(sa.String(64), default="")
    reason: Mapped[str] = mapped_column(sa.String(2000))
    remote: Mapped[bool]
    phoned_by: Mapped[str | None] = mapped_column(sa.ForeignKey("member.id"))
    read_back_by: Mapped[str | None] = mapped_column(sa.ForeignKey("member.id"))
    decided_at: Mapped[datetime]
    decided_by: Mapped[str] = mapped_column(sa.ForeignKey("member.id"))
    signature_id: Mapped[str] = mapped_column(sa.ForeignKey("signature.id"), unique=True)


class Override(Model, ClinicOwned):
    """A named person's decision to go on in spite of one finding."""

    __tablename__ = "override"
    __table_args__ = (sa.UniqueConstraint("assessment_id", "finding"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    assessment_id: Mapped[str] = mapped_column(sa.ForeignKey("assessment.id"))
    finding: Mapped[int]
    question: Mapped[str] = mapped_column(sa.String(40))
    outcome: Mapped[str] = mapped_column(sa.String(20))
    reason: Mapped[str] = mapped_column(sa.String(2000))
    decided_at: Mapped[datetime]
    decided_by: Mapped[str] = mapped_column(sa.ForeignKey("member.id"))
    signature_id: Mapped[str] = mapped_column(sa.ForeignKey("signature.id"), unique=True)
