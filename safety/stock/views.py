"""The stock pages: what is on the shelf, what comes in, what goes, what is counted, what does not fit."""

from collections.abc import Callable

import sqlalchemy as sa
from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from safety import clock
from safety.audit.log import seal
from safety.db import db, write_transaction
from safety.forms import EmptyForm, Form
from safety.staff.acts import ALL, may
from safety.staff.models import Member
from safety.stock import actions, guidance, ledger, rules
from safety.stock.actions import Refused
from safety.stock.forms import (
    CLASS_WORDS,
    CountForm,
    ProductForm,
    QuarantineForm,
    ReasonForm,
    ReceiveForm,
    ResolutionForm,
    WasteForm,
)
from safety.stock.models import Lot, LotState, ProductClass, StockMovement
from safety.web import actor, current, found, page, show, tab, today

bp = page("stock")
tab("Stock", "stock.index", ALL)

KIND_WORDS = {
    "received": "Received",
    "reconstituted": "Diluted",
    "used": "Used",
    "wasted": "Wasted",
    "counted": "Counted",
    "quarantined": "Kept from use",
    "released": "Released for use",
    "reversed": "Taken back",
}


@bp.app_template_filter("amount")
def amount(value: int, unit: rules.AmountUnit) -> str:
    """An amount with its unit, in words."""
    return rules.in_words(value, unit)


@bp.app_template_filter("containers")
def containers(count: int, container: rules.Container) -> str:
    """A number of containers, in words."""
    return rules.containers_in_words(count, container)


def attempt(form: Form, act: Callable[[], str]) -> ResponseReturnValue | None:
    """Act in one sealed transaction and go where it says; None when refused, the message at its field."""
    try:
        with write_transaction():
            where = act()
            seal()
    except Refused as refused:
        field = form[refused.field] if refused.field in form else next(iter(form))
        field.errors = [*field.errors, str(refused)]
        return None
    return redirect(where)


@bp.get("/stock")
def index() -> ResponseReturnValue:
    """Everything on the shelf by lot, hyaluronidase first."""
    on, near, every = today(clock.now()), guidance.expiring_days(), ledger.lots()
    spent = [lot for lot in every if not lot.holding]
    shown = every if request.args.get("spent") else [lot for lot in every if lot.holding]
    rescue = [lot for lot in every if lot.product_class is ProductClass.HYALURONIDASE]
    return render_template(
        "stock/index.html",
        groups=[
            (words, [lot for lot in shown if lot.product_class is kind])
            for kind, words in CLASS_WORDS.items()
        ],
        rescue=rules.totals(rescue, on),
        counted=ledger.last_count(),
        condition=lambda lot: rules.condition(lot, on, near),
        spent=0 if len(shown) == len(every) else len(spent),
        discrepancies=len(ledger.open_discrepancies()),
        names=_names(),
    )


@bp.route("/stock/products/new", methods=["GET", "POST"])
def add_product() -> ResponseReturnValue:
    """A product the clinic begins to stock."""
    form, now = ProductForm(), clock.now()

    def add() -> str:
        product = actions.add_product(actor(), form.value(), now)
        return url_for("stock.receive", product=product.id)

    done = attempt(form, add) if form.validate_on_submit() else None
    return done or show("stock/add_product.html", form=form)


@bp.route("/stock/receive", methods=["GET", "POST"])
def receive() -> ResponseReturnValue:
    """Containers of one lot came in."""
    form, now = ReceiveForm(product_id=request.args.get("product")), clock.now()

    def take_in() -> str:
        lot = actions.receive(actor(), form.value(current().room_id), today(now), now)
        flash("Received")
        return url_for("stock.lot", lot_id=lot.id)

    done = attempt(form, take_in) if form.validate_on_submit() else None
    return done or show("stock/receive.html", form=form)


def _choose(act: str, title: str, line: str) -> ResponseReturnValue:
    lots = [lot for lot in ledger.lots() if lot.holding]
    first = [lot for lot in lots if lot.product_class is ProductClass.HYALURONIDASE]
    rest = [lot for lot in lots if lot not in first]
    return show("stock/choose.html", act=act, title=title, line=line, lots=first + rest)


@bp.get("/stock/count")
@bp.route("/stock/lots/<lot_id>/count", methods=["GET", "POST"])
def count(lot_id: str | None = None) -> ResponseReturnValue:
    """Count one lot; what the ledger says is not shown beforehand."""
    if lot_id is None:
        return _choose("stock.count", "Count stock", "Choose the lot you are counting.")
    lot, now = found(ledger.lot_facts(lot_id)), clock.now()
    form = CountForm(lot.unit)

    def write_count() -> str:
        line = actions.count(actor(), form.value(lot.lot_id), now)
        flash("Counted: the ledger was right" if not line.amount else "Counted: the ledger is corrected")
        return url_for("stock.lot", lot_id=lot.lot_id)

    done = attempt(form, write_count) if form.validate_on_submit() else None
    return done or show("stock/count.html", form=form, lot=lot)


