"""What an emergency must know is there without a tap: today's answers, older ones too (S8, S9)."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from safety import clock
from safety.db import db
from safety.screening import actions as screening
from safety.screening.lifting import Lifted, lifted
from safety.screening.models import Screening
from safety.screening.rules import BadRequest
from safety.stock.models import ProductClass
from safety.treatments import actions, known
from safety.treatments.models import Treatment
from tests.factories import Cast, arranging, looking
from tests.page import Visitor
from tests.screening import people
from tests.screening.people import today
from tests.stock.shelf import BIOSTIMULATOR, TOXIN
from tests.treatments.visits import clear, inject, plan, started

KNOWN = {
    "G22": "whole_body", "G23": "yes", "G23.reaction": "reaction", "G40": ["warfarin", "clopidogrel"],
    "G47": "yes", "G48": ["asthma_copd", "slow_pulse", "sulfa_allergy", "pde5_nitrates"], "F01": "yes",
    "F01.kind": ["permanent", "unknown"], "F01.on": "none", "F02": "unknown", "F02.areas": ["lips"],
}  # fmt: skip
SAID = (
    "Whole-body reaction to a sting", "Reaction to hyaluronidase before", "Takes an anticoagulant",
    "Takes an antiplatelet medicine", "No aspirin", "Asthma or COPD", "Slow pulse", "Sulfa allergy",
    "Takes Viagra-type medicines or nitrates", "Had permanent filler before",
    "Kind of earlier filler not known", "Lips: permanent filler here not known",
)  # fmt: skip


def patient_of(app: Flask, treatment_id: str) -> str:
    with looking(app):
        return db.session.get_one(Treatment, treatment_id).patient_id


def flags(app: Flask, cast: Cast, treatment_id: str) -> list[dict[str, str]]:
    """What an emergency from this treatment opens with."""
    with looking(app, cast.clinic_id):
        found = actions.open_context(None, None, treatment_id, today())
        assert found is not None
        return list(found["flags"])


def earlier(app: Flask, cast: Cast, days: int, **given: Any) -> str:
    """Patient of a screening so many days ago, answered so."""
    screening_id = people.screened(app, cast, **given)
    with arranging(app, cast["nora"].actor):
        row = db.session.get_one(Screening, screening_id)
        row.on, row.started_at = row.on - timedelta(days=days), row.started_at - timedelta(days=days)
        return row.patient_id


def test_it_works(app: Flask, cast: Cast, nora: Visitor) -> None:
    """The same answers on the treatment's page, in the interlock's answer, and on the run's first screen."""
    treatment_id = plan(app, cast)
    clear(app, cast, treatment_id, **KNOWN)
    texts = [flag["text"] for flag in flags(app, cast, treatment_id)]
    assert [said for said in SAID if said not in texts] == []
    page = nora.get(f"/treatments/{treatment_id}")
    assert [said for said in SAID if said not in page.text] == []
    sent = {"csrf_token": nora.csrf()}
    answer = nora.client.post(
        f"/treatments/{treatment_id}/start", data=sent, headers={"Accept": "application/json"}
    )
    assert answer.json is not None
    assert [one["text"] for one in answer.json["flags"]] == texts
    kit = nora.client.get(f"/emergencies/kit.json?treatment={treatment_id}").json
    assert kit is not None
    assert [flag["text"] for flag in kit["context"]["flags"]] == texts


def test_an_unfinished_screening_is_lifted_as_far_as_it_goes(app: Flask, cast: Cast) -> None:
    treatment_id = plan(app, cast)
    with looking(app):
        screening_id = db.session.get_one(Treatment, treatment_id).screening_id
    assert screening_id
    people.answer(app, cast, screening_id, {"G47": "yes"})
    said = flags(app, cast, treatment_id)
    assert said[0] == {"code": "aspirin_no", "text": "No aspirin"}
    assert said[1]["code"] == "not_asked"
    for about in ("reaction to stings", "reaction to hyaluronidase", "blood thinners", "earlier filler"):
        assert about in said[1]["text"]
    assert "aspirin" not in said[1]["text"]


def test_what_was_said_before_stands_in_with_its_day(app: Flask, cast: Cast) -> None:
    patient_id = earlier(app, cast, 40, G22="whole_body", G47="yes")
    treatment_id = plan(app, cast, patient_id=patient_id)
    then = today() - timedelta(days=40)
    said = {flag["text"] for flag in flags(app, cast, treatment_id)}
    assert f"No aspirin (said on {then.day} {then:%b %Y})" in said
    assert f"Whole-body reaction to a sting (said on {then.day} {then:%b %Y})" in said
    assert not any(text.startswith("Not asked yet") for text in said), "all of it was asked before"


