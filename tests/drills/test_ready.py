"""The page with the button that starts a planned drill on this tablet."""

import html
import json
import re

from flask import Flask

from tests.drills.runs import planned, practised
from tests.emergency.tablet import of
from tests.factories import Cast
from tests.page import Visitor
from tests.stock import shelf


def test_it_works(app: Flask, cast: Cast, nora: Visitor) -> None:
    real = shelf.put(app, cast)
    drill = planned(app, cast, "nose_grows", speed=10)
    page = nora.get(f"/drills/{drill}/start")
    assert "DRILL" in page.html
    assert "Dr Chidi Okafor, Nora Quinn" in page.text
    [told] = re.findall(r'data-drill="([^"]*)"', page.html)
    start = json.loads(html.unescape(told))
    assert (start["id"], start["speed"], start["seed"]) == (drill, 10, 7)
    assert [row["lot_code"] for row in start["context"]["stock"]] == ["PRACTICE"]
    assert [row["lot"] for row in start["context"]["stock"]] == [None]
    assert real not in told
    assert [row["phone"] for row in start["context"]["contacts"]] == [None] * len(
        start["context"]["contacts"]
    )
    assert 'class="btn drill"' in page.html, "red is for emergencies alone"


def test_while_an_emergency_runs_it_says_so(app: Flask, cast: Cast, nora: Visitor) -> None:
    drill = planned(app, cast)
    tablet = of(app, cast)
    tablet.send(tablet.start())
    assert "Start no drill now" in nora.get(f"/drills/{drill}/start").text


def test_one_that_was_run_leads_to_how_it_went(app: Flask, cast: Cast, nora: Visitor) -> None:
    drill = planned(app, cast)
    practised(app, cast, drill)
    assert nora.get(f"/drills/{drill}/start").url == f"/drills/{drill}"


def test_the_run_is_the_emergencys_own_screen(app: Flask, cast: Cast, nora: Visitor) -> None:
    drill = planned(app, cast)
    answer = nora.client.get(f"/drills/{drill}/run")
    assert (answer.status_code, answer.location) == (302, f"/emergencies/{drill}/run")


def test_another_tablet_asks_for_the_script(app: Flask, cast: Cast, eve: Visitor) -> None:
    drill, tablet = planned(app, cast), of(app, cast)
    answer = tablet.client.get(f"/drills/{drill}/script.json", headers=tablet.headers())
    assert answer.json is not None
    assert answer.json["script"]["id"] == "lip_recovers"
    assert eve.client.get(f"/drills/{drill}/script.json").status_code == 404
    eve.get(f"/drills/{drill}/start", status=404)
