"""What is asked about once more, what needs a second person, and what no mistyping gets past (6.3)."""

import random
from typing import Any

import pytest

from safety.protocols.areas import areas
from safety.protocols.load import ROOT, load
from safety.stock.rules import AmountUnit
from safety.treatments import amounts, sequence
from safety.treatments.amounts import Amounts, Portion
from safety.treatments.spelling import in_letters, spelled

V1, V2 = (load(ROOT / "treatment" / f"v{number}" / "protocol.yaml").body for number in (1, 2))
AREAS = areas().areas
UNITS, UL = AmountUnit.UNITS, AmountUnit.MICROLITRES


def portion(amount: int, *named: str) -> Portion:
    known = [AREAS[name] for name in named]
    sides = {side for one in known for side in ([one.side] if one.side else _both(one.id))}
    return Portion(
        areas=frozenset(sequence.base(name, AREAS) for name in named), amount=amount, sides=frozenset(sides),
        groups=tuple(frozenset(one.groups) for one in known), tiers=frozenset(one.tier for one in known),
    )  # fmt: skip


def _both(name: str) -> list[str]:
    return ["left", "right"] if f"left_{name}" in AREAS else []


def toxin(amount: int, *named: str, brand: str = "botox", **more: Any) -> Amounts:
    return Amounts("toxin", brand, UNITS, (portion(amount, *named),), **more)


def filler(amount: int, *named: str, brand: str = "restylane", **more: Any) -> Amounts:
    return Amounts("ha_filler", brand, UL, (portion(amount, *named),), **more)


def levels(asked: Amounts, body: Any = V2) -> list[tuple[str, str]]:
    return [(one.id, one.level) for one in amounts.doubts(body, asked)]


WARNS = [
    (("glabella",), 30, "range.ona.glabella"),
    (("forehead",), 30, "range.ona.forehead"),
    (("forehead", "glabella"), 50, "range.ona.forehead_frown"),
    (("crows_feet",), 30, "range.ona.crows_feet"),
    (("left_crows_feet",), 15, "range.ona.crows_feet"),
    (("bunny_lines",), 12, "range.ona.bunny_lines"),
    (("lip_flip",), 8, "range.ona.lip"),
    (("lip_flip", "gummy_smile"), 8, "range.ona.lip"),
    (("dao",), 12, "range.ona.dao"),
    (("right_dao",), 6, "range.ona.dao"),
    (("mentalis",), 12, "range.ona.mentalis"),
    (("left_masseter",), 40, "range.ona.masseter"),
    (("neck",), 60, "range.ona.neck"),
    (("left_underarm",), 50, "range.ona.underarm"),
]


@pytest.mark.parametrize(("named", "most", "row"), WARNS, ids=lambda one: str(one))
def test_an_area_is_asked_about_above_its_figure(named: tuple[str, ...], most: int, row: str) -> None:
    assert levels(toxin(most, *named)) == []
    assert levels(toxin(most + 1, *named))[0] == (row, "warn")


def test_all_three_together_are_the_label() -> None:
    three = ("forehead", "glabella", "crows_feet")
    assert levels(toxin(64, *three)) == []
    assert {name for name, _ in levels(toxin(65, *three))} == {"range.ona.upper_face", "ask.toxin_visit"}


def test_a_low_dose_is_asked_about_as_deliberate_in_a_plan_only() -> None:
    both = ("forehead", "glabella")
    assert levels(toxin(20, *both)) == []
    assert levels(toxin(19, *both)) == [("range.ona.forehead_frown", "warn")]
    assert "deliberate" in amounts.doubts(V2, toxin(19, *both))[0].text
    assert levels(toxin(19, *both, is_plan=False)) == [], "an injection is one of several"


def test_the_visit_warns_above_64_and_stops_above_100() -> None:
    assert levels(toxin(80, "left_underarm", "right_underarm")) == [("ask.toxin_visit", "warn")]
    assert levels(toxin(100, "underarm")) == [("ask.toxin_visit", "warn")]
    assert levels(toxin(101, "underarm"))[0] == ("range.ona.session_stop", "stop")


