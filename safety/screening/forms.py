"""What staff type in a screening: one form for each kind of question, the decision, the overrides."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from wtforms import (
    BooleanField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    ValidationError,
    widgets,
)
from wtforms.validators import Optional

from safety.amounts import AmountUnit, in_words, parse_amount
from safety.forms import AtMost, DayMonthYear, Form, Required, choices
from safety.screening.actions import LONGEST, Deciding
from safety.screening.elsewhere import Elsewhere
from safety.screening.models import Choice
from safety.screening.rules import Question
from safety.staff.forms import SignatureForm

Json = Any
People = Sequence[tuple[str, str]]
NONE, UNKNOWN = "none", "unknown"
NOT_KNOWN = "Not known"
LARGEST = 9999
SHORT = 24  # letters of all choices that still make a sentence
SAID = "What the patient said"
ROWS = frozenset({"yn", "check", "gate", "select"})


class Boxes(SelectMultipleField):
    """Check boxes."""

    widget = widgets.ListWidget(prefix_label=False)
    option_widget = widgets.CheckboxInput()


class Rows(RadioField):
    """Rows to choose one of; that none was chosen is said by the form, in its own words."""

    def pre_validate(self, form: Any) -> None:
        """A choice that was not offered is refused."""
        if self.data:
            super().pre_validate(form)


class WholeNumber(IntegerField):
    """A whole number in digits. int() would also take 1_0 and other scripts' digits."""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read what was typed."""
        typed = valuelist[0].strip() if valuelist else ""
        self.data = int(typed) if typed.isascii() and typed.isdigit() else None
        if typed and self.data is None:
            raise ValueError("Enter a whole number in digits")


class AnswerForm(Form):
    """One question. `answer()` is what was given, in the contract's JSON; None when nothing was."""

    question: Question

    def answer(self) -> Json:
        """The answer in the contract's JSON."""
        return self["value"].data or None

    def quotation(self) -> str | None:
        """What the patient said beside it."""
        return self["said"].data or None

    def show(self, value: Json, said: str | None) -> None:
        """Put in what was answered before."""
        if "said" in self:
            self["said"].data = said

    def in_words(self) -> str:
        """What to do when nothing was chosen."""
        words = [label.lower() for _, label in offered(self.question)]
        long = len(" ".join(words)) > SHORT
        return "Select one answer" if long else f"Select {', '.join(words[:-1])} or {words[-1]}"


def offered(question: Question) -> list[tuple[str, str]]:
    """The rows of a question with rows: its choices, then Not known, always in the same order."""
    return [*question.choices, *([(UNKNOWN, NOT_KNOWN)] if question.offers_not_known else [])]


def said_name(value: str) -> str:
    """Each row has its own box for what was said: the server reads the one of the row that was chosen."""
    return f"said_{value}"


class OneOf(AnswerForm):
    """Yes, no, not known; or one choice of several."""

    value = Rows()

    def quotation(self) -> str | None:
        box = said_name(self.value.data or "")
        return (self[box].data or None) if box in self else None

    def show(self, value: Json, said: str | None) -> None:
        self.value.data = value
        if said_name(str(value)) in self:
            self[said_name(str(value))].data = said

    def validate_value(self, field: RadioField) -> None:
        """One row is chosen."""
        if not field.data and self.question.required:
            raise ValidationError(self.in_words())


class AnyOf(AnswerForm):
    """All that apply, or none of these, or not known."""

    value = Boxes()

    def answer(self) -> Json:
        chosen = list(self.value.data or [])
        if chosen == [UNKNOWN]:
            return UNKNOWN
        if not chosen:
            return None
        return [] if chosen == [NONE] else chosen

    def show(self, value: Json, said: str | None) -> None:
        super().show(value, said)
        self.value.data = [UNKNOWN] if value == UNKNOWN else value or [NONE]

    def validate_value(self, field: Boxes) -> None:
        """Something is chosen, and none of these stands alone."""
        chosen = field.data or []
        if not chosen and self.question.required:
            raise ValidationError("Choose all that apply, or none of these")
        alone = {NONE, UNKNOWN} & set(chosen)
        if alone and len(chosen) > 1:
            raise ValidationError(
                "“None of these” and “Not known” stand alone: take the others away, or them"
            )


