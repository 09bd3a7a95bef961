"""Which dose is next, what to draw, and how many rounds are left. Twin of doses.mjs. Pure.

Units come from the approved table, volumes from the printed one: nothing here works out a volume.
"""

from typing import Any

from safety.emergency.facts import SECOND, by_time, doses, latest, live
from safety.emergency.refill import place, points, rank

Json = dict[str, Any]


def product_kind(protocol: Json, state: Json) -> str:
    """ha, non_ha, unknown (named, but in no list: treated as ha and referred) or unnamed."""
    named, classes = state["context"]["product_class"], protocol["product_classes"]
    if named is None:
        return "unnamed"
    if named in classes["dissolves"]:
        return "ha"
    return "non_ha" if named in classes["not_dissolved"] else "unknown"


def areas_of(fact: Json | None) -> int | None:
    """How many areas were counted: the different ones named, else the number given."""
    if fact is None:
        return None
    named = fact["data"]["areas"] or []
    return len(set(named)) if named else fact["data"]["count"]


def areas_now(state: Json) -> int | None:
    """The latest count of affected areas, None before the first."""
    return areas_of(latest(live(state, "areas_counted")))


def mode_rows(protocol: Json) -> list[Json]:
    """The rows of the dosing mode the clinic approved."""
    modes = {mode["id"]: mode["rows"] for mode in protocol["dosing"]["modes"]}
    return list(modes[protocol["dosing"]["mode"]])


def table(protocol: Json) -> list[Json]:
    """The approved doses: areas (None: whatever the number) and units."""
    dosing = protocol["dosing"]
    if dosing["mode"] == "area_pulsed":
        counts = range(1, dosing["max_areas"] + 1)
        return [{"areas": count, "units": dosing["units_per_area"] * count} for count in counts]
    return [{"areas": None, "units": row["units"]} for row in mode_rows(protocol) if "units" in row]


def next_units(protocol: Json, state: Json) -> int | None:
    """Units of the next dose, None when the areas are not counted or the mode names no fixed dose."""
    rows, count = table(protocol), areas_now(state)
    if protocol["dosing"]["mode"] == "area_pulsed":
        fitting = [row for row in rows if count is not None and row["areas"] <= count]
        return int(fitting[-1]["units"]) if fitting else None
    return int(rows[0]["units"]) if rows else None


def approved(protocol: Json, units: int) -> bool:
    """Whether the approved table of this mode holds this dose."""
    ranges = [row for row in mode_rows(protocol) if "units_from" in row]
    if any(row["units_from"] <= units <= row["units_to"] for row in ranges):
        return True
    return any(row["units"] == units for row in table(protocol))


def below_floor(protocol: Json, state: Json) -> bool:
    """The first dose is below every current consensus (clinical 2.3), and the mode is not ultrasound."""
    floor, given = protocol["dosing"]["floor"], doses(state)
    if not given or protocol["dosing"]["mode"] == floor["unless_mode"]:
        return False
    return bool(given[0]["data"]["units"] < floor["units"])


def volumes(protocol: Json, state: Json, units: int | None) -> list[Json]:
    """The printed rows for this dose: of the products in stock if known, in the approved dilution."""
    mixed = dilutions(protocol, areas_now(state))
    rows = [row for row in protocol["volumes"] if row["units"] == units and _drawn(state, mixed, row)]
    return [
        {
            "product": row["product"],
            "dilution_ul": row.get("dilution_ul"),
            "volume_ul": row["volume_ul"],
            "containers": row["containers"],
            "text": row["text"],
        }
        for row in rows
    ]


def _drawn(state: Json, mixed: list[int], row: Json) -> bool:
    stock = state["context"]["stock"]
    held = stock is None or any(item["product"] == row["product"] for item in stock)
    return held and ("dilution_ul" not in row or row["dilution_ul"] in mixed)


def dilutions(protocol: Json, count: int | None) -> list[int]:
    """Default diluent volumes, µl: the one given for this number of areas, else all of the approved mode."""
    dilution, most = protocol["dilution"], protocol["dosing"]["max_areas"]
    rows = [row for row in dilution["defaults"] if row["mode"] == dilution["mode"]]
    counted = None if count is None else min(count, most)
    exact = [row for row in rows if "areas" in row and row["areas"] == counted]
    return [row["dilution_ul"] for row in exact or rows]


def dose_data(protocol: Json, state: Json, units: int | None) -> Json | None:
    """The data of a dose_given for the next dose, as far as it is known; None while the units are not."""
    if units is None:
        return None
    vial, counted = _vial(state), latest(live(state, "areas_counted"))
    drawn = [row for row in volumes(protocol, state, units) if row["product"] == vial["product"]]
    if vial["dilution_ul"] is not None:
        drawn = [row for row in drawn if row["dilution_ul"] == vial["dilution_ul"]]
    row = drawn[0] if len(drawn) == 1 else {"dilution_ul": vial["dilution_ul"], "volume_ul": None}
    areas = (counted["data"]["areas"] or []) if counted is not None else []
    kept = {name: vial[name] for name in ("lot", "lot_code", "product")}
    return {
        "units": units,
        **kept,
        "dilution_ul": row["dilution_ul"],
        "volume_ul": row["volume_ul"],
        "areas": areas,
    }


