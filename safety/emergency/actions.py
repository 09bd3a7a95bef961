"""Taking in what tablets recorded: stored whole, folded when possible, stock moved in the same
transaction.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from safety import clock
from safety.audit.log import Actor, record
from safety.db import all_clinics, db
from safety.emergency import folding, pinning, reading, reducer, stock_effects
from safety.emergency.models import Emergency, EmergencyEvent
from safety.emergency.wire import Batch, Sent
from safety.protocols import actions as protocols
from safety.staff.models import Tablet
from safety.treatments.models import Treatment

Json = dict[str, Any]
AfterEnd = Callable[[Actor, Emergency, Json, datetime], None]
_after_end: list[AfterEnd] = []
_after_change: list[AfterEnd] = []
AfterBegin = Callable[[Actor, Emergency, str, datetime], None]
_after_return: list[AfterBegin] = []


class Elsewhere(LookupError):
    """The run belongs to another clinic: to this caller it does not exist."""


@dataclass
class Taken:
    """What became of a batch: a word for each event id, the hash of what is stored under it, and the ids
    whose
    content differs from that. `folded` is the run after the batch, to keep once it is sealed.
    """

    results: dict[str, str] = field(default_factory=dict)
    hashes: dict[str, str] = field(default_factory=dict)
    conflicts: list[str] = field(default_factory=list)
    folded: folding.Folded | None = None


@dataclass
class Run:
    """A run while a batch is being taken in. `known` are the stored events the batch may repeat, `seqs` the
    numbers its device has used: both asked for once, not once for each event.
    """

    emergency: Emergency
    protocol: Json
    state: Json
    cursor: int
    last: str | None
    known: dict[str, EmergencyEvent]
    seqs: set[int]


def after_end(then: AfterEnd) -> None:
    """Have `then(actor, emergency, state, now)` called when a real run ends, in the same transaction."""
    if then not in _after_end:
        _after_end.append(then)


def after_change(then: AfterEnd) -> None:
    """Have `then(actor, emergency, state, now)` called when a real run that has or had ended is told more."""
    if then not in _after_change:
        _after_change.append(then)


def after_return(then: AfterBegin) -> None:
    """Have `then(actor, emergency, returned_from, now)` called when a run begins because signs returned."""
    if then not in _after_return:
        _after_return.append(then)


def take(actor: Actor, emergency_id: str, batch: Batch, now: datetime, taken: Taken | None = None) -> Taken:
    """Store a batch of events of one run, making the run when this is its first. Raises Elsewhere.

    Every event is kept: what the reducer refuses is stored with its code. The same id with the same content
    is
    known; with other content it is a conflict, named, and what was stored first stays. `taken` is what became
    of
    the parts before, when a batch comes in several.
    """
    taken = taken or Taken()
    run = _run(actor, emergency_id, batch, now)
    was_drill = run.emergency.drill
    for sent in batch.events:
        _take_one(actor, run, sent, taken, now)
    _settle(actor, run, was_drill, now)
    taken.folded = folding.Folded(run.cursor, run.last, run.protocol, run.state)
    return taken


def _run(actor: Actor, emergency_id: str, batch: Batch, now: datetime) -> Run:
    emergency = find(emergency_id) or _begin(actor, emergency_id, batch, now)
    folded = folding.current(emergency)
    known, seqs = _stored_under(batch), _numbers_of(emergency_id, batch.device)
    return Run(emergency, folded.protocol, folded.state, folded.cursor, folded.last, known, seqs)


def _stored_under(batch: Batch) -> dict[str, EmergencyEvent]:
    """What is stored under the ids of this batch, whichever clinic's run it belongs to."""
    wanted = sa.select(EmergencyEvent).where(EmergencyEvent.event_id.in_([sent.key for sent in batch.events]))
    with all_clinics():
        return {stored.event_id: stored for stored in db.session.scalars(wanted)}


def _numbers_of(emergency_id: str, device: str) -> set[int]:
    wanted = sa.select(EmergencyEvent.seq).where(
        EmergencyEvent.emergency_id == emergency_id,
        EmergencyEvent.device == device,
        EmergencyEvent.refused.is_(None),
    )
    return set(db.session.scalars(wanted))