class HowMany(AnswerForm):
    """A whole number, or not known."""

    value = WholeNumber()
    instead = Boxes("Or")
    instead_labels: list[str]

    def answer(self) -> Json:
        return self.value.data if self.value.data is not None else _alone(self)

    def show(self, value: Json, said: str | None) -> None:
        super().show(value, said)
        _show(self, value, isinstance(value, int))

    def validate_value(self, field: WholeNumber) -> None:
        """A number somebody can have meant."""
        if field.data is not None and field.data > LARGEST:
            raise ValidationError(f"Use a whole number up to {LARGEST}")

    def validate_instead(self, field: Boxes) -> None:
        """A number or not known, not both, not neither."""
        _one_or_other(self, field, "Enter a number")


class Which(AnswerForm):
    """A date, or that there is none, or not known."""

    value = DayMonthYear("")
    instead = Boxes("Or")
    instead_labels: list[str]

    def answer(self) -> Json:
        return self.value.data.isoformat() if self.value.data else _alone(self)

    def show(self, value: Json, said: str | None) -> None:
        super().show(value, said)
        _show(self, value, value not in {NONE, UNKNOWN})

    def validate_instead(self, field: Boxes) -> None:
        """A date or a word, not both, not neither."""
        _one_or_other(self, field, "Enter a date")


class InWords(AnswerForm):
    """Free text."""

    value = TextAreaField("", [Optional(), AtMost(LONGEST)])

    def show(self, value: Json, said: str | None) -> None:
        self.value.data = value

    def quotation(self) -> str | None:
        return None


def _alone(form: Any) -> Json:
    return form.instead.data[0] if form.instead.data else None


def _show(form: Any, value: Json, is_value: bool) -> None:
    if not is_value:
        form.instead.data = [value]
    elif isinstance(value, str):
        form.value.process(None, date.fromisoformat(value))
    else:
        form.value.data = value


def _one_or_other(form: Any, field: Boxes, ask: str) -> None:
    given, chosen = form.value.data is not None, field.data or []
    words = " or ".join(f"choose “{label}”" for label in form.instead_labels)
    if len(chosen) + given > 1:
        raise ValidationError(f"{ask} or {words}, not both")
    if not given and not chosen and form.question.required and not form.value.errors:
        raise ValidationError(f"{ask}, or {words}" if words else ask)


KINDS: dict[str, type[AnswerForm]] = {
    **dict.fromkeys(ROWS, OneOf),
    "multi": AnyOf, "areas": AnyOf, "number": HowMany, "date": Which, "text": InWords,
}  # fmt: skip


def answer_form(question: Question, boxes: Iterable[str] = ()) -> AnswerForm:
    """The form of this question. `boxes`: the rows that open a box for what the patient said."""
    kind = KINDS[question.type]
    fields: dict[str, Any] = {"said": _said()} if kind not in {OneOf, InWords} else {}
    fields |= {said_name(value): _said() for value in boxes}
    form: AnswerForm = type(kind.__name__, (kind,), fields)()
    form.question = question
    _offer(form, question)
    return form


def _said() -> Any:
    return TextAreaField(SAID, [Optional(), AtMost(LONGEST)])


def _offer(form: AnswerForm, question: Question) -> None:
    if isinstance(form, OneOf):
        form.value.choices = _choices(*offered(question))
    elif isinstance(form, AnyOf):
        none = [(NONE, "None of these")] if question.required else []
        not_known = [(UNKNOWN, NOT_KNOWN)] if question.offers_not_known else []
        form.value.choices = _choices(*question.choices, *none, *not_known)
    elif isinstance(form, HowMany | Which):
        none = [(NONE, question.none_label)] if question.none_label else []
        not_known = [(UNKNOWN, NOT_KNOWN)] if question.offers_not_known else []
        form.instead.choices = _choices(*none, *not_known)
        form.instead_labels = [label for _, label in (*none, *not_known)]


def _choices(*pairs: tuple[str, str]) -> list[Any]:
    return choices(dict(pairs))


CHOICE_WORDS = {
    Choice.TREAT: "Treat",
    Choice.TREAT_WITH_LIMITS: "Treat with limits",
    Choice.DO_NOT_TREAT: "Do not treat",
}


class ElsewhereFields(Form):
    """Decided from elsewhere: who phoned, and who read it back."""

    remote = BooleanField("I decide from elsewhere, by phone")
    phoned_by = SelectField("Who phoned me", choices=[], validate_choice=False)
    read_back_by = SelectField("Who read my decision back to me", choices=[], validate_choice=False)

    def offer(self, people: People) -> None:
        """Whom one may choose."""
        offered = [("", "Choose"), *people]
        self.phoned_by.choices, self.read_back_by.choices = offered, offered

    def elsewhere(self) -> Elsewhere | None:
        """Who phoned and who read back, when it was decided from elsewhere."""
        if not self.remote.data:
            return None
        return Elsewhere(self.phoned_by.data or "", self.read_back_by.data or "")


