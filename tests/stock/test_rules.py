from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safety.stock import rules
from safety.stock.rules import (
    AmountUnit,
    Container,
    Holding,
    LotFacts,
    LotState,
    Pack,
    ProductClass,
    Taken,
)

ON = date(2026, 11, 23)
AMPOULE, VIAL, SYRINGE = Pack(1500, True), Pack(100, False), Pack(1000, True)
pytestmark = pytest.mark.once


def lot(**changes: object) -> LotFacts:
    plain: dict[str, object] = {
        "lot_id": "1", "code": "H0118L", "product_id": "p", "product_name": "Hyalase",
        "product_class": ProductClass.HYALURONIDASE, "brand": "hyalase", "unit": AmountUnit.UNITS,
        "container": Container.AMPOULE, "pack": AMPOULE, "volume_key": "hyalase_1500",
        "expires_on": ON + timedelta(days=300), "state": LotState.USABLE, "state_reason": None,
        "replacement_ordered_on": None, "retired": False, "holding": Holding(2, 3000),
    }  # fmt: skip
    return LotFacts(**{**plain, **changes})  # type: ignore[arg-type]  # a test's shorthand


@pytest.mark.parametrize(
    ("pack", "amount", "on_hand", "own_open", "keeps_open", "taken"),
    [
        (AMPOULE, 500, 3000, 0, False, Taken(1, 500, 1000)),
        (AMPOULE, 1500, 3000, 0, False, Taken(1, 1500, 0)),
        (AMPOULE, 1501, 3000, 0, False, Taken(2, 1501, 1499)),
        (AMPOULE, 500, 0, 0, False, Taken(1, 500, 1000)),
        (Pack(150, True), 500, 3000, 0, False, Taken(4, 500, 100)),
        (Pack(200, True), 1500, 3000, 0, False, Taken(8, 1500, 100)),
        (SYRINGE, 300, 5000, 0, True, Taken(1, 300, 0)),
        (SYRINGE, 300, 5000, 700, True, Taken(0, 300, 0)),
        (SYRINGE, 800, 5000, 700, True, Taken(1, 800, 0)),
        (SYRINGE, 700, 5000, 700, False, Taken(0, 700, 0)),
        (VIAL, 20, 100, 0, False, Taken(0, 20, 0)),
        (VIAL, 100, 100, 0, False, Taken(1, 100, 0)),
        (VIAL, 30, 120, 0, False, Taken(1, 30, 0)),
        (VIAL, 20, 0, 0, False, Taken(1, 20, 0)),
        (VIAL, 20, -20, 0, False, Taken(0, 20, 0)),
    ],
)
def test_what_a_use_takes(
    pack: Pack, amount: int, on_hand: int, own_open: int, keeps_open: bool, taken: Taken
) -> None:
    assert rules.taken(pack, amount, on_hand, own_open, keeps_open) == taken


@settings(deadline=None)
@given(st.integers(1, 2000), st.lists(st.integers(1, 5000), max_size=20))
def test_a_single_use_lot_never_keeps_a_part_of_a_container(per: int, uses: list[int]) -> None:
    pack, holding = Pack(per, True), Holding()
    for amount in uses:
        taken = rules.taken(pack, amount, holding.amount)
        holding += Holding(-taken.containers, -taken.used - taken.wasted)
        assert holding.amount == holding.containers * per
        assert taken.containers * per >= amount > (taken.containers - 1) * per


@settings(deadline=None)
@given(st.integers(1, 500), st.integers(0, 3000), st.lists(st.integers(1, 700), max_size=20))
def test_a_multi_use_lot_counts_as_many_containers_as_its_amount_needs(
    per: int, start: int, uses: list[int]
) -> None:
    pack, holding = Pack(per, False), Holding(rules.containers_for(start, per), start)
    for amount in uses:
        taken = rules.taken(pack, amount, holding.amount)
        holding += Holding(-taken.containers, -taken.used)
        assert holding.containers == rules.containers_for(holding.amount, per)


@settings(deadline=None)
@given(st.booleans(), st.integers(1, 2000), st.integers(-5, 20), st.integers(0, 30), st.integers(0, 1999))
def test_after_a_count_the_ledger_says_what_was_counted(
    single: bool, per: int, start: int, sealed: int, opened: int
) -> None:
    pack, held = Pack(per, single), Holding(start, start * per)
    in_opened = 0 if single else opened % per
    after = held + rules.counted(pack, held, sealed, in_opened)
    assert after.amount == sealed * per + in_opened
    assert after.containers == sealed + (1 if in_opened else 0)


def test_a_count_leaves_what_a_running_treatment_has_open() -> None:
    assert Holding(1, 1700) + rules.counted(SYRINGE, Holding(1, 1700), 3, 0) == Holding(3, 3700)


def test_a_good_lot_may_be_used_up_to_and_on_its_expiry_day() -> None:
    assert rules.why_not(lot(), ON) == []
    assert rules.why_not(lot(expires_on=ON), ON) == []
    assert rules.why_not(lot(expires_on=ON - timedelta(days=1)), ON) == ["Expired 22 Nov 2026"]


