"""Signed now, in force later: what counts on either side of the moment, what running things keep."""

from datetime import date, datetime, timedelta

import pytest
from flask import Flask

from safety import clock
from safety.db import db
from safety.emergency import pinning
from safety.protocols import actions, files
from safety.protocols.models import Approval
from safety.screening import asking
from safety.screening.models import Screening
from safety.staff.actions import Proved
from safety.staff.models import Proof
from tests.factories import Cast, arranging, looking
from tests.page import Visitor
from tests.protocols import signing
from tests.protocols.test_approve import URL, approvals
from tests.protocols.test_retire import URL as RETIRE
from tests.screening import people

KEY = "toxin.min_interval_days"
TICK = timedelta(microseconds=1)


def approve(app: Flask, cast: Cast, begins: datetime, days: int = 90, protocol_id: str = "screening") -> str:
    """Sign now what begins then; returns the approval's id."""
    values = {KEY: days} if protocol_id == "screening" else {}
    asked = actions.Approving(
        protocol_id, signing.newest(protocol_id).file_sha256, values,
        frozenset(signing.all_ticks(protocol_id)), signing.next_year(), begins,
    )  # fmt: skip
    with arranging(app, cast["mara"].actor) as actor:
        proved = Proved(cast["mara"].id, Proof.PASSWORD)
        return actions.approve(actor, proved, asked, clock.now()).id


def days(app: Flask, cast: Cast, at: datetime) -> tuple[bool, int]:
    with looking(app, cast.clinic_id):
        found = actions.in_force("screening", at)
        return found.approved, found.parameters[KEY]


def test_it_works(app: Flask, cast: Cast) -> None:
    """Until the moment the old version stays, at the moment the new one counts."""
    signing.approve(app, cast, "screening")
    begins = clock.now() + timedelta(days=3)
    approve(app, cast, begins)
    assert days(app, cast, begins - TICK) == (True, 84)
    assert days(app, cast, begins) == (True, 90)
    with looking(app, cast.clinic_id):
        assert actions.scheduled("screening", begins - TICK) is not None
        assert actions.scheduled("screening", begins) is None


def test_with_nothing_signed_before_nothing_is_approved_until_then(app: Flask, cast: Cast) -> None:
    begins = clock.now() + timedelta(hours=1)
    approve(app, cast, begins)
    assert days(app, cast, begins - TICK) == (False, 84)
    assert days(app, cast, begins) == (True, 90)


