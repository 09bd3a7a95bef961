"""What the tablet check sends, and what staff type about a run afterwards."""

from wtforms import (
    BooleanField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectMultipleField,
    ValidationError,
    widgets,
)
from wtforms.validators import AnyOf, InputRequired, NumberRange, Regexp
from wtforms.widgets import HiddenInput

from safety.emergency.models import Claim
from safety.forms import Form, Required, choices
from safety.staff.checks import BAD, GOOD, Tried
from safety.staff.forms import SignatureForm

TRIED = ("sound", "screen", "camera", "offline_copy", "clock", "power")
TRY_AGAIN = "Run the check on this tablet first"
STORIES = [InputRequired(TRY_AGAIN), NumberRange(0, 9999, TRY_AGAIN)]


def _outcome() -> HiddenField:
    return HiddenField(validators=[AnyOf((GOOD, BAD), message=TRY_AGAIN)])


class TabletCheckForm(Form):
    """Good or bad for each row; how many stories agreed; which offline copy was read."""

    sound = _outcome()
    screen = _outcome()
    camera = _outcome()
    offline_copy = _outcome()
    clock = _outcome()
    power = _outcome()
    stories_agreed = IntegerField(validators=STORIES, widget=HiddenInput())
    stories_told = IntegerField(validators=STORIES, widget=HiddenInput())
    copy_digest = HiddenField(validators=[Regexp(r"^[0-9a-f]{16}$|^$", message=TRY_AGAIN)])

    def tried(self) -> Tried:
        """What was found; only of a form that validated. Stories that disagree make the copy bad."""
        outcomes = {name: self[name].data for name in TRIED}
        agreed, told = self.stories_agreed.data or 0, self.stories_told.data or 0
        if not told or agreed != told:
            outcomes["offline_copy"] = BAD
        return Tried(outcomes, agreed, told, self.copy_digest.data or "")


CLAIM_WORDS = {
    Claim.RECORDED.value: "I recorded these",
    Claim.CONFIRMED.value: "I confirm these: I was there, somebody else recorded them",
}


class Boxes(SelectMultipleField):
    """One check box for each entry."""

    widget = widgets.ListWidget(prefix_label=False)
    option_widget = widgets.CheckboxInput()


class CountersignForm(SignatureForm):
    """Which entries somebody answers for, and what they say. `shown` binds "all" to what the page showed."""

    shown = HiddenField()
    every = BooleanField("Every entry on this page")
    entries = Boxes("Or only these", validate_choice=False)
    claim = RadioField("What do you say?", [Required("Choose what you say")], choices=choices(CLAIM_WORDS))

    def validate_entries(self, field: Boxes) -> None:
        """At least one."""
        if not self.every.data and not field.data:
            raise ValidationError("Tick the entries, or every entry on this page")