def test_every_reason_is_named_at_once() -> None:
    odd = lot(expires_on=ON - timedelta(days=1), state=LotState.QUARANTINED, retired=True, holding=Holding())
    assert rules.why_not(odd, ON, ProductClass.HA_FILLER) == [
        "Expired 22 Nov 2026", "Quarantined", "Wrong kind of product", "Product no longer used here",
        "Nothing left",
    ]  # fmt: skip
    assert rules.why_not(lot(state=LotState.RECALLED), ON) == ["Recalled"]
    assert rules.why_not(lot(), ON, product_id="q") == ["Another product than planned: Hyalase"]


def test_what_a_treatment_has_open_is_left_for_it_alone() -> None:
    syringe = lot(pack=SYRINGE, holding=Holding(0, 700))
    assert rules.why_not(syringe, ON) == ["Nothing left"]
    assert rules.why_not(syringe, ON, own_open=700) == []


def test_the_first_to_expire_comes_first_whatever_the_order() -> None:
    later, sooner, tied = lot(lot_id="1"), lot(lot_id="2", expires_on=ON), lot(lot_id="3", code="A")
    gone = lot(lot_id="4", expires_on=ON - timedelta(days=1))
    for order in ([later, sooner, tied, gone], [gone, tied, later, sooner]):
        assert [one.lot_id for one in rules.usable(order, ON, "p")] == ["2", "3", "1"]


@pytest.mark.parametrize(
    ("days", "ordered", "kind", "because"),
    [
        (30, None, "ready", ""),
        (29, None, "check", "Expires in 29 days, no replacement ordered"),
        (1, ON, "check", "Expires in 1 day, replacement ordered 23 Nov 2026"),
        (0, None, "check", "Expires today, no replacement ordered"),
        (-1, None, "stop", "Expired 22 Nov 2026"),
    ],
)
def test_how_a_lot_stands(days: int, ordered: date | None, kind: str, because: str) -> None:
    one = lot(expires_on=ON + timedelta(days=days), replacement_ordered_on=ordered)
    found = rules.condition(one, ON, 30)
    assert (found.kind, found.because) == (kind, because)


@pytest.mark.parametrize(
    ("text", "unit", "amount"),
    [
        ("0.5", AmountUnit.MICROLITRES, 500),
        ("0,5", AmountUnit.MICROLITRES, 500),
        ("0.05", AmountUnit.MICROLITRES, 50),
        (" 1 ", AmountUnit.MICROLITRES, 1000),
        ("1.", AmountUnit.MICROLITRES, 1000),
        ("20", AmountUnit.UNITS, 20),
        ("3", AmountUnit.EACH, 3),
    ],
)
def test_amounts_as_people_type_them(text: str, unit: AmountUnit, amount: int) -> None:
    assert rules.parse_amount(text, unit) == amount


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("", AmountUnit.MICROLITRES), (".5", AmountUnit.MICROLITRES), ("1,000", AmountUnit.MICROLITRES),
        ("1.000", AmountUnit.MICROLITRES), ("-1", AmountUnit.MICROLITRES), ("1e3", AmountUnit.MICROLITRES),
        ("1.2.3", AmountUnit.MICROLITRES), ("1 ml", AmountUnit.MICROLITRES), ("٣", AmountUnit.MICROLITRES),
        ("½", AmountUnit.MICROLITRES), ("1" * 400, AmountUnit.MICROLITRES), ("20.5", AmountUnit.UNITS),
        ("1,500", AmountUnit.UNITS), ("-20", AmountUnit.UNITS), ("²", AmountUnit.UNITS),
        ("9" * 5000, AmountUnit.UNITS), ("", AmountUnit.EACH), ("NaN", AmountUnit.UNITS),
    ],
)  # fmt: skip
def test_amounts_that_could_be_mistaken_are_refused(text: str, unit: AmountUnit) -> None:
    with pytest.raises(ValueError, match=r"Enter|check the number"):
        rules.parse_amount(text, unit)


@settings(deadline=None)
@given(st.integers(0, 10**6).map(lambda tens: tens * 10))
def test_millilitres_read_back_as_they_were_said(microlitres: int) -> None:
    said = rules.in_words(microlitres, AmountUnit.MICROLITRES).split()[0]
    for text in (said, said.replace(".", ",")):
        assert rules.parse_amount(text, AmountUnit.MICROLITRES) == microlitres


@pytest.mark.parametrize("gtin", ["04012345678901", "4006381333931", "96385074", "036000291452"])
def test_trade_numbers_with_their_check_digit(gtin: str) -> None:
    assert rules.gtin_problem(gtin) is None
    wrong = gtin[:-1] + str((int(gtin[-1]) + 1) % 10)
    assert rules.gtin_problem(wrong) == "The digits do not fit together: check them against the box"


@pytest.mark.parametrize("gtin", ["", "123", "abc", "٤٠٠٦٣٨١٣٣٣٩٣١", "4006381333931 "])
def test_what_is_no_trade_number(gtin: str) -> None:
    assert rules.gtin_problem(gtin)


def test_words_carry_their_units() -> None:
    assert rules.in_words(1500, AmountUnit.UNITS) == "1500 units"
    assert rules.in_words(1, AmountUnit.EACH) == "1 piece"
    assert rules.in_words(-500, AmountUnit.MICROLITRES) == "-0.5 millilitres"
    assert rules.containers_in_words(1, Container.AMPOULE) == "1 ampoule"
    assert rules.containers_in_words(0, Container.SYRINGE) == "0 syringes"
