"""C01 to C13, each on both sides of every day and count it names (clinical specification 6.1)."""

import random
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask

from safety.audit.log import record, seal
from safety.db import all_clinics, db, write_transaction
from safety.prescribing.models import Dissolving
from safety.protocols.areas import areas
from safety.protocols.load import ROOT, load
from safety.screening.intake import Planned, Treated
from safety.stock.actions import Refused
from safety.stock.models import AmountUnit, ProductClass
from safety.treatments import meant, reading, sequence
from safety.treatments.models import PlanItem, Treatment
from safety.treatments.sequence import Dissolved, Facts, Finding, Injecting
from tests.factories import PIN, Cast, looking
from tests.page import Visitor
from tests.prescribing import test_dissolving as dissolvings
from tests.screening.people import today
from tests.stock.shelf import TOXIN, put
from tests.treatments.visits import begin, given, inject, plan, ready, started

ROWS = load(ROOT / "treatment" / "v2" / "protocol.yaml").body["sequence"]
AREAS = areas().areas
ON = date(2026, 3, 10)
SETTINGS = {"toxin.min_interval_days": 84, "screen.event_days": 14, "screen.undereye_event_days": 28}
BOTOX, LIPS = Planned("toxin", ("glabella",), "botox", 20), Planned("ha_filler", ("lips",), "juvederm")
EYES, CHEEK = (
    Planned("ha_filler", ("tear_trough",), "restylane"),
    Planned("ha_filler", ("cheek",), "restylane"),
)


def ago(days: int) -> date:
    return ON - timedelta(days=days)


def toxin(days: int, *named: str, brand: str = "botox") -> Treated:
    return Treated("toxin", ago(days), named or ("glabella",), brand)


def filler(days: int, *named: str, kind: str = "ha_filler") -> Treated:
    return Treated(kind, ago(days), named, "juvederm")


def bio(*named: str) -> Treated:
    return filler(700, *named, kind="biostimulator")


def told(question: str, days: int) -> dict[str, str]:
    return {f"{question}.on": ago(days).isoformat()}


OLD = (toxin(400), filler(400, "chin"))  # neither toxin nor filler is new to this patient


def facts(*plan: Planned, **known: Any) -> Facts:
    return Facts(**{"on": ON, "plan": plan, "areas": AREAS, "settings": SETTINGS, **known})


def found(known: Facts, at: str = "plan") -> dict[str, Finding]:
    return {one.rule: one for one in sequence.evaluate(ROWS, known, at)}


def outcome(known: Facts, rule: str, at: str = "plan") -> tuple[str | None, date | None]:
    one = found(known, at).get(rule)
    return (one.outcome, one.earliest_on) if one else (None, None)


T02 = {"T02": "yes", "T02.same_course": "yes", "T02.within_cap": "yes"}

