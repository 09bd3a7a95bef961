"""Diluted vials for tests, by the same actions as the page."""

from datetime import timedelta
from typing import Any

from flask import Flask

from safety import clock
from safety.dilutions import actions, reading
from safety.dilutions.actions import Diluting
from safety.dilutions.reading import Diluted
from tests.factories import Cast, arranging, looking

SALINE = {"diluent": "Sodium chloride 0.9 %", "diluent_lot": "SA7702"}


def dilute(app: Flask, cast: Cast, lot_id: str, minutes_ago: int = 0, **changes: Any) -> str:
    """Id of a vial of this lot, diluted with the label's volume for a vial of its size."""
    plain: dict[str, Any] = {"lot_id": lot_id, "volume_ul": 2500, **SALINE, "reason": None}
    now = clock.now() - timedelta(minutes=minutes_ago)
    with arranging(app, cast["nora"].actor) as actor:
        return actions.dilute(actor, Diluting(**{**plain, **changes}), now.date(), now).vial_id


def passed(app: Flask, cast: Cast, lot_id: str) -> str:
    """Id of a vial that was diluted in time, and whose time has been over for a minute."""
    return dilute(app, cast, lot_id, minutes_ago=24 * 60 + 1)


def diluted(app: Flask, cast: Cast, vial_id: str) -> Diluted:
    """The record of a vial."""
    with looking(app, cast.clinic_id):
        found = reading.found(vial_id)
        assert found
        return found
