"""Fields for what is asked back: a reason for each rule of sequence, a signature, and a second person's."""

from collections.abc import Mapping, Sequence
from typing import Any

from wtforms import PasswordField, SelectField, TextAreaField

from safety.forms import AtMost, Form, choices
from safety.staff import proving
from safety.staff.actions import Proved
from safety.treatments.judging import Judged
from safety.treatments.planning import Answers

LONGEST = 2000
RULES = tuple(f"C{number:02}" for number in range(1, 14))


class SecondForm(Form):
    """A second person who stands behind an amount, on this screen."""

    second_id = SelectField("Second person", choices=[], validate_choice=False)
    second_secret = PasswordField("The second person's PIN or password", render_kw={"autocomplete": "off"})

    def offer_seconds(self, people: Mapping[str, str]) -> None:
        """Who may stand behind an amount beside the person signed in."""
        self.second_id.choices = choices({"": "Choose"} | dict(people))

    def second(self) -> Proved | None:
        """Who the second person is, proved outside any write transaction; None: see the field."""
        if not self.second_id.data:
            self.second_id.errors = ["Choose who looks at this amount as the second person"]
            return None
        try:
            if not self.second_secret.data:
                raise proving.NotProved("The second person enters their PIN or password")
            return proving.another(self.second_id.data, self.second_secret.data)
        except proving.NotProved as problem:
            self.second_secret.errors = [str(problem)]
            return None


class AskedForm(SecondForm):
    """Reasons for findings of sequence, with the signature of the person who gives them."""

    judged: Judged | None = None
    secret = PasswordField(
        "Sign the reasons with your PIN or password", render_kw={"autocomplete": "current-password"}
    )

    def reasons(self) -> dict[str, str]:
        """Rule → why somebody goes on, for those that were given one."""
        return {rule: text for rule in RULES if (text := self[f"reason_{rule}"].data)}

    def proofs(self, needs_secret: bool, needs_second: bool) -> Answers | None:
        """The answers, with who signs them; None when a signature is wrong. Outside any write transaction."""
        proved = self._signed() if needs_secret else None
        second = self.second() if needs_second else None
        if (needs_secret and proved is None) or (needs_second and second is None):
            return None
        return Answers(self.reasons(), proved, second)

    def _signed(self) -> Proved | None:
        try:
            if not self.secret.data:
                raise proving.NotProved("Enter your PIN or password to sign")
            return proving.again(self.secret.data)
        except proving.NotProved as problem:
            self.secret.errors = [str(problem)]
            return None


def reason_fields(rules: Sequence[str] = RULES) -> dict[str, Any]:
    """A box for a reason for each rule of sequence; a page shows those that are asked."""
    box = [AtMost(LONGEST)]
    return {f"reason_{rule}": TextAreaField(f"Why you go on ({rule})", box) for rule in rules}


class StandForm(AskedForm):
    """Answering for what is open before the start: reasons and a second person."""


def stand_form(judged: Judged, people: Mapping[str, str]) -> StandForm:
    """A form with a reason for each open finding."""
    form: StandForm = type("StandForm", (StandForm,), reason_fields())()
    form.judged = judged
    form.offer_seconds(people)
    return form
