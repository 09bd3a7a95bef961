"""Which sheet a patient was given when, word for word."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from safety.aftercare.rules import How, Sheet
from safety.db import ClinicOwned, Id, Model, enum_type, new_id


class AftercareGiven(Model, ClinicOwned):
    """A sheet that reached the patient: its whole content, the version it came from, how and by whom.

    `content_sha256` is the digest of `content`: a sheet that no longer says all of the visit does not match.
    """

    __tablename__ = "aftercare_given"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    treatment_id: Mapped[str] = mapped_column(sa.ForeignKey("treatment.id"), index=True)
    sheet: Mapped[Sheet] = mapped_column(enum_type(Sheet))
    how: Mapped[How] = mapped_column(enum_type(How))
    language: Mapped[str] = mapped_column(sa.String(2))
    version: Mapped[int]
    protocol_digest: Mapped[str] = mapped_column(sa.String(64))
    content: Mapped[dict[str, Any]]
    content_sha256: Mapped[str] = mapped_column(sa.String(64))
    given_at: Mapped[datetime]
    given_by: Mapped[str] = mapped_column(sa.ForeignKey("member.id"))
