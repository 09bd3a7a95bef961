"""The day's list of calls and visits."""

from flask import Flask

from tests.emergency.tablet import of
from tests.factories import Cast
from tests.incidents.test_follow_ups import ended
from tests.page import Visitor


def test_it_works(app: Flask, cast: Cast, sam: Visitor) -> None:
    ended(app, cast)
    page = sam.get("/reviews")
    assert page.has("a", text="Visit at 24 hours")
    assert "Patient not named" in page.text
    assert "Scar photo" not in page.text, "only the coming two weeks"
    assert "None is due today" in page.text


def test_the_day_board_says_what_is_overdue(app: Flask, cast: Cast, nora: Visitor) -> None:
    tablet = of(app, cast)
    tablet.now_ms -= 3 * 86_400_000
    tablet.send(tablet.start(), tablet.event("emergency_ended", 3600, reason="transferred", why="in words"))
    task = nora.get("/today").find("a", text="follow-ups due")
    assert "overdue" in task.text
    page = nora.get(task["href"])
    assert page.text.index("Overdue") < page.text.index("Visit at 72 hours")
