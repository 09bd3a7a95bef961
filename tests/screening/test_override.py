from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from safety import clock
from safety.db import db
from safety.screening import actions
from safety.screening.actions import NotAllowed, Stale, fingerprint
from safety.screening.models import Override
from safety.screening.verdict import State, verdict
from safety.staff.actions import Proved
from safety.staff.models import Proof, Signature
from tests.factories import PASSWORD, Cast, arranging, looking
from tests.page import Visitor
from tests.screening import people

BUTTON = "Sign and go on"
EVERYBODY = ("nora", "okafor", "mara")


def overrides(app: Flask) -> list[Override]:
    with looking(app):
        return list(db.session.scalars(sa.select(Override).order_by(Override.finding)))


def says(app: Flask, cast: Cast, screening_id: str) -> State:
    with looking(app, cast.clinic_id):
        return verdict(screening_id, people.today()).state


def attempt(app: Flask, cast: Cast, who: str, screening_id: str, finding: int = 0) -> None:
    """The action itself, as if the page had offered it."""
    with looking(app, cast.clinic_id):
        assessment = verdict(screening_id, people.today()).assessment
        assert assessment is not None
        shown = fingerprint(assessment)
    with arranging(app, cast[who].actor) as actor:
        proved = Proved(cast[who].id, Proof.PASSWORD)
        actions.override(actor, proved, screening_id, {finding: "Reason"}, shown, people.today(), clock.now())


def test_it_works(app: Flask, cast: Cast, nora: Visitor) -> None:
    screening_id = people.screened(app, cast, G32="yes", G25=["latex"])
    page = nora.get(f"/screenings/{screening_id}/override")
    done = page.submit(BUTTON, reason_0="Nitrile gloves", reason_1="Ice after, not before", secret=PASSWORD)
    assert "Cleared" in done.text
    assert "Nora Quinn goes on: Nitrile gloves" in done.text
    assert [one.reason for one in overrides(app)] == ["Nitrile gloves", "Ice after, not before"]
    with looking(app):
        signed = list(db.session.scalars(sa.select(Signature)))
    assert len(signed) == 2
    assert {one.id for one in signed} == {one.signature_id for one in overrides(app)}


def test_one_caution_left_open_keeps_it_open(app: Flask, cast: Cast, nora: Visitor) -> None:
    screening_id = people.screened(app, cast, G32="yes", G25=["latex"])
    nora.get(f"/screenings/{screening_id}/override").submit(BUTTON, reason_1="Told", secret=PASSWORD)
    assert says(app, cast, screening_id) is State.INCOMPLETE
    assert [one.finding for one in overrides(app)] == [1]


# Who may go on in spite of what (clinical specification 5.8), one real finding for each row.
TABLE: list[tuple[dict[str, Any], str, tuple[str, ...]]] = [
    ({"G32": "yes"}, "caution", ("nora", "okafor", "mara")),
    ({"G22": "whole_body"}, "prescriber", ("okafor", "mara")),
    ({"G06": "yes"}, "defer", ("okafor", "mara")),
    ({"G15": "yes"}, "defer", ()),
    ({"G10": "unsure"}, "defer", ()),
    ({"G10": "unknown"}, "defer", ()),
    ({"F05": "active"}, "defer", ()),
    ({"G26": "yes", "G26.flaring": "yes"}, "defer", ()),
    ({"G10": "yes"}, "contra", ("mara",)),
    ({"G11": "yes"}, "contra", ("mara",)),
]


@pytest.mark.parametrize(("given", "outcome", "allowed"), TABLE, ids=lambda value: str(value)[:40])
def test_the_table_of_roles(
    app: Flask, cast: Cast, given: dict[str, Any], outcome: str, allowed: tuple[str, ...]
) -> None:
    screening_id = people.screened(app, cast, **given)
    with looking(app, cast.clinic_id):
        first = verdict(screening_id, people.today()).findings[0]
    assert first.outcome == outcome
    for who in EVERYBODY:
        if who not in allowed:
            with pytest.raises(NotAllowed):
                attempt(app, cast, who, screening_id)
    assert overrides(app) == []
    if allowed:
        attempt(app, cast, allowed[0], screening_id)
        assert len(overrides(app)) == 1


def test_a_caution_is_not_offered_where_something_bars_the_treatment(
    app: Flask, cast: Cast, nora: Visitor
) -> None:
    page = nora.get(f"/screenings/{people.screened(app, cast, G15='yes', G32='yes')}/verdict")
    assert "Nobody may go on." in page.text
    assert not page.has("a", text="Go on in spite of a finding")


