"""The arithmetic of the shelf: what is on hand, what a use takes, which lot comes first, why one is refused.

Amounts are whole numbers in the product's own unit: units of activity, microlitres, or pieces.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from safety.amounts import AmountUnit, in_words, parse_amount, parse_count

__all__ = [
    "AmountUnit",
    "in_words",
    "parse_amount",
    "parse_count",
]  # told on: amounts have a room of their own


class ProductClass(StrEnum):
    """What a product is; the first three are injected electively and are the protocols' product classes."""

    TOXIN = "toxin"
    HA_FILLER = "ha_filler"
    BIOSTIMULATOR = "biostimulator"
    HYALURONIDASE = "hyaluronidase"
    ADRENALINE = "adrenaline"
    OTHER = "other"


class Container(StrEnum):
    """What the product comes in."""

    VIAL = "vial"
    AMPOULE = "ampoule"
    SYRINGE = "syringe"
    PACK = "pack"


class LotState(StrEnum):
    """May this lot be used? A quarantined or recalled lot is refused outside an emergency."""

    USABLE = "usable"
    QUARANTINED = "quarantined"
    RECALLED = "recalled"


class MovementKind(StrEnum):
    """Why stock moved."""

    RECEIVED = "received"
    MOVED = "moved"
    OPENED = "opened"
    RECONSTITUTED = "reconstituted"
    USED = "used"
    WASTED = "wasted"
    RETURNED = "returned"
    COUNTED = "counted"
    LENT = "lent"
    BORROWED = "borrowed"
    QUARANTINED = "quarantined"
    RELEASED = "released"
    REVERSED = "reversed"
    DISCREPANCY = "discrepancy"


@dataclass(frozen=True)
class Pack:
    """How a product comes: what one container holds, and whether an opened one is spent at once."""

    per_container: int
    single_use: bool


@dataclass(frozen=True)
class Holding:
    """What the ledger says is on the shelf. Below zero only after a rescue, as an open discrepancy."""

    containers: int = 0
    amount: int = 0

    def __add__(self, other: "Holding") -> "Holding":
        return Holding(self.containers + other.containers, self.amount + other.amount)

    def __neg__(self) -> "Holding":
        return Holding(-self.containers, -self.amount)

    def __bool__(self) -> bool:
        return bool(self.containers or self.amount)


@dataclass(frozen=True)
class Taken:
    """What one use takes: containers opened or emptied, the amount given, the amount wasted at once."""

    containers: int
    used: int
    wasted: int


@dataclass(frozen=True)
class LotFacts:
    """One lot with its product and what the ledger says is left of it: all that rules about lots need."""

    lot_id: str
    code: str
    product_id: str
    product_name: str
    product_class: ProductClass
    brand: str
    unit: AmountUnit
    container: Container
    pack: Pack
    volume_key: str | None
    expires_on: date
    state: LotState
    state_reason: str | None
    replacement_ordered_on: date | None
    retired: bool
    holding: Holding
    in_vials: int = 0
    usable_in_vials: int = 0

    @property
    def sealed(self) -> Holding:
        """The shelf without the opened vials that have a record of their own."""
        return Holding(self.holding.containers, self.holding.amount - self.in_vials)

    @property
    def left(self) -> int:
        """The amount somebody may still take: whole containers only, where an opened one is spent.

        What is left in an opened vial counts until its use-by, and by itself no longer after it.
        """
        return available(self.pack, self.sealed) + self.usable_in_vials


@dataclass(frozen=True)
class VialFacts:
    """One opened vial: what it held and still holds, until when, and the treatments that drew from it."""

    vial_id: str
    lot_id: str
    amount: int
    left: int
    one_treatment: bool
    opened_at: datetime
    discard_at: datetime
    drawn_for: frozenset[str] = frozenset()

    def passed(self, now: datetime) -> bool:
        """Is its time over? From that very moment on nobody may use it."""
        return now >= self.discard_at


def vial_why_not(vial: VialFacts, now: datetime, treatment_id: str | None = None) -> list[str]:
    """Every reason against drawing from this vial now; empty: draw. Source: clinical specification 6.5."""
    reasons = []
    if vial.passed(now):
        reasons.append("The vial is past its use-by: throw it away and dilute a new one")
    if vial.one_treatment and vial.drawn_for - {treatment_id}:
        reasons.append(
            "The vial is for one patient and one session, and was used for another: dilute a new one"
        )
    if vial.left <= 0:
        reasons.append("Nothing left in the vial: dilute a new one")
    return reasons


