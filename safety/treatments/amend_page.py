"""The page that amends one field of a finished treatment. A route of the blueprint."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, abort, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import RadioField, StringField, TextAreaField, ValidationError
from wtforms.validators import Optional

from safety import clock, web
from safety.dilutions import reading as dilutions
from safety.forms import AtMost, Required, choices
from safety.staff.forms import SignatureForm
from safety.stock import ledger
from safety.stock import rules as shelf
from safety.stock.forms import Typed
from safety.stock.views import attempt
from safety.treatments import amending, dilution, reading, telling
from safety.treatments.amending import Amending, Said, Thing
from safety.treatments.forms import INSTRUMENTS, REASON, SIDE_WORDS, UNIT_WORDS, YES_NO
from safety.treatments.leaving import proved_by
from safety.treatments.models import Treatment
from safety.treatments.plan_forms import offered
from safety.treatments.visit import Status
from safety.web import actor, found, today

CONFLICT = 409
LONGEST = {"note": 2000, "technique": 120, "plane": 40}
MAY_BE_EMPTY = frozenset({"note", "plane", "ultrasound_why"})


def add_to(bp: Blueprint) -> None:
    """Give the treatments blueprint this route."""
    bp.add_url_rule("/treatments/<treatment_id>/amend", view_func=amend, methods=["GET", "POST"])


def _treatment(treatment_id: str) -> Treatment:
    return found(reading.found(treatment_id))


def amend(treatment_id: str) -> ResponseReturnValue:
    """First what is wrong, then what is right, why, and who says so."""
    now = clock.now()
    chart = reading.chart(_treatment(treatment_id), today(now))
    if chart.status is not Status.FINISHED:
        abort(
            CONFLICT, "This treatment is not finished: what it says can still be changed where it was written"
        )
    every, banner = amending.things(chart), telling.banner(chart.patient)
    thing = next((one for one in every if one.key == request.args.get("what")), None)
    shown = {"banner": banner, "treatment_id": treatment_id, "things": every, "thing": thing}
    if thing is None:
        return web.show("treatments/amend.html", form=None, **shown)
    form, done = _form(thing), None
    label, about, unit = thing.label, thing.about, _unit(thing)
    if form.validate_on_submit() and (proved := proved_by(form)):
        wanted = Amending(thing.key, form.right(), form.reason.data or "")

        def keep() -> str:
            amending.amend(actor(), proved, _treatment(treatment_id), wanted, today(now), now)
            return url_for("treatments.show", treatment_id=treatment_id)

        done = attempt(form, keep)
    shown |= {"label": label, "about": about, "unit": unit, "says": thing.now.shown}
    return done or web.show("treatments/amend.html", form=form, **shown)


def _unit(thing: Thing) -> str | None:
    if thing.field == "amount" and thing.item:
        return UNIT_WORDS[thing.item.amount_unit]
    return "gauge" if thing.field == "gauge" else None


class AmendForm(SignatureForm):
    """What is right instead, and why."""

    reason = TextAreaField("Why the record was wrong", [Required(REASON), AtMost(300)])

    def right(self) -> Said:
        """The value as typed, with its words; call after validation."""
        field = self["value"]
        if isinstance(field, RadioField):
            words = {str(value): str(label) for value, label, *_ in field.iter_choices()}
            return Said(_read_choice(field.data), words.get(field.data, ""))
        if isinstance(field, Typed):
            return Said(field.number, field.words)  # type: ignore[attr-defined]  # set by its validator
        return Said(field.data or "", field.data or "")


def _read_choice(value: str) -> Any:
    """A lot is posted as lot or lot/vial; everything else as itself."""
    lot, slash, vial = value.partition("/")
    return {"lot": lot, "vial": vial or None} if slash else value


def _form(thing: Thing) -> AmendForm:
    made: AmendForm = type("AmendThisForm", (AmendForm,), {"value": _field(thing)})()
    return made


def _field(thing: Thing) -> Any:
    needed = [Required(f"Say what is right: {thing.label.lower()}")]
    if words := _choices(thing):
        return RadioField("What is right", needed, choices=choices(words))
    if thing.field in ("amount", "gauge"):
        return Typed("What is right", [*needed, _Read(thing)])
    longest = [AtMost(LONGEST.get(thing.field, 300))]
    if thing.field in MAY_BE_EMPTY:
        return TextAreaField("What is right", [Optional(), *longest])
    return StringField("What is right", [*needed, *longest])


class _Read:
    """A validator: the amount in the product's unit, or a gauge in two digits."""

    def __init__(self, thing: Thing) -> None:
        self.thing = thing

    def __call__(self, form: Any, field: Any) -> None:
        item = self.thing.item
        assert item is not None  # amounts and gauges belong to injections
        try:
            if self.thing.field == "gauge":
                field.number = shelf.parse_count(field.text, "Enter the gauge in two digits, for example 27")
                field.words = str(field.number)
            else:
                field.number = shelf.parse_amount(field.text, item.amount_unit)
                field.words = shelf.in_words(field.number, item.amount_unit)
        except ValueError as error:
            raise ValidationError(str(error)) from error
        if field.number < 1:
            raise ValidationError("Enter an amount above zero")
        if self.thing.field == "gauge" and len(field.words) != len("27"):
            raise ValidationError("Enter the gauge in two digits, for example 27")


def _choices(thing: Thing) -> Mapping[str, str] | None:
    if thing.item is None or thing.injection is None:
        return None
    simple: dict[str, Mapping[str, str]] = {
        "side": {**SIDE_WORDS, "mid": "Mid"},
        "instrument": {str(key): word for key, word in INSTRUMENTS.items()},
        "aspirated": {str(key): word for key, word in YES_NO.items()},
        "ultrasound": {str(key): word for key, word in YES_NO.items()},
        "area": {one.id: one.name for one in offered(thing.item.product_class.value)},
    }
    return _lots(thing) if thing.field == "lot" else simple.get(thing.field)


def _lots(thing: Thing) -> Mapping[str, str]:
    """Every lot of the product, or every vial where it is diluted: the right one may be spent by now."""
    assert thing.item is not None
    here = {lot.lot_id: lot for lot in ledger.lots(product_id=thing.item.product_id)}
    if not dilution.needed(thing.item):
        return {f"{lot.lot_id}/": lot.code for lot in here.values()}
    known = [one for one in dilutions.every(with_empty=True) if one.lot.lot_id in here]
    return {
        f"{one.lot.lot_id}/{one.vial.vial_id}": f"{one.lot.code}, diluted {web.stamp(one.vial.opened_at)}"
        for one in known
    }
