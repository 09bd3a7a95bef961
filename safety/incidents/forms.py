"""What is typed after a run: the outcome of a review, a reason, a debrief."""

from typing import Any

from wtforms import RadioField, TextAreaField, ValidationError

from safety.forms import AtMost, Form, Required, choices
from safety.incidents.follow_ups import Outcome
from safety.incidents.rules import COLOUR, REFILL, Kind
from safety.stock.forms import Typed
from safety.treatments.visit import parse_seconds

RETURNED: dict[Any, str] = {"no": "No", "yes": "Yes, a sign came back"}
UNSEEN = {"unseen": "Not seen"}


class Tenths:
    """A validator: seconds as the protocol records them, or nothing."""

    def __init__(self, step_ds: int) -> None:
        self.step_ds = step_ds

    def __call__(self, form: Any, field: Any) -> None:
        """Reads the field into `number`; an empty field stays zero."""
        try:
            field.number = parse_seconds(field.text, self.step_ds) if field.text else 0
        except ValueError as error:
            raise ValidationError(str(error)) from error


class ReviewForm(Form):
    """What a call or visit found. What only eyes can tell may be left open on the telephone."""

    returned = RadioField(
        "Has any sign of occlusion come back?", [Required("Choose yes or no")], choices=choices(RETURNED)
    )
    refill = RadioField("Refill", choices=[], validate_choice=True)
    refill_s = Typed("Refill on the affected side")
    mirror_s = Typed("Refill on the other side")
    stage = RadioField("Stage of the skin", choices=[])
    colour = RadioField("Colour", choices=[])
    note = TextAreaField("What was said and seen", [AtMost(2000)])

    def outcome(self) -> Outcome:
        """The outcome as typed; call after validation."""
        return Outcome(
            refill=_seen(self.refill.data),
            refill_ds=self.refill_s.number or None,
            mirror_ds=self.mirror_s.number or None,
            stage=_seen(self.stage.data),
            colour=_seen(self.colour.data),
            returned=self.returned.data == "yes",
            note=self.note.data or None,
        )


def _seen(value: str | None) -> str | None:
    return None if value in (None, "", "unseen") else value


def review_form(kind: Kind, stages: dict[Any, str], step_ds: int) -> ReviewForm:
    """The form for one kind of follow-up: a visit must say what was seen, a call may not know."""
    form = ReviewForm()
    unseen = {} if kind is Kind.VISIT else UNSEEN
    for field, offered in ((form.refill, REFILL), (form.colour, COLOUR), (form.stage, stages)):
        field.choices = choices({**offered, **unseen})
        field.validators = [Required(f"Choose: {str(field.label.text).lower()}")]
    for typed in (form.refill_s, form.mirror_s):
        typed.validators = [Tenths(step_ds)]
    return form


class ReasonForm(Form):
    """Why a follow-up is not made."""

    reason = TextAreaField(
        "Why is it not made?", [Required("Say why: the next person must understand it"), AtMost(300)]
    )


class DebriefForm(Form):
    """What the team says after a run. Any of the three may be empty, not all of them."""

    went_well = TextAreaField("What went well?", [AtMost(2000)])
    to_change = TextAreaField("What to change?", [AtMost(2000)])
    wellbeing = TextAreaField(
        "How is the team?", [AtMost(2000)], description="Who needs a break, a talk, or to go home."
    )

    def validate_went_well(self, field: TextAreaField) -> None:
        """Something must be said."""
        if not any(one.data for one in (self.went_well, self.to_change, self.wellbeing)):
            raise ValidationError("Write something in at least one of the three")
