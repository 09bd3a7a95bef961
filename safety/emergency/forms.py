"""What the tablet check sends: what its script tried on the tablet, and what a person answered."""

from wtforms import HiddenField, IntegerField
from wtforms.validators import AnyOf, InputRequired, NumberRange, Regexp
from wtforms.widgets import HiddenInput

from safety.forms import Form
from safety.staff.checks import BAD, GOOD, Tried

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
