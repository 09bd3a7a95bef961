"""Where the story is told: its clinic, its present, and everybody and everything met so far."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from safety.audit.log import Actor
from safety.clinic.models import Room
from safety.staff.actions import Proved, as_member
from safety.staff.models import Member, Proof

Story = dict[str, Any]


@dataclass
class Stage:
    """One telling. Chapters add what they make under the keys of `story.yaml`."""

    clinic_id: str
    now: datetime
    zone: ZoneInfo
    members: dict[str, Member] = field(default_factory=dict)
    rooms: dict[str, Room] = field(default_factory=dict)
    tablet: dict[str, str] = field(default_factory=dict)
    patients: dict[str, str] = field(default_factory=dict)
    products: dict[str, str] = field(default_factory=dict)
    lots: dict[str, str] = field(default_factory=dict)
    treatments: dict[str, str] = field(default_factory=dict)
    emergencies: dict[str, str] = field(default_factory=dict)

    @property
    def today(self) -> date:
        """The calendar day of the story."""
        return self.now.astimezone(self.zone).date()

    def day(self, days: int) -> date:
        """A day so many days from today."""
        return self.today + timedelta(days=days)

    def at(self, days: int, minutes: int = 0) -> datetime:
        """The hour of the present, so many days and minutes away."""
        return self.now + timedelta(days=days, minutes=minutes)

    def actor(self, role: str) -> Actor:
        """The person of this role, as the log names them."""
        return as_member(self.members[role])

    def proved(self, role: str) -> Proved:
        """The person of this role, who has just shown the password made for them."""
        return Proved(self.members[role].id, Proof.PASSWORD)

    def room_id(self, name: str | None) -> str | None:
        """The room's id, or None."""
        return self.rooms[name].id if name else None
