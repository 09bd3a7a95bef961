"""The script drawn from a seed, the practice patient, and who is due when."""

from datetime import date
from typing import Any

import pytest

from safety.drills import rules
from safety.emergency.shapes import clean_context
from safety.protocols import load
from safety.protocols import rules as protocols

BODY = protocols.resolve(load.load(load.latest("drills")).body, {})
RESCUE = protocols.resolve(load.load(load.latest("vascular_occlusion")).body, {})
SCRIPTS = [row["id"] for row in BODY["scripts"]]
DUE = {"every_months": 6, "soon": {"days": 30}}


@pytest.mark.parametrize("script_id", SCRIPTS)
def test_it_works(script_id: str) -> None:
    """The same seed draws the same; some seed draws each surprise, within its minutes."""
    script = next(row for row in BODY["scripts"] if row["id"] == script_id)
    bounds = {row["surprise"]: (row["from_min"], row["to_min"]) for row in script["surprises"]}
    seen: set[str] = set()
    for seed in range(1, 120):
        drawn = rules.drawn(BODY, script_id, seed)
        assert drawn == rules.drawn(BODY, script_id, seed)
        assert len(drawn["surprises"]) == script["pick"]["surprises"]
        for row in drawn["surprises"]:
            low, high = bounds[row["id"]]
            assert low <= row["at_min"] <= high
            seen.add(row["id"])
    assert seen == set(bounds)


def test_a_script_nobody_wrote() -> None:
    with pytest.raises(rules.NoSuchScript):
        rules.drawn(BODY, "made_up", 1)


@pytest.mark.parametrize("script_id", SCRIPTS)
def test_the_practice_patient_is_one_the_run_can_read(script_id: str) -> None:
    contacts = [{"name": "Dr Moss", "role": "prescriber", "phone": "0117 496 0001"}]
    context = rules.practice_context(rules.drawn(BODY, script_id, 1), RESCUE["products"], contacts)
    kept, whole = clean_context(context)
    assert whole
    assert kept["stock"][0]["lot"] is None
    assert kept["stock"][0]["lot_code"] == rules.PRACTICE
    assert kept["contacts"] == [{"name": "Dr Moss", "role": "prescriber", "phone": None}]
    assert kept["product_class"] in RESCUE["product_classes"]["dissolves"]


def test_every_area_and_product_of_a_script_is_the_protocols() -> None:
    listed = {row["id"] for name in ("list", "other_points") for row in RESCUE["counting_areas"][name]}
    products = {row["id"] for row in RESCUE["products"]}
    for script in BODY["scripts"]:
        assert set(script["patient"]["areas"]) <= listed
        assert {row["product"] for row in script["stock"]} <= products
    assert {row["surprise"] for script in BODY["scripts"] for row in script["surprises"]} == {
        row["id"] for row in BODY["surprises"]
    }


@pytest.mark.parametrize(
    ("last", "on", "due_on", "state"),
    [
        (None, "2026-11-25", None, "never"),
        ("2026-11-25", "2026-11-25", "2027-05-25", "ok"),
        ("2026-05-25", "2026-11-25", "2026-11-25", "soon"),
        ("2026-05-24", "2026-11-25", "2026-11-24", "overdue"),
        ("2026-06-25", "2026-11-25", "2026-12-25", "soon"),
        ("2026-06-26", "2026-11-25", "2026-12-26", "ok"),
        ("2026-08-31", "2027-02-28", "2027-02-28", "soon"),
        ("2026-08-31", "2027-03-01", "2027-02-28", "overdue"),
    ],
)
def test_due(last: str | None, on: str, due_on: str | None, state: str) -> None:
    known = {"nora": date.fromisoformat(last)} if last else {}
    [row] = rules.due_list([("nora", "Nora")], known, DUE, date.fromisoformat(on))
    assert (row.due_on.isoformat() if row.due_on else None, row.state) == (due_on, state)


def test_the_longest_overdue_stands_first() -> None:
    named = [("a", "Ann"), ("b", "Bo"), ("c", "Cy")]
    last = {"a": date(2026, 11, 1), "b": date(2026, 1, 1)}
    assert [row.key for row in rules.due_list(named, last, DUE, date(2026, 11, 25))] == ["c", "b", "a"]


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [("2026-01-31", 1, "2026-02-28"), ("2027-11-30", 3, "2028-02-29"), ("2026-12-31", 12, "2027-12-31")],
)
def test_months_later(day: str, months: int, later: Any) -> None:
    assert rules.months_later(date.fromisoformat(day), months).isoformat() == later
