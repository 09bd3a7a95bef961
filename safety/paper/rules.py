"""What a card for the wall says, worked out by the reducer the run screen uses. Pure: no dose stands here.

A card's content is what may go stale on paper: protocol, contacts, stock. Its digest is printed on it.
"""

from collections.abc import Sequence
from typing import Any

from safety.emergency import reducer
from safety.emergency.doses import table
from safety.emergency.facts import fill
from safety.emergency.refill import cutoff_s
from safety.emergency.steps import steps_of

Json = dict[str, Any]
MAIN, VISION, COLLAPSE = "vo", "vision", "anaphylaxis"
CARDS = {
    MAIN: "Vascular occlusion after filler",
    VISION: "Vision change after filler",
    COLLAPSE: "Anaphylaxis and collapse",
}
BRANCHES = {VISION: ("vision",), COLLAPSE: ("anaphylaxis", "collapse", "la_toxicity")}
LIST = "see the list"
PARTS = {
    "protocol": "Protocol",
    "clinic": "Clinic",
    "contacts": "Contacts",
    "stock": "Stock",
}


def started(protocol: Json, stock: Sequence[Json] | None, **context: Any) -> Json:
    """The state of a run that has just begun, for asking the reducer what it would say."""
    data = {"context": {"stock": None if stock is None else list(stock), **context}, "drill": False}
    return _told(protocol, reducer.start_state(protocol), "emergency_started", data)


def _told(protocol: Json, state: Json, kind: str, data: Json) -> Json:
    event = {"id": kind, "type": kind, "at_ms": 1, "data": data}
    return reducer.apply(protocol, state, event)


def doses(protocol: Json, stock: Sequence[Json] | None) -> list[Json]:
    """Each approved dose as the run screen words it: for how many areas, what to inject, what to draw."""
    if not table(protocol):
        return [_dose(protocol, stock, None)]
    return [_dose(protocol, stock, row["areas"]) for row in table(protocol)]


def _dose(protocol: Json, stock: Sequence[Json] | None, count: int | None) -> Json:
    held = stock or None  # an empty shelf: the card names every product, a vial may come from elsewhere
    state = started(protocol, held)
    if count is not None:
        state = _told(protocol, state, "areas_counted", {"areas": [], "count": count})
    asked = reducer.prompts(protocol, state, 1)["dose"]
    names = {row["id"]: row["name"] for row in protocol["products"]}
    drawn = [{"product": names.get(row["product"], ""), "text": row["text"]} for row in asked["volumes"]]
    return {"areas": _areas(protocol, count), "text": asked["text"], "draw": drawn}


def _areas(protocol: Json, count: int | None) -> str:
    words = protocol["words"]
    if count is None:
        return "Each dose"
    return str(words["area_one"]) if count == 1 else fill(words["area_many"], count=count)


def rounds(protocol: Json, stock: Sequence[Json]) -> int:
    """Whole doses of the largest size the shelf gives, as the run screen counts them."""
    return int(reducer.prompts(protocol, started(protocol, stock), 1)["rounds_left"])


def steps(protocol: Json, branch: str) -> list[Json]:
    """The steps of a path as the run lists them: clock, words, help."""
    return [_step(protocol, step) for step in steps_of(protocol, started(protocol, None), branch)]


def _step(protocol: Json, step: Json) -> Json:
    text = step["text_unknown"] if "{units}" in step["text"] else fill(step["text"], criterion=LIST)
    return {"clock": step["clock"], "text": text, "help": step["help"]}


def refill(protocol: Json) -> list[tuple[str, str]]:
    """How a refill is judged: the three answers of the run screen with their limits."""
    words, seconds = protocol["words"], cutoff_s(protocol, started(protocol, None))
    return [
        (words[f"refill_{result}"], fill(words[f"refill_{result}_hint"], seconds=seconds))
        for result in ("normal", "slow", "none")
    ]


def adrenaline(protocol: Json) -> list[tuple[str, str]]:
    """Adrenaline by age, as the answers of the run screen say it."""
    rows = protocol["branches"]["anaphylaxis"]["adrenaline"]["doses"]
    return [(row["label"], row["hint"]) for row in rows]


def paths(protocol: Json, card: str) -> list[Json]:
    """The paths a card shows with their steps; a path this protocol does not have is left out."""
    if card == MAIN:
        return [{"id": "main", "title": protocol["title"], "steps": steps(protocol, "main")}]
    known = protocol["branches"]
    return [
        {"id": name, "title": known[name]["title"], "steps": steps(protocol, name)}
        for name in BRANCHES[card]
        if name in known
    ]


def differential(protocol: Json) -> list[Json]:
    """Faint, anaphylaxis and anaesthetic toxicity side by side, where this protocol compares them."""
    return list(protocol["branches"].get("collapse", {}).get("differential", []))


def changes(then: Json, now: Json) -> list[str]:
    """Which parts of a card are no longer what was printed: keys of `PARTS`, none while it is current."""
    return [part for part in PARTS if then.get(part) != now.get(part)]


def news(then: Json, now: Json) -> list[str]:
    """What changed, a line each, for people who may know the clinic."""
    lines = []
    if then["protocol"] != now["protocol"]:
        lines.append(f"Printed: {protocol_words(then['protocol'])}. Now: {protocol_words(now['protocol'])}")
    if then["clinic"] != now["clinic"]:
        lines.append("The clinic's name, address or telephone changed")
    return [
        *lines,
        *_moved("Contact", then, now, "contacts", contact),
        *_moved("Stock", then, now, "stock", lot),
    ]


def _moved(what: str, then: Json, now: Json, part: str, words: Any) -> list[str]:
    before, after = [[words(row) for row in content.get(part) or []] for content in (then, now)]
    gone = [f"{what} no longer so: {line}" for line in before if line not in after]
    new = [f"{what} now: {line}" for line in after if line not in before]
    return gone + new or ([f"{what}: the order changed"] if before != after else [])


def protocol_words(said: Json) -> str:
    """Version 2, approved by Dr Lindqvist."""
    by = f"approved by {said['approved_by']}" if said["approved_by"] else "not approved here"
    return f"version {said['version']}, {by}, {said['digest'][:8]}"


def contact(row: Json) -> str:
    """Dr L. Moss, 0117 496 0001."""
    return f"{row['name']}, {row['phone']}"


def lot(row: Json) -> str:
    """Hyalase lot H0118L, 4 of 1500 units, expires 2027-03-01."""
    size = f" of {row['units_per_container']} units" if row["units_per_container"] else ""
    return f"{row['name']} lot {row['lot']}, {row['containers']}{size}, expires {row['expires_on']}"
