"""What every form shares: our base, a three-part date, and validators with plain words."""

import datetime as dt
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from flask_wtf import FlaskForm
from wtforms import Field, StringField, ValidationError
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its types
from wtforms.validators import DataRequired, Length, StopValidation


class Form(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """Base of every form: CSRF, and text fields stripped and normalised before they are looked at."""

    class Meta(FlaskForm.Meta):  # type: ignore[misc]  # as above
        def bind_field(self, form: Any, unbound_field: Any, options: dict[str, Any]) -> Any:
            if issubclass(unbound_field.field_class, StringField):
                given = list(unbound_field.kwargs.get("filters", ()))
                unbound_field.kwargs["filters"] = [*given, tidy] if tidy not in given else given
            return unbound_field.bind(form=form, **options)


def tidy(text: str | None) -> str | None:
    """Text as people mean it: normalised (NFC), without control characters and outer blanks."""
    if text is None:
        return None
    kept = "".join(
        c for c in unicodedata.normalize("NFC", text) if c in "\n\t" or unicodedata.category(c)[0] != "C"
    )
    return kept.strip()


def choices(words: Mapping[Any, str]) -> list[Any]:
    """What a select, radio or check box field offers: value → words, in this order."""
    return [SelectChoice(str(value), text) for value, text in words.items()]


class EmptyForm(Form):
    """A button: nothing to type, only the CSRF token."""


class Required(DataRequired):
    """The field must be filled; `message` says what to do."""

    def __init__(self, message: str) -> None:
        super().__init__(message=message)

    def __call__(self, form: Any, field: Any) -> None:
        """Something typed that cannot be read has its own message already: it says more than "enter it"."""
        if field.errors and field.raw_data:
            raise StopValidation
        super().__call__(form, field)


class AtMost(Length):
    """Text of at most `characters` characters."""

    def __init__(self, characters: int) -> None:
        super().__init__(max=characters, message=f"Use {characters} characters or fewer")


class DayMonthYear(Field):
    """A date typed in three fields `<name>-day`, `-month`, `-year`, or as one ISO date under `<name>`.

    `data` is a date or None; `parts` is what was typed, for showing it again.
    """

    PARTS = ("day", "month", "year")

    def __init__(self, label: str = "", validators: Sequence[Any] = (), **options: Any) -> None:
        super().__init__(label, list(validators), **options)
        self.typed: dict[str, str] = dict.fromkeys(self.PARTS, "")

    @property
    def parts(self) -> list[tuple[str, str, str]]:
        """The three inputs as they are drawn: (suffix, label, what was typed)."""
        return [(part, part.capitalize(), self.typed[part]) for part in self.PARTS]

    def process(self, formdata: Any, data: Any = None, extra_filters: Any = None) -> None:
        """Read the three fields (or the one ISO date); complain in words about days that do not exist."""
        self.process_errors, self.data = [], data if isinstance(data, dt.date) else None
        if self.data is not None:
            self._show(self.data)
        if formdata is not None and self._posted(formdata):
            self._read(formdata)

    def _posted(self, formdata: Any) -> bool:
        return any(key in formdata for key in (self.name, *(f"{self.name}-{part}" for part in self.PARTS)))

    def _show(self, day: dt.date) -> None:
        self.typed = {"day": str(day.day), "month": str(day.month), "year": str(day.year)}

    def _read(self, formdata: Any) -> None:
        iso = (formdata.get(self.name) or "").strip()
        parts = [formdata.get(f"{self.name}-{part}", "").strip() for part in self.PARTS]
        typed = iso.split("-")[::-1] if iso else parts
        self.typed = dict(zip(self.PARTS, [*typed, "", "", ""][:3], strict=True))
        self.raw_data = [value for value in self.typed.values() if value]
        self.data = None
        if not self.raw_data:
            return
        try:
            self.data = parse_day(self.typed)
        except ValueError as error:
            self.process_errors = [str(error)]


def parse_day(parts: dict[str, str]) -> dt.date:
    """The date of three typed parts. Raises ValueError with a message for the field."""
    numbers = [parts[part] for part in DayMonthYear.PARTS]
    if not all(number.isascii() and number.isdigit() for number in numbers):
        raise ValueError("Enter day, month and year as numbers, for example 22 11 2026")
    day, month, year = (int(number) for number in numbers)
    if len(parts["year"]) != 4:
        raise ValueError("Enter the year with four digits")
    try:
        return dt.date(year, month, day)
    except ValueError as error:
        raise ValueError("There is no such day: check day and month") from error


def not_after(day: dt.date, message: str) -> Any:
    """A validator: the date is `day` or earlier."""

    def check(form: Any, field: Any) -> None:
        if field.data is not None and field.data > day:
            raise ValidationError(message)

    return check
