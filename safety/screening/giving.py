"""How an answer came: on which visit to its page, what stood there, why it is changed, by whose hand.

An answer that was saved and left is changed only with a reason, and only by who saw what it now says. While
one stays on its page (one visit), choosing and choosing again is still one answer.
"""

from dataclasses import dataclass

from safety.audit.log import Actor
from safety.screening.models import Answer

STAFF, PATIENT = "staff", "patient"
REASONS = ("Mis-tap", "Patient remembered", "Patient corrected themself")
BY_THE_PATIENT = "Patient changed it on the tablet"
LONGEST_REASON = 300
ASK_WHY = "Say why the answer is changed"


class NeedsReason(ValueError):
    """The answer was saved and left: whoever changes it says why."""


class Overtaken(ValueError):
    """Somebody saved another answer meanwhile; `position` is that of what stands now."""

    def __init__(self, row: Answer) -> None:
        super().__init__("This question was answered elsewhere meanwhile. Read both answers and choose one.")
        self.position = row.position


@dataclass(frozen=True)
class Given:
    """How an answer came. `visit`: one opening of its page. `seen`: position of the answer that stood there,
    0 for none, None when it was not said. `confirmed_from`: the earlier screening it was still so in.
    """

    visit: str | None = None
    seen: int | None = None
    reason: str | None = None
    by: str = STAFF
    confirmed_from: str | None = None


UNSAID = Given()


def why(actor: Actor, old: Answer | None, given: Given) -> str | None:
    """The reason to keep with an answer that takes the place of `old`. Raises NeedsReason, Overtaken."""
    if old is None:
        return None
    if given.visit and given.visit == old.visit and old.answered_by == actor.id:
        return given.reason or old.reason
    if given.seen is not None and given.seen != old.position:
        raise Overtaken(old)
    if not given.reason:
        raise NeedsReason(ASK_WHY)
    return given.reason