@bp.get("/stock/waste")
@bp.route("/stock/lots/<lot_id>/waste", methods=["GET", "POST"])
def waste(lot_id: str | None = None) -> ResponseReturnValue:
    """Containers thrown away."""
    if lot_id is None:
        return _choose("stock.waste", "Throw away", "Choose the lot.")
    lot, now, form = found(ledger.lot_facts(lot_id)), clock.now(), WasteForm()

    def throw_away() -> str:
        actions.waste(actor(), lot.lot_id, form.containers.number, form.reason.data or "", now)
        return url_for("stock.lot", lot_id=lot.lot_id)

    done = attempt(form, throw_away) if form.validate_on_submit() else None
    return done or show("stock/waste.html", form=form, lot=lot)


@bp.get("/stock/lots/<lot_id>")
def lot(lot_id: str) -> ResponseReturnValue:
    """One lot: how it stands, and every line of its ledger."""
    facts = found(ledger.lot_facts(lot_id))
    lines = ledger.lines(lot_id)
    back = {line.reverses: line for line in lines if line.reverses}
    how = rules.condition(facts, today(clock.now()), guidance.expiring_days())
    return render_template(
        "stock/lot.html",
        vials=ledger.vials([lot_id]),
        now=clock.now(),
        storage=guidance.storage(facts.brand, facts.product_class),
        lot=facts,
        lines=lines,
        how=how,
        words=KIND_WORDS,
        taken_back=back,
        names=_names(),
        may_reverse=_may_reverse,
    )


def _may_reverse(line: StockMovement) -> bool:
    own = line.treatment_id is None and line.emergency_event_id is None
    return own and actions.reversible(line) and may(current().role, "stock.reverse")


def _names() -> dict[str, str]:
    return {f"member:{member.id}": member.name for member in db.session.scalars(sa.select(Member))}


def _row(lot_id: str) -> Lot:
    return found(db.session.scalar(sa.select(Lot).where(Lot.id == lot_id)))


@bp.route("/stock/lots/<lot_id>/quarantine", methods=["GET", "POST"])
def quarantine(lot_id: str) -> ResponseReturnValue:
    """Keep a lot from use, at once and in every room."""
    form, facts, now = QuarantineForm(), found(ledger.lot_facts(lot_id)), clock.now()

    def keep() -> str:
        actions.quarantine(actor(), _row(lot_id), LotState(form.state.data), form.reason.data or "", now)
        return url_for("stock.lot", lot_id=lot_id)

    done = attempt(form, keep) if form.validate_on_submit() else None
    return done or show("stock/quarantine.html", form=form, lot=facts)


@bp.route("/stock/lots/<lot_id>/release", methods=["GET", "POST"])
def release(lot_id: str) -> ResponseReturnValue:
    """A quarantined lot may be used again."""
    form, facts, now = ReasonForm(), found(ledger.lot_facts(lot_id)), clock.now()

    def free() -> str:
        actions.release(actor(), _row(lot_id), form.reason.data or "", now)
        return url_for("stock.lot", lot_id=lot_id)

    done = attempt(form, free) if form.validate_on_submit() else None
    return done or show("stock/release.html", form=form, lot=facts)


@bp.post("/stock/lots/<lot_id>/replacement")
def replacement(lot_id: str) -> ResponseReturnValue:
    """A replacement for this lot is ordered."""
    form, now = EmptyForm(), clock.now()
    found(ledger.lot_facts(lot_id))
    if form.validate_on_submit():
        with write_transaction():
            actions.order_replacement(actor(), _row(lot_id), today(now))
            seal()
    return redirect(url_for("stock.lot", lot_id=lot_id))


@bp.route("/stock/lines/<int:position>/reverse", methods=["GET", "POST"])
def reverse(position: int) -> ResponseReturnValue:
    """Take back a mistaken line by its opposite."""
    form, now = ReasonForm(), clock.now()
    line = found(ledger.line(position))
    lot_id = line.lot_id

    def take_back() -> str:
        actions.reverse(actor(), position, form.reason.data or "", now)
        return url_for("stock.lot", lot_id=lot_id)

    done = attempt(form, take_back) if form.validate_on_submit() else None
    lot, line = found(ledger.lot_facts(lot_id)), found(ledger.line(position))
    return done or show("stock/reverse.html", form=form, line=line, lot=lot, words=KIND_WORDS)


@bp.get("/stock/discrepancies")
def discrepancies() -> ResponseReturnValue:
    """Where ledger and shelf disagree."""
    return render_template("stock/discrepancies.html", open=ledger.open_discrepancies())


@bp.route("/stock/discrepancies/<discrepancy_id>", methods=["GET", "POST"])
def resolve(discrepancy_id: str) -> ResponseReturnValue:
    """Say how one disagreement was settled."""
    form, now = ResolutionForm(), clock.now()
    found(ledger.discrepancy(discrepancy_id))

    def settle() -> str:
        fresh = found(ledger.discrepancy(discrepancy_id))
        actions.resolve_discrepancy(actor(), fresh, form.resolution.data or "", now)
        return url_for("stock.discrepancies")

    done = attempt(form, settle) if form.validate_on_submit() else None
    # read again: a refusal rolled back, and what was read before it went with it
    return done or show("stock/resolve.html", form=form, row=found(ledger.discrepancy(discrepancy_id)))
