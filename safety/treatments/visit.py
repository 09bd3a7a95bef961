"""Where a treatment stands, amounts that look mistyped, when a review is due. Knows no row and no clock."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from safety.stock.rules import AmountUnit, ProductClass, in_words
from safety.treatments.rules import FILLERS

Json = Any


class Status(StrEnum):
    """Where a treatment stands."""

    PLANNED = "planned"
    SCREENING = "screening"
    WAITING_FOR_PRESCRIBER = "waiting_for_prescriber"
    DO_NOT_TREAT = "do_not_treat"
    CLEARED = "cleared"
    STARTED = "started"
    FINISHED = "finished"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class Stands:
    """What the rows of a treatment say. `verdict` is the screening's state today, None without one."""

    verdict: str | None = None
    started: bool = False
    finished: bool = False
    cancelled: bool = False


OF_VERDICT = {
    None: Status.PLANNED,
    "cleared": Status.CLEARED,
    "prescriber": Status.WAITING_FOR_PRESCRIBER,
    "do_not_treat": Status.DO_NOT_TREAT,
}


def status(facts: Stands) -> Status:
    """Where a treatment stands. The only place that decides it; no verdict undoes what is done."""
    if facts.cancelled:
        return Status.CANCELLED
    if facts.finished:
        return Status.FINISHED
    if facts.started:
        return Status.STARTED
    return OF_VERDICT.get(facts.verdict, Status.SCREENING)


@dataclass(frozen=True)
class Missing:
    """One thing that must be there before the first injection, and is not."""

    code: str
    text: str


@dataclass(frozen=True)
class Part:
    """One planned product as amounts are looked at: microlitres or units over some areas."""

    product_class: str
    brand: str
    groups: frozenset[str]
    sides: int
    amount: int
    unit: AmountUnit


def asked_above(body: Mapping[str, Json]) -> list[Mapping[str, Json]]:
    """The amounts of a visit asked about once more: `ask_above`, from version 2 on their rows."""
    if "ask_above" in body:
        return list(body["ask_above"])
    volumes = [row | {"ul": row["warn_above_ul"]} for row in body["volumes"] if _of_a_visit(row)]
    session = [row for row in body["ranges"]["session"] if "warn_above" in row]
    return volumes + [row | {"units": row["warn_above"], "product_classes": ["toxin"]} for row in session]


def _of_a_visit(row: Mapping[str, Json]) -> bool:
    return row["per"] == "visit" and "warn_above_ul" in row


def doubts(rows: Iterable[Mapping[str, Json]], part: Part) -> list[str]:
    """Why an amount should be looked at again: the sentences of the treatment protocol it goes beyond.

    Source: clinical specification 6.3, see `asked_above`.
    """
    return [row["title"] for row in rows if _beyond(row, part)]


def _beyond(row: Mapping[str, Json], part: Part) -> bool:
    most = row.get("ul") if part.unit is AmountUnit.MICROLITRES else row.get("units")
    if most is None or part.product_class not in row["product_classes"]:
        return False
    if "groups" in row and not part.groups <= frozenset(row["groups"]):
        return False
    if "brands" in row and part.brand not in row["brands"]:
        return False
    return part.amount > int(most) * (part.sides if row.get("each_side") else 1)


def beyond_plan(amount: int, given: int, planned: int, unit: AmountUnit) -> str | None:
    """What is wrong with giving `amount` more of a planned product, or None: a slipped decimal point."""
    if given + amount <= planned:
        return None
    said = f"{in_words(planned, unit)} planned, {in_words(given, unit)} given"
    if planned and amount % 10 == 0 and given + amount // 10 <= planned:
        return f"More than planned: {said}. Is {in_words(amount // 10, unit)} meant?"
    return f"More than planned: {said}"


@dataclass(frozen=True)
class Window:
    """When a review is due: from and to a day, both included."""

    from_on: date
    to_on: date


def review(rows: Iterable[Mapping[str, Json]], classes: Iterable[str], on: date) -> Window | None:
    """When everything given on a day is reviewed in one visit: from the latest opening on.

    Source: clinical specification 6.1, C05 and C06, from the protocol's `reviews`.
    """
    given = set(classes)
    due = [row for row in rows if given & set(row["product_classes"])]
    if not due:
        return None
    opens = max(row["from_day"] for row in due)
    closes = min((row["to_day"] for row in due if row["to_day"] >= opens), default=opens)
    return Window(on + timedelta(days=opens), on + timedelta(days=closes))


def leaves_at(
    last_injected_at: datetime, classes: Iterable[str], observation: Mapping[str, Json]
) -> datetime:
    """The earliest moment the patient may leave; at once where no stay is asked for."""
    asked = bool(set(classes) & set(observation["product_classes"]))
    return last_injected_at + timedelta(minutes=observation["minutes"] if asked else 0)


ULTRASOUND_TIERS = frozenset({"red", "amber_plus"})


def asks_ultrasound(tier: str, product_class: ProductClass) -> bool:
    """Must a filler injection there say whether ultrasound was used? (clinical specification 1.4)."""
    return tier in ULTRASOUND_TIERS and product_class in FILLERS


def refill_points(areas: Iterable[str], before: Iterable[str]) -> list[str]:
    """Planned points without a baseline capillary refill, in the order planned."""
    have = set(before)
    return [area for area in dict.fromkeys(areas) if area not in have]


def parse_seconds(text: str, step_ds: int) -> int:
    """A typed refill time in tenths of a second, to the step the protocol records. Raises ValueError."""
    whole, _, decimals = text.strip().replace(",", ".").partition(".")
    if not (whole + decimals).isascii() or not whole.isdigit() or (decimals and not decimals.isdigit()):
        raise ValueError("Enter seconds as a number, for example 1.5")
    tenths = int(whole[:4]) * 10 + int(decimals[:1] or "0")
    if len(decimals.rstrip("0")) > 1 or tenths % step_ds:
        raise ValueError(f"Enter seconds to the nearest {step_ds / 10:g}")
    if not 0 < tenths <= MOST_TENTHS:
        raise ValueError("Enter seconds above zero, and check a number this large")
    return tenths


MOST_TENTHS = 600  # a minute: whoever waits longer types no number but starts the emergency


@dataclass(frozen=True)
class Refill:
    """One reading and what it is compared with, tenths of a second."""

    refill_ds: int
    mirror_ds: int | None
    baseline_ds: int | None


def slow(read: Refill, age: int, rule: Mapping[str, Json]) -> bool:
    """Is this refill abnormal by the emergency protocol's own rule? Source: clinical specification 1.2."""
    cut_s = rule["abs_s_65plus"] if age >= rule["older_from_years"] else rule["abs_s"]
    others = [one for one in (read.mirror_ds, read.baseline_ds) if one is not None]
    slower = any(read.refill_ds - one >= rule["delta_s"] * 10 for one in others)
    return bool(read.refill_ds >= cut_s * 10 or slower)
