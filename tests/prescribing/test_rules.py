"""What a prescriber's word covers, and each way in which it does not."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from safety.prescribing.rules import Grant, Held, Wanted, against, assigned, granted
from safety.stock.rules import AmountUnit, ProductClass

ON = date(2026, 11, 25)
TOXIN = Wanted("i1", "p1", "Botox 100", ProductClass.TOXIN, "botox", ("glabella",), 20, AmountUnit.UNITS)
HELD = Held(Grant.AUTHORISE, "Dr Okafor", "patient", ON, [TOXIN.as_json()], None, None, fits=True)


def code(
    held: Held | None = HELD, wanted: Wanted = TOXIN, patient: str = "patient", on: date = ON
) -> str | None:
    lack = against(held, wanted, patient, on)
    return lack.code if lack else None


def test_it_works() -> None:
    assert code() is None
    assert code(wanted=replace(TOXIN, amount=1)) is None


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"held": None}, "none"),
        ({"held": replace(HELD, fits=False)}, "forged"),
        ({"held": replace(HELD, choice=Grant.REFUSE, reason="No")}, "refused"),
        ({"held": replace(HELD, cancelled="")}, "cancelled"),
        ({"held": replace(HELD, patient_id="other")}, "patient"),
        ({"patient": "other"}, "patient"),
        ({"on": date(2026, 11, 26)}, "day"),
        ({"on": date(2026, 11, 24)}, "day"),
        ({"held": replace(HELD, items=[])}, "product"),
        ({"wanted": replace(TOXIN, product_id="p2")}, "product"),
        ({"wanted": replace(TOXIN, item="i2")}, "product"),
        ({"wanted": replace(TOXIN, brand="azzalure")}, "product"),
        ({"wanted": replace(TOXIN, unit=AmountUnit.MICROLITRES)}, "product"),
        ({"wanted": replace(TOXIN, areas=("forehead",))}, "area"),
        ({"wanted": replace(TOXIN, areas=("glabella", "forehead"))}, "area"),
        ({"wanted": replace(TOXIN, amount=21)}, "amount"),
        ({"wanted": replace(TOXIN, product_class=ProductClass.HYALURONIDASE), "held": None}, "none"),
        ({"wanted": replace(TOXIN, product_class=ProductClass.HA_FILLER), "held": None}, None),
        ({"wanted": replace(TOXIN, product_class=ProductClass.BIOSTIMULATOR), "held": None}, None),
    ],
)
def test_each_part_is_bound(changed: dict[str, Any], expected: str | None) -> None:
    assert code(**changed) == expected


@pytest.mark.parametrize(
    "limit", [(0, ["glabella"]), (-1, ["glabella"]), (21, ["glabella"]), (5, []), (5, ["lips"])]
)
def test_a_limit_stays_within_the_plan(limit: tuple[int, list[str]]) -> None:
    with pytest.raises(ValueError, match="planned"):
        granted(Grant.WITH_LIMITS, [TOXIN], {"i1": limit})


def test_what_a_limit_leaves_is_granted() -> None:
    assert granted(Grant.WITH_LIMITS, [TOXIN], {"i1": (5, ["glabella"])}) == [
        {**TOXIN.as_json(), "amount": 5}
    ]
    assert granted(Grant.REFUSE, [TOXIN], {}) == []
    assert granted(Grant.AUTHORISE, [TOXIN], {}) == [TOXIN.as_json()]


def test_a_plan_brought_within_its_limits_keeps_its_grant() -> None:
    less = replace(TOXIN, item="i2", amount=10)
    held = replace(HELD, items=assigned(HELD.items, [less]))
    assert code(held=held, wanted=less) is None
    assert code(held=held, wanted=replace(less, amount=21)) == "amount"


@pytest.mark.parametrize(
    "planned",
    [
        [replace(TOXIN, item="i2"), replace(TOXIN, item="i3")],
        [TOXIN, replace(TOXIN, item="i3")],
        [replace(TOXIN, item="i2", areas=("forehead",)), replace(TOXIN, item="i3")],
    ],
)
def test_one_grant_serves_one_product_of_the_plan(planned: list[Wanted]) -> None:
    held = replace(HELD, items=assigned(HELD.items, planned))
    assert sum(code(held=held, wanted=one) is None for one in planned) == 1


def test_a_grant_of_another_product_is_not_taken_over() -> None:
    other = replace(TOXIN, item="i2", product_id="p2")
    assert code(held=replace(HELD, items=assigned(HELD.items, [other])), wanted=other) == "product"
