"""What staff type about patients."""

from datetime import date

from wtforms import BooleanField, HiddenField, StringField, ValidationError

from safety.forms import AtMost, DayMonthYear, Form, Required
from safety.patients import rules
from safety.patients.rules import Person

NO_FILL = {"autocomplete": "off", "spellcheck": "false"}  # a shared tablet must not suggest the last patient


class SearchForm(Form):
    """Part of a name, or a birth date."""

    text = StringField(
        "Name or date of birth",
        [Required("Enter part of the name, or the date of birth"), AtMost(80)],
        description="For example: mor, or 12 3 1991",
        render_kw=NO_FILL,
    )


class PatientForm(Form):
    """A new patient. Set `on` (the clinic's day) before validating."""

    on: date
    given_name = StringField("Given name", [Required("Enter the given name"), AtMost(80)], render_kw=NO_FILL)
    family_name = StringField(
        "Family name", [Required("Enter the family name"), AtMost(80)], render_kw=NO_FILL
    )
    born_on = DayMonthYear(
        "Date of birth",
        [Required("Enter the date of birth")],
        description="As on the photo ID, for example 12 3 1991",
    )
    phone = StringField(
        "Phone",
        [Required("Enter a phone number: aftercare and recalls need it"), AtMost(40)],
        render_kw={**NO_FILL, "inputmode": "tel"},
    )
    another_person = BooleanField("This is another person")
    seen = HiddenField()

    def validate_born_on(self, field: DayMonthYear) -> None:
        """A day in the past that somebody alive was born on."""
        if field.data and (problem := rules.birth_date_problem(field.data, self.on)):
            raise ValidationError(problem)

    def validate_phone(self, field: StringField) -> None:
        """Something one can dial."""
        if field.data and (problem := rules.phone_problem(field.data)):
            raise ValidationError(problem)

    def person(self) -> Person:
        """The person as typed."""
        assert self.born_on.data is not None  # a valid form has it
        return Person(
            self.given_name.data or "", self.family_name.data or "", self.born_on.data, self.phone.data or ""
        )

    def others(self) -> frozenset[str]:
        """The similar records that were on the page when somebody said that this is another person."""
        return frozenset((self.seen.data or "").split()) if self.another_person.data else frozenset()

    def warn(self, ids: list[str]) -> None:
        """Ask whether this is one of them: the answer counts for these records only."""
        self.seen.data, self.another_person.data = " ".join(ids), False
        self.another_person.errors = ["Open the record below, or say that this is another person"]
