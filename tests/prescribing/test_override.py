"""Two people let filler start without the full means of rescue; nobody alone, stale or replayed (T3)."""

from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from safety import clock
from safety.audit.models import AuditEntry
from safety.db import db
from safety.prescribing import links, overriding
from safety.prescribing.models import RescueOverride, RescueOverrideRequest
from safety.prescribing.overriding import Answering
from safety.screening.actions import NotAllowed, Stale
from safety.staff.actions import Proved, sign
from safety.staff.models import Proof
from safety.treatments import actions as treatments
from safety.treatments.models import Treatment, TreatmentStart
from tests.factories import PASSWORD, Cast, arranging, looking
from tests.page import Page, Visitor
from tests.screening.people import today
from tests.stock.shelf import put
from tests.treatments.visits import YES, begin, clear, consent, measure, plan, ready

WHY = "The delivery comes at two, this patient flies home at noon"


def short(app: Flask, cast: Cast, **planned: Any) -> str:
    """Id of a treatment ready in everything but for the shelf: one ampoule of 1500 units."""
    treatment_id = ready(app, cast, **planned)
    put(app, cast, containers=1)
    return treatment_id


def ask(app: Flask, cast: Cast, treatment_id: str, who: str = "nora", **changes: Any) -> str:
    """Ask; returns the request's id."""
    with arranging(app, cast[who].actor) as actor:
        seen = links.rescue(treatment_id, today())
        shown = overriding.digest(treatment_id, today(), seen.seen) if seen else ""
        said: dict[str, Any] = {
            "shown": shown,
            "reason": WHY,
            "today": today(),
            "now": clock.now(),
            **changes,
        }
        return overriding.ask(actor, Proved(actor.id, Proof.PIN), treatment_id, **said).id


def answer(app: Flask, cast: Cast, request_id: str, who: str = "okafor", **changes: Any) -> None:
    """Answer it, by default with yes."""
    now: datetime = changes.pop("now", None) or clock.now()
    with arranging(app, cast[who].actor) as actor:
        shown = db.session.get_one(RescueOverrideRequest, request_id).seen_sha256
        said = Answering(**{"granted": True, "reason": "I stay in the room", "shown": shown, **changes})
        overriding.answer(actor, Proved(actor.id, Proof.PIN), request_id, said, today(), now)


def codes(app: Flask, cast: Cast, treatment_id: str) -> set[str]:
    """What keeps it from starting."""
    return {one.code for one in begin(app, cast, treatment_id)}


def test_it_works(app: Flask, cast: Cast, nora: Visitor, okafor: Visitor) -> None:
    treatment_id = short(app, cast)
    page = nora.get(f"/treatments/{treatment_id}").click("Ask a second person to override")
    for said in ("Needed", "3000 units", "Usable", "1500 units", "may not be enough hyaluronidase"):
        assert said in page.text
    page = page.submit("Sign and ask", reason=WHY, secret=PASSWORD)
    assert "Waits for a second person" in page.text
    page = okafor.get("/decisions").click("Start without the full rescue stock?")
    assert WHY in page.text
    assert "3000 units" in page.text
    page = page.submit("Sign the answer", granted="yes", reason="I stay in the room", secret=PASSWORD)
    assert "Override by Dr Chidi Okafor: I stay in the room" in page.text
    page = nora.get(f"/treatments/{treatment_id}").submit("Start treatment", 200, **YES)
    assert "Started without the full rescue stock, override by Dr Chidi Okafor" in page.text


def test_it_follows_the_treatment_to_board_log_and_emergency(app: Flask, cast: Cast, nora: Visitor) -> None:
    treatment_id = short(app, cast)
    answer(app, cast, ask(app, cast, treatment_id))
    assert begin(app, cast, treatment_id) == []
    said = "Started without the full rescue stock, override by Dr Chidi Okafor"
    assert "override by Dr Chidi Okafor" in nora.get("/today").text
    with looking(app, cast.clinic_id):
        start = db.session.get_one(TreatmentStart, treatment_id)
        assert start.interlock["override"]["reason"] == WHY
        assert start.interlock["readiness"]["state"] == "not_ready"
        opened = treatments.open_context(None, None, treatment_id, today())
        assert opened is not None
        assert {"code": "rescue_override", "text": said} == opened["flags"][0]
        wanted = (
            sa.select(AuditEntry.action)
            .where(AuditEntry.action.startswith("rescue.override"))
            .order_by(AuditEntry.index)
        )
        assert list(db.session.scalars(wanted)) == ["rescue.override_asked", "rescue.override_answered"]
        started = db.session.scalars(
            sa.select(AuditEntry).where(AuditEntry.action == "treatment.started")
        ).one()
        assert b'"override"' in started.body
        assert WHY.encode() not in b"".join(db.session.scalars(sa.select(AuditEntry.body)))


