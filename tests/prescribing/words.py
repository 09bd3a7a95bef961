"""Treatments that wait for a prescriber, and what a prescriber's form is filled in with."""

from typing import Any

from flask import Flask

from tests.dilutions.vials import dilute
from tests.factories import PASSWORD, Cast
from tests.page import Page, Visitor
from tests.screening.people import today
from tests.stock.shelf import TOXIN, put
from tests.treatments.visits import clear, consent, plan


def toxin(app: Flask, cast: Cast, **planned: Any) -> str:
    """Id of a treatment with toxin, screened and clear, that nobody has authorised; a vial is diluted."""
    wanted: dict[str, Any] = {"product": TOXIN, "areas": ("glabella",), "amount": 20, **planned}
    treatment_id = plan(app, cast, **wanted)
    assert clear(app, cast, treatment_id) == "clear"
    consent(app, cast, treatment_id)
    dilute(app, cast, put(app, cast, wanted["product"], code="DILUTED"))
    return treatment_id


def filled(**changes: Any) -> dict[str, Any]:
    """The form of somebody who examined today and authorises all of it."""
    on = today()
    day = {"examined_on-day": on.day, "examined_on-month": on.month, "examined_on-year": on.year}
    return {"choice": "authorise", "examined": "yes", "secret": PASSWORD, **day, **changes}


def say(who: Visitor, treatment_id: str, status: int = 200, **changes: Any) -> Page:
    """Fill in the page and sign."""
    page = who.get(f"/treatments/{treatment_id}/authorisation")
    return page.submit("Sign", status, **filled(**changes))
