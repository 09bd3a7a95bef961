"""The list of runs: open ones first, drills marked, nobody else's."""

from flask import Flask

from tests.emergency.tablet import of
from tests.factories import Cast
from tests.page import Visitor


def test_it_works(app: Flask, cast: Cast, nora: Visitor) -> None:
    ended, drill, running = (of(app, cast, f"tablet-{n}") for n in range(3))
    ended.send(ended.start(), ended.event("emergency_ended", 60, reason="transferred", why="handed over"))
    drill.send(drill.start(drill=True))
    running.send(running.start())
    page = nora.get("/emergencies")
    assert page.text.index("Running") < page.text.index("Ended")
    assert "Drill" in page.text
    assert all(page.has("a", href=f"/emergencies/{one.run}") for one in (ended, drill, running))


def test_with_no_run_it_says_so(nora: Visitor) -> None:
    assert "No emergency has been recorded" in nora.get("/emergencies").text


def test_another_clinics_runs_are_not_there(app: Flask, cast: Cast, eve: Visitor) -> None:
    tablet = of(app, cast)
    tablet.send(tablet.start())
    assert "No emergency has been recorded" in eve.get("/emergencies").text


def test_while_one_runs_every_page_says_so(app: Flask, cast: Cast, nora: Visitor, eve: Visitor) -> None:
    tablet = of(app, cast)
    tablet.send(tablet.start())
    strip = nora.get("/patients").find("a", text="Emergency in Room 1")
    assert strip["href"] == f"/emergencies/{tablet.run}/run"
    assert not eve.get("/patients").has("a", text="Emergency in")
    tablet.send(tablet.event("emergency_ended", 60, reason="started_by_mistake"))
    assert not nora.get("/patients").has("a", text="Emergency in")
