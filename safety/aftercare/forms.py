"""How a sheet reached the patient."""

from wtforms import HiddenField, SelectField

from safety.aftercare.rules import How
from safety.forms import Form, choices

HOW_WORDS = {How.PAPER: "Given on paper", How.SENT: "Shown and sent by the clinic"}


class GiveForm(Form):
    """One tap; the digest of the sheet that was shown goes with it."""

    how = SelectField("How it was given", choices=choices(HOW_WORDS))
    shown = HiddenField()
    language = HiddenField()
