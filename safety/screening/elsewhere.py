"""A prescriber's word given from elsewhere: who phoned, and who read it back."""

from dataclasses import dataclass

import sqlalchemy as sa

from safety.db import db
from safety.screening.verdict import MAY
from safety.staff.models import Member


@dataclass(frozen=True)
class Elsewhere:
    """Member ids of who phoned the prescriber and who read the decision back to them."""

    phoned_by: str
    read_back_by: str


def problem(prescriber_id: str, said: Elsewhere | None) -> tuple[str, str] | None:
    """(field, what is wrong): both must treat here, and nobody reads back to themself. None: it is right."""
    if said is None:
        return None
    for field, member_id in (("phoned_by", said.phoned_by), ("read_back_by", said.read_back_by)):
        member = db.session.scalar(sa.select(Member).where(Member.id == member_id))
        if member is None or member.left_at is not None or member.role not in MAY["nurse"]:
            return field, "Choose somebody who works here and treats"
        if member.id == prescriber_id:
            return field, "Choose the other person: one does not phone or read back to oneself"
    return None


def colleagues(but: str | None) -> list[tuple[str, str]]:
    """Who treats here and may have phoned or read back: (id, name)."""
    wanted = sa.select(Member).where(
        Member.left_at.is_(None), Member.role.in_(MAY["nurse"]), Member.id != but
    )
    return [(one.id, one.name) for one in db.session.scalars(wanted.order_by(Member.name))]


def in_words(phoned_by: str | None, read_back_by: str | None) -> str:
    """Phoned by Nora Quinn, read back by Nora Quinn."""
    named = [("Phoned by", phoned_by), ("read back by", read_back_by)]
    return ", ".join(f"{words} {db.session.get_one(Member, one).name}" for words, one in named if one)
