"""What staff type about stock."""

from typing import Any

from wtforms import BooleanField, RadioField, SelectField, StringField, TextAreaField, ValidationError

from safety.forms import AtMost, DayMonthYear, Form, Required, choices
from safety.stock import guidance, ledger, rules
from safety.stock.actions import Delivery, NewProduct, Shelf
from safety.stock.models import AmountUnit, Container, LotState, ProductClass

CLASS_WORDS = {
    ProductClass.HYALURONIDASE: "Hyaluronidase",
    ProductClass.HA_FILLER: "Hyaluronic acid filler",
    ProductClass.TOXIN: "Botulinum toxin",
    ProductClass.BIOSTIMULATOR: "Biostimulator or other filler",
    ProductClass.ADRENALINE: "Adrenaline",
    ProductClass.OTHER: "Something else",
}
UNIT_WORDS = {
    AmountUnit.UNITS: "Units",
    AmountUnit.MICROLITRES: "Millilitres",
    AmountUnit.EACH: "Pieces",
}
CONTAINER_CHOICES = {
    Container.VIAL: "Vial",
    Container.AMPOULE: "Ampoule",
    Container.SYRINGE: "Syringe",
    Container.PACK: "Pack",
}
UNIT_OF = {
    ProductClass.HYALURONIDASE: AmountUnit.UNITS,
    ProductClass.TOXIN: AmountUnit.UNITS,
    ProductClass.HA_FILLER: AmountUnit.MICROLITRES,
}
REASON = "Say why: the next person must understand it"


class Typed(StringField):
    """A number as typed; a validator reads it into `number`."""

    number: int = 0

    @property
    def text(self) -> str:
        """What was typed, never None."""
        return self.data or ""


class Whole:
    """A validator: a whole number in digits, at least `least`. The field's `number` is then set."""

    def __init__(self, message: str, least: int = 0) -> None:
        self.message, self.least = message, least

    def __call__(self, form: Any, field: Any) -> None:
        try:
            field.number = rules.parse_count(field.text, self.message)
        except ValueError as error:
            raise ValidationError(str(error)) from error
        if not self.least <= field.number <= 10**5:
            raise ValidationError(self.message)


class ProductForm(Form):
    """A product the clinic begins to stock."""

    product_class = RadioField("What is it?", [Required("Choose what it is")], choices=choices(CLASS_WORDS))
    name = StringField(
        "Name with strength", [Required("Enter the name as it stands on the box"), AtMost(120)],
        description="As on the box, for example Hyalase, powder ampoule",
    )  # fmt: skip
    brand = StringField(
        "Brand",
        [Required("Enter the brand"), AtMost(60)],
        description="The brand name alone, for example Hyalase",
    )
    manufacturer = StringField("Maker", [Required("Enter the maker"), AtMost(120)])
    gtin = StringField("Number under the barcode (optional)", [AtMost(14)])
    container = RadioField(
        "It comes in", [Required("Choose what it comes in")], choices=choices(CONTAINER_CHOICES)
    )
    amount_unit = RadioField(
        "One holds an amount in", [Required("Choose a unit")], choices=choices(UNIT_WORDS)
    )
    amount = Typed("How much is in one", [Required("Enter how much is in one")])
    volume_key = SelectField("Which product of the emergency protocol is it?", validate_choice=True)
    single_use = RadioField(
        "Once opened", [Required("Choose what happens with an opened one")],
        choices=choices({"yes": "Single use: the rest is thrown away", "no": "The rest may be used again"}),
    )  # fmt: skip
    reversible = BooleanField("Hyaluronidase dissolves it")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = guidance.rescue_products()
        self.volume_key.choices = [
            ("", "None of these"),
            *((key, title) for key, (title, _) in known.items()),
        ]

    def validate_gtin(self, field: StringField) -> None:
        """Digits with the right check digit; may be left empty."""
        if field.data and (problem := rules.gtin_problem(field.data)):
            raise ValidationError(problem)

    def validate_amount_unit(self, field: RadioField) -> None:
        """Each kind of product is counted in one unit, so that amounts can never be mistaken for another."""
        wanted = UNIT_OF.get(ProductClass(self.product_class.data)) if self.product_class.data else None
        if wanted and field.data != wanted:
            raise ValidationError(f"This kind of product is counted in {UNIT_WORDS[wanted].lower()}")

    def validate_amount(self, field: Typed) -> None:
        """A number in the chosen unit; hyaluronidase must have the strength the protocol knows."""
        if not self.amount_unit.data:
            return
        try:
            field.number = rules.parse_amount(field.text, AmountUnit(self.amount_unit.data))
        except ValueError as error:
            raise ValidationError(str(error)) from error
        if field.number < 1:
            raise ValidationError("Enter an amount above zero")
        self._check_strength(field.number)

    def _check_strength(self, amount: int) -> None:
        name, strength = guidance.rescue_products().get(self.volume_key.data or "", ("", amount))
        if strength != amount:
            raise ValidationError(f"The protocol says {name}: check the box and the choice below")

    def validate_volume_key(self, field: SelectField) -> None:
        """Only hyaluronidase is a product of the emergency protocol."""
        if field.data and self.product_class.data != ProductClass.HYALURONIDASE:
            raise ValidationError("Choose none of these: only hyaluronidase is drawn up in the emergency")

    def value(self) -> NewProduct:
        """The product as typed; call after validation."""
        return NewProduct(
            name=self.name.data or "",
            manufacturer=self.manufacturer.data or "",
            product_class=ProductClass(self.product_class.data),
            brand=(self.brand.data or "").casefold().replace(" ", "_"),
            gtin=self.gtin.data or None,
            amount_unit=AmountUnit(self.amount_unit.data),
            amount_per_container=self.amount.number,
            container=Container(self.container.data),
            volume_key=self.volume_key.data or None,
            single_use=self.single_use.data == "yes",
            reversible=bool(self.reversible.data),
        )


