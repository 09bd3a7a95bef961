"""What the treatment protocol in force says about a brand of toxin: listed dilutions, and its use-by."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from safety.dilutions.rules import Label
from safety.protocols import actions as protocols
from safety.stock.guidance import day_body, of_brand
from safety.stock.rules import LotFacts, ProductClass

Json = Any
QUESTIONS, KEPT_HOURS = "screening", "toxin.reconstituted_h"


@dataclass(frozen=True)
class UseBy:
    """How long an opened vial of one brand may be kept (0 hours: for one session only), and why, in words."""

    hours: int
    one_treatment: bool
    why: str


@dataclass(frozen=True)
class Guide:
    """One brand: its listed dilutions, its use-by, and whether it comes as a liquid that nobody dilutes."""

    labels: tuple[Label, ...]
    ready_to_use: bool
    use_by: UseBy


def needs_dilution(product_class: ProductClass, brand: str) -> bool:
    """Is this product reconstituted before it is injected? Every toxin but those that come as a liquid."""
    return product_class is ProductClass.TOXIN and not guide(brand).ready_to_use


def guide(brand: str) -> Guide:
    """What is known of this brand; a brand of no row has no listed dilution and the clinic's own hours."""
    body = day_body()
    rows = of_brand(body.get("use_by", ()), brand)
    row: Mapping[str, Json] = rows[0] if rows else {}
    return Guide(
        labels=labels(body.get("dilutions", ()), brand),
        ready_to_use=bool(row.get("single_use")),  # of a toxin: nothing is made up, so nothing is kept
        use_by=use_by(row, kept_hours()),
    )


def use_by(row: Mapping[str, Json], allowed: int) -> UseBy:
    """The use-by of a row of the protocol, where the medical director allows so many hours.

    By the label at most; where the protocol lets the director go beyond it, as far as `most_hours`, and then
    by the practice the row names: for several patients. Source: clinical specification 6.5.
    """
    if not row:
        return _kept(allowed, False, "No use-by is known for this brand")
    label, title = row.get("hours"), str(row["title"])
    if row.get("single_session") or label is None:
        return UseBy(0, True, title)
    if "setting" in row and allowed > label:
        hours = min(allowed, row["most_hours"])
        return _kept(hours, False, f"{title}. {row.get('practice', '')}".rstrip(". "))
    return _kept(min(label, allowed), bool(row.get("single_patient")), title)


def _kept(hours: int, one_treatment: bool, title: str) -> UseBy:
    if hours == 0:
        return UseBy(0, True, f"{title}. The medical director allows no keeping: one patient, one session")
    return UseBy(hours, one_treatment, f"{title}. The medical director allows {hours} hours")


def labels(rows: Sequence[Mapping[str, Json]], brand: str) -> tuple[Label, ...]:
    """The dilutions listed for a brand."""
    return tuple(Label(row["vial_units"], row["diluent_ul"]) for row in of_brand(rows, brand))


def kept_hours() -> int:
    """How long the medical director lets a reconstituted vial be kept, in hours."""
    hours: int = protocols.in_force(QUESTIONS).parameters[KEPT_HOURS]
    return hours


def largest_ul() -> int:
    """The largest syringe of the kit: more diluent than that was mistyped. Microlitres."""
    largest: int = day_body()["dilution_limit"]["diluent_ul"]
    return largest


def may_be_diluted(lot: LotFacts) -> bool:
    """Does a vial of this lot need diluting?"""
    return needs_dilution(lot.product_class, lot.brand)
