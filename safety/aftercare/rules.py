"""Which sentences of the aftercare protocol a sheet holds: by what went in, where, and refill at leaving."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from safety.protocols import wording

Json = Any
LISTS = ("do", "expect", "call", "ambulance", "then")


class Sheet(StrEnum):
    """The two sheets of a visit."""

    AFTERCARE = "aftercare"
    BEFORE_VISIT = "before_visit"


class How(StrEnum):
    """How a sheet reached the patient."""

    PAPER = "paper"
    SENT = "sent"


@dataclass(frozen=True)
class Injected:
    """One product from one lot into one area: as the sheet names it, and what its sentences hang on."""

    product_class: str
    product: str
    brand: str
    lot: str
    area: str
    groups: frozenset[str]


def parts(
    body: Mapping[str, Json], code: str, injected: Sequence[Injected], refill_normal: bool
) -> list[dict[str, Json]]:
    """One part for each kind of product that went in, in the file's order: its products and its sentences.

    `refill_normal`: measured after the injections and normal at every point. Only then is a cool pack named;
    otherwise the sheet says no ice. Source: clinical specification 6.6.
    """
    return [
        _part(sheet, code, given, refill_normal)
        for sheet in body["sheets"]
        if (given := [one for one in injected if one.product_class == sheet["product_class"]])
    ]


def _part(
    sheet: Mapping[str, Json], code: str, given: Sequence[Injected], refill_normal: bool
) -> dict[str, Json]:
    said = {name: _lines(sheet.get(name, []), code, given, refill_normal) for name in LISTS}
    return {
        "product_class": sheet["product_class"],
        "title": wording.said(sheet["title"], code),
        "products": _products(given),
        **said,
    }


def _products(given: Iterable[Injected]) -> list[dict[str, str]]:
    """Each product, lot and area once, in the order injected."""
    rows = [{"product": one.product, "lot": one.lot, "area": one.area} for one in given]
    return [row for index, row in enumerate(rows) if row not in rows[:index]]


def _lines(
    lines: Iterable[Mapping[str, Json]], code: str, given: Sequence[Injected], refill_normal: bool
) -> list[str]:
    return [wording.said(line, code) for line in lines if holds(line.get("only", {}), given, refill_normal)]


def holds(only: Mapping[str, Json], given: Sequence[Injected], refill_normal: bool) -> bool:
    """Does a sentence limited like this belong on the sheet of what was given?

    A limit to groups or brands is met by any injection; a limit to all others needs one that is outside.
    """
    if "refill" in only and (only["refill"] == "normal") is not refill_normal:
        return False
    groups, brands = frozenset(only.get("groups", ())), set(only.get("brands", ()))
    if groups and not any(one.groups & groups for one in given):
        return False
    if "not_groups" in only and all(one.groups & set(only["not_groups"]) for one in given):
        return False
    if brands and not any(slug(one.brand) in brands for one in given):
        return False
    return "not_brands" not in only or not any(slug(one.brand) in only["not_brands"] for one in given)


def slug(brand: str) -> str:
    """A brand as the file names it."""
    return brand.strip().casefold().replace(" ", "_")


def before_visit(body: Mapping[str, Json], code: str) -> dict[str, Json]:
    """The sheet before a visit: its title and its sentences."""
    asked = body["before_visit"]
    return {
        "title": wording.said(asked["title"], code),
        "do": [wording.said(line, code) for line in asked["lines"]],
    }


def words(body: Mapping[str, Json], code: str, blanks: Mapping[str, str]) -> dict[str, str]:
    """The headings and labels of every sheet, their blanks filled in."""
    return {key: wording.filled(wording.said(node, code), blanks) for key, node in body["words"].items()}
