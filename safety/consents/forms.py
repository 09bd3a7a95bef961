"""What staff choose to put before a patient, what the patient answers, and taking a consent back."""

from collections.abc import Mapping, Sequence
from typing import Any

from wtforms import HiddenField, RadioField, SelectMultipleField, TextAreaField, widgets

from safety.consents.actions import Agreeing
from safety.forms import AtMost, Form, Required, choices
from safety.staff.forms import PatientSignatureForm, SignatureForm


class OfferForm(Form):
    """Which texts the patient reads now, and in which language."""

    keys = SelectMultipleField(
        "What the patient reads and signs", widget=widgets.ListWidget(prefix_label=False),
        option_widget=widgets.CheckboxInput(), choices=[],
    )  # fmt: skip
    language = HiddenField()


class SittingForm(PatientSignatureForm):
    """A patient's answer under each text, and their signature under all of them."""

    shown = HiddenField()
    keys: Sequence[str] = ()

    def value(self) -> Agreeing:
        """What was sent; call after validation."""
        answers = {key: str(self[f"answer_{key}"].data) for key in self.keys}
        return Agreeing(answers, self.name.data or "", self.lines(), self.shown.data or "")


def sitting_form(texts: Sequence[Mapping[str, Any]], statement: str) -> SittingForm:
    """The form of one sitting: nothing is chosen beforehand."""
    fields: dict[str, Any] = {"keys": [one["key"] for one in texts]}
    for one in texts:
        offered = choices({answer["value"]: answer["label"] for answer in one["answers"]})
        missing = f"Choose your answer: {one['title']}"
        fields[f"answer_{one['key']}"] = RadioField(one["title"], [Required(missing)], choices=offered)
    form: SittingForm = type("SittingForm", (SittingForm,), fields).under(statement)  # type: ignore[attr-defined]  # made here
    return form


class StillForm(Form):
    """One tap: the patient still agrees."""

    shown = HiddenField()


class WithdrawForm(SignatureForm):
    """The patient takes a consent back."""

    reason = TextAreaField("What the patient says", [Required("Write what the patient says"), AtMost(300)])