def test_a_running_screening_keeps_its_version_across_the_moment(
    app: Flask, cast: Cast, nora: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    signing.approve(app, cast, "screening")
    screening_id = people.start(app, cast, people.FOREHEAD)
    begins = clock.now() + timedelta(seconds=30)
    approve(app, cast, begins)
    monkeypatch.setattr(clock, "now", lambda: begins)
    assert days(app, cast, begins) == (True, 90)
    with looking(app, cast.clinic_id):
        screening = db.session.get_one(Screening, screening_id)
        assert screening.parameters[KEY] == 84
        assert asking.request(screening, {})["parameters"][KEY] == 84
    later = people.start(app, cast, people.FOREHEAD)
    with looking(app, cast.clinic_id):
        assert db.session.get_one(Screening, later).parameters[KEY] == 90


def test_a_running_emergency_keeps_its_version_and_is_not_approved_early(
    app: Flask, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    with looking(app, cast.clinic_id):
        before = pinning.in_force()
    begins = clock.now() + timedelta(minutes=5)
    approval_id = approve(app, cast, begins, protocol_id="vascular_occlusion")
    with looking(app, cast.clinic_id):
        signed = db.session.get_one(Approval, approval_id)
        assert pinning.named(signed.digest).approval_id is None
        assert pinning.named(before.digest).digest == before.digest
    monkeypatch.setattr(clock, "now", lambda: begins)
    with looking(app, cast.clinic_id):
        assert pinning.in_force().approval_id == approval_id
        assert pinning.named(before.digest).digest == before.digest


def test_what_was_to_begin_is_withdrawn_and_the_old_one_goes_on(
    app: Flask, cast: Cast, mara: Visitor
) -> None:
    signing.approve(app, cast, "screening")
    begins = clock.now() + timedelta(days=3)
    approve(app, cast, begins)
    page = mara.get(f"{RETIRE}?scheduled=1")
    assert "After this it never begins" in page.text
    page.submit("Sign and withdraw", secret=signing.fields("screening")["secret"])
    assert days(app, cast, begins + timedelta(days=1)) == (True, 84)


def test_withdrawing_what_is_in_force_leaves_what_is_to_begin(app: Flask, cast: Cast, mara: Visitor) -> None:
    signing.approve(app, cast, "screening")
    begins = clock.now() + timedelta(days=3)
    approve(app, cast, begins)
    mara.get(RETIRE).submit("Sign and withdraw", secret=signing.fields("screening")["secret"])
    assert days(app, cast, begins - TICK) == (False, 84)
    assert days(app, cast, begins) == (True, 90)


def test_a_later_signature_takes_the_place_of_one_that_had_not_begun(app: Flask, cast: Cast) -> None:
    begins = clock.now() + timedelta(days=3)
    approve(app, cast, begins)
    signing.approve(app, cast, "screening")
    assert days(app, cast, begins + TICK) == (True, 84)


def test_the_page_takes_day_and_time_of_the_clinic(app: Flask, cast: Cast, mara: Visitor) -> None:
    on = people.today() + timedelta(days=2)
    when = {"begins_on-day": str(on.day), "begins_on-month": str(on.month), "begins_on-year": str(on.year)}
    fields = signing.fields("screening", **when, begins_at="07:30")
    page = mara.get(URL).submit("Sign and approve", status=200, **fields)
    assert "begins on" in page.text
    (one,) = approvals(app)
    assert one.active_from.isoformat()[:16] == f"{on}T07:30"  # London, in winter


@pytest.mark.parametrize(
    ("day", "at", "error"),
    [
        (-1, "", "This moment has passed: leave day and time empty to begin at once"),
        (0, "00:00", "This moment has passed: leave day and time empty to begin at once"),
        (2, "25:00", "Enter the time as hours and minutes, for example 07:30"),
        (2, "7.30", "Enter the time as hours and minutes, for example 07:30"),
        (None, "07:30", "Enter the day as well"),
        (400, "", "It begins before its review"),
    ],
)
def test_an_impossible_moment_is_refused_at_the_field(
    app: Flask, mara: Visitor, day: int | None, at: str, error: str
) -> None:
    on = people.today() + timedelta(days=day) if day is not None else None
    typed = {"day": on.day, "month": on.month, "year": on.year} if on else {}
    when = {f"begins_on-{part}": str(value) for part, value in typed.items()}
    page = mara.get(URL).submit("Sign and approve", 422, **signing.fields("screening", **when, begins_at=at))
    assert page.errors == [f"Error: {error}"]
    assert approvals(app) == []


@pytest.mark.parametrize(
    ("left", "board", "listed"),
    [(31, None, "Approved"), (30, "by", "Review soon"), (1, "by", "Review soon"),
     (0, "was due", "Review is due"),
     (-5, "was due", "Review is due")],
)  # fmt: skip
def test_a_review_is_on_the_board_thirty_days_before_and_after(
    app: Flask, cast: Cast, nora: Visitor, mara: Visitor, left: int, board: str | None, listed: str
) -> None:
    signing.approve(app, cast, "screening")
    review_on: date = people.today() + timedelta(days=left)
    with arranging(app, cast["mara"].actor):
        db.session.get_one(Approval, approvals(app)[0].id).review_on = review_on
    shown = nora.get("/today").text
    assert ("1 protocol to review" in shown) is (board is not None)
    if board:
        assert f"{signing.newest('screening').title}: {board}" in shown
    assert listed in mara.get("/protocols").text


def test_a_screening_without_approval_says_so_on_every_page(app: Flask, cast: Cast, nora: Visitor) -> None:
    screening_id = people.screened(app, cast)
    assert "Not approved here" in nora.get(f"/screenings/{screening_id}/verdict").tree.text
    assert len(files.ids()) > 1
