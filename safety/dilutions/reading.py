"""Reading dilution records: what is open, until when, how strong, and for whom it was drawn."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from safety.db import db
from safety.dilutions.models import Dilution
from safety.dilutions.rules import Mix, strength_in_words
from safety.staff.models import Member
from safety.stock import ledger
from safety.stock.models import StockMovement, Vial
from safety.stock.rules import LotFacts, VialFacts, vial_why_not


@dataclass(frozen=True)
class Diluted:
    """One diluted vial with its record and its lot."""

    record: Dilution
    vial: VialFacts
    lot: LotFacts
    opened_by: str

    @property
    def mix(self) -> Mix:
        """Units and microlitres."""
        return Mix(self.vial.amount, self.record.volume_ul)

    @property
    def strength(self) -> str:
        """4 units in 0.1 millilitres."""
        return strength_in_words(self.mix)


def every(with_empty: bool = False) -> list[Diluted]:
    """The clinic's diluted vials, the first to be thrown away first; empty ones only when asked for."""
    return [one for one in _read(sa.select(Dilution)) if with_empty or one.vial.left > 0]


def found(vial_id: str) -> Diluted | None:
    """One diluted vial of this clinic, or None."""
    return next(iter(_read(sa.select(Dilution).where(Dilution.vial_id == vial_id))), None)


def usable(product_id: str, treatment_id: str, now: datetime) -> list[Diluted]:
    """The vials of a product that a treatment may draw from now."""
    lots = [lot.lot_id for lot in ledger.lots(product_id=product_id)]
    wanted = sa.select(Dilution).join(Vial, Vial.id == Dilution.vial_id).where(Vial.lot_id.in_(lots))
    mine = _read(wanted)
    return [one for one in mine if not vial_why_not(one.vial, now, treatment_id)]


def drawn_in(treatment_id: str) -> dict[int, Diluted]:
    """Ledger line → the vial it was drawn from, for every line of a treatment that came from one."""
    wanted = sa.select(StockMovement.position, StockMovement.vial_id).where(
        StockMovement.treatment_id == treatment_id, StockMovement.vial_id.is_not(None)
    )
    lines = {row.position: row.vial_id for row in db.session.execute(wanted)}
    by_id = {one.vial.vial_id: one for one in of_vials(lines.values())}
    return {position: by_id[vial_id] for position, vial_id in lines.items() if vial_id in by_id}


def of_vials(vial_ids: Iterable[str | None]) -> list[Diluted]:
    """The records of these vials."""
    ids = {one for one in vial_ids if one}
    return _read(sa.select(Dilution).where(Dilution.vial_id.in_(ids))) if ids else []


def _read(wanted: Any) -> list[Diluted]:
    records = {one.vial_id: one for one in db.session.scalars(wanted)}
    vials = ledger.vials_of(records)
    lots = {lot.lot_id: lot for lot in ledger.lots()} if vials else {}
    names = _openers(list(records))
    return [Diluted(records[v.vial_id], v, lots[v.lot_id], names[v.vial_id]) for v in vials]


def _openers(vial_ids: list[str]) -> dict[str, str]:
    wanted = sa.select(Vial.id, Member.name).join(Member, Member.id == Vial.opened_by)
    return {row.id: row.name for row in db.session.execute(wanted.where(Vial.id.in_(vial_ids)))}
