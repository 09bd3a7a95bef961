"""The treatment protocol: version 1 stays as it was released, version 2 carries all of it."""

import hashlib
from typing import Any

import pytest

from safety.protocols.areas import areas
from safety.protocols.load import ROOT, load
from safety.treatments import visit

V1 = load(ROOT / "treatment" / "v1" / "protocol.yaml")
V2 = load(ROOT / "treatment" / "v2" / "protocol.yaml")


def test_version_1_is_what_was_released() -> None:
    assert (
        hashlib.sha256(V1.file_bytes).hexdigest()
        == "c0acd0267885d9a1f297ae9d0c306e510c21f0a618810067a0e9a17fac294ee8"
    )


@pytest.mark.parametrize("part", ["observation", "reviews"])
def test_version_2_keeps_what_version_1_says(part: str) -> None:
    assert V2.body[part] == V1.body[part]
    assert V2.parameters == V1.parameters


def test_version_2_asks_about_the_same_amounts() -> None:
    def asked(body: dict[str, Any]) -> set[tuple[Any, ...]]:
        rows = visit.asked_above(body)
        told = ("id", "title", "ul", "units", "each_side")
        return {tuple(str(row.get(key)) for key in told) for row in rows}

    assert asked(V1.body) <= asked(V2.body)


def test_every_rule_of_sequence_is_there() -> None:
    assert [row["rule"] for row in V2.body["sequence"]] == [f"C{number:02}" for number in range(1, 14)]


def test_every_area_and_group_named_is_one_of_the_area_file() -> None:
    known = areas().areas
    groups = {group for one in known.values() for group in one.groups}
    for part in ("sequence", "volumes", "durations", "downtime", "tools"):
        for row in V2.body[part]:
            named = row.get("areas", [])
            assert set(named if isinstance(named, list) else []) <= set(known), row["id"]
            assert set(row.get("groups", [])) <= groups, row["id"]
    for row in [*V2.body["ranges"]["areas"], *V2.body["ranges"]["brands"]]:
        assert set(row["areas"]) <= set(known), row["id"]
