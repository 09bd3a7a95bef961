"""What staff type in a screening: one form for each kind of question, the decision, the overrides."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from wtforms import (
    HiddenField,
    IntegerField,
    RadioField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    ValidationError,
    widgets,
)
from wtforms.validators import Optional

from safety.forms import AtMost, DayMonthYear, Form, Required, choices
from safety.screening.actions import LONGEST
from safety.screening.giving import BY_THE_PATIENT, LONGEST_REASON, PATIENT, REASONS, Given
from safety.screening.rules import Question
from safety.staff.forms import SignatureForm

Json = Any
NONE, UNKNOWN = "none", "unknown"
NOT_KNOWN = "Not known"
LARGEST = 9999
EARLIEST, LATEST = 1900, 2199  # years a date typed here can mean
LONGEST_WORDS = 480  # characters a patient is quoted with
SHORT = 24  # letters of all choices that still make a sentence
SAID = "What the patient said"
OTHER = "other"
WHY = {**{one: one for one in REASONS}, OTHER: "Another reason"}
VISIT = 36  # letters of the id of one opening of a page
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
    visit = HiddenField()
    seen = HiddenField()
    reason = Rows("Why is it changed?", choices=choices(WHY))
    reason_words = StringField("The reason, in words", [AtMost(LONGEST_REASON)])
    overtaken = False  # somebody saved another answer since this page was drawn

    def given(self, by: str) -> Given:
        """How this answer comes."""
        seen = self["seen"].data or ""
        return Given(
            visit=(self["visit"].data or "")[:VISIT] or None,
            seen=int(seen) if seen.isascii() and seen.isdigit() and len(seen) < VISIT else None,
            reason=self.because() or (BY_THE_PATIENT if by == PATIENT else None),
            by=by,
        )

    def because(self) -> str | None:
        """Why an answer is changed: the words, else the reason that was picked."""
        picked = self["reason"].data
        return self["reason_words"].data or (picked if picked != OTHER else None) or None

    def open_on(self, row: Any, visit: str) -> None:
        """Bind the form to what stands when its page is drawn: the newest answer's row, or None."""
        self["visit"].data, self["seen"].data = visit, str(row.position if row else 0)

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

    def validate_value(self, field: DayMonthYear) -> None:
        """A day somebody can have meant: a slipped year is named at the field."""
        if field.data and not EARLIEST <= field.data.year <= LATEST:
            raise ValidationError(f"Check the year: use one from {EARLIEST} to {LATEST}")

    def validate_instead(self, field: Boxes) -> None:
        """A date or a word, not both, not neither."""
        _one_or_other(self, field, "Enter a date")


class InWords(AnswerForm):
    """Free text."""

    value = TextAreaField("", [Optional(), AtMost(LONGEST_WORDS)])

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
    return TextAreaField(SAID, [Optional(), AtMost(LONGEST_WORDS)])


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


STILL_SO, ASK_ANEW = "still_so", "changed"


class LastTimeForm(Form):
    """Each answer of last time: still so, or asked anew. Nothing is chosen beforehand."""

    def answers(self) -> dict[str, str]:
        """Question → still so or changed."""
        return {field.question: field.data for field in self if isinstance(field, LastRow)}


class LastRow(RadioField):
    """One answer of last time; `question` is its id."""

    def __init__(self, question: str, **options: Any) -> None:
        super().__init__(**options)
        self.question = question


def last_time_form(day: str, lines: Iterable[tuple[str, str, str]]) -> LastTimeForm:
    """A form with one row for each (question id, wording, answer of last time, on that `day`)."""
    fields = {f"last_{name.replace('.', '_')}": _last_row(day, *line) for line in lines for name in line[:1]}
    form: LastTimeForm = type("LastTimeForm", (LastTimeForm,), fields)()
    return form


def _last_row(day: str, name: str, wording: str, words: str) -> Any:
    offered = choices({STILL_SO: "Still so", ASK_ANEW: "Change"})
    needed = Required("Choose still so, or change")
    told = f"Last time ({day}): {words}"
    return LastRow(name, label=wording, description=told, validators=[needed], choices=offered)


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
