"""Dissolving with no emergency: authorised, never from the reserve; an emergency asks neither."""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from safety import clock
from safety.audit import log
from safety.db import db
from safety.prescribing import actions, dissolving, links
from safety.prescribing.dissolving import Giving, Planning
from safety.prescribing.models import Authorisation, Dissolving, DissolvingDose
from safety.prescribing.rules import Grant
from safety.staff.actions import Proved
from safety.staff.models import Proof
from safety.stock.actions import Refused
from safety.stock.models import StockMovement
from tests.emergency.tablet import of
from tests.factories import Cast, arranging, looking
from tests.page import Visitor
from tests.patients.people import add_patient
from tests.prescribing.words import filled
from tests.screening.people import today
from tests.stock.shelf import FILLER, HYALASE, HYLENEX, add_product, held, put

UNITS = 300


def planned(app: Flask, cast: Cast, units: int = UNITS, **changes: Any) -> str:
    """Id of a dissolving in the lips, planned today."""
    product_id = add_product(app, cast["nora"].actor)
    patient_id = add_patient(app, cast, "Grace", "Moreau", f"1991-03-{units % 27 + 1:02d}")
    said: dict[str, Any] = {
        "product_id": product_id, "areas": ["lips"], "units": units, "reason": "Lump after filler elsewhere",
        "sting": "no", "reaction": "never", **changes,
    }  # fmt: skip
    with arranging(app, cast["nora"].actor) as actor:
        return dissolving.plan(actor, patient_id, Planning(**said), today(), clock.now()).id


def authorise(app: Flask, cast: Cast, dissolving_id: str, by: str = "okafor", **changes: Any) -> None:
    about = f"dissolving:{dissolving_id}"
    with arranging(app, cast[by].actor) as actor:
        plan = links.plan(about)
        assert plan
        said: dict[str, Any] = {
            "choice": Grant.AUTHORISE, "limits": {}, "reason": None, "examined_on": today(),
            "elsewhere": None, "shown": actions.fingerprint(plan), **changes,
        }  # fmt: skip
        proved = Proved(actor.id, Proof.PIN)
        actions.authorise(actor, proved, about, actions.Authorising(**said), today(), clock.now())


def give(app: Flask, cast: Cast, dissolving_id: str, lot_id: str, **changes: Any) -> None:
    said: dict[str, Any] = {"lot_id": lot_id, "units": {"lips": UNITS}, "dilution_ul": 5000, **changes}
    on = said.pop("on", today())
    with arranging(app, cast["nora"].actor) as actor:
        dissolving.give(actor, dissolving_id, Giving(**said), on, clock.now())


def doses(app: Flask) -> list[DissolvingDose]:
    with looking(app):
        return list(db.session.scalars(sa.select(DissolvingDose)))


def test_it_works(app: Flask, cast: Cast, nora: Visitor, okafor: Visitor) -> None:
    lot_id = put(app, cast, containers=5)
    patient_id = add_patient(app, cast, "Grace", "Moreau", "1991-03-12")
    page = nora.get(f"/patients/{patient_id}").click("Dissolve filler, no emergency")
    product_id = add_product(app, cast["nora"].actor)
    typed = {"product_id": product_id, "areas": "lips", "units": "300", "reason": "Lump",
             "sting": "whole_body", "reaction": "reaction"}  # fmt: skip
    page = page.submit("Ask the prescriber", 200, **typed)
    for said in (
        "Whole-body reaction to a sting", "Reaction to hyaluronidase before", "allergy advice before",
        "needs a prescriber's authorisation", "1500 units in 5 millilitres: 1 millilitre",
        "1500 units in 1 millilitre: 0.2 millilitres",
    ):  # fmt: skip
        assert said in page.text, said
    assert not page.has("button", text="Record what was given")
    page = okafor.get("/decisions").click("Grace Moreau")
    assert "Whole-body reaction to a sting" in page.text
    page = page.submit("Sign", 200, **filled())
    here = page.url
    page = nora.get(here).submit("Record what was given", 200, lot_id=lot_id, dilution="5000", units_0="300")
    assert "Given" in page.text
    (dose,) = doses(app)
    assert (dose.area, dose.units, dose.dilution_ul, dose.lot_id) == ("lips", 300, 5000, lot_id)
    assert held(app, lot_id).containers == 4
    with looking(app, cast.clinic_id):
        assert actions.last_dissolved(patient_id) == {"lips": today()}
    assert "Filler dissolved" in nora.get(f"/patients/{patient_id}").text