class DecisionForm(SignatureForm, ElsewhereFields):
    """A prescriber's decision; `decision_form` adds a limit for each planned product.

    `shown` and `plan_shown` bind the signature to the findings and to the plan the page showed.
    """

    items: Sequence[Mapping[str, Json]] = ()
    shown = HiddenField()
    plan_shown = HiddenField()
    choice = RadioField(
        "Your decision",
        [Required("Choose treat, treat with limits, or do not treat")],
        choices=choices({choice.value: words for choice, words in CHOICE_WORDS.items()}),
    )
    limits = StringField("Limits in words", [AtMost(LONGEST)], description="For example what must be ready")
    not_areas = Boxes("Not in these areas", [Optional()], choices=[])
    reason = TextAreaField(
        "Reason, in your words", [Required("Write the reason in your words"), AtMost(LONGEST)]
    )

    def value(self) -> Deciding:
        """The decision as typed."""
        choice = Choice(self.choice.data)
        limited = choice is Choice.TREAT_WITH_LIMITS
        away = self.elsewhere()
        return Deciding(
            choice=choice, reason=self.reason.data or "",
            limits=self.limits.data or None if limited else None, remote=away is not None, shown=self.shown.data or "", plan_shown=self.plan_shown.data or "",
            bounds=self._bounds() if limited else None, elsewhere=away,
        )  # fmt: skip

    def _bounds(self) -> dict[str, Json]:
        most = [
            {"item": one["item"], "name": one["name"], "amount": self[f"most_{index}"].number,
             "unit": one["unit"]}
            for index, one in enumerate(self.items)
            if self[f"most_{index}"].data
        ]  # fmt: skip
        return {"most": most, "not_areas": sorted(self.not_areas.data or [])}

    def validate_choice(self, field: RadioField) -> None:
        """Limits are named when there are any: an amount, an area, or words."""
        if field.data != Choice.TREAT_WITH_LIMITS:
            return
        amounts = [self[f"most_{index}"].data for index in range(len(self.items))]
        if not (self.limits.data or self.not_areas.data or any(amounts)):
            raise ValidationError("Name a limit: an amount, an area, or in words")


class Most(StringField):
    """A limit as typed, in the product's own unit; empty: none. `number` is what was read."""

    number: int = 0

    def __init__(self, label: str, planned: int, unit: str, **options: Any) -> None:
        super().__init__(label, [Optional(), AtMost(20)], **options)
        self.planned, self.unit = planned, AmountUnit(unit)

    def pre_validate(self, form: Any) -> None:
        """An amount above zero and at most what is planned."""
        if not (self.data and form["choice"].data == Choice.TREAT_WITH_LIMITS):
            return
        try:
            self.number = parse_amount(self.data, self.unit)
        except ValueError as error:
            raise ValidationError(str(error)) from error
        if not 0 < self.number <= self.planned:
            most = in_words(self.planned, self.unit)
            raise ValidationError(f"Enter an amount above zero and at most {most}, as planned")


def decision_form(
    items: Sequence[Mapping[str, Json]], areas: Mapping[str, str], people: People
) -> DecisionForm:
    """A form for these planned products; `areas`: id → name, `people`: who may have phoned or read back."""
    fields: dict[str, Any] = {"items": items}
    for index, one in enumerate(items):
        fields[f"most_{index}"] = Most(f"At most, {one['name']}", one["amount"], one["unit"])
    form: DecisionForm = type("DecisionForm", (DecisionForm,), fields)()
    form.not_areas.choices = choices(areas)
    form.offer(people)
    return form


class OverrideForm(SignatureForm):
    """Going on in spite of findings: a reason for each, then one signature."""

    shown = HiddenField()

    def reasons(self) -> dict[int, str]:
        """Number of the finding → reason, for those that were given one."""
        fields = {name: field.data for name, field in self._fields.items() if name.startswith("reason_")}
        return {int(name.removeprefix("reason_")): text for name, text in fields.items() if text}

    def validate_shown(self, field: HiddenField) -> None:
        """At least one reason is given."""
        if not self.reasons():
            raise ValidationError("Write a reason for at least one finding")


def override_form(findings: Iterable[tuple[int, str]]) -> OverrideForm:
    """A form with one reason for each (number of the finding, label)."""
    box = [Optional(), AtMost(LONGEST)]
    fields = {f"reason_{index}": TextAreaField(label, box) for index, label in findings}
    form: OverrideForm = type("OverrideForm", (OverrideForm,), fields)()
    return form
