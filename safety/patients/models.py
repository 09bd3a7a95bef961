"""Who is in the chair."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from safety.db import ClinicOwned, Id, Model, new_id


class Patient(Model, ClinicOwned):
    """A person treated at a clinic. `number`: the clinic's own; `search_text`: the name folded for search."""

    __tablename__ = "patient"
    __table_args__ = (sa.UniqueConstraint("clinic_id", "number"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    number: Mapped[int]
    given_name: Mapped[str] = mapped_column(sa.String(80))
    family_name: Mapped[str] = mapped_column(sa.String(80))
    born_on: Mapped[date]
    phone: Mapped[str] = mapped_column(sa.String(40))
    search_text: Mapped[str] = mapped_column(sa.String(200), index=True)
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(sa.ForeignKey("member.id"))

    def __repr__(self) -> str:
        return f"<Patient {self.id}>"
