"""Tell the story: one transaction, so that a clinic stands whole or not at all."""

from datetime import date, datetime, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from ruamel.yaml import YAML

from safety.audit.log import Actor, seal
from safety.clinic import actions as clinic_actions
from safety.clinic.actions import Callee, Details
from safety.clinic.models import ContactRole, Jurisdiction
from safety.db import as_clinic, new_id, write_transaction
from safety.demonstration import accounts, days, papers, shelves
from safety.demonstration.stage import Stage, Story
from safety.incidents import actions as incident_actions
from safety.incidents import issue
from safety.printing.apart import CannotRender
from safety.staff import actions as staff_actions

STORY = Path(__file__).with_name("story.yaml")
LATE_MORNING = time(11, 40)
PATIENCE_MS = 60_000  # telling takes seconds: who presses a second time waits for the first, then is told


def read_story() -> Story:
    """The facts of the story."""
    story: Story = YAML(typ="safe", pure=True).load(STORY)
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
    with as_clinic(stage.clinic_id), write_transaction(PATIENCE_MS):
        _found(stage, story)
        _join(stage, joinings)
        _places(stage, story)
        papers.approve(stage, story)
        shelves.fill(stage, story)
        papers.enter_patients(stage, story)
        days.live(stage, story)
        shelves.count(stage, story)
        seal()
    told = _told(stage, story, handed_out)
    with as_clinic(stage.clinic_id):
        return told | {"incidents": _reports(stage)}


def _reports(stage: Stage) -> list[dict[str, Any]]:
    """The safety officer issues the report; where PDFs cannot be drawn the incident waits without one."""
    known = [(incident.id, incident.number) for incident in incident_actions.incidents()]
    by, name = stage.actor("safety_officer"), stage.members["safety_officer"].name
    return [{"id": one, "number": number, "report": _report(by, one, name)} for one, number in known]


def _report(by: Actor, incident_id: str, name: str) -> int | None:
    try:
        return issue.issue(by, incident_id, name).revision
    except CannotRender:
        return None


def _found(stage: Stage, story: Story) -> None:
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


def _places(stage: Stage, story: Story) -> None:
    admin = stage.actor("admin")
    for said in story["tablets"]:
        room_id = stage.room_id(said["room"])
        tablet, token = staff_actions.enrol_tablet(admin, stage.clinic_id, said["name"], room_id, stage.now)
        stage.tablet = stage.tablet or {"id": tablet.id, "name": tablet.name, "token": token}
    for told in story["contacts"]:
        callee = Callee(ContactRole(told["role"]), told["name"], told["phone"])
        contact = clinic_actions.add_contact(admin, stage.clinic_id, callee)
        if "verified" in told:
            clinic_actions.verify_contact(admin, contact, stage.day(told["verified"]))


def _told(stage: Stage, story: Story, handed_out: dict[str, dict[str, Any]]) -> dict[str, Any]:
    return {
        "clinic": {"id": stage.clinic_id, "name": story["clinic"]["name"], "on": stage.today.isoformat()},
        "accounts": {role: {"id": stage.members[role].id, **said} for role, said in handed_out.items()},
        "tablet": stage.tablet,
        "rooms": [{"id": room.id, "name": name} for name, room in stage.rooms.items()],
        "patients": _listed(story["patients"], stage.patients, "given_name", "family_name", "born_on"),
        "products": _listed(story["products"], stage.products, "name", "product_class", "brand"),
        "lots": _listed(story["lots"], stage.lots, "product", "code"),
        "treatments": _listed(story["treatments"], stage.treatments, "patient", "room"),
        "emergencies": _listed(story["emergencies"], stage.emergencies, "drill"),
    }


def _listed(told: list[dict[str, Any]], ids: dict[str, str], *shown: str) -> list[dict[str, Any]]:
    return [{"key": one["key"], "id": ids[one["key"]], **{name: one[name] for name in shown}} for one in told]
