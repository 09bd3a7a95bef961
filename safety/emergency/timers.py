"""When each thing is due. Twin of timers.mjs. Pure: instants only, never seconds left."""

from typing import Any

from safety.emergency import drills
from safety.emergency.doses import product_kind, worse_ms
from safety.emergency.facts import (
    MINUTE,
    SECOND,
    answers_step,
    by_time,
    latest,
    live,
    matches,
    presentation,
    since,
    stands,
)
from safety.emergency.refill import all_normal, endpoint, rechecked, rechecks, two_signs, uncleared

Json = dict[str, Any]


def due_times(protocol: Json, state: Json) -> Json:
    """Every due instant of a run, epoch milliseconds or null; all null once it has ended."""
    reached, dose = endpoint(protocol, state), next_dose(protocol, state)
    opened = {branch: opened_ms(protocol, state, branch) for branch in protocol["branches"]}
    due = {
        "dose_ms": dose[0],
        "dose_why": dose[1],
        "refill_ms": refill_due(protocol, state),
        "first_dose_ms": first_dose_target(protocol, state),
        "endpoint_ms": reached["since_ms"],
        "returned_ms": reached["returned_ms"],
        **{branch + "_ms": at_ms for branch, at_ms in opened.items()},
        "eyes_ms": eyes_due(protocol, state, opened["vision"]),
        "adrenaline_ms": adrenaline_due(protocol, state, opened["anaphylaxis"]),
    }
    due = due if state["status"] == "running" else {**due, **STOPPED}
    return {**due, "loops": _loops(protocol, state, opened)} if "loops" in protocol else due


def _loops(protocol: Json, state: Json, opened: Json) -> Json:
    if state["status"] != "running":
        return {loop["id"]: None for loop in protocol["loops"]}
    return {loop["id"]: loop_due(protocol, state, loop, opened) for loop in protocol["loops"]}


STOPPED = {"dose_ms": None, "dose_why": "ended", "refill_ms": None, "eyes_ms": None, "adrenaline_ms": None}


def first_dose_target(protocol: Json, state: Json) -> int | None:
    """When the first dose should be in; None for a filler that does not dissolve."""
    if product_kind(protocol, state) == "non_ha":
        return None
    return int(drills.counted_from(state) + protocol["parameters"]["vo.first_dose_target_min"] * MINUTE)


def next_dose(protocol: Json, state: Json) -> tuple[int | None, str]:
    """When the next dose is due, and why then: first, again, early, returned; or why not: normal, endpoint,
    non_ha, phone."""
    if product_kind(protocol, state) == "non_ha":
        return None, "non_ha"
    if presentation(state) == "phone":
        return None, "phone"
    if endpoint(protocol, state)["since_ms"] is not None:
        return None, "endpoint"
    last = latest(live(state, "dose_given"))
    if last is None and all_normal(protocol, state) and not uncleared(protocol, state):
        return None, "normal"
    if last is None and state["made_real_ms"] is not None:
        return state["made_real_ms"], "first"
    if last is None:
        return state["started_ms"] + protocol["parameters"]["vo.conservative_only_max_min"] * MINUTE, "first"
    return _repeat(protocol, state, last["at_ms"])


def _repeat(protocol: Json, state: Json, last_ms: int) -> tuple[int, str]:
    regular = last_ms + protocol["parameters"]["vo.pulse_min"] * MINUTE
    soonest = last_ms + protocol["parameters"]["vo.allow_early_repeat_min"] * MINUTE
    worse, returned = worse_ms(protocol, state), endpoint(protocol, state)["returned_ms"]
    if worse is not None and max(worse, soonest) < regular:
        return max(worse, soonest), "early"
    if returned is not None and returned > regular:
        return returned, "returned"
    return regular, "again"


def refill_due(protocol: Json, state: Json) -> int | None:
    """When the next refill check is due: after the last one, sooner after a dose, when signs returned, or
    when a patient without signs is checked again; None while nobody is there to press.
    """
    if presentation(state) == "phone":
        return None
    rule, last, dose = (
        protocol["refill"],
        latest(live(state, "refill_checked")),
        latest(live(state, "dose_given")),
    )
    first = drills.counted_from(state) + rule["first"]["minutes"] * MINUTE
    regular = first if last is None else last["at_ms"] + _interval(protocol, state, last) * MINUTE
    last_ms = -1 if last is None else last["at_ms"]
    returned, found = endpoint(protocol, state)["returned_ms"], [regular]
    if dose is not None and dose["at_ms"] >= last_ms:
        after = dose["at_ms"] + rule["after_dose"]["minutes"] * MINUTE
        found = [after] if last is None else [regular, after]
    found += [at_ms for at_ms in rechecks(protocol, state) if not rechecked(protocol, state, at_ms)]
    return int(min([*found, returned] if returned is not None and returned > last_ms else found))


def _interval(protocol: Json, state: Json, last: Json) -> int:
    rule = protocol["refill"]
    hurried = last["data"]["result"] == "normal" and two_signs(protocol, state)
    return int(rule["two_signs" if hurried else "every"]["minutes"])


def opened_ms(protocol: Json, state: Json, branch: str) -> int | None:
    """Since when this branch is open, None when it never was or was closed again."""
    opened, ends = None, protocol["branches"][branch].get("superseded_by", [])
    for fact in by_time(live(state, *OPENERS[branch], *ends, "branch_closed")):
        turn = "close" if fact["type"] in ends else _turn(branch, fact)
        if turn == "close":
            opened = None
        elif turn == "open" and opened is None:
            opened = fact["at_ms"]
    return opened


