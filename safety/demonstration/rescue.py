"""The emergencies of the story, told event by event as a tablet sends them."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from safety import clock
from safety.audit.log import Actor
from safety.db import db, new_id
from safety.demonstration.stage import Stage
from safety.emergency import actions, folding, kit, pinning, wire
from safety.emergency.models import Emergency
from safety.emergency.prompts import prompts
from safety.stock.models import Lot, Product
from safety.treatments import actions as treatments

Json = dict[str, Any]
DEVICE = "demonstration-tablet"
NEXT_DOSE = "next_dose"


@dataclass
class Run:
    """One run while it is told."""

    id: str
    actor: Actor
    started_at: datetime
    sent: dict[str, str] = field(default_factory=dict)
    seq: int = 0


def tell(stage: Stage, said: Json, context: Json, planned: str | None = None) -> str:
    """One emergency, or the drill planned, to its end; a refused event stops the story. Returns its id."""
    started_at = stage.at(said["days"], said["minutes"])
    member = stage.actor(said["by"])
    run = Run(
        planned or new_id(), Actor("member", member.id, member.clinic_id, stage.tablet["id"]), started_at
    )
    _send(run, started_at, "emergency_started", {"context": context, "drill": said["drill"]})
    for told in said["events"]:
        _happen(stage, run, told)
    return run.id


def context(stage: Stage, treatment_id: str | None, said: Json) -> Json:
    """What the run would open with: the open treatment, the rescue stock, and whom to call."""
    on = stage.day(said["days"])
    opened = treatments.open_context(stage.tablet["id"], None, treatment_id, on) if treatment_id else None
    stock = treatments.rescue_stock(on)
    return {**(opened or {}), "stock": stock, "contacts": kit.contacts()}


def _happen(stage: Stage, run: Run, told: Json) -> None:
    at = run.started_at + offset(told["at"])
    data, kind = dict(told.get("data", {})), told["type"]
    if "lot" in told:
        data = {**_lot(stage, told), **data}
    if kind == NEXT_DOSE:
        kind, data = "dose_given", {**_asked_for(run, at), **data}
    if "of" in told:
        data = {"event": run.sent[told["of"]], **data}
    run.sent[told.get("key", "")] = _send(run, at, kind, data)


def offset(text: str) -> timedelta:
    """Minutes and seconds such as 68:50, or -4:00 before the start."""
    minutes, seconds = text.removeprefix("-").split(":")
    span = timedelta(minutes=int(minutes), seconds=int(seconds))
    return -span if text.startswith("-") else span


def _lot(stage: Stage, told: Json) -> Json:
    """The lot in the hand, as a tablet names it."""
    lot = db.session.get_one(Lot, stage.lots[told["lot"]])
    product = db.session.get_one(Product, lot.product_id)
    named = {"lot": lot.id, "lot_code": lot.code, "product": product.volume_key}
    return named | ({"expires_on": lot.expires_on.isoformat()} if told["type"] == "vial_prepared" else {})


def _asked_for(run: Run, at: datetime) -> Json:
    """The dose the run screen asks for at this moment: units and volume come from the approved table."""
    emergency = db.session.get_one(Emergency, run.id)
    protocol = pinning.resolved(emergency)
    state = folding.fold(protocol, folding.events_of(run.id))
    asked: Json = prompts(protocol, state, clock.to_ms(at))["dose"]["event"]["data"]
    return asked


def _send(run: Run, at: datetime, kind: str, data: Json) -> str:
    run.seq += 1
    event = {
        "id": new_id(),
        "seq": run.seq,
        "type": kind,
        "at_ms": clock.to_ms(at),
        "mono_ms": clock.to_ms(at) - clock.to_ms(run.started_at),
        "data": data,
    }
    batch = wire.read({"device": DEVICE, "after": 0, "digest": None, "events": [event]})
    taken = actions.take(run.actor, run.id, batch, at + timedelta(seconds=1))
    answer = taken.results[str(event["id"])]
    if answer != "stored":
        raise ValueError(f"the story is wrong: {kind} at {at} was {answer}")
    return str(event["id"])
