from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from safety import clock
from safety.audit.models import AuditEntry
from safety.db import db
from safety.protocols import rules as protocol_rules
from safety.screening import actions, rules
from safety.screening.giving import Given
from safety.screening.models import Answer, Screening
from safety.screening.verdict import State, verdict
from tests.factories import Cast, arranging, looking
from tests.page import Visitor
from tests.protocols import signing
from tests.screening import people


def says(app: Flask, cast: Cast, screening_id: str, **more: Any) -> State:
    with looking(app, cast.clinic_id):
        return verdict(screening_id, people.today(), **more).state


def test_it_works(app: Flask, cast: Cast, nora: Visitor) -> None:
    screening_id = people.screened(app, cast)
    page = nora.get(f"/screenings/{screening_id}/verdict")
    assert page.h1 == "Screening verdict"
    assert page.has("strong", text="Cleared")
    assert "Decision support" in page.tree.text
    assert says(app, cast, screening_id) is State.CLEARED


@pytest.mark.parametrize(
    ("given", "word", "state"),
    [
        ({"G22": "whole_body"}, "Prescriber must decide", State.PRESCRIBER),
        ({"G10": "yes"}, "Do not treat", State.DO_NOT_TREAT),
        ({"G06": "yes"}, "Do not treat", State.DO_NOT_TREAT),
        ({"G11": "unknown"}, "Not complete", State.INCOMPLETE),
        ({"G32": "yes"}, "Not complete", State.INCOMPLETE),
    ],
)
def test_one_state_in_word_and_shape(
    app: Flask, cast: Cast, nora: Visitor, given: dict[str, Any], word: str, state: State
) -> None:
    screening_id = people.screened(app, cast, **given)
    page = nora.get(f"/screenings/{screening_id}/verdict")
    box = next(node for node in page.find_all("div") if node.get("class").startswith("verdict "))
    assert box.text.startswith(word)
    assert box.first("svg")
    assert says(app, cast, screening_id) is state


def test_each_finding_names_question_answer_reason_and_source(app: Flask, cast: Cast, nora: Visitor) -> None:
    page = nora.get(f"/screenings/{people.screened(app, cast, G22='whole_body')}/verdict")
    for words in (
        "Has a bee or wasp sting ever caused a reaction? Yes, the whole body",
        "have adrenaline ready",
        "G22.whole_body. Source: CUR24 [S], GUL24 [S], TRO20 [S]",
        "A prescriber may decide.",
    ):
        assert words in page.text


def test_a_deferral_names_its_day(app: Flask, cast: Cast, nora: Visitor) -> None:
    on = people.yesterday().isoformat()
    screening_id = people.screened(app, cast, None, "1991-03-12", **{"G16": "yes", "G16.on": on})
    page = nora.get(f"/screenings/{screening_id}/verdict")
    assert "Earliest" in page.text
    assert "Infection or illness less than 14 days ago" in page.text


def test_what_was_said_stands_beside_the_answer(app: Flask, cast: Cast, nora: Visitor) -> None:
    screening_id = people.start(app, cast)
    url = f"/screenings/{screening_id}/q/G22"
    nora.get(url).submit("Save and continue", value="whole_body", said_whole_body="Hospital in 2019")
    people.answer(app, cast, screening_id, {k: v for k, v in people.well().items() if k != "G22"})
    people.assess(app, cast, screening_id)
    assert "“Hospital in 2019”" in nora.get(f"/screenings/{screening_id}/verdict").text


def test_a_verdict_ends_at_midnight(app: Flask, cast: Cast, nora: Visitor) -> None:
    screening_id = people.screened(app, cast)
    with arranging(app, cast["nora"].actor):
        db.session.get_one(Screening, screening_id).on = people.yesterday()
    assert "Not valid any more" in nora.get(f"/screenings/{screening_id}/verdict").text
    assert says(app, cast, screening_id) is State.EXPIRED


@pytest.mark.parametrize(
    "changed",
    [{"product_class": "biostimulator"}, {"brand": "Juvederm"}, {"areas": ["lips", "nose"]}],
)
def test_another_plan_needs_another_screening(app: Flask, cast: Cast, changed: dict[str, Any]) -> None:
    screening_id = people.screened(app, cast)
    assert says(app, cast, screening_id, plan=people.LIPS) is State.CLEARED
    assert says(app, cast, screening_id, plan=[{**people.LIPS[0], **changed}]) is State.EXPIRED


def test_an_unapproved_questionnaire_says_so(app: Flask, cast: Cast, nora: Visitor) -> None:
    page = nora.get(f"/screenings/{people.screened(app, cast)}/verdict")
    assert "Not approved here." in page.tree.text
    signing.approve(app, cast, "screening")
    page = nora.get(f"/screenings/{people.screened(app, cast)}/verdict")
    assert "Not approved here." not in page.tree.text


