"""Which step is on screen. Twin of steps.mjs. Pure.

One step at a time, in this order: a dose that is due, the first steps, a check that is due, steps that jump
the queue (massage, calls, endpoint), the first step still open, and else the step that keeps watching.
"""

from collections.abc import Callable
from typing import Any

from safety.emergency.doses import product_kind, worse_ms
from safety.emergency.facts import MINUTE, by_time, doses, latest, live, since, stands
from safety.emergency.refill import abnormal, all_normal, two_signs
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
    }


def branch_now(state: Json) -> str:
    """The branch whose steps are shown: airway first, then sight, else the occlusion."""
    if state["due"]["anaphylaxis_ms"] is not None:
        return "anaphylaxis"
    return "vision" if state["due"]["vision_ms"] is not None else "main"


def steps_of(protocol: Json, state: Json, branch: str) -> list[Json]:
    """The steps of a branch that this protocol, this clinic and this product ask for."""
    listed = protocol["steps"] if branch == "main" else protocol["branches"][branch]["steps"]
    kind = "non_ha" if product_kind(protocol, state) == "non_ha" else "ha"
    return [step for step in listed if step.get("for", kind) == kind and step.get("switch", "on") != "off"]


def unmet(protocol: Json, state: Json, view: Json, count: int) -> bool:
    """The endpoint is not met after this many doses; a count of 0 never is."""
    given = doses(state)
    if count == 0 or len(given) < count or state["due"]["endpoint_ms"] is not None:
        return False
    after = since(live(state, "refill_checked"), given[count - 1]["at_ms"])
    return view["dose"] in NOW or any(abnormal(protocol, state, fact["data"]) for fact in after)


def transfer(protocol: Json, state: Json, view: Json) -> bool:
    """Any reason of clinical 2.9 to move the patient."""
    stage, kind = latest(live(state, "stage_assessed")), product_kind(protocol, state)
    if kind in ("non_ha", "unknown") or (stage is not None and refers(protocol, stage)):
        return True
    worse_after = next(row["worse_after"] for row in protocol["referrals"] if "worse_after" in row)
    if len(doses(state)) >= worse_after and worse_ms(protocol, state) is not None:
        return True
    return unmet(protocol, state, view, protocol["parameters"]["vo.cycles_before_transfer"])


def refers(protocol: Json, stage: Json) -> bool:
    """Whether the protocol refers this stage of the skin."""
    return any(row["refer"] for row in protocol["stages"] if row["id"] == stage["data"]["stage"])


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


def _refill_normal(protocol: Json, state: Json, view: Json) -> bool:
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
}


def answer_to(state: Json, step: Json, branch: str) -> Json | None:
    """The fact that answered this step in its present round: an answer, a tick or a skip with its reason."""
    start, but = _round(state, step, branch)
    facts = since([fact for fact in state["facts"] if stands(fact) and fact["id"] != but], start)
    return latest([fact for fact in facts if _answers(fact, step)])


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
}


def _answers(fact: Json, step: Json) -> bool:
    if fact["type"] in ("step_done", "step_skipped"):
        return bool(fact["data"]["step"] == step["id"])
    return any(_matches(fact, way) for way in step.get("answered_by", []))


def _matches(fact: Json, way: Json) -> bool:
    allowed = way.get("where", {})
    return fact["type"] == way["type"] and all(fact["data"][name] in allowed[name] for name in allowed)


def is_open(protocol: Json, state: Json, view: Json, step: Json, branch: str) -> bool:
    """The step is asked for now and not answered in its present round."""
    asked = WHEN[step.get("when", "always")](protocol, state, view)
    return asked and answer_to(state, step, branch) is None


def current(protocol: Json, state: Json, view: Json, branch: str) -> Json:
    """The one step to show."""
    listed = steps_of(protocol, state, branch)
    unanswered = [step for step in listed if is_open(protocol, state, view, step, branch)]
    ordered = [*_dose_first(state, view, unanswered), *(step for step in unanswered if step.get("first"))]
    ordered += [step for step in unanswered if urged(view, step)]
    ordered += [step for step in unanswered if step.get("jump")]
    idle = [step for step in listed if step.get("idle")]
    return [*ordered, *unanswered, *idle][0]


def urged(view: Json, step: Json) -> bool:
    """The timer that brings this step up says it is due."""
    return "alarm" in step and view[step["alarm"]] in NOW


def _dose_first(state: Json, view: Json, unanswered: list[Json]) -> list[Json]:
    """While a dose is due: the steps that lead to the first one, or the decision on the next."""
    if view["dose"] not in NOW:
        return []
    if doses(state):
        return [step for step in unanswered if step.get("when") == "dose_due"]
    return [step for step in unanswered if step.get("urgent")]


def listing(protocol: Json, state: Json, view: Json, branch: str, shown: Json) -> list[Json]:
    """Every step of the branch with its state: done, skipped, open or current, and when it was answered."""
    listed = steps_of(protocol, state, branch)
    return [_line(protocol, state, view, step, branch, shown) for step in listed]


def _line(protocol: Json, state: Json, view: Json, step: Json, branch: str, shown: Json) -> Json:
    answer = last_answer(state, step, branch)
    state_word = "open" if answer is None or is_open(protocol, state, view, step, branch) else "done"
    if state_word == "done" and answer is not None and answer["type"] == "step_skipped":
        state_word = "skipped"
    if step["id"] == shown["id"]:
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
    return latest([fact for fact in by_time(facts) if _answers(fact, step)])
