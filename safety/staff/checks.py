"""Tablet checks: what somebody found when they tried a tablet before the day."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from safety.audit import canonical
from safety.audit.log import Actor, record
from safety.db import db, new_id
from safety.staff.models import Member, Tablet, TabletCheck

GOOD, BAD = "good", "bad"


@dataclass(frozen=True)
class Tried:
    """What the tablet says of itself and the person of the tablet."""

    outcomes: Mapping[str, str]
    stories_agreed: int
    stories_told: int
    copy_digest: str

    @property
    def faults(self) -> list[str]:
        """What was not good."""
        return sorted(name for name, outcome in self.outcomes.items() if outcome != GOOD)


@dataclass(frozen=True)
class Checked:
    """The last check of a tablet: when, by whom if anybody was signed in, and what was not good."""

    at: datetime
    by: str | None
    faults: tuple[str, ...]


def check_tablet(actor: Actor, tablet: Tablet, member_id: str | None, tried: Tried, now: datetime) -> None:
    """Write down one check of this tablet."""
    outcomes = canonical.dumps(dict(tried.outcomes)).decode()
    check = TabletCheck(
        id=new_id(),
        clinic_id=tablet.clinic_id,
        tablet_id=tablet.id,
        member_id=member_id,
        checked_at=now,
        outcomes=outcomes,
        stories_agreed=tried.stories_agreed,
        stories_told=tried.stories_told,
        copy_digest=tried.copy_digest,
    )
    db.session.add(check)
    told = {
        "faults": tried.faults,
        "stories": [tried.stories_agreed, tried.stories_told],
        "copy": tried.copy_digest,
    }
    record(actor, "tablet.checked", f"tablet:{tablet.id}", told)


def last_checks() -> dict[str, Checked]:
    """The newest check of each tablet of the clinic."""
    newest = (
        sa.select(TabletCheck.tablet_id, sa.func.max(TabletCheck.checked_at).label("at"))
        .group_by(TabletCheck.tablet_id)
        .subquery()
    )
    wanted = (
        sa.select(TabletCheck, Member.name)
        .join(newest, (newest.c.tablet_id == TabletCheck.tablet_id) & (newest.c.at == TabletCheck.checked_at))
        .outerjoin(Member, Member.id == TabletCheck.member_id)
    )
    return {check.tablet_id: _checked(check, name) for check, name in db.session.execute(wanted)}


def _checked(check: TabletCheck, name: str | None) -> Checked:
    outcomes = canonical.loads(check.outcomes.encode())
    return Checked(check.checked_at, name, tuple(sorted(one for one in outcomes if outcomes[one] != GOOD)))
