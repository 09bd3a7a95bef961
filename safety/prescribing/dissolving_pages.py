"""The pages of a dissolving with no emergency: plan it, wait for the prescriber, give it."""

from typing import Any

import sqlalchemy as sa
from flask import abort, request, url_for
from flask.typing import ResponseReturnValue

from safety import clock
from safety.amounts import AmountUnit, in_words
from safety.db import db
from safety.patients.chart import Happening
from safety.patients.models import Patient
from safety.prescribing import actions, dissolving, links, reading
from safety.prescribing.forms import PlanDissolvingForm, give_form
from safety.prescribing.models import Dissolving
from safety.prescribing.rules import volume_ul
from safety.prescribing.settling import note_read, settle
from safety.protocols import actions as protocols
from safety.screening.verdict import MAY
from safety.stock import ledger
from safety.stock import rules as shelf
from safety.stock.models import Lot, Product, ProductClass
from safety.web import actor, current, day, found, millilitres, show, today, when

Json = Any
AS_IT_COMES = 0


def plan_dissolving(patient_id: str) -> ResponseReturnValue:
    """Plan it: which hyaluronidase, where, how much, why, and both allergy questions asked today."""
    patient = found(db.session.scalar(sa.select(Patient).where(Patient.id == patient_id)))
    form, now, banner = PlanDissolvingForm(), clock.now(), reading.banner(patient.id)
    kept = [one for one in ledger.products() if one.product_class is ProductClass.HYALURONIDASE]
    form.offer({one.id: one.name for one in kept}, dissolving.offered(), dissolving.questions())

    def keep() -> str:
        made = dissolving.plan(actor(), patient_id, form.value(), today(now), now)
        return url_for("prescribing.dissolving", dissolving_id=made.id)

    done = settle(form, keep) if form.validate_on_submit() else None
    return done or show("prescribing/plan_dissolving.html", form=form, banner=banner, any=bool(kept),
                        known=links.known(patient_id, None))  # fmt: skip


def one_dissolving(dissolving_id: str) -> ResponseReturnValue:
    """Where it stands: what is known, the prescriber's word, what was given; and giving it."""
    row, now = found(dissolving.found(dissolving_id)), clock.now()
    on, about = today(now), f"dissolving:{dissolving_id}"
    named = {area: reading.area_name(area) for area in row.areas}
    product = db.session.get_one(Product, row.product_id)
    form = give_form(named, _lots(product), mixtures(product))
    if request.method == "POST" and current().role not in MAY["nurse"]:
        abort(403)

    def give() -> str:
        dissolving.give(actor(), dissolving_id, form.value(), on, now)
        return url_for("prescribing.dissolving", dissolving_id=dissolving_id)

    done = settle(form, give) if form.validate_on_submit() else None
    if done:
        return done
    row, plan = found(dissolving.found(dissolving_id)), found(links.plan(about))
    note_read(row.patient_id, "prescribing.dissolving")
    row, product = (
        found(dissolving.found(dissolving_id)),
        db.session.get_one(Product, plan.items[0].product_id),
    )
    lacks = actions.lacks(about, row.patient_id, plan.items, on)
    return show("prescribing/dissolving.html", form=form, row=row, plan=plan, product=product, named=named,
                banner=reading.banner(row.patient_id), word=reading.shown(about, _own(row)),
                lacking=[one.text for one in lacks], given=_given(dissolving_id), is_today=row.on == on,
                known=[*dissolving.allergies(row), *links.known(row.patient_id, None)],
                volumes=volumes(product, row.units), on=on,
                may_give=current().role in MAY["nurse"])  # fmt: skip


def _own(row: Dissolving) -> bool:
    word = actions.standing(f"dissolving:{row.id}")
    hands = {row.planned_by, *(one.given_by for one in dissolving.doses_of(row.id))}
    return word is not None and word.decided_by in hands


def _given(dissolving_id: str) -> list[tuple[str, str, str, str]]:
    """Time, area, units, lot of each dose."""
    return [
        (when(one.given_at), reading.area_name(one.area), in_words(one.units, AmountUnit.UNITS), code)
        for one in dissolving.doses_of(dissolving_id)
        for code in [db.session.get_one(Lot, one.lot_id).code]
    ]


def _lots(product: Product) -> dict[str, str]:
    """Lots that may be used today, soonest expiry first: id → words."""
    on = today(clock.now())
    fit = [one for one in ledger.lots(product_id=product.id) if not shelf.why_not(one, on)]
    return {
        one.lot_id: f"{one.code}, expiry {day(one.expires_on)}, "
        f"{shelf.containers_in_words(one.holding.containers, one.container)}"
        for one in shelf.fefo(fit)
    }


def mixtures(product: Product) -> dict[int, str]:
    """What one container may be mixed in, by the rescue protocol: microlitres → words; 0: as it comes."""
    body = protocols.in_force("vascular_occlusion").body
    known = next((one for one in body["products"] if one["id"] == product.volume_key), None)
    if known is None or "container_ul" in known:
        return {AS_IT_COMES: "Nothing: as it comes"}
    each = in_words(product.amount_per_container, AmountUnit.UNITS)
    listed = sorted({one["dilution_ul"] for one in body["dilution"]["defaults"]})
    return {much: f"{each} in {millilitres(much)}" for much in listed}


def volumes(product: Product, units: int) -> list[str]:
    """How much to draw for these units, for each mixture a syringe can read."""
    body = protocols.in_force("vascular_occlusion").body
    known: Json = next((one for one in body["products"] if one["id"] == product.volume_key), {})
    ready = known.get("container_ul")
    listed = [ready] if ready else [much for much in mixtures(product) if much]
    per, said = product.amount_per_container, []
    for much in listed:
        volume = volume_ul(units, per, much)
        words = f"{in_words(per, AmountUnit.UNITS)} in {millilitres(much)}"
        drawn = millilitres(volume) if volume is not None else "no volume a syringe reads: mix otherwise"
        said.append(f"{words}: {drawn}")
    return said


def happenings(patient_id: str) -> list[Happening]:
    """One line for each dissolving in the patient's record."""
    rows = db.session.scalars(sa.select(Dissolving).where(Dissolving.patient_id == patient_id))
    return [_happening(row) for row in rows]


def _happening(row: Dissolving) -> Happening:
    given = dissolving.given_units(row.id)
    url = url_for("prescribing.dissolving", dissolving_id=row.id)
    note = (
        f"{', '.join(reading.area_name(area) for area in row.areas)}, {in_words(row.units, AmountUnit.UNITS)}"
    )
    look = ("ready", "Given") if given else ("open", "Planned")
    return Happening(row.planned_at, "Filler dissolved" if given else "Dissolving planned", url, note, *look)