def test_a_screening_keeps_the_protocol_it_began_with(app: Flask, cast: Cast) -> None:
    screening_id = people.start(app, cast)
    signing.approve(app, cast, "screening", {"toxin.min_interval_days": 90})
    people.answer(app, cast, screening_id, people.well())
    people.assess(app, cast, screening_id)
    with looking(app, cast.clinic_id):
        said = verdict(screening_id, people.today())
        assert not said.approved
        assert said.assessment is not None
        assert said.assessment.request["parameters"]["toxin.min_interval_days"] == 84


def test_emergency_flags_reach_the_patient_page(app: Flask, cast: Cast, nora: Visitor) -> None:
    screening_id = people.screened(app, cast, G22="whole_body", G40=["apixaban"])
    with looking(app, cast.clinic_id):
        patient_id = db.session.get_one(Screening, screening_id).patient_id
        codes = [flag["code"] for flag in verdict(screening_id, people.today()).emergency_flags]
    assert codes[:1] == ["sting_whole_body"]
    page = nora.get(f"/patients/{patient_id}")
    assert "Whole-body reaction to a sting" in page.text
    assert "Takes an anticoagulant" in page.text


def test_reading_a_verdict_leaves_an_entry(app: Flask, cast: Cast, sam: Visitor) -> None:
    screening_id = people.screened(app, cast)
    sam.get(f"/screenings/{screening_id}/verdict")
    with looking(app):
        reads = db.session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "patient.read")).all()
        assert [entry.actor for entry in reads] == [f"member:{cast['sam'].id}"]


def test_screening_again_keeps_the_old_one(app: Flask, cast: Cast, nora: Visitor) -> None:
    screening_id = people.screened(app, cast, G10="yes")
    page = nora.get(f"/screenings/{screening_id}/verdict").submit("Screen again")
    assert page.url.endswith("/last-time")
    assert screening_id not in page.url
    with looking(app):
        assert db.session.scalar(sa.select(sa.func.count()).select_from(Screening)) == 2
    assert says(app, cast, screening_id) is State.DO_NOT_TREAT


def test_another_clinic_gets_404(app: Flask, cast: Cast, eve: Visitor) -> None:
    screening_id = people.screened(app, cast)
    eve.get(f"/screenings/{screening_id}/verdict", status=404)
    eve.post(f"/screenings/{screening_id}/again", {}, status=404)


def test_the_log_holds_no_answer_in_the_open(app: Flask, cast: Cast, nora: Visitor) -> None:
    base = f"/screenings/{people.start(app, cast)}/q"
    nora.get(f"{base}/G10").submit("Save and continue", value="yes", said_yes="Due in May")
    nora.get(f"{base}/G40").submit("Save and continue", value=["warfarin"])
    with looking(app):
        wanted = sa.select(AuditEntry).where(AuditEntry.action == "screening.answered")
        bodies = [entry.body for entry in db.session.scalars(wanted)]
    assert len(bodies) == 2
    assert not any(word in body for body in bodies for word in (b"warfarin", b'"yes"', b"May"))


def test_an_unknown_answer_never_clears() -> None:
    """Each question in turn not known, all else well: never cleared, never only a caution."""
    well = people.well()
    for question in people.offering_not_known(well):
        given = {**well, question: "unknown"}
        request = {**people.request(), "answers": given}
        outcome = rules.assess(people.body(), request).outcome
        assert outcome not in {"clear", "caution"}, question


def test_the_request_kept_gives_the_result_kept(app: Flask, cast: Cast) -> None:
    screening_id = people.screened(app, cast, G22="local", G40=["aspirin"])
    with looking(app, cast.clinic_id):
        assessment = verdict(screening_id, people.today()).assessment
        assert assessment is not None
        again = rules.assess(people.body(), assessment.request)
        assert again.as_json() == assessment.result


def test_answers_are_only_ever_added(app: Flask, cast: Cast) -> None:
    screening_id = people.start(app, cast)
    for value in ("no", "yes", "yes", "no"):
        with arranging(app, cast["nora"].actor) as actor:
            why = Given(reason="Mis-tap")
            actions.answer(actor, screening_id, "G06", value, None, people.today(), clock.now(), why)
    with looking(app):
        kept = db.session.scalars(sa.select(Answer.value).where(Answer.question == "G06")).all()
        assert list(kept) == ["no", "yes", "no"]


def test_a_plan_the_questionnaire_cannot_read_starts_nothing(app: Flask, cast: Cast) -> None:
    with pytest.raises(rules.BadRequest):
        people.start(app, cast, plan=[{"product_class": "filler", "areas": ["elbow"]}])
    with looking(app):
        assert db.session.scalar(sa.select(sa.func.count()).select_from(Screening)) == 0


def test_the_digest_is_that_of_file_and_values(app: Flask, cast: Cast) -> None:
    screening_id = people.start(app, cast)
    with looking(app, cast.clinic_id):
        screening = db.session.get_one(Screening, screening_id)
        expected = protocol_rules.digest(screening.file_sha256, screening.parameters)
        assert screening.protocol_digest == expected
        assert actions.verdict(screening_id, people.today()).protocol_digest == expected
