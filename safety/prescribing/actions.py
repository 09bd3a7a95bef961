"""What a prescriber does: authorise a plan, in full or with limits, refuse it, take an authorisation back."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from safety.audit import canonical
from safety.audit.log import Actor, record
from safety.db import db, new_id
from safety.prescribing import links, rules
from safety.prescribing.links import Plan
from safety.prescribing.models import Authorisation, AuthorisationCancelled, Dissolving, DissolvingDose
from safety.prescribing.rules import Grant, Held, Lack, Wanted
from safety.screening import elsewhere
from safety.screening.actions import NotAllowed, Stale
from safety.screening.elsewhere import Elsewhere
from safety.screening.verdict import MAY
from safety.staff import actions as staff
from safety.staff.actions import Proved
from safety.staff.models import Member
from safety.stock.actions import Refused

Json = Any
PRESCRIBERS = MAY["prescriber"]
NOT_EXAMINED = (
    "Examine the patient in person first: with no emergency, nothing is authorised for a patient you have "
    "not examined"
)


@dataclass(frozen=True)
class Authorising:
    """A prescriber's word as typed. `limits`: item → amount, areas; `shown`: digest of the page."""

    choice: Grant
    limits: Mapping[str, tuple[int, Sequence[str]]]
    reason: str | None
    examined_on: date | None
    elsewhere: Elsewhere | None
    shown: str


def fingerprint(plan: Plan) -> str:
    """Digest of the plan and of what is known of the patient: what is shown must be what is signed."""
    known = [one.as_json() for one in links.known(plan.patient_id, plan.screening_id)]
    return hashlib.sha256(canonical.dumps({"plan": plan.as_json(), "known": known})).hexdigest()


def authorise(
    actor: Actor, proved: Proved, about: str, asked: Authorising, today: date, now: datetime
) -> Authorisation:
    """Authorise, limit or refuse what is prescription-only in a plan, signed over all of it.

    Raises NotAllowed for another role, Stale when the plan is not as shown or over, Refused with the field.
    Source: clinical specification 2.5 and G02 (GMC16, NMC25): examined in person, also when remote.
    """
    plan = _open_plan(actor, about, asked.shown, today)
    if asked.choice is not Grant.REFUSE:
        _must_be_examined(asked.examined_on, today)
    if asked.choice is not Grant.AUTHORISE and not asked.reason:
        raise Refused("reason", "Write the reason in your words")
    if wrong := elsewhere.problem(actor.id or "", asked.elsewhere):
        raise Refused(*wrong)
    row = _row(actor, plan, asked, now)
    content = signed(row)
    words = asked.choice.value.replace("_", " ")
    signature = staff.sign(
        actor, proved, f"authorisation:{row.id}", f"My word on this plan: {words}", content, now
    )
    row.signature_id = signature.id
    db.session.add(row)
    db.session.flush()
    facts = {"about": about, "choice": asked.choice.value, "remote": row.remote, "self": is_own(row, plan),
             "products": len(row.items)}  # fmt: skip
    record(actor, "prescribing.authorised", f"authorisation:{row.id}", facts, {"reason": row.reason})
    return row


def _open_plan(actor: Actor, about: str, shown: str, today: date) -> Plan:
    must_prescribe(actor)
    plan = links.plan(about)
    if plan is None or plan.over:
        raise Stale("This visit is over or was cancelled")
    if plan.on != today:
        raise Stale("An authorisation is given on the day of the visit: it counts for that day only")
    if not any(one.needs_authorisation for one in plan.items):
        raise Stale("Nothing in this plan needs an authorisation")
    if fingerprint(plan) != shown:
        raise Stale(
            "The plan, or what is known of the patient, changed since this page was opened. Read it again"
        )
    return plan


def must_prescribe(actor: Actor) -> None:
    """Raises NotAllowed unless this is a prescriber or the medical director, who works here."""
    member = db.session.scalar(sa.select(Member).where(Member.id == actor.id))
    if member is None or member.role not in PRESCRIBERS or member.left_at is not None:
        raise NotAllowed("Only a prescriber or the medical director may do this")


def _must_be_examined(examined_on: date | None, today: date) -> None:
    if examined_on is None:
        raise Refused("examined", NOT_EXAMINED)
    if examined_on > today:
        raise Refused("examined_on", "This day is still to come: enter the day of the examination")


