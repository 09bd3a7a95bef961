"""May filler start: the interlock between the planned areas and the means of rescue on the shelf."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from safety.stock.rules import (
    AmountUnit,
    LotFacts,
    LotState,
    ProductClass,
    day,
    expires_within,
    in_words,
)

Json = Any
FILLERS = frozenset({ProductClass.HA_FILLER, ProductClass.BIOSTIMULATOR})


class Ready(StrEnum):
    """The three fixed words for the means of rescue: Ready, Check, Not ready."""

    READY = "ready"
    CHECK = "check"
    NOT_READY = "not_ready"


@dataclass(frozen=True)
class Demand:
    """What the rescue protocol in force asks of the shelf, in units of hyaluronidase, rounds and days.

    Source: clinical specification 7.1 and 2.3, from the protocol's `stock`, `dosing`, `product_classes`.
    """

    block_units: int
    warn_units: int
    block_rounds: int
    warn_rounds: int
    expiring_days: int
    mode: str
    units_per_area: int
    max_areas: int
    flat_units: int | None
    adrenaline_doses: int
    dissolves: frozenset[str]
    floor_containers: Mapping[str, tuple[int, int]]
    strengths: Mapping[str, tuple[str, int]]


def demand(protocol: Mapping[str, Json]) -> Demand:
    """The demand of a resolved rescue protocol."""
    stock, dosing = protocol["stock"], protocol["dosing"]
    rows = next(mode["rows"] for mode in dosing["modes"] if mode["id"] == dosing["mode"])
    flat = [row["units"] for row in rows if "units" in row and "areas" not in row]
    return Demand(
        block_units=stock["block_units"],
        warn_units=stock["warn_units"],
        block_rounds=stock["block_rounds"]["rounds"],
        warn_rounds=stock["warn_rounds"]["rounds"],
        expiring_days=stock["expiring"]["days"],
        mode=dosing["mode"],
        units_per_area=dosing["units_per_area"],
        max_areas=dosing["max_areas"],
        flat_units=flat[0] if flat else None,
        adrenaline_doses=stock["adrenaline"]["doses"],
        dissolves=frozenset(protocol["product_classes"]["dissolves"]),
        floor_containers={row["product"]: (row["units"], row["containers"]) for row in stock["block"]},
        strengths={item["id"]: (item["name"], item["units_per_container"]) for item in protocol["products"]},
    )


def round_units(asked: Demand, areas: int) -> int | None:
    """Units of one round for so many counting areas; None where the mode names no fixed dose.

    Source: clinical specification 2.3; the same table the emergency doses by.
    """
    if asked.mode == "area_pulsed":
        return asked.units_per_area * min(max(areas, 1), asked.max_areas)
    return asked.flat_units


@dataclass(frozen=True)
class Planned:
    """What the interlock must know of a plan: product classes, and how many counting areas fillers touch."""

    classes: frozenset[ProductClass]
    areas: int

    @property
    def needs_rescue(self) -> bool:
        """Any filler does; toxin alone does not."""
        return bool(self.classes & FILLERS)

    @property
    def holds_ha(self) -> bool:
        """Is hyaluronic acid among it?"""
        return ProductClass.HA_FILLER in self.classes


@dataclass(frozen=True)
class LotCounts:
    """One lot of hyaluronidase in the eyes of the interlock: what is there, and whether it counts and why."""

    lot: str
    code: str
    product: str
    units: int
    containers: int
    counts: bool
    because: str

    def as_json(self) -> dict[str, Json]:
        """Plain JSON."""
        return dict(vars(self))


@dataclass(frozen=True)
class Readiness:
    """Are the means of rescue on the shelf: needed, usable, and why. Units and containers are whole."""

    state: Ready
    needed_units: int
    needed_containers: int
    needed_of: str
    usable_units: int
    usable_containers: int
    reserved_units: int
    round_units: int | None
    rounds: int
    per_lot: tuple[LotCounts, ...] = ()
    because: tuple[str, ...] = ()

    @property
    def allows(self) -> bool:
        """May filler start?"""
        return self.state is not Ready.NOT_READY

    def as_json(self) -> dict[str, Json]:
        """Plain JSON: the contract of `stock readiness`."""
        lots = [lot.as_json() for lot in self.per_lot]
        return {**vars(self), "state": self.state.value, "per_lot": lots, "because": list(self.because)}


@dataclass(frozen=True)
class Shelf:
    """Lots of hyaluronidase; in-date adrenaline, None where the clinic keeps none in this stock.

    `promised` holds the plans that are running: what they may need is not there for another.
    """

    lots: Sequence[LotFacts]
    adrenaline: int | None = None
    promised: Sequence[Planned] = ()


def interlock(asked: Demand, plan: Planned, shelf: Shelf, on: date) -> Readiness:
    """May filler start on this day: the one calculation behind page, start, and `stock readiness`.

    Lots count in units and in whole containers. An expiry that could fall into the visit does not count, nor
    does one in fewer than `expiring_days` days unless a replacement is ordered (clinical specification 7.1).
    Each round opens fresh containers (2.4). Fillers that hyaluronidase does not dissolve ask for the same
    stock, because a prescriber may direct it (2.10), but are never better than Check.
    """
    judged = tuple(_judge(lot, asked, on) for lot in shelf.lots)
    weighed = _Weighed(asked, plan, shelf, judged)
    if not plan.needs_rescue:
        return _not_needed(weighed)
    product, containers = _containers(asked, plan, shelf.lots)
    dose = round_units(asked, plan.areas)
    return Readiness(
        state=weighed.state,
        needed_units=_need(asked, plan, asked.block_rounds),
        needed_containers=containers,
        needed_of=product,
        usable_units=weighed.units,
        usable_containers=weighed.containers,
        reserved_units=weighed.reserved,
        round_units=dose,
        rounds=rounds_held(dose or 1, weighed.packs),
        per_lot=judged,
        because=(*_because(weighed), *_adrenaline(weighed), *_about_lots(judged)),
    )


@dataclass(frozen=True)
class _Weighed:
    """Demand, plan and shelf put side by side."""

    asked: Demand
    plan: Planned
    shelf: Shelf
    judged: tuple[LotCounts, ...]

    @property
    def packs(self) -> list[tuple[int, int]]:
        """What counts: (units in one container, how many)."""
        both = zip(self.shelf.lots, self.judged, strict=True)
        return [(lot.pack.per_container, one.containers) for lot, one in both if one.counts]

    @property
    def units(self) -> int:
        return sum(each * count for each, count in self.packs)

    @property
    def containers(self) -> int:
        return sum(count for _, count in self.packs)

    @property
    def promised(self) -> list[Planned]:
        return [plan for plan in self.shelf.promised if plan.needs_rescue]

    @property
    def reserved(self) -> int:
        return sum(_need(self.asked, plan, self.asked.block_rounds) for plan in self.promised)

    def covers(self, rounds: int) -> bool:
        """Do units and whole containers reach, after what is promised to treatments that are running?"""
        enough = self.units - self.reserved >= _need(self.asked, self.plan, rounds)
        before = [
            dose for plan in self.promised for dose in _doses(self.asked, plan, self.asked.block_rounds)
        ]
        return enough and drawn([*before, *_doses(self.asked, self.plan, rounds)], self.packs)

    @property
    def undissolved(self) -> bool:
        """Is a filler planned that hyaluronidase does not dissolve?"""
        return bool((self.plan.classes & FILLERS) - self.asked.dissolves)

    @property
    def lacks_adrenaline(self) -> bool:
        known = self.shelf.adrenaline
        return known is not None and known < self.asked.adrenaline_doses and self.plan.holds_ha

    @property
    def state(self) -> Ready:
        if self.lacks_adrenaline or not self.covers(self.asked.block_rounds):
            return Ready.NOT_READY
        noted = any(one.counts and one.because for one in self.judged)
        careful = noted or self.undissolved or not self.covers(self.asked.warn_rounds)
        return Ready.CHECK if careful else Ready.READY


def _not_needed(weighed: _Weighed) -> Readiness:
    why = ("No filler is planned: hyaluronidase is not asked for.",)
    there = weighed.units, weighed.containers
    return Readiness(Ready.READY, 0, 0, "", *there, 0, None, 0, weighed.judged, why)


def _judge(lot: LotFacts, asked: Demand, on: date) -> LotCounts:
    containers = max(min(lot.holding.containers, lot.holding.amount // lot.pack.per_container), 0)
    against, note = _against(lot, asked, on), ""
    if not against and expires_within(lot, on, asked.expiring_days):
        note = f"expires {day(lot.expires_on)}, replacement ordered"
    units = containers * lot.pack.per_container
    because = ", ".join(against) or note
    return LotCounts(lot.lot_id, lot.code, lot.product_name, units, containers, not against, because)


def _against(lot: LotFacts, asked: Demand, on: date) -> list[str]:
    reasons = []
    if lot.product_class is not ProductClass.HYALURONIDASE or lot.unit is not AmountUnit.UNITS:
        reasons.append("not hyaluronidase")
    if lot.expires_on < on:
        reasons.append(f"expired {day(lot.expires_on)}")
    elif lot.expires_on == on:
        reasons.append("expires today, perhaps during the visit")
    elif expires_within(lot, on, asked.expiring_days) and lot.replacement_ordered_on is None:
        left = (lot.expires_on - on).days
        reasons.append(f"expires in {left} {'day' if left == 1 else 'days'} and no replacement is ordered")
    if lot.state is not LotState.USABLE:
        reasons.append(lot.state.value)
    if lot.retired:
        reasons.append("product no longer used here")
    if min(lot.holding.containers, lot.holding.amount // lot.pack.per_container) < 1:
        reasons.append("no sealed container left")
    return reasons


def _need(asked: Demand, plan: Planned, rounds: int) -> int:
    """Units for a plan: the approved floor, or more where its areas ask for more in so many rounds."""
    floor = asked.block_units if rounds == asked.block_rounds else asked.warn_units
    return max(floor, rounds * (round_units(asked, plan.areas) or 0))


def _doses(asked: Demand, plan: Planned, rounds: int) -> list[int]:
    """The rounds a plan may take, each at least one container."""
    return [round_units(asked, plan.areas) or 1] * rounds


def drawn(doses: Iterable[int], packs: Iterable[tuple[int, int]]) -> bool:
    """Can these doses be drawn, each from containers nobody opened before? `packs`: (units in one, how many).

    Each dose takes the strongest containers left until it is reached: never more hopeful than the shelf.
    """
    left = sorted(([each, count] for each, count in packs if count > 0), reverse=True)
    for dose in sorted(doses, reverse=True):
        while dose > 0 and left:
            each, count = left[0]
            opened = min(count, -(-dose // each))
            dose, left[0][1] = dose - opened * each, count - opened
            if left[0][1] == 0:
                left.pop(0)
        if dose > 0:
            return False
    return True


def rounds_held(dose: int, packs: Iterable[tuple[int, int]]) -> int:
    """How many doses of so many units can be drawn, each from fresh containers."""
    held, missing = 0, dose
    for each, count in sorted(packs, reverse=True):
        while count > 0:
            opened = min(count, -(-missing // each))
            missing, count = missing - opened * each, count - opened
            if missing <= 0:
                held, missing = held + 1, dose
    return held


def _containers(asked: Demand, plan: Planned, lots: Sequence[LotFacts]) -> tuple[str, int]:
    """Which product, and how many containers of it, meet the need alone: of the product most in stock."""
    best = max(lots, key=lambda lot: (lot.holding.amount, lot.product_name), default=None)
    if best is None:
        key, (name, strength) = next(iter(asked.strengths.items()))
    else:
        key, name, strength = best.volume_key or "", best.product_name, best.pack.per_container
    return name, containers_needed(asked, plan, key, strength)


def containers_needed(asked: Demand, plan: Planned, product: str, strength: int) -> int:
    """Containers of one strength a plan asks for: the protocol's own figure, or more for its rounds.

    Source: clinical specification 7.1 (table by product) and 2.4 (every round opens fresh containers).
    """
    units, printed = asked.floor_containers.get(product, (0, 0))
    floor = printed if units == asked.block_units else -(-asked.block_units // strength)
    each_round = -(-(round_units(asked, plan.areas) or 1) // strength)
    return max(floor, asked.block_rounds * each_round)


def _because(weighed: _Weighed) -> list[str]:
    asked, usable, why = weighed.asked, in_words(weighed.units, AmountUnit.UNITS), []
    if not weighed.covers(asked.block_rounds):
        needed = _need(asked, weighed.plan, asked.block_rounds)
        kept = in_words(weighed.reserved, AmountUnit.UNITS)
        promised = f", of which {kept} are kept for treatments running now" if weighed.reserved else ""
        why.append(f"Needed {in_words(needed, AmountUnit.UNITS)}, usable {usable}{promised}")
        if weighed.units - weighed.reserved >= needed:
            why.append(f"The containers do not give {asked.block_rounds} rounds: each round opens fresh ones")
    elif not weighed.covers(asked.warn_rounds):
        more = in_words(_need(asked, weighed.plan, asked.warn_rounds), AmountUnit.UNITS)
        why.append(f"Order more: {more} should be there, usable {usable}")
    if weighed.undissolved:
        why.append("This filler does not dissolve: know which specialist to call before you start")
    return why


def _about_lots(judged: Iterable[LotCounts]) -> list[str]:
    there = [one for one in judged if one.because and (one.units or one.counts)]
    return [f"Lot {one.code}{'' if one.counts else ' does not count'}: {one.because}" for one in there]


def _adrenaline(weighed: _Weighed) -> list[str]:
    if not weighed.plan.holds_ha:
        return []
    if weighed.shelf.adrenaline is None:
        return ["Adrenaline is not kept in this stock list: check it in the kit"]
    if weighed.lacks_adrenaline:
        asked = weighed.asked.adrenaline_doses
        return [f"Adrenaline: {asked} in-date doses needed, {weighed.shelf.adrenaline} there"]
    return []
