"""The content of a sheet: the protocol's sentences with this clinic, this visit, and what really went in."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from flask import url_for

from safety.aftercare import rules
from safety.aftercare.models import AftercareGiven
from safety.aftercare.rules import Injected, Sheet
from safety.audit import canonical
from safety.clinic import actions as clinics
from safety.clinic.models import Clinic, ContactRole
from safety.db import db
from safety.prescribing import actions as prescribing
from safety.protocols import actions as protocols
from safety.protocols import wording
from safety.protocols.actions import InForce
from safety.staff.models import Member
from safety.stock.models import Lot, Product
from safety.treatments import observation, reading, telling, visit
from safety.treatments.handed import Paper
from safety.treatments.models import Injection
from safety.treatments.reading import Chart
from safety.treatments.visit import Status
from safety.web import day, stamp

Json = Any
PROTOCOL = "aftercare"
SIDES = ("left", "right")
PLANNED = frozenset({Status.PLANNED, Status.SCREENING, Status.WAITING_FOR_PRESCRIBER, Status.CLEARED})
Occluded = Callable[[str], bool]
_occluded: list[Occluded] = []


def tell_occluded(source: Occluded) -> Occluded:
    """Register (as a decorator): treatment id → was there an emergency? Then no cool pack is named."""
    if source not in _occluded:
        _occluded.append(source)
    return source


def content(chart: Chart, sheet: Sheet, asked: str | None = None) -> dict[str, Json]:
    """Everything one sheet says, in the language asked for or the file's first. Plain JSON.

    The sheet after a visit names what was injected up to now, and nothing that was only planned.
    """
    found = protocols.in_force(PROTOCOL)
    code = wording.language(found.body, asked)
    clinic = _clinic(found, chart.treatment.clinic_id)
    said = {
        "sheet": sheet.value, "language": code, "clinic": clinic, "patient": _name(chart),
        "on": day(chart.treatment.planned_on), "at": chart.treatment.planned_at,
        "prescriber": prescriber(chart), "version": found.version, "digest": found.digest,
    }  # fmt: skip
    blanks = {"clinic": clinic["name"], "phone": clinic["phone"], "emergency": clinic["emergency"]}
    if sheet is Sheet.BEFORE_VISIT:
        part = rules.before_visit(found.body, code)
        return {**said, **part, "words": rules.words(found.body, code, blanks | _version(found))}
    review = _review(chart)
    blanks |= {"from": review[0], "to": review[1]} if review else {}
    parts = rules.parts(found.body, code, injected(chart), all_normal(chart))
    return {
        **said, "parts": parts, "injected_by": _injectors(chart), "has_review": review is not None,
        "words": rules.words(found.body, code, blanks | _version(found)),
    }  # fmt: skip


def languages() -> list[tuple[str, str]]:
    """(code, name) of every language the sheets are written in."""
    return [(one["code"], one["name"]) for one in protocols.in_force(PROTOCOL).body["languages"]]


def _version(found: InForce) -> dict[str, str]:
    at = found.approved_at
    return {"version": str(found.version), "name": found.approver or "", "day": stamp(at) if at else ""}


def approved(said: Mapping[str, Json]) -> bool:
    """Had the medical director signed the version this content came from?"""
    found = protocols.in_force(PROTOCOL)
    return found.approved and found.digest == said["digest"]


def _clinic(found: InForce, clinic_id: str) -> dict[str, str]:
    """Name, the number answered at any hour, and the ambulance's: of the contact list, else of the file."""
    clinic = db.session.get_one(Clinic, clinic_id)
    numbers = found.body["emergency_numbers"]["numbers"]
    called = next((one.phone for one in clinics.contacts() if one.role is ContactRole.AMBULANCE), None)
    return {
        "name": clinic.name, "phone": clinic.phone,
        "emergency": called or numbers[clinic.jurisdiction.value],
    }  # fmt: skip


def _name(chart: Chart) -> str:
    return f"{chart.patient.given_name} {chart.patient.family_name}"


