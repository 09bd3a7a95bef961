"""How much is usual, what is asked about once more, what needs a second person. Pure.

One function, `doubts`, behind the plan page, the injection page, a plain POST and all else that injects.
Units of one brand are never turned into units of another: only rows that name the brand speak, and where none
does, `usual` says that no range is known. Source: clinical specification 6.3, from the treatment protocol's
`ranges` and `volumes` (version 1: its `ask_above`).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from safety.stock import rules as shelf
from safety.stock.rules import AmountUnit, in_words
from safety.treatments import visit

Json = Any
Row = Mapping[str, Json]
WARN, STOP = "warn", "stop"


@dataclass(frozen=True)
class Portion:
    """An amount over some areas: `areas` without their sides, `sides` left and right (none: the middle).

    `groups` and `tiers` are those of its areas. The amount is in the product's own unit.
    """

    areas: frozenset[str]
    amount: int
    sides: frozenset[str] = frozenset()
    groups: tuple[frozenset[str], ...] = ()
    tiers: frozenset[str] = frozenset()

    @property
    def halves(self) -> int:
        """How many sides it is spread over."""
        return max(len(self.sides), 1)


@dataclass(frozen=True)
class Amounts:
    """What is given of one product in one visit. `is_plan`: it is the whole, so too little shows as well.

    `before`: units of this very brand in the months before, from records and the patient's own word.
    `year_ul`: microlitres of this brand in the last 12 months. `now`: the injection being given, if any.
    """

    product_class: str
    brand: str
    unit: AmountUnit
    portions: tuple[Portion, ...]
    is_plan: bool = True
    before: int = 0
    year_ul: int = 0
    now: Portion | None = None

    @property
    def total(self) -> int:
        """All of it, in the product's unit."""
        return sum(one.amount for one in self.portions)


@dataclass(frozen=True)
class Doubt:
    """Why an amount is looked at again. `level`: warn asks once more, stop asks a second person."""

    id: str
    level: str
    text: str
    source: str


def doubts(body: Mapping[str, Json], asked: Amounts) -> list[Doubt]:
    """Everything these amounts go beyond, what needs a second person first."""
    if "ranges" not in body:
        found = _of_version_1(body, asked)
    elif asked.unit is AmountUnit.EACH:
        found = []
    elif asked.product_class == "toxin":
        found = [*_by_area(body["ranges"], asked), *_in_all(body["ranges"], asked)]
    else:
        found = _volumes(body["volumes"], asked)
    return sorted(dict.fromkeys(found), key=lambda one: one.level != STOP)


def _doubt(row: Row, level: str, text: str | None = None) -> Doubt:
    return Doubt(row["id"], level, text or row["title"], cited(row))


def cited(row: Row) -> str:
    """Where a row comes from: "BOTC [S], [P]"."""
    items = row["evidence"]
    return ", ".join(
        f"{one['source']} [{one['tag']}]" if "source" in one else f"[{one['tag']}]" for one in items
    )


def _of_version_1(body: Mapping[str, Json], asked: Amounts) -> list[Doubt]:
    groups = frozenset(group for one in asked.portions for each in one.groups for group in each)
    sides = frozenset(side for one in asked.portions for side in one.sides)
    part = visit.Part(asked.product_class, asked.brand, groups, max(len(sides), 1), asked.total, asked.unit)
    return [_doubt(row, WARN) for row in body["ask_above"] if visit.doubts([row], part)]


# Toxin


def rows_of(ranges: Mapping[str, Json], brand: str) -> list[Row]:
    """The rows by area that speak of this brand."""
    return [row for row in [*ranges["areas"], *ranges["brands"]] if brand in row["brands"]]


def _by_area(ranges: Mapping[str, Json], asked: Amounts) -> list[Doubt]:
    rows = rows_of(ranges, asked.brand)
    return [
        *(doubt for row in rows for doubt in _beyond(row, asked)),
        *(doubt for one in asked.portions for doubt in _mixed(rows, one, asked)),
    ]


