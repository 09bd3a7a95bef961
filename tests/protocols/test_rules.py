"""Parameters, digests and the figures a medical director signs for."""

import hashlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safety.protocols import rules
from safety.protocols.load import latest, load
from safety.protocols.questions import cycle

BODY = load(latest("screening")).body
KEYS = {parameter.key: parameter for parameter in rules.parameters(BODY)}
SMALL: dict[str, Any] = {
    "format": 1,
    "version": 3,
    "parameters": [
        {
            "key": "place",
            "title": "Place",
            "type": "choice",
            "default": "here",
            "section": "1",
            "choices": [{"value": "here", "title": "Here"}, {"value": "there", "title": "There"}],
            "evidence": [{"tag": "P"}],
        },
        {
            "key": "wait.min",
            "title": "Wait",
            "type": "integer",
            "unit": "minutes",
            "default": 60,
            "default_by": {"parameter": "place", "values": {"there": 45}},
            "minimum": 30,
            "maximum": 90,
            "section": "1",
            "evidence": [{"source": "DEL17", "tag": "S"}],
        },
        {
            "key": "warm",
            "title": "Warm",
            "type": "boolean",
            "default": True,
            "section": "1",
            "evidence": [{"tag": "M"}],
        },
    ],
    "steps": [
        {
            "id": "S1",
            "text": "Wait {{wait.min}} minutes",
            "wait": {"param": "wait.min"},
            "warm": {"param": "warm"},
            "evidence": [{"tag": "M"}, {"tag": "P"}],
        },
        {
            "id": "S2",
            "text": "Then 5 more",
            "minutes": 5,
            "evidence": [{"source": "DEL17", "tag": "S"}, {"tag": "P"}],
        },
        {"order": 2, "loose": 7},
    ],
}


def test_it_works() -> None:
    resolved = rules.resolve(SMALL, {"wait.min": 30})
    assert resolved["steps"][0]["wait"] == 30
    assert resolved["steps"][0]["text"] == "Wait 30 minutes"
    assert resolved["steps"][0]["warm"] is True
    assert resolved["parameters"] == {"place": "here", "wait.min": 30, "warm": True}
    assert SMALL["steps"][0]["wait"] == {"param": "wait.min"}, "the file itself is never changed"


def test_a_default_may_follow_another_choice_and_an_own_value_wins() -> None:
    assert rules.effective(SMALL, {"place": "there"})["wait.min"] == 45
    assert rules.effective(SMALL, {"place": "there", "wait.min": 60})["wait.min"] == 60


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"wait.min": 29}, "wait.min must be between 30 and 90 minutes, not 29"),
        ({"wait.min": 91}, "wait.min must be between 30 and 90 minutes, not 91"),
        ({"wait.min": "60"}, 'wait.min must be a whole number of minutes, not "60"'),
        ({"wait.min": True}, "wait.min must be a whole number of minutes, not true"),
        ({"wait.min": 60.0}, "wait.min must be a whole number of minutes, not 60.0"),
        ({"wait.min": None}, "wait.min must be a whole number of minutes, not null"),
        ({"place": "nowhere"}, 'place must be one of here, there, not "nowhere"'),
        ({"warm": 1}, "warm must be true or false, not 1"),
        ({"speed": 1}, "speed is not a parameter of this protocol"),
    ],
)
def test_what_is_not_allowed_is_refused(values: dict[str, Any], message: str) -> None:
    with pytest.raises(rules.Refused) as refused:
        rules.resolve(SMALL, values)
    assert str(refused.value) == message


@pytest.mark.parametrize("value", [30, 90])
def test_both_ends_of_a_range_are_allowed(value: int) -> None:
    assert rules.effective(SMALL, {"wait.min": value})["wait.min"] == value


def test_the_digest_is_that_of_canonical_json() -> None:
    canonical = '{"file":"ab","parameters":{"place":"Zürich","wait.min":60}}'
    expected = hashlib.sha256(canonical.encode()).hexdigest()
    assert rules.digest("ab", {"wait.min": 60, "place": "Zürich"}) == expected


@given(st.integers(30, 90), st.integers(30, 90), st.text("0123456789abcdef", min_size=1, max_size=4))
def test_the_digest_changes_with_every_value_and_with_the_file(one: int, other: int, file: str) -> None:
    first = rules.digest(file, rules.effective(SMALL, {"wait.min": one}))
    assert (first == rules.digest(file, rules.effective(SMALL, {"wait.min": other}))) == (one == other)
    assert first != rules.digest(f"{file}0", rules.effective(SMALL, {"wait.min": one}))