def find(emergency_id: str) -> Emergency | None:
    """The clinic's run of this id, or None. Raises Elsewhere when another clinic has it."""
    found = db.session.scalar(sa.select(Emergency).where(Emergency.id == emergency_id))
    if found is None:
        with all_clinics():
            if db.session.scalar(sa.select(Emergency.id).where(Emergency.id == emergency_id)):
                raise Elsewhere(emergency_id)
    return found


def _begin(actor: Actor, emergency_id: str, batch: Batch, now: datetime) -> Emergency:
    first = _first_start(batch)
    given = first.event["data"] if first else {}
    protocols.keep_file(pinning.PROTOCOL, now)
    asked = given.get("protocol_digest") if isinstance(given.get("protocol_digest"), str) else None
    emergency = _row(actor, emergency_id, pinning.named(asked), given)
    emergency.started_at = clock.from_ms(first.event["at_ms"]) if first else now
    emergency.received_at = now
    db.session.add(emergency)
    db.session.flush()
    facts = {"protocol": emergency.protocol_digest, "approved": emergency.approval_id is not None}
    facts |= {"drill": emergency.drill, "asked_for": asked}
    record(actor, "emergency.opened", f"emergency:{emergency.id}", facts)
    _returned(actor, emergency, given, now)
    return emergency


def _returned(actor: Actor, emergency: Emergency, given: Json, now: datetime) -> None:
    """Signs came back after an earlier run of this clinic: the same patient, and those above are told."""
    before = earlier_run(given.get("returned_from"))
    if before is None or emergency.drill:
        return
    emergency.treatment_id = emergency.treatment_id or before.treatment_id
    emergency.patient_id = emergency.patient_id or before.patient_id
    for then in _after_return:
        then(actor, emergency, before.id, now)


def earlier_run(named: object) -> Emergency | None:
    """The run of this clinic a tablet names as the one whose signs returned; drills are no such run."""
    if not isinstance(named, str):
        return None
    found = db.session.scalar(sa.select(Emergency).where(Emergency.id == named))
    return None if found is None or found.drill else found


def _row(actor: Actor, emergency_id: str, pin: pinning.Pin, given: Json) -> Emergency:
    drill = given.get("drill") is True
    treatment = None if drill else _treatment(given.get("context"))
    return Emergency(
        id=emergency_id, clinic_id=actor.clinic_id, drill=drill,
        treatment_id=treatment.id if treatment else None,
        patient_id=treatment.patient_id if treatment else None,
        tablet_id=actor.tablet_id, room_id=_room(actor) or (treatment.room_id if treatment else None),
        protocol_id=pinning.PROTOCOL, file_sha256=pin.file_sha256, parameters=pin.parameters,
        protocol_digest=pin.digest, approval_id=pin.approval_id,
    )  # fmt: skip


def _first_start(batch: Batch) -> Sent | None:
    starts = (
        sent for sent in batch.events if sent.fault is None and sent.event["type"] == "emergency_started"
    )
    return next(starts, None)


def _treatment(context: object) -> Treatment | None:
    """The treatment a tablet says it stood in, if this clinic has it: a tablet's word alone links nothing."""
    named = context.get("treatment") if isinstance(context, dict) else None
    if not isinstance(named, str):
        return None
    return db.session.scalar(sa.select(Treatment).where(Treatment.id == named))


def _room(actor: Actor) -> str | None:
    return db.session.scalar(sa.select(Tablet.room_id).where(Tablet.id == actor.tablet_id))


def _take_one(actor: Actor, run: Run, sent: Sent, taken: Taken, now: datetime) -> None:
    known = run.known.get(sent.key)
    if known is not None:
        _meet_again(actor, run, sent, known, taken)
        return
    refused = sent.fault or _seq_taken(run, sent) or _apply(run, sent, actor)
    _store(actor, run, sent, refused, now)
    taken.results[sent.key] = f"refused:{refused}" if refused else "stored"
    taken.hashes[sent.key] = sent.sha256
    if refused is None and sent.type == "made_real":
        _make_real(actor, run, sent)
    if refused is None and not run.state["drill"]:
        stock_effects.follow(actor, run.state, sent.event, now)


def _make_real(actor: Actor, run: Run, sent: Sent) -> None:
    """The drill's row becomes an emergency's, for good, linked to the treatment it says it stands in."""
    emergency, treatment = run.emergency, _treatment(run.state["context"])
    emergency.drill = False
    emergency.made_real_at = clock.from_ms(run.state["made_real_ms"])
    if treatment is not None and emergency.treatment_id is None:
        emergency.treatment_id, emergency.patient_id = treatment.id, treatment.patient_id
    facts = {"event": sent.key, "made_real_ms": run.state["made_real_ms"], "practised": _practised(run.state)}
    record(actor, "emergency.made_real", f"emergency:{emergency.id}", facts)