def _beyond(row: Row, asked: Amounts) -> list[Doubt]:
    """A row against everything given inside its areas, once that is all of them (or any, for a total)."""
    inside = [one for one in asked.portions if one.areas <= set(row["areas"])]
    met = frozenset(area for one in inside for area in one.areas)
    if not inside or (met != frozenset(row["areas"]) and not row.get("total")):
        return []
    amount = sum(one.amount for one in inside)
    found = [_doubt(row, WARN, _more_than(row))] if _is_above(row, inside, amount) else []
    if asked.is_plan and amount < row.get("warn_below", 0):
        low = in_words(row["warn_below"], asked.unit)
        found.append(_doubt(row, WARN, f"{row['title']}. Less than {low}. {row['low_text']}"))
    return found


def _more_than(row: Row) -> str:
    side = " a side" if row.get("each_side") else ""
    return f"{row['title']}. This is more than {row['warn_above']} {row['unit_name']}{side}"


def _is_above(row: Row, inside: Sequence[Portion], amount: int) -> bool:
    most = int(row["warn_above"])
    if not row.get("each_side"):
        return amount > most
    sides = frozenset(side for one in inside for side in one.sides)
    one_side = [sum(one.amount for one in inside if one.sides == frozenset({side})) for side in sorted(sides)]
    return amount > most * max(len(sides), 1) or max(one_side, default=0) > most


def _mixed(rows: Sequence[Row], one: Portion, asked: Amounts) -> list[Doubt]:
    """One amount over areas no single row holds: more than all their rows allow together."""
    if any(one.areas == set(row["areas"]) or _holds(row, one) for row in rows):
        return []
    parts = [_smallest(rows, area) for area in sorted(one.areas)]
    if any(part is None for part in parts):
        return []
    known = {row["id"]: row for row in parts if row}
    most = sum(row["warn_above"] * (one.halves if row.get("each_side") else 1) for row in known.values())
    if one.amount <= most:
        return []
    text = f"More than {in_words(most, asked.unit)}: " + "; ".join(row["title"] for row in known.values())
    return [Doubt("+".join(known), WARN, text, ", ".join(dict.fromkeys(map(cited, known.values()))))]


def _holds(row: Row, one: Portion) -> bool:
    return bool(row.get("total")) and one.areas <= set(row["areas"])


def _smallest(rows: Sequence[Row], area: str) -> Row | None:
    holding = [row for row in rows if area in row["areas"]]
    return min(holding, key=lambda row: len(row["areas"]), default=None)


def _in_all(ranges: Mapping[str, Json], asked: Amounts) -> list[Doubt]:
    """The whole visit, and the whole of the last months with it."""
    found = []
    for row in ranges["session"]:
        if asked.brand in row["brands"]:
            found += [_doubt(row, STOP)] if asked.total > row.get("stop_above", asked.total) else []
            found += [_doubt(row, WARN)] if asked.total > row.get("warn_above", asked.total) else []
    for row in ranges["three_months"]:
        if asked.brand in row["brands"] and asked.before + asked.total > row["stop_above"]:
            unit = asked.unit
            said = f"{in_words(asked.before, unit)} before, {in_words(asked.total, unit)} now"
            found.append(_doubt(row, STOP, f"{row['title']}: {said}"))
    return found


# Filler


def _volumes(rows: Iterable[Row], asked: Amounts) -> list[Doubt]:
    mine = [row for row in rows if asked.product_class in row["product_classes"] and "warn_above_ul" in row]
    mine = [row for row in mine if asked.brand in row.get("brands", [asked.brand])]
    return [_doubt(row, WARN) for row in mine if PER[row["per"]](row, asked)]