def test_three_months_count_all_uses_of_the_brand() -> None:
    assert levels(toxin(20, "glabella", before=380)) == []
    assert levels(toxin(20, "glabella", before=381)) == [("range.ona.three_months", "stop")]
    assert "381 units before, 20 units now" in amounts.doubts(V2, toxin(20, "glabella", before=381))[0].text


def test_brands_are_never_measured_with_each_others_figures() -> None:
    assert levels(toxin(50, "glabella", brand="azzalure")) == []
    assert levels(toxin(51, "glabella", brand="azzalure")) == [("range.speywood.glabella", "warn")]
    assert levels(toxin(500, "forehead", brand="azzalure")) == [], "no range is known, so none is guessed"
    assert levels(toxin(500, "glabella", brand="unheard_of", before=10**6)) == []
    for brand in ("bocouture", "xeomin", "letybo", "nuceiva", "jeuveau"):
        assert levels(toxin(21, "glabella", brand=brand))[0][1] == "warn"
        assert levels(toxin(20, "glabella", brand=brand)) == []
    assert levels(toxin(40, "glabella", brand="daxxify")) == []
    assert levels(toxin(41, "glabella", brand="daxxify")) != []


def test_what_is_usual_is_said_and_what_is_not_known_too() -> None:
    names = {"glabella": "Between the brows", "forehead": "Forehead"}
    said = amounts.usual(V2, "toxin", "azzalure", names)
    assert "50 Speywood units" in said[0]
    assert "3 months" in said[0]
    assert said[-1] == "No range is known for this brand in: Forehead"
    assert amounts.usual(V2, "toxin", "unheard_of", names)[0].startswith("No range is known for this brand.")
    assert any("half to 1 syringe" in line for line in amounts.usual(V2, "ha_filler", "restylane", names))
    assert amounts.usual(V1, "toxin", "botox", names) == []


def test_an_amount_over_areas_without_a_row_of_their_own_is_measured_by_all_their_rows() -> None:
    assert levels(toxin(60, "forehead", "crows_feet")) == []
    assert levels(toxin(61, "forehead", "crows_feet"))[0][1] == "warn"
    assert levels(toxin(60, "forehead", "brow")) == [], "one of them has no row: no figure is made up"


def test_sides_are_added_up_each_for_itself() -> None:
    def given(*parts: Portion) -> list[tuple[str, str]]:
        return levels(Amounts("toxin", "botox", UNITS, parts, is_plan=False))

    assert given(portion(12, "left_crows_feet"), portion(12, "right_crows_feet")) == []
    assert given(portion(10, "left_crows_feet"), portion(6, "left_crows_feet")) == [
        ("range.ona.crows_feet", "warn")
    ]


@pytest.mark.parametrize(
    ("named", "most", "row"),
    [
        (("lips",), 1000, "ask.filler_lips"),
        (("tear_trough",), 1000, "ask.filler_under_eye"),
        (("left_tear_trough",), 500, "ask.filler_under_eye"),
        (("cheek",), 4000, "ask.filler_cheek"),
        (("right_cheek",), 2000, "ask.filler_cheek"),
        (("lips", "chin", "jawline"), 6000, "ask.filler_visit"),
    ],
)
def test_filler_is_asked_about_above_its_figure(named: tuple[str, ...], most: int, row: str) -> None:
    assert levels(filler(most, *named)) == []
    assert (row, "warn") in levels(filler(most + 1, *named))


def test_a_bolus_counts_where_the_risk_is_highest_and_only_when_injecting() -> None:
    def now(amount: int, area: str) -> list[tuple[str, str]]:
        one = portion(amount, area)
        return levels(Amounts("ha_filler", "restylane", UL, (one,), is_plan=False, now=one))

    for area in ("nose", "glabella", "forehead", "left_temple", "left_tear_trough", "left_nasolabial_fold"):
        assert now(100, area) == []
        assert now(101, area) == [("volume.bolus", "warn")]
    assert now(500, "lips") == []
    assert levels(filler(400, "nose")) == [], "a plan is not a bolus"


def test_a_year_of_juvederm_is_its_own() -> None:
    assert levels(filler(1000, "chin", brand="juvederm", year_ul=19000)) == []
    assert levels(filler(1000, "chin", brand="juvederm", year_ul=19001)) == [("volume.year", "warn")]
    assert levels(filler(1000, "chin", brand="restylane", year_ul=90000)) == []


