"""What staff place and choose: a point on a picture, what is confirmed twice, a photo, a strike."""

from typing import Any

from flask_wtf.file import FileField, FileRequired
from wtforms import BooleanField, HiddenField, RadioField, SelectField, TextAreaField, ValidationError
from wtforms.validators import Optional

from safety.forms import AtMost, Form, Required, choices
from safety.treatments import face, photographs
from safety.treatments.mapping import OFF_LABEL, PLACE, Spot


class PointForm(Form):
    """The place of an injection, as the map fills it in; empty without scripts, when the lists say where."""

    x = HiddenField()
    y = HiddenField()
    photo_id = HiddenField()
    place_meant = BooleanField("The point and the area are both meant")
    off_label_meant = BooleanField("This off-label use is meant")

    def validate_place_meant(self, field: BooleanField) -> None:
        """The hidden fields hold a place on the picture, or nothing."""
        try:
            self.spot()
        except ValueError:
            raise ValidationError("The point cannot be read: place it again") from None

    def spot(self) -> Spot | None:
        """The place, or None. Raises ValueError."""
        typed = self.x.data or "", self.y.data or ""
        if typed == ("", ""):
            return None
        if not all(one.isascii() and one.isdigit() and int(one) <= face.FULL for one in typed):
            raise ValueError("not a place on the picture")
        return Spot(int(typed[0]), int(typed[1]), (self.photo_id.data or None))

    def confirmed(self) -> frozenset[str]:
        """What was confirmed a second time."""
        both = {PLACE: self.place_meant.data, OFF_LABEL: self.off_label_meant.data}
        return frozenset(what for what, ticked in both.items() if ticked)


class StrikeForm(Form):
    """Why an injection is struck."""

    reason = TextAreaField(
        "What was written down wrongly", [Required("Say what was wrong: it stays in the record"), AtMost(300)]
    )


class PhotoForm(Form):
    """One photo of a visit."""

    photo = FileField("Photo", [FileRequired("Take a photo, or choose a file")])
    phase = RadioField("When", [Required("Choose before or after")], choices=choices(photographs.PHASES))
    view = RadioField("View", [Required("Choose the view")], choices=choices(photographs.VIEWS))
    area = SelectField("Area of the close-up", [Optional()], choices=[], validate_choice=False)
    use = RadioField(
        "What it may be used for", [Required("Choose what it may be used for")],
        choices=choices(photographs.USES),
    )  # fmt: skip

    def value(self, areas: list[str], most: int) -> photographs.Wanted:
        """The photo as sent, read no further than a byte past `most`; call after validation."""
        area: Any = self.area.data if self.view.data == "close_up" and self.area.data in areas else None
        data = self.photo.data.read(most + 1)
        return photographs.Wanted(
            self.phase.data or "", self.view.data or "", area, self.use.data or "", data
        )
