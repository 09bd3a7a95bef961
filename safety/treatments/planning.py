"""A visit is planned: one target for each product, in the right order, in amounts somebody stands behind."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from safety.audit.log import Actor, record
from safety.db import db, new_id
from safety.patients.models import Patient
from safety.protocols.areas import Area
from safety.screening import actions as screening
from safety.screening.verdict import MAY
from safety.staff import actions as staff
from safety.staff.actions import Proved
from safety.staff.models import Member
from safety.stock import ledger
from safety.stock.actions import Refused
from safety.stock.models import Product, ProductClass
from safety.stock.rules import day
from safety.treatments import amounts, judging, reading
from safety.treatments.amounts import Doubt
from safety.treatments.judging import Judged, Line
from safety.treatments.models import PlanAnswer, PlanItem, Treatment
from safety.treatments.sequence import Finding

Json = Any
PLANNABLE = frozenset({ProductClass.TOXIN, ProductClass.HA_FILLER, ProductClass.BIOSTIMULATOR})
GOES_ON = "I go on in spite of what the sequence of treatments says, with these reasons"
SECOND = "I looked at this amount as the second person and stand behind it"


@dataclass(frozen=True)
class Item:
    """One product planned for one target; `amount` in the product's own unit.

    `sure`: an amount that is asked about once more is meant.
    """

    product_id: str
    areas: Sequence[str]
    amount: int
    target: str
    sure: bool = False


@dataclass(frozen=True)
class Answers:
    """What people say to findings and doubts. `reasons`: rule (C01) → why; `proved`: who signs them.

    `second`: the second person behind an amount that needs one.
    """

    reasons: Mapping[str, str] = field(default_factory=dict)
    proved: Proved | None = None
    second: Proved | None = None


@dataclass(frozen=True)
class Plan:
    """One visit: where, when (`at` is clock time as text, or None), and what."""

    on: date
    at: str | None
    room_id: str | None
    items: Sequence[Item]
    answers: Answers = Answers()


def plan(actor: Actor, patient_id: str, wanted: Plan, today: date, now: datetime) -> Treatment:
    """Plan a visit; on its own day the screening begins at once. Raises Refused."""
    patient = db.session.get_one(Patient, patient_id)
    if wanted.on < today:
        raise Refused("on", "This day is over: choose today or later")
    treatment = Treatment(
        id=new_id(), clinic_id=patient.clinic_id, patient_id=patient.id, room_id=wanted.room_id,
        planned_on=wanted.on, planned_at=wanted.at, created_at=now, created_by=actor.id,
    )  # fmt: skip
    rows = [plan_item(treatment, position, item) for position, item in enumerate(wanted.items)]
    judged = judging.plan(patient.id, wanted.on, [Line.of(row) for row in rows], today)
    must_hold(actor, judged, wanted)
    db.session.add(treatment)
    db.session.flush()
    db.session.add_all(rows)
    db.session.flush()
    facts = {"patient": patient.id, "on": wanted.on.isoformat(), "products": len(wanted.items)}
    record(actor, "treatment.planned", f"treatment:{treatment.id}", facts)
    keep_answers(actor, treatment, rows, judged, wanted.answers, now)
    if wanted.on == today:
        screen(actor, treatment, today, now)
    return treatment


def plan_item(treatment: Treatment, position: int, item: Item) -> PlanItem:
    """The row of one planned product. Raises Refused with its field."""
    product = ledger.product(item.product_id)
    if product is None or product.retired_at is not None or product.product_class not in PLANNABLE:
        raise Refused("product_id", "Choose a product from the list")
    if not item.areas:
        raise Refused("areas", "Choose at least one area")
    for name in item.areas:
        _plannable(product, name)
    if item.amount < 1:
        raise Refused("amount", "Enter an amount above zero")
    if not item.target.strip():
        raise Refused("target", "Name one target for this product")
    return PlanItem(
        id=new_id(), clinic_id=treatment.clinic_id, treatment_id=treatment.id, position=position,
        product_id=product.id, product_class=product.product_class, brand=product.brand,
        areas=list(dict.fromkeys(item.areas)), amount=item.amount, amount_unit=product.amount_unit,
        target=item.target, withdrawn_at=None,
    )  # fmt: skip


def _plannable(product: Product, name: str) -> Area:
    known = reading.area(name)
    if known is None or product.product_class.value not in known.product_classes:
        raise Refused("areas", f"{reading.area_name(name)} is not an area for this kind of product")
    return known


def screen(actor: Actor, treatment: Treatment, today: date, now: datetime) -> str:
    """Begin the screening of this visit; returns its id. Raises Refused on any other day."""
    if treatment.planned_on != today:
        raise Refused("on", f"Screening is done on the day of the visit, {day(treatment.planned_on)}")
    if treatment.screening_id is not None:
        return treatment.screening_id
    items = reading.chart(treatment, today).items
    begun = screening.start(
        actor, patient_id=treatment.patient_id, plan=reading.plan_of(items), on=today,
        first_visit=reading.first_visit(treatment.patient_id), now=now,
    )  # fmt: skip
    treatment.screening_id = begun.id
    return begun.id


# What somebody must answer for


@dataclass(frozen=True)
class Wrong:
    """A field of the plan page and what is wrong there."""

    field: str
    text: str


def must_hold(actor: Actor, judged: Judged, wanted: Plan) -> None:
    """Everything asked about is answered by somebody who may. Raises Refused with the first field."""
    role = db.session.get_one(Member, actor.id).role
    sure = [item.sure for item in wanted.items]
    for wrong in lacking(judged, wanted.answers, sure, role):
        raise Refused(wrong.field, wrong.text)
    if judged.asked and wanted.answers.proved is None:
        raise Refused("secret", "Sign the reasons with your PIN or password")
    if judged.stops:
        must_be_second(actor, wanted.answers.second)


def lacking(judged: Judged, answers: Answers, sure: Sequence[bool], role: str | None) -> list[Wrong]:
    """What is not answered yet, field by field; signatures are looked at apart."""
    found = [wrong for one in judged.asked if (wrong := _unanswered(one, answers.reasons, role))]
    for number, (doubts, meant) in enumerate(zip(judged.doubts, sure, strict=True)):
        if doubts and not meant:
            found.append(
                Wrong(f"sure_{number}", f"{doubts[0].text}. Correct it, or confirm that it is meant")
            )
    return found


def _unanswered(one: Finding, reasons: Mapping[str, str], role: str | None) -> Wrong | None:
    if role not in MAY.get(one.override, frozenset()):
        return Wrong("on", refusal(one))
    return None if reasons.get(one.rule) else Wrong(f"reason_{one.rule}", f"{one.reason} Write why you go on")


def refusal(one: Finding) -> str:
    """Why this day is refused, and the first day that is not."""
    first = f" The first day is {day(one.earliest_on)}." if one.earliest_on else ""
    who = " Before it, a prescriber may decide with a reason." if one.override == "prescriber" else ""
    return f"{one.reason}{first}{who}"


def must_be_second(actor: Actor, second: Proved | None) -> None:
    """A prescriber or the medical director, and not the person planning. Raises Refused."""
    if second is None:
        raise Refused("second_secret", "A second person looks at this amount and signs")
    if second.member_id == actor.id:
        raise Refused("second_id", "The second person is somebody else than you")
    member = db.session.get_one(Member, second.member_id)
    if member.role not in MAY["prescriber"] or member.left_at is not None:
        raise Refused("second_id", "The second person is a prescriber or the medical director")


def keep_answers(
    actor: Actor,
    treatment: Treatment,
    rows: Iterable[PlanItem],
    judged: Judged,
    answers: Answers,
    now: datetime,
) -> None:
    """Write down who answered for what, signed; notes are shown and kept nowhere."""
    digest = judging.fingerprint(treatment.id, treatment.planned_on, map(Line.of, rows))
    keeping = Keeping(actor, treatment, digest, now)
    if judged.asked and answers.proved is not None:
        keeping.reasons(judged.asked, answers.reasons, answers.proved)
    doubts = list(dict.fromkeys(one for each in judged.doubts for one in each))
    keeping.meant([one for one in doubts if one.level == amounts.WARN])
    if judged.stops and answers.second is not None:
        keeping.second(judged.stops, answers.second)


@dataclass(frozen=True)
class Keeping:
    """Writes answers to one plan (`digest`), or to one injection of it."""

    actor: Actor
    treatment: Treatment
    digest: str
    now: datetime
    injection_id: str | None = None

    @property
    def subject(self) -> str:
        """What the audit entries and signatures are about."""
        return f"treatment:{self.treatment.id}"

    def reasons(self, findings: Sequence[Finding], reasons: Mapping[str, str], proved: Proved) -> None:
        """Each finding with its reason, under one signature."""
        told = [{"finding": one.id, "outcome": one.outcome, "text": one.reason, "reason": reasons[one.rule]}
                for one in findings]  # fmt: skip
        content = {"plan": self.digest, "findings": told}
        signed = staff.sign(self.actor, proved, self.subject, GOES_ON, content, self.now)
        for one in findings:
            self.finding(one, reasons[one.rule], signed.id)

    def finding(self, one: Finding, reason: str, signature_id: str | None) -> None:
        """One finding and why somebody goes on."""
        self._add(
            self.actor, one.id, one.outcome, one.reason, one.source, reason, signature_id, one.earliest_on
        )

    def meant(self, doubts: Sequence[Doubt]) -> None:
        """Amounts asked about once more that are meant."""
        for one in doubts:
            self._add(self.actor, one.id, one.level, one.text, one.source, None, None)

    def second(self, doubts: Sequence[Doubt], proved: Proved) -> None:
        """Amounts a second person stands behind, signed by them."""
        other = Actor("member", proved.member_id, self.treatment.clinic_id, self.actor.tablet_id)
        content = {
            "plan": self.digest,
            "injection": self.injection_id,
            "amounts": [vars(one) for one in doubts],
        }
        signed = staff.sign(other, proved, self.subject, SECOND, content, self.now)
        for one in doubts:
            self._add(other, one.id, one.level, one.text, one.source, None, signed.id)

    def _add(
        self, by: Actor, finding: str, outcome: str, text: str, source: str, reason: str | None,
        signature_id: str | None, earliest_on: date | None = None,
    ) -> None:  # fmt: skip
        db.session.add(PlanAnswer(
            id=new_id(), clinic_id=self.treatment.clinic_id, treatment_id=self.treatment.id,
            injection_id=self.injection_id, plan_sha256=self.digest, finding=finding, outcome=outcome,
            text=text, source=source, earliest_on=earliest_on, reason=reason, answered_at=self.now,
            answered_by=by.id, signature_id=signature_id))  # fmt: skip
        facts = {"finding": finding, "outcome": outcome, "injection": self.injection_id}
        record(by, "treatment.answered", self.subject, facts, {"text": text, "reason": reason})
