"""Reading drills whole: what was planned, how it went, who is due."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from safety import clock
from safety.clinic import actions as clinic
from safety.clinic.models import Room
from safety.db import db
from safety.drills import rules
from safety.drills.models import DrillAttendance, DrillDebrief, DrillParticipant, DrillPlan
from safety.drills.score import Score, score
from safety.emergency import folding, kit
from safety.emergency.models import Emergency
from safety.protocols import actions as protocols
from safety.protocols.actions import InForce
from safety.staff import actions as staff
from safety.staff.acts import CLINICAL
from safety.staff.models import Member
from safety.web import today

Json = dict[str, Any]
PROTOCOL = "drills"
MISTAKE = "started_by_mistake"
EARLIER = 5


@dataclass(frozen=True)
class Result:
    """One drill as it was run. `score` is None while it runs and once it was made real."""

    run: Emergency
    plan: DrillPlan | None
    room: str | None
    title: str
    state: Json
    score: Score | None


def in_force() -> InForce:
    """The clinic's drill protocol. Raises Broken."""
    return protocols.in_force(PROTOCOL)


def runs() -> list[Emergency]:
    """Every run that is or began as a drill, newest first."""
    began = sa.or_(Emergency.drill.is_(True), Emergency.made_real_at.is_not(None))
    return list(db.session.scalars(sa.select(Emergency).where(began).order_by(Emergency.started_at.desc())))


def found(run_id: str) -> Emergency | None:
    """This drill, also one made real; None for anything else."""
    run = db.session.scalar(sa.select(Emergency).where(Emergency.id == run_id))
    return run if run is not None and (run.drill or run.made_real_at) else None


def planned(plan_id: str) -> DrillPlan | None:
    """The plan of this id."""
    return db.session.scalar(sa.select(DrillPlan).where(DrillPlan.id == plan_id))


def waiting() -> list[DrillPlan]:
    """Plans that were never run, newest first."""
    started = sa.select(Emergency.id)
    wanted = sa.select(DrillPlan).where(DrillPlan.id.not_in(started)).order_by(DrillPlan.planned_at.desc())
    return list(db.session.scalars(wanted))


def result(run: Emergency) -> Result:
    """How a drill went."""
    plan = planned(run.id)
    protocol, state = folding.state_of(run)
    room_id = plan.room_id if plan and plan.room_id else run.room_id
    room = db.session.get(Room, room_id) if room_id else None
    over = run.drill and run.ended_at is not None and state["started_ms"] is not None
    scored = (
        score(protocol, state, plan.script if plan else None, in_force().body["scoring"]) if over else None
    )
    title = plan.script["title"] if plan else protocol["title"]
    return Result(run, plan, room.name if room else None, title, state, scored)


def earlier(than: Result) -> list[Result]:
    """The drills before this one, newest first: what to compare with."""
    before = [run for run in runs() if run.drill and run.ended_at and run.started_at < than.run.started_at]
    return [result(run) for run in before[:EARLIER]]


def is_over(run: Emergency) -> bool:
    """A drill that was really practised: ended, never made real, and not started by mistake."""
    if not run.drill or run.ended_at is None:
        return False
    state = folding.state_of(run)[1]
    return state["ended"] is not None and state["ended"]["reason"] != MISTAKE


def attendance(run_id: str) -> Sequence[DrillAttendance]:
    """Who signed for this drill, first to sign first."""
    wanted = sa.select(DrillAttendance).where(DrillAttendance.emergency_id == run_id)
    return list(db.session.scalars(wanted.order_by(DrillAttendance.signed_at)))


def debriefs(run_id: str) -> Sequence[DrillDebrief]:
    """What was written down after this drill, newest first."""
    wanted = sa.select(DrillDebrief).where(DrillDebrief.emergency_id == run_id)
    return list(db.session.scalars(wanted.order_by(DrillDebrief.written_at.desc())))


def participants(plan_id: str) -> list[Member]:
    """Who was to take part."""
    wanted = sa.select(Member).join(DrillParticipant, DrillParticipant.member_id == Member.id)
    return list(db.session.scalars(wanted.where(DrillParticipant.plan_id == plan_id).order_by(Member.name)))


def everyone() -> dict[str, Member]:
    """Everybody who works or worked here, by id."""
    return {member.id: member for member in staff.members()}


def practising() -> list[Member]:
    """Who practises: everyone here who treats."""
    return [member for member in staff.members() if member.left_at is None and member.role.value in CLINICAL]


@dataclass(frozen=True)
class DueLists:
    """Who and which room is due, the longest overdue first."""

    people: list[rules.Due]
    rooms: list[rules.Due]
    every_months: int

    @property
    def overdue(self) -> list[rules.Due]:
        """Everybody and every room that never practised or not for too long."""
        return [row for row in (*self.people, *self.rooms) if rules.is_overdue(row)]


def due(on: date) -> DueLists:
    """Who is due on this day. A drill counts once somebody has signed for it. Raises Broken."""
    rule = in_force().body["due"]
    people = [(member.id, member.name) for member in practising()]
    rooms = [(room.id, room.name) for room in clinic.rooms()]
    last_people, last_rooms = _last()
    return DueLists(
        rules.due_list(people, last_people, rule, on), rules.due_list(rooms, last_rooms, rule, on),
        rule["every_months"],
    )  # fmt: skip


def _last() -> tuple[dict[str, date], dict[str, date]]:
    """The day of the last drill that counts, by person and by room."""
    wanted = (
        sa.select(DrillAttendance.member_id, Emergency, DrillPlan.room_id)
        .join(Emergency, Emergency.id == DrillAttendance.emergency_id)
        .outerjoin(DrillPlan, DrillPlan.id == Emergency.id)
        .where(Emergency.drill.is_(True))
        .order_by(Emergency.started_at)
    )
    people: dict[str, date] = {}
    rooms: dict[str, date] = {}
    for member_id, run, planned_room in db.session.execute(wanted):
        day = today(run.started_at)
        people[member_id] = day
        if room_id := planned_room or run.room_id:
            rooms[room_id] = day
    return people, rooms


def start_of(plan: DrillPlan) -> Json:
    """What a tablet needs to begin this drill: its id and script, and the practice patient's context."""
    products = kit.in_force_body()["products"]
    context = rules.practice_context(plan.script, products, kit.contacts())
    begun = {"speed": plan.speed, "seed": plan.seed, "script": plan.script}
    return {"id": plan.id, **begun, "context": context, "server_ms": clock.now_ms()}
