"""Which step is on screen. Twin of steps.mjs. Pure.

One step at a time, in this order: a dose that is due, the first steps, a check that is due, steps that jump
the queue (massage, calls, endpoint), the first step still open, and else the step that keeps watching.
"""

from collections.abc import Callable
from typing import Any

from safety.emergency.calls import lone_due_ms
from safety.emergency.doses import product_kind, rounds_left, worse_ms
from safety.emergency.facts import (
    MINUTE,
    answers_step,
    by_time,
    doses,
    latest,
    live,
    matches,
    presentation,
    since,
    stands,
)
from safety.emergency.following import broken
from safety.emergency.refill import abnormal, all_normal, clear, two_signs, venous
from safety.emergency.timers import adrenaline_given, dose_status, status

Json = dict[str, Any]
NOW = ("due", "late")


def glance(protocol: Json, state: Json, now_ms: int) -> Json:
    """The statuses at this instant that conditions ask for."""
    due = state["due"]
    return {
        "now_ms": now_ms,
        "dose": dose_status(protocol, state, now_ms),
        "refill": status(protocol, due["refill_ms"], now_ms, "refill"),
        "eyes": status(protocol, due["eyes_ms"], now_ms, "eyes"),
        "adrenaline": status(protocol, due["adrenaline_ms"], now_ms, "adrenaline"),
        "loops": {
            name: status(protocol, at_ms, now_ms, "loop") for name, at_ms in due.get("loops", {}).items()
        },
    }


URGENT = ("anaphylaxis", "la_toxicity", "collapse", "phone", "vision")


def open_branches(state: Json) -> list[str]:
    """The branches that are open: airway first, then poisoning, collapse, the caller, sight."""
    return [branch for branch in URGENT if state["due"].get(branch + "_ms") is not None]


def branch_now(state: Json) -> str:
    """The branch whose steps are shown: the most urgent open one, else the occlusion."""
    return [*open_branches(state), "main"][0]


def steps_of(protocol: Json, state: Json, branch: str) -> list[Json]:
    """The steps of a branch that this protocol, this clinic and this product ask for."""
    listed = protocol["steps"] if branch == "main" else protocol["branches"][branch]["steps"]
    kind = "non_ha" if product_kind(protocol, state) == "non_ha" else "ha"
    came = presentation(state)
    return [
        {**step, **step.get("by", {}).get(came, {})}
        for step in listed
        if step.get("for", kind) == kind
        and step.get("switch", "on") != "off"
        and came in step.get("only", [came])
    ]


def unmet(protocol: Json, state: Json, view: Json, count: int) -> bool:
    """The endpoint is not met after this many doses; a count of 0 never is."""
    given = doses(state)
    if count == 0 or len(given) < count or state["due"]["endpoint_ms"] is not None:
        return False
    after = since(live(state, "refill_checked"), given[count - 1]["at_ms"])
    return view["dose"] in NOW or any(abnormal(protocol, state, fact["data"]) for fact in after)


def transfer(protocol: Json, state: Json, view: Json) -> bool:
    """Any reason of clinical 2.9 to move the patient."""
    return len(transfer_why(protocol, state, view)) > 0


def transfer_why(protocol: Json, state: Json, view: Json) -> list[str]:
    """Why the patient is moved: product, stage, told (an answer says so), alone, worse, cycles."""
    stage, alone_ms = latest(live(state, "stage_assessed")), lone_due_ms(protocol, state)
    worse_after = next(row["worse_after"] for row in protocol["referrals"] if "worse_after" in row)
    asked = {
        "product": product_kind(protocol, state) in ("non_ha", "unknown"),
        "stage": stage is not None and refers(protocol, stage),
        "told": told_to_refer(protocol, state),
        "alone": alone_ms is not None and view["now_ms"] >= alone_ms,
        "worse": len(doses(state)) >= worse_after and worse_ms(protocol, state) is not None,
        "cycles": unmet(protocol, state, view, protocol["parameters"]["vo.cycles_before_transfer"]),
    }
    return [name for name, so in asked.items() if so]


def refers(protocol: Json, stage: Json) -> bool:
    """Whether the protocol refers this stage of the skin."""
    return any(row["refer"] for row in protocol["stages"] if row["id"] == stage["data"]["stage"])


def told_to_refer(protocol: Json, state: Json) -> bool:
    """The last answer to a step is one that asks for a transfer."""
    rows = [(step, row) for step in protocol["steps"] for row in step.get("answers", [])]
    asked = [(step, row) for step, row in rows if row.get("transfer", False)]
    return any(_said(state, step) == row["data"]["answer"] for step, row in asked)


