"""From stored events to the state of a run, and to what is sent to tablets.

Tablets ask every second, so the state of a run is kept in memory as far as it was folded: events only grow,
so
what was folded up to a cursor stays true, and a question with nothing new costs neither fold nor digest.
"""

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import sqlalchemy as sa
from flask import current_app

from safety import clock
from safety.audit import canonical
from safety.db import db
from safety.emergency import pinning, reducer
from safety.emergency.models import Emergency, EmergencyEvent
from safety.emergency.replay import refolded

Json = dict[str, Any]
RUNS_KEPT = 32
DIGESTS_KEPT = 64


@dataclass(frozen=True)
class Folded:
    """A run as it stands after the event at `cursor`, whose id is `last`."""

    cursor: int
    last: str | None
    protocol: Json
    state: Json

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the state, worked out once."""
        return reducer.digest(self.state)


class Kept:
    """What was folded of the runs asked for last, in this process."""

    def __init__(self) -> None:
        self.runs: OrderedDict[str, Folded] = OrderedDict()
        self.digests: OrderedDict[tuple[str, int, str | None], str] = OrderedDict()

    def run(self, emergency_id: str) -> Folded | None:
        """The run as far as it was folded, or None."""
        return self.runs.get(emergency_id)

    def keep(self, emergency_id: str, folded: Folded) -> None:
        """Keep what was folded from events that are on disk."""
        _put(self.runs, emergency_id, folded, RUNS_KEPT)

    def told(self, emergency_id: str, folded: Folded) -> str:
        """The digest at this cursor, remembered because the tablet that hears it will send it back."""
        _put(self.digests, (emergency_id, folded.cursor, folded.last), folded.digest, DIGESTS_KEPT)
        return folded.digest


def _put(into: OrderedDict[Any, Any], key: Any, value: Any, most: int) -> None:
    into[key] = value
    while len(into) > most:
        into.popitem(last=False)


def kept() -> Kept:
    """The memory of this application."""
    found: Kept = current_app.extensions.setdefault("reflow_folded", Kept())
    return found


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
    return _fold_on(protocol, reducer.start_state(protocol), events)


def _fold_on(protocol: Json, state: Json, events: Iterable[EmergencyEvent]) -> Json:
    accepted = [for_folding(stored) for stored in events if stored.refused is None]
    return refolded(protocol, state, accepted)


def state_of(emergency: Emergency) -> tuple[Json, Json]:
    """(protocol, state) of a run as the server holds it now."""
    folded = current(emergency)
    return folded.protocol, folded.state


def current(emergency: Emergency) -> Folded:
    """The run as the server holds it now; folds only what came since it was last asked for."""
    known = kept().run(emergency.id)
    if known is not None and (known.cursor, known.last) == _newest(emergency.id):
        return known
    folded = _caught_up(emergency, known)
    if not db.session().info.get("writing"):  # what a transaction has not sealed may still be undone
        kept().keep(emergency.id, folded)
    return folded


def _newest(emergency_id: str) -> tuple[int, str | None]:
    wanted = (
        sa.select(EmergencyEvent.cursor, EmergencyEvent.event_id)
        .where(EmergencyEvent.emergency_id == emergency_id)
        .order_by(EmergencyEvent.cursor.desc())
        .limit(1)
    )
    found = db.session.execute(wanted).first()
    return (0, None) if found is None else (found.cursor, found.event_id)


def _caught_up(emergency: Emergency, known: Folded | None) -> Folded:
    if known is not None and known.cursor:
        events = events_of(emergency.id, known.cursor - 1)
        if events and events[0].event_id == known.last:
            return onward(known, events[1:])
    protocol = pinning.resolved(emergency)
    return onward(Folded(0, None, protocol, reducer.start_state(protocol)), events_of(emergency.id))


def onward(folded: Folded, events: Iterable[EmergencyEvent]) -> Folded:
    """What was folded, and these events after it."""
    listed = list(events)
    if not listed:
        return folded
    state = _fold_on(folded.protocol, folded.state, listed)
    return Folded(listed[-1].cursor, listed[-1].event_id, folded.protocol, state)


def digest_at(emergency: Emergency, cursor: int) -> str:
    """The digest of the state after the event at a cursor; mostly one that was told not long ago."""
    folded = current(emergency)
    if folded.cursor == cursor:
        return folded.digest
    wanted = sa.select(EmergencyEvent.event_id).where(
        EmergencyEvent.emergency_id == emergency.id, EmergencyEvent.cursor == cursor
    )
    known = kept().digests.get((emergency.id, cursor, db.session.scalar(wanted)))
    return known or reducer.digest(fold(folded.protocol, _upto(emergency.id, cursor)))


def _upto(emergency_id: str, cursor: int) -> list[EmergencyEvent]:
    return [stored for stored in events_of(emergency_id) if stored.cursor <= cursor]
