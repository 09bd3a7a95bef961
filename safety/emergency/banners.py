"""Lines that stay on screen while they hold. Twin of banners.mjs. Pure; every word is the protocol's."""

from collections.abc import Iterator
from typing import Any

from safety.emergency.answers import adrenaline_rows
from safety.emergency.calls import calls, lone_due_ms
from safety.emergency.doses import areas_now, below_floor, product_kind, rounds_left
from safety.emergency.facts import doses, fill, latest, live, presentation
from safety.emergency.refill import active_signs, all_normal, two_signs, venous
from safety.emergency.steps import WHEN, answer_to

Json = dict[str, Any]


def banners(protocol: Json, state: Json, view: Json, branch: str) -> list[Json]:
    """Kind and text, most urgent first; warnings from screening first of all."""
    warned = [
        {"kind": "flag", "text": flag["text"] or flag["code"]} for flag in state["context"]["flags"] or []
    ]
    found = [*_branch(protocol, state, view, branch), *_product(protocol, state), *_allergy(protocol, state)]
    found += [*_dose(protocol, state, view), *_calls(protocol, state, view)]
    found += _answered(protocol, state, branch)
    found += [*_signs(protocol, state), *_stock(protocol, state)]
    return [*warned, *({"kind": kind, "text": text} for kind, text in found)]


def _branch(protocol: Json, state: Json, view: Json, branch: str) -> Iterator[tuple[str, str]]:
    words = protocol["words"]
    if branch == "anaphylaxis":
        yield "airway", words["banner_airway"]
        if WHEN["refractory"](protocol, state, view):
            yield "airway", words["banner_refractory"]
        if len(adrenaline_rows(protocol, state)) > 1:
            yield "airway", words["adrenaline_unknown_age"]
    if branch == "vision":
        yield "vision", words["banner_vision"]
    for text in protocol["branches"].get(branch, {}).get("banners", []):
        yield "airway", text


def _product(protocol: Json, state: Json) -> Iterator[tuple[str, str]]:
    named = {
        "non_ha": "banner_non_ha",
        "unknown": "banner_unknown_product",
        "unnamed": "banner_unnamed_product",
    }
    kind = product_kind(protocol, state)
    if kind in named:
        yield "product", protocol["words"][named[kind]]


def _allergy(protocol: Json, state: Json) -> Iterator[tuple[str, str]]:
    rule = protocol["hypersensitivity"]
    asked = [step["id"] for step in protocol["steps"] if step["ask"] == "allergy"]
    said = latest([fact for fact in live(state, "step_done") if fact["data"]["step"] in asked])
    for row in rule["answers"]:
        if said is not None and said["data"]["answer"] == row["key"] and row["banner"]:
            now = (
                row.get("by_parameter", False)
                and rule["prescriber_now"]["mode"] == rule["prescriber_now"]["when"]
            )
            yield "allergy", rule["prescriber_now"]["banner"] if now else row["banner"]


def _dose(protocol: Json, state: Json, view: Json) -> Iterator[tuple[str, str]]:
    words, floor, most = protocol["words"], protocol["dosing"]["floor"], protocol["dosing"]["max_areas"]
    if WHEN["undosed"](protocol, state, view) and view["dose"] in ("due", "late"):
        yield "dose", words["banner_held" if _held(protocol, state) else "banner_conservative"]
    if below_floor(protocol, state):
        yield "dose", fill(words["banner_floor"], units=floor["units"])
    if any("not_in_protocol" in fact["flags"] for fact in doses(state)):
        yield "dose", words["banner_outside"]
    if (areas_now(state) or 0) > most:
        yield "refer", fill(words["banner_more_areas"], count=most)
    if WHEN["transfer"](protocol, state, view):
        yield "refer", words["banner_transfer"]


def _held(protocol: Json, state: Json) -> bool:
    """Somebody recorded why dose 1 is not given; a check after that asks again."""
    asked = [step for step in protocol["steps"] if step["ask"] == "dose"]
    said = [answer_to(state, step, "main") for step in asked]
    skips = [fact for fact in said if fact is not None and fact["type"] == "step_skipped"]
    return "banner_held" in protocol["words"] and len(skips) > 0


def _calls(protocol: Json, state: Json, view: Json) -> Iterator[tuple[str, str]]:
    """Alone without prescriber, and a call nobody answered."""
    words, alone_ms = protocol["words"], lone_due_ms(protocol, state)
    if alone_ms is not None and view["now_ms"] >= alone_ms:
        yield "refer", fill(words["banner_lone_over"], minutes=protocol["lone"]["minutes"])
    elif alone_ms is not None:
        yield "refer", words["banner_lone"]
    found = calls(protocol, state, view["now_ms"])
    if found["waiting"] is not None:
        named = {"name": found["waiting"]["name"], "next": found["next"]["name"]}
        yield "refer", fill(words["banner_no_answer"], **named)


def _answered(protocol: Json, state: Json, branch: str) -> Iterator[tuple[str, str]]:
    """What the last answer to a step asks for while it stands."""
    for step in protocol["steps"] if branch == "main" else protocol["branches"][branch]["steps"]:
        said = latest([fact for fact in live(state, "step_done") if fact["data"]["step"] == step["id"]])
        for row in step.get("answers", []):
            if said is not None and "banner" in row and row["data"]["answer"] == said["data"]["answer"]:
                yield "refer", row["banner"]


def _signs(protocol: Json, state: Json) -> Iterator[tuple[str, str]]:
    words, stage = protocol["words"], latest(live(state, "stage_assessed"))
    for row in protocol["stages"]:
        if stage is not None and row["id"] == stage["data"]["stage"] and "banner" in row:
            yield "stage", row["banner"]
    if state["due"]["returned_ms"] is not None:
        yield "signs", words["banner_returned"]
    if presentation(state) == "late":
        yield "signs", words["banner_late"]
    if venous(protocol, state):
        yield "signs", words["banner_venous"]
    if not all_normal(protocol, state):
        return
    if two_signs(protocol, state):
        yield "signs", fill(words["banner_two_signs"], minutes=protocol["refill"]["two_signs"]["minutes"])
    elif not doses(state) and not active_signs(state):
        yield "signs", words["banner_no_signs"]


def _stock(protocol: Json, state: Json) -> Iterator[tuple[str, str]]:
    left = rounds_left(protocol, state)
    if left is not None and left <= protocol["stock"]["send_for_more"]["rounds"]:
        yield "stock", fill(protocol["words"]["banner_stock"], rounds=left)
