"""What a prescriber types: a word on a plan, taking it back; asking for and answering an override."""

from collections.abc import Mapping, Sequence
from typing import Any

from wtforms import HiddenField, RadioField, TextAreaField, ValidationError
from wtforms.validators import Optional

from safety.amounts import AmountUnit, parse_amount
from safety.forms import AtMost, DayMonthYear, Form, Required, choices
from safety.prescribing.actions import NOT_EXAMINED, Authorising
from safety.prescribing.dissolving import Giving, Planning
from safety.prescribing.rules import Grant, Wanted
from safety.screening.decision_forms import ElsewhereFields, People
from safety.screening.forms import Boxes
from safety.staff.forms import SignatureForm
from safety.stock.forms import Typed

LONGEST, SHORT = 2000, 300
GRANT_WORDS = {
    Grant.AUTHORISE: "Authorise",
    Grant.WITH_LIMITS: "Authorise with limits",
    Grant.REFUSE: "Refuse",
}
UNIT_WORDS = {AmountUnit.MICROLITRES: "millilitres", AmountUnit.UNITS: "units", AmountUnit.EACH: "pieces"}


class AuthoriseForm(SignatureForm, ElsewhereFields):
    """A prescriber's word on a plan; `authorise_form` adds a limit and areas for each product."""

    wanted: Sequence[Wanted] = ()
    shown = HiddenField()
    choice = RadioField(
        "Your word on this plan", [Required("Choose authorise, authorise with limits, or refuse")],
        choices=choices(GRANT_WORDS),
    )  # fmt: skip
    reason = TextAreaField(
        "Reason, in your words", [AtMost(LONGEST)],
        description="Needed for limits and for a refusal",
    )  # fmt: skip
    examined = RadioField(
        "Have you examined the patient in person for this treatment?", validate_choice=False,
        choices=choices({"yes": "Yes", "no": "No"}),
    )  # fmt: skip
    examined_on = DayMonthYear("On which day?")

    def validate(self, extra_validators: Any = None) -> bool:
        """Each field, then what hangs on the choice."""
        right = super().validate(extra_validators)
        return all([right, self._examination(), self._limits()])

    def _examination(self) -> bool:
        if self.choice.data == Grant.REFUSE:
            return True
        if self.examined.data != "yes":
            return _wrong(self.examined, NOT_EXAMINED if self.examined.data else "Say whether you examined")
        if self.examined_on.data is None:
            return _wrong(self.examined_on, "Enter the day of the examination")
        return True

    def _limits(self) -> bool:
        if self.choice.data != Grant.WITH_LIMITS:
            return True
        wrong = [one for index, one in enumerate(self.wanted) if not self._most(index, one)]
        return not wrong

    def _most(self, index: int, wanted: Wanted) -> bool:
        field: Typed = self[f"most_{index}"]
        try:
            field.number = parse_amount(field.text, wanted.unit)
        except ValueError as error:
            return _wrong(field, str(error))
        return True

    def value(self) -> Authorising:
        """The word as typed; call after validation."""
        choice = Grant(self.choice.data)
        limits: Mapping[str, tuple[int, Sequence[str]]] = {
            one.item: (self[f"most_{index}"].number, self[f"areas_{index}"].data or [])
            for index, one in enumerate(self.wanted)
            if choice is Grant.WITH_LIMITS
        }
        seen = self.examined_on.data if self.examined.data == "yes" else None
        reason = self.reason.data or None
        return Authorising(choice, limits, reason, seen, self.elsewhere(), self.shown.data or "")


def _wrong(field: Any, message: str) -> bool:
    field.errors = field.errors or [message]
    return False


def authorise_form(wanted: Sequence[Wanted], names: Mapping[str, str], people: People) -> AuthoriseForm:
    """A form for these products; `names`: area → its name, `people`: who may have phoned or read back."""
    fields: dict[str, Any] = {"wanted": wanted}
    for index, one in enumerate(wanted):
        fields[f"most_{index}"] = Typed(f"At most, {one.name}", [AtMost(20)])
        offered = choices({area: names[area] for area in one.areas})
        fields[f"areas_{index}"] = Boxes(f"Only here, {one.name}", choices=offered)
    form: AuthoriseForm = type("AuthoriseForm", (AuthoriseForm,), fields)()
    form.offer(people)
    return form


