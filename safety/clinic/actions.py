"""What is done with the clinic itself: setting it up, its rooms, and whom to call."""

from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa

from safety.audit.log import Actor, record
from safety.clinic.models import Clinic, Contact, ContactRole, Jurisdiction, Room
from safety.db import all_clinics, db, new_id


@dataclass(frozen=True)
class Details:
    """A clinic about to be set up. The address is what the ambulance is told."""

    name: str
    jurisdiction: Jurisdiction
    time_zone: str
    address: str
    phone: str
    rooms: tuple[str, ...]


@dataclass(frozen=True)
class Callee:
    """Somebody to call in an emergency."""

    role: ContactRole
    name: str
    phone: str


class AlreadySetUp(RuntimeError):
    """This installation holds a clinic: the door of the first day is shut."""


class RoomTaken(ValueError):
    """The clinic has a room of this name. The message is for the field."""


def is_set_up() -> bool:
    """Does this installation hold a clinic?"""
    with all_clinics():
        return db.session.scalar(sa.select(Clinic.id).limit(1)) is not None


def set_up(clinic_id: str, details: Details, now: datetime) -> Clinic:
    """Found the first clinic, under an id made beforehand. Raises AlreadySetUp.

    Asked inside the write transaction, so that of two set-ups at once only one succeeds.
    """
    if is_set_up():
        raise AlreadySetUp("this installation holds a clinic")
    clinic = Clinic(
        id=clinic_id, name=details.name, jurisdiction=details.jurisdiction, time_zone=details.time_zone,
        address=details.address, phone=details.phone, created_at=now)  # fmt: skip
    db.session.add(clinic)
    db.session.flush()
    actor = first_hand(clinic_id)
    facts = {"jurisdiction": details.jurisdiction.value, "time_zone": details.time_zone}
    private = {"name": details.name, "address": details.address, "phone": details.phone}
    record(actor, "clinic.set_up", f"clinic:{clinic_id}", facts, private)
    for name in details.rooms:
        add_room(actor, clinic_id, name)
    return clinic


def first_hand(clinic_id: str) -> Actor:
    """In whose name a clinic is set up: nobody has joined it yet."""
    return Actor("system", "reflow", clinic_id)


def rooms() -> list[Room]:
    """The clinic's rooms by name."""
    return list(db.session.scalars(sa.select(Room).order_by(Room.name)))


def add_room(actor: Actor, clinic_id: str, name: str) -> Room:
    """A treatment room. Raises RoomTaken."""
    if any(room.name.casefold() == name.casefold() for room in rooms()):
        raise RoomTaken("There is a room of this name: choose another")
    room = Room(id=new_id(), clinic_id=clinic_id, name=name)
    db.session.add(room)
    db.session.flush()
    record(actor, "room.added", f"room:{room.id}", {}, {"name": name})
    return room


def contacts() -> list[Contact]:
    """Whom to call, in calling order."""
    return list(db.session.scalars(sa.select(Contact).order_by(Contact.calling_order)))


def add_contact(actor: Actor, clinic_id: str, callee: Callee) -> Contact:
    """Somebody to call, after all others. Their number counts as unverified until somebody rang it."""
    last = max((contact.calling_order for contact in contacts()), default=0)
    contact = Contact(
        id=new_id(), clinic_id=clinic_id, role=callee.role, name=callee.name, phone=callee.phone,
        calling_order=last + 1)  # fmt: skip
    db.session.add(contact)
    db.session.flush()
    facts = {"role": callee.role.value, "calling_order": contact.calling_order}
    private = {"name": callee.name, "phone": callee.phone}
    record(actor, "contact.added", f"contact:{contact.id}", facts, private)
    return contact


def verify_contact(actor: Actor, contact: Contact, on: date) -> None:
    """Somebody rang this number and it was answered by the right person."""
    contact.verified_on = on
    record(actor, "contact.verified", f"contact:{contact.id}", {"on": on.isoformat()})


def raise_contact(actor: Actor, contact: Contact) -> None:
    """Call this contact one place earlier; the first one stays where it is."""
    before = [other for other in contacts() if other.calling_order < contact.calling_order]
    if before:
        other = before[-1]
        other.calling_order, contact.calling_order = contact.calling_order, other.calling_order
    record(actor, "contact.raised", f"contact:{contact.id}", {"calling_order": contact.calling_order})


def remove_contact(actor: Actor, contact: Contact) -> None:
    """Nobody is to call this contact any more."""
    facts, private = {"role": contact.role.value}, {"name": contact.name, "phone": contact.phone}
    record(actor, "contact.removed", f"contact:{contact.id}", facts, private)
    db.session.delete(contact)
