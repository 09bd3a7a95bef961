"""From stored events to the state of a run, and to what is sent to tablets."""

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from safety import clock
from safety.audit import canonical
from safety.db import db
from safety.emergency import pinning, reducer
from safety.emergency.models import Emergency, EmergencyEvent

Json = dict[str, Any]


def events_of(emergency_id: str, after: int = 0) -> list[EmergencyEvent]:
    """The run's events in the order they were stored, from after a cursor."""
    wanted = (
        sa.select(EmergencyEvent)
        .where(EmergencyEvent.emergency_id == emergency_id, EmergencyEvent.cursor > after)
        .order_by(EmergencyEvent.cursor)
    )
    return list(db.session.scalars(wanted))


def for_folding(stored: EmergencyEvent) -> Json:
    """The event as the reducer takes it: as it came, with the person the server knows."""
    return {**canonical.loads(stored.body), "actor": stored.member_id}


def on_the_wire(stored: EmergencyEvent) -> Json:
    """The event as tablets receive it."""
    return {
        **for_folding(stored),
        "id": stored.event_id,
        "cursor": stored.cursor,
        "received_ms": clock.to_ms(stored.received_at),
        "refused": stored.refused,
    }


def fold(protocol: Json, events: Iterable[EmergencyEvent]) -> Json:
    """The state after these events; refused ones are facts but change nothing."""
    state = reducer.start_state(protocol)
    for stored in events:
        if stored.refused is None:
            state = reducer.apply(protocol, state, for_folding(stored))
    return state


def state_of(emergency: Emergency) -> tuple[Json, Json]:
    """(protocol, state) of a run as the server holds it now."""
    protocol = pinning.resolved(emergency)
    return protocol, fold(protocol, events_of(emergency.id))