class CancelForm(Form):
    """An authorisation is taken back."""

    reason = TextAreaField("Why", [Required("Write why you take it back"), AtMost(SHORT)])


class AskOverrideForm(SignatureForm):
    """Somebody asks a second person to let filler start without the full means of rescue."""

    shown = HiddenField()
    reason = TextAreaField(
        "Why start without the full rescue stock",
        [Required("Write the reason in your words"), AtMost(LONGEST)],
    )


class AnswerOverrideForm(SignatureForm):
    """The second person lets filler start, or does not."""

    shown = HiddenField()
    granted = RadioField(
        "Your answer", [Required("Choose let it start, or do not")],
        choices=choices({"yes": "Let filler start without the full rescue stock", "no": "Do not start"}),
    )  # fmt: skip
    reason = TextAreaField(
        "Reason, in your words", [Required("Write the reason in your words"), AtMost(LONGEST)]
    )


class PlanDissolvingForm(Form):
    """Hyaluronidase to dissolve filler with no emergency."""

    product_id = RadioField("Hyaluronidase", [Required("Choose the hyaluronidase")], choices=[])
    areas = Boxes("Areas", [Required("Choose at least one area")])
    units = Typed("Units in all", [Required("Enter the units")])
    reason = TextAreaField("Why dissolve", [Required("Write why"), AtMost(LONGEST)])
    sting = RadioField("", [Required("Ask, and choose an answer")], choices=[])
    reaction = RadioField("", [Required("Ask, and choose an answer")], choices=[])

    def offer(self, products: Mapping[str, str], areas: Mapping[str, str], asked: Any) -> None:
        """What may be chosen; `asked`: choices and wordings of the two allergy questions."""
        stings, reactions, sting, reaction = asked
        self.product_id.choices, self.areas.choices = choices(products), choices(areas)
        self.sting.choices, self.reaction.choices = choices(dict(stings)), choices(dict(reactions))
        self.sting.label.text, self.reaction.label.text = sting, reaction

    def validate_units(self, field: Typed) -> None:
        """Whole units above zero."""
        read_units(field)
        if field.number < 1:
            raise ValidationError("Enter units above zero")

    def value(self) -> Planning:
        """The dissolving as typed."""
        return Planning(
            self.product_id.data, self.areas.data or [], self.units.number, self.reason.data or "",
            self.sting.data, self.reaction.data,
        )  # fmt: skip


def read_units(field: Typed) -> None:
    """Read whole units into the field's number. Raises ValidationError."""
    try:
        field.number = parse_amount(field.text, AmountUnit.UNITS)
    except ValueError as error:
        raise ValidationError(str(error)) from error


class GiveForm(Form):
    """What is given at once from one lot; `give_form` adds the units of each area."""

    areas: Sequence[str] = ()
    lot_id = RadioField("Lot", [Required("Choose a lot")], choices=[])
    dilution = RadioField("Mixed in", [Required("Choose what it is mixed in")], choices=[])

    def value(self) -> Giving:
        """What is given, as typed."""
        units = {area: self[f"units_{index}"].number for index, area in enumerate(self.areas)}
        return Giving(self.lot_id.data, units, int(self.dilution.data) or None)


def give_form(names: Mapping[str, str], lots: Mapping[str, str], mixed: Mapping[int, str]) -> GiveForm:
    """A form for these areas (id → name), lots (id → words) and dilutions (microlitres → words)."""
    fields: dict[str, Any] = {"areas": list(names)}
    for index, name in enumerate(names.values()):
        fields[f"units_{index}"] = Typed(
            f"Units, {name}", [Optional(), lambda form, field: read_units(field)]
        )
    form: GiveForm = type("GiveForm", (GiveForm,), fields)()
    form.lot_id.choices, form.dilution.choices = choices(lots), choices(mixed)
    return form
