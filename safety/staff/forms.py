"""What staff type about themselves."""

from wtforms import PasswordField, RadioField, SelectField, StringField, ValidationError
from wtforms.fields.choices import SelectChoice

from safety.forms import AtMost, Form, Required
from safety.staff import rules
from safety.staff.models import Role

ROLE_WORDS = {
    Role.NURSE: "Nurse or injector",
    Role.PRESCRIBER: "Prescriber",
    Role.MEDICAL_DIRECTOR: "Medical director",
    Role.SAFETY_OFFICER: "Safety officer",
    Role.ADMIN: "Administrator",
}


class SignInForm(Form):
    """User name and password."""

    username = StringField("User name", [Required("Enter your user name"), AtMost(60)],
                           render_kw={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"})  # fmt: skip
    password = PasswordField("Password", [Required("Enter your password")],
                             render_kw={"autocomplete": "current-password"})  # fmt: skip


class PinForm(Form):
    """The PIN of somebody on shift."""

    pin = PasswordField("PIN", [Required("Enter your PIN")],
                        render_kw={"autocomplete": "current-password", "inputmode": "numeric"})  # fmt: skip


class MemberForm(Form):
    """A new staff member."""

    name = StringField("Name", [Required("Enter the name as it stands on records"), AtMost(120)])
    username = StringField("User name", [Required("Enter a user name"), AtMost(60)],
                           render_kw={"autocapitalize": "none", "spellcheck": "false"})  # fmt: skip
    role = RadioField("Role", [Required("Choose a role")],
                      choices=[SelectChoice(role.value, words) for role, words in ROLE_WORDS.items()])  # fmt: skip
    password = PasswordField("First password", [Required("Enter a password")],
                             render_kw={"autocomplete": "new-password"})  # fmt: skip
    pin = PasswordField("PIN for quick switching (optional)",
                        render_kw={"autocomplete": "off", "inputmode": "numeric"})  # fmt: skip

    def validate_password(self, field: PasswordField) -> None:
        """Long enough and not easy to guess."""
        if problem := rules.password_problem(field.data or "", self.username.data or ""):
            raise ValidationError(problem)

    def validate_pin(self, field: PasswordField) -> None:
        """Digits, no runs; may be left empty."""
        if field.data and (problem := rules.pin_problem(field.data)):
            raise ValidationError(problem)


class NewPinForm(Form):
    """One's own new PIN, shown to be one's own by the password."""

    password = PasswordField("Your password", [Required("Enter your password")],
                             render_kw={"autocomplete": "current-password"})  # fmt: skip
    pin = PasswordField("New PIN", [Required("Enter a new PIN")],
                        render_kw={"autocomplete": "off", "inputmode": "numeric"})  # fmt: skip

    def validate_pin(self, field: PasswordField) -> None:
        """Digits, no runs."""
        if problem := rules.pin_problem(field.data or ""):
            raise ValidationError(problem)


class TabletForm(Form):
    """A tablet to enrol: this device, or a token for another."""

    name = StringField("Name of the tablet", [Required("Enter a name, for example Room 2 tablet"), AtMost(60)])
    room_id = SelectField("Room", choices=[], validate_choice=True)


class EmptyForm(Form):
    """A button: nothing to type, only the CSRF token."""


class SignatureForm(Form):
    """Fields every signed page ends with; subclass it."""

    secret = PasswordField("Sign with your PIN or password", [Required("Enter your PIN or password to sign")],
                           render_kw={"autocomplete": "current-password"})  # fmt: skip