CASES: list[tuple[str, str, Facts, str | None, date | None]] = [
    # C01: filler 14 days after toxin, for a first-time or a complex plan
    ("C01", "first filler, day 13", facts(LIPS, history=(toxin(13),)), "caution", ago(-1)),
    ("C01", "first filler, day 14", facts(LIPS, history=(toxin(14),)), None, None),
    ("C01", "first visit, both on one day", facts(BOTOX, LIPS, first_visit=True), "caution", ago(-14)),
    ("C01", "both known, both on one day", facts(BOTOX, LIPS, history=OLD), None, None),
    ("C01", "both known, toxin yesterday", facts(LIPS, history=(*OLD, toxin(1))), None, None),
    ("C01", "toxin elsewhere 13 days ago", facts(LIPS, said=told("T01", 13)), "caution", ago(-1)),
    ("C01", "toxin elsewhere 14 days ago", facts(LIPS, said=told("T01", 14)), None, None),
    ("C01", "filler elsewhere before", facts(
        LIPS, history=(toxin(400), toxin(5)), said={"F01": "yes"}), None, None),
    ("C01", "3 areas are not complex", facts(
        BOTOX, Planned("ha_filler", ("chin", "cheek"), "x"), history=OLD), None, None),
    ("C01", "4 areas are complex", facts(
        BOTOX, Planned("ha_filler", ("chin", "cheek", "jawline"), "x"), history=OLD), "caution", ago(-14)),
    ("C01", "toxin alone", facts(BOTOX, first_visit=True), None, None),
    # C02: not in the same area; the order is said
    ("C02", "different areas", facts(BOTOX, LIPS, history=OLD), "note", None),
    ("C02", "one area", facts(BOTOX, Planned("ha_filler", ("glabella",), "x"), history=OLD), "caution", None),
    ("C02", "one counting area", facts(
        Planned("toxin", ("crows_feet",), "botox"), Planned("ha_filler", ("left_temple",), "x")),
        "caution", None),
    ("C02", "filler alone", facts(LIPS), None, None),
    # C03 is shown
    ("C03", "both", facts(BOTOX, LIPS), "note", None),
    ("C03", "toxin alone", facts(BOTOX), None, None),
    # C04: no top-up on the same day
    ("C04", "lips again today", facts(LIPS, history=(filler(0, "upper_lip"),)), "caution", None),
    ("C04", "lips again tomorrow", facts(LIPS, history=(filler(1, "upper_lip"),)), "note", None),
    ("C04", "cheek again today", facts(CHEEK, history=(filler(0, "cheek"),)), None, None),
    ("C04", "eyes, lips today", facts(EYES, history=(filler(0, "lips"),)), "note", None),
    # C05: a top-up of the same course from day 10
    ("C05", "day 9", facts(BOTOX, history=(toxin(9),)), "block", ago(-1)),
    ("C05", "day 10", facts(BOTOX, history=(toxin(10),)), None, None),
    ("C05", "day 28", facts(BOTOX, history=(toxin(28),)), None, None),
    ("C05", "day 9, another brand", facts(BOTOX, history=(toxin(9, brand="azzalure"),)), None, None),
    ("C05", "day 9, elsewhere, as a top-up", facts(
        BOTOX, said={**T02, "T01.on": ago(9).isoformat()}), "block", ago(-1)),
    ("C05", "day 9 after a top-up", facts(BOTOX, history=(toxin(20), toxin(9))), "block", ago(-1)),
    # C06: HA filler in an area filled before, from day 14
    ("C06", "day 13", facts(LIPS, history=(filler(13, "lips"),)), "block", ago(-1)),
    ("C06", "day 14", facts(LIPS, history=(filler(14, "lips"),)), None, None),
    ("C06", "day 13, elsewhere on the face", facts(LIPS, history=(filler(13, "cheek"),)), None, None),
    ("C06", "day 13, the other side", facts(
        Planned("ha_filler", ("left_cheek",), "x"), history=(filler(13, "right_cheek"),)), None, None),
    ("C06", "day 13, both sides", facts(
        Planned("ha_filler", ("left_cheek",), "x"), history=(filler(13, "cheek"),)), "block", ago(-1)),
    # C07: a new course after the time set
    ("C07", "day 83", facts(BOTOX, history=(toxin(83),)), "defer", ago(-1)),
    ("C07", "day 84", facts(BOTOX, history=(toxin(84),)), None, None),
    ("C07", "day 89 where 90 is set", facts(
        BOTOX, history=(toxin(89),), settings={**SETTINGS, "toxin.min_interval_days": 90}), "defer", ago(-1)),
    ("C07", "day 28, the same course", facts(BOTOX, history=(toxin(28),)), None, None),
    ("C07", "day 29, the same course", facts(BOTOX, history=(toxin(29),)), "defer", ago(-55)),
    ("C07", "day 9, the same course: C05 says when", facts(BOTOX, history=(toxin(9),)), None, None),
    ("C07", "day 20, another area", facts(BOTOX, history=(toxin(20, "forehead"),)), "defer", ago(-64)),
    ("C07", "day 20, another brand", facts(BOTOX, history=(toxin(20, brand="azzalure"),)), "defer", ago(-64)),
    ("C07", "day 20, T02 says no", facts(BOTOX, history=(toxin(20),), said={"T02": "no"}), "defer", ago(-64)),
    ("C07", "day 20, T02 says yes", facts(BOTOX, history=(toxin(20),), said=T02), None, None),
    ("C07", "day 20, T02 yes but beyond the cap", facts(
        BOTOX, history=(toxin(20),), said={**T02, "T02.within_cap": "no"}), "defer", ago(-64)),
    ("C07", "day 20, T02 yes against the records", facts(
        BOTOX, history=(toxin(20, "forehead"),), said=T02), "defer", ago(-64)),
    ("C07", "elsewhere, day 83", facts(BOTOX, said=told("T01", 83)), "defer", ago(-1)),
    ("C07", "elsewhere later than here", facts(
        BOTOX, history=(toxin(200),), said=told("T01", 40)), "defer", ago(-44)),
    ("C07", "no toxin planned", facts(LIPS, history=(toxin(5),)), None, None),
    # up to 3 filler areas
    ("C08", "3 areas", facts(Planned("ha_filler", ("lips", "chin", "cheek"), "x")), None, None),
    ("C08", "4 areas", facts(
        Planned("ha_filler", ("lips", "chin", "cheek", "jawline"), "x")), "caution", None),
    ("C08", "both sides are one", facts(Planned(
        "ha_filler", ("lips", "chin", "left_cheek", "right_cheek"), "x")), None, None),
    ("C08", "4 toxin areas", facts(Planned(
        "toxin", ("glabella", "forehead", "crows_feet", "dao"), "botox")), None, None),
    # C09: after dissolving
    ("C09", "day 13", facts(LIPS, dissolved=(Dissolved(ago(13), ("lips",)),)), "defer", ago(-1)),
    ("C09", "day 14", facts(LIPS, dissolved=(Dissolved(ago(14), ("lips",)),)), None, None),
    ("C09", "day 13, another area", facts(LIPS, dissolved=(Dissolved(ago(13), ("cheek",)),)), None, None),
    ("C09", "day 13, area not known", facts(LIPS, dissolved=(Dissolved(ago(13)),)), "defer", ago(-1)),
    ("C09", "toxin after dissolving", facts(
        BOTOX, dissolved=(Dissolved(ago(1), ("glabella",)),)), None, None),
    # C10: points to F02 and F03
    ("C10", "biostimulator here", facts(CHEEK, history=(bio("cheek"),)), "note", None),
    ("C10", "biostimulator elsewhere", facts(
        LIPS, history=(bio("left_temple"),)), None, None),
    ("C10", "permanent", facts(LIPS, said={"F02": "unknown"}), "note", None),
    ("C10", "nothing", facts(LIPS, said={"F02": "no", "F03": "no"}), None, None),
    # C11: time before an event
    ("C11", "13 days", facts(LIPS, said=told("G54", -13)), "caution", ago(-14)),
    ("C11", "14 days", facts(LIPS, said=told("G54", -14)), None, None),
    ("C11", "under the eye, 27 days", facts(EYES, said=told("G54", -27)), "caution", ago(-28)),
    ("C11", "under the eye, 28 days", facts(EYES, said=told("G54", -28)), None, None),
    ("C11", "it is over", facts(LIPS, said=told("G54", 1)), None, None),
    ("C11", "today", facts(LIPS, said={"G54.on": ON.isoformat()}), "caution", ago(-1)),
    # C13: first visits
    ("C13", "one kind, 2 areas", facts(
        Planned("ha_filler", ("lips", "chin"), "x"), first_visit=True), "note", None),
    ("C13", "one kind, 3 areas", facts(
        Planned("ha_filler", ("lips", "chin", "cheek"), "x"), first_visit=True), "caution", None),
    ("C13", "two kinds", facts(BOTOX, LIPS, first_visit=True), "caution", None),
    ("C13", "two kinds, a later visit", facts(BOTOX, LIPS), None, None),
]  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "case", "known", "expected", "earliest"), CASES, ids=lambda one: str(one)[:40]
)
def test_both_sides_of_every_boundary(
    rule: str, case: str, known: Facts, expected: str | None, earliest: date | None
) -> None:
    assert outcome(known, rule) == (expected, earliest), case


