"""Where a card hangs."""

from collections.abc import Sequence
from typing import Any

from wtforms import SelectField

from safety.clinic.models import Room
from safety.forms import Form, Required, choices

CHOOSE: dict[Any, str] = {"": "Choose"}


class HangForm(Form):
    """The room a printed card was hung up in."""

    room = SelectField("Room", [Required("Choose the room where it hangs")])

    def offer(self, rooms: Sequence[Room], here: str | None) -> "HangForm":
        """Let these rooms be chosen; the tablet's own is chosen beforehand."""
        self.room.choices = choices(CHOOSE | {room.id: room.name for room in rooms})
        if not self.is_submitted():
            self.room.data = here or (rooms[0].id if len(rooms) == 1 else "")
        return self
