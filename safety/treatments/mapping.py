"""The place of an injection on a picture: asked about once more where it does not fit, kept, and struck.

One point is one injection, and so one line of the ledger.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, TypeVar

import sqlalchemy as sa

from safety.audit.log import Actor, record
from safety.db import db, new_id
from safety.stock import actions as stock
from safety.stock.actions import Refused
from safety.treatments import danger, face, reading
from safety.treatments.map_models import InjectionMeant, InjectionPoint, InjectionStrike, TreatmentPhoto
from safety.treatments.models import Injection, PlanItem, Treatment
from safety.treatments.reading import Chart
from safety.treatments.visit import Status

if TYPE_CHECKING:
    from safety.treatments.actions import Given

Row = TypeVar("Row")
PLACE, OFF_LABEL = "place", "off_label"


@dataclass(frozen=True)
class Spot:
    """A place on the drawn face, or on a photo of this visit: ten-thousandths of its width and height."""

    x: int
    y: int
    photo_id: str | None = None


def asked(chart: Chart, item: PlanItem, given: "Given") -> dict[str, str]:
    """What is asked a second time about an injection: what → the sentence."""
    found = {}
    if given.spot and (wrong := misplaced(given.spot, given.area, given.side)):
        found[PLACE] = wrong
    off_label = [one.off_label for one in danger.of([given.area], item.product_class, item.clinic_id)]
    if off_label and off_label[0]:
        found[OFF_LABEL] = off_label[0]
    return found


def misplaced(spot: Spot, area: str, side: str) -> str | None:
    """Why a point on the drawn face does not fit what the injection says; None: it does, or it is a photo."""
    if spot.photo_id is not None or face.fits(spot.x, spot.y, area, side):
        return None
    there, said = face.lies_in(spot.x, spot.y), in_words(area, side)
    if there is None:
        return f"This point lies beside the areas of the face. The injection says {said}"
    return f"This point lies in the area {in_words(there.area, there.side)}. The injection says {said}"


def in_words(area: str, side: str) -> str:
    """Cheek, left. An area that has its side in its name needs none behind it."""
    name = reading.area_name(area).lower()
    return f"{name}, {side}" if side in ("left", "right") and face.bare(area) == area else name


def must_be_meant(chart: Chart, item: PlanItem, given: "Given") -> dict[str, str]:
    """What was asked a second time and is meant. Raises Refused with the field of what is not."""
    if given.spot and given.spot.photo_id is not None:
        _photo(chart.treatment, given.spot.photo_id)
    questions = asked(chart, item, given)
    for what, text in questions.items():
        if what not in given.confirmed:
            raise Refused(f"{what}_meant", f"{text}. Correct it, or confirm that it is meant")
    return questions


def _photo(treatment: Treatment, photo_id: str) -> TreatmentPhoto:
    wanted = sa.select(TreatmentPhoto).where(
        TreatmentPhoto.id == photo_id, TreatmentPhoto.treatment_id == treatment.id
    )
    found = db.session.scalar(wanted)
    if found is None:
        raise Refused("place_meant", "This photo is not of this visit: place the point again")
    return found


def keep(actor: Actor, row: Injection, spot: Spot | None, questions: dict[str, str]) -> None:
    """Keep the place and what was confirmed, beside the injection."""
    for what, text in questions.items():
        db.session.add(InjectionMeant(
            id=new_id(), clinic_id=row.clinic_id, injection_id=row.id, what=what, text=text))  # fmt: skip
    facts: dict[str, str | int | None] = {"meant": ",".join(sorted(questions)) or None}
    if spot:
        point = InjectionPoint(injection_id=row.id, clinic_id=row.clinic_id, x=spot.x, y=spot.y)
        point.photo_id = spot.photo_id
        db.session.add(point)
        facts |= {"x": spot.x, "y": spot.y, "photo": spot.photo_id}
    if spot or questions:
        db.session.flush()
        record(actor, "injection.placed", f"injection:{row.id}", facts)


def strike(
    actor: Actor, treatment: Treatment, injection_id: str, reason: str, today: date, now: datetime
) -> InjectionStrike:
    """An injection was written down wrongly: it counts no more and its stock goes back. Raises Refused."""
    chart = reading.chart(treatment, today)
    if chart.status is not Status.STARTED:
        raise Refused("reason", "This treatment is finished: amend its record instead")
    row = next((one for one in chart.injections if one.id == injection_id), None)
    if row is None:
        raise Refused("reason", "This injection is already struck")
    line = stock.take_back_use(actor, row.movement, reason, now)
    struck = InjectionStrike(
        injection_id=row.id, clinic_id=row.clinic_id, reason=reason, movement=line.position, struck_at=now,
        struck_by=actor.id,
    )  # fmt: skip
    db.session.add(struck)
    db.session.flush()
    facts = {"treatment": treatment.id, "line": row.movement, "taken_back": line.position}
    record(actor, "injection.struck", f"injection:{row.id}", facts, {"reason": reason})
    return struck


@dataclass(frozen=True)
class Placed:
    """One injection of a visit with everything the map knows of it. `number` counts all, struck ones too."""

    number: int
    injection: Injection
    point: InjectionPoint | None
    strike: InjectionStrike | None
    meant: tuple[str, ...]

    @property
    def where(self) -> str:
        """Its area and side in words."""
        words = in_words(self.injection.area, self.injection.side)
        return words[:1].upper() + words[1:]


def placed(treatment_id: str) -> list[Placed]:
    """Every injection of a visit in order, struck ones too."""
    rows = _of(Injection, Injection.treatment_id == treatment_id)
    rows.sort(key=lambda one: (one.injected_at, one.movement))
    ids = [one.id for one in rows]
    points = {one.injection_id: one for one in _of(InjectionPoint, InjectionPoint.injection_id.in_(ids))}
    strikes = {one.injection_id: one for one in _of(InjectionStrike, InjectionStrike.injection_id.in_(ids))}
    meant = _of(InjectionMeant, InjectionMeant.injection_id.in_(ids))
    return [
        Placed(number, row, points.get(row.id), strikes.get(row.id),
               tuple(one.text for one in meant if one.injection_id == row.id))
        for number, row in enumerate(rows, 1)
    ]  # fmt: skip


def _of(kind: type[Row], *where: sa.ColumnElement[bool]) -> list[Row]:
    return list(db.session.scalars(sa.select(kind).where(*where)))