def test_version_1_asks_what_it_asked() -> None:
    assert levels(filler(6001, "chin", "cheek"), V1) == [("ask.filler_visit", "warn")]
    assert levels(toxin(65, "glabella"), V1) == [("ask.toxin_visit", "warn")]
    assert levels(toxin(900, "glabella", before=900), V1)[0][1] == "warn"


@pytest.mark.parametrize(
    ("typed", "unit", "amount"),
    [
        ("20", UNITS, 20),
        (" 64 ", UNITS, 64),
        ("0.5", UL, 500),
        ("0,5", UL, 500),
        ("1", UL, 1000),
        ("0,05", UL, 50),
    ],
)
def test_amounts_are_read(typed: str, unit: AmountUnit, amount: int) -> None:
    assert amounts.read(typed, unit) == amount


@pytest.mark.parametrize(
    ("typed", "unit", "message"),
    [
        ("2.5", UNITS, "looks like millilitres"),
        ("2,5", UNITS, "looks like millilitres"),
        ("1 ml", UNITS, "counted in units, not in millilitres"),
        ("1mL", UNITS, "counted in units"),
        ("20 units", UL, "counted in millilitres, not in units"),
        ("20u", UL, "counted in millilitres"),
        ("-20", UNITS, "above zero"),
        ("−1", UL, "above zero"),
        ("0", UNITS, "above zero"),
        ("0,0", UL, "above zero"),
        ("٢٠", UNITS, "digits 0 to 9"),
        ("２０", UNITS, "digits 0 to 9"),
        ("½", UL, "digits 0 to 9"),
        ("1,000", UL, "one or two decimals"),
        ("1.2.3", UL, "as a number"),
        ("twenty", UNITS, "whole units"),
        ("9" * 30, UNITS, "far too much"),
        ("9" * 30, UL, "far too much"),
        ("1e3", UNITS, "whole units"),
        ("", UL, "as a number"),
    ],
)
def test_what_cannot_be_an_amount_is_refused_with_what_to_do(
    typed: str, unit: AmountUnit, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        amounts.read(typed, unit)


def test_no_text_whatever_is_anything_but_an_amount_or_a_message() -> None:
    chance = random.Random(63)
    signs = "0123456789.,-+ eEuUmMlL½٣\u2212'\u00a0/"
    for _ in range(5000):
        text = "".join(chance.choice(signs) for _ in range(chance.randrange(0, 9)))
        unit = chance.choice([UNITS, UL])
        try:
            amount = amounts.read(text, unit)
        except ValueError:
            continue
        assert 1 <= amount <= 10**9
        assert text.strip().replace(".", "").replace(",", "").isascii()


def test_a_slipped_point_is_named() -> None:
    assert amounts.slipped(200, UNITS, V2, toxin(200, "glabella")) == " Is 20 units meant?"
    assert amounts.slipped(10000, UL, V2, filler(10000, "lips")) == " Is 1 millilitre meant?"
    assert amounts.slipped(35, UNITS, V2, toxin(35, "glabella")) == ""
    assert amounts.slipped(4000, UNITS, V2, toxin(4000, "glabella")) == "", "a tenth would be doubted too"


@pytest.mark.parametrize(
    ("number", "letters"),
    [(0, "zero"), (9, "nine"), (13, "thirteen"), (20, "twenty"), (45, "forty-five"), (100, "one hundred"),
     (412, "four hundred twelve"), (1000, "one thousand"), (20064, "twenty thousand sixty-four"),
     (3_000_021, "three million twenty-one")],
)  # fmt: skip
def test_numbers_are_said_in_letters(number: int, letters: str) -> None:
    assert in_letters(number) == letters


def test_every_number_has_words_of_its_own() -> None:
    assert len({in_letters(number) for number in range(10_000)}) == 10_000
    assert spelled(45, UNITS) == "Forty-five (45 units)"
    assert spelled(750, UL) == "Zero point seven five (0.75 millilitres)"
    assert spelled(2000, UL) == "Two (2 millilitres)"
