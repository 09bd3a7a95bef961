"""Looking into a folded state. Pure; for the server and the report, no twin needed."""

from typing import Any

from safety.emergency import drills
from safety.emergency.facts import stands

Json = dict[str, Any]
REBOOKING = ("details_added", "strike_undone")


def entry(state: Json, event_id: Any) -> Json | None:
    """The fact of this id, struck or not, or None."""
    return next((fact for fact in state["facts"] if fact["id"] == event_id), None)


def bookings(state: Json, dose_id: str) -> list[str]:
    """Ids under which stock may have been booked for a dose: its own, and those of later corrections."""
    later = (
        c["id"] for c in state["changes"] if c["type"] in REBOOKING and c["data"].get("event") == dose_id
    )
    return [dose_id, *later]


def ended_ms(state: Json) -> int | None:
    """When the run truly ended, epoch milliseconds, or None while it runs."""
    return None if state["ended"] is None else drills.actual(state, int(state["ended"]["at_ms"]))


def current_areas(state: Json) -> list[str]:
    """The areas last counted, else those of the treatment."""
    counted = [fact for fact in state["facts"] if fact["type"] == "areas_counted" and stands(fact)]
    named = counted[-1]["data"]["areas"] if counted else None
    return list(named or state["context"].get("areas") or [])