def test_without_a_prescribers_word_nothing_is_given(app: Flask, cast: Cast) -> None:
    lot_id, dissolving_id = put(app, cast, containers=9), planned(app, cast)
    with pytest.raises(Refused, match="needs a prescriber's authorisation"):
        give(app, cast, dissolving_id, lot_id)
    authorise(app, cast, dissolving_id, choice=Grant.REFUSE, reason="Ultrasound first")
    with pytest.raises(Refused, match="refused Hyalase"):
        give(app, cast, dissolving_id, lot_id)
    assert doses(app) == []
    assert held(app, lot_id).containers == 9


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"units": {"lips": UNITS + 1}}, "at most 300 units"),
        ({"units": {"lips": 200, "nose": 100}}, "did not authorise Hyalase.* there: nose"),
        ({"units": {}}, "at least one area"),
        ({"units": {"lips": 0}}, "at least one area"),
        ({"on": today() + timedelta(days=1)}, "another day"),
        ({"lot_id": "nowhere"}, "Choose a lot"),
    ],
)
def test_what_goes_beyond_is_refused(app: Flask, cast: Cast, changes: dict[str, Any], message: str) -> None:
    lot_id, dissolving_id = put(app, cast, containers=9), planned(app, cast)
    authorise(app, cast, dissolving_id)
    with pytest.raises(Refused, match=message):
        give(app, cast, dissolving_id, **{"lot_id": lot_id, **changes})
    assert held(app, lot_id).containers == 9


def test_two_gifts_add_up_to_what_was_authorised(app: Flask, cast: Cast) -> None:
    lot_id, dissolving_id = put(app, cast, containers=9), planned(app, cast)
    authorise(app, cast, dissolving_id)
    give(app, cast, dissolving_id, lot_id, units={"lips": 200})
    with pytest.raises(Refused, match="at most 300 units"):
        give(app, cast, dissolving_id, lot_id, units={"lips": 101})
    give(app, cast, dissolving_id, lot_id, units={"lips": 100})


@pytest.mark.parametrize(("containers", "allowed"), [(1, False), (2, False), (3, True)])
def test_the_reserve_stays(app: Flask, cast: Cast, containers: int, allowed: bool) -> None:
    lot_id, dissolving_id = put(app, cast, containers=containers), planned(app, cast)
    authorise(app, cast, dissolving_id)
    with looking(app):
        before = log.size()
    if allowed:
        give(app, cast, dissolving_id, lot_id)
        assert held(app, lot_id).containers == 2
        return
    with pytest.raises(Refused, match="The emergency reserve would be cut: Needed 3000 units"):
        give(app, cast, dissolving_id, lot_id)
    assert held(app, lot_id).containers == containers
    assert doses(app) == []
    with looking(app):
        assert log.size() == before


@pytest.mark.parametrize("days", [-1])
def test_an_expired_lot_is_refused(app: Flask, cast: Cast, days: int) -> None:
    old, dissolving_id = put(app, cast, code="OLD", days=days), planned(app, cast)
    put(app, cast, containers=9)
    authorise(app, cast, dissolving_id)
    with pytest.raises(Refused, match="cannot be used"):
        give(app, cast, dissolving_id, old)


