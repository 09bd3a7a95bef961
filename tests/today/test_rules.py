"""What the board says, without a database."""

from datetime import date, timedelta

import pytest

from safety.stock.rules import (
    AmountUnit,
    Container,
    Holding,
    LotFacts,
    LotState,
    Pack,
    ProductClass,
)
from safety.today import rules
from safety.treatments.rules import LotCounts, Readiness, Ready

ON = date(2026, 11, 22)


def lot(
    days: int = 200, containers: int = 7, name: str = "Hyalase", state: LotState = LotState.USABLE
) -> LotFacts:
    strength, box = (1500, Container.AMPOULE) if name == "Hyalase" else (150, Container.VIAL)
    return LotFacts(
        lot_id=f"{name} {days}",
        code=f"H{days}",
        product_id=name,
        product_name=name,
        product_class=ProductClass.HYALURONIDASE,
        brand=name,
        unit=AmountUnit.UNITS,
        container=box,
        pack=Pack(strength, single_use=True),
        volume_key=None,
        expires_on=ON + timedelta(days=days),
        state=state,
        state_reason=None,
        replacement_ordered_on=None,
        retired=False,
        holding=Holding(containers, containers * strength),
    )


def judged(one: LotFacts, counts: bool = True, because: str = "") -> LotCounts:
    units, containers = one.holding.amount, one.holding.containers
    return LotCounts(one.lot_id, one.code, one.product_name, units, containers, counts, because)


def ready(*lots: LotCounts, needed: int = 2) -> Readiness:
    return Readiness(Ready.READY, 3000, needed, "Hyalase", 0, 0, 0, 1500, 2, lots)


def test_it_works() -> None:
    good = lot()
    assert rules.usable_in_words(ready(judged(good)), [good]) == ["7 ampoules, 1500 units each"]
    assert rules.drawn(ready(judged(good)), [good], ON) == rules.Drawn(7, 0, 0, "7 usable")


def test_each_strength_is_named_the_most_units_first() -> None:
    lots = [lot(name="Hylenex", containers=9), lot(containers=1)]
    said = rules.usable_in_words(ready(*map(judged, lots)), lots)
    assert said == ["1 ampoule, 1500 units each", "9 vials, 150 units each"]


def test_lots_of_one_product_are_added_up() -> None:
    lots = [lot(), lot(days=300, containers=2)]
    assert rules.usable_in_words(ready(*map(judged, lots)), lots) == ["9 ampoules, 1500 units each"]


def test_what_does_not_count_is_not_called_usable() -> None:
    late = lot(days=-1)
    assert rules.usable_in_words(ready(judged(late, counts=False, because="expired")), [late]) == []


@pytest.mark.parametrize(
    ("one", "counts", "drawn_low"),
    [
        (lot(days=18, containers=1), False, 1),
        (lot(days=18, containers=1), True, 1),
        (lot(days=0, containers=1), False, 1),
        (lot(days=-1, containers=1), False, 0),
        (lot(containers=1, state=LotState.QUARANTINED), False, 0),
        (lot(containers=1, state=LotState.RECALLED), False, 0),
    ],
)
def test_only_what_is_about_to_expire_is_drawn_amber(one: LotFacts, counts: bool, drawn_low: int) -> None:
    found = rules.drawn(ready(judged(one, counts, "some reason")), [one], ON)
    assert (found.good, found.low) == (0, drawn_low)


def test_gaps_are_drawn_up_to_what_is_needed() -> None:
    few = lot(containers=1)
    assert rules.drawn(ready(judged(few), needed=3), [few], ON) == rules.Drawn(1, 0, 2, "1 usable, 2 missing")
    assert rules.drawn(ready(), [], ON).gaps == 2


def test_a_full_cupboard_is_drawn_in_part_and_named_whole() -> None:
    many = lot(containers=200)
    found = rules.drawn(ready(judged(many)), [many], ON)
    assert (found.good, found.label) == (rules.MOST_DRAWN, "200 usable")


@pytest.mark.parametrize(("days", "said"), [(0, "Today"), (1, "In 1 day"), (18, "In 18 days")])
def test_days_left(days: int, said: str) -> None:
    assert rules.in_days(ON + timedelta(days=days), ON) == said


def test_the_first_to_expire_is_in_date_usable_and_not_empty() -> None:
    lots = [lot(-3), lot(2, containers=0), lot(3, state=LotState.QUARANTINED), lot(9), lot(4)]
    first = rules.first_to_expire(lots, ON)
    assert first is not None
    assert first.code == "H4"
    assert rules.first_to_expire([], ON) is None


@pytest.mark.parametrize(
    ("emergency", "tablet", "shelf", "kind", "word"),
    [
        (False, True, Ready.READY, "ready", "Ready"),
        (False, True, Ready.CHECK, "check", "Check"),
        (False, False, Ready.READY, "check", "Check"),
        (False, True, Ready.NOT_READY, "stop", "Not ready"),
        (False, False, Ready.NOT_READY, "stop", "Not ready"),
        (True, True, Ready.READY, "stop", "Emergency"),
    ],
)
def test_no_room_is_better_than_the_shelf(
    emergency: bool, tablet: bool, shelf: Ready, kind: str, word: str
) -> None:
    assert rules.room_look(emergency, tablet, shelf)[:2] == (kind, word)


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("Nora Lindqvist", "N. Lindqvist"),
        ("Dr Ifeanyi Okafor", "Dr I. Okafor"),
        ("Anneke de Vries", "A. de Vries"),
        ("Cher", "Cher"),
    ],
)
def test_short_names(name: str, short: str) -> None:
    assert rules.short_name(name) == short
