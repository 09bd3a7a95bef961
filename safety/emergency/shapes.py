"""What each event type carries. Twin of shapes.mjs: same tables, same order. Pure."""

import re
from collections.abc import Callable
from typing import Any

Json = dict[str, Any]


class Refused(Exception):
    """The event cannot be folded. `code` is one of EVENTS.md; the server stores the event with it."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


FIELDS: dict[str, dict[str, str]] = {
    "emergency_started": {"context": "any?", "drill": "bool?", "speed": "any?", "surprises": "any?"},
    "patient_named": {"patient": "id?", "text": "text?"},
    "recorder_named": {"member": "id?", "text": "text?"},
    "step_done": {"step": "id", "answer": "id?"},
    "step_skipped": {"step": "id", "reason": "reason"},
    "eyes_checked": {"any": "tri", "answers": "tris?"},
    "sign_seen": {"sign": "id", "point": "id?", "side": "side?"},
    "sign_gone": {"sign": "id", "point": "id?", "side": "side?"},
    "areas_counted": {"areas": "ids?", "count": "nat?"},
    "stage_assessed": {"stage": "id", "point": "id?"},
    "refill_checked": {
        "point": "id?",
        "side": "side?",
        "result": "result",
        "refill_ds": "nat?",
        "mirror_ds": "nat?",
        "baseline_ds": "nat?",
    },
    "pain_scored": {"score": "score"},
    "kit_fetched": {"kit": "id?"},
    "vial_prepared": {
        "product": "id?",
        "lot": "id?",
        "lot_code": "text?",
        "expires_on": "day?",
        "diluent": "id?",
        "dilution_ul": "nat?",
        "units": "nat?",
        "volume_ul": "nat?",
        "read_by": "text?",
    },
    "dose_given": {
        "units": "amount",
        "lot": "id?",
        "lot_code": "text?",
        "product": "id?",
        "dilution_ul": "nat?",
        "volume_ul": "nat?",
        "areas": "ids?",
        "by": "text?",
        "given": "bool?",
    },
    "photo_taken": {"view": "id?", "point": "id?", "photo": "id?", "sha256": "id?"},
    "call_made": {"to": "id", "name": "text?", "phone": "text?", "outcome": "id?", "advice": "text?"},
    "drug_given": {
        "drug": "id",
        "dose": "text?",
        "route": "text?",
        "lot_code": "text?",
        "by": "text?",
        "given": "bool?",
    },
    "aspirin_decided": {"decision": "id", "reason": "text?", "dose": "text?", "blocks": "ids?"},
    "note_written": {"text": "id"},
    "vision_changed": {"sign": "id?", "eye": "side?", "text": "text?"},
    "anaphylaxis_suspected": {"sign": "id?", "text": "text?"},
    "collapse_noticed": {"sign": "id?", "text": "text?"},
    "la_toxicity_suspected": {"sign": "id?", "text": "text?"},
    "presentation_named": {"presentation": "presentation"},
    "lone_named": {"alone": "bool"},
    "branch_closed": {"branch": "branch", "reason": "reason"},
    "decision_made": {"about": "id", "decision": "id", "reason": "text?", "by": "text?"},
    "endpoint_observed": {
        "met": "bool",
        "refill_normal": "bool?",
        "colour_normal": "bool?",
        "pain_gone": "bool?",
        "swelling_gone": "bool?",
    },
    "entry_struck": {"event": "id", "reason": "reason"},
    "strike_undone": {"event": "id", "reason": "text?"},
    "time_changed": {"event": "id", "at_ms": "ms", "reason": "reason", "was": "id?"},
    "details_added": {"event": "id", "details": "object", "was": "id?"},
    "duplicate_resolved": {"events": "pair", "void": "id?", "reason": "text?"},
    "conflict_resolved": {"events": "pair", "keep": "id", "reason": "text?"},
    "handover_given": {"to": "text?", "name": "text?"},
    "emergency_ended": {"reason": "id", "why": "text?", "patient_state": "text?", "review_on": "day?"},
    "emergency_reopened": {"reason": "reason"},
    "made_real": {"context": "any?"},
    "surprise_shown": {"surprise": "id", "stock": "any?"},
}

CONTEXT = {
    "treatment": "id?",
    "patient": "id?",
    "born_on": "day?",
    "areas": "ids?",
    "product_class": "id?",
    "brand": "text?",
    "lot_code": "text?",
    "amount_ul": "nat?",
    "injected_at_ms": "ms?",
    "prescriber": "text?",
    "flags": "any?",
    "stock": "any?",
    "contacts": "any?",
    "baselines": "any?",
}
ROWS = {
    "flags": {"code": "id", "text": "text?"},
    "stock": {
        "lot": "id?",
        "lot_code": "text?",
        "product": "id?",
        "product_name": "text?",
        "units_per_container": "amount",
        "containers": "nat",
        "units": "nat?",
        "expires_on": "day?",
    },
    "contacts": {"name": "text?", "role": "id?", "phone": "text?"},
    "baselines": {"point": "id", "side": "side?", "refill_ds": "nat?"},
}

BRANCHES = ("vision", "anaphylaxis", "collapse", "la_toxicity")
GREATEST = 9999999
LAST_MS = 4503599627370496
DAY = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])")
HALF_PAIR = re.compile("[\ud800-\udfff]")


def is_int(value: Any, least: int, most: int) -> bool:
    """A whole number within these limits; true and false are not numbers."""
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def is_text(value: Any) -> bool:
    """Text that can be written as UTF-8."""
    return isinstance(value, str) and HALF_PAIR.search(value) is None


def is_said(value: Any) -> bool:
    """Text with something in it."""
    return is_text(value) and value.strip(" \t\r\n") != ""


def _is_list(value: Any, check: Callable[[Any], bool]) -> bool:
    return isinstance(value, list) and all(check(item) for item in value)


def _is_answers(value: Any) -> bool:
    return isinstance(value, dict) and all(
        key.isascii() and KINDS["tri"](item) for key, item in value.items()
    )


KINDS: dict[str, Callable[[Any], bool]] = {
    "any": lambda value: True,
    "object": lambda value: isinstance(value, dict),
    "bool": lambda value: isinstance(value, bool),
    "id": is_said,
    "text": is_text,
    "reason": is_said,
    "nat": lambda value: is_int(value, 0, GREATEST),
    "amount": lambda value: is_int(value, 1, GREATEST),
    "score": lambda value: is_int(value, 0, 10),
    "ms": lambda value: is_int(value, 0, LAST_MS),
    "day": lambda value: is_text(value) and DAY.fullmatch(value) is not None,
    "ids": lambda value: _is_list(value, is_said),
    "pair": lambda value: _is_list(value, is_said) and len(value) == 2 and value[0] != value[1],
    "tri": lambda value: isinstance(value, str) and value in ("yes", "no", "unknown"),
    "tris": _is_answers,
    "side": lambda value: isinstance(value, str) and value in ("left", "right", "both", "mid"),
    "result": lambda value: isinstance(value, str) and value in ("normal", "slow", "none"),
    "branch": lambda value: isinstance(value, str) and value in BRANCHES,
    "presentation": lambda value: isinstance(value, str) and value in ("during", "late", "phone"),
}


def clean(fields: dict[str, str], data: Any) -> Json:
    """The known fields of `data`, missing ones null. Raises Refused: bad_data, reason_missing."""
    if not isinstance(data, dict):
        raise Refused("bad_data")
    return {name: _field(kind, data.get(name)) for name, kind in fields.items()}


def _field(kind: str, value: Any) -> Any:
    if value is None and kind.endswith("?"):
        return None
    if kind == "reason" and (value is None or is_text(value)) and not is_said(value):
        raise Refused("reason_missing")
    if not KINDS[kind.removesuffix("?")](value):
        raise Refused("bad_data")
    return value


def clean_context(context: Any) -> tuple[Json, bool]:
    """The usable parts of a start's context, and whether all was usable: a start is never refused for it."""
    given = context if isinstance(context, dict) else {}
    kept = {name: given.get(name) if _fits(kind, given.get(name)) else None for name, kind in CONTEXT.items()}
    whole = (context is None or isinstance(context, dict)) and all(
        kept[name] == given.get(name) for name in kept
    )
    for name, fields in ROWS.items():
        rows, all_fit = _clean_rows(fields, kept[name])
        kept, whole = {**kept, name: rows}, whole and all_fit
    return kept, whole


def _clean_rows(fields: dict[str, str], rows: Any) -> tuple[list[Json] | None, bool]:
    if rows is None:
        return None, True
    if not isinstance(rows, list):
        return None, False
    fitting = [row for row in rows if _row_fits(fields, row)]
    return [{name: row.get(name) for name in fields} for row in fitting], len(fitting) == len(rows)


def _row_fits(fields: dict[str, str], row: Any) -> bool:
    return isinstance(row, dict) and all(_fits(kind, row.get(name)) for name, kind in fields.items())


def _fits(kind: str, value: Any) -> bool:
    return KINDS[kind.removesuffix("?")](value) if value is not None else kind.endswith("?")