@pytest.mark.parametrize("who", EVERYBODY)
def test_nobody_ever_goes_on_under_18(app: Flask, cast: Cast, signed_in: Any, who: str) -> None:
    young = people.today().replace(year=people.today().year - 17).isoformat()
    screening_id = people.screened(app, cast, born_on=young)
    page = signed_in(who).get(f"/screenings/{screening_id}/override")
    assert "Nothing here is for you to override" in page.text
    with pytest.raises(NotAllowed):
        attempt(app, cast, who, screening_id)
    assert says(app, cast, screening_id) is State.DO_NOT_TREAT
    assert "Nobody may go on." in signed_in(who).get(f"/screenings/{screening_id}/verdict").text


def test_the_age_block_holds_even_if_a_file_forgot_to_lock_it(app: Flask, cast: Cast) -> None:
    young = people.today().replace(year=people.today().year - 17).isoformat()
    screening_id = people.screened(app, cast, born_on=young)
    with arranging(app, cast["nora"].actor):
        assessment = verdict(screening_id, people.today()).assessment
        assert assessment is not None
        findings = [{**one, "override": "medical_director"} for one in assessment.result["findings"]]
        assessment.result = {**assessment.result, "findings": findings}
    with pytest.raises(NotAllowed):
        attempt(app, cast, "mara", screening_id)


def test_a_page_offers_only_what_ones_role_may(app: Flask, cast: Cast, nora: Visitor, mara: Visitor) -> None:
    screening_id = people.screened(app, cast, G10="yes", G32="yes")
    assert not nora.get(f"/screenings/{screening_id}/override").has("textarea", name="reason_0")
    assert mara.get(f"/screenings/{screening_id}/override").has("textarea", name="reason_0")


def test_a_forged_number_is_refused(app: Flask, cast: Cast, nora: Visitor) -> None:
    screening_id = people.screened(app, cast, G10="yes", G32="yes")
    page = nora.get(f"/screenings/{screening_id}/override")
    shown = page.find("input", name="shown")["value"]
    nora.post(
        f"/screenings/{screening_id}/override",
        {"shown": shown, "reason_0": "I want to", "secret": PASSWORD},
        status=409,
    )
    assert overrides(app) == []


def test_without_a_reason_nothing_is_signed(app: Flask, cast: Cast, nora: Visitor) -> None:
    page = nora.get(f"/screenings/{people.screened(app, cast, G32='yes')}/override")
    again = page.submit(BUTTON, status=422, secret=PASSWORD)
    assert "Write a reason for at least one finding" in again.text
    wrong = page.submit(BUTTON, status=422, reason_0="Told", secret="wrong horse battery staple")
    assert wrong.errors == ["Error: The PIN or password is wrong"]
    assert overrides(app) == []


def test_nothing_is_overridden_twice(app: Flask, cast: Cast, nora: Visitor) -> None:
    page = nora.get(f"/screenings/{people.screened(app, cast, G32='yes')}/override")
    page.submit(BUTTON, reason_0="Told", secret=PASSWORD)
    page.submit(BUTTON, status=409, reason_0="Told again", secret=PASSWORD)
    assert len(overrides(app)) == 1


def test_an_open_question_is_never_overridden(app: Flask, cast: Cast) -> None:
    screening_id = people.screened(app, cast, G32="yes", G11="unknown")
    with pytest.raises(Stale):
        attempt(app, cast, "mara", screening_id)
    assert says(app, cast, screening_id) is State.INCOMPLETE


def test_a_director_goes_on_in_spite_of_a_contraindication(app: Flask, cast: Cast, mara: Visitor) -> None:
    screening_id = people.screened(app, cast, G11="yes")
    page = mara.get(f"/screenings/{screening_id}/override")
    done = page.submit(BUTTON, reason_0="Weaned this week, milk discarded", secret=PASSWORD)
    assert "Cleared" in done.text
    assert says(app, cast, screening_id) is State.CLEARED


def test_another_clinic_gets_404(app: Flask, cast: Cast, signed_in: Any) -> None:
    screening_id = people.screened(app, cast, G32="yes")
    stranger = signed_in("eve_director")
    stranger.get(f"/screenings/{screening_id}/override", status=404)
    stranger.post(f"/screenings/{screening_id}/override", {"reason_0": "x"}, status=404)
    assert overrides(app) == []
