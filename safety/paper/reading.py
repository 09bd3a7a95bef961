"""What a card would say at this moment, and whether those on the walls still say it."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from safety.audit import canonical
from safety.clinic import actions as clinic
from safety.clinic.models import Clinic, Room
from safety.db import db
from safety.emergency import kit, pinning
from safety.paper import rules
from safety.paper.models import HungCard, PrintedCard
from safety.protocols import actions as protocols
from safety.stock import ledger
from safety.stock import rules as shelf
from safety.stock.models import ProductClass
from safety.treatments import context as treatments
from safety.web import current, day, today

Json = dict[str, Any]
FORMAT = "reflow-wall-card/1"


def content(card: str, now: datetime) -> Json:
    """Everything on a card that may change after it was printed."""
    clinic_id = db.session().info["clinic_id"]
    return {
        "format": FORMAT,
        "card": card,
        "clinic": _clinic(db.session.get_one(Clinic, clinic_id)),
        "protocol": _protocol(),
        "contacts": kit.contacts(),
        "stock": [_lot(row) for row in stock(card, today(now))],
    }


def digest(said: Json) -> str:
    """What the QR code of a card with this content carries."""
    return hashlib.sha256(canonical.dumps(said)).hexdigest()


def _clinic(row: Clinic) -> Json:
    return {"id": row.id, "name": row.name, "address": row.address, "phone": row.phone}


def _protocol() -> Json:
    found = protocols.in_force(pinning.PROTOCOL)
    signed = None if found.approved_at is None else day(found.approved_at)
    return {
        "id": found.protocol_id,
        "version": found.version,
        "digest": found.digest,
        "approved_by": found.approver,
        "approved_on": signed,
    }


def stock(card: str, on: date) -> list[Json]:
    """The rescue drug a card is about: what may be used today, the first to expire first."""
    if card == rules.MAIN:
        return treatments.rescue_stock(on)
    return _adrenaline(on) if card == rules.COLLAPSE else []


def _adrenaline(on: date) -> list[Json]:
    lots = shelf.fefo(lot for lot in ledger.lots(ProductClass.ADRENALINE) if not shelf.why_not(lot, on))
    return [
        {
            "product_name": lot.product_name,
            "lot_code": lot.code,
            "containers": lot.holding.containers,
            "units_per_container": 0,
            "expires_on": lot.expires_on.isoformat(),
        }
        for lot in lots
    ]


def _lot(row: Json) -> Json:
    return {
        "name": row["product_name"],
        "lot": row["lot_code"],
        "containers": row["containers"],
        "units_per_container": row["units_per_container"],
        "expires_on": row["expires_on"],
    }


@dataclass(frozen=True)
class OnTheWall:
    """What hangs in a room, and which of its parts are out of date. `since` is None: nothing hangs there."""

    room: Room
    card: str
    since: datetime | None
    digest: str | None
    stale: tuple[str, ...]

    @property
    def current(self) -> bool:
        """Does it hang there and still say what is so?"""
        return self.since is not None and not self.stale


def walls(card: str, now: datetime) -> list[OnTheWall]:
    """Every room with what hangs there of this card."""
    said = content(card, now)
    return [_wall(room, card, said) for room in clinic.rooms()]


def _wall(room: Room, card: str, said: Json) -> OnTheWall:
    hung = last_hung(room.id, card)
    if hung is None:
        return OnTheWall(room, card, None, None, ())
    printed = db.session.get_one(PrintedCard, hung.digest)
    return OnTheWall(room, card, hung.hung_at, hung.digest, tuple(rules.changes(printed.content, said)))


def last_hung(room_id: str, card: str) -> HungCard | None:
    """The card of this kind that was last hung up in a room."""
    wanted = sa.select(HungCard).where(HungCard.room_id == room_id, HungCard.card == card)
    return db.session.scalar(wanted.order_by(HungCard.position.desc()).limit(1))


def last_printed(card: str) -> PrintedCard | None:
    """The content of this kind that was printed last."""
    wanted = sa.select(PrintedCard).where(PrintedCard.card == card)
    return db.session.scalar(wanted.order_by(PrintedCard.printed_at.desc()).limit(1))


def waiting(now: datetime) -> list[OnTheWall]:
    """Rooms whose main card is missing or stale, and stale ones of the other cards."""
    main = [wall for wall in walls(rules.MAIN, now) if not wall.current]
    others = [wall for card in (rules.VISION, rules.COLLAPSE) for wall in walls(card, now) if wall.stale]
    return [*main, *others]


def stale_words(parts: Sequence[str]) -> str:
    """Protocol and stock changed."""
    names = [rules.PARTS[part] for part in parts]
    listed = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1].lower()}"
    return f"{listed} changed"


def here() -> str | None:
    """The room this tablet stands in."""
    return current().room_id
