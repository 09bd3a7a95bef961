"""What a decision is bound to, and the limits it sets."""

from typing import Any

import pytest
from flask import Flask

from safety.db import db
from safety.screening.binding import beyond, changes, in_short
from safety.stock.actions import Refused
from safety.treatments import reading
from safety.treatments.models import Treatment
from tests.factories import PASSWORD, Cast, arranging, looking
from tests.page import Page, Visitor
from tests.screening.people import today
from tests.stock.shelf import FILLER, put
from tests.treatments.visits import begin, clear, consent, inject, measure, plan

ITEM: dict[str, Any] = {
    "item": "i1", "name": "Lip filler", "brand": "juvederm", "areas": ["lips", "chin"], "amount": 1000,
    "unit": "ul",
}  # fmt: skip
PLAN = {"patient": "p", "on": "2026-11-25", "items": [ITEM]}
BOUNDS = {"most": [{"item": "i1", "name": "Lip filler", "amount": 500, "unit": "ul"}], "not_areas": ["chin"]}


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({}, None),
        ({"patient": "q"}, "another one"),
        ({"on": "2026-11-26"}, "The day was 2026-11-25"),
        ({"items": []}, "There were 1 product planned and are 0 products"),
        ({"items": [ITEM, ITEM]}, "are 2 products"),
        ({"items": [{**ITEM, "amount": 2000}]}, "1 millilitre became Juvederm, lips, chin, 2 millilitres"),
        ({"items": [{**ITEM, "areas": ["lips", "nose"]}]}, "became Juvederm, lips, nose"),
        ({"items": [{**ITEM, "brand": "teosyal"}]}, "became Teosyal"),
    ],
)
def test_it_works(changed: dict[str, Any], words: str | None) -> None:
    found = changes(PLAN, {**PLAN, **changed})
    assert (words in found[0]) if words else found == []


@pytest.mark.parametrize(
    ("change", "fine"),
    [
        ({"amount": 500}, True),
        ({"areas": ["lips"]}, True),
        ({"amount": 1001}, False),
        ({"areas": ["lips", "chin", "nose"]}, False),
        ({"brand": "teosyal"}, False),
    ],
)
def test_less_of_the_same_may_be_fine(change: dict[str, Any], fine: bool) -> None:
    assert (changes(PLAN, {**PLAN, "items": [{**ITEM, **change}]}, less_is_fine=True) == []) is fine


@pytest.mark.parametrize(
    ("one", "fields"),
    [
        ({"areas": ["lips"], "amount": 500}, []),
        ({"areas": ["lips"], "amount": 501}, ["amount"]),
        ({"areas": ["chin"], "amount": 1}, ["area"]),
        ({"amount": 1000}, ["area", "amount"]),
        ({"name": "Another", "areas": ["lips"]}, []),
    ],
)
def test_limits_hold_for_product_and_area(one: dict[str, Any], fields: list[str]) -> None:
    assert [field for field, _ in beyond(BOUNDS, [{**ITEM, **one}])] == fields
    assert beyond(None, [{**ITEM, **one}]) == []


def test_limits_in_short() -> None:
    assert in_short(BOUNDS) == ["At most 0.5 millilitres of Lip filler", "Nothing in chin"]
    assert in_short(None) == []


# --- with a treatment ---


def waiting(app: Flask, cast: Cast, **planned: Any) -> str:
    """A treatment ready but for the prescriber's decision."""
    treatment_id = plan(app, cast, **planned)
    assert clear(app, cast, treatment_id, G05="none") == "prescriber"
    measure(app, cast, treatment_id)
    consent(app, cast, treatment_id)
    put(app, cast)
    return treatment_id


def decide(app: Flask, okafor: Visitor, treatment_id: str, status: int = 200, **changes: Any) -> Page:
    with looking(app):
        screening_id = db.session.get_one(Treatment, treatment_id).screening_id
    fields: dict[str, Any] = {"choice": "treat", "reason": "Known to me", "secret": PASSWORD, **changes}
    page = okafor.get(f"/screenings/{screening_id}/decision")
    return page.submit("Sign the decision", status, **fields)


def change(app: Flask, cast: Cast, treatment_id: str, **to: Any) -> None:
    """Somebody changes the plan."""
    with arranging(app, cast["nora"].actor):
        (item,) = reading.items_of(treatment_id)
        for name, value in to.items():
            setattr(item, name, value)


def codes(app: Flask, cast: Cast, treatment_id: str) -> list[str]:
    return [one.code for one in begin(app, cast, treatment_id)]


def test_a_plan_changed_after_the_decision_makes_it_void(app: Flask, cast: Cast, okafor: Visitor) -> None:
    treatment_id = waiting(app, cast)
    decide(app, okafor, treatment_id)
    change(app, cast, treatment_id, amount=2000)
    lacking = begin(app, cast, treatment_id)
    assert [one.code for one in lacking][:1] == ["prescriber"]
    assert "Juvederm, lips, 1 millilitre became Juvederm, lips, 2 millilitres" in lacking[0].text
    page = okafor.get("/decisions").click("The plan changed after the prescriber decided")
    assert "The plan changed after the prescriber decided" in page.text
    decide(app, okafor, treatment_id)
    assert begin(app, cast, treatment_id) == []


@pytest.mark.parametrize("to", [{"amount": 999}, {"amount": 1001}])
def test_less_is_a_change_too_where_no_limit_was_set(
    app: Flask, cast: Cast, okafor: Visitor, to: dict[str, Any]
) -> None:
    treatment_id = waiting(app, cast)
    decide(app, okafor, treatment_id)
    change(app, cast, treatment_id, **to)
    assert codes(app, cast, treatment_id)[0] == "prescriber"