def balance(movements: Iterable[Holding]) -> Holding:
    """On hand is the sum of the ledger's lines, nothing else."""
    return sum(movements, Holding())


def containers_for(amount: int, per_container: int) -> int:
    """Containers that hold an amount, opened ones included; negative when the ledger owes the shelf."""
    return amount // per_container if amount < 0 else -(-amount // per_container)


def opened(pack: Pack, movements: Iterable[Holding]) -> int:
    """What is left in the containers one treatment opened, from that treatment's own lines of one lot."""
    total = balance(movements)
    return total.amount - total.containers * pack.per_container if pack.single_use else 0


def available(pack: Pack, holding: Holding, own_open: int = 0) -> int:
    """The amount a use may take: sealed containers and what the same treatment has open. Never below zero."""
    if not pack.single_use:
        return max(holding.amount, 0)
    return max(holding.containers, 0) * pack.per_container + max(own_open, 0)


def taken(pack: Pack, amount: int, on_hand: int, own_open: int = 0, keeps_open: bool = False) -> Taken:
    """What giving `amount` takes from a lot holding `on_hand`.

    A single-use container is spent when opened: the rest is wasted at once, unless the treatment that opened
    it may still give it (`keeps_open`), when it is wasted as the treatment closes. From a multi-use vial the
    amount alone leaves; the container goes with the last of it.
    Source: clinical specification 2.4, opened ampoule single use, count ampoules and units.
    """
    if not pack.single_use:
        per = pack.per_container
        return Taken(containers_for(on_hand, per) - containers_for(on_hand - amount, per), amount, 0)
    from_open = min(max(own_open, 0), amount)
    rest = amount - from_open
    containers = -(-rest // pack.per_container)
    left = own_open - from_open + containers * pack.per_container - rest
    return Taken(containers, amount, 0 if keeps_open else left)


def counted(pack: Pack, holding: Holding, sealed: int, in_opened: int) -> Holding:
    """The difference to book so that ledger and shelf agree: `sealed` containers and what opened ones hold.

    For a single-use product only sealed containers are counted; what a running treatment has open stays.
    """
    if pack.single_use:
        difference = sealed - holding.containers
        return Holding(difference, difference * pack.per_container)
    amount = sealed * pack.per_container + in_opened
    containers = containers_for(amount, pack.per_container)
    return Holding(containers - holding.containers, amount - holding.amount)


def emptied(pack: Pack, holding: Holding, containers: int) -> Holding:
    """What leaves with whole containers; of multi-use ones the last may be opened and hold less."""
    amount = containers * pack.per_container
    if pack.single_use or amount <= holding.amount:
        return Holding(containers, amount)
    return holding


def opposite(pack: Pack, line: Holding, on_hand: Holding) -> Holding:
    """What takes a line back. Of multi-use vials as many count again as what is then left needs.

    The line's own containers would be wrong after a count in between: the vial it emptied may be another now.
    """
    if pack.single_use:
        return -line
    amount = on_hand.amount - line.amount
    return Holding(containers_for(amount, pack.per_container) - on_hand.containers, -line.amount)


def sealed_containers(lot: LotFacts) -> int:
    """Containers nobody has opened: no more than are left, and no more than their amount fills."""
    return max(min(lot.sealed.containers, lot.sealed.amount // lot.pack.per_container), 0)


def given_back(pack: Pack, line: Holding, on_hand: Holding, own_open: int) -> Holding:
    """What takes back a treatment's use. A container is sealed again unless later uses drew from it.

    `own_open`: what the treatment has open of this lot now, this use counted.
    """
    if not pack.single_use:
        return opposite(pack, line, on_hand)
    opened_by_it, open_after = -line.containers, own_open - line.amount
    sealed = min(opened_by_it, max(open_after, 0) // pack.per_container)
    return Holding(sealed, -line.amount)


def fefo(lots: Iterable[LotFacts]) -> list[LotFacts]:
    """First expired, first out; the lot code settles ties, so that the order never wavers."""
    return sorted(lots, key=lambda lot: (lot.expires_on, lot.code, lot.lot_id))


def why_not(
    lot: LotFacts, on: date, product_class: ProductClass | None = None, product_id: str | None = None,
    own_open: int = 0,
) -> list[str]:  # fmt: skip
    """Every reason against using this lot on a day, in words for the person holding it; empty: use it.

    A lot may be used up to and on its expiry day. `product_class` and `product_id` are what was planned.
    """
    reasons = []
    if lot.expires_on < on:
        reasons.append(f"Expired {day(lot.expires_on)}")
    if lot.state is LotState.QUARANTINED:
        reasons.append("Quarantined")
    if lot.state is LotState.RECALLED:
        reasons.append("Recalled")
    if product_class is not None and lot.product_class is not product_class:
        reasons.append("Wrong kind of product")
    elif product_id is not None and lot.product_id != product_id:
        reasons.append(f"Another product than planned: {lot.product_name}")
    if lot.retired:
        reasons.append("Product no longer used here")
    if available(lot.pack, lot.sealed, own_open) + lot.usable_in_vials <= 0:
        reasons.append("Nothing left")
    return reasons


def usable(lots: Iterable[LotFacts], on: date, product_id: str) -> list[LotFacts]:
    """The lots of a product that may be used on a day, the first to expire first."""
    return fefo(lot for lot in lots if not why_not(lot, on, product_id=product_id))


def expires_within(lot: LotFacts, on: date, days: int) -> bool:
    """Does the lot expire in fewer than `days` days from `on`?"""
    return (lot.expires_on - on).days < days


@dataclass(frozen=True)
class Condition:
    """How a lot stands on a day: ready, check or stop, with the fixed word and the reason for it."""

    kind: str
    word: str
    because: str


def condition(lot: LotFacts, on: date, near_days: int) -> Condition:
    """May this lot be used, and is anything about it to be noticed? `near_days`: when an expiry is near."""
    if against := why_not(lot, on):
        return Condition("stop", "Not ready", ". ".join(against))
    if lot.holding.containers < 0 or lot.holding.amount < 0:
        return Condition("stop", "Not ready", "The ledger owes the shelf: count it")
    if not expires_within(lot, on, near_days):
        return Condition("ready", "Ready", "")
    ordered = lot.replacement_ordered_on
    said = f"replacement ordered {day(ordered)}" if ordered else "no replacement ordered"
    left = (lot.expires_on - on).days
    when = "Expires today" if left == 0 else f"Expires in {left} {'day' if left == 1 else 'days'}"
    return Condition("check", "Check", f"{when}, {said}")


@dataclass(frozen=True)
class Total:
    """What may be used of one product: amount and containers."""

    product_id: str
    name: str
    unit: AmountUnit
    container: Container
    amount: int
    containers: int


def totals(lots: Iterable[LotFacts], on: date) -> list[Total]:
    """What may be used on a day, by product, in the order the lots came."""
    found: dict[str, Total] = {}
    for lot in lots:
        old = found.get(lot.product_id)
        amount, containers = (old.amount, old.containers) if old else (0, 0)
        if not why_not(lot, on):
            amount, containers = amount + lot.left, containers + lot.holding.containers
        named = lot.product_id, lot.product_name, lot.unit, lot.container
        found[lot.product_id] = Total(*named, amount, containers)
    return list(found.values())


def day(value: date) -> str:
    """22 Nov 2026."""
    return f"{value.day} {value:%b %Y}"


CONTAINER_WORDS = {
    Container.VIAL: ("vial", "vials"),
    Container.AMPOULE: ("ampoule", "ampoules"),
    Container.SYRINGE: ("syringe", "syringes"),
    Container.PACK: ("pack", "packs"),
}


def containers_in_words(count: int, container: Container) -> str:
    """2 ampoules."""
    one, many = CONTAINER_WORDS[container]
    return f"{count} {one if abs(count) == 1 else many}"


def gtin_problem(gtin: str) -> str | None:
    """What is wrong with a GS1 trade item number (8, 12, 13 or 14 digits with check digit), or None."""
    if not (gtin.isascii() and gtin.isdigit() and len(gtin) in (8, 12, 13, 14)):
        return "Type the 8, 12, 13 or 14 digits under the barcode"
    weighted: Sequence[int] = [int(c) * (3 if i % 2 else 1) for i, c in enumerate(reversed(gtin))]
    return "The digits do not fit together: check them against the box" if sum(weighted) % 10 else None