def test_todays_answer_replaces_the_old_one(app: Flask, cast: Cast) -> None:
    treatment_id = plan(app, cast, patient_id=earlier(app, cast, 40, G47="yes"))
    clear(app, cast, treatment_id)
    assert [flag for flag in flags(app, cast, treatment_id) if "spirin" in flag["text"]] == []


def test_the_newest_that_knows_counts(app: Flask, cast: Cast) -> None:
    patient_id = earlier(app, cast, 40, G47="yes")
    with arranging(app, cast["nora"].actor) as actor:
        newer = screening.start(
            actor, patient_id=patient_id, plan=people.LIPS, on=today(), first_visit=False, now=clock.now()
        ).id
    people.answer(app, cast, newer, {"G47": "unknown"})
    treatment_id = plan(app, cast, patient_id=patient_id)
    said = [flag["text"] for flag in flags(app, cast, treatment_id) if "spirin" in flag["text"]]
    assert len(said) == 1
    assert said[0].startswith("No aspirin (said on")


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("G22", "Whole-body reaction to a sting: not known"),
        ("G47", "No aspirin: not known"),
        ("G40", "Takes an anticoagulant: not known"),
    ],
)
def test_not_known_is_said_to_be_not_known(app: Flask, cast: Cast, question: str, text: str) -> None:
    treatment_id = plan(app, cast)
    clear(app, cast, treatment_id, **{question: "unknown"})
    assert text in [flag["text"] for flag in flags(app, cast, treatment_id)]


def test_not_known_today_does_not_hide_what_was_known(app: Flask, cast: Cast) -> None:
    treatment_id = plan(app, cast, patient_id=earlier(app, cast, 40, G22="whole_body"))
    clear(app, cast, treatment_id, G22="unknown")
    said = [flag["text"] for flag in flags(app, cast, treatment_id) if "sting" in flag["text"]]
    assert said[0] == "Whole-body reaction to a sting: not known"
    assert said[1].startswith("Whole-body reaction to a sting (said on")


def test_our_own_fillers_are_named_area_by_area(app: Flask, cast: Cast, nora: Visitor) -> None:
    first, lot_id = started(app, cast, product=BIOSTIMULATOR, areas=("left_cheek",), amount=1500)
    inject(app, cast, first, lot_id, area="left_cheek", side="left", amount=500)
    patient_id = patient_of(app, first)
    second, filler = started(app, cast, patient_id=patient_id)
    inject(app, cast, second, filler, amount=300)
    on = f"{today().day} {today():%b %Y}"
    other = {
        "code": "our_other_filler",
        "text": f"Left cheek: Radiesse 1.5 mL, does not dissolve, lot F77, {on}",
    }
    assert flags(app, cast, second) == [other], "its own injections are no history"
    third = plan(app, cast, product=TOXIN, areas=("glabella",), amount=20, patient_id=patient_id)
    texts = [flag["text"] for flag in flags(app, cast, third)]
    assert other["text"] in texts
    assert any("Lips" in text and "hyaluronic acid, lot F77" in text for text in texts)
    assert other["text"] in nora.get(f"/treatments/{third}").text


def test_an_old_filler_changes_nothing_of_what_is_dissolved(app: Flask, cast: Cast) -> None:
    """The marker is a line to read: product and areas of the run stay those of this treatment."""
    first, lot_id = started(app, cast, product=BIOSTIMULATOR, areas=("left_cheek",), amount=1500)
    inject(app, cast, first, lot_id, area="left_cheek", side="left", amount=500)
    second, filler = started(app, cast, patient_id=patient_of(app, first))
    inject(app, cast, second, filler, amount=300)
    with looking(app, cast.clinic_id):
        found = actions.open_context(None, None, second, today())
    assert found is not None
    assert (found["product_class"], found["areas"]) == ("ha_filler", ["upper_lip", "lower_lip_chin"])


def test_what_cannot_be_read_never_stops_an_emergency(
    app: Flask, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> list[Lifted]:
        raise BadRequest(["a brand no questionnaire knows"])

    treatment_id = plan(app, cast)
    monkeypatch.setattr(known, "lifted", broken)
    assert flags(app, cast, treatment_id) == [
        {"code": "answers_unreadable", "text": "Screening answers cannot be read: ask the patient"}
    ]


def test_a_patient_without_any_screening_has_nothing_to_lift(app: Flask, cast: Cast) -> None:
    with looking(app, cast.clinic_id):
        assert lifted("nobody", None) == []
    assert set(known.KIND) == {ProductClass.HA_FILLER, ProductClass.BIOSTIMULATOR}


def test_another_clinics_answers_are_not_lifted(app: Flask, cast: Cast) -> None:
    patient_id = earlier(app, cast, 40, G47="yes")
    with looking(app, cast.other_clinic_id):
        assert lifted(patient_id, None) == []
