"""What a dose does to the ledger: taken when given, put back when struck, moved when its lot is corrected.

Nothing here ever refuses: a rescue is a fact, and where the ledger disagrees it says so (a discrepancy).
"""

from datetime import datetime
from typing import Any

from safety import clock
from safety.audit.log import Actor
from safety.emergency import reading
from safety.emergency.facts import stands
from safety.stock import rescue

Json = dict[str, Any]


def follow(actor: Actor, state: Json, event: Json, now: datetime) -> None:
    """Move stock as this accepted event demands. `state` is the one after it."""
    dose_id = _dose(state, event)
    if dose_id is None:
        return
    if event["type"] != "dose_given":
        _put_back(actor, state, dose_id, event, now)
    fact = reading.entry(state, dose_id)
    if fact is not None and stands(fact):
        _take(actor, fact, event["id"], now)


def _dose(state: Json, event: Json) -> str | None:
    """The dose whose booking this event may change, or None."""
    data = event["data"]
    targets = {
        "dose_given": event["id"],
        "entry_struck": data.get("event"),
        "strike_undone": data.get("event"),
        "details_added": data.get("event"),
        "duplicate_resolved": data.get("void"),
    }
    fact = reading.entry(state, targets.get(event["type"]))
    return fact["id"] if fact is not None and fact["type"] == "dose_given" else None


def _take(actor: Actor, fact: Json, cause: str, now: datetime) -> None:
    data = fact["data"]
    rescue.take_rescue_dose(
        actor, lot_id=data.get("lot"), lot_code=_plain(data.get("lot_code") or ""), units=data["units"],
        emergency_event_id=cause, happened_at=clock.from_ms(fact["at_ms"]), now=now)  # fmt: skip


def _put_back(actor: Actor, state: Json, dose_id: str, event: Json, now: datetime) -> None:
    for booked in reading.bookings(state, dose_id):
        rescue.reverse_rescue_dose(
            actor, emergency_event_id=booked, strike_event_id=event["id"],
            happened_at=clock.from_ms(event["at_ms"]), now=now)  # fmt: skip


def _plain(text: str) -> str:
    """Lot text for a database column: PostgreSQL holds no NUL."""
    return text.replace("\0", "")[:40]
