"""What staff type in a treatment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from wtforms import (
    BooleanField,
    RadioField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.validators import Optional
from wtforms.widgets import CheckboxInput, ListWidget

from safety.forms import AtMost, Form, Required, choices
from safety.staff.actions import Proved
from safety.staff.forms import SignatureForm
from safety.stock.forms import Typed
from safety.stock.models import AmountUnit
from safety.stock.rules import LotFacts
from safety.treatments import amounts, reading, visit
from safety.treatments.actions import Given, Leaving
from safety.treatments.asked_forms import SecondForm
from safety.treatments.map_forms import PointForm
from safety.treatments.models import Instrument, PlanItem, YesNoWhy
from safety.treatments.observation import Look
from safety.treatments.reading import sides_of
from safety.treatments.spelling import spelled

REASON = "Say why: the next person must understand it"
UNIT_WORDS = {AmountUnit.MICROLITRES: "millilitres", AmountUnit.UNITS: "units", AmountUnit.EACH: "pieces"}
SIDE_WORDS = {"left": "Left", "right": "Right"}
INSTRUMENTS = {Instrument.NEEDLE: "Needle", Instrument.CANNULA: "Cannula"}
YES_NO = {YesNoWhy.YES: "Yes", YesNoWhy.NO: "No", YesNoWhy.NOT_NEEDED: "Not needed"}


class ManyField(SelectMultipleField):
    """Several of many, as check boxes."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


def refill_form(points: Sequence[str], step_ds: int) -> Form:
    """Refill at each point and its mirror; `number` of each field is in tenths of a second."""

    class Seconds:
        def __call__(self, form: Any, field: Any) -> None:
            try:
                field.number = visit.parse_seconds(field.text, step_ds)
            except ValueError as error:
                raise ValidationError(str(error)) from error

    fields: dict[str, Any] = {}
    for index, point in enumerate(points):
        name, mirror = reading.point_names(point)
        fields[f"point_{index}"] = Typed(name, [Seconds()])
        fields[f"mirror_{index}"] = Typed(f"{mirror} (mirror)", [Seconds()])
    form: Form = type("RefillForm", (Form,), fields)()
    return form


def gate_form(gates: Sequence[tuple[str, str]]) -> Form:
    """The questions right before the needle. Nothing is preselected."""
    both = choices({"yes": "Yes", "no": "No"})
    # no choice is no error here: the start names what was not answered, with everything else
    fields = {code: RadioField(wording, choices=both, validate_choice=False) for code, wording in gates}
    form: Form = type("GateForm", (Form,), fields)()
    return form


@dataclass(frozen=True)
class Wanted:
    """A planned product as the injection page knows it: a copy, because rows are forgotten in the writing."""

    id: str
    areas: tuple[str, ...]
    unit: AmountUnit

    @classmethod
    def of(cls, row: PlanItem) -> "Wanted":
        """The copy of a row."""
        return cls(row.id, tuple(row.areas), row.amount_unit)


