"""The clinic, its rooms, and whom to call."""

from datetime import date, datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from safety.db import ClinicOwned, Id, Model, enum_type, new_id


class Jurisdiction(StrEnum):
    """Whose law applies; the values are those of the protocols' `jurisdiction` parameter."""

    UK_ENGLAND = "UK-England"
    UK_SCOTLAND = "UK-Scotland"
    US = "US"
    EU = "EU"


class ContactRole(StrEnum):
    """Why somebody is on the referral list."""

    PRESCRIBER = "prescriber"
    MEDICAL_DIRECTOR = "medical_director"
    AMBULANCE = "ambulance"
    OPHTHALMOLOGY = "ophthalmology"
    STROKE = "stroke"
    PLASTIC_SURGERY = "plastic_surgery"
    ULTRASOUND = "ultrasound"
    HYPERBARIC = "hyperbaric"
    HYALURONIDASE_HOLDER = "hyaluronidase_holder"
    OTHER = "other"


class Clinic(Model):
    """One clinic of this installation."""

    __tablename__ = "clinic"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(sa.String(120))
    jurisdiction: Mapped[Jurisdiction] = mapped_column(enum_type(Jurisdiction))
    time_zone: Mapped[str] = mapped_column(sa.String(60))
    address: Mapped[str] = mapped_column(sa.String(300))
    phone: Mapped[str] = mapped_column(sa.String(40))
    created_at: Mapped[datetime]


class Room(Model, ClinicOwned):
    """A treatment room."""

    __tablename__ = "room"
    __table_args__ = (sa.UniqueConstraint("clinic_id", "name"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(sa.String(60))


class Contact(Model, ClinicOwned):
    """Somebody to call in an emergency, in calling order."""

    __tablename__ = "contact"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    role: Mapped[ContactRole] = mapped_column(enum_type(ContactRole))
    name: Mapped[str] = mapped_column(sa.String(120))
    phone: Mapped[str] = mapped_column(sa.String(40))
    calling_order: Mapped[int]
    verified_on: Mapped[date | None]
