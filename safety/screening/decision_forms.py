"""What a prescriber types in a screening: the decision, its limits, and from where it is made."""

from collections.abc import Mapping, Sequence
from typing import Any

from wtforms import (
    BooleanField,
    HiddenField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.validators import Optional

from safety.amounts import AmountUnit, in_words, parse_amount
from safety.forms import AtMost, Form, Required, choices
from safety.screening.actions import LONGEST, Deciding
from safety.screening.elsewhere import Elsewhere
from safety.screening.forms import Boxes
from safety.screening.models import Choice
from safety.staff.forms import SignatureForm

Json = Any
People = Sequence[tuple[str, str]]
CHOICE_WORDS = {
    Choice.TREAT: "Treat",
    Choice.TREAT_WITH_LIMITS: "Treat with limits",
    Choice.DO_NOT_TREAT: "Do not treat",
}


class ElsewhereFields(Form):
    """Decided from elsewhere: who phoned, and who read it back."""

    remote = BooleanField("I decide from elsewhere, by phone")
    phoned_by = SelectField("Who phoned me", choices=[], validate_choice=False)
    read_back_by = SelectField("Who read my decision back to me", choices=[], validate_choice=False)

    def offer(self, people: People) -> None:
        """Whom one may choose."""
        offered = [("", "Choose"), *people]
        self.phoned_by.choices, self.read_back_by.choices = offered, offered

    def elsewhere(self) -> Elsewhere | None:
        """Who phoned and who read back, when it was decided from elsewhere."""
        if not self.remote.data:
            return None
        return Elsewhere(self.phoned_by.data or "", self.read_back_by.data or "")


class DecisionForm(SignatureForm, ElsewhereFields):
    """A prescriber's decision; `decision_form` adds a limit for each planned product.

    `shown` and `plan_shown` bind the signature to the findings and to the plan the page showed.
    """

    items: Sequence[Mapping[str, Json]] = ()
    shown = HiddenField()
    plan_shown = HiddenField()
    choice = RadioField(
        "Your decision",
        [Required("Choose treat, treat with limits, or do not treat")],
        choices=choices({choice.value: words for choice, words in CHOICE_WORDS.items()}),
    )
    limits = StringField("Limits in words", [AtMost(LONGEST)], description="For example what must be ready")
    not_areas = Boxes("Not in these areas", [Optional()], choices=[])
    reason = TextAreaField(
        "Reason, in your words", [Required("Write the reason in your words"), AtMost(LONGEST)]
    )

    def value(self) -> Deciding:
        """The decision as typed."""
        choice = Choice(self.choice.data)
        limited = choice is Choice.TREAT_WITH_LIMITS
        away = self.elsewhere()
        return Deciding(
            choice=choice,
            reason=self.reason.data or "",
            limits=self.limits.data or None if limited else None,
            remote=away is not None,
            shown=self.shown.data or "",
            plan_shown=self.plan_shown.data or "",
            bounds=self._bounds() if limited else None,
            elsewhere=away,
        )  # fmt: skip

    def _bounds(self) -> dict[str, Json]:
        most = [
            {"item": one["item"], "name": one["name"], "amount": self[f"most_{index}"].number,
             "unit": one["unit"]}
            for index, one in enumerate(self.items)
            if self[f"most_{index}"].data
        ]  # fmt: skip
        return {"most": most, "not_areas": sorted(self.not_areas.data or [])}

    def validate_choice(self, field: RadioField) -> None:
        """Limits are named when there are any: an amount, an area, or words."""
        if field.data != Choice.TREAT_WITH_LIMITS:
            return
        amounts = [self[f"most_{index}"].data for index in range(len(self.items))]
        if not (self.limits.data or self.not_areas.data or any(amounts)):
            raise ValidationError("Name a limit: an amount, an area, or in words")


class Most(StringField):
    """A limit as typed, in the product's own unit; empty: none. `number` is what was read."""

    number: int = 0

    def __init__(self, label: str, planned: int, unit: str, **options: Any) -> None:
        super().__init__(label, [Optional(), AtMost(20)], **options)
        self.planned, self.unit = planned, AmountUnit(unit)

    def pre_validate(self, form: Any) -> None:
        """An amount above zero and at most what is planned."""
        if not (self.data and form["choice"].data == Choice.TREAT_WITH_LIMITS):
            return
        try:
            self.number = parse_amount(self.data, self.unit)
        except ValueError as error:
            raise ValidationError(str(error)) from error
        if not 0 < self.number <= self.planned:
            most = in_words(self.planned, self.unit)
            raise ValidationError(f"Enter an amount above zero and at most {most}, as planned")


def decision_form(
    items: Sequence[Mapping[str, Json]], areas: Mapping[str, str], people: People
) -> DecisionForm:
    """A form for these planned products; `areas`: id → name, `people`: who may have phoned or read back."""
    fields: dict[str, Any] = {"items": items}
    for index, one in enumerate(items):
        fields[f"most_{index}"] = Most(f"At most, {one['name']}", one["amount"], one["unit"])
    form: DecisionForm = type("DecisionForm", (DecisionForm,), fields)()
    form.not_areas.choices = choices(areas)
    form.offer(people)
    return form
