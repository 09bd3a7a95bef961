"""The figures of the page, worked out from the log alone."""

import pytest
from flask import Flask

from safety.db import as_clinic
from safety.incidents import figures, issue
from tests.emergency.tablet import Device, of
from tests.factories import Cast
from tests.incidents.runs import finished, incident_of

pytestmark = pytest.mark.once


def page_of(app: Flask, cast: Cast, run: str) -> figures.Page:
    with app.app_context(), as_clinic(cast.clinic_id):
        incident_id = incident_of(app, cast, run)
        return figures.page(issue.prepare(cast["sam"].actor, incident_id, "Sam").content)


def doses_at(tablet: Device, *seconds: int) -> str:
    doses = [tablet.event("dose_given", at, units=500, lot_code="H0118L") for at in seconds]
    end = tablet.event("emergency_ended", max(seconds) + 60, reason="transferred", why="handed over")
    tablet.send(tablet.start(), *doses, end)
    return tablet.run


def test_it_works(app: Flask, cast: Cast) -> None:
    page = page_of(app, cast, finished(app, cast).run)
    assert dict(page.tiles) == {
        "4 min 30 s": "Start to first dose, target 10 min 0 s",
        "2000 units": "Hyaluronidase, 2 doses",
        "3": "Refill checks",
        "Not recorded": "Start to refill restored",
    }
    assert page.chart is not None
    assert page.chart.summary == "3 refill checks measured, first 8 seconds, last 2 seconds"
    assert [entry["why"] for entry in page.refused] == ["unknown type"]


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        ((60, 3660), None),
        ((60, 3720), None),
        ((60, 3659), "Dose 2 came 59 min 59 s after dose 1; the regular interval is 1 h 0 min"),
        ((60, 3721), "Dose 2 came 1 h 1 min after dose 1; the regular interval is 1 h 0 min"),
        ((601, 4201), "First dose after the target of 10 min 0 s"),
        ((600, 4200), None),
    ],
)
def test_doses_off_the_protocols_times_are_deviations(
    app: Flask, cast: Cast, seconds: tuple[int, int], said: str | None
) -> None:
    found = page_of(app, cast, doses_at(of(app, cast), *seconds)).deviations
    timed = [line for line in found if "ose" in line and "approved table" not in line]
    assert timed == ([said] if said else [])


def test_an_unapproved_protocol_is_a_deviation(app: Flask, cast: Cast) -> None:
    page = page_of(app, cast, doses_at(of(app, cast), 60))
    assert "The protocol was not approved by this clinic" in page.deviations
    assert dict(page.protocol)["Approved by"] == "Not approved by this clinic"