def test_unverified_is_what_nobody_has_seen() -> None:
    assert [figure.id for figure in rules.unverified(SMALL)] == ["place", "warm", "S1"]


def test_a_figure_reads_as_a_sentence_with_the_clinic_s_values() -> None:
    texts = {figure.id: figure.text for figure in rules.figures(SMALL, {"wait.min": 45})}
    assert texts["S1"] == "Wait 45 minutes"
    assert texts["wait.min"] == "Wait: 60 minutes; there: 45 minutes (may be set from 30 to 90 minutes)"
    assert texts["warm"] == "Warm: on"
    assert texts["place"] == "Place: Here"


def test_every_figure_of_screening_has_an_id_of_its_own_and_a_sentence() -> None:
    listed = rules.figures(BODY)
    assert len({figure.id for figure in listed}) == len(listed)
    assert all(figure.text and "{" not in figure.text for figure in listed)


def test_a_rule_says_its_outcome_and_its_scope() -> None:
    texts = {figure.id: figure.text for figure in rules.figures(BODY)}
    assert texts["G18.milk_protein"].endswith("Outcome: contra for toxin; Dysport, Azzalure.")
    assert texts["G22.whole_body"].endswith("Outcome: prescriber for ha filler.")


def test_numbers_know_their_figure() -> None:
    found = {(number.where[-1], number.value): number.figure for number in rules.numbers(SMALL)}
    assert found[("minutes", 5)] == "S2"
    assert found[("minimum", 30)] == "wait.min"
    assert found[("loose", 7)] is None
    assert ("order", 2) not in found
    assert ("version", 3) not in found


def test_every_number_of_screening_belongs_to_a_figure() -> None:
    assert [number for number in rules.numbers(BODY) if number.figure is None] == []


@pytest.mark.parametrize(
    ("key", "default", "allowed", "refused"),
    [
        ("jurisdiction", "UK-England", ["UK-Scotland", "US", "EU"], ["UK", ""]),
        ("screen.mg_toxin", "contra", ["prescriber_by_brand"], ["clear"]),
        ("screen.venom_elective", "prescriber", ["caution", "contra"], ["clear"]),
        ("screen.anaphylaxis_history_filler", "prescriber", ["contra"], ["caution"]),
        ("screen.isotretinoin_months", 6, [0], [7, -1]),
        ("screen.dental_days", 14, [0, 28], [-1]),
        ("screen.vaccine_days", 14, [28], [-1]),
        ("screen.event_days", 14, [21], [-1]),
        ("screen.undereye_event_days", 28, [42], [-1]),
        ("screen.cooling_off_h", 24, [0, 336], [337]),
        ("toxin.min_interval_days", 84, [90], [83, 91]),
        ("toxin.reconstituted_h", 24, [672], [673]),
    ],
)
def test_the_specification_s_parameters(
    key: str, default: Any, allowed: list[Any], refused: list[Any]
) -> None:
    assert KEYS[key].default == default
    assert [value for value in allowed if KEYS[key].allows(value)] == []
    assert [value for value in refused if KEYS[key].allows(value) is None] == []


def test_anaphylaxis_follows_the_jurisdiction() -> None:
    assert rules.effective(BODY, {"jurisdiction": "US"})["screen.anaphylaxis_history_filler"] == "contra"
    assert rules.effective(BODY, {"jurisdiction": "EU"})["screen.anaphylaxis_history_filler"] == "prescriber"


def test_every_question_of_the_specification_is_there() -> None:
    expected = {f"G{number:02}" for number in [*range(1, 8), *range(9, 36), *range(40, 49), *range(50, 57)]}
    expected |= {f"G08{letter}" for letter in "abcdefg"}
    expected |= {f"T{number:02}" for number in range(1, 8)} | {f"F{number:02}" for number in range(1, 13)}
    expected |= {f"B{number:02}" for number in range(1, 6)}
    assert {question["id"] for question in BODY["questions"]} == expected


@pytest.mark.parametrize(
    ("graph", "loop"),
    [
        ({}, []),
        ({"a": ["b"], "b": []}, []),
        ({"a": ["a"]}, ["a", "a"]),
        ({"a": ["b"], "b": ["c"], "c": ["b"]}, ["b", "c", "b"]),
        ({"a": ["b", "c"], "b": ["d"], "c": ["d"], "d": []}, []),
        ({"a": ["elsewhere"]}, []),
    ],
)
def test_a_loop_is_named(graph: dict[str, list[str]], loop: list[str]) -> None:
    assert cycle(graph) == loop
