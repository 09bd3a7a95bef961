"""Those who skip the pages get 409 with everything that is missing, and nothing is stored (S5, S10)."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from flask import Flask

from safety import clock
from safety.db import db
from safety.protocols.questions import flat
from safety.screening import actions, asking, rules
from safety.screening.models import Assessment, Decision, Override, Screening
from safety.screening.verdict import State, verdict
from safety.treatments.models import Treatment, TreatmentStart
from tests.factories import PASSWORD, Cast, looking
from tests.page import Visitor
from tests.protocols import signing
from tests.screening import people
from tests.stock.shelf import put
from tests.treatments import visits

JSON = {"Accept": "application/json"}
LEFT_OPEN = ("G11", "G26", "G40")
Browser = Callable[[str], Visitor]


def wording(question: str) -> str:
    return next(str(one["wording"]) for _, one in flat(people.body()["questions"]) if one["id"] == question)


def post(visitor: Visitor, url: str, fields: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    sent = {"csrf_token": visitor.csrf(), **fields}
    answer = visitor.client.post(url, data=sent, headers=JSON)
    return answer.status_code, answer.get_json(silent=True) or {}


def answered_but(app: Flask, cast: Cast, *left: str, **given: Any) -> str:
    """A screening with every question answered but for these."""
    screening_id = people.start(app, cast)
    answers = {name: value for name, value in people.well(**given).items() if name not in left}
    people.answer(app, cast, screening_id, answers)
    return screening_id


def signed_for(app: Flask, cast: Cast, screening_id: str) -> str:
    """What a page would have bound the signature to."""
    with looking(app, cast.clinic_id):
        assessment = verdict(screening_id, people.today()).assessment
        assert assessment is not None
        return actions.fingerprint(assessment)


def count(app: Flask, model: type[Any]) -> int:
    with looking(app):
        return db.session.scalar(sa.select(sa.func.count()).select_from(model)) or 0


def test_it_works(app: Flask, cast: Cast, nora: Visitor) -> None:
    """Start: every question left open is named, one by one, and nothing starts."""
    put(app, cast)
    treatment_id = visits.plan(app, cast)
    visits.measure(app, cast, treatment_id)
    with looking(app, cast.clinic_id):
        screening = db.session.get_one(Screening, db.session.get_one(Treatment, treatment_id).screening_id)
        asked = [one for one in asking.questions(screening, {}) if one.required]
    status, told = post(nora, f"/treatments/{treatment_id}/start", visits.YES)
    assert status == 409
    named = {one["text"] for one in told["missing"] if one["code"] == "answer"}
    assert named == {f"Not answered: {one.wording}" for one in asked}
    assert count(app, TreatmentStart) == 0


@pytest.mark.parametrize("question", LEFT_OPEN)
def test_one_answer_left_open_is_named_at_the_start(
    app: Flask, cast: Cast, nora: Visitor, question: str
) -> None:
    put(app, cast)
    treatment_id = visits.plan(app, cast)
    visits.measure(app, cast, treatment_id)
    visits.clear(app, cast, treatment_id, **{question: "unknown"})
    status, told = post(nora, f"/treatments/{treatment_id}/start", visits.YES)
    missing = [one["text"] for one in told["missing"]]
    assert (status, f"Not answered: {wording(question)}" in missing) == (409, True)
    assert count(app, TreatmentStart) == 0


def test_a_verdict_over_open_questions_names_them(app: Flask, cast: Cast, nora: Visitor) -> None:
    screening_id = answered_but(app, cast, *LEFT_OPEN)
    status, told = post(nora, f"/screenings/{screening_id}/check", {})
    assert status == 409
    assert {one["code"] for one in told["missing"]} == set(LEFT_OPEN)
    assert {one["text"] for one in told["missing"]} == {wording(name) for name in LEFT_OPEN}
    with looking(app, cast.clinic_id):
        assert verdict(screening_id, people.today()).state is State.INCOMPLETE


@pytest.mark.parametrize("forged", ["clear", "cleared", "yes"])
def test_an_outcome_in_the_post_counts_for_nothing(
    app: Flask, cast: Cast, nora: Visitor, forged: str
) -> None:
    screening_id = answered_but(app, cast, G10="yes")
    fields = {"outcome": forged, "state": forged, "findings": "[]", "unanswered": "[]", "approved": "true"}
    nora.post(f"/screenings/{screening_id}/check", fields)
    with looking(app):
        stored = db.session.scalars(sa.select(Assessment)).one()
        assert (stored.outcome, stored.made_by) == ("contra", cast["nora"].id)


DECISION = {"choice": "treat", "reason": "Spoken with the patient", "secret": PASSWORD}


@pytest.mark.parametrize("left", LEFT_OPEN)
def test_nobody_decides_over_an_open_question(app: Flask, cast: Cast, signed_in: Browser, left: str) -> None:
    screening_id = answered_but(app, cast, left, G22="whole_body")
    people.assess(app, cast, screening_id)
    shown = signed_for(app, cast, screening_id)
    for who in ("okafor", "mara"):
        url = f"/screenings/{screening_id}/decision"
        status, told = post(signed_in(who), url, {**DECISION, "shown": shown})
        assert (status, wording(left) in told["error"]) == (409, True)
    assert count(app, Decision) == 0


@pytest.mark.parametrize(
    "given", [{"G10": "yes"}, {"G06": "yes"}, {"G32": "yes"}, {}], ids=["contra", "defer", "caution", "clear"]
)
def test_a_decision_where_none_is_open_is_refused(
    app: Flask, cast: Cast, signed_in: Browser, given: dict[str, Any]
) -> None:
    screening_id = people.screened(app, cast, **given)
    shown = signed_for(app, cast, screening_id)
    url = f"/screenings/{screening_id}/decision"
    assert post(signed_in("okafor"), url, {**DECISION, "shown": shown})[0] == 409
    assert count(app, Decision) == 0


def test_a_nurse_decides_nothing(app: Flask, cast: Cast, nora: Visitor) -> None:
    screening_id = people.screened(app, cast, G22="whole_body")
    shown = signed_for(app, cast, screening_id)
    assert post(nora, f"/screenings/{screening_id}/decision", {**DECISION, "shown": shown})[0] == 403
    assert count(app, Decision) == 0


@pytest.mark.parametrize("shown", ["", "0" * 64, "forged"])
def test_a_signature_over_something_else_is_refused(
    app: Flask, cast: Cast, signed_in: Browser, shown: str
) -> None:
    screening_id = people.screened(app, cast, G22="whole_body")
    status, _ = post(
        signed_in("okafor"), f"/screenings/{screening_id}/decision", {**DECISION, "shown": shown}
    )
    assert (status, count(app, Decision)) == (409, 0)


def test_no_override_over_an_open_question(app: Flask, cast: Cast, mara: Visitor) -> None:
    """Not even the medical director, and the page that would have offered it is not needed to be told so."""
    screening_id = answered_but(app, cast, "G11", G32="yes")
    people.assess(app, cast, screening_id)
    fields = {"shown": signed_for(app, cast, screening_id), "reason_0": "I want to", "secret": PASSWORD}
    status, told = post(mara, f"/screenings/{screening_id}/override", fields)
    assert (status, wording("G11") in told["error"]) == (409, True)
    assert count(app, Override) == 0


@pytest.mark.parametrize("who", ["nora", "okafor", "mara"])
def test_no_post_ever_goes_on_under_18(app: Flask, cast: Cast, signed_in: Browser, who: str) -> None:
    young = people.today().replace(year=people.today().year - 17).isoformat()
    screening_id = people.screened(app, cast, born_on=young)
    shown = signed_for(app, cast, screening_id)
    fields = {"shown": shown, "reason_0": "Nearly 18", "secret": PASSWORD}
    status, _ = post(signed_in(who), f"/screenings/{screening_id}/override", fields)
    assert status in {403, 409}
    status, _ = post(signed_in(who), f"/screenings/{screening_id}/decision", {**DECISION, "shown": shown})
    assert status in {403, 409}
    with looking(app, cast.clinic_id):
        assert verdict(screening_id, people.today()).state is State.DO_NOT_TREAT
    assert (count(app, Override), count(app, Decision)) == (0, 0)


FIRST = {"G03": "yes", "G03.hours": 23}


def test_time_to_think_is_refused_with_its_clock(app: Flask, cast: Cast, nora: Visitor) -> None:
    """Answered now, 23 hours after the consultation: it may go on one hour from now, and the pages say so."""
    put(app, cast)
    treatment_id = visits.plan(app, cast)
    visits.measure(app, cast, treatment_id)
    assert visits.clear(app, cast, treatment_id, **FIRST) == "defer"
    with looking(app, cast.clinic_id):
        screening_id = db.session.get_one(Treatment, treatment_id).screening_id
        assert screening_id
        (standing,) = verdict(screening_id, people.today()).findings
        given = asking.rows(screening_id)["G03.hours"].answered_at
        assert standing.over_at == given + timedelta(hours=1)
    page = nora.get(f"/screenings/{screening_id}/verdict")
    assert "First visit: less than 24 hours since the consultation. It may go on from " in page.text
    status, told = post(nora, f"/treatments/{treatment_id}/start", visits.YES)
    assert status == 409
    assert any("It may go on from " in one["text"] for one in told["missing"])
    assert count(app, TreatmentStart) == 0


@pytest.mark.parametrize(("set_to", "outcome"), [(23, "clear"), (24, "defer")])
def test_time_to_think_is_what_the_director_set(
    app: Flask, cast: Cast, nora: Visitor, set_to: int, outcome: str
) -> None:
    signing.approve(app, cast, "screening", {"jurisdiction": "UK-England", "screen.cooling_off_h": set_to})
    treatment_id = visits.plan(app, cast)
    assert visits.clear(app, cast, treatment_id, **FIRST) == outcome


def test_time_to_think_is_over_when_the_clock_says_so(app: Flask, cast: Cast, nora: Visitor) -> None:
    """The same visit, screened again once the hours have passed."""
    treatment_id = visits.plan(app, cast)
    assert visits.clear(app, cast, treatment_id, **FIRST) == "defer"
    with looking(app, cast.clinic_id):
        screening_id = db.session.get_one(Treatment, treatment_id).screening_id
    nora.post(f"/screenings/{screening_id}/again", {})
    assert visits.clear(app, cast, treatment_id, **{**FIRST, "G03.hours": 24}) == "clear"


def test_values_of_the_clinic_are_named_with_the_verdict(app: Flask, cast: Cast, nora: Visitor) -> None:
    plain = people.screened(app, cast)
    assert "Values of this clinic" not in nora.get(f"/screenings/{plain}/verdict").text
    values = {"jurisdiction": "UK-Scotland", "toxin.min_interval_days": 90}
    signing.approve(app, cast, "screening", values)
    screening_id = people.screened(app, cast)
    page = nora.get(f"/screenings/{screening_id}/verdict")
    assert "Shortest time between toxin courses 90 days (84 days)" in page.text
    assert "Whose law and labels apply Scotland (England)" in page.text
    with looking(app, cast.clinic_id):
        assessment = verdict(screening_id, people.today()).assessment
        assert assessment is not None
        named = {one["key"]: one["value"] for one in assessment.result["parameters"]}
    assert named == values


POSITIVE = {"G08a": "yes", "G08b": "yes", "G08c": "3", "G08d": "1", "G08e": "1", "G08f": "1", "G08g": "no"}


@pytest.mark.parametrize("distress", ["2", "3"])
def test_a_scored_screen_says_wherever_it_shows_that_it_is_no_diagnosis(
    app: Flask, cast: Cast, nora: Visitor, okafor: Visitor, distress: str
) -> None:
    screening_id = answered_but(app, cast, **{**POSITIVE, "G08c": distress})
    words = "body dysmorphia"
    pages = [nora.get(f"/screenings/{screening_id}/check")]
    people.assess(app, cast, screening_id)
    pages.append(nora.get(f"/screenings/{screening_id}/verdict"))
    if distress == "2":
        pages += [okafor.get("/decisions"), okafor.get(f"/screenings/{screening_id}/decision")]
    for page in pages:
        assert words in page.text
        assert page.text.count("Screening, not diagnosis") >= page.text.count(words)


def test_the_rules_say_so_too() -> None:
    answers = {**people.well(), **POSITIVE}
    found = rules.assess(people.body(), {**people.request(), "answers": answers}).findings
    assert [one.reason for one in found if one.question == "G08a"] == [
        "The short screen for body dysmorphia is positive: refer before any treatment. "
        "Screening, not diagnosis."
    ]


@pytest.mark.parametrize("late", [-1, 0])
def test_a_cleared_screening_ends_at_local_midnight(
    app: Flask, cast: Cast, monkeypatch: pytest.MonkeyPatch, late: int
) -> None:
    """London, a summer evening: 22:59 in UTC is still the day, 23:00 is the next one."""
    screening_id = people.screened(app, cast)
    with looking(app, cast.clinic_id):
        on = db.session.get_one(Screening, screening_id).on
    midnight = _midnight_after(on)
    monkeypatch.setattr(clock, "now", lambda: midnight + timedelta(seconds=late))
    with looking(app, cast.clinic_id):
        state = verdict(screening_id, people.today()).state
    assert state is (State.CLEARED if late else State.EXPIRED)


def _midnight_after(on: date) -> datetime:
    following = datetime.combine(on + timedelta(days=1), time(), ZoneInfo("Europe/London"))
    return following.astimezone(UTC)
