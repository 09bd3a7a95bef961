"""What pages show of authorisations: the banner, who may have phoned, who waits and for how long."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import url_for

from safety import clock
from safety.amounts import AmountUnit, in_words
from safety.db import db
from safety.patients import actions as patients
from safety.patients.models import Patient
from safety.prescribing import actions, links
from safety.prescribing.models import Authorisation
from safety.prescribing.rules import Wanted
from safety.protocols.areas import areas
from safety.screening import elsewhere
from safety.screening.links import Waits
from safety.web import day, today


def banner(patient_id: str) -> dict[str, str]:
    """The patient in the bar at the top."""
    patient = db.session.get_one(Patient, patient_id)
    age = patients.age(patient, today(clock.now()))
    return {
        "name": name_of(patient_id),
        "born": f"Born {day(patient.born_on)}, {age} years",
        "url": url_for("patients.show", patient_id=patient.id),
    }


def name_of(patient_id: str) -> str:
    """Given and family name."""
    patient = db.session.get_one(Patient, patient_id)
    return f"{patient.given_name} {patient.family_name}"


def area_names(items: Sequence[Wanted]) -> dict[str, str]:
    """Area → its name, for all areas of these products."""
    return {area: area_name(area) for one in items for area in one.areas}


def area_name(area: str) -> str:
    """An area's name; an id no file knows any more stays readable."""
    known = areas().areas.get(area)
    return known.name if known else area.replace("_", " ").capitalize()


@dataclass(frozen=True)
class Shown:
    """An authorisation in words, for pages and paper."""

    row: Authorisation
    kind: str
    title: str
    lines: tuple[str, ...]
    may_cancel: bool


TITLES = {"authorise": "Authorised", "authorise_with_limits": "Authorised with limits", "refuse": "Refused"}


def shown(about: str, own: bool = False) -> Shown | None:
    """The standing word on a plan; `own`: the same person treats, so that it is shown as self-authorised."""
    row = actions.standing(about)
    if row is None:
        return None
    held = actions.held(row)
    title = f"{TITLES[row.choice.value]} by {held.by}"
    if held.cancelled is not None:
        title, kind = f"Authorisation by {held.by} cancelled", "stop"
    else:
        kind = "stop" if row.choice.value == "refuse" or not held.fits else "ready"
    title += ", self-authorised" if own and row.choice.value != "refuse" else ""
    counts = held.cancelled is None and row.choice.value != "refuse"
    return Shown(row, kind, title, tuple(_lines(row, held.cancelled)), counts)


def _lines(row: Authorisation, cancelled: str | None) -> list[str]:
    lines = [f"Cancelled: {cancelled}"] if cancelled is not None else []
    lines += [f"At most {_item(one)}" for one in row.items]
    lines += [row.reason] if row.reason else []
    if row.examined_on:
        lines.append(f"Examined in person on {day(row.examined_on)}")
    if row.remote:
        lines.append(f"Decided from elsewhere. {elsewhere.in_words(row.phoned_by, row.read_back_by)}")
    return lines


def _item(one: Mapping[str, Any]) -> str:
    where = ", ".join(area_name(area) for area in one["areas"])
    return f"{in_words(one['amount'], AmountUnit(one['unit']))} of {one['name']}: {where}"


def waiting(on: date) -> list[Waits]:
    """Plans of a day that wait for an authorisation."""
    return [found for plan in links.plans_on(on) if (found := _waits(plan, on))]


def _waits(plan: links.Plan, on: date) -> Waits | None:
    lacks = actions.lacks(plan.about, plan.patient_id, plan.items, on)
    if not lacks or plan.since is None or any(one.code == "refused" for one in lacks):
        return None
    return Waits(
        name_of(plan.patient_id), plan.line, lacks[0].text, plan.since, authorise_url(plan.about), plan.url,
        "Authorise",
    )  # fmt: skip


def authorise_url(about: str) -> str:
    """The page where a prescriber says their word on a plan."""
    kind, _, plan_id = about.partition(":")
    return url_for("prescribing.authorise", kind=f"{kind}s", plan_id=plan_id)
