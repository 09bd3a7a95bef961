"""The board: a run seen from elsewhere; nothing on it records, and nothing can be posted to it."""

from uuid import uuid4

from flask import Flask

from tests.emergency.tablet import of
from tests.factories import Cast
from tests.incidents.runs import finished
from tests.page import Visitor


def test_it_works(app: Flask, cast: Cast, nora: Visitor) -> None:
    run = finished(app, cast).run
    page = nora.get(f"/emergencies/{run}/watch")
    assert page.h1 == "Emergency, watched"
    assert page.has("div", id="watch", data_watch=run)


def test_no_control_records_anything(app: Flask, cast: Cast, nora: Visitor) -> None:
    """No form, no button of a run, no strip; and the address takes no post."""
    tablet = of(app, cast)
    tablet.send(tablet.start())
    page = nora.get(f"/emergencies/{tablet.run}/watch")
    assert not page.has("form")
    assert not page.main.all("button", "a", "input")
    for method in ("post", "put", "delete", "patch"):
        answer = getattr(app.test_client(), method)(f"/emergencies/{tablet.run}/watch", json={})
        assert answer.status_code == 405


def test_an_enrolled_tablet_needs_no_sign_in_and_a_stranger_is_sent_away(app: Flask, cast: Cast) -> None:
    run = finished(app, cast).run
    tablet = {"Authorization": f"Tablet {cast.tablet_token}"}
    assert app.test_client().get(f"/emergencies/{run}/watch", headers=tablet).status_code == 200
    assert app.test_client().get(f"/emergencies/{run}/watch").status_code != 200


def test_a_drill_says_so(app: Flask, cast: Cast, nora: Visitor) -> None:
    assert nora.get(f"/emergencies/{finished(app, cast, drill=True).run}/watch").h1 == "Drill, watched"


def test_there_is_no_such_run(nora: Visitor) -> None:
    nora.get(f"/emergencies/{uuid4()}/watch", status=404)
