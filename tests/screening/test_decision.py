from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from safety.audit.models import AuditEntry
from safety.db import db
from safety.screening.actions import fingerprint
from safety.screening.models import Assessment, Choice, Decision
from safety.screening.verdict import State, verdict
from safety.staff.actions import bound
from safety.staff.models import Signature
from tests.factories import PASSWORD, Cast, arranging, looking
from tests.page import Page, Visitor
from tests.screening import people


def decisions(app: Flask) -> list[Decision]:
    with looking(app):
        return list(db.session.scalars(sa.select(Decision)))


def says(app: Flask, cast: Cast, screening_id: str) -> State:
    with looking(app, cast.clinic_id):
        return verdict(screening_id, people.today()).state


def waiting(app: Flask, cast: Cast) -> str:
    return people.screened(app, cast, G22="whole_body")


def decide(okafor: Visitor, screening_id: str, status: int = 200, **changes: Any) -> Page:
    fields = {"choice": "treat", "reason": "Adrenaline is drawn up.", "secret": PASSWORD, **changes}
    return okafor.get(f"/screenings/{screening_id}/decision").submit(
        "Sign the decision", status=status, **fields
    )


def test_it_works(app: Flask, cast: Cast, okafor: Visitor) -> None:
    screening_id = waiting(app, cast)
    page = decide(okafor, screening_id)
    assert "Cleared" in page.text
    assert "Prescriber's decision: treat" in page.text
    assert "Adrenaline is drawn up." in page.text
    assert says(app, cast, screening_id) is State.CLEARED
    assert [one.choice for one in decisions(app)] == [Choice.TREAT]


def test_treat_with_limits_names_them(app: Flask, cast: Cast, okafor: Visitor) -> None:
    screening_id = waiting(app, cast)
    page = decide(okafor, screening_id, 422, choice="treat_with_limits")
    assert page.errors == ["Error: Name a limit: an amount, an area, or in words"]
    page = decide(okafor, screening_id, choice="treat_with_limits", limits="Upper lip only")
    assert "Upper lip only" in page.text
    assert says(app, cast, screening_id) is State.CLEARED


def test_do_not_treat_stands(app: Flask, cast: Cast, okafor: Visitor, mara: Visitor) -> None:
    screening_id = people.screened(app, cast, G22="whole_body", G32="yes")
    page = decide(okafor, screening_id, choice="do_not_treat", reason="Allergy clinic first.")
    assert "Do not treat" in page.text
    assert says(app, cast, screening_id) is State.DO_NOT_TREAT
    assert "Nothing here is for you to override" in mara.get(f"/screenings/{screening_id}/override").text


def test_a_decision_from_elsewhere_is_marked(app: Flask, cast: Cast, okafor: Visitor) -> None:
    nora = cast["nora"].id
    page = decide(okafor, waiting(app, cast), remote=True, phoned_by=nora, read_back_by=nora)
    assert "decided from elsewhere" in page.text


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"choice": None}, "Choose treat, treat with limits, or do not treat"),
        ({"reason": "  "}, "Write the reason in your words"),
        ({"secret": ""}, "Enter your PIN or password to sign"),
        ({"secret": "wrong horse battery staple"}, "The PIN or password is wrong"),
        ({"reason": "x" * 2001}, "Use 2000 characters or fewer"),
    ],
)
def test_what_is_missing_is_named_and_nothing_is_stored(
    app: Flask, cast: Cast, okafor: Visitor, changes: dict[str, Any], message: str
) -> None:
    page = decide(okafor, waiting(app, cast), 422, **changes)
    assert page.errors == [f"Error: {message}"]
    assert decisions(app) == []


def test_the_signature_is_bound_to_what_was_shown(app: Flask, cast: Cast, okafor: Visitor) -> None:
    screening_id = waiting(app, cast)
    decide(okafor, screening_id)
    (decision,) = decisions(app)
    with looking(app):
        signature = db.session.get_one(Signature, decision.signature_id)
        assert signature.record == f"assessment:{decision.assessment_id}"
        assert signature.bound_sha256 == bound(signature)
        assert (signature.member_name, signature.role.value) == ("Dr Chidi Okafor", "prescriber")
        entry = db.session.scalars(
            sa.select(AuditEntry).where(AuditEntry.action == "screening.decided")
        ).one()
        assert b"Adrenaline" not in entry.body


