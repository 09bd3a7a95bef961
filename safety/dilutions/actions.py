"""Reconstituting a vial: one record, one ledger line, one time after which nobody may use it."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from safety import clock
from safety.audit.log import Actor, record
from safety.clinic.models import Clinic
from safety.db import db
from safety.dilutions import guidance, rules
from safety.dilutions.guidance import Guide
from safety.dilutions.models import Dilution
from safety.protocols import actions as protocols
from safety.stock import actions as stock
from safety.stock import ledger, vials
from safety.stock import rules as shelf
from safety.stock.actions import Refused, Use
from safety.stock.guidance import DAY
from safety.stock.models import AmountUnit
from safety.stock.rules import LotFacts

CORRECT_OR_SAY = "Correct it, or tick that it is meant and say why"


@dataclass(frozen=True)
class Diluting:
    """One vial as it was reconstituted. `diluent_lot_id`: its lot in our stock, None where typed.

    `reason`: why this volume, where it is not listed. `at`: when, None for this moment.
    """

    lot_id: str
    volume_ul: int
    diluent: str
    diluent_lot: str
    diluent_lot_id: str | None = None
    reason: str | None = None
    at: datetime | None = None


def dilute(actor: Actor, wanted: Diluting, today: date, now: datetime) -> Dilution:
    """Reconstitute a vial. Raises Refused with the field and what to do.

    Source: clinical specification 6.4 (the record) and 6.5 (until when).
    """
    lot = vials.sealed(wanted.lot_id, today)
    guide = _diluted_here(lot)
    doubt = rules.off_label(wanted.volume_ul, lot.pack.per_container, guide.labels)
    if doubt and not wanted.reason:
        raise Refused("volume", f"{doubt} {CORRECT_OR_SAY}")
    opened_at = wanted.at or now
    until = use_by(actor, lot, guide, opened_at)
    if until <= now or opened_at > now:
        raise Refused("made_at", "This vial would be past its use-by, or is not diluted yet: check the time")
    diluent, code = _diluent(actor, wanted, today, now)
    one_patient = guide.use_by.one_treatment or lot.pack.single_use
    opening = vials.Opening(lot.lot_id, until, one_patient, opened_at)
    vial = vials.open_vial(actor, opening, today, now)
    row = Dilution(
        vial_id=vial.id, clinic_id=vial.clinic_id, brand=lot.brand, diluent=diluent, diluent_lot=code,
        diluent_lot_id=wanted.diluent_lot_id, volume_ul=wanted.volume_ul,
        label="other" if doubt else "listed" if guide.labels else "unknown",
        off_label_reason=wanted.reason if doubt else None, use_by=guide.use_by.why[:300],
        protocol_digest=protocols.in_force(DAY).digest,
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    facts = {"lot": lot.lot_id, "units": vial.amount, "volume_ul": row.volume_ul, "label": row.label,
             "discard_at_ms": clock.to_ms(until)}  # fmt: skip
    said = {"diluent": diluent, "diluent_lot": code, "reason": row.off_label_reason}
    record(actor, "vial.diluted", f"vial:{vial.id}", facts, said)
    return row


def _diluted_here(lot: LotFacts) -> Guide:
    if lot.unit is not AmountUnit.UNITS or lot.product_class is not shelf.ProductClass.TOXIN:
        raise Refused("lot_id", f"{lot.product_name} is not diluted here: choose a toxin")
    guide = guidance.guide(lot.brand)
    if guide.ready_to_use:
        raise Refused("lot_id", f"{lot.product_name} is ready to use: inject it as it is")
    return guide


def use_by(actor: Actor, lot: LotFacts, guide: Guide, opened_at: datetime) -> datetime:
    """Until when a vial opened at that moment may be used; for one session never beyond its day."""
    zone = ZoneInfo(db.session.get_one(Clinic, actor.clinic_id).time_zone)
    ends = [_end_of(lot.expires_on, zone)]
    if guide.use_by.hours == 0:
        ends.append(_end_of(opened_at.astimezone(zone).date(), zone))
    return rules.discard_at(opened_at, guide.use_by.hours, ends)


def _end_of(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(), zone).astimezone(UTC)


def _diluent(actor: Actor, wanted: Diluting, today: date, now: datetime) -> tuple[str, str]:
    """Name and lot of what it is diluted with; a single-use container of our stock is taken with it."""
    if wanted.diluent_lot_id is None:
        if not (wanted.diluent and wanted.diluent_lot):
            raise Refused("diluent_lot", "Enter the diluent and its lot, as printed on the box")
        return wanted.diluent, wanted.diluent_lot
    lot = ledger.lot_facts(wanted.diluent_lot_id)
    if lot is None or lot.product_class is not shelf.ProductClass.OTHER:
        raise Refused("diluent_lot_id", "Choose a diluent from the list")
    if against := shelf.why_not(lot, today):
        why = ". ".join(against)
        raise Refused("diluent_lot_id", f"Lot {lot.code} cannot be used. {why}. Choose another")
    if lot.pack.single_use and lot.unit is AmountUnit.EACH:
        stock.use(actor, Use(lot.lot_id, 1, reason="Diluent"), today, now)
    return lot.product_name, lot.code