def test_another_product_than_the_authorised_is_refused(app: Flask, cast: Cast) -> None:
    put(app, cast, containers=9)
    other, dissolving_id = put(app, cast, HYLENEX, code="X1", containers=40), planned(app, cast)
    authorise(app, cast, dissolving_id)
    with pytest.raises(Refused, match="cannot be used"):
        give(app, cast, dissolving_id, other)


def test_an_emergency_asks_no_word_and_no_reserve_and_says_so(app: Flask, cast: Cast) -> None:
    lot_id, tablet = put(app, cast, containers=1), of(app, cast)
    dose = tablet.event("dose_given", 60, units=1500, lot=lot_id, lot_code="H0118L")
    said = tablet.send(tablet.start(), dose)
    assert set(said["results"].values()) == {"stored"}
    assert held(app, lot_id).containers == 0
    with looking(app):
        assert db.session.scalars(sa.select(Authorisation)).all() == []
        lines = db.session.scalars(
            sa.select(StockMovement).where(StockMovement.emergency_event_id.is_not(None))
        )
        assert {line.reason for line in lines} == {"Emergency use under the standing protocol"}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"product_id": "nowhere"}, "Choose hyaluronidase"),
        ({"product_id": "filler"}, "Choose hyaluronidase"),
        ({"areas": []}, "at least one area"),
        ({"areas": ["elbow"]}, "at least one area"),
        ({"units": 0}, "above zero"),
    ],
)
def test_what_cannot_be_planned_is_refused(
    app: Flask, cast: Cast, changes: dict[str, Any], message: str
) -> None:
    if changes.get("product_id") == "filler":
        changes = {"product_id": add_product(app, cast["nora"].actor, FILLER)}
    with pytest.raises(Refused, match=message):
        planned(app, cast, **changes)


def test_what_is_missing_is_named_at_its_field(app: Flask, cast: Cast, nora: Visitor) -> None:
    put(app, cast, HYALASE)
    patient_id = add_patient(app, cast, "Grace", "Moreau", "1991-03-12")
    page = nora.get(f"/patients/{patient_id}/dissolvings/new").submit("Ask the prescriber", 422, units="3,5")
    assert page.errors == [
        "Error: Choose the hyaluronidase", "Error: Choose at least one area",
        "Error: Enter whole units in digits, without point or comma", "Error: Write why",
        "Error: Ask, and choose an answer", "Error: Ask, and choose an answer",
    ]  # fmt: skip
    with looking(app):
        assert db.session.scalars(sa.select(Dissolving)).all() == []


@pytest.mark.parametrize(
    ("sting", "reaction", "expected"),
    [
        ("no", "never", []),
        ("local", "none", ["Local reaction to a sting", "Had hyaluronidase before, no reaction"]),
        ("unknown", "never", ["Whole-body reaction to a sting: not known"]),
        ("no", "unknown", ["Reaction to hyaluronidase before: not known"]),
        ("no", "anaphylaxis", ["Anaphylaxis to hyaluronidase before"]),
    ],
)
def test_what_was_said_of_allergies_is_never_left_out(
    app: Flask, cast: Cast, sting: str, reaction: str, expected: list[str]
) -> None:
    dissolving_id = planned(app, cast, sting=sting, reaction=reaction)
    with looking(app, cast.clinic_id):
        flags = dissolving.allergies(db.session.get_one(Dissolving, dissolving_id))
    assert [one.text for one in flags if one.code != "allergy_advice"] == expected


@pytest.mark.parametrize(("who", "status"), [("eve", 404), ("eve_prescriber", 404), ("ada", 403)])
def test_strangers_see_and_give_nothing(
    app: Flask, cast: Cast, signed_in: Any, who: str, status: int
) -> None:
    dissolving_id = planned(app, cast)
    signed_in(who).get(f"/dissolvings/{dissolving_id}", status)
    signed_in(who).post(f"/dissolvings/{dissolving_id}", {"lot_id": "x"}, status)
    signed_in("sam").post(f"/dissolvings/{dissolving_id}", {"lot_id": "x"}, 403)