def test_a_no_is_void_as_well_but_clears_nothing(app: Flask, cast: Cast, okafor: Visitor) -> None:
    treatment_id = waiting(app, cast)
    decide(app, okafor, treatment_id, choice="do_not_treat")
    assert codes(app, cast, treatment_id) == ["screening"]
    change(app, cast, treatment_id, amount=500)
    assert codes(app, cast, treatment_id)[0] == "prescriber"


def test_another_day_makes_it_void(app: Flask, cast: Cast, okafor: Visitor) -> None:
    treatment_id = waiting(app, cast)
    decide(app, okafor, treatment_id)
    with arranging(app, cast["nora"].actor):
        treatment = db.session.get_one(Treatment, treatment_id)
        treatment.planned_on = today().replace(year=today().year + 1)
    assert "prescriber" in codes(app, cast, treatment_id)


def test_a_plan_changed_while_the_page_was_open_is_not_signed(
    app: Flask, cast: Cast, okafor: Visitor
) -> None:
    treatment_id = waiting(app, cast)
    with looking(app):
        screening_id = db.session.get_one(Treatment, treatment_id).screening_id
    page = okafor.get(f"/screenings/{screening_id}/decision")
    change(app, cast, treatment_id, amount=2000)
    page = page.submit("Sign the decision", 409, choice="treat", reason="Fine", secret=PASSWORD)
    assert "The plan has changed since this page was opened" in page.text
    decide(app, okafor, treatment_id, 409, plan_shown="0" * 64)


def test_limits_hold_at_start_and_at_each_injection(
    app: Flask, cast: Cast, nora: Visitor, okafor: Visitor
) -> None:
    treatment_id = waiting(app, cast)
    page = decide(
        app, okafor, treatment_id, choice="treat_with_limits", most_0="0.5", limits="Adrenaline ready"
    )
    assert "At most 0.5 millilitres of" in page.text
    page = nora.get(f"/treatments/{treatment_id}")
    assert "The prescriber's limits" in page.text
    assert "Adrenaline ready" in page.text
    (missing,) = begin(app, cast, treatment_id)
    assert missing.code == "limits"
    assert "at most 0.5 millilitres" in missing.text
    change(app, cast, treatment_id, amount=500)
    assert begin(app, cast, treatment_id) == []
    lot_id = put(app, cast, FILLER, code="F77", containers=5)
    inject(app, cast, treatment_id, lot_id, amount=400)
    with pytest.raises(Refused, match=r"at most 0[.]5 millilitres"):
        inject(app, cast, treatment_id, lot_id, amount=200, reason="A little more was needed")
    inject(app, cast, treatment_id, lot_id, amount=100)


def test_an_excluded_area_is_not_started_nor_injected(app: Flask, cast: Cast, okafor: Visitor) -> None:
    treatment_id = waiting(app, cast, areas=("lips", "chin"))
    decide(app, okafor, treatment_id, choice="treat_with_limits", not_areas="chin")
    assert [one.text for one in begin(app, cast, treatment_id) if one.code == "limits"] == [
        "The prescriber's limit: nothing in chin. Change the plan"
    ]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({}, "Name a limit"),
        ({"most_0": "0"}, "above zero and at most 1 millilitre"),
        ({"most_0": "1.5"}, "at most 1 millilitre"),
        ({"most_0": "10"}, "at most 1 millilitre"),
        ({"most_0": "half"}, "Enter millilitres as a number"),
        ({"most_0": "-0.5"}, "Enter millilitres as a number"),
        ({"most_0": "0,5001"}, "one or two decimals"),
    ],
)
def test_a_limit_that_makes_no_sense_is_said_at_its_field(
    app: Flask, cast: Cast, okafor: Visitor, changes: dict[str, Any], message: str
) -> None:
    page = decide(app, okafor, waiting(app, cast), 422, choice="treat_with_limits", **changes)
    assert any(message in error for error in page.errors), page.errors


def test_from_elsewhere_says_who_phoned_and_read_back(app: Flask, cast: Cast, okafor: Visitor) -> None:
    treatment_id, nora = waiting(app, cast), cast["nora"].id
    page = decide(app, okafor, treatment_id, 422, remote=True)
    assert page.errors == ["Error: Choose somebody who works here and treats"]
    page = decide(app, okafor, treatment_id, remote=True, phoned_by=nora, read_back_by=nora)
    assert "decided from elsewhere. Phoned by Nora Quinn, read back by Nora Quinn" in page.text


@pytest.mark.parametrize("who", ["okafor", "eve", "sam", "nobody"])
def test_nobody_reads_back_to_themself(app: Flask, cast: Cast, okafor: Visitor, who: str) -> None:
    treatment_id = waiting(app, cast)
    with looking(app):
        screening_id = db.session.get_one(Treatment, treatment_id).screening_id
    other = "nobody" if who == "nobody" else cast[who].id
    url = f"/screenings/{screening_id}/decision"
    page = okafor.get(url)
    hidden = {name: page.find("input", name=name)["value"] for name in ("shown", "plan_shown")}
    sent = {**hidden, "choice": "treat", "reason": "Fine", "secret": PASSWORD, "remote": "y",
            "phoned_by": cast["nora"].id, "read_back_by": other}  # fmt: skip
    assert okafor.post(url, sent, 422).errors[0].startswith("Error: Choose")
