"""An amended record of a finished treatment: the ledger follows with lines of its own, or says what to count.

A line of the same kind with the opposite sign takes back what an earlier one said too much: none is changed.
"""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from safety.audit.log import Actor, record
from safety.db import db, new_id
from safety.stock import ledger, rules
from safety.stock.actions import Line, clinic_of, write
from safety.stock.models import Discrepancy, MovementKind, StockMovement
from safety.stock.rules import Holding, LotFacts, in_words

USED, WASTED = MovementKind.USED, MovementKind.WASTED


@dataclass(frozen=True)
class Source:
    """Where an amount came from: a lot, and the opened vial of it, for one treatment."""

    lot_id: str
    vial_id: str | None
    treatment_id: str


@dataclass(frozen=True)
class _Books:
    """What a correction looks at: the lot, what the treatment took of it, and what is left in its vial."""

    lot: LotFacts
    source: Source
    used: Holding
    wasted: Holding
    in_vial: int

    @property
    def keeps_rest(self) -> bool:
        """Does what was not given stay usable, or was it thrown away with its container?"""
        return self.in_vial > 0 if self.source.vial_id else not self.lot.pack.single_use


def amount_corrected(actor: Actor, source: Source, was: int, right: int, why: str, now: datetime) -> str:
    """The ledger follows an amended amount. Returns what was done, or which lot to count, in words."""
    books, more = _books(source), right - was
    if more > 0 and not _take_more(actor, books, more, why, now):
        return _count(actor, books.lot, why, now)
    if more < 0:
        _give_back(actor, books, -more, why, now)
    said = in_words(abs(more), books.lot.unit)
    return f"Ledger corrected, lot {books.lot.code}: {said} {'more' if more > 0 else 'less'} used"


def source_corrected(actor: Actor, was: Source, right: Source, amount: int, why: str, now: datetime) -> str:
    """The ledger follows an amended lot or vial. Returns what was done, or which lots to count, in words."""
    wrong, rightly = _books(was), _books(right)
    if not _only_this(wrong, amount) or not _has(rightly, amount):
        said = _count(actor, wrong.lot, why, now)
        return f"{said}. {_count(actor, rightly.lot, why, now)}"
    if was.vial_id:
        _give_back(actor, wrong, amount, why, now)
    else:
        _undo(actor, wrong, amount, why, now)
    _take(actor, rightly, amount, why, now)
    return f"Ledger corrected: lot {wrong.lot.code} given back, lot {rightly.lot.code} taken"


def _books(source: Source) -> _Books:
    lot = ledger.lot_facts(source.lot_id)
    assert lot is not None  # the caller chose it from the ledger
    wanted = sa.select(StockMovement).where(
        StockMovement.lot_id == source.lot_id, StockMovement.treatment_id == source.treatment_id,
        StockMovement.vial_id == source.vial_id,
    )  # fmt: skip
    sums = {USED: Holding(), WASTED: Holding()}
    for line in db.session.scalars(wanted):
        if line.kind in sums:
            sums[line.kind] += Holding(-line.containers, -line.amount)
    vial = ledger.vial(source.vial_id) if source.vial_id else None
    return _Books(lot, source, sums[USED], sums[WASTED], vial.left if vial else 0)


def _write(actor: Actor, books: _Books, kind: MovementKind, change: Holding, why: str, now: datetime) -> None:
    line = Line(kind, change, now, treatment_id=books.source.treatment_id, reason=why,
                vial_id=books.source.vial_id)  # fmt: skip
    write(actor, books.lot.lot_id, line, now)


def _give_back(actor: Actor, books: _Books, amount: int, why: str, now: datetime) -> None:
    containers = 0
    if books.source.vial_id is None and not books.lot.pack.single_use:
        sealed = books.lot.sealed
        containers = (
            rules.containers_for(sealed.amount + amount, books.lot.pack.per_container) - sealed.containers
        )
    _write(actor, books, USED, Holding(containers, amount), why, now)
    if not books.keeps_rest:
        _write(actor, books, WASTED, Holding(0, -amount), why, now)


def _take_more(actor: Actor, books: _Books, amount: int, why: str, now: datetime) -> bool:
    """From what was thrown away, else from what is still open. False where neither holds so much."""
    if books.wasted.amount >= amount:
        _write(actor, books, USED, Holding(0, -amount), why, now)
        _write(actor, books, WASTED, Holding(0, amount), why, now)
        return True
    if books.keeps_rest and _has(books, amount):
        _take(actor, books, amount, why, now)
        return True
    return False


def _only_this(books: _Books, amount: int) -> bool:
    """Is the amended injection all this treatment took from the lot, so that the whole of it goes back?"""
    return books.source.vial_id is not None or not books.lot.pack.single_use or books.used.amount == amount


def _has(books: _Books, amount: int) -> bool:
    if books.source.vial_id:
        return books.in_vial >= amount
    return rules.available(books.lot.pack, books.lot.sealed) >= amount


def _undo(actor: Actor, books: _Books, amount: int, why: str, now: datetime) -> None:
    if not books.lot.pack.single_use:
        _give_back(actor, books, amount, why, now)
        return
    _write(actor, books, USED, books.used, why, now)
    if books.wasted:
        _write(actor, books, WASTED, books.wasted, why, now)


def _take(actor: Actor, books: _Books, amount: int, why: str, now: datetime) -> None:
    if books.source.vial_id:
        _write(actor, books, USED, Holding(0, -amount), why, now)
        return
    taken = rules.taken(books.lot.pack, amount, books.lot.sealed.amount)
    _write(actor, books, USED, Holding(-taken.containers, -taken.used), why, now)
    if taken.wasted:
        _write(actor, books, WASTED, Holding(0, -taken.wasted), why, now)


def _count(actor: Actor, lot: LotFacts, why: str, now: datetime) -> str:
    """The ledger cannot know: somebody must count. It stands among the discrepancies until then."""
    said = f"Count lot {lot.code}: {why}"[:300]
    row = Discrepancy(id=new_id(), clinic_id=clinic_of(actor), lot_id=lot.lot_id, why=said, opened_at=now)
    db.session.add(row)
    db.session.flush()
    record(actor, "discrepancy.opened", f"discrepancy:{row.id}", {"lot": lot.lot_id}, {"why": said})
    return f"Count lot {lot.code}"