def prescriber(chart: Chart) -> str | None:
    """Who authorised this visit; where nothing needed that, the prescriber on the clinic's contact list."""
    word = prescribing.standing(f"treatment:{chart.treatment.id}")
    if word is not None:
        return db.session.get_one(Member, word.decided_by).name
    roles = (ContactRole.PRESCRIBER, ContactRole.MEDICAL_DIRECTOR)
    listed = [one for role in roles for one in clinics.contacts() if one.role is role]
    return listed[0].name if listed else None


def injected(chart: Chart) -> list[Injected]:
    """What went in, in order."""
    return [_injected(chart, one) for one in chart.injections]


def _injected(chart: Chart, one: Injection) -> Injected:
    item = next(item for item in chart.items if item.id == one.plan_item_id)
    product, lot = db.session.get_one(Product, item.product_id), db.session.get_one(Lot, one.lot_id)
    known = reading.area(one.area)
    side = f", {one.side} side" if one.side in SIDES else ""
    return Injected(
        item.product_class.value, product.name, item.brand, lot.code, f"{reading.area_name(one.area)}{side}",
        frozenset(known.groups) if known else frozenset(),
    )  # fmt: skip


def _injectors(chart: Chart) -> list[str]:
    ids = dict.fromkeys(one.injected_by for one in chart.injections)
    return [db.session.get_one(Member, member_id).name for member_id in ids]


def all_normal(chart: Chart) -> bool:
    """Refill measured after the injections at every filler area and normal at each, the patient seen since
    with nothing wrong, and no emergency: only then is a cool pack named. Source: clinical specification 6.6.
    """
    measured, held = chart.measured(reading.AFTER), observation.stay(chart)
    whole = bool(chart.filler_areas) and all(area in measured for area in chart.filler_areas)
    seen = held is not None and held.seen is not None and held.seen.normal
    slow = telling.slow_points(chart, chart.treatment.planned_on)
    return whole and seen and not slow and not any(source(chart.treatment.id) for source in _occluded)


def _review(chart: Chart) -> tuple[str, str] | None:
    """When this visit is reviewed, as days: from its finish, else from the treatment protocol."""
    given = {item.product_class.value for item in chart.items if chart.given(item)}
    rows = reading.day_protocol()["reviews"]
    window = visit.review(rows, given, chart.treatment.planned_on)
    return (day(window.from_on), day(window.to_on)) if window else None


def digest(said: Mapping[str, Json]) -> str:
    """The digest (hex) of a content."""
    return hashlib.sha256(canonical.dumps(said)).hexdigest()


def given(treatment_id: str, sheet: Sheet) -> Sequence[AftercareGiven]:
    """Every handing over of this sheet, newest first."""
    wanted = sa.select(AftercareGiven).where(
        AftercareGiven.treatment_id == treatment_id, AftercareGiven.sheet == sheet
    )
    return list(db.session.scalars(wanted.order_by(AftercareGiven.given_at.desc(), AftercareGiven.id)))


def lacking(chart: Chart) -> str | None:
    """Why the patient may not leave yet for want of the sheet, or None.

    Source: clinical specification 6.6 and 10, written aftercare.
    """
    rows = given(chart.treatment.id, Sheet.AFTERCARE)
    if not rows:
        return "Give the aftercare sheet with the clinic's number first"
    newest = rows[0]
    if newest.content_sha256 != digest(content(chart, Sheet.AFTERCARE, newest.language)):
        return "The aftercare sheet has changed since it was given: give the new one"
    return None


def papers(chart: Chart) -> list[Paper]:
    """The sheet before a planned visit, the sheet after injections."""
    if chart.injections:
        return [_paper(chart, Sheet.AFTERCARE, "Aftercare sheet", None if chart.finish else lacking(chart))]
    if chart.status in PLANNED:
        return [_paper(chart, Sheet.BEFORE_VISIT, "Sheet before the visit", None)]
    return []


def _paper(chart: Chart, sheet: Sheet, title: str, lacks: str | None) -> Paper:
    rows = given(chart.treatment.id, sheet)
    url = url_for("aftercare.show", treatment_id=chart.treatment.id, sheet=sheet.value)
    line = lacks or (f"Version {rows[0].version}, {stamp(rows[0].given_at)}" if rows else "To print or send")
    kind, word = ("ready", "Given") if rows and not lacks else ("open", "Not given")
    return Paper(title, line, kind, word, url, sheet is Sheet.AFTERCARE, lacks)
