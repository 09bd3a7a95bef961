"""What is typed about a drill."""

from collections.abc import Mapping

from wtforms import IntegerField, PasswordField, RadioField, TextAreaField
from wtforms.validators import NumberRange, Optional

from safety.drills import rules
from safety.drills.actions import Planning
from safety.forms import AtMost, Form, Required, choices
from safety.treatments.forms import ManyField

SPEED_WORDS = {1: "As time goes", 10: "Ten times as fast"}
SPEED_HINTS = {"1": "An hour between doses takes an hour.", "10": "An hour between doses takes 6 minutes."}


class PlanForm(Form):
    """A drill to be run."""

    script = RadioField("What happens?", [Required("Choose what happens")])
    speed = RadioField("How fast?", [Required("Choose how fast")], choices=choices(SPEED_WORDS), default="10")
    room = RadioField("Where?", [Required("Choose the room")])
    members = ManyField("Who takes part?", [Required("Choose who takes part")])
    seed = IntegerField(
        "Number of the surprises",
        [Optional(), NumberRange(1, rules.LARGEST_SEED, f"Enter a number from 1 to {rules.LARGEST_SEED}")],
        description="Leave it empty for new ones. The number of an earlier drill brings the same again.",
    )

    def offer(
        self, scripts: Mapping[str, str], rooms: Mapping[str, str], people: Mapping[str, str]
    ) -> "PlanForm":
        """The same form with what this clinic can choose."""
        self.script.choices, self.room.choices = choices(scripts), choices(rooms)
        self.members.choices = choices(people)
        return self

    def planning(self) -> Planning:
        """The drill as asked for."""
        return Planning(
            self.script.data, int(self.speed.data), self.room.data, self.members.data or [], self.seed.data
        )


class AttendForm(Form):
    """Signing for having been there."""

    secret = PasswordField(
        "Your PIN or password", [Required("Enter your PIN or password")],
        render_kw={"autocomplete": "current-password"},
    )  # fmt: skip


class DebriefForm(Form):
    """What was said afterwards."""

    text = TextAreaField(
        "What went well, and what to change",
        [Required("Write what was said"), AtMost(4000)],
        description="Kept with the drill. No patient's name.",
    )