def _per_visit(row: Row, asked: Amounts) -> bool:
    """The whole visit, or all that goes wholly into the row's areas."""
    if "groups" not in row:
        return asked.total > int(row["warn_above_ul"])
    groups = frozenset(row["groups"])
    inside = [one for one in asked.portions if one.groups and all(each & groups for each in one.groups)]
    amount = sum(one.amount for one in inside)
    return bool(inside) and _is_above({**row, "warn_above": row["warn_above_ul"]}, inside, amount)


def _per_injection(row: Row, asked: Amounts) -> bool:
    now = asked.now
    return now is not None and bool(now.tiers & set(row["tiers"])) and now.amount > int(row["warn_above_ul"])


def _per_year(row: Row, asked: Amounts) -> bool:
    return asked.year_ul + asked.total > int(row["warn_above_ul"])


PER = {"visit": _per_visit, "injection": _per_injection, "year": _per_year}


# What is shown beside the field


def usual(body: Mapping[str, Json], product_class: str, brand: str, areas: Mapping[str, str]) -> list[str]:
    """What is usual for this product: the rows' sentences; for toxin also each area without a known range.

    `areas`: area without side → its name, of those that may be planned.
    """
    if "ranges" not in body:
        return []
    if product_class != "toxin":
        mine = [row for row in body["volumes"] if product_class in row["product_classes"]]
        return [f"{_head(row)}: {row['typical']}" for row in mine if "typical" in row]
    rows = rows_of(body["ranges"], brand)
    if not rows:
        return ["No range is known for this brand. Its own label counts; units of other brands do not."]
    held = {area for row in rows for area in row["areas"]}
    lacking = [name for area, name in areas.items() if area not in held]
    said = [
        row["title"] + (f". Between courses: {row['interval']}" if "interval" in row else "") for row in rows
    ]
    return [*said, *([f"No range is known for this brand in: {', '.join(lacking)}"] if lacking else [])]


def _head(row: Row) -> str:
    return str(row["title"].partition(":")[0])


# What is typed


OTHER_UNITS = {
    AmountUnit.UNITS: (("ml", "millilit", "cc", "µl"), "millilitres", "units"),
    AmountUnit.MICROLITRES: (("u", "iu", "unit"), "units", "millilitres"),
}


def read(text: str, unit: AmountUnit) -> int:
    """A typed amount in the product's unit (millilitres as microlitres). Raises ValueError."""
    typed = text.strip()
    if any(sign.isnumeric() and not sign.isascii() for sign in typed):
        raise ValueError("Type the amount in the digits 0 to 9")
    if typed.startswith(("-", "−", "–")):
        raise ValueError("An amount is above zero")
    _right_unit(typed.casefold(), unit)
    if unit is AmountUnit.UNITS and _is_decimal(typed):
        raise ValueError("Enter whole units. A number with a decimal looks like millilitres")
    amount = shelf.parse_amount(typed, unit)
    if amount < 1:
        raise ValueError("Enter an amount above zero")
    return amount


def _right_unit(typed: str, unit: AmountUnit) -> None:
    wrong, theirs, ours = OTHER_UNITS.get(unit, ((), "", ""))
    letters = "".join(sign for sign in typed if sign.isalpha())
    if typed[:1].isdigit() and letters.startswith(wrong):
        raise ValueError(f"This product is counted in {ours}, not in {theirs}")


def _is_decimal(typed: str) -> bool:
    whole, _, decimals = typed.replace(",", ".").partition(".")
    return whole.isdigit() and decimals.isdigit()


def slipped(amount: int, unit: AmountUnit, body: Mapping[str, Json], asked: Amounts) -> str:
    """Is a tenth of it meant? A sentence to add where a slipped decimal point would explain a doubt."""
    if amount % 10 or amount < 10 or len(asked.portions) != 1:
        return ""
    (one,) = asked.portions
    tenth = Amounts(
        asked.product_class,
        asked.brand,
        asked.unit,
        (Portion(one.areas, amount // 10, one.sides, one.groups),),
    )
    return "" if doubts(body, tenth) else f" Is {in_words(amount // 10, unit)} meant?"
