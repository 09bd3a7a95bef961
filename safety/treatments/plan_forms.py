"""What staff type to plan a visit: products, areas, amounts, targets, and answers to what is asked back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from wtforms import (
    BooleanField,
    SelectField,
    StringField,
    ValidationError,
)
from wtforms.validators import Optional

from safety.forms import AtMost, DayMonthYear, Form, Required, choices
from safety.protocols.areas import Area, areas
from safety.screening.intake import plain_word
from safety.stock.forms import Typed
from safety.stock.models import AmountUnit, Product, ProductClass
from safety.treatments import amounts, planning, reading, sequence
from safety.treatments.asked_forms import AskedForm, reason_fields
from safety.treatments.forms import ManyField
from safety.treatments.judging import Judged, Line, portion
from safety.treatments.models import PlanItem
from safety.treatments.planning import Answers, Item, Plan
from safety.treatments.spelling import spelled


def offered(product_class: str) -> list[Area]:
    """The areas a plan for this kind of product may name, without the names only an emergency counts by."""
    here = [one for one in areas().areas.values() if product_class in one.product_classes]
    return [one for one in here if one.side or not one.id.startswith(("left_", "right_", "lower_lip_"))]


class ChooseForm(Form):
    """What is planned: the products, before their areas are asked for."""

    class Meta(Form.Meta):
        csrf = False  # it only chooses what the next page asks

    product = ManyField("What is planned?", [Required("Choose at least one product")])


@dataclass(frozen=True)
class Offered:
    """A product as the plan page knows it: a copy, because rows are forgotten when the writing begins."""

    id: str
    name: str
    product_class: ProductClass
    brand: str
    unit: AmountUnit

    @classmethod
    def of(cls, row: Product) -> "Offered":
        """The copy of a row."""
        return cls(row.id, row.name, row.product_class, row.brand, row.amount_unit)

    def usual(self) -> list[str]:
        """What is usual for it, in sentences."""
        names = {
            sequence.base(one.id, areas().areas): one.name
            for one in offered(self.product_class.value)
            if one.side is None
        }
        kind, brand = self.product_class.value, plain_word(self.brand)
        return amounts.usual(reading.day_protocol(), kind, brand, names)


class VisitForm(AskedForm):
    """Where and when, with the fields of each chosen product beside it (see `plan_form`)."""

    products: Sequence[Offered] = ()
    on = DayMonthYear("Day", [Required("Enter the day of the visit")])
    at = StringField("Time", [Optional()], description="24 hours, for example 14:30")
    room_id = SelectField("Room", choices=[])

    def validate_at(self, field: StringField) -> None:
        """A clock time of 24 hours."""
        hours, _, minutes = (field.data or "").partition(":")
        right = hours.isdigit() and minutes.isdigit() and len(minutes) == 2 and len(hours) <= 2
        if not (right and (hours + minutes).isascii() and int(hours) < 24 and int(minutes) < 60):
            raise ValidationError("Enter the time in 24 hours, for example 14:30")
        field.data = f"{int(hours):02d}:{minutes}"

    def validate(self, extra_validators: Any = None) -> bool:
        """Each field by itself, then each amount in its product's unit."""
        right = super().validate(extra_validators)
        wrong = [index for index in range(len(self.products)) if not self._amount(index)]
        return right and not wrong

    def _amount(self, index: int) -> bool:
        field: Typed = self[f"amount_{index}"]
        try:
            field.number = amounts.read(field.text, self.products[index].unit)
        except ValueError as error:
            field.errors = [*field.errors, str(error)] if not field.errors else field.errors
        return not field.errors

    def lines(self) -> list[Line]:
        """The plan as it is judged; call after validation."""
        return [
            Line(one.product_class.value, plain_word(one.brand), tuple(self[f"areas_{i}"].data),
                 self[f"amount_{i}"].number, one.unit)
            for i, one in enumerate(self.products)
        ]  # fmt: skip

    def ask(self, judged: Judged, role: str | None) -> bool:
        """Put what is asked back beside its field; true when everything but the signatures is there."""
        self.judged = judged
        sure = [bool(self[f"sure_{i}"].data) for i in range(len(self.products))]
        wrong = planning.lacking(judged, Answers(self.reasons()), sure, role)
        for one in wrong:
            field = self[one.field if one.field in self else "why"]
            field.errors = [*field.errors, self._with_slip(one)]
        return not wrong

    def _with_slip(self, one: planning.Wrong) -> str:
        if not one.field.startswith("sure_"):
            return one.text
        i = int(one.field.removeprefix("sure_"))
        slip = _slip(self.lines()[i], self.products[i].unit)
        return f"{one.text}.{slip}" if slip else one.text

    def items(self) -> list[Item]:
        """The products as typed; call after validation."""
        return [
            Item(product.id, self[f"areas_{i}"].data, self[f"amount_{i}"].number,
                 self[f"target_{i}"].data or "", bool(self[f"sure_{i}"].data))
            for i, product in enumerate(self.products)
        ]  # fmt: skip

    def value(self, answers: Answers | None = None) -> Plan:
        """The plan as typed; call after validation."""
        assert self.on.data is not None  # a valid form has it
        room, said = self.room_id.data or None, answers or Answers()
        return Plan(self.on.data, self.at.data or None, room, self.items(), said)

    def confirm_words(self, index: int) -> str:
        """What is confirmed: the number in words and in digits, and of what."""
        field: Typed = self[f"amount_{index}"]
        return f"{spelled(field.number, self.products[index].unit)} of {self.products[index].name} is meant"


