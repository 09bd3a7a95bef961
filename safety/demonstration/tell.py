"""Tell the story: one transaction, so that a clinic stands whole or not at all."""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from ruamel.yaml import YAML

from safety.audit.log import Actor, seal
from safety.clinic import actions as clinic_actions
from safety.clinic.actions import Callee, Details
from safety.clinic.models import ContactRole, Jurisdiction, Room
from safety.db import as_clinic, new_id, write_transaction
from safety.demonstration import accounts
from safety.staff import actions as staff_actions
from safety.staff.models import Member

STORY = Path(__file__).with_name("story.yaml")
LATE_MORNING = time(11, 40)


@dataclass
class Stage:
    """Where the story is told: its clinic, its present, and everybody and everything met so far."""

    clinic_id: str
    now: datetime
    zone: ZoneInfo
    members: dict[str, Member] = field(default_factory=dict)
    rooms: dict[str, Room] = field(default_factory=dict)
    tablet: dict[str, str] = field(default_factory=dict)

    @property
    def today(self) -> date:
        """The calendar day of the story."""
        return self.now.astimezone(self.zone).date()

    def day(self, days: int) -> date:
        """A day so many days from today."""
        return self.today + timedelta(days=days)

    def actor(self, role: str) -> Actor:
        """The person of this role, as the log names them."""
        return staff_actions.as_member(self.members[role])


def read_story() -> dict[str, Any]:
    """The facts of the story."""
    story: dict[str, Any] = YAML(typ="safe", pure=True).load(STORY)
    return story


def tell(now: datetime, on: date | None = None) -> dict[str, Any]:
    """Build the demonstration clinic as it stands at `now`, or late in the morning of `on`.

    Returns what `demo load` prints. Raises AlreadySetUp when there is a clinic; then nothing is changed.
    """
    if clinic_actions.is_set_up():
        raise clinic_actions.AlreadySetUp("this installation holds a clinic")
    story = read_story()
    zone = ZoneInfo(story["clinic"]["time_zone"])
    joinings, handed_out = accounts.make(story["staff"])
    stage = Stage(new_id(), now if on is None else datetime.combine(on, LATE_MORNING, zone), zone)
    with as_clinic(stage.clinic_id), write_transaction():
        _found(stage, story)
        _join(stage, joinings)
        _places(stage, story)
        seal()
        return _told(stage, story, handed_out)


def _found(stage: Stage, story: dict[str, Any]) -> None:
    said = story["clinic"]
    details = Details(
        said["name"], Jurisdiction(said["jurisdiction"]), said["time_zone"], said["address"], said["phone"],
        tuple(said["rooms"]))  # fmt: skip
    clinic_actions.set_up(stage.clinic_id, details, stage.now)
    stage.rooms = {room.name: room for room in clinic_actions.rooms()}


def _join(stage: Stage, joinings: list[staff_actions.Joining]) -> None:
    by = clinic_actions.first_hand(stage.clinic_id)
    # the admin first, who lets the others in
    for joining in sorted(joinings, key=lambda one: one.role.value != "admin"):
        member = staff_actions.add_member(by, stage.clinic_id, joining, stage.now)
        stage.members[joining.role.value] = member
        by = stage.actor("admin")


def _places(stage: Stage, story: dict[str, Any]) -> None:
    admin, said = stage.actor("admin"), story["tablet"]
    tablet, token = staff_actions.enrol_tablet(
        admin, stage.clinic_id, said["name"], stage.rooms[said["room"]].id, stage.now
    )
    stage.tablet = {"id": tablet.id, "name": tablet.name, "token": token}
    for told in story["contacts"]:
        callee = Callee(ContactRole(told["role"]), told["name"], told["phone"])
        contact = clinic_actions.add_contact(admin, stage.clinic_id, callee)
        if "verified" in told:
            clinic_actions.verify_contact(admin, contact, stage.day(told["verified"]))


def _told(stage: Stage, story: dict[str, Any], handed_out: dict[str, dict[str, Any]]) -> dict[str, Any]:
    return {
        "clinic": {"id": stage.clinic_id, "name": story["clinic"]["name"], "on": stage.today.isoformat()},
        "accounts": {role: {"id": stage.members[role].id, **said} for role, said in handed_out.items()},
        "tablet": stage.tablet,
        "rooms": [{"id": room.id, "name": name} for name, room in stage.rooms.items()],
    }