def test_an_assessment_changed_after_it_was_shown_is_not_signed(
    app: Flask, cast: Cast, okafor: Visitor
) -> None:
    screening_id = waiting(app, cast)
    page = okafor.get(f"/screenings/{screening_id}/decision")
    with arranging(app, cast["nora"].actor):
        assessment = db.session.scalars(sa.select(Assessment)).one()
        findings = [*assessment.result["findings"], assessment.result["findings"][0]]
        assessment.result = {**assessment.result, "findings": findings}
    refused = page.submit("Sign the decision", status=409, choice="treat", reason="Fine.", secret=PASSWORD)
    assert "has changed since this page was opened" in refused.text
    assert decisions(app) == []


def test_a_forged_fingerprint_is_refused(app: Flask, cast: Cast, okafor: Visitor) -> None:
    decide(okafor, waiting(app, cast), 409, shown="0" * 64)
    assert decisions(app) == []


def test_the_fingerprint_of_one_screening_fits_no_other(app: Flask, cast: Cast, okafor: Visitor) -> None:
    first, second = waiting(app, cast), waiting(app, cast)
    with looking(app, cast.clinic_id):
        other = verdict(first, people.today()).assessment
        assert other is not None
        shown = fingerprint(other)
    decide(okafor, second, 409, shown=shown)
    assert decisions(app) == []


def test_nobody_decides_twice(app: Flask, cast: Cast, okafor: Visitor) -> None:
    screening_id = waiting(app, cast)
    page = okafor.get(f"/screenings/{screening_id}/decision")
    decide(okafor, screening_id)
    page.submit("Sign the decision", status=409, choice="do_not_treat", reason="No.", secret=PASSWORD)
    assert [one.choice for one in decisions(app)] == [Choice.TREAT]


def test_a_decision_clears_no_deferral(app: Flask, cast: Cast, okafor: Visitor) -> None:
    screening_id = people.screened(app, cast, G22="whole_body", G06="yes")
    page = okafor.get(f"/screenings/{screening_id}/decision")
    assert page.url.endswith("/verdict")
    okafor.post(
        f"/screenings/{screening_id}/decision",
        {
            "choice": "treat",
            "reason": "Fine.",
            "secret": PASSWORD,
            "shown": shown_of(app, cast, screening_id),
        },
        status=409,
    )
    assert decisions(app) == []
    assert says(app, cast, screening_id) is State.DO_NOT_TREAT


def shown_of(app: Flask, cast: Cast, screening_id: str) -> str:
    with looking(app, cast.clinic_id):
        assessment = verdict(screening_id, people.today()).assessment
        assert assessment is not None
        return fingerprint(assessment)


def test_cautions_still_need_their_mitigation(app: Flask, cast: Cast, okafor: Visitor) -> None:
    screening_id = people.screened(app, cast, G22="whole_body", G32="yes")
    decide(okafor, screening_id)
    assert says(app, cast, screening_id) is State.INCOMPLETE


def test_a_director_decides_too_but_no_nurse(
    app: Flask, cast: Cast, mara: Visitor, nora: Visitor, sam: Visitor, ada: Visitor
) -> None:
    screening_id = waiting(app, cast)
    for visitor in (nora, sam, ada):
        visitor.get(f"/screenings/{screening_id}/decision", status=403)
        visitor.post(f"/screenings/{screening_id}/decision", {"choice": "treat"}, status=403)
    assert decisions(app) == []
    decide(mara, screening_id)
    assert len(decisions(app)) == 1


def test_another_clinics_prescriber_gets_404(app: Flask, cast: Cast, signed_in: Any) -> None:
    screening_id = waiting(app, cast)
    stranger = signed_in("eve_prescriber")
    stranger.get(f"/screenings/{screening_id}/decision", status=404)
    stranger.post(
        f"/screenings/{screening_id}/decision",
        {
            "choice": "treat",
            "reason": "Fine.",
            "secret": PASSWORD,
            "shown": shown_of(app, cast, screening_id),
        },
        status=404,
    )
    assert decisions(app) == []


def test_reading_for_a_decision_leaves_an_entry(app: Flask, cast: Cast, okafor: Visitor) -> None:
    okafor.get(f"/screenings/{waiting(app, cast)}/decision")
    with looking(app):
        wanted = sa.select(AuditEntry.actor).where(AuditEntry.action == "patient.read")
        assert list(db.session.scalars(wanted)) == [f"member:{cast['okafor'].id}"]
