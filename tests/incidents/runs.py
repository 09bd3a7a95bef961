"""A finished emergency, told by a tablet, for tests about what becomes of it."""

from flask import Flask

from safety.db import db
from safety.incidents.models import Incident
from tests.emergency.tablet import Device, of
from tests.factories import Cast, looking
from tests.stock import shelf

NOTE = 'Zoë said: <script>alert(1)</script> & "url(http://evil.example/x)" ) } @import fi ffl 12x34 -> done'


def finished(app: Flask, cast: Cast, drill: bool = False) -> Device:
    """A run of two doses, a strike and a refused entry; the lot is on the shelf."""
    lot = shelf.put(app, cast, containers=4)
    tablet = of(app, cast)
    given = {"units": 1000, "lot": lot, "lot_code": "H0118L", "product": "hyalase_1500", "dilution_ul": 1000,
             "volume_ul": 670}  # fmt: skip
    mistaken = tablet.event("dose_given", 3000, **given)
    tablet.send(
        tablet.start(drill=drill, context={"areas": ["upper_lip", "nose"], "product_class": "ha_filler"}),
        _refill(tablet, 30, "slow", 80),
        tablet.event("call_made", 80, to="prescriber", name="Dr L. Moss", outcome="answered"),
        tablet.event("areas_counted", 100, areas=["upper_lip", "nose"]),
        tablet.event("dose_given", 270, **given),
        _refill(tablet, 900, "slow", 50),
        mistaken,
        tablet.event("entry_struck", 3010, event=mistaken["id"], reason="mis-tap"),
        tablet.event("note_written", 3100, text=NOTE),
        tablet.event("no_such_thing", 3200),
        tablet.event("dose_given", 3870, **given),
        _refill(tablet, 5000, "normal", 20),
        tablet.event("emergency_ended", 5700, reason="transferred", why="refill restored"),
    )
    return tablet


def _refill(tablet: Device, later_s: int, result: str, refill_ds: int) -> dict[str, object]:
    return tablet.event(
        "refill_checked", later_s, point="upper_lip", side="left", result=result, refill_ds=refill_ds
    )


def incident_of(app: Flask, cast: Cast, run: str) -> str:
    """Id of the incident a run made."""
    with looking(app, cast.clinic_id):
        return db.session.query(Incident).filter_by(emergency_id=run).one().id
