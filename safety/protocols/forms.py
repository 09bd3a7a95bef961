"""What a medical director sets, ticks and signs."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from wtforms import (
    BooleanField,
    Field,
    HiddenField,
    IntegerField,
    RadioField,
    SelectMultipleField,
    ValidationError,
    widgets,
)
from wtforms.validators import NumberRange, StopValidation

from safety.forms import DayMonthYear, Required, choices
from safety.protocols.reading import cited
from safety.protocols.rules import Figure, Parameter
from safety.staff.forms import SignatureForm

Json = Any


class Ticks(SelectMultipleField):
    """One check box for each unverified figure; there is none that ticks them all."""

    widget = widgets.ListWidget(prefix_label=False)
    option_widget = widgets.CheckboxInput()


class ApproveForm(SignatureForm):
    """Values, ticks, review date, signature. Set `on` (the clinic's day) before validating."""

    on: date
    settings: tuple[Parameter, ...]
    figures: list[Figure]
    file_sha256 = HiddenField()
    ticked = Ticks("Unverified figures")
    review_on = DayMonthYear(
        "Review this protocol on", [Required("Enter the day by which you review this protocol")]
    )

    def validate_ticked(self, field: Ticks) -> None:
        """Each unverified figure is ticked by itself."""
        left = len({figure.id for figure in self.figures} - set(field.data or []))
        if left:
            raise ValidationError(
                f"{left} unverified {'figure is' if left == 1 else 'figures are'} not ticked yet"
            )

    def validate_review_on(self, field: DayMonthYear) -> None:
        """A day to come."""
        if field.data and field.data <= self.on:
            raise ValidationError("The review lies in the future")

    def values(self) -> dict[str, Json]:
        """Parameter → value as set."""
        return {parameter.key: self[name(index)].data for index, parameter in enumerate(self.settings)}

    def fields_of_parameters(self) -> list[tuple[Parameter, Field, list[str]]]:
        """Each parameter with its field and where its default comes from."""
        return [
            (parameter, self[name(index)], [cited(item) for item in parameter.evidence])
            for index, parameter in enumerate(self.settings)
        ]


class RetireForm(SignatureForm):
    """Withdrawing an approval."""


def name(index: int) -> str:
    """A parameter's field; its key has dots, which a name in a page should not."""
    return f"parameter_{index}"


def approve_form(
    settings: tuple[Parameter, ...], figures: list[Figure], values: Mapping[str, Json], file_sha256: str
) -> ApproveForm:
    """The form of one protocol file, filled with `values` until something is posted."""
    fields = {name(index): _field(parameter) for index, parameter in enumerate(settings)}
    given = {name(index): values[parameter.key] for index, parameter in enumerate(settings)}
    form: ApproveForm = type("ApproveForm", (ApproveForm,), fields)(
        data={**given, "file_sha256": file_sha256}
    )
    form.settings, form.figures = settings, figures
    form.ticked.choices = choices({figure.id: figure.text for figure in figures})
    return form


def _field(parameter: Parameter) -> Any:
    if parameter.type == "boolean":
        return BooleanField(parameter.title)
    if parameter.type == "choice":
        kind = int if isinstance(parameter.default, int) else str
        return RadioField(parameter.title, choices=choices(dict(parameter.choices)), coerce=kind)
    message = f"Use a whole number from {parameter.minimum} to {parameter.maximum} {parameter.unit}"
    low, high = parameter.minimum, parameter.maximum
    return IntegerField(parameter.title, [_Given(message), NumberRange(low, high, message)])


class _Given:
    """A number was typed; zero is one."""

    def __init__(self, message: str) -> None:
        self.message = message

    def __call__(self, form: Any, field: Any) -> None:
        if field.data is None:
            field.errors = []
            raise StopValidation(self.message)