def _slip(line: Line, unit: AmountUnit) -> str:
    asked = amounts.Amounts(line.product_class, line.brand, unit, (portion(line.areas, line.amount),))
    return amounts.slipped(line.amount, unit, reading.day_protocol(), asked)


def plan_form(
    chosen: Sequence[Offered],
    rooms: Sequence[tuple[str, str]],
    today: date,
    people: Mapping[str, str],
    extra: Mapping[str, Any] | None = None,
) -> VisitForm:
    """A form for a visit with these products. `people`: who may be the second person."""
    fields: dict[str, Any] = {"products": chosen, **reason_fields(), **(extra or {})}
    for index, product in enumerate(chosen):
        here = {one.id: one.name for one in offered(product.product_class.value)}
        fields |= {
            f"areas_{index}": ManyField(
                "Areas", [Required("Choose at least one area")], choices=choices(here)
            ),
            f"amount_{index}": Typed("Amount in all", [Required("Enter how much is planned")]),
            f"sure_{index}": BooleanField("This amount is meant"),
            f"target_{index}": StringField(
                "What it is meant to do", [Required("Name one target for this product"), AtMost(300)]
            ),
        }
    form: VisitForm = type("PlanForm", (VisitForm,), fields)(on=today)
    if "room_id" in form:
        form.room_id.choices = choices({"": "No room yet"} | dict(rooms))
    form.offer_seconds(people)
    return form


def change_form(chosen: Sequence[Offered], today: date, people: Mapping[str, str]) -> VisitForm:
    """A form for other products, areas or amounts of a visit whose day stays."""
    why = StringField("Why the plan changes", [Required("Say why the plan changes"), AtMost(300)])
    return plan_form(chosen, (), today, people, {"on": None, "at": None, "room_id": None, "why": why})


def fill(form: VisitForm, items: Sequence[PlanItem]) -> None:
    """Show the plan as it stands: by product, where the product stays."""
    by_product = {item.product_id: item for item in items}
    for index, product in enumerate(form.products):
        item = by_product.get(product.id)
        if item is not None:
            form[f"areas_{index}"].data = list(item.areas)
            form[f"amount_{index}"].data = _typed(item.amount, item.amount_unit)
            form[f"target_{index}"].data = item.target


def _typed(amount: int, unit: AmountUnit) -> str:
    if unit is not AmountUnit.MICROLITRES:
        return str(amount)
    return f"{amount // 1000}.{amount % 1000:03d}".rstrip("0").rstrip(".")
