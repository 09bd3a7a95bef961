"""Which product an answer counts for: the "+ T", "+ F", "F/B" of the specification's table, row by row."""

from typing import Any

import pytest

from safety.screening.rules import assess
from safety.screening.stories import well_answers
from tests.screening.stories import biostimulator, filler, protocol, request, toxin

BODY = protocol().body
EVERYTHING = [toxin(areas=["forehead", "lip_flip"]), filler("nose", "tear_trough", "lips"), biostimulator()]
CLASSES = {"T": "toxin", "F": "ha_filler", "B": "biostimulator"}
YESTERDAY, SOON = "2026-03-09", "2026-03-12"
DENTAL = {"G50": "yes", "G50.done_on": YESTERDAY, "G50.planned_on": "none", "G50.major": "no"}
VACCINE = {"G51": "yes", "G51.done_on": YESTERDAY, "G51.planned_on": "none"}
TOP_UP = {"T02": "yes", "T02.same_course": "yes", "T02.within_cap": "yes"}
ALL = ""  # the finding is about the visit, not about one product


@pytest.mark.parametrize(
    ("rule", "answers", "letters"),
    [
        ("G01.id_not_seen", {"G01": "no"}, ALL),
        ("G04.no_consent", {"G04": "no"}, "FB"),
        ("G10.pregnant", {"G10": "yes"}, ALL),
        ("G13.mg_contra", {"G13": ["als"]}, "T"),
        ("G13.other_toxin", {"G13": ["multiple_sclerosis"]}, "T"),
        ("G13.filler", {"G13": ["multiple_sclerosis"]}, "FB"),
        ("G14.now", {"G14": "yes", "G14.active": "yes"}, "T"),
        ("G14.past", {"G14": "yes", "G14.active": "no"}, "T"),
        ("G15.at_site", {"G15": "yes"}, ALL),
        ("G16.current", {"G16": "2026-03-10"}, ALL),
        ("G16.recent_filler", {"G16": YESTERDAY}, "FB"),
        ("G16.recent_toxin", {"G16": YESTERDAY}, "T"),
        ("G17.toxin_allergy", {"G17": "yes"}, "T"),
        ("G20.lidocaine", {"G20": "yes", "G20.in_filler": "yes"}, ALL),
        ("G20.lidocaine_filler", {"G20": "yes", "G20.in_filler": "yes"}, "F"),
        ("G21.ha_allergy", {"G21": "yes"}, "F"),
        ("G22.whole_body", {"G22": "whole_body"}, "F"),
        ("G22.local", {"G22": "local"}, ALL),
        ("G23.reacted", {"G23": "yes", "G23.reaction": "reaction"}, "F"),
        ("G23.anaphylaxis", {"G23": "yes", "G23.reaction": "anaphylaxis"}, "F"),
        ("G24.severe_filler", {"G24": "yes"}, "FB"),
        ("G24.severe_toxin", {"G24": "yes"}, "T"),
        ("G30.bleeds", {"G30": "yes", "G30.diagnosed": "yes"}, ALL),
        ("G30.disorder_filler", {"G30": "yes", "G30.diagnosed": "yes"}, "FB"),
        ("G31.filler", {"G31": "yes"}, "F"),
        ("G31.plla", {"G31": "yes"}, "B"),
        ("G33.palsy", {"G33": "yes"}, "T"),
        ("G42.strengthens_toxin", {"G42": ["gentamicin"], "G42.on": YESTERDAY}, "T"),
        ("G43.changes_toxin", {"G43": ["magnesium"]}, "T"),
        ("G44.isotretinoin", {"G44": YESTERDAY}, "FB"),
        ("G50.done", DENTAL, "FB"),
        ("G50.major_done", {**DENTAL, "G50.major": "yes"}, "FB"),
        ("G50.planned", {**DENTAL, "G50.done_on": "none", "G50.planned_on": SOON}, "FB"),
        (
            "G50.major_planned",
            {**DENTAL, "G50.done_on": "none", "G50.planned_on": SOON, "G50.major": "yes"},
            "FB",
        ),
        ("G50.undated", {**DENTAL, "G50.done_on": "none"}, "FB"),
        ("G50.toxin", DENTAL, "T"),
        ("G51.done", VACCINE, "FB"),
        ("G51.planned", {**VACCINE, "G51.done_on": "none", "G51.planned_on": SOON}, "FB"),
        ("G51.undated", {**VACCINE, "G51.done_on": "none"}, "FB"),
        ("G51.toxin", VACCINE, "T"),
        ("G53.device", {"G53": "yes"}, "F"),
        ("G55.out_of_reach", {"G55": "yes"}, "F"),
        ("T01.too_soon", {"T01": YESTERDAY}, "T"),
        ("T02.too_early", {"T01": YESTERDAY, **TOP_UP}, "T"),
        ("T02.top_up", {"T01": "2026-02-24", **TOP_UP}, "T"),
        ("T03.elsewhere", {"T03": "yes", "T03.same_brand": "no"}, "T"),
        ("T03.over_cap", {"T03": "yes", "T03.same_brand": "yes", "T03.units": 400}, "T"),
        ("T04.spread", {"T04": ["swallow_breath"]}, "T"),
        ("T04.droop", {"T04": ["droop"]}, "T"),
        ("T07.not_licensed", {"T07": "no"}, "T"),
        ("F04.vessel", {"F04": "yes", "F04.occlusion": "yes"}, "F"),
        ("F04.other", {"F04": "yes", "F04.occlusion": "no"}, "F"),
        ("F05.active", {"F05": "active"}, "F"),
        ("F06.changed", {"F06": "yes", "F06.nose": "no"}, "F"),
        ("F08.hides_signs", {"F08": "yes"}, "F"),
        ("F09.no_baseline", {"F09": "no"}, "F"),
        ("F10.no_rescue", {"F10": "no"}, "F"),
        ("F12.eye", {"F12": "yes", "F12.only_eye": "no"}, "F"),
        ("B01.not_told", {"B01": "no"}, "B"),
        ("B02.said_yes", {"B02": "yes"}, "B"),
        ("B03.keloid", {"B03": ["keloid"]}, "B"),
        ("B03.inflammatory", {"B03": ["inflammatory"]}, "B"),
        ("B05.cannot_massage", {"B05": "no"}, "B"),
    ],
)
def test_it_works(rule: str, answers: dict[str, Any], letters: str) -> None:
    of_products: set[str | None] = {CLASSES[letter] for letter in letters}
    assert places(rule, answers) == {(product, None) for product in of_products or {None}}


