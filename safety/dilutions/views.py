"""The pages of diluted vials: what is open, dilute one, one record, throw one away."""

from typing import Any

from flask import current_app, flash, request, url_for
from flask.typing import ResponseReturnValue

from safety import clock, web
from safety.dilutions import actions, guidance, links, reading, rules
from safety.dilutions.forms import DiluteForm, DiscardForm, UnitsForm
from safety.dilutions.reading import Diluted
from safety.staff.acts import CARE
from safety.stock import ledger, vials
from safety.stock import rules as shelf
from safety.stock.actions import USE_BY_PASSED
from safety.stock.guidance import storage
from safety.stock.rules import LotFacts, ProductClass
from safety.stock.views import attempt
from safety.web import actor, current, found, page, today

bp = page("dilutions")


@bp.app_template_filter("countdown")
def countdown(until: Any) -> str:
    """3 hours left; over for 12 minutes."""
    return rules.left_in_words(until, clock.now())


@bp.get("/dilutions")
def index() -> ResponseReturnValue:
    """Opened vials: what may be used and until when, and what must be thrown away."""
    now, every = clock.now(), reading.every()
    passed = [one for one in every if one.vial.passed(now)]
    current_ones = [one for one in every if not one.vial.passed(now)]
    return web.show("dilutions/index.html", passed=passed, current=current_ones, now=now)


@bp.route("/dilutions/new", methods=["GET", "POST"])
def new() -> ResponseReturnValue:
    """Dilute a vial: its lot, the diluent, the volume; the app works out the rest."""
    now, lots = clock.now(), _vials_to_dilute()
    form = DiluteForm(lots, _diluents(), units=request.args.get("units", ""))
    if request.method == "GET" and len(lots) == 1:
        form.lot_id.data = lots[0].lot_id
    worked = None
    if form.validate_on_submit():
        worked = _worked_out(form)
        if not request.form.get("ask"):
            kept = attempt(form, lambda: _dilute(form, now))
            if kept:
                return kept
    hints = {lot.lot_id: _hint(lot) for lot in lots}
    return web.show(
        "dilutions/new.html", form=form, hints=hints, worked=worked,
        back_url=_where() or url_for("dilutions.index"), treatment_id=request.args.get("treatment"),
    )  # fmt: skip


def _dilute(form: DiluteForm, now: Any) -> str:
    wanted = form.value(today(now), current().time_zone)
    row = actions.dilute(actor(), wanted, today(now), now)
    return _where() or url_for("dilutions.show", vial_id=row.vial_id)


def _where() -> str | None:
    """Back to the treatment this dilution is for: a page of a feature above this one."""
    treatment_id = request.args.get("treatment")
    if treatment_id is None or "treatments.show" not in current_app.view_functions:
        return None
    return url_for("treatments.show", treatment_id=treatment_id)


def _vials_to_dilute() -> list[LotFacts]:
    on, product_id = today(clock.now()), request.args.get("product")
    every = ledger.lots(ProductClass.TOXIN, product_id) if product_id else ledger.lots(ProductClass.TOXIN)
    fit = [lot for lot in every if guidance.may_be_diluted(lot) and shelf.sealed_containers(lot)]
    return shelf.fefo(lot for lot in fit if not shelf.why_not(lot, on))


def _diluents() -> list[LotFacts]:
    on = today(clock.now())
    return [lot for lot in ledger.lots(ProductClass.OTHER) if not shelf.why_not(lot, on)]


def _hint(lot: LotFacts) -> str:
    known = guidance.guide(lot.brand)
    left = shelf.containers_in_words(shelf.sealed_containers(lot), lot.container)
    vial = shelf.in_words(lot.pack.per_container, lot.unit)
    listed = [one.volume_ul for one in known.labels if one.units == lot.pack.per_container]
    said = [shelf.in_words(one, shelf.AmountUnit.MICROLITRES) for one in listed]
    label = f"Listed dilution: {' or '.join(said)}" if said else "No label dilution known"
    return f"{vial} a vial, expiry {shelf.day(lot.expires_on)}, {left} sealed. {label}. {known.use_by.why}"


def _worked_out(form: DiluteForm) -> dict[str, str] | None:
    lot = form.lot
    if lot is None:
        return None
    mix = rules.Mix(lot.pack.per_container, form.volume.number)
    told = {"strength": rules.strength_in_words(mix)}
    if form.units.number:
        units = shelf.in_words(form.units.number, lot.unit)
        told |= {"units": units, "draw": rules.volume_in_words(mix.volume_for(form.units.number))}
    return told


@bp.get("/dilutions/<vial_id>")
def show(vial_id: str) -> ResponseReturnValue:
    """One dilution record whole; how much to draw for so many units."""
    one, form = found(reading.found(vial_id)), UnitsForm(request.args)
    draw = None
    if request.args.get("units") and form.validate():
        units = shelf.in_words(form.units.number, one.lot.unit)
        draw = f"{units}: draw {rules.volume_in_words(one.mix.volume_for(form.units.number))}"
    named = links.patients(one.vial.drawn_for) if current().role in CARE else []
    return web.show(
        "dilutions/show.html", one=one, form=form, draw=draw, patients=named, now=clock.now(),
        storage=storage(one.lot.brand, one.lot.product_class),
    )  # fmt: skip


@bp.route("/dilutions/<vial_id>/discard", methods=["GET", "POST"])
def discard(vial_id: str) -> ResponseReturnValue:
    """Throw an opened vial away: what is left in it is waste."""
    one, now = found(reading.found(vial_id)), clock.now()
    form = DiscardForm(reason=_reason(one, now))

    def throw_away() -> str:
        vials.throw_away(actor(), vial_id, form.reason.data or "", now)
        flash("Thrown away")
        return url_for("dilutions.index")

    done = attempt(form, throw_away) if form.validate_on_submit() else None
    return done or web.show("dilutions/discard.html", form=form, one=found(reading.found(vial_id)), now=now)


def _reason(one: Diluted, now: Any) -> str:
    return USE_BY_PASSED if one.vial.passed(now) else ""
