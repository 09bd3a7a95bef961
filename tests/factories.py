"""The fixed cast, and the shortest ways to things a test needs but is not about.

Nora the nurse, Dr Okafor the prescriber, Mara the medical director, Sam the safety officer and Ada the admin
work at one clinic; Eve works at another and must never get in.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

from flask import Flask

from safety import clock
from safety.audit.log import Actor, record, seal
from safety.clinic.models import Clinic, Jurisdiction, Room
from safety.db import all_clinics, as_clinic, db, new_id, write_transaction
from safety.staff import actions, hashing
from safety.staff.models import Proof, Role
from safety.web import SYSTEM

PASSWORD, PIN = "correct horse battery staple", "270493"
HERE, THERE = "Harbour Street Clinic", "Elsewhere Aesthetics"
CAST = {
    "nora": ("Nora Quinn", Role.NURSE, HERE),
    "okafor": ("Dr Chidi Okafor", Role.PRESCRIBER, HERE),
    "mara": ("Dr Mara Lindqvist", Role.MEDICAL_DIRECTOR, HERE),
    "sam": ("Sam Petrov", Role.SAFETY_OFFICER, HERE),
    "ada": ("Ada Mensah", Role.ADMIN, HERE),
    "eve": ("Eve Stranger", Role.NURSE, THERE),
    "eve_prescriber": ("Eve Prescriber", Role.PRESCRIBER, THERE),
    "eve_director": ("Eve Director", Role.MEDICAL_DIRECTOR, THERE),
    "eve_officer": ("Eve Officer", Role.SAFETY_OFFICER, THERE),
    "eve_admin": ("Eve Admin", Role.ADMIN, THERE),
}


@dataclass(frozen=True)
class Person:
    """One of the cast, signed in: `token` is the value of their sign-in cookie."""

    id: str
    clinic_id: str
    name: str
    username: str
    role: str
    token: str
    password: str = PASSWORD
    pin: str = PIN

    @property
    def actor(self) -> Actor:
        """They, as the audit log names them."""
        return Actor("member", self.id, self.clinic_id)


@dataclass(frozen=True)
class Cast:
    """Who and what every peopled database holds."""

    clinic_id: str
    other_clinic_id: str
    room_id: str
    tablet_id: str
    tablet_token: str
    people: dict[str, Person]

    def __getitem__(self, name: str) -> Person:
        return self.people[name]

    @classmethod
    def from_json(cls, plain: dict[str, Any]) -> "Cast":
        """The cast as `make_cast` returned it."""
        people = {name: Person(**person) for name, person in plain["people"].items()}
        return cls(**{**plain, "people": people})


def make_cast(app: Flask) -> dict[str, Any]:
    """Fill an empty database with two clinics and the cast. Called once a session, not once a test."""
    password, pin = hashing.make(PASSWORD), hashing.make(PIN)
    with all_clinics(), write_transaction():
        here, there = _clinic(HERE), _clinic(THERE)
        room = Room(id=new_id(), clinic_id=here.id, name="Room 1")
        db.session.add(room)
        db.session.flush()
        clinics = {HERE: here, THERE: there}
        people = {key: _join(key, clinics[CAST[key][2]], password, pin) for key in CAST}
        tablet, token = actions.enrol_tablet(
            people["ada"].actor, here.id, "Room 1 tablet", room.id, clock.now()
        )
        seal()
        return asdict(Cast(here.id, there.id, room.id, tablet.id, token, people))


def _clinic(name: str) -> Clinic:
    clinic = Clinic(
        id=new_id(), name=name, jurisdiction=Jurisdiction.UK_ENGLAND, time_zone="Europe/London",
        address="1 Harbour Street, Bristol", phone="0117 496 0000", created_at=clock.now(),
    )  # fmt: skip
    db.session.add(clinic)
    db.session.flush()
    record(SYSTEM, "clinic.set_up", f"clinic:{clinic.id}", {})
    return clinic


def _join(key: str, clinic: Clinic, password: str, pin: str) -> Person:
    name, role, _ = CAST[key]
    now = clock.now()
    joining = actions.Joining(name, key, role, password, pin)
    member = actions.add_member(SYSTEM, clinic.id, joining, now)
    _, token = actions.sign_in(member, None, Proof.PASSWORD, now)
    return Person(member.id, clinic.id, name, key, role.value, token)


@contextmanager
def looking(app: Flask, clinic_id: str | None = None) -> Iterator[None]:
    """See the database as it was committed: a fresh session, one clinic's rows or (None) all of them."""
    with app.app_context(), as_clinic(clinic_id) if clinic_id else all_clinics():
        yield


@contextmanager
def arranging(app: Flask, actor: Actor) -> Iterator[Actor]:
    """Change the database in the actor's name by calling actions; sealed on leaving."""
    with app.app_context(), as_clinic(actor.clinic_id), write_transaction():
        yield actor
        record(actor, "test.arranged", "test:arranged", {})
        seal()