@pytest.mark.parametrize(
    ("rule", "answers", "areas"),
    [
        ("G54.under_eye", {"G54": SOON}, {("ha_filler", "tear_trough")}),
        ("G56.alone", {"G56": "no"}, {("ha_filler", "nose")}),
        ("T05.forehead", {"T05": "yes"}, {("toxin", "forehead")}),
        ("T06.mouth", {"T06": "yes"}, {("toxin", "lip_flip")}),
        (
            "F01.fresh",
            {"F01": "yes", "F01.kind": ["ha"], "F01.on": YESTERDAY},
            {("ha_filler", "nose"), ("ha_filler", "tear_trough"), ("ha_filler", "lips")},
        ),
        ("F02.permanent", {"F02": "yes", "F02.areas": ["upper_lip"]}, {("ha_filler", "lips")}),
        ("F02.not_known", {"F02": "unknown", "F02.areas": ["nose"]}, {("ha_filler", "nose")}),
        (
            "F03.fresh",
            {"F03": YESTERDAY},
            {("ha_filler", "nose"), ("ha_filler", "tear_trough"), ("ha_filler", "lips")},
        ),
        ("F05.mouth", {"F05": "history"}, {("ha_filler", "lips")}),
        ("F05.elsewhere", {"F05": "history"}, {("ha_filler", "nose"), ("ha_filler", "tear_trough")}),
        ("F06.nose_planned", {"F06": "yes", "F06.nose": "yes"}, {("ha_filler", "nose")}),
        ("F07.not_ideal", {"F07": "yes"}, {("ha_filler", "tear_trough")}),
        ("F11.not_authorised", {"F11": "no"}, {("ha_filler", "nose")}),
        ("F12.only_eye_red", {"F12": "yes", "F12.only_eye": "yes"}, {("ha_filler", "nose")}),
        ("F05.antiviral", {"F05": "history"}, {("ha_filler", "lips")}),
        ("B04.other_filler", {"B04": "yes"}, {("biostimulator", "cheek")}),
    ],
)
def test_which_area_an_answer_counts_for(
    rule: str, answers: dict[str, Any], areas: set[tuple[str, str]]
) -> None:
    assert places(rule, answers) == areas


@pytest.mark.parametrize("area", ["lips", "tear_trough", "glabella", "nose", "forehead"])
def test_a_biostimulator_is_barred_where_labels_forbid_it(area: str) -> None:
    made = request(biostimulator(area, "cheek"))
    found = assess(BODY, made).findings
    assert [finding.area for finding in found if finding.rule == "B02.planned_area"] == [area]


def places(rule: str, answers: dict[str, Any]) -> set[tuple[str | None, str | None]]:
    """The products and areas of this rule's findings, with everything planned and else nothing to report."""
    made = request(*EVERYTHING)
    found = assess(BODY, {**made, "answers": well_answers(BODY, made, answers)}).findings
    return {(finding.product_class, finding.area) for finding in found if finding.rule == rule}
