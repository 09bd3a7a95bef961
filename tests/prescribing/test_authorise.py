"""Toxin only with a prescriber's word, bound to patient, product, area, amount and day (P4)."""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from safety import clock
from safety.audit.models import AuditEntry
from safety.db import db
from safety.prescribing import actions
from safety.prescribing.models import Authorisation
from safety.screening.actions import NotAllowed, Stale
from safety.staff.actions import Proved, sign
from safety.staff.models import Member, Proof
from safety.stock.actions import Refused
from safety.treatments.models import PlanItem, Treatment
from tests.factories import PIN, Cast, arranging, looking
from tests.page import Visitor
from tests.prescribing.words import filled, say, toxin
from tests.screening.people import today
from tests.stock.shelf import BIOSTIMULATOR, TOXIN, put
from tests.treatments.visits import authorise, begin, inject, plan, ready, started

LESS: dict[str, Any] = {
    "choice": "authorise_with_limits", "reason": "Lower dose first", "most_0": "10", "areas_0": "glabella",
}  # fmt: skip


def words(app: Flask) -> list[Authorisation]:
    with looking(app):
        return list(db.session.scalars(sa.select(Authorisation)))


def codes(app: Flask, cast: Cast, treatment_id: str) -> list[str]:
    """What keeps it from starting."""
    return [one.code for one in begin(app, cast, treatment_id)]


def texts(app: Flask, cast: Cast, treatment_id: str) -> str:
    return " | ".join(one.text for one in begin(app, cast, treatment_id) if one.code == "authorisation")


def test_it_works(app: Flask, cast: Cast, nora: Visitor, okafor: Visitor) -> None:
    treatment_id = toxin(app, cast)
    assert codes(app, cast, treatment_id) == ["authorisation"]
    page = nora.get(f"/treatments/{treatment_id}")
    assert "Botox 100 needs a prescriber's authorisation" in page.text
    page = say(okafor, treatment_id)
    assert "Authorised by Dr Chidi Okafor" in page.text
    assert "At most 20 units of Botox 100" in page.text
    (row,) = words(app)
    assert row.items[0] | {"item": ""} == {
        "item": "", "product_id": row.items[0]["product_id"], "name": "Botox 100", "product_class": "toxin",
        "brand": "botox", "areas": ["glabella"], "amount": 20, "unit": "units",
    }  # fmt: skip
    assert (row.patient_id, row.on, row.examined_on) == (row.patient_id, today(), today())
    nora.get(f"/treatments/{treatment_id}").submit("Start treatment")


def test_the_page_shows_all_a_prescriber_needs(app: Flask, cast: Cast, okafor: Visitor) -> None:
    first, lot_id = started(app, cast)
    inject(app, cast, first, lot_id, amount=300)
    with looking(app):
        patient_id = db.session.get_one(Treatment, first).patient_id
    second = plan(app, cast, product=TOXIN, areas=("glabella",), amount=20, patient_id=patient_id)
    page = okafor.get(f"/treatments/{second}/authorisation")
    for said in ("Born", "20 units", "lot F77: Lips 0.3 millilitres", "Needs your authorisation"):
        assert said in page.html, said
    assert page.has("a", href=f"/emergencies/new?treatment={second}")