def test_a_no_starts_nothing(app: Flask, cast: Cast, nora: Visitor) -> None:
    treatment_id = short(app, cast)
    answer(app, cast, ask(app, cast, treatment_id), granted=False, reason="Wait for the delivery")
    assert codes(app, cast, treatment_id) == {"interlock"}
    page = nora.get(f"/treatments/{treatment_id}")
    assert "Wait for the delivery" in page.text
    ask(app, cast, treatment_id)


def test_nothing_is_asked_where_the_shelf_is_ready(app: Flask, cast: Cast, nora: Visitor) -> None:
    treatment_id = ready(app, cast)
    put(app, cast, containers=4)
    with pytest.raises(Stale):
        ask(app, cast, treatment_id)
    assert "Nothing here needs an override" in nora.get(f"/treatments/{treatment_id}/override").text


# --- misuse ---


@pytest.mark.parametrize("who", ["okafor", "mara"])
def test_nobody_approves_their_own(app: Flask, cast: Cast, signed_in: Any, who: str) -> None:
    treatment_id = short(app, cast)
    request_id = ask(app, cast, treatment_id, who)
    with pytest.raises(NotAllowed, match="second person"):
        answer(app, cast, request_id, who)
    page = signed_in(who).get(f"/overrides/{request_id}")
    assert "Nobody approves their own override" in page.text
    post(signed_in(who), request_id, 403)
    assert codes(app, cast, treatment_id) == {"interlock"}


def post(who: Visitor, request_id: str, status: int, **changes: Any) -> Page:
    """Send the form past the page."""
    shown = changes.pop("shown", None)
    if shown is None:
        with looking(who.client.application):
            shown = db.session.get_one(RescueOverrideRequest, request_id).seen_sha256
    sent = {"granted": "yes", "reason": "Mine", "secret": PASSWORD, "shown": shown, **changes}
    return who.post(f"/overrides/{request_id}", sent, status)


MISUSE: list[tuple[str, int]] = [
    ("nora", 403), ("sam", 403), ("ada", 403), ("eve", 404), ("eve_prescriber", 404), ("eve_director", 404),
    ("eve_officer", 403), ("eve_admin", 403),
]  # fmt: skip


@pytest.mark.parametrize(("who", "status"), MISUSE)
def test_a_wrong_role_or_clinic_answers_nothing(
    app: Flask, cast: Cast, signed_in: Any, who: str, status: int
) -> None:
    treatment_id = short(app, cast)
    request_id = ask(app, cast, treatment_id, "okafor")
    post(signed_in(who), request_id, status)
    assert codes(app, cast, treatment_id) == {"interlock"}


@pytest.mark.parametrize("who", ["sam", "ada"])
def test_who_does_not_treat_asks_nothing(app: Flask, cast: Cast, signed_in: Any, who: str) -> None:
    treatment_id = short(app, cast)
    signed_in(who).get(f"/treatments/{treatment_id}/override", 403)
    with pytest.raises(NotAllowed):
        ask(app, cast, treatment_id, who)


def test_a_stale_readiness_is_not_signed_by_either(app: Flask, cast: Cast, okafor: Visitor) -> None:
    treatment_id = short(app, cast)
    with pytest.raises(Stale, match="not what they were"):
        ask(app, cast, treatment_id, shown="0" * 64)
    request_id = ask(app, cast, treatment_id)
    put(app, cast, code="OLD", days=10, containers=1)
    with pytest.raises(Stale, match="not what they were"):
        answer(app, cast, request_id)
    assert "The means of rescue are not what they were" in okafor.get(f"/overrides/{request_id}").text
    assert "not what they were" in post(okafor, request_id, 409).text


@pytest.mark.parametrize("shown", ["0" * 64, "", "x"])
def test_a_forged_digest_is_refused(app: Flask, cast: Cast, okafor: Visitor, shown: str) -> None:
    treatment_id = short(app, cast)
    post(okafor, ask(app, cast, treatment_id), 409, shown=shown)
    assert codes(app, cast, treatment_id) == {"interlock"}


def test_a_shelf_that_changed_after_the_answer_asks_anew(app: Flask, cast: Cast) -> None:
    treatment_id = short(app, cast)
    answer(app, cast, ask(app, cast, treatment_id))
    put(app, cast, code="OLD", days=10, containers=1)
    assert codes(app, cast, treatment_id) == {"interlock"}
    answer(app, cast, ask(app, cast, treatment_id))
    assert begin(app, cast, treatment_id) == []


def test_an_answer_is_given_once_and_never_replayed(app: Flask, cast: Cast, okafor: Visitor) -> None:
    treatment_id = short(app, cast)
    request_id = ask(app, cast, treatment_id)
    answer(app, cast, request_id, granted=False)
    assert "answered already" in post(okafor, request_id, 409).text
    assert codes(app, cast, treatment_id) == {"interlock"}


