"""Drills as data: the script drawn from a seed, the practice patient, and who is due when. Pure."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

Json = dict[str, Any]
SPEEDS = (1, 10)
LARGEST_SEED = 9999
PRACTICE = "PRACTICE"
COPIED = ("id", "title", "text", "looks_for", "expect", "within_min")
EFFECTS = ("more_areas", "empties_stock", "offline_min")


class NoSuchScript(LookupError):
    """The protocol holds no script of this name."""


def drawn(body: Mapping[str, Any], script_id: str, seed: int) -> Json:
    """The script as it is played: the same seed draws the same surprises at the same minutes, always.

    Raises NoSuchScript.
    """
    script = next((row for row in body["scripts"] if row["id"] == script_id), None)
    if script is None:
        raise NoSuchScript(script_id)
    kinds = {row["id"]: row for row in body["surprises"]}
    rows = sorted(script["surprises"], key=lambda row: _number(seed, "pick", row["id"]))
    picked = [row for row in script["surprises"] if row in rows[: script["pick"]["surprises"]]]
    told = [_surprise(kinds[row["surprise"]], row, seed) for row in picked]
    kept = {name: script[name] for name in ("id", "title", "teaches")}
    patient = {name: script["patient"][name] for name in ("born_on", "areas", "product_class", "brand")}
    looks = [{name: item for name, item in row.items() if name != "evidence"} for row in script["looks"]]
    stock = [{name: row[name] for name in ("product", "containers")} for row in script["stock"]]
    return {**kept, "seed": seed, "patient": patient, "looks": looks, "stock": stock, "surprises": told}


def _surprise(kind: Json, row: Json, seed: int) -> Json:
    span = row["to_min"] - row["from_min"] + 1
    at_min = row["from_min"] + _number(seed, "minute", row["id"]) % span
    effects = {name: kind.get(name) for name in EFFECTS}
    return {
        **{name: kind[name] for name in COPIED},
        **effects,
        "after_doses": row["after_doses"],
        "at_min": at_min,
    }


def _number(seed: int, *names: str) -> int:
    """A number that only seed and names decide, on every machine."""
    return int.from_bytes(hashlib.sha256("/".join([str(seed), *names]).encode()).digest()[:6])


def practice_context(script: Json, products: Sequence[Json], contacts: Sequence[Json]) -> Json:
    """What the drill opens with: a patient and stock that exist nowhere, names without a number."""
    named = {row["id"]: row for row in products}
    held = [row for row in script["stock"] if row["product"] in named]
    return {
        **script["patient"],
        "stock": [_practice_lot(named[row["product"]], row["containers"]) for row in held],
        "contacts": [{**row, "phone": None} for row in contacts],
    }


def _practice_lot(product: Json, containers: int) -> Json:
    size = product["units_per_container"]
    return {
        "lot": None,
        "lot_code": PRACTICE,
        "product": product["id"],
        "product_name": f"{product['name']}, practice",
        "units_per_container": size,
        "containers": containers,
        "units": size * containers,
        "expires_on": None,
    }


@dataclass(frozen=True)
class Due:
    """A person or a room, when they last practised, and until when that counts."""

    key: str
    name: str
    last_on: date | None
    due_on: date | None
    state: str  # never, overdue, soon, ok


def due_list(
    named: Iterable[tuple[str, str]], last: Mapping[str, date], due: Mapping[str, Any], on: date
) -> list[Due]:
    """Who and what is due, the longest overdue first. `named`: key, name; `last`: key to the last drill."""
    rows = [_due(key, name, last.get(key), due, on) for key, name in named]
    return sorted(rows, key=lambda row: (row.due_on or date.min, row.name))


def _due(key: str, name: str, last_on: date | None, due: Mapping[str, Any], on: date) -> Due:
    if last_on is None:
        return Due(key, name, None, None, "never")
    until = months_later(last_on, due["every_months"])
    if until < on:
        return Due(key, name, last_on, until, "overdue")
    soon = until - timedelta(days=due["soon"]["days"]) <= on
    return Due(key, name, last_on, until, "soon" if soon else "ok")


def months_later(day: date, months: int) -> date:
    """The same day of a later month, or that month's last day."""
    number = day.year * 12 + day.month - 1 + months
    first_after = date((number + 1) // 12, (number + 1) % 12 + 1, 1)
    last_day = (first_after - timedelta(days=1)).day
    return date(number // 12, number % 12 + 1, min(day.day, last_day))


def is_overdue(row: Due) -> bool:
    """Never practised counts as overdue."""
    return row.state in ("never", "overdue")
