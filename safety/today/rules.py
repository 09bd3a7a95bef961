"""What the day board says about the shelf, a room and a visit. Handed the day; asks nobody."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from safety.stock.rules import AmountUnit, Container, LotFacts, LotState, containers_in_words, in_words
from safety.treatments.rules import LotCounts, Readiness, Ready
from safety.treatments.visit import Status

SHELF_WORDS = {
    Ready.READY: ("ready", "Hyaluronidase ready"),
    Ready.CHECK: ("check", "Check hyaluronidase"),
    Ready.NOT_READY: ("stop", "Hyaluronidase not ready"),
}
NEEDS_SOMEBODY = frozenset(
    {Status.PLANNED, Status.SCREENING, Status.WAITING_FOR_PRESCRIBER, Status.DO_NOT_TREAT}
)
MOST_DRAWN = 16  # containers drawn one by one; the words give the whole number


@dataclass(frozen=True)
class Drawn:
    """The containers drawn on the board: good ones, ones about to expire, and gaps up to what is needed."""

    good: int
    low: int
    gaps: int
    label: str


def usable_in_words(readiness: Readiness, lots: Sequence[LotFacts]) -> list[str]:
    """What may be used, by strength, the most units first: "7 ampoules, 1500 units each"."""
    counts: dict[tuple[str, int], tuple[LotFacts, int]] = {}
    for lot, judged in zip(lots, readiness.per_lot, strict=True):
        if judged.counts:
            key = lot.product_id, lot.pack.per_container
            counts[key] = lot, counts.get(key, (lot, 0))[1] + judged.containers
    most_first = sorted(counts.items(), key=lambda one: -one[0][1] * one[1][1])
    return [
        f"{containers_in_words(count, lot.container)}, {in_words(strength, lot.unit)} each"
        for (_, strength), (lot, count) in most_first
    ]


def drawn(readiness: Readiness, lots: Sequence[LotFacts], on: date) -> Drawn:
    """The containers of the product the need is counted in."""
    pairs = [
        pair for pair in zip(lots, readiness.per_lot, strict=True) if pair[1].product == readiness.needed_of
    ]
    good = sum(judged.containers for _, judged in pairs if judged.counts and not judged.because)
    low = sum(judged.containers for lot, judged in pairs if _about_to_expire(lot, judged, on))
    gaps = max(readiness.needed_containers - good - low, 0)
    label = f"{good} usable"
    label += f", {low} about to expire" if low else ""
    label += f", {gaps} missing" if gaps else ""
    shown = min(good, MOST_DRAWN)
    return Drawn(shown, min(low, MOST_DRAWN - shown), min(gaps, MOST_DRAWN), label)


def _about_to_expire(lot: LotFacts, judged: LotCounts, on: date) -> bool:
    """In date and not kept from use, but with something against it or noted about it: its expiry."""
    return bool(judged.because) and lot.expires_on >= on and lot.state is LotState.USABLE and not lot.retired


def needed_in_words(readiness: Readiness, lots: Sequence[LotFacts]) -> str:
    """3000 units, 2 ampoules; the containers are those of the product most in stock."""
    units = in_words(readiness.needed_units, AmountUnit.UNITS)
    kind = next((lot.container for lot in lots if lot.product_name == readiness.needed_of), Container.VIAL)
    return f"{units}, {containers_in_words(readiness.needed_containers, kind)}"


def first_to_expire(lots: Sequence[LotFacts], on: date) -> LotFacts | None:
    """The lot in date with something left that expires first."""
    there = [lot for lot in lots if lot.expires_on >= on and lot.state is LotState.USABLE and lot.left > 0]
    return min(there, key=lambda lot: (lot.expires_on, lot.code), default=None)


def in_days(expires_on: date, on: date) -> str:
    """Today; in 1 day; in 18 days."""
    left = (expires_on - on).days
    return "Today" if left == 0 else f"In {left} {'day' if left == 1 else 'days'}"


def room_look(emergency: bool, has_tablet: bool, shelf: Ready) -> tuple[str, str, str]:
    """Kind, word and remark of a room: none is better than the shelf, and a tablet belongs to each."""
    if emergency:
        return "stop", "Emergency", "An emergency is running here"
    if shelf is Ready.NOT_READY:
        return "stop", "Not ready", "Do not inject filler here"
    if not has_tablet:
        return "check", "Check", "No tablet enrolled"
    return ("check", "Check", "") if shelf is Ready.CHECK else ("ready", "Ready", "")


def count_of(number: int, one: str, many: str) -> str:
    """1 review due; 2 reviews due."""
    return f"{number} {one if number == 1 else many}"


def short_name(name: str) -> str:
    """N. Lindqvist; titles stay: Dr I. Okafor."""
    title, rest = ("Dr ", name.removeprefix("Dr ")) if name.startswith("Dr ") else ("", name)
    first, _, family = rest.partition(" ")
    return f"{title}{first[0]}. {family}" if family else name
