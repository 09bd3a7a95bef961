"""The readiness page and `stock readiness` say what the start would say: one calculation."""

import json
from typing import Any

import pytest
from click.testing import Result
from flask import Flask

from safety.treatments import interlock
from tests.factories import Cast, looking
from tests.page import Visitor
from tests.screening.people import today
from tests.stock.shelf import put
from tests.treatments.visits import begin, ready


def run(app: Flask, *args: str) -> Result:
    return app.test_cli_runner().invoke(args=["stock", "readiness", *args])


def told(app: Flask, cast: Cast, *more: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run(app, "--clinic", cast.clinic_id, *more).stdout)
    return found


def test_it_works(app: Flask, cast: Cast, nora: Visitor) -> None:
    put(app, cast)
    page = nora.get("/readiness")
    assert page.h1 == "Ready to treat?"
    assert "Usable 6000 units, 4 containers" in page.text
    assert "Counts" in page.text


def test_the_command_prints_json_alone(app: Flask, cast: Cast) -> None:
    put(app, cast)
    put(app, cast, code="OLD", days=-1)
    answer = run(app, "--clinic", cast.clinic_id)
    assert answer.exit_code == 0
    found = json.loads(answer.stdout)
    assert (found["state"], found["needed_units"], found["needed_containers"]) == ("ready", 3000, 2)
    assert (found["usable_units"], found["usable_containers"], found["reserved_units"]) == (6000, 4, 0)
    assert [one["counts"] for one in found["per_lot"]] == [False, True]
    assert found["protocol"]["approved"] is False


def test_not_ready_is_exit_1(app: Flask, cast: Cast) -> None:
    answer = run(app, "--clinic", cast.clinic_id)
    assert answer.exit_code == 1
    assert json.loads(answer.stdout)["state"] == "not_ready"


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["--clinic", "nowhere"], "there is no such clinic"),
        (["--clinic", "Harbour Street Clinic", "--at", "soon"], "ISO time"),
        (["--clinic", "Harbour Street Clinic", "--at", "2026-11-23T09:00:00"], "must name its zone"),
        ([], "--clinic"),
    ],
)
def test_wrong_use_is_exit_2_and_one_clear_line(app: Flask, cast: Cast, args: list[str], said: str) -> None:
    answer = run(app, *args)
    assert answer.exit_code == 2
    assert said in answer.stderr
    assert answer.stdout == ""
    assert "Traceback" not in answer.output


def test_at_another_time_the_lots_are_judged_for_that_day(app: Flask, cast: Cast) -> None:
    put(app, cast, days=300)
    later = today().replace(year=today().year + 2)
    assert told(app, cast, "--at", f"{later}T09:00:00Z")["state"] == "not_ready"
    before = today().replace(year=today().year - 1)
    assert told(app, cast, "--at", f"{before}T09:00:00Z")["usable_units"] == 0, "nothing was there yet"


def test_page_command_and_start_share_one_calculation(app: Flask, cast: Cast, nora: Visitor) -> None:
    first, second = ready(app, cast), ready(app, cast)
    put(app, cast, containers=2)
    assert begin(app, cast, first) == []
    found = told(app, cast)
    with looking(app, cast.clinic_id):
        direct = interlock.any_filler(today()).as_json()
    assert {**found, "clinic": None} == {**direct, "clinic": None}
    assert (found["state"], found["reserved_units"]) == ("not_ready", 3000)
    refused = [one.text for one in begin(app, cast, second) if one.code == "interlock"]
    assert refused == found["because"]
    for line in found["because"]:
        assert line in nora.get("/readiness").text


def test_every_role_may_look(app: Flask, cast: Cast, sam: Visitor, ada: Visitor) -> None:
    for who in (sam, ada):
        assert "No hyaluronidase" not in who.get("/readiness").title
