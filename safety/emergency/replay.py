"""Folding a whole run at once: what the server, the report and `emergency replay` do. Pure."""

from typing import Any

from safety.emergency.reducer import Refused, apply, digest, fold, prompts, start_state

Json = dict[str, Any]


def folded(protocol: Json, events: list[Json], looks: list[list[int]]) -> Json:
    """All events folded: the code of each ("ok" or why it was refused), the prompts at the looks, the state.

    A look is [n, at_ms]: the prompts at that instant as they were after the nth event; null before the start.
    """
    codes: list[str] = []
    seen: list[Json | None] = []
    state = start_state(protocol)
    for index, event in enumerate(events):
        state, code = tried(protocol, state, event)
        codes.append(code)
        seen += [looked(protocol, state, at_ms) for after, at_ms in looks if after == index]
    return {"codes": codes, "seen": seen, "state": state, "digest": digest(state)}


def refolded(protocol: Json, state: Json, events: list[Json]) -> Json:
    """The state after events that were accepted when they came. Raises Refused if one no longer is."""
    after, codes = fold(protocol, state, events)
    for code in codes:
        if code != "ok":
            raise Refused(code)
    return after


def tried(protocol: Json, state: Json, event: Json) -> tuple[Json, str]:
    """The next state and "ok", or the same state and the code the event was refused with."""
    try:
        return apply(protocol, state, event), "ok"
    except Refused as refused:
        return state, refused.code


def looked(protocol: Json, state: Json, at_ms: int) -> Json | None:
    """The prompts, None before the start."""
    return None if state["status"] == "idle" else prompts(protocol, state, at_ms)