OPENERS = {
    "vision": ("vision_changed", "eyes_checked"),
    "anaphylaxis": ("anaphylaxis_suspected",),
    "collapse": ("collapse_noticed",),
    "la_toxicity": ("la_toxicity_suspected",),
    "phone": ("presentation_named",),
}


def _turn(branch: str, fact: Json) -> str:
    """A report opens its branch, an eyes and brain check does with a yes; the phone path ends on arrival."""
    data = fact["data"]
    if fact["type"] == "branch_closed":
        return "close" if data["branch"] == branch else "stay"
    if fact["type"] == "presentation_named":
        return "open" if data["presentation"] == "phone" else "close"
    return "open" if fact["type"] != "eyes_checked" or data["any"] == "yes" else "stay"


def loop_due(protocol: Json, state: Json, loop: Json, opened: Json) -> int | None:
    """When something is done again, so long after it was begun: None when not begun, or done often enough."""
    since_ms = state["started_ms"] if loop["branch"] == "main" else opened[loop["branch"]]
    if since_ms is None:
        return None
    told = since([fact for fact in state["facts"] if stands(fact)], since_ms)
    begun = [fact for fact in told if any(matches(fact, way) for way in loop["after"])]
    last = latest(begun)
    if last is None or len(begun) >= loop.get("until", len(begun) + 1):
        return None
    step = next(row for row in _steps_of(protocol, loop["branch"]) if row["id"] == loop["step"])
    done = any(answers_step(fact, step) and fact["at_ms"] > last["at_ms"] for fact in told)
    return None if done else int(last["at_ms"] + loop["minutes"] * MINUTE)


def _steps_of(protocol: Json, branch: str) -> list[Json]:
    return list(protocol["steps"] if branch == "main" else protocol["branches"][branch]["steps"])


def eyes_due(protocol: Json, state: Json, opened: int | None) -> int | None:
    """When eyes and brain are checked again in the vision branch."""
    if opened is None:
        return None
    last = latest([fact for fact in live(state, "eyes_checked") if fact["data"]["any"] != "unknown"])
    every = protocol["branches"]["vision"]["eyes_every"]["minutes"] * MINUTE
    return max(opened, -1 if last is None else int(last["at_ms"])) + int(every)


def adrenaline_given(protocol: Json, state: Json) -> list[Json]:
    """Live adrenaline doses, first given first."""
    drug = protocol["branches"]["anaphylaxis"]["adrenaline"]["drug"]
    return by_time([fact for fact in live(state, "drug_given") if fact["data"]["drug"] == drug])


def adrenaline_due(protocol: Json, state: Json, opened: int | None) -> int | None:
    """When adrenaline is due: soon after the branch opens, then at the interval until called better."""
    if opened is None:
        return None
    rule, last = protocol["branches"]["anaphylaxis"]["adrenaline"], latest(adrenaline_given(protocol, state))
    if last is None:
        return int(opened + rule["first"]["minutes"] * MINUTE)
    better, again = latest(_better(protocol, state)), latest(live(state, "anaphylaxis_suspected"))
    eased_ms = -1 if better is None or again is None else int(better["at_ms"])
    if again is not None and eased_ms >= last["at_ms"] and eased_ms >= again["at_ms"]:
        return None
    return int(last["at_ms"] + rule["repeat"]["minutes"] * MINUTE)


def _better(protocol: Json, state: Json) -> list[Json]:
    steps = protocol["branches"]["anaphylaxis"]["steps"]
    asked = [step["id"] for step in steps if step["per"] == "adrenaline"]
    return [fact for fact in live(state, "step_done") if fact["data"]["step"] in asked]


def status(protocol: Json, due_ms: int | None, now_ms: int, alarm: str) -> str:
    """none, waiting, soon, due or late, by the protocol's alarms. Due exactly at its millisecond."""
    if due_ms is None:
        return "none"
    soon = protocol["alarms"][alarm + "_soon"]["seconds"] * SECOND
    late = protocol["alarms"][alarm + "_late"]["seconds"] * SECOND
    if now_ms >= due_ms + late:
        return "late"
    if now_ms >= due_ms:
        return "due"
    return "soon" if now_ms >= due_ms - soon else "waiting"


def dose_status(protocol: Json, state: Json, now_ms: int) -> str:
    """As `status`; the first dose is late from its target."""
    due, found = state["due"], status(protocol, state["due"]["dose_ms"], now_ms, "dose")
    if due["dose_why"] == "first" and found in ("due", "late"):
        return "late" if now_ms >= due["first_dose_ms"] else "due"
    return found


def first_dose(protocol: Json, state: Json, now_ms: int) -> Json:
    """Time to the first dose against its target: none, waiting, amber, late or met."""
    given, target = by_time(live(state, "dose_given"))[:1], state["due"]["first_dose_ms"]
    took = max(0, given[0]["at_ms"] - drills.counted_from(state)) if given else None
    return {"target_ms": target, "status": _first_status(protocol, state, now_ms, took), "took_ms": took}


def _first_status(protocol: Json, state: Json, now_ms: int, took: int | None) -> str:
    target = state["due"]["first_dose_ms"]
    if target is None:
        return "none"
    if took is not None:
        return "met" if drills.counted_from(state) + took <= target else "late"
    amber = drills.counted_from(state) + protocol["parameters"]["vo.conservative_only_max_min"] * MINUTE
    if now_ms >= target:
        return "late"
    return "amber" if now_ms >= amber else "waiting"
