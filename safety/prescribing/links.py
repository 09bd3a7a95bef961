"""What treatments tell the prescriber: the plan, what is known of the patient, the means of rescue."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar

from flask import url_for

from safety.prescribing.rules import Wanted
from safety.screening.lifting import Lifted

Json = Any
Source = TypeVar("Source")


@dataclass(frozen=True)
class Plan:
    """What is to be given to whom on which day. `about`: "treatment:<id>"; `over`: nothing more is given.

    `page`: its endpoint and the name of the id in it; `why` and `said` (of allergies) are signed too.
    """

    about: str
    patient_id: str
    on: date
    items: tuple[Wanted, ...]
    line: str
    page: tuple[str, str]
    planned_by: str
    screening_id: str | None
    over: bool
    begun: bool = False
    since: datetime | None = None
    why: str = ""
    said: tuple[Lifted, ...] = ()

    @property
    def plan_id(self) -> str:
        """The id alone."""
        return self.about.partition(":")[2]

    @property
    def url(self) -> str:
        """Its page; asked for in a request only."""
        endpoint, name = self.page
        named: dict[str, Any] = {name: self.plan_id}
        return url_for(endpoint, **named)

    def as_json(self) -> dict[str, Json]:
        """What a signature is bound to."""
        items = [one.as_json() for one in self.items]
        whole = {"about": self.about, "patient": self.patient_id, "on": self.on.isoformat(), "items": items}
        return {**whole, "why": self.why, "said": [one.as_json() for one in self.said]}


@dataclass(frozen=True)
class Rescue:
    """The interlock's answer for one treatment: whole as JSON, whether it allows filler, and why not."""

    seen: dict[str, Json]
    allows: bool
    needed: str
    usable: str
    because: tuple[str, ...]


PlanOf = Callable[[str], Plan | None]
PlansOn = Callable[[date], Sequence[Plan]]
KnownOf = Callable[[str, str | None], Sequence[Lifted]]
PastOf = Callable[[str], Sequence[str]]
RescueOf = Callable[[str, date], Rescue | None]
ReserveOn = Callable[[date], Sequence[str]]
_plans: list[PlanOf] = []
_plans_on: list[PlansOn] = []
_known: list[KnownOf] = []
_past: list[PastOf] = []
_rescues: list[RescueOf] = []
_reserves: list[ReserveOn] = []


def tell_plan(source: PlanOf) -> PlanOf:
    """Register (as a decorator): "treatment:<id>" → its plan, or None when it is not one of theirs."""
    return _add(_plans, source)


def tell_plans_on(source: PlansOn) -> PlansOn:
    """Register: day → the plans whose screening is done and that have not begun, with `since`."""
    return _add(_plans_on, source)


def tell_known(source: KnownOf) -> KnownOf:
    """Register: (patient id, screening id or None) → what an emergency must know of this patient."""
    return _add(_known, source)


def tell_past(source: PastOf) -> PastOf:
    """Register: patient id → earlier treatments in one line each, newest first."""
    return _add(_past, source)


def tell_rescue(source: RescueOf) -> RescueOf:
    """Register: (treatment id, day) → the interlock's answer for it, or None when none is asked for."""
    return _add(_rescues, source)


def tell_reserve(source: ReserveOn) -> ReserveOn:
    """Register: day → why the shelf, as it now stands, lacks the emergency reserve; empty: it does not."""
    return _add(_reserves, source)


def _add(listed: list[Source], one: Source) -> Source:
    if one not in listed:
        listed.append(one)
    return one


def plan(about: str) -> Plan | None:
    """The plan an authorisation is about, or None."""
    return next((found for source in _plans if (found := source(about))), None)


def plans_on(on: date) -> list[Plan]:
    """Plans of a day that are ready for a prescriber."""
    return [found for source in _plans_on for found in source(on)]


def known(patient_id: str, screening_id: str | None) -> list[Lifted]:
    """What an emergency must know of this patient."""
    return [found for source in _known for found in source(patient_id, screening_id)]


def past(patient_id: str) -> list[str]:
    """Earlier treatments, newest first."""
    return [found for source in _past for found in source(patient_id)]


def rescue(treatment_id: str, on: date) -> Rescue | None:
    """The interlock's answer for a treatment."""
    return next((found for source in _rescues if (found := source(treatment_id, on))), None)


def below_reserve(on: date) -> list[str]:
    """Why the shelf does not hold the emergency reserve; empty when it does."""
    return [why for source in _reserves for why in source(on)]
