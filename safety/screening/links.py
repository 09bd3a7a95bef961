"""What features above tell screening: earlier treatments, where to go next, who holds on to a screening."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar

Json = Any
Source = TypeVar("Source")
HistoryOf = Callable[[str], Sequence[dict[str, Json]]]
Replaced = Callable[[str, str], None]


@dataclass(frozen=True)
class Next:
    """Where a screening leads back to. `line` says what is planned: "HA filler, lips, 12:30, room 2"."""

    label: str
    url: str
    line: str


@dataclass(frozen=True)
class Waits:
    """Somebody who waits for a prescriber: `why`, since when, where it is done and where it may be read."""

    name: str
    line: str
    why: str
    since: datetime
    url: str
    read_url: str
    word: str
    kind: str = "check"


NextOf = Callable[[str], Next | None]
WaitingOn = Callable[[date], Sequence[Waits]]
PlanNow = Callable[[str], dict[str, Json] | None]
_histories: list[HistoryOf] = []
_nexts: list[NextOf] = []
_replaced: list[Replaced] = []
_waiting: list[WaitingOn] = []
_plans: list[PlanNow] = []


def tell_history(source: HistoryOf) -> HistoryOf:
    """Register (as a decorator): patient id → earlier treatments as the contract's `history` items.

    Each is {"product_class", "on" (ISO date), "areas", "brand", "units"}, areas and brand as in a plan.
    """
    return _add(_histories, source)


def tell_next(source: NextOf) -> NextOf:
    """Register (as a decorator): screening id → where it leads, or None when it is nobody's."""
    return _add(_nexts, source)


def when_replaced(follow: Replaced) -> Replaced:
    """Register (as a decorator): called with (old id, new id) inside the transaction that screens again."""
    return _add(_replaced, follow)


def tell_waiting(source: WaitingOn) -> WaitingOn:
    """Register (as a decorator): day → who else waits for a prescriber."""
    return _add(_waiting, source)


def tell_plan(source: PlanNow) -> PlanNow:
    """Register (as a decorator): screening id → its plan as it now stands, or None when it is nobody's.

    {"patient", "on" (ISO date), "items": [{"item", "name", "brand", "areas", "amount", "unit"}]}; the amount
    in the product's unit.
    """
    return _add(_plans, source)


def _add(listed: list[Source], one: Source) -> Source:
    if one not in listed:
        listed.append(one)
    return one


def history(patient_id: str) -> list[dict[str, Json]]:
    """The patient's earlier treatments, from the clinic's own records."""
    return [item for source in _histories for item in source(patient_id)]


def next_step(screening_id: str) -> Next | None:
    """Where a screening leads back to."""
    return next((found for source in _nexts if (found := source(screening_id))), None)


def replace(old_id: str, new_id: str) -> None:
    """Tell everybody who holds on to the old screening."""
    for follow in _replaced:
        follow(old_id, new_id)


def waiting(on: date) -> list[Waits]:
    """Who else waits for a prescriber on this day."""
    return [found for source in _waiting for found in source(on)]


def plan(screening_id: str) -> dict[str, Json] | None:
    """The plan a screening belongs to, as it now stands."""
    return next((found for source in _plans if (found := source(screening_id))), None)
