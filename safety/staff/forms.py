"""What staff type about themselves."""

from wtforms import (
    BooleanField,
    HiddenField,
    PasswordField,
    RadioField,
    SelectField,
    StringField,
    ValidationError,
)

from safety.clinic.forms import ClinicFields
from safety.forms import AtMost, Form, Required, choices
from safety.forms import EmptyForm as EmptyForm
from safety.staff import hashing, rules
from safety.staff.actions import Joining
from safety.staff.models import Role

ROLE_WORDS = {
    Role.NURSE: "Nurse or injector",
    Role.PRESCRIBER: "Prescriber",
    Role.MEDICAL_DIRECTOR: "Medical director",
    Role.SAFETY_OFFICER: "Safety officer",
    Role.ADMIN: "Administrator",
}
HERE, ELSEWHERE = "here", "elsewhere"
USER_NAME = {"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}


class SignInForm(Form):
    """User name and password."""

    username = StringField("User name", [Required("Enter your user name"), AtMost(60)],
                           render_kw=USER_NAME)  # fmt: skip
    password = PasswordField("Password", [Required("Enter your password")],
                             render_kw={"autocomplete": "current-password"})  # fmt: skip


class PinForm(Form):
    """The PIN of somebody on shift."""

    pin = PasswordField("PIN", [Required("Enter your PIN")],
                        render_kw={"autocomplete": "current-password", "inputmode": "numeric"})  # fmt: skip


class HandBackForm(PinForm):
    """Whose PIN takes the device back from a patient."""

    member_id = RadioField("Who takes it back?", [Required("Choose who takes it back")])


class PatientSignatureForm(Form):
    """What a patient signs with: a tick under the sentence, a typed name, and a drawn line if they like.

    The sentence is the tick's label: `PatientSignatureForm.under("I have …")`. `lines()`: the drawn ones.
    """

    agreed = BooleanField("", [Required("Tick the box, or hand the tablet back and say what is wrong")])
    name = StringField("Your full name", [Required("Type your full name"), AtMost(120)],
                       render_kw={"autocomplete": "off", "spellcheck": "false"})  # fmt: skip
    strokes = HiddenField()
    shown = HiddenField()  # digest of what the page showed: what is signed is what was read

    @classmethod
    def under(cls, statement: str) -> "PatientSignatureForm":
        """The form under this sentence."""
        form = cls()
        form.agreed.label.text = statement
        return form

    def lines(self) -> list[list[list[int]]] | None:
        """The drawn lines as [x, y] points; None when nothing was drawn."""
        return rules.strokes(self.strokes.data or "") or None

    def validate_strokes(self, field: HiddenField) -> None:
        """Lines as the page draws them, and no more than a signature needs."""
        try:
            rules.strokes(field.data or "")
        except ValueError as error:
            raise ValidationError(str(error)) from error


class MemberForm(Form):
    """A new staff member."""

    name = StringField("Name", [Required("Enter the name as it stands on records"), AtMost(120)])
    username = StringField("User name", [Required("Enter a user name"), AtMost(60)],
                           render_kw={"autocapitalize": "none", "spellcheck": "false"})  # fmt: skip
    role = RadioField("Role", [Required("Choose a role")],
                      choices=choices(ROLE_WORDS))  # fmt: skip
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

    def joining(self) -> Joining:
        """Who joins. Hashes what was typed, which is slow: call it outside the write transaction."""
        return _joining(
            self.name.data, self.username.data, Role(self.role.data), self.password.data, self.pin.data
        )


def _joining(
    name: str | None, username: str | None, role: Role, password: str | None, pin: str | None
) -> Joining:
    pin_hash = hashing.make(pin) if pin else None
    return Joining(name or "", username or "", role, hashing.make(password or ""), pin_hash)


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

    name = StringField(
        "Name of the tablet", [Required("Enter a name, for example Room 2 tablet"), AtMost(60)]
    )
    room_id = SelectField("Room", choices=[], validate_choice=True)
    device = RadioField(
        "Which device?",
        [Required("Choose which device")],
        choices=choices({HERE: "This device", ELSEWHERE: "Another one: show its token once"}),
    )


class SetUpForm(ClinicFields):
    """The clinic, its first administrator, and whether this device is its first tablet."""

    admin_name = StringField("Your name", [Required("Enter your name as it stands on records"), AtMost(120)],
                             render_kw={"autocomplete": "name"})  # fmt: skip
    username = StringField("Your user name", [Required("Enter a user name"), AtMost(60)],
                           render_kw=USER_NAME)  # fmt: skip
    password = PasswordField("Your password", [Required("Enter a password")],
                             render_kw={"autocomplete": "new-password"})  # fmt: skip
    pin = PasswordField("Your PIN for quick switching (optional)",
                        render_kw={"autocomplete": "off", "inputmode": "numeric"})  # fmt: skip
    this_tablet = BooleanField("This device is the clinic's first tablet")

    validate_password = MemberForm.validate_password
    validate_pin = MemberForm.validate_pin

    def joining(self) -> Joining:
        """The first administrator. Slow, as above."""
        return _joining(
            self.admin_name.data, self.username.data, Role.ADMIN, self.password.data, self.pin.data
        )


class SignatureForm(Form):
    """Fields every signed page ends with; subclass it."""

    secret = PasswordField("Sign with your PIN or password", [Required("Enter your PIN or password to sign")],
                           render_kw={"autocomplete": "current-password"})  # fmt: skip
