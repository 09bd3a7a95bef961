"""What staff type when they dilute a vial, or throw one away."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from wtforms import BooleanField, RadioField, SelectField, StringField, TextAreaField, ValidationError
from wtforms.validators import Optional

from safety.dilutions import guidance, rules
from safety.dilutions.actions import CORRECT_OR_SAY, Diluting
from safety.forms import AtMost, Form, Required, choices
from safety.stock.forms import Typed
from safety.stock.rules import LotFacts, parse_count

REASON = "Say why: the next person must understand it"
UNITS = "Enter whole units in digits, for example 20"


class DiluteForm(Form):
    """One vial and what was put into it."""

    lot_id = RadioField("Lot of the vial", [Required("Choose the lot in your hand")], validate_choice=False)
    volume = Typed("Diluent put into the vial", [Required("Enter the millilitres of diluent")])
    sure = BooleanField("This volume is meant")
    reason = StringField("Why not a listed dilution", [AtMost(300)])
    diluent_lot_id = SelectField("Diluent", choices=[], validate_choice=False)
    diluent = StringField("Diluent, if not listed (optional)", [AtMost(120)])
    diluent_lot = StringField("Lot of the diluent, if not listed (optional)", [AtMost(40)])
    made_at = StringField("Diluted at", [Optional()], description="Left empty: now")
    units = Typed("Planned units (optional)", [AtMost(6)])

    def __init__(self, lots: Sequence[LotFacts], diluents: Sequence[LotFacts], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.lots = {lot.lot_id: lot for lot in lots}
        self.lot_id.choices = choices({lot.lot_id: f"{lot.product_name}, lot {lot.code}" for lot in lots})
        named = {lot.lot_id: f"{lot.product_name}, lot {lot.code}" for lot in diluents}
        self.diluent_lot_id.choices = choices({"": "Another: typed below", **named})

    @property
    def lot(self) -> LotFacts | None:
        """The vial's lot, once chosen."""
        return self.lots.get(self.lot_id.data or "")

    def validate_volume(self, field: Typed) -> None:
        """Millilitres that can be this vial's; one that is not listed is confirmed, with a reason."""
        if self.lot is None:
            return
        per, known = self.lot.pack.per_container, guidance.guide(self.lot.brand).labels
        try:
            field.number = rules.parse_volume(field.text, per, known, guidance.largest_ul())
        except ValueError as error:
            raise ValidationError(str(error)) from error
        doubt = rules.off_label(field.number, per, known)
        if doubt and not (self.sure.data and self.reason.data):
            raise ValidationError(f"{doubt} {CORRECT_OR_SAY}")

    def validate_made_at(self, field: StringField) -> None:
        """A clock time of 24 hours."""
        hours, _, minutes = (field.data or "").partition(":")
        right = hours.isdigit() and minutes.isdigit() and len(minutes) == 2 and len(hours) <= 2
        if not (right and (hours + minutes).isascii() and int(hours) < 24 and int(minutes) < 60):
            raise ValidationError("Enter the time in 24 hours, for example 14:30")

    def validate_units(self, field: Typed) -> None:
        """Whole units, or nothing."""
        field.number = 0
        if field.data:
            try:
                field.number = parse_count(field.text, UNITS)
            except ValueError as error:
                raise ValidationError(str(error)) from error

    def value(self, today: date, zone: str) -> Diluting:
        """The record as typed; call after validation."""
        return Diluting(
            lot_id=self.lot_id.data or "",
            volume_ul=self.volume.number,
            diluent=self.diluent.data or "",
            diluent_lot=self.diluent_lot.data or "",
            diluent_lot_id=self.diluent_lot_id.data or None,
            reason=self.reason.data if self.sure.data and self.reason.data else None,
            at=self._at(today, ZoneInfo(zone)),
        )

    def _at(self, today: date, zone: ZoneInfo) -> datetime | None:
        if not self.made_at.data:
            return None
        hours, _, minutes = self.made_at.data.partition(":")
        return datetime(today.year, today.month, today.day, int(hours), int(minutes), tzinfo=zone)


class UnitsForm(Form):
    """How many units are to be drawn."""

    class Meta(Form.Meta):
        csrf = False  # it only asks what the page works out

    units = Typed("Units to draw", [AtMost(6)])

    def validate_units(self, field: Typed) -> None:
        """Whole units."""
        try:
            field.number = parse_count(field.text, UNITS)
        except ValueError as error:
            raise ValidationError(str(error)) from error


class DiscardForm(Form):
    """Why an opened vial is thrown away."""

    reason = TextAreaField("Why", [Required(REASON), AtMost(300)])
