"""What a prescriber's authorisation covers, and what an override of the interlock is worth. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from safety.stock.rules import AmountUnit, ProductClass, day, in_words

Json = Any

# Prescription-only wherever this runs: toxin and hyaluronidase (clinical specification 2.5; P4). Fillers are
# devices: what a prescriber has to say about them is the decision on the screening.
PRESCRIPTION_ONLY = frozenset({ProductClass.TOXIN, ProductClass.HYALURONIDASE})
# How long an asked override waits for its second person. Housekeeping, not medicine: see ADR.
ANSWER_WITHIN = timedelta(minutes=30)


READABLE_UL = 10  # a syringe is read to a hundredth of a millilitre


class Grant(StrEnum):
    """What a prescriber says to a plan."""

    AUTHORISE = "authorise"
    WITH_LIMITS = "authorise_with_limits"
    REFUSE = "refuse"


@dataclass(frozen=True)
class Wanted:
    """One product to be given: into these areas, so much of it in the product's unit."""

    item: str
    product_id: str
    name: str
    product_class: ProductClass
    brand: str
    areas: tuple[str, ...]
    amount: int
    unit: AmountUnit

    @property
    def needs_authorisation(self) -> bool:
        """Is it prescription-only?"""
        return self.product_class in PRESCRIPTION_ONLY

    def as_json(self) -> dict[str, Json]:
        """Plain JSON: what is signed."""
        said = {**vars(self), "areas": list(self.areas)}
        return {**said, "product_class": self.product_class.value, "unit": self.unit.value}


@dataclass(frozen=True)
class Held:
    """An authorisation as it stands. `items`: what was granted, as plain JSON; `fits`: the signature does."""

    choice: Grant
    by: str
    patient_id: str
    on: date
    items: Sequence[Mapping[str, Json]]
    reason: str | None
    cancelled: str | None
    fits: bool


@dataclass(frozen=True)
class Lack:
    """Why something may not be given; `code` says which part does not fit."""

    code: str
    text: str


def against(held: Held | None, wanted: Wanted, patient_id: str, on: date) -> Lack | None:
    """What stands between this product and the needle, or None. `wanted.amount`: all of it, given before too.

    Source: clinical specification 2.5 and features P4: bound to patient, product, area, amount and date.
    """
    if not wanted.needs_authorisation:
        return None
    if held is None:
        return Lack("none", f"{wanted.name} needs a prescriber's authorisation: ask for it")
    return _whole(held, wanted.name, patient_id, on) or _part(held, wanted)


def _whole(held: Held, name: str, patient_id: str, on: date) -> Lack | None:
    if not held.fits:
        return Lack("forged", f"The authorisation of {name} does not fit its signature: ask for a new one")
    if held.patient_id != patient_id:
        return Lack("patient", f"The authorisation of {name} is another patient's: ask for one")
    if held.cancelled is not None:
        return Lack("cancelled", f"The authorisation of {name} was cancelled: {held.cancelled}")
    if held.choice is Grant.REFUSE:
        return Lack("refused", f"{held.by} refused {name}: {held.reason}")
    if held.on != on:
        return Lack("day", f"The authorisation of {name} counts for {day(held.on)} only: ask for a new one")
    return None


def assigned(items: Sequence[Mapping[str, Json]], planned: Sequence[Wanted]) -> list[dict[str, Json]]:
    """What was granted, under the ids of the plan as it now stands; each grant serves one planned product.

    A plan brought within its limits has new ids: its product takes the grant whose own is no longer planned.
    """
    free = [dict(one) for one in items]
    ids = {one.item for one in planned}
    for wanted in planned:
        spare = [
            one
            for one in free
            if one["item"] not in ids and one["product_id"] == wanted.product_id
            if set(wanted.areas) <= set(one["areas"]) and all(one["item"] != wanted.item for one in free)
        ]
        if spare:
            spare[0]["item"] = wanted.item
    return free


def _part(held: Held, wanted: Wanted) -> Lack | None:
    same = [
        one for one in held.items if one["product_id"] == wanted.product_id and one["item"] == wanted.item
    ]
    if not same or same[0]["brand"] != wanted.brand or same[0]["unit"] != wanted.unit.value:
        return Lack("product", f"{held.by} did not authorise {wanted.name}: ask again")
    granted = same[0]
    if outside := [area for area in wanted.areas if area not in granted["areas"]]:
        where = ", ".join(area.replace("_", " ") for area in outside)
        return Lack("area", f"{held.by} did not authorise {wanted.name} there: {where}")
    if wanted.amount > granted["amount"]:
        most = in_words(granted["amount"], wanted.unit)
        return Lack("amount", f"{held.by} authorised at most {most} of {wanted.name}")
    return None


def granted(
    choice: Grant, wanted: Sequence[Wanted], limits: Mapping[str, tuple[int, Sequence[str]]]
) -> list[dict[str, Json]]:
    """What is granted of a plan: all, less by limits (item → amount and areas), or nothing.

    Raises ValueError when a limit goes beyond the plan, or leaves nothing.
    """
    if choice is Grant.REFUSE:
        return []
    if choice is Grant.AUTHORISE:
        return [one.as_json() for one in wanted]
    return [_limited(one, *limits[one.item]) for one in wanted if one.item in limits]


def _limited(wanted: Wanted, amount: int, areas: Sequence[str]) -> dict[str, Json]:
    if not 0 < amount <= wanted.amount:
        most = in_words(wanted.amount, wanted.unit)
        raise ValueError(f"Enter an amount above zero and at most {most}, as planned")
    if not areas or not set(areas) <= set(wanted.areas):
        raise ValueError("Choose at least one of the planned areas, or refuse")
    return {**wanted.as_json(), "amount": amount, "areas": [one for one in wanted.areas if one in areas]}


def volume_ul(units: int, per_container: int, dilution_ul: int) -> int | None:
    """Microlitres that hold so many units of a container mixed in so much; None when no syringe reads it.

    Source: clinical specification 2.4 (arithmetic): read to a hundredth of a millilitre.
    """
    exact, rest = divmod(units * dilution_ul, per_container)
    return exact if not rest and exact % READABLE_UL == 0 else None


def expires_at(asked_at: datetime) -> datetime:
    """Until when an asked override may be answered."""
    return asked_at + ANSWER_WITHIN