def test_a_filler_needs_no_authorisation(app: Flask, cast: Cast, okafor: Visitor) -> None:
    treatment_id = ready(app, cast, product=BIOSTIMULATOR, areas=("left_cheek",))
    put(app, cast)
    assert begin(app, cast, treatment_id) == []
    assert (
        "Nothing here needs an authorisation" in okafor.get(f"/treatments/{treatment_id}/authorisation").text
    )


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"choice": None}, "Choose authorise, authorise with limits, or refuse"),
        ({"examined": None}, "Say whether you examined"),
        ({"examined": "no"}, "Examine the patient in person first"),
        ({"examined_on-day": None, "examined_on-month": None, "examined_on-year": None}, "Enter the day"),
        ({"examined_on-day": 31, "examined_on-month": 2}, "There is no such day"),
        ({"examined_on-year": 2199}, "This day is still to come"),
        ({"choice": "refuse"}, "Write the reason in your words"),
        ({**LESS, "most_0": ""}, "Enter whole"),
        ({**LESS, "most_0": "0"}, "above zero"),
        ({**LESS, "most_0": "200"}, "at most 20"),
        ({**LESS, "most_0": "2,5"}, "without"),
        ({**LESS, "most_0": "-5"}, "Enter whole"),
        ({**LESS, "areas_0": None}, "at least one of the planned"),
        ({**LESS, "reason": None}, "Write the reason"),
        ({"remote": True}, "Choose somebody who works here"),
        ({"secret": ""}, "Enter your PIN or password to sign"),
        ({"secret": "000000"}, "wrong"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_at_its_field_and_nothing_is_stored(
    app: Flask, cast: Cast, okafor: Visitor, changes: dict[str, Any], message: str
) -> None:
    page = say(okafor, toxin(app, cast), 422, **changes)
    assert any(message in error for error in page.errors), page.errors
    assert words(app) == []


def test_limits_hold_at_start_and_at_each_injection(app: Flask, cast: Cast, okafor: Visitor) -> None:
    treatment_id = toxin(app, cast, areas=("glabella", "forehead"))
    say(okafor, treatment_id, **LESS)
    assert "did not authorise Botox 100 there: forehead" in texts(app, cast, treatment_id)
    say(okafor, treatment_id, **{**LESS, "areas_0": ["glabella", "forehead"]})
    assert "authorised at most 10 units of Botox 100" in texts(app, cast, treatment_id)
    with arranging(app, cast["nora"].actor):
        db.session.scalars(sa.select(PlanItem)).one().amount = 10
    assert begin(app, cast, treatment_id) == []
    lot_id = put(app, cast, TOXIN, code="DILUTED")
    inject(app, cast, treatment_id, lot_id, area="glabella", amount=6)
    with pytest.raises(Refused, match="at most 10 units") as refused:
        inject(app, cast, treatment_id, lot_id, area="glabella", amount=5, reason="More was needed")
    assert refused.value.field == "amount"
    inject(app, cast, treatment_id, lot_id, area="glabella", amount=4)


def test_a_refusal_stands_until_the_next_word(app: Flask, cast: Cast, okafor: Visitor) -> None:
    treatment_id = toxin(app, cast)
    page = say(okafor, treatment_id, choice="refuse", reason="See me first", examined=None)
    assert "Refused by Dr Chidi Okafor" in page.text or "Dr Chidi Okafor refused" in page.text
    assert texts(app, cast, treatment_id) == "Dr Chidi Okafor refused Botox 100: See me first"
    say(okafor, treatment_id)
    assert begin(app, cast, treatment_id) == []


def test_from_elsewhere_says_who_phoned_and_who_read_back(app: Flask, cast: Cast, okafor: Visitor) -> None:
    treatment_id, nora = toxin(app, cast), cast["nora"]
    page = say(okafor, treatment_id, remote=True, phoned_by=nora.id, read_back_by=nora.id, secret=PIN)
    assert "Decided from elsewhere. Phoned by Nora Quinn, read back by Nora Quinn" in page.text


@pytest.mark.parametrize("who", ["okafor", "eve", "sam", "ada", "nobody"])
def test_nobody_reads_back_to_themself_and_no_stranger_does(
    app: Flask, cast: Cast, okafor: Visitor, who: str
) -> None:
    treatment_id, other = toxin(app, cast), "nobody" if who == "nobody" else cast[who].id
    url = f"/treatments/{treatment_id}/authorisation"
    shown = okafor.get(url).find("input", name="shown")["value"]
    sent = filled(shown=shown, remote="y", phoned_by=cast["nora"].id, read_back_by=other)
    assert okafor.post(url, sent, 422).errors[0].startswith("Error: Choose")
    assert words(app) == []


def test_a_prescriber_who_treats_is_shown_as_self_authorised(
    app: Flask, cast: Cast, nora: Visitor, okafor: Visitor
) -> None:
    treatment_id = toxin(app, cast)
    say(okafor, treatment_id)
    assert "self-authorised" not in nora.get(f"/treatments/{treatment_id}").text
    okafor.get(f"/treatments/{treatment_id}").submit("Start treatment")
    assert "self-authorised" in nora.get(f"/treatments/{treatment_id}").text


# --- forged, moved, replayed ---


@pytest.mark.parametrize("who", ["nora", "sam"])
def test_a_wrong_role_signs_nothing(app: Flask, cast: Cast, signed_in: Any, who: str) -> None:
    treatment_id = toxin(app, cast)
    page = signed_in(who).get(f"/treatments/{treatment_id}/authorisation")
    assert not page.has("button", text="Sign")
    signed_in(who).post(f"/treatments/{treatment_id}/authorisation", {"choice": "authorise"}, 403)
    with pytest.raises(NotAllowed):
        authorise(app, cast, treatment_id, by=who)
    assert codes(app, cast, treatment_id) == ["authorisation"]


@pytest.mark.parametrize("who", ["eve", "eve_prescriber", "eve_director"])
def test_another_clinic_finds_nothing_to_sign(app: Flask, cast: Cast, signed_in: Any, who: str) -> None:
    treatment_id = toxin(app, cast)
    signed_in(who).get(f"/treatments/{treatment_id}/authorisation", 404)
    signed_in(who).post(f"/treatments/{treatment_id}/authorisation", {"choice": "authorise"}, 404)
    assert words(app) == []


def test_a_prescriber_who_left_signs_nothing(app: Flask, cast: Cast) -> None:
    treatment_id = toxin(app, cast)
    with arranging(app, cast["ada"].actor):
        db.session.get_one(Member, cast["okafor"].id).left_at = db.session.get_one(
            Member, cast["okafor"].id
        ).joined_at
    with pytest.raises(NotAllowed):
        authorise(app, cast, treatment_id)


def test_what_changed_since_it_was_shown_is_not_signed(app: Flask, cast: Cast, okafor: Visitor) -> None:
    treatment_id = toxin(app, cast)
    with pytest.raises(Stale):
        authorise(app, cast, treatment_id, shown="0" * 64)
    page = okafor.get(f"/treatments/{treatment_id}/authorisation")
    with arranging(app, cast["nora"].actor):
        db.session.scalars(sa.select(PlanItem)).one().amount = 40
    page.submit("Sign", 409, **filled())
    assert words(app) == []


def test_the_page_of_one_treatment_signs_no_other(app: Flask, cast: Cast, okafor: Visitor) -> None:
    first, second = toxin(app, cast), toxin(app, cast)
    shown = okafor.get(f"/treatments/{first}/authorisation").find("input", name="shown")["value"]
    say(okafor, second, 409, shown=shown)
    assert words(app) == []


def forged(app: Flask, cast: Cast, who: str, right: bool = False, **changes: Any) -> None:
    """Somebody with the database in hand adds a row like the honest one, with a signature of `who`.

    `right`: the signature is over this very row; otherwise it was made for something else.
    """
    (row,) = words(app)
    honest = {column.name: getattr(row, column.name) for column in Authorisation.__table__.columns}
    late = row.decided_at + timedelta(seconds=1)
    new = {**honest, "id": "f" * 36, "decided_at": late, "decided_by": cast[who].id, **changes}
    with arranging(app, cast[who].actor) as actor:
        copy = Authorisation(**new)
        content = actions.signed(copy) if right else {"something": "else"}
        proved = Proved(actor.id, Proof.PIN)
        copy.signature_id = sign(
            actor, proved, f"authorisation:{copy.id}", "My word", content, clock.now()
        ).id
        db.session.add(copy)


FORGED: list[tuple[str, bool, dict[str, Any]]] = [
    ("okafor", False, {}),
    ("okafor", False, {"reason": "Another reason"}),
    ("nora", True, {}),
    ("sam", True, {}),
    ("nora", False, {}),
    ("nora", True, {"decided_by": "okafor"}),
]


@pytest.mark.parametrize(("who", "right", "changes"), FORGED)
def test_a_forged_row_does_not_fit_its_signature(
    app: Flask, cast: Cast, who: str, right: bool, changes: dict[str, Any]
) -> None:
    treatment_id = toxin(app, cast)
    authorise(app, cast, treatment_id)
    if "decided_by" in changes:
        changes = {"decided_by": cast[changes["decided_by"]].id}
    forged(app, cast, who, right, **changes)
    assert "does not fit its signature" in texts(app, cast, treatment_id)


def test_a_word_moved_to_another_treatment_does_not_fit(app: Flask, cast: Cast) -> None:
    first, second = toxin(app, cast), toxin(app, cast)
    authorise(app, cast, first)
    forged(app, cast, "okafor", about=f"treatment:{second}")
    assert "does not fit its signature" in texts(app, cast, second)


def test_a_word_signed_for_another_patient_opens_nothing(app: Flask, cast: Cast) -> None:
    first, second = toxin(app, cast), toxin(app, cast)
    authorise(app, cast, first)
    forged(app, cast, "okafor", right=True, about=f"treatment:{second}")
    assert "is another patient's" in texts(app, cast, second)


def test_a_word_of_yesterday_opens_nothing(app: Flask, cast: Cast) -> None:
    treatment_id = toxin(app, cast)
    authorise(app, cast, treatment_id)
    forged(app, cast, "okafor", right=True, on=today() - timedelta(days=1))
    assert "counts for" in texts(app, cast, treatment_id)


def test_a_running_treatment_whose_word_is_forged_injects_nothing_more(app: Flask, cast: Cast) -> None:
    treatment_id, lot_id = started(app, cast, product=TOXIN, areas=("glabella",), amount=20)
    inject(app, cast, treatment_id, lot_id, area="glabella", amount=10)
    forged(app, cast, "okafor")
    with pytest.raises(Refused, match="does not fit its signature"):
        inject(app, cast, treatment_id, lot_id, area="glabella", amount=10)


def test_the_pages_and_programs_are_refused_alike(app: Flask, cast: Cast, nora: Visitor) -> None:
    treatment_id = toxin(app, cast)
    page = nora.get(f"/treatments/{treatment_id}").submit("Start treatment", 409)
    assert "needs a prescriber's authorisation" in page.text
    answer = nora.client.post(
        f"/treatments/{treatment_id}/start",
        data={"csrf_token": nora.csrf()},
        headers={"Accept": "application/json"},
    )
    assert answer.status_code == 409
    assert answer.json is not None
    assert [one["code"] for one in answer.json["missing"]] == ["authorisation"]


def test_a_program_signs_and_is_refused_in_json(app: Flask, cast: Cast, okafor: Visitor) -> None:
    treatment_id = toxin(app, cast)
    url, asked = f"/treatments/{treatment_id}/authorisation", {"Accept": "application/json"}
    sent = {**filled(shown="0" * 64), "csrf_token": okafor.csrf()}
    stale = okafor.client.post(url, data=sent, headers=asked)
    assert (stale.status_code, set(stale.json or {})) == (409, {"error"})
    wrong = okafor.client.post(url, data={**sent, "examined": "no"}, headers=asked)
    assert (wrong.status_code, "examined" in (wrong.json or {})["errors"]) == (422, True)
    shown = okafor.get(url).find("input", name="shown")["value"]
    assert okafor.client.post(url, data={**sent, "shown": shown}, headers=asked).status_code == 200
    assert len(words(app)) == 1


def test_an_authorisation_is_not_changed_afterwards(app: Flask, cast: Cast) -> None:
    authorise(app, cast, toxin(app, cast))
    with arranging(app, cast["okafor"].actor):
        db.session.scalars(sa.select(Authorisation)).one().reason = "Other words"
        with pytest.raises(sa.exc.DBAPIError):
            db.session.flush()
        db.session.rollback()


def test_only_on_the_day_of_the_visit(app: Flask, cast: Cast, okafor: Visitor) -> None:
    treatment_id = plan(app, cast, product=TOXIN, areas=("glabella",), amount=20, days=1)
    assert (
        "Authorised on the day of the visit" in okafor.get(f"/treatments/{treatment_id}/authorisation").text
    )
    with pytest.raises(Stale):
        authorise(app, cast, treatment_id)


def test_it_stands_in_the_log_without_words_about_the_patient(
    app: Flask, cast: Cast, okafor: Visitor
) -> None:
    treatment_id = toxin(app, cast)
    say(okafor, treatment_id, **{**LESS, "reason": "Frail skin"})
    with looking(app):
        entry = db.session.scalars(
            sa.select(AuditEntry).where(AuditEntry.action == "prescribing.authorised")
        ).one()
        assert b"authorise_with_limits" in entry.body
        assert b"Frail" not in entry.body
