"""The stay after filler: until when, who saw the patient, who let one leave early."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from safety.audit.log import Actor, record
from safety.db import db, new_id
from safety.staff.actions import Proved, sign
from safety.stock.actions import Refused
from safety.treatments import reading, visit
from safety.treatments.models import EarlyRelease, PatientSeen, Treatment
from safety.treatments.reading import Chart
from safety.treatments.visit import Status
from safety.web import when

LEAVES_EARLY = "I let this patient leave before the stay is over"


@dataclass(frozen=True)
class Stay:
    """The stay of one treatment in which something was injected. `asked`: do its products ask for one?"""

    leaves_at: datetime
    last_at: datetime
    asked: bool
    seen: PatientSeen | None
    looks: Sequence[PatientSeen]
    released: EarlyRelease | None

    def over(self, now: datetime) -> bool:
        """May the patient leave as far as time goes?"""
        return now >= self.leaves_at

    def overdue(self, now: datetime) -> bool:
        """Is the time over, and nobody has seen since that all is well?"""
        return self.asked and self.over(now) and self.against(now) is not None

    def against(self, now: datetime) -> str | None:
        """Why the patient may not leave yet, and what to do; None: may leave. Source: features T12."""
        if not self.asked:
            return None
        if self.seen and not self.seen.normal:
            at = when(self.seen.seen_at)
            return f"Not normal when seen at {at}: start the emergency, or see the patient again"
        if not self.over(now) and self.released is None:
            until = when(self.leaves_at)
            return f"The stay is not over: until {until}. Wait, or let the patient leave early by name"
        least = self.last_at if self.released else self.leaves_at
        if self.seen is None or self.seen.seen_at < least:
            return f"See the patient first, at {when(least)} or later: skin, pain and sight"
        return None


def stay(chart: Chart) -> Stay | None:
    """The stay of a treatment; None before anything was injected."""
    if not chart.injections:
        return None
    given = {item.product_class.value for item in chart.items if chart.given(item)}
    rule, last_at = reading.day_protocol()["observation"], chart.injections[-1].injected_at
    looks = _rows(PatientSeen, chart.treatment.id, PatientSeen.seen_at)
    since = [look for look in looks if look.seen_at >= last_at]
    released = [one for one in releases(chart.treatment.id) if one.released_at >= last_at]
    return Stay(
        leaves_at=visit.leaves_at(last_at, given, rule),
        last_at=last_at,
        asked=bool(given & set(rule["product_classes"])),
        seen=since[-1] if since else None,
        looks=looks,
        released=released[-1] if released else None,
    )


def overdue(on: date, now: datetime) -> list[tuple[Chart, Stay]]:
    """Running treatments of this day whose patients should have been seen, the longest over first."""
    charts = [reading.chart(one, on) for one in reading.running() if one.planned_on == on]
    held = [(chart, found) for chart in charts if (found := stay(chart)) and found.overdue(now)]
    return sorted(held, key=lambda pair: pair[1].leaves_at)


def releases(treatment_id: str) -> list[EarlyRelease]:
    """Everybody who let this patient leave early, oldest first."""
    return _rows(EarlyRelease, treatment_id, EarlyRelease.released_at)


def _rows(kind: Any, treatment_id: str, order: Any) -> list[Any]:
    wanted = sa.select(kind).where(kind.treatment_id == treatment_id).order_by(order, kind.id)
    return list(db.session.scalars(wanted))


@dataclass(frozen=True)
class Look:
    """What somebody saw when they looked at the patient."""

    skin_normal: bool
    has_pain: bool
    sight_changed: bool


def see(actor: Actor, treatment: Treatment, look: Look, today: date, now: datetime) -> PatientSeen:
    """Somebody looked at the patient. Raises Refused."""
    _running(treatment, today, "skin_normal")
    row = PatientSeen(
        id=new_id(), clinic_id=treatment.clinic_id, treatment_id=treatment.id, **vars(look), seen_at=now,
        seen_by=actor.id,
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    record(actor, "treatment.patient_seen", f"treatment:{treatment.id}", {"normal": row.normal}, vars(look))
    return row


def release(
    actor: Actor, proved: Proved, treatment: Treatment, reason: str, today: date, now: datetime
) -> EarlyRelease:
    """Let the patient leave before the stay is over, by name. Raises Refused, PermissionError."""
    chart = _running(treatment, today, "reason")
    held = stay(chart)
    assert held is not None  # running, with something injected
    if held.over(now):
        raise Refused("reason", "The stay is over: see the patient, then finish")
    content = {"treatment": treatment.id, "reason": reason, "leaves_at": held.leaves_at.isoformat()}
    signature = sign(actor, proved, f"treatment:{treatment.id}", LEAVES_EARLY, content, now)
    row = EarlyRelease(
        id=new_id(), clinic_id=treatment.clinic_id, treatment_id=treatment.id, reason=reason, released_at=now,
        released_by=actor.id, signature_id=signature.id,
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    record(actor, "treatment.released_early", f"treatment:{treatment.id}", {}, {"reason": reason})
    return row


def _running(treatment: Treatment, today: date, field: str) -> Chart:
    chart = reading.chart(treatment, today)
    if chart.status is not Status.STARTED or not chart.injections:
        raise Refused(field, "Nothing was injected, or this treatment is over")
    return chart