def test_every_rule_has_a_case_that_meets_it_and_one_that_does_not() -> None:
    met = {rule for rule, _, _, expected, _ in CASES if expected}
    spared = {rule for rule, _, _, expected, _ in CASES if expected in (None, "note")}
    assert met == {row["rule"] for row in ROWS} - {"C12"} == spared, "C12 is the plan page's own"


def test_findings_carry_source_and_who_may_go_on() -> None:
    one = found(facts(BOTOX, history=(toxin(83),)))["C07"]
    assert (one.override, one.source) == ("prescriber", "AZZ [S], BOTC [S]")
    assert found(facts(BOTOX, history=(toxin(9),)))["C05"].override == "none"
    assert found(facts(BOTOX, LIPS, first_visit=True))["C13"].override == "nurse"
    assert "84 days" in one.reason


def test_refusals_come_first() -> None:
    known = facts(BOTOX, LIPS, first_visit=True, history=(toxin(9), filler(3, "lips")))
    order = [one.outcome for one in sequence.evaluate(ROWS, known, "plan")]
    assert order == sorted(order, key=("block", "defer", "caution", "note").index)
    assert order[0] == "block"


def test_at_the_start_only_what_needs_an_answer_is_asked_again() -> None:
    known = facts(BOTOX, LIPS, first_visit=True, said=told("G54", -2))
    assert found(known, "start").keys() == {"C01", "C13"}, "screening itself asks about the event on the day"


