"""The answers one tap can give to a step. Twin of answers.mjs. Pure; every word comes from the protocol."""

from collections.abc import Callable
from typing import Any

from safety.emergency.doses import areas_now, dose_data, next_units, vial_data
from safety.emergency.facts import age_months, by_time, doses, fill, live
from safety.emergency.leaving import criteria
from safety.emergency.refill import cutoff_s, place, venous

Json = dict[str, Any]


def answers(protocol: Json, state: Json, now_ms: int, step: Json) -> list[Json]:
    """The answers of a step: those made for its kind, then those the protocol lists."""
    made = ASK[step["ask"]](protocol, state, now_ms, step)
    listed = [
        _answer(row["key"], row["label"], row["hint"], row["look"], row)
        for row in step.get("answers", [])
        if row.get("venous", venous(protocol, state)) == venous(protocol, state)
    ]
    return [*made, *listed]


def _answer(key: str, label: str, hint: str, look: str, event: Json) -> Json:
    return {
        "key": key,
        "label": label,
        "hint": hint,
        "look": look,
        "event": {"type": event["type"], "data": event["data"]},
    }


def _static(protocol: Json, state: Json, now_ms: int, step: Json) -> list[Json]:
    return []


def _refill(protocol: Json, state: Json, now_ms: int, step: Json) -> list[Json]:
    words, seconds = protocol["words"], cutoff_s(protocol, state)
    rows = [("normal", "ok"), ("slow", "slow"), ("none", "none")]
    return [
        _answer(
            result,
            words["refill_" + result],
            fill(words[f"refill_{result}_hint"], seconds=seconds),
            look,
            {"type": "refill_checked", "data": {**point_now(protocol, state), "result": result}},
        )
        for result, look in rows
    ]


def point_now(protocol: Json, state: Json) -> Json:
    """Where to press next: a counted or planned point not yet checked, else the one checked longest ago."""
    checked = by_time(live(state, "refill_checked"))
    counted = by_time(live(state, "areas_counted"))
    named = [*((counted[-1]["data"]["areas"] if counted else None) or []), *(state["context"]["areas"] or [])]
    seen = {place(fact["data"]): fact for fact in checked}
    fresh = [point for point in named if all(point != fact["data"]["point"] for fact in seen.values())]
    oldest = [
        {name: fact["data"][name] for name in ("point", "side")} for fact in by_time(list(seen.values()))
    ]
    return [*({"point": point, "side": None} for point in fresh), *oldest, {"point": None, "side": None}][0]


def _areas(protocol: Json, state: Json, now_ms: int, step: Json) -> list[Json]:
    words, most = protocol["words"], protocol["dosing"]["max_areas"]
    labels = [words["area_none"], words["area_one"]]
    labels += [fill(words["area_many"], count=count) for count in range(2, most + 1)]
    rows = [*labels[: most + 1], fill(words["area_more"], count=most)]
    return [
        _answer(
            str(count), label, "", "plain", {"type": "areas_counted", "data": {"areas": [], "count": count}}
        )
        for count, label in enumerate(rows)
    ]


def _stage(protocol: Json, state: Json, now_ms: int, step: Json) -> list[Json]:
    return [
        _answer(
            row["id"],
            row["label"],
            "",
            "slow" if row["refer"] else "plain",
            {"type": "stage_assessed", "data": {"stage": row["id"]}},
        )
        for row in protocol["stages"]
    ]


def _allergy(protocol: Json, state: Json, now_ms: int, step: Json) -> list[Json]:
    return [
        _answer(
            row["key"],
            row["label"],
            row["hint"],
            row["look"],
            {"type": "step_done", "data": {"step": step["id"], "answer": row["key"]}},
        )
        for row in protocol["hypersensitivity"]["answers"]
    ]


def _vial(protocol: Json, state: Json, now_ms: int, step: Json) -> list[Json]:
    data = vial_data(protocol, state, next_units(protocol, state))
    return [
        _answer("ready", protocol["words"]["vial_ready"], "", "ok", {"type": "vial_prepared", "data": data})
    ]


def _dose(protocol: Json, state: Json, now_ms: int, step: Json) -> list[Json]:
    units = next_units(protocol, state)
    data = dose_data(protocol, state, units)
    if data is None:
        return [] if areas_now(state) is not None else _areas(protocol, state, now_ms, step)
    words = protocol["words"]
    label, hint = (
        fill(words["dose_label"], number=len(doses(state)) + 1),
        fill(words["dose_units"], units=units),
    )
    return [_answer("given", label, hint, "plain", {"type": "dose_given", "data": data})]


def _criteria(protocol: Json, state: Json, now_ms: int, step: Json) -> list[Json]:
    asked = [row for row in criteria(protocol, state, now_ms) if row["met"] is None]
    if not asked:
        return []
    tick = {"type": "step_done", "data": {"step": asked[0]["id"]}}
    return [_answer("yes", protocol["words"]["criterion_yes"], "", "ok", tick)]


def _adrenaline(protocol: Json, state: Json, now_ms: int, step: Json) -> list[Json]:
    drug = protocol["branches"]["anaphylaxis"]["adrenaline"]["drug"]
    return [
        _answer(
            row["id"],
            row["label"],
            row["hint"],
            "plain",
            {"type": "drug_given", "data": {"drug": drug, "dose": row["label"]}},
        )
        for row in adrenaline_rows(protocol, state)
    ]


def adrenaline_rows(protocol: Json, state: Json) -> list[Json]:
    """The adrenaline dose for the age; every row while the age is not known."""
    rows, months = protocol["branches"]["anaphylaxis"]["adrenaline"]["doses"], age_months(state)
    if months is None:
        return list(rows)
    return [row for row in rows if row["from_months"] <= months and _under(months, row["to_months"])]


def _under(months: int, limit: int | None) -> bool:
    return limit is None or months < limit


ASK: dict[str, Callable[[Json, Json, int, Json], list[Json]]] = {
    "static": _static,
    "refill": _refill,
    "areas": _areas,
    "stage": _stage,
    "allergy": _allergy,
    "vial": _vial,
    "dose": _dose,
    "criteria": _criteria,
    "adrenaline": _adrenaline,
}