def _said(state: Json, step: Json) -> Any:
    """The answer ticked last at this step, None without one."""
    told = latest([fact for fact in live(state, "step_done") if fact["data"]["step"] == step["id"]])
    return None if told is None else told["data"]["answer"]


def leaving(protocol: Json, state: Json, view: Json) -> bool:
    """The endpoint held, and the stay after the last dose is over: time for the discharge check."""
    since_ms, last = state["due"]["endpoint_ms"], latest(doses(state))
    hold, stay = (
        protocol["observation"]["hold"]["minutes"] * MINUTE,
        protocol["observation"]["stay_min"] * MINUTE,
    )
    if since_ms is None or view["now_ms"] < since_ms + hold:
        return False
    return last is None or view["now_ms"] >= last["at_ms"] + stay


def _expert(protocol: Json, state: Json, view: Json) -> bool:
    return unmet(protocol, state, view, protocol["parameters"]["vo.cycles_before_expert"])


def _stock_low(protocol: Json, state: Json, view: Json) -> bool:
    left = rounds_left(protocol, state)
    return left is not None and left <= protocol["stock"]["send_for_more"]["rounds"]


def _red_area(protocol: Json, state: Json, view: Json) -> bool:
    """Filler went where sight is at risk; also while nobody knows where it went."""
    areas = state["context"]["areas"]
    return not areas or any(area in protocol["branches"]["collapse"]["red_areas"]["areas"] for area in areas)


def _refill_normal(protocol: Json, state: Json, view: Json) -> bool:
    return _normal_now(protocol, state, view) and not venous(protocol, state)


def _normal_now(protocol: Json, state: Json, view: Json) -> bool:
    """Refill is normal after a dose: time to ask for the endpoint."""
    if state["due"]["endpoint_ms"] is not None or two_signs(protocol, state):
        return False
    return all_normal(protocol, state) and view["refill"] not in NOW and len(doses(state)) > 0


def _aspirin(protocol: Json, state: Json, view: Json) -> bool:
    return len(doses(state)) > 0 and protocol["parameters"]["vo.aspirin"] != "off"


def _refractory(protocol: Json, state: Json, view: Json) -> bool:
    rule = protocol["branches"]["anaphylaxis"]["adrenaline"]["refractory"]
    return (
        len(adrenaline_given(protocol, state)) >= rule["count"] and state["due"]["adrenaline_ms"] is not None
    )


def _adrenaline(protocol: Json, state: Json, view: Json) -> bool:
    """A repeat is due; the first dose is a step of its own."""
    return view["adrenaline"] in NOW and len(adrenaline_given(protocol, state)) > 0


WHEN: dict[str, Callable[[Json, Json, Json], bool]] = {
    "always": lambda protocol, state, view: True,
    "never": lambda protocol, state, view: False,
    "undosed": lambda protocol, state, view: len(doses(state)) == 0,
    "dosed": lambda protocol, state, view: len(doses(state)) > 0,
    "refill_due": lambda protocol, state, view: view["refill"] in NOW,
    "dose_due": lambda protocol, state, view: view["dose"] in NOW and len(doses(state)) > 0,
    "expert": _expert,
    "transfer": transfer,
    "refill_normal": _refill_normal,
    "aspirin": _aspirin,
    "discharge": leaving,
    "eyes_due": lambda protocol, state, view: view["eyes"] in NOW,
    "adrenaline_due": _adrenaline,
    "refractory": _refractory,
    "clear": lambda protocol, state, view: clear(protocol, state),
    "dose_wanted": lambda protocol, state, view: not doses(state) and state["due"]["dose_ms"] is not None,
    "vision": lambda protocol, state, view: state["due"]["vision_ms"] is not None,
    "venous_normal": lambda protocol, state, view: (
        _normal_now(protocol, state, view) and venous(protocol, state)
    ),
    "wound": lambda protocol, state, view: broken(protocol, state),
    "alone": lambda protocol, state, view: lone_due_ms(protocol, state) is not None,
    "prepared": lambda protocol, state, view: len(live(state, "vial_prepared")) > 0,
    "stock_low": _stock_low,
    "red_area": _red_area,
}


def answer_to(state: Json, step: Json, branch: str) -> Json | None:
    """The fact that answered this step in its present round: an answer, a tick or a skip with its reason."""
    start, but = _round(state, step, branch)
    facts = since([fact for fact in state["facts"] if stands(fact) and fact["id"] != but], start)
    return latest([fact for fact in facts if answers_step(fact, step)])


