"""What staff propose, and a medical director sets, ticks and signs."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from wtforms import (
    BooleanField,
    Field,
    HiddenField,
    IntegerField,
    RadioField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    ValidationError,
    widgets,
)
from wtforms.validators import NumberRange, Optional, StopValidation

from safety.forms import AtMost, DayMonthYear, Form, Required, choices
from safety.protocols.reading import cited
from safety.protocols.rules import Figure, Parameter
from safety.staff.forms import SignatureForm

Json = Any
CLOCK_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d\Z")


class Ticks(SelectMultipleField):
    """One check box for each unverified figure; there is none that ticks them all."""

    widget = widgets.ListWidget(prefix_label=False)
    option_widget = widgets.CheckboxInput()


class Values:
    """The fields of a protocol's parameters, `parameter_0` and on. Made by `_with_values`."""

    settings: tuple[Parameter, ...]

    def values(self) -> dict[str, Json]:
        """Parameter → value as set."""
        return {each.key: self[name(index)].data for index, each in enumerate(self.settings)}  # type: ignore[index]

    def fields_of_parameters(self) -> list[tuple[Parameter, Field, list[str]]]:
        """Each parameter with its field and where its default comes from."""
        return [
            (each, self[name(index)], [cited(item) for item in each.evidence])  # type: ignore[index]
            for index, each in enumerate(self.settings)
        ]


class ProposeForm(Form, Values):
    """Values and why."""

    file_sha256 = HiddenField()
    note = TextAreaField("Why these values", [Required("Say why, for whoever signs"), AtMost(2000)])


class ApproveForm(SignatureForm, Values):
    """Values, ticks, dates, signature. Set `on` (the clinic's day) and `now`, `zone` before validating."""

    on: date
    now: datetime
    zone: ZoneInfo
    figures: list[Figure]
    file_sha256 = HiddenField()
    ticked = Ticks("Unverified figures")
    review_on = DayMonthYear(
        "Review this protocol on", [Required("Enter the day by which you review this protocol")]
    )
    begins_on = DayMonthYear("In force from", [Optional()])
    begins_at = StringField("Time of day")

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

    def begins(self) -> datetime | None:
        """When it comes into force, an aware instant; None: at once."""
        if self.begins_on.data is None:
            return None
        at = time.fromisoformat(self.begins_at.data or "00:00")
        return datetime.combine(self.begins_on.data, at, self.zone).astimezone(UTC)

    def validate_begins_at(self, field: Any) -> None:
        """A time of day, for a day that is given, to come, and before the review."""
        if field.data and not CLOCK_TIME.match(field.data):
            raise ValidationError("Enter the time as hours and minutes, for example 07:30")
        if field.data and self.begins_on.data is None:
            raise ValidationError("Enter the day as well")
        begins = self.begins()
        if begins and begins <= self.now:
            raise ValidationError("This moment has passed: leave day and time empty to begin at once")
        if begins and self.review_on.data and begins.astimezone(self.zone).date() >= self.review_on.data:
            raise ValidationError("It begins before its review")


class RetireForm(SignatureForm):
    """Withdrawing an approval."""


def name(index: int) -> str:
    """A parameter's field; its key has dots, which a name in a page should not."""
    return f"parameter_{index}"


def approve_form(
    settings: tuple[Parameter, ...], figures: list[Figure], values: Mapping[str, Json], file_sha256: str
) -> ApproveForm:
    """The form of one protocol file, filled with `values` until something is posted."""
    form: ApproveForm = _with_values(ApproveForm, settings, values, file_sha256)
    form.figures = figures
    form.ticked.choices = choices({figure.id: figure.text for figure in figures})
    return form


def propose_form(
    settings: tuple[Parameter, ...], values: Mapping[str, Json], file_sha256: str
) -> ProposeForm:
    """As `approve_form`, to write down and not to sign."""
    form: ProposeForm = _with_values(ProposeForm, settings, values, file_sha256)
    return form


def _with_values(
    base: Any, settings: tuple[Parameter, ...], values: Mapping[str, Json], file_sha256: str
) -> Any:
    fields = {name(index): _field(parameter) for index, parameter in enumerate(settings)}
    given = {name(index): values[parameter.key] for index, parameter in enumerate(settings)}
    made = type(base.__name__, (base,), fields)(data={**given, "file_sha256": file_sha256})
    made.settings = settings
    return made


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