def test_no_row_no_rule() -> None:
    assert sequence.evaluate([], facts(BOTOX, history=(toxin(1),)), "plan") == []


def injecting(
    area: str, *given: tuple[str, str], waiting: tuple[str, ...] = (), **more: Any
) -> list[tuple[str, str]]:
    one = Injecting(**{"product_class": "ha_filler", "area": area, "tops_up": False, "given": given,
                       "waiting": frozenset(waiting), **more})  # fmt: skip
    return [(finding.rule, finding.outcome) for finding in sequence.at_injection(ROWS, one, AREAS)]


def test_the_order_is_looked_at_when_injecting() -> None:
    assert injecting("lips", waiting=("toxin",)) == [("C02", "caution")]
    assert injecting("lips") == []
    assert injecting("glabella", product_class="toxin", waiting=("ha_filler",)) == [], "toxin goes first"
    assert injecting("lips", ("toxin", "glabella")) == [("C03", "note")]


def test_a_top_up_on_the_day_is_a_caution_under_the_eye_and_at_the_mouth() -> None:
    assert injecting("lips", tops_up=True) == [("C04", "caution")]
    assert injecting("left_tear_trough", tops_up=True) == [("C04", "caution")]
    assert injecting("cheek", tops_up=True) == []


def test_waits_count_days_over_leap_days_and_year_ends() -> None:
    """The first allowed day is exactly so many days after, wherever the calendar jumps."""
    chance = random.Random(61)
    for _ in range(1500):
        start = date(2023, 1, 1) + timedelta(days=chance.randrange(2600))
        rule, days, plan, past = chance.choice([
            ("C07", 84, BOTOX, Treated("toxin", start, ("forehead",), "botox")),
            ("C05", 10, BOTOX, Treated("toxin", start, ("glabella",), "botox")),
            ("C06", 14, LIPS, Treated("ha_filler", start, ("lips",), "juvederm")),
        ])  # fmt: skip
        gap = chance.randrange(0, days + 10)
        one = found(facts(plan, on=start + timedelta(days=gap), history=(past,))).get(rule)
        assert (one is not None) == (gap < days), (start, gap, rule)
        if one:
            assert one.earliest_on == date.fromordinal(start.toordinal() + days)
            later = facts(plan, on=one.earliest_on, history=(past,))
            assert rule not in found(later), "on the day named it is allowed"