def _practised(state: Json) -> int:
    """How many entries were made in the drill."""
    return sum("in_drill" in fact["flags"] for fact in state["facts"])


def _store(actor: Actor, run: Run, sent: Sent, refused: str | None, now: datetime) -> None:
    run.cursor += 1
    stored = _stored(actor, run, sent, refused, now)
    db.session.add(stored)
    db.session.flush()
    run.known[sent.key], run.last = stored, sent.key
    if refused is None:
        run.seqs.add(stored.seq)
    facts = {
        "event": sent.key,
        "type": sent.type,
        "body": sent.sha256,
        "cursor": run.cursor,
        "refused": refused,
    }
    record(actor, "emergency.event_recorded", f"emergency:{run.emergency.id}", facts)


def _meet_again(actor: Actor, run: Run, sent: Sent, known: EmergencyEvent, taken: Taken) -> None:
    if known.emergency_id == run.emergency.id and known.body_sha256 == sent.sha256:
        taken.results[sent.key] = f"refused:{known.refused}" if known.refused else "known"
        taken.hashes[sent.key] = known.body_sha256
        return
    taken.conflicts.append(sent.key)
    record(
        actor,
        "emergency.event_conflict",
        f"emergency:{run.emergency.id}",
        {"event": sent.key, "stored": known.body_sha256, "sent": sent.sha256},
    )


def _seq_taken(run: Run, sent: Sent) -> str | None:
    return "seq_taken" if sent.number("seq") in run.seqs else None


def _apply(run: Run, sent: Sent, actor: Actor) -> str | None:
    event = {**sent.event, "actor": actor.id if actor.kind == "member" else None}
    try:
        run.state = reducer.apply(run.protocol, run.state, event)
    except reducer.Refused as refusal:
        return refusal.code
    return None


def _stored(actor: Actor, run: Run, sent: Sent, refused: str | None, now: datetime) -> EmergencyEvent:
    seq, at_ms = sent.number("seq"), sent.number("at_ms")
    return EmergencyEvent(
        event_id=sent.key,
        emergency_id=run.emergency.id,
        clinic_id=run.emergency.clinic_id,
        cursor=run.cursor,
        device=sent.event["device"],
        seq=-1 if seq is None else seq,
        at_ms=clock.to_ms(now) if at_ms is None else at_ms,
        mono_ms=sent.number("mono_ms"),
        type=sent.type,
        body=sent.body,
        body_sha256=sent.sha256,
        received_at=now,
        actor=str(actor),
        tablet_id=actor.tablet_id,
        member_id=actor.id if actor.kind == "member" else None,
        refused=refused,
    )


def _settle(actor: Actor, run: Run, was_drill: bool, now: datetime) -> None:
    """Bring the run's row in step with its state, and tell the features above when it has ended.

    A drill that had ended, was made real and ended again in one delivery has ended only now.
    """
    ended_ms = reading.ended_ms(run.state)
    was_open = run.emergency.ended_at is None or was_drill
    run.emergency.ended_at = None if ended_ms is None else clock.from_ms(ended_ms)
    if run.emergency.drill or (ended_ms is None and was_open):
        return
    for then in [*(_after_end if was_open else ()), *_after_change]:
        then(actor, run.emergency, run.state, now)


def digest_differs(emergency: Emergency, batch: Batch) -> bool:
    """Does the tablet's state at its last known cursor differ from ours?"""
    return folding.digest_at(emergency, batch.after) != batch.digest


def note_difference(actor: Actor, emergency: Emergency, batch: Batch) -> None:
    """Write down that a tablet's state differs from ours: one of the twins has a fault."""
    record(
        actor,
        "emergency.digest_differed",
        f"emergency:{emergency.id}",
        {
            "device": batch.device,
            "cursor": batch.after,
            "server": folding.digest_at(emergency, batch.after),
            "tablet": (batch.digest or "")[:64],
        },
    )


def open_runs() -> list[Emergency]:
    """The clinic's runs that have not ended, newest first."""
    wanted = sa.select(Emergency).where(Emergency.ended_at.is_(None)).order_by(Emergency.started_at.desc())
    return list(db.session.scalars(wanted))