def vial_data(protocol: Json, state: Json, units: int | None) -> Json:
    """The data of a vial_prepared: the first lot in stock, in the one approved dilution when there is one."""
    stock = state["context"]["stock"] or [{}]
    named = {name: stock[0].get(name) for name in ("product", "lot", "lot_code", "expires_on")}
    rows = [row for row in volumes(protocol, state, units) if row["product"] == named["product"]]
    row = rows[0] if len(rows) == 1 else {"dilution_ul": None, "volume_ul": None}
    return {**named, "units": units, "dilution_ul": row["dilution_ul"], "volume_ul": row["volume_ul"]}


def _vial(state: Json) -> Json:
    """The ampoule in hand: the last one prepared, else the only lot in stock."""
    prepared, stock = latest(live(state, "vial_prepared")), state["context"]["stock"] or []
    named = prepared is not None and (prepared["data"]["lot"] or prepared["data"]["product"])
    source = prepared["data"] if prepared is not None and named else (stock[0] if len(stock) == 1 else {})
    return {name: source.get(name) for name in ("lot", "lot_code", "product", "dilution_ul")}


def worse_ms(protocol: Json, state: Json) -> int | None:
    """When, after the last dose, an area grew or refill worsened at a point: then a repeat may come early."""
    last = latest(live(state, "dose_given"))
    if last is None:
        return None
    worse = by_time([*_worse_points(protocol, state, last), *_more_areas(state, last)])
    return worse[0]["at_ms"] if worse else None


def _worse_points(protocol: Json, state: Json, last: Json) -> list[Json]:
    before = points(protocol, state, last["at_ms"])
    after = [fact for fact in live(state, "refill_checked") if before and fact["at_ms"] > last["at_ms"]]
    return [
        fact for fact in after if rank(protocol, state, fact["data"]) > before.get(place(fact["data"]), 0)
    ]


def _more_areas(state: Json, last: Json) -> list[Json]:
    counts = live(state, "areas_counted")
    before = areas_of(latest([fact for fact in counts if fact["at_ms"] <= last["at_ms"]]))
    after = [fact for fact in counts if fact["at_ms"] > last["at_ms"]]
    return [fact for fact in after if before is not None and (areas_of(fact) or 0) > before]


def rounds_left(protocol: Json, state: Json) -> int | None:
    """Whole doses the stock still gives, in containers unless reuse is approved; None: stock not known."""
    if state["context"]["stock"] is None:
        return None
    units = next_units(protocol, state) or _largest(protocol)
    return sum(_rounds(protocol, pool, units) for pool in _pools(protocol, state))


def _largest(protocol: Json) -> int:
    """The largest dose of the approved mode, for counting rounds while the next one is not known."""
    rows = [*table(protocol), *mode_rows(protocol)]
    return max(int(row["units"] if "units" in row else row["units_to"]) for row in rows)


def _rounds(protocol: Json, pool: Json, units: int) -> int:
    if protocol["dilution"]["opened"]["reuse_h"] > 0:
        return int(max(0, pool["units_left"]) // units)
    return int(max(0, pool["containers_left"]) // _containers(units, pool["size"]))


def _containers(units: int, size: int) -> int:
    return (units + size - 1) // size


def _pools(protocol: Json, state: Json) -> list[Json]:
    """Stock by product, less what was given; a dose from a lot not listed comes off the first product."""
    pools: dict[str, Json] = {}
    for item in state["context"]["stock"]:
        key, size = item["product"] or "", item["units_per_container"]
        held = pools.get(key, {"size": size, "containers_left": 0, "units_left": 0})
        more = {
            "containers_left": held["containers_left"] + item["containers"],
            "units_left": held["units_left"] + item["containers"] * size,
        }
        pools[key] = {**held, **more}
    for dose in doses(state):
        _take(pools, _source(state, dose["data"], pools), dose["data"]["units"])
    return list(pools.values())


def _source(state: Json, data: Json, pools: dict[str, Json]) -> str | None:
    for item in state["context"]["stock"]:
        if data["lot"] is not None and item["lot"] == data["lot"]:
            return item["product"] or ""
    named = data["product"] or ""
    return named if named in pools else next(iter(pools), None)


def _take(pools: dict[str, Json], key: str | None, units: int) -> None:
    if key is not None:
        pool = pools[key]
        used = {
            "containers_left": pool["containers_left"] - _containers(units, pool["size"]),
            "units_left": pool["units_left"] - units,
        }
        pools[key] = {**pool, **used}


def duplicates(protocol: Json, state: Json) -> list[list[str]]:
    """Pairs of equal doses or drugs so close that they may be one, not yet answered by a person."""
    window = protocol["alarms"]["duplicate"]["seconds"] * SECOND
    facts = by_time(live(state, "dose_given", "drug_given"))
    pairs = [(a, b) for i, a in enumerate(facts) for b in facts[i + 1 :] if _alike(a, b)]
    near = [[a["id"], b["id"]] for a, b in pairs if b["at_ms"] - a["at_ms"] <= window]
    return [pair for pair in near if not _resolved(state, pair)]


def _alike(one: Json, other: Json) -> bool:
    if one["type"] != other["type"]:
        return False
    same = ("units",) if one["type"] == "dose_given" else ("drug", "dose")
    return all(one["data"][name] == other["data"][name] for name in same)


def _resolved(state: Json, pair: list[str]) -> bool:
    return any(pair[0] in answered and pair[1] in answered for answered in state["resolved"])