def _row(actor: Actor, plan: Plan, asked: Authorising, now: datetime) -> Authorisation:
    needing = [one for one in plan.items if one.needs_authorisation]
    try:
        items = rules.granted(asked.choice, needing, asked.limits)
    except ValueError as wrong:
        raise Refused("choice", str(wrong)) from wrong
    if not items and asked.choice is not Grant.REFUSE:
        raise Refused("choice", "Nothing is left of the plan: refuse it instead")
    away = asked.elsewhere
    return Authorisation(
        id=new_id(), clinic_id=actor.clinic_id, about=plan.about, patient_id=plan.patient_id, on=plan.on,
        choice=asked.choice, items=items, reason=asked.reason, examined_on=asked.examined_on,
        remote=away is not None, phoned_by=away.phoned_by if away else None,
        read_back_by=away.read_back_by if away else None, shown=asked.shown, decided_at=now,
        decided_by=actor.id,
    )  # fmt: skip


def signed(row: Authorisation) -> dict[str, Json]:
    """Everything an authorisation says, as it is signed and as it is checked again before each injection."""
    return {
        "id": row.id, "about": row.about, "patient": row.patient_id, "on": row.on.isoformat(),
        "choice": row.choice.value, "items": row.items, "reason": row.reason, "remote": row.remote,
        "examined_on": row.examined_on.isoformat() if row.examined_on else None,
        "phoned_by": row.phoned_by, "read_back_by": row.read_back_by, "shown": row.shown,
    }  # fmt: skip


def is_own(row: Authorisation, plan: Plan) -> bool:
    """Did the prescriber plan this visit themself?"""
    return row.decided_by == plan.planned_by


def cancel(actor: Actor, authorisation_id: str, reason: str, now: datetime) -> None:
    """Take an authorisation back: nothing more is given on it. Raises NotAllowed, Stale."""
    must_prescribe(actor)
    row = db.session.get_one(Authorisation, authorisation_id)
    if cancelled(row.id) is not None or row.choice is Grant.REFUSE:
        raise Stale("There is nothing here to take back any more")
    db.session.add(AuthorisationCancelled(
        authorisation_id=row.id, clinic_id=row.clinic_id, reason=reason, cancelled_at=now,
        cancelled_by=actor.id))  # fmt: skip
    record(
        actor, "prescribing.cancelled", f"authorisation:{row.id}", {"about": row.about}, {"reason": reason}
    )


def cancelled(authorisation_id: str) -> AuthorisationCancelled | None:
    """How an authorisation was taken back, or None."""
    return db.session.get(AuthorisationCancelled, authorisation_id)


def standing(about: str) -> Authorisation | None:
    """The newest word on a plan: it replaces those before."""
    wanted = sa.select(Authorisation).where(Authorisation.about == about)
    return db.session.scalar(wanted.order_by(Authorisation.decided_at.desc(), Authorisation.id).limit(1))


def fits(row: Authorisation) -> bool:
    """Is this, word for word, what a prescriber signed? A row changed or copied since does not fit."""
    signature = staff.fits(row.signature_id, f"authorisation:{row.id}", signed(row), row.decided_by)
    return signature is not None and signature.role in PRESCRIBERS


def held(row: Authorisation) -> Held:
    """An authorisation as the rules read it."""
    back = cancelled(row.id)
    return Held(
        row.choice, db.session.get_one(Member, row.decided_by).name, row.patient_id, row.on, row.items,
        row.reason, back.reason if back else None, fits(row),
    )  # fmt: skip


def lacks(
    about: str, patient_id: str, wanted: Sequence[Wanted], on: date, planned: Sequence[Wanted] | None = None
) -> list[Lack]:
    """What stands between these products and the needle. `amount` of each: all of it, given before too.

    `planned`: everything in the plan now, where `wanted` is less than that.
    """
    row = standing(about)
    said = held(row) if row else None
    if said is not None:
        said = replace(said, items=rules.assigned(said.items, wanted if planned is None else planned))
    return [why for one in wanted if (why := rules.against(said, one, patient_id, on))]


def last_dissolved(patient_id: str) -> dict[str, date]:
    """Area → the last day filler was dissolved there with no emergency: a refill waits from then (C09)."""
    wanted = (
        sa.select(DissolvingDose.area, sa.func.max(Dissolving.on))
        .join(Dissolving, Dissolving.id == DissolvingDose.dissolving_id)
        .where(Dissolving.patient_id == patient_id)
        .group_by(DissolvingDose.area)
    )
    days: dict[str, date] = {}
    for area, on in db.session.execute(wanted):
        days[area] = on
    return days


def lacking(treatment_id: str, items: Sequence[Wanted], on: date) -> list[str]:
    """What a treatment lacks of authorisations, in words; empty when nothing does."""
    about = f"treatment:{treatment_id}"
    plan = links.plan(about)
    return [one.text for one in lacks(about, plan.patient_id if plan else "", items, on)]