def due_again(app: Flask, cast: Cast) -> str:
    """Id of a toxin treatment of today, planned 84 days after the last one and moved closer since."""
    first, lot_id = started(app, cast, product=TOXIN, areas=("glabella",), amount=20)
    inject(app, cast, first, lot_id, area="glabella", amount=20)
    shift(app, cast, first, 84)
    with looking(app):
        patient_id = db.session.get_one(Treatment, first).patient_id
    second = ready(app, cast, product=TOXIN, areas=("glabella",), amount=20, patient_id=patient_id)
    shift(app, cast, first, 83)
    return second


def shift(app: Flask, cast: Cast, treatment_id: str, days: int) -> None:
    with app.app_context(), all_clinics(), write_transaction():
        db.session.get_one(Treatment, treatment_id).planned_on = today() - timedelta(days=days)
        record(cast["nora"].actor, "test.arranged", "test:arranged", {})
        seal()


def test_it_is_asked_again_at_the_start_and_a_prescriber_may_answer(
    app: Flask, cast: Cast, nora: Visitor, okafor: Visitor
) -> None:
    treatment_id = due_again(app, cast)
    url = f"/treatments/{treatment_id}"
    missing = {one.code: one.text for one in begin(app, cast, treatment_id)}
    assert "too soon after the last toxin" in missing["sequence"]
    page = nora.get(url)
    assert "Not on this day" in page.text
    page = nora.get(f"{url}/sequence")
    assert not page.has("textarea", name="reason_C07"), "a nurse decides no deferral"
    page = okafor.get(f"{url}/sequence").submit("Sign and go on", 422)
    assert "Write why you go on" in page.errors[0]
    page.submit("Sign and go on", reason_C07="Last course wore off early", secret=PIN)
    assert "sequence" not in {one.code for one in begin(app, cast, treatment_id)}
    assert "Last course wore off early. Dr Chidi Okafor" in nora.get(url).text


def test_filler_before_the_planned_toxin_asks_why(app: Flask, cast: Cast) -> None:
    """C02 is looked at when injecting; what is already in is never refused afterwards."""
    treatment_id, lot_id = started(app, cast)
    with looking(app):
        chart = reading.chart(db.session.get_one(Treatment, treatment_id), today())
        (item,) = chart.items
        toxin = PlanItem(
            id="toxin", product_class=ProductClass.TOXIN, brand="botox", areas=["glabella"], amount=20,
            amount_unit=AmountUnit.UNITS,
        )  # fmt: skip
        both = replace(chart, items=[item, toxin])
        asked = meant.asked(both, item, "lips", "mid", 300)
        assert [one.rule for one in asked.cautions] == ["C02"]
        with pytest.raises(Refused, match="not been injected yet"):
            meant.must_be_meant(cast["nora"].actor, both, item, given(item.id, lot_id))
        told = given(item.id, lot_id, order_reason="Toxin is being made up")
        assert meant.must_be_meant(cast["nora"].actor, both, item, told) == asked


def test_a_stranger_finds_no_page(app: Flask, cast: Cast, eve: Visitor) -> None:
    eve.get(f"/treatments/{plan(app, cast)}/sequence", 404)


def test_a_refill_waits_after_filler_was_dissolved_here(app: Flask, cast: Cast) -> None:
    """C09, with the dissolving as it is written down; a prescriber may decide, a nurse may not."""
    lot_id = put(app, cast, containers=5)
    dissolving_id = dissolvings.planned(app, cast)
    dissolvings.authorise(app, cast, dissolving_id)
    dissolvings.give(app, cast, dissolving_id, lot_id)
    with looking(app):
        patient_id = db.session.get_one(Dissolving, dissolving_id).patient_id
    with pytest.raises(Refused, match="dissolved here less than 14 days ago"):
        plan(app, cast, patient_id=patient_id, days=13)
    assert plan(app, cast, patient_id=patient_id, days=14)
    assert plan(app, cast, patient_id=patient_id, areas=("left_cheek",), days=1)
