"""The interlock with this clinic's shelf: one reading of it for page, start and `stock readiness`."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from safety.db import db
from safety.protocols.actions import InForce
from safety.stock import ledger
from safety.stock.models import ProductClass
from safety.stock.rules import LotFacts
from safety.treatments import reading, rules
from safety.treatments.models import PlanItem
from safety.treatments.rules import Planned, Readiness

Json = Any


@dataclass(frozen=True)
class Answer:
    """What the interlock says, and the protocol it goes by."""

    readiness: Readiness
    protocol: InForce

    def as_json(self) -> dict[str, Json]:
        """Plain JSON, with the protocol's version and digest, and whether this clinic approved it."""
        by = {
            "version": self.protocol.version,
            "digest": self.protocol.digest,
            "approved": self.protocol.approved,
        }
        return {**self.readiness.as_json(), "protocol": by}


def ask(plan: Planned, on: date, treatment_id: str | None = None, at: datetime | None = None) -> Answer:
    """May filler of this plan start on this day? Running treatments of this day keep what they may need.

    `at`: as the ledger stood then. Raises protocols.load.Broken when there is no rescue protocol at all.
    """
    protocol = reading.rescue_protocol()
    shelf = rules.Shelf(
        lots=ledger.lots(ProductClass.HYALURONIDASE, at=at),
        adrenaline=_adrenaline(ledger.lots(ProductClass.ADRENALINE, at=at), on),
        promised=_promised(on, treatment_id),
    )
    return Answer(rules.interlock(rules.demand(protocol.body), plan, shelf, on), protocol)


def _adrenaline(lots: Sequence[LotFacts], on: date) -> int | None:
    """In-date containers; None when this clinic has never had any in its stock list."""
    if not lots:
        return None
    good = [lot for lot in lots if lot.expires_on > on and lot.state.value == "usable" and not lot.retired]
    return sum(max(lot.holding.containers, 0) for lot in good)


def _promised(on: date, but: str | None) -> list[Planned]:
    """The plans of treatments that run now. One left open on an earlier day holds nothing back."""
    ids = [one.id for one in reading.running() if one.planned_on == on and one.id != but]
    wanted = sa.select(PlanItem).where(PlanItem.treatment_id.in_(ids), PlanItem.withdrawn_at.is_(None))
    items = list(db.session.scalars(wanted)) if ids else []
    return [planned([item for item in items if item.treatment_id == one]) for one in ids]


def planned(items: Iterable[PlanItem]) -> Planned:
    """What the interlock must know of these products."""
    listed = list(items)
    fillers = [area for item in listed if item.product_class in rules.FILLERS for area in item.areas]
    return Planned(frozenset(item.product_class for item in listed), len(reading.counting(fillers)))


def any_filler(on: date, at: datetime | None = None) -> Answer:
    """Could the most demanding filler start: as many areas as one dose counts. For boards and the command."""
    most = rules.demand(reading.rescue_protocol().body).max_areas
    return ask(Planned(frozenset({ProductClass.HA_FILLER}), most), on, at=at)