class ReceiveForm(Form):
    """Containers of one lot that came in."""

    product_id = SelectField("Product", [Required("Choose a product")], validate_choice=False)
    code = StringField("Lot", [Required("Type the lot as it stands on the box"), AtMost(40)])
    expires_on = DayMonthYear("Expiry", [Required("Enter the expiry date on the box")])
    containers = Typed("How many", [Whole("Enter how many came in, in digits", least=1)])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        listed = sorted(
            ledger.products(), key=lambda p: (p.product_class != ProductClass.HYALURONIDASE, p.name)
        )
        self.product_id.choices = choices({"": "Choose"} | {one.id: one.name for one in listed})

    def value(self, room_id: str | None) -> Delivery:
        """The delivery as typed; call after validation."""
        assert self.expires_on.data is not None  # a valid form has it
        code, count = self.code.data or "", self.containers.number
        return Delivery(self.product_id.data, code, self.expires_on.data, count, room_id)


class CountForm(Form):
    """What somebody counted of one lot."""

    sealed = Typed("Sealed ones", [Whole("Enter how many you counted in digits, 0 for none")])
    in_opened = Typed("Left in opened ones (optional)", [AtMost(20)])
    reason = TextAreaField("Why it differs (optional)", [AtMost(300)])

    def __init__(self, unit: AmountUnit, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.unit = unit

    def validate_in_opened(self, field: Typed) -> None:
        """An amount in the product's unit, or nothing."""
        field.number = 0
        if field.data:
            try:
                field.number = rules.parse_amount(field.text, self.unit)
            except ValueError as error:
                raise ValidationError(str(error)) from error

    def value(self, lot_id: str) -> Shelf:
        """The count as typed; call after validation."""
        return Shelf(lot_id, self.sealed.number, self.in_opened.number, self.reason.data or None)


class WasteForm(Form):
    """Containers thrown away."""

    containers = Typed("How many", [Whole("Enter how many in digits", least=1)])
    reason = TextAreaField("Why", [Required(REASON), AtMost(300)])


KEPT = {
    LotState.QUARANTINED: "Quarantined: not used until somebody decides",
    LotState.RECALLED: "Recalled by the maker: never used again",
}


class QuarantineForm(Form):
    """Keep a lot from use."""

    state = RadioField(
        "What is it?", [Required("Choose one")],
        choices=choices(KEPT),
    )  # fmt: skip
    reason = TextAreaField("Why", [Required(REASON), AtMost(250)])


class ReasonForm(Form):
    """An act that needs a reason."""

    reason = TextAreaField("Why", [Required(REASON), AtMost(300)])


class ResolutionForm(Form):
    """How ledger and shelf came to agree again."""

    resolution = TextAreaField("What was found and done", [Required(REASON), AtMost(300)])