def _round(state: Json, step: Json, branch: str) -> tuple[int | None, str | None]:
    """Where the present round of a step begins, and the fact that begins it and so cannot answer it."""
    if step.get("when") in LOOPS:
        return state["due"][LOOPS[step["when"]]], None
    if step["per"] == "episode":
        return state["due"]["returned_ms"], None
    if step["per"] == "branch":
        return state["due"][branch + "_ms"], None
    begun = latest(live(state, *BEGINS[step["per"]]))
    return (None, None) if begun is None else (begun["at_ms"], begun["id"])


LOOPS = {"refill_due": "refill_ms", "eyes_due": "eyes_ms", "adrenaline_due": "adrenaline_ms"}
BEGINS: dict[str, tuple[str, ...]] = {
    "run": (),
    "dose": ("dose_given",),
    "refill": ("refill_checked",),
    "decision": ("dose_given", "refill_checked"),
    "vial": ("vial_prepared",),
    "presentation": ("presentation_named",),
}


def is_open(protocol: Json, state: Json, view: Json, step: Json, branch: str) -> bool:
    """The step is asked for now and not answered in its present round."""
    if "loop" in step:
        return view["loops"][step["loop"]] in NOW
    asked = WHEN[step.get("when", "always")](protocol, state, view) and not _spared(state, step)
    return asked and answer_to(state, step, branch) is None


def _spared(state: Json, step: Json) -> bool:
    """Something was recorded that makes this step wrong now."""
    ways = step.get("unless", [])
    if not ways:
        return False
    told = latest([fact for fact in state["facts"] if stands(fact) and _about(fact, ways)])
    return told is not None and any(matches(told, way) for way in ways)


def _about(fact: Json, ways: list[Json]) -> bool:
    """The fact answers the same question: of this type, and to this step when one is named."""
    return any(
        fact["type"] == way["type"] and fact["data"].get("step") in way["where"].get("step", [None])
        for way in ways
    )


def path(protocol: Json, state: Json, view: Json, branch: str) -> Json:
    """A branch worked out once: its steps, those that are open, and the one to show."""
    listed = steps_of(protocol, state, branch)
    unanswered = [step for step in listed if is_open(protocol, state, view, step, branch)]
    shown = _current(state, view, listed, unanswered)
    return {"branch": branch, "steps": listed, "open": unanswered, "shown": shown}


def _current(state: Json, view: Json, listed: list[Json], unanswered: list[Json]) -> Json:
    """The one step to show."""
    ordered = [*_dose_first(state, view, unanswered), *(step for step in unanswered if step.get("first"))]
    ordered += [step for step in unanswered if urged(view, step)]
    ordered += [step for step in unanswered if step.get("jump")]
    idle = [step for step in listed if step.get("idle")]
    return dict([*ordered, *unanswered, *idle][0])


def urged(view: Json, step: Json) -> bool:
    """The timer that brings this step up says it is due."""
    return alarm_of(view, step) in NOW


def alarm_of(view: Json, step: Json) -> str:
    """The status of the timer that brings this step up; none without one."""
    if "loop" in step:
        return str(view["loops"][step["loop"]])
    return str(view[step["alarm"]]) if "alarm" in step else "none"


def _dose_first(state: Json, view: Json, unanswered: list[Json]) -> list[Json]:
    """While a dose is due: the steps that lead to the first one, or the decision on the next."""
    if view["dose"] not in NOW:
        return []
    if doses(state):
        return [step for step in unanswered if step.get("when") == "dose_due"]
    return [step for step in unanswered if step.get("urgent")]


def listing(state: Json, way: Json) -> list[Json]:
    """Every step of a path with its state: done, skipped, open or current, and when it was answered."""
    return [_line(state, step, way) for step in way["steps"]]


def _line(state: Json, step: Json, way: Json) -> Json:
    answer = last_answer(state, step, way["branch"])
    state_word = "open" if answer is None or step in way["open"] else "done"
    if state_word == "done" and answer is not None and answer["type"] == "step_skipped":
        state_word = "skipped"
    if step["id"] == way["shown"]["id"]:
        state_word = "current"
    return {
        "id": step["id"],
        "text": step["text"],
        "state": state_word,
        "at_ms": answer["at_ms"] if answer else None,
    }


def last_answer(state: Json, step: Json, branch: str) -> Json | None:
    """The last fact that answered this step, in any round of this run or branch."""
    start = state["due"][branch + "_ms"] if step["per"] == "branch" else None
    facts = since([fact for fact in state["facts"] if stands(fact)], start)
    return latest([fact for fact in by_time(facts) if answers_step(fact, step)])