class InjectionForm(SecondForm, PointForm):
    """One product from one lot into one area."""

    lot_id = RadioField("Lot", [Required("Choose the lot before the needle")], validate_choice=False)
    vial_id = RadioField(
        "Diluted vial", [Required("Choose the vial before the needle")], validate_choice=False
    )
    area = RadioField("Area", [Required("Choose the area")], validate_choice=False)
    side = RadioField(
        "Side, the patient's own",
        choices=choices(SIDE_WORDS),
        validate_choice=False,
    )
    amount = Typed("Amount", [Required("Enter the amount given")])
    instrument = RadioField("With", [Required("Choose needle or cannula")], choices=choices(INSTRUMENTS))
    gauge = Typed("Gauge", [Required("Enter the gauge on the packet")])
    technique = StringField("Technique", [Required("Say how it was given"), AtMost(120)])
    plane = StringField("Depth", [Optional(), AtMost(40)])
    aspirated = RadioField(
        "Aspirated before?", [Required("Choose yes, no or not needed")], choices=choices(YES_NO)
    )
    ultrasound = RadioField(
        "Ultrasound used?", [Required("Choose yes, no or not needed")], choices=choices(YES_NO)
    )
    ultrasound_why = StringField("Why no ultrasound (optional)", [AtMost(300)])
    reason = StringField("Why more than planned (optional)", [AtMost(300)])
    sure = BooleanField("This amount is meant")
    order_reason = StringField("Why in this order", [AtMost(300)])

    def __init__(
        self, item: Wanted, lots: Sequence[LotFacts], vials: Mapping[str, str] | None = None, **kwargs: Any
    ) -> None:
        """`vials`: id → lot of the diluted vials where the product is diluted first; no lot is asked then."""
        super().__init__(**kwargs)
        self.item = item
        self.lot_id.choices = choices({lot.lot_id: lot.code for lot in lots})
        self.vial_id.choices = choices(vials or {})
        del self["vial_id" if vials is None else "lot_id"]
        self.area.choices = choices({name: reading.area_name(name) for name in item.areas})

    @property
    def asks_side(self) -> bool:
        """Has any planned area a left and a right?"""
        return any(len(sides_of(known)) > 1 for name in self.item.areas if (known := reading.area(name)))

    def validate_amount(self, field: Typed) -> None:
        """A number in the product's unit."""
        try:
            field.number = amounts.read(field.text, self.item.unit)
        except ValueError as error:
            raise ValidationError(str(error)) from error

    def validate_gauge(self, field: Typed) -> None:
        """A needle size in two digits."""
        if not (field.text.isascii() and field.text.isdigit() and len(field.text) == 2):
            raise ValidationError("Enter the gauge in two digits, for example 27")
        field.number = int(field.text)

    def confirm_words(self, product: str) -> str:
        """What is confirmed: the number in words and in digits, and of what."""
        return f"{spelled(self.amount.number, self.item.unit)} of {product} is meant"

    def value(self, second: Proved | None = None) -> Given:
        """The injection as typed; call after validation. `second`: who stands behind its amount too."""
        known = reading.area(self.area.data or "")
        sides = sides_of(known) if known else []
        return Given(
            item_id=self.item.id,
            lot_id=(self["lot_id"].data if "lot_id" in self else None) or "",
            vial_id=(self["vial_id"].data if "vial_id" in self else None) or None,
            area=self.area.data or "",
            side=sides[0] if len(sides) == 1 else self.side.data or "",
            amount=self.amount.number,
            instrument=Instrument(self.instrument.data),
            gauge=self.gauge.number,
            technique=self.technique.data or "",
            aspirated=YesNoWhy(self.aspirated.data),
            ultrasound=YesNoWhy(self.ultrasound.data),
            ultrasound_why=self.ultrasound_why.data or None,
            plane=self.plane.data or None,
            reason=self.reason.data or None,
            sure=bool(self.sure.data),
            order_reason=self.order_reason.data or None,
            second=second,
            spot=self.spot(),
            confirmed=self.confirmed(),
        )


class FinishForm(Form):
    """How the visit ends."""

    note = TextAreaField("Note (optional)", [AtMost(2000)])

    def value(self) -> Leaving:
        """The ending as typed."""
        return Leaving(self.note.data or None)


YES_OR_NO = choices({"yes": "Yes", "no": "No"})


class SeenForm(Form):
    """What somebody sees when they look at the patient. Nothing is preselected."""

    skin_normal = RadioField(
        "Skin looks normal?",
        [Required("Look at the skin: yes or no")],
        choices=YES_OR_NO,
    )
    has_pain = RadioField("Any pain?", [Required("Ask about pain: yes or no")], choices=YES_OR_NO)
    sight_changed = RadioField(
        "Any change in sight?",
        [Required("Ask about sight: yes or no")],
        choices=YES_OR_NO,
    )

    def value(self) -> Look:
        """What was seen."""
        answers = self.skin_normal.data, self.has_pain.data, self.sight_changed.data
        return Look(*(one == "yes" for one in answers))


class ReleaseForm(SignatureForm):
    """Why the patient leaves before the stay is over, by name."""

    reason = TextAreaField("Why the patient leaves early", [Required(REASON), AtMost(300)])


class CancelForm(Form):
    """Why the visit does not take place."""

    reason = TextAreaField("Why", [Required(REASON), AtMost(300)])
