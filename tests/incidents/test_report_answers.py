"""Who answers for entries made with nobody signed in, as the report tells it."""

from typing import Any

import pytest
from flask import Flask

from safety import clock
from safety.audit.keys import log_key
from safety.db import as_clinic, db
from safety.emergency import timeline
from safety.incidents import content, figures, issue, reader
from safety.incidents.models import Incident
from safety.staff import actions
from safety.staff.models import Tablet
from tests.emergency.tablet import of
from tests.factories import PIN, Cast, arranging
from tests.incidents.runs import finished, incident_of
from tests.page import Visitor

COUNTED = 12  # entries of the run that count
pytestmark = pytest.mark.once


@pytest.fixture
def run(app: Flask, cast: Cast) -> str:
    return finished(app, cast).run


def gathered(app: Flask, cast: Cast, run: str) -> dict[str, Any]:
    with app.app_context(), as_clinic(cast.clinic_id):
        incident = db.session.get_one(Incident, incident_of(app, cast, run))
        return content.gather(incident, 1, "Sam Petrov", clock.now())


def countersign(visitor: Visitor, run: str) -> None:
    visitor.get(f"/emergencies/{run}/countersign").submit(every=True, claim="confirmed", secret=PIN)


def test_until_somebody_answers_the_report_is_not_final(
    app: Flask, cast: Cast, run: str, nora: Visitor
) -> None:
    page = figures.page(gathered(app, cast, run))
    words = f"Not final: {COUNTED} entries were made with nobody signed in, and nobody answers for them yet"
    assert words in page.deviations
    assert {row["who"] for row in page.rows} == {"Not signed in; identity not confirmed"}
    countersign(nora, run)
    page = figures.page(gathered(app, cast, run))
    assert not any("Not final" in line for line in page.deviations)
    assert {row["who"] for row in page.rows} == {"Not signed in; countersigned by Nora Quinn"}


def test_a_report_of_before_says_what_it_said(app: Flask, cast: Cast, run: str) -> None:
    told = gathered(app, cast, run)
    del told["answers"], told["delivered_late"]
    page = figures.page(told)
    assert {row["who"] for row in page.rows} == {"Not signed in"}
    assert not any("Not final" in line for line in page.deviations)


def test_a_revoked_tablets_entries_say_so(app: Flask, cast: Cast) -> None:
    tablet = of(app, cast, cast.tablet_id)
    tablet.send(tablet.start())
    with arranging(app, cast["ada"].actor) as ada:
        actions.revoke_tablet(ada, db.session.get_one(Tablet, cast.tablet_id), clock.now())
    tablet.send(tablet.event("emergency_ended", 60, reason="transferred", why="to the hospital"))
    page = figures.page(gathered(app, cast, tablet.run))
    assert [timeline.REVOKED in row["remarks"] for row in page.rows] == [False, True]


@pytest.mark.needs("pango")
def test_the_file_vouches_for_the_answers(app: Flask, cast: Cast, run: str, nora: Visitor) -> None:
    countersign(nora, run)
    with app.app_context(), as_clinic(cast.clinic_id):
        prepared = issue.prepare(cast["sam"].actor, incident_of(app, cast, run), "Sam Petrov")
        pdf = issue.render(prepared)
        key = log_key(app.config["REFLOW"].data_dir).public
    assert reader.verify(pdf, key).events == COUNTED + 1