def test_an_override_of_one_treatment_opens_no_other(app: Flask, cast: Cast) -> None:
    first, second = short(app, cast), ready(app, cast)
    answer(app, cast, ask(app, cast, first))
    assert codes(app, cast, second) == {"interlock"}


def test_nobody_answered_in_time(app: Flask, cast: Cast, okafor: Visitor, nora: Visitor) -> None:
    treatment_id = short(app, cast)
    request_id = ask(app, cast, treatment_id, now=clock.now() - timedelta(minutes=31))
    with pytest.raises(Stale, match="in time"):
        answer(app, cast, request_id)
    assert "Nobody answered in time" in okafor.get(f"/overrides/{request_id}").text
    assert "Nobody is waiting" in okafor.get("/decisions").text
    assert "does not count any more" in nora.get(f"/treatments/{treatment_id}").text
    ask(app, cast, treatment_id)
    with pytest.raises(Stale, match="asked already"):
        ask(app, cast, treatment_id)


@pytest.mark.parametrize(
    ("given", "left"), [({"G05": "none"}, "prescriber"), ({"G10": "unsure"}, "screening")]
)
def test_it_overrides_the_interlock_alone(app: Flask, cast: Cast, given: dict[str, str], left: str) -> None:
    treatment_id = plan(app, cast)
    clear(app, cast, treatment_id, **given)
    measure(app, cast, treatment_id)
    consent(app, cast, treatment_id)
    put(app, cast, containers=1)
    answer(app, cast, ask(app, cast, treatment_id))
    assert codes(app, cast, treatment_id) == {left}
    with arranging(app, cast["nora"].actor) as actor:
        treatment = db.session.get_one(Treatment, treatment_id)
        lacking = treatments.start(actor, treatment, {}, today(), clock.now())
        assert {one.code for one in lacking} == {left, "F09", "F10"}


def test_a_row_without_its_signature_opens_nothing(app: Flask, cast: Cast) -> None:
    treatment_id = short(app, cast)
    request_id = ask(app, cast, treatment_id)
    with arranging(app, cast["okafor"].actor) as actor:
        other = sign(
            actor, Proved(actor.id, Proof.PIN), "rescue_override:other", "Yes", {"a": 1}, clock.now()
        )
        db.session.add(RescueOverride(
            request_id=request_id, clinic_id=cast.clinic_id, granted=True, reason="Forged",
            answered_at=clock.now(), answered_by=actor.id, signature_id=other.id))  # fmt: skip
    assert codes(app, cast, treatment_id) == {"interlock"}


def test_an_answer_signed_by_a_nurse_opens_nothing(app: Flask, cast: Cast) -> None:
    treatment_id = short(app, cast)
    request_id = ask(app, cast, treatment_id, "okafor")
    with arranging(app, cast["nora"].actor) as actor:
        asked = db.session.get_one(RescueOverrideRequest, request_id)
        row = RescueOverride(
            request_id=request_id, clinic_id=cast.clinic_id, granted=True, reason="Mine",
            answered_at=clock.now(), answered_by=actor.id,
        )  # fmt: skip
        content = overriding._answered(asked, row)
        proved = Proved(actor.id, Proof.PIN)
        row.signature_id = sign(actor, proved, f"rescue_override:{asked.id}", "Yes", content, clock.now()).id
        db.session.add(row)
    assert codes(app, cast, treatment_id) == {"interlock"}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"granted": None}, "Choose let it start, or do not"),
        ({"reason": " "}, "Write the reason in your words"),
        ({"reason": "x" * 2001}, "Use 2000 characters or fewer"),
        ({"secret": ""}, "Enter your PIN or password to sign"),
        ({"secret": "111111"}, "wrong"),
    ],
)
def test_what_is_missing_is_named(
    app: Flask, cast: Cast, okafor: Visitor, changes: dict[str, Any], message: str
) -> None:
    page = okafor.get(f"/overrides/{ask(app, cast, short(app, cast))}")
    sent = {"granted": "yes", "reason": "I stay", "secret": PASSWORD, **changes}
    assert message in page.submit("Sign the answer", 422, **sent).errors[0]


def test_a_program_hears_json(app: Flask, cast: Cast, nora: Visitor, okafor: Visitor) -> None:
    treatment_id = short(app, cast)
    asked = {"Accept": "application/json"}
    sent = {"csrf_token": nora.csrf(), "reason": WHY, "secret": PASSWORD, "shown": "0" * 64}
    answered = nora.client.post(f"/treatments/{treatment_id}/override", data=sent, headers=asked)
    assert (answered.status_code, set(answered.json or {})) == (409, {"error"})
    wrong = nora.client.post(
        f"/treatments/{treatment_id}/override", data={**sent, "reason": ""}, headers=asked
    )
    assert wrong.status_code == 422
    request_id = ask(app, cast, treatment_id)
    blank = okafor.client.post(f"/overrides/{request_id}", data={"csrf_token": okafor.csrf()}, headers=asked)
    assert blank.status_code == 422
