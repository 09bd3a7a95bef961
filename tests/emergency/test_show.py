"""The record of one run: what happened, what was struck, what was refused, what has not arrived."""

from uuid import uuid4

from flask import Flask

from tests.emergency.tablet import of
from tests.factories import Cast
from tests.incidents.runs import NOTE, finished
from tests.page import Visitor

SAID = (
    "2000 units", "Dose 1: 1000 units hyaluronidase", "Dose 2: 1000 units hyaluronidase", "Reason: mis-tap",
    "No such thing", "unknown type", "Call made: Dr L. Moss, answered",
)  # fmt: skip


def test_it_works(app: Flask, cast: Cast, nora: Visitor) -> None:
    page = nora.get(f"/emergencies/{finished(app, cast).run}")
    assert page.h1 == "Vascular occlusion after filler"
    for said in SAID:
        assert said in page.text, said
    assert page.find("s").text == "Dose: 1000 units hyaluronidase, 0.67 millilitres, lot H0118L"


def test_what_was_typed_stays_text(app: Flask, cast: Cast, nora: Visitor) -> None:
    page = nora.get(f"/emergencies/{finished(app, cast).run}")
    assert NOTE in page.text
    assert not page.has("script", text="alert")


def test_a_drill_says_so(app: Flask, cast: Cast, nora: Visitor) -> None:
    page = nora.get(f"/emergencies/{finished(app, cast, drill=True).run}")
    assert "DRILL" in page.tree.text


def test_a_running_one_leads_to_its_screen(app: Flask, cast: Cast, nora: Visitor) -> None:
    tablet = of(app, cast)
    tablet.send(tablet.start())
    assert nora.get(f"/emergencies/{tablet.run}").has("a", href=f"/emergencies/{tablet.run}/run")


def test_a_run_whose_start_has_not_arrived_is_shown_all_the_same(
    app: Flask, cast: Cast, nora: Visitor
) -> None:
    tablet = of(app, cast)
    tablet.start()
    tablet.send(tablet.event("photo_taken", 5))
    assert "not started" in nora.get(f"/emergencies/{tablet.run}").text


def test_there_is_no_such_run(nora: Visitor) -> None:
    nora.get(f"/emergencies/{uuid4()}", status=404)
    nora.get("/emergencies/1", status=404)


def test_entries_that_contradict_each_other_wait_for_somebody(app: Flask, cast: Cast, nora: Visitor) -> None:
    """Two tablets tell one dose: both are kept, the record asks, and the day board leads there."""
    tablet, other = of(app, cast), of(app, cast, "tablet-2")
    other.run = tablet.run
    told = {"units": 1500, "lot": None, "lot_code": "H0118L", "product": "hyalase_1500"}
    one, two = tablet.event("dose_given", 60, **told), other.event("dose_given", 70, **told)
    tablet.send(tablet.start(), one)
    other.send(two)
    assert "Two entries say different things" in nora.get(f"/emergencies/{tablet.run}").text
    assert nora.get("/").has("a", href=f"/emergencies/{tablet.run}")
    tablet.send(
        tablet.event("duplicate_resolved", 90, events=[one["id"], two["id"]], void=None, reason="two doses")
    )
    assert "Two entries say different things" not in nora.get(f"/emergencies/{tablet.run}").text
    assert not nora.get("/").has("a", href=f"/emergencies/{tablet.run}")
