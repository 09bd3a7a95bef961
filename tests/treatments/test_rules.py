from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from safety.protocols import files
from safety.protocols import rules as protocols
from safety.stock.rules import (
    AmountUnit,
    Container,
    Holding,
    LotFacts,
    LotState,
    Pack,
    ProductClass,
)
from safety.treatments import rules

ON = date(2026, 11, 23)
CASES = YAML(typ="safe", pure=True).load(Path(__file__).with_name("interlock.yaml"))
KEYS = {150: "hylenex_150", 200: "vitrase_200", 1500: "hyalase_1500"}
pytestmark = pytest.mark.once


def demand(parameters: dict[str, Any] | None = None) -> rules.Demand:
    protocol = files.newest("vascular_occlusion").protocol
    assert protocol is not None
    return rules.demand(protocols.resolve(protocol.body, parameters or {}))


def lot(number: int, strength: int, containers: int, days: int, *more: str) -> LotFacts:
    opened = -strength // 2 if "opened" in more else 0
    state = next((LotState(word) for word in more if word in ("quarantined", "recalled")), LotState.USABLE)
    return LotFacts(
        lot_id=str(number), code=f"L{number}", product_id=f"p{strength}", product_name=f"Product {strength}",
        product_class=ProductClass.HA_FILLER if "filler" in more else ProductClass.HYALURONIDASE,
        brand="b", unit=AmountUnit.UNITS, container=Container.VIAL, pack=Pack(strength, "opened" not in more),
        volume_key=KEYS[strength], expires_on=ON + timedelta(days=days), state=state, state_reason=None,
        replacement_ordered_on=ON if "ordered" in more else None, retired="retired" in more,
        holding=Holding(containers, containers * strength + opened),
    )  # fmt: skip


def plan(classes: list[str], areas: int) -> rules.Planned:
    return rules.Planned(frozenset(map(ProductClass, classes)), areas)


def ask(case: dict[str, Any]) -> rules.Readiness:
    lots = [lot(number, *told) for number, told in enumerate(case["lots"], 1)]
    promised = [plan(*told) for told in case.get("promised", [])]
    shelf = rules.Shelf(lots, case.get("adrenaline"), promised)
    wanted = plan(case.get("classes", ["ha_filler"]), case.get("areas", 1))
    return rules.interlock(demand(case.get("parameters")), wanted, shelf, ON)


@pytest.mark.parametrize("case", CASES, ids=[case["says"] for case in CASES])
def test_the_interlock(case: dict[str, Any]) -> None:
    found = ask(case)
    assert found.state.value == case["state"], found
    for name in case.keys() & vars(found).keys() - {"state", "because"}:
        assert getattr(found, name) == case[name], name
    for line in case.get("because", []):
        assert line in found.because
    assert found.allows is (found.state is not rules.Ready.NOT_READY)


def test_there_are_cases_enough_and_each_says_something_else() -> None:
    assert len(CASES) >= 50
    assert len({case["says"] for case in CASES}) == len(CASES)


LOTS = st.lists(
    st.tuples(
        st.sampled_from([150, 200, 1500]), st.integers(-2, 45), st.integers(-5, 60),
        st.sampled_from(["", "ordered", "quarantined", "recalled", "retired"]),
    ),
    max_size=5,
)  # fmt: skip


@settings(deadline=None)
@given(LOTS, st.integers(0, 13), st.sampled_from(["area_pulsed", "flat_1500", "us_targeted"]))
def test_more_on_the_shelf_never_makes_it_worse(
    told: list[tuple[int, int, int, str]], areas: int, mode: str
) -> None:
    case = {"lots": told, "areas": areas, "parameters": {"vo.mode": mode}}
    order = ["not_ready", "check", "ready"]
    before, after = ask(case), ask({**case, "lots": [*told, (1500, 4, 300, "")]})
    fresh = ask({**case, "lots": [*told, (1500, 4, 300, ""), (1500, 4, 300, "")]})
    assert order.index(before.state) <= order.index(after.state) <= order.index(fresh.state)
    assert after.usable_units == before.usable_units + 6000
    assert after.allows


@settings(deadline=None)
@given(LOTS, st.integers(0, 13))
def test_ready_means_that_the_rounds_can_be_drawn(told: list[tuple[int, int, int, str]], areas: int) -> None:
    found = ask({"lots": told, "areas": areas})
    if found.allows:
        assert found.usable_units >= found.needed_units
        assert found.rounds >= demand().block_rounds
        assert all(one.units == 0 or one.because for one in found.per_lot if not one.counts)
    assert found.usable_units == sum(one.units for one in found.per_lot if one.counts)
    assert found.usable_containers == sum(one.containers for one in found.per_lot if one.counts)


@settings(deadline=None)
@given(
    st.integers(1, 3000),
    st.lists(st.tuples(st.sampled_from([50, 150, 200, 1500]), st.integers(0, 12)), max_size=4),
)
def test_rounds_are_counted_as_they_would_be_drawn(dose: int, packs: list[tuple[int, int]]) -> None:
    held = rules.rounds_held(dose, packs)
    assert rules.drawn([dose] * held, packs)
    assert not rules.drawn([dose] * (held + 1), packs)


def test_as_json_is_plain() -> None:
    found = ask(CASES[2]).as_json()
    assert found["state"] == "check"
    assert found["per_lot"][0] == {
        "lot": "1", "code": "L1", "product": "Product 1500", "units": 3000, "containers": 2, "counts": True,
        "because": "",
    }  # fmt: skip
