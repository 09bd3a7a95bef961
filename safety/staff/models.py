"""Staff members, their sign-ins, enrolled tablets and signatures."""

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from safety.db import CanonicalJson, ClinicOwned, Id, Model, enum_type, new_id


class Role(StrEnum):
    """What somebody may do; the table of acts says which."""

    NURSE = "nurse"
    PRESCRIBER = "prescriber"
    MEDICAL_DIRECTOR = "medical_director"
    SAFETY_OFFICER = "safety_officer"
    ADMIN = "admin"


class Proof(StrEnum):
    """How somebody showed who they are."""

    PASSWORD = "password"  # noqa: S105  # the kind, not the secret
    PIN = "pin"


class Member(Model, ClinicOwned):
    """A person working at a clinic. `username` is unique in the installation: sign-in asks no clinic."""

    __tablename__ = "member"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    username: Mapped[str] = mapped_column(sa.String(60), unique=True)
    name: Mapped[str] = mapped_column(sa.String(120))
    role: Mapped[Role] = mapped_column(enum_type(Role))
    password_hash: Mapped[str] = mapped_column(sa.String(200))
    pin_hash: Mapped[str | None] = mapped_column(sa.String(200))
    joined_at: Mapped[datetime]
    left_at: Mapped[datetime | None]

    def __repr__(self) -> str:
        return f"<Member {self.id}>"


class Tablet(Model, ClinicOwned):
    """An enrolled device. It knows a token; the database keeps only the token's hash."""

    __tablename__ = "tablet"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(sa.String(60))
    room_id: Mapped[str | None] = mapped_column(sa.ForeignKey("room.id"))
    token_sha256: Mapped[str] = mapped_column(sa.String(64), unique=True)
    enrolled_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class TabletCheck(Model, ClinicOwned):
    """Somebody tried a tablet before the day. `outcomes` is canonical JSON: good or bad for each thing."""

    __tablename__ = "tablet_check"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    tablet_id: Mapped[str] = mapped_column(sa.ForeignKey("tablet.id"), index=True)
    member_id: Mapped[str | None] = mapped_column(sa.ForeignKey("member.id"))
    checked_at: Mapped[datetime]
    outcomes: Mapped[str] = mapped_column(sa.Text)
    stories_agreed: Mapped[int]
    stories_told: Mapped[int]
    copy_digest: Mapped[str] = mapped_column(sa.String(16))


class SignIn(Model, ClinicOwned):
    """One person's shift on one browser: opened by password, resumed by PIN on an enrolled tablet."""

    __tablename__ = "sign_in"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    member_id: Mapped[str] = mapped_column(sa.ForeignKey("member.id"), index=True)
    tablet_id: Mapped[str | None] = mapped_column(sa.ForeignKey("tablet.id"))
    token_sha256: Mapped[str] = mapped_column(sa.String(64), unique=True)
    proof: Mapped[Proof] = mapped_column(enum_type(Proof))
    opened_at: Mapped[datetime]
    locked_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class FailedSignIn(Model):
    """One wrong password or PIN; counted per account, tablet and address, and kept over a restart."""

    __tablename__ = "failed_sign_in"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    account: Mapped[str] = mapped_column(sa.String(64), index=True)
    place: Mapped[str] = mapped_column(sa.String(80), index=True)
    proof: Mapped[Proof] = mapped_column(enum_type(Proof))
    at: Mapped[datetime]
    cleared_at: Mapped[datetime | None]


class Signature(Model, ClinicOwned):
    """A named person's signature with its meaning, bound to one record and its content.

    `bound_sha256` covers name, role, meaning, time, record and content: moved elsewhere it no longer fits.
    """

    __tablename__ = "signature"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    member_id: Mapped[str] = mapped_column(sa.ForeignKey("member.id"))
    member_name: Mapped[str] = mapped_column(sa.String(120))
    role: Mapped[Role] = mapped_column(enum_type(Role))
    meaning: Mapped[str] = mapped_column(sa.String(200))
    record: Mapped[str] = mapped_column(sa.String(80), index=True)
    content_sha256: Mapped[str] = mapped_column(sa.String(64))
    proof: Mapped[Proof] = mapped_column(enum_type(Proof))
    signed_at: Mapped[datetime]
    bound_sha256: Mapped[str] = mapped_column(sa.String(64))


class Handing(Model, ClinicOwned):
    """A device in a patient's hands, from when staff handed it over until somebody of staff took it back.

    `prefixes`: the paths that open meanwhile. Known by its tablet; elsewhere by the sign-in it began under.
    """

    __tablename__ = "handing"
    __table_args__ = (
        sa.Index("ix_handing_out", "tablet_id", "token_sha256",
                 sqlite_where=sa.text("ended_at IS NULL"), postgresql_where=sa.text("ended_at IS NULL")),
    )  # fmt: skip

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    tablet_id: Mapped[str | None] = mapped_column(sa.ForeignKey("tablet.id"))
    token_sha256: Mapped[str | None] = mapped_column(sa.String(64))
    about: Mapped[str] = mapped_column(sa.String(80), index=True)
    prefixes: Mapped[Any] = mapped_column(CanonicalJson)
    after: Mapped[str] = mapped_column(sa.String(200))
    begun_at: Mapped[datetime]
    begun_by: Mapped[str] = mapped_column(sa.ForeignKey("member.id"))
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str | None] = mapped_column(sa.ForeignKey("member.id"))


class PatientSignature(Model, ClinicOwned):
    """What a patient signed on the device: a typed name, perhaps a drawn line, and what it stands under.

    `strokes`: lines of [x, y] points, 0 to 900 by 0 to 360, or none. `content_sha256`: what was shown when
    it was signed; `bound_sha256` covers all of it. The staff member who takes the device back countersigns:
    a `Signature` of the record `patient_signature:<id>`.
    """

    __tablename__ = "patient_signature"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    handing_id: Mapped[str] = mapped_column(sa.ForeignKey("handing.id"), index=True)
    about: Mapped[str] = mapped_column(sa.String(80), index=True)
    name: Mapped[str] = mapped_column(sa.String(120))
    strokes: Mapped[Any] = mapped_column(CanonicalJson, nullable=True)
    statement: Mapped[str] = mapped_column(sa.String(300))
    content_sha256: Mapped[str] = mapped_column(sa.String(64))
    bound_sha256: Mapped[str] = mapped_column(sa.String(64))
    signed_at: Mapped[datetime]
