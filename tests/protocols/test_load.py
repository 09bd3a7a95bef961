"""A protocol is loaded whole or refused with file, line and reason."""

from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safety.protocols.areas import areas
from safety.protocols.load import ROOT, Broken, Problem, latest, load, load_bytes
from safety.protocols.read import read_bytes
from safety.protocols.structure import sources


def problems(text: str | bytes) -> list[str]:
    """What `read` says about this text: the line and the reason."""
    content = text if isinstance(text, bytes) else text.encode()
    with pytest.raises(Broken) as broken:
        read_bytes(content, "p.yaml")
    return [str(problem) for problem in broken.value.problems]


def data(text: str) -> Any:
    return read_bytes(text.encode(), "p.yaml").data


def test_it_works() -> None:
    protocol = load(latest("screening"))
    assert (protocol.id, protocol.version, protocol.kind) == ("screening", 2, "screening")
    assert protocol.file_bytes == latest("screening").read_bytes()
    assert protocol.file_sha256 == sha256(protocol.file_bytes).hexdigest()
    assert protocol.parameters[0].key == "jurisdiction"
    assert {area["id"] for area in protocol.body["areas"]} == set(areas().areas)


def test_words_stay_words() -> None:
    assert data("a: no\nb: yes\nc: 12:30:00\nd: on\nno: off\n") == {
        "a": "no",
        "b": "yes",
        "c": "12:30:00",
        "d": "on",
        "no": "off",
    }


def test_days_become_text_and_nothing_else_does() -> None:
    assert data("a: 2026-03-10\nb: 5\nc: true\nd: null\ne: '5'\n") == {
        "a": "2026-03-10",
        "b": 5,
        "c": True,
        "d": None,
        "e": "5",
    }


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: 1\nb: 2\na: 3\n", 'p.yaml:3: found duplicate key "a" with value "3" (original value: "1")'),
        ("a: 1\nb: 1_500\n", "p.yaml:2: write the number 1_500 plainly, or in quotes if it is text"),
        ("a: 012\n", "p.yaml:1: write the number 012 plainly, or in quotes if it is text"),
        ("a: 0x1F\n", "p.yaml:1: write the number 0x1F plainly, or in quotes if it is text"),
        ("a: 0.33\n", "p.yaml:1: 0.33 is not a whole number: use a smaller unit, or quotes"),
        ("a: .inf\n", "p.yaml:1: .inf is not a whole number: use a smaller unit, or quotes"),
        ("a: &x [1]\nb: *x\n", "p.yaml:1: an alias is used here: write the value out"),
        ("1: a\n", "p.yaml:1: the key 1 must be a word: put it in quotes"),
        ("a: [1\n", "p.yaml:2: expected ',' or ']', but got '<stream end>'"),
        ("a: !!python/object:os.system x\n", "p.yaml:1: a value of kind os.system is not allowed here"),
        ("", "p.yaml:1: is empty"),
        (b"a: 1\nb: \xff\n", "p.yaml:2: is not UTF-8 text"),
    ],
)
def test_what_could_be_misread_is_refused(text: str | bytes, said: str) -> None:
    assert said in problems(text)


def test_a_loop_of_aliases_ends() -> None:
    assert any("alias" in problem for problem in problems("a: &x\n  b: *x\n"))


@given(st.text(max_size=80))
def test_no_text_at_all_ends_in_a_traceback(text: str) -> None:
    found: list[Problem] = []
    try:
        read_bytes(text.encode("utf-8", "replace"), "p.yaml")
    except Broken as broken:
        found = broken.problems
    assert all(problem.line >= 1 and problem.reason for problem in found)


def test_a_file_that_is_not_there() -> None:
    with pytest.raises(Broken, match="cannot be read: No such file"):
        load(Path("/nowhere/protocol.yaml"))


def test_a_protocol_that_is_not_there() -> None:
    with pytest.raises(Broken, match="holds no protocol named unicorn"):
        latest("unicorn")


def test_the_highest_version_is_the_latest(tmp_path: Path) -> None:
    for version in (2, 10, 9):
        (tmp_path / "example" / f"v{version}").mkdir(parents=True)
        (tmp_path / "example" / f"v{version}" / "protocol.yaml").touch()
    assert latest("example", tmp_path).parent.name == "v10"


def test_what_was_signed_can_be_loaded_from_its_bytes() -> None:
    path = latest("screening")
    assert load_bytes(path.read_bytes(), str(path)) == load(path)


def test_a_protocol_is_refused_when_its_areas_changed() -> None:
    path = latest("screening")
    pinned = areas().sha256
    changed = path.read_bytes().replace(pinned.encode(), b"0" * 64)
    with pytest.raises(Broken, match=f"areas.yaml has changed: its digest is {pinned}"):
        load_bytes(changed, str(path))


def test_areas_have_sides_and_counting_areas() -> None:
    found = areas().areas
    assert found["tear_trough"].counts_as == ("left_infraorbital", "right_infraorbital")
    assert found["left_tear_trough"].counts_as == ("left_infraorbital",)
    assert (found["left_tear_trough"].side, found["left_tear_trough"].tier) == ("left", "amber_plus")
    assert found["nose"].tier == "red"


def test_the_specification_s_areas_and_counting_areas_are_all_there() -> None:
    named = "glabella nose forehead nasolabial_fold temple tear_trough cheek lips chin jawline crows_feet"
    assert set(named.split()) <= set(areas().areas)
    middle = {"upper_lip", "lower_lip_chin", "nose", "glabella", "forehead"}
    paired = {
        f"{side}_{name}"
        for side in ("left", "right")
        for name in ("nasolabial_cheek", "infraorbital", "temple", "cheek_jaw")
    }
    assert set(areas().counting) == middle | paired


def test_every_counting_area_can_be_planned() -> None:
    assert set(areas().counting) <= set(areas().areas)


def test_sources_carry_what_was_seen() -> None:
    assert sources()["DEL17"]["seen"] == "abstract [S]; dose range [S2]; area table [M]"
    assert {"SEED", "BEL19", "AZZ", "CFR803", "LOH18"} <= set(sources())


def test_the_root_is_this_checkout() -> None:
    assert (ROOT / "sources.yaml").is_file()
