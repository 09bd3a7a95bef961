"""`protocols check`: everything wrong, each with file and line."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from safety.protocols import check as checking
from safety.protocols.check import check
from safety.protocols.commands import protocols
from safety.protocols.load import ROOT, Protocol, latest
from safety.protocols.read import Where
from safety.screening import stories

SCREENING = (ROOT / "screening" / "v1" / "protocol.yaml").read_text("utf-8")


def write(folder: Path, text: str, kind: str = "example") -> Path:
    path = folder / kind / "v1" / "protocol.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path


def said(path: Path) -> list[str]:
    return [f"{problem.line}: {problem.reason}" for problem in check(path)]


def screening(folder: Path, old: str, new: str) -> list[str]:
    """What is said about the screening protocol with one thing changed; its text must hold the old."""
    assert old in SCREENING
    return [problem.reason for problem in check(write(folder, SCREENING.replace(old, new, 1), "screening"))]


@pytest.fixture(autouse=True)
def _stories_are_played(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(checking.RUNNERS, "screening", stories.play)


def test_it_works() -> None:
    assert check(ROOT / "screening") == []
    assert check(ROOT / "sources.yaml") == []
    assert check(ROOT / "areas.yaml") == []


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("source: ACT21, tag: S}", "source: ACT22, tag: S}", "ACT22 is not a source in sources.yaml"),
        ("{q: G11, eq: yes}", "{q: G39, eq: yes}", "G39 is not a question of this protocol"),
        ("{q: G10, eq: unsure}", "{q: G10, eq: maybe}", "maybe is not an answer to G10"),
        ("has: [chemotherapy]", "has: [chemo]", "chemo is not an answer to G27"),
        ("id: G11.breastfeeding", "id: G10.pregnant", "the id G10.pregnant is used 2 times"),
        ("- id: G12\n", "- id: G11\n", "the question G11 is asked 2 times"),
        (
            "plus_days: {param: toxin.min_interval_days}",
            "plus_days: {param: toxin.min_interval}",
            "toxin.min_interval is not a parameter of this protocol",
        ),
        (
            "{{screen.event_days}}",
            "{{screen.party_days}}",
            "screen.party_days is not a parameter of this protocol",
        ),
        (
            "default: 84",
            "default: 83",
            "the default of toxin.min_interval_days must be between 84 and 90 days",
        ),
        (
            "values: {US: contra}",
            "values: {Mars: contra}",
            "Mars is not a choice of the parameter jurisdiction",
        ),
        (
            "values: {US: contra}",
            "values: {US: caution}",
            "the default of screen.anaphylaxis_history_filler for US must be one of prescriber, contra",
        ),
        (
            "    shown_if: {q: G08a, eq: yes}\n",
            "    shown_if: {q: G08b, eq: yes}\n",
            "questions wait for each other: G08b → G08b",
        ),
        (
            "shown_if: {q: G09, some: true}",
            "shown_if: {q: G09, gte: 1}",
            "the number 1 belongs to nothing that says where it comes from",
        ),
    ],
)
def test_each_fault_is_found(tmp_path: Path, old: str, new: str, reason: str) -> None:
    assert reason in screening(tmp_path, old, new)


def test_a_longer_loop_is_named_from_end_to_end(tmp_path: Path) -> None:
    loop = (
        SCREENING.replace(
            "    wording: Are you breastfeeding?\n", "    wording: W\n    shown_if: {q: G12, eq: yes}\n"
        )
        .replace(
            "    wording: Are you trying to become pregnant in the next 3 months?\n",
            "    wording: W\n    shown_if: {not: {any: [{q: G14.active, eq: yes}]}}\n",
        )
        .replace(
            "    wording: Any trouble swallowing, speaking or breathing, or ever food in the lungs?\n",
            "    wording: W\n    shown_if: {q: G11, eq: yes}\n",
        )
    )
    (problem,) = check(write(tmp_path, loop, "screening"))
    assert problem.reason == "questions wait for each other: G11 → G12 → G14.active → G14 → G11"
    assert "shown_if" in loop.splitlines()[problem.line - 1]


def test_the_line_is_the_line(tmp_path: Path) -> None:
    path = write(tmp_path, SCREENING.replace("default: 84", "default: 83"), "screening")
    line = SCREENING[: SCREENING.index("default: 84")].count("\n") + 1
    assert said(path) == [f"{line}: the default of toxin.min_interval_days must be between 84 and 90 days"]


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("format: 1", "format: 2", "format: 1 was expected"),
        (
            "kind: screening",
            "kind: 3",
            "kind: 3 is not one of ['screening', 'emergency', 'treatment', 'drill', 'consent', 'aftercare']",
        ),
        ("\nid: screening\n", "\nid: Screening\n", "id: 'Screening' does not match '^[a-z][a-z0-9_]*$'"),
        ("title: Screening before", "name: Screening before", "the file: 'title' is a required property"),
        ("    unit: months\n", "", "parameters.4: 'unit' is a required property"),
        ("default: 84", "default: soon", "parameters.10.default: 'soon' is not of type 'integer'"),
        (
            "[{tag: M, note: Label; which brands}]",
            "[{tag: S, note: Label; which brands}]",
            "questions.24.rules.0.evidence.0: 'source' is a required property",
        ),
        (
            "[{tag: M, note: Label; which brands}]",
            "[{tag: X}]",
            "questions.24.rules.0.evidence.0.tag: 'X' is not one of ['S', 'S2', 'M', 'P', 'SEED']",
        ),
        (
            "[{tag: M, note: Label; which brands}]",
            "[]",
            "questions.24.rules.0.evidence: [] should be non-empty",
        ),
        (
            "  - id: G12\n",
            "  - id: G12\n    colour: red\n",
            "questions.17: unknown properties are not allowed ('colour' was unexpected)",
        ),
        (
            "summary: Asked",
            "colour: red\nsummary: Asked",
            "the file: unknown properties are not allowed ('colour' was unexpected)",
        ),
    ],
)
def test_the_shape_is_strict(tmp_path: Path, old: str, new: str, reason: str) -> None:
    assert reason in screening(tmp_path, old, new)


def test_a_protocol_lies_where_its_name_says(tmp_path: Path) -> None:
    (problem, *_) = screening(tmp_path, "version: 1\n", "version: 2\n")
    assert problem == "id and version say screening/v2, the folder is screening/v1"


def test_a_folder_without_protocols(tmp_path: Path) -> None:
    assert said(tmp_path) == ["1: holds no protocol files"]


def test_a_path_that_is_not_there(tmp_path: Path) -> None:
    assert said(tmp_path / "none") == ["1: there is no such file or folder"]


def test_scenarios_are_played_and_named_with_their_line(tmp_path: Path) -> None:
    path = write(tmp_path, SCREENING, "screening")
    told = path.parent / "scenarios" / "story.yaml"
    told.parent.mkdir()
    source = ROOT / "screening/v1/scenarios/toxin_84_days_ago_is_clear.yaml"
    text = source.read_text("utf-8")
    told.write_text(text.replace("outcome: clear", "outcome: defer"), "utf-8")
    (problem,) = check(tmp_path)
    assert problem.file == str(told)
    assert problem.reason == "outcome is clear, not defer"
    assert "outcome: defer" in told.read_text("utf-8").splitlines()[problem.line - 1]
    assert check(told) == [problem]


def test_a_kind_nobody_plays_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(checking.RUNNERS, "screening")
    (problem, *_) = check(ROOT / "screening")
    assert problem.reason == "nothing is registered that plays a scenario of kind screening"


def test_what_plays_a_scenario_gets_the_protocol(monkeypatch: pytest.MonkeyPatch) -> None:
    met: list[str] = []

    def runner(protocol: Protocol, scenario: dict[str, Any]) -> Iterator[tuple[Where, str]]:
        met.append(f"{protocol.id} {scenario['title']}")
        yield ("expect",), "no"

    monkeypatch.setitem(checking.RUNNERS, "screening", runner)
    assert len(check(ROOT / "screening" / "v1")) == len(met) > 0


@pytest.mark.parametrize(
    ("file", "old", "new", "reason"),
    [
        ("areas.yaml", "counts_as: [nose]", "counts_as: [snout]", "snout is not a counting area"),
        ("areas.yaml", "  - id: chin\n", "  - id: lips\n", "the area lips is listed twice"),
        (
            "areas.yaml",
            'source: PAL19, tag: S, note: "Among',
            'source: PAL18, tag: S, note: "Among',
            "PAL18 is not a source in sources.yaml",
        ),
        ("areas.yaml", "tier: red", "tier: purple", None),
        ("sources.yaml", 'seen: "full"', 'sight: "full"', None),
    ],
)
def test_shared_files_are_checked(tmp_path: Path, file: str, old: str, new: str, reason: str | None) -> None:
    text = (ROOT / file).read_text("utf-8")
    assert old in text
    (tmp_path / file).write_text(text.replace(old, new, 1), "utf-8")
    reasons = [problem.reason for problem in check(tmp_path / file)]
    assert reasons
    assert reason is None or reason in reasons


def test_the_command_says_all_is_well() -> None:
    done = CliRunner().invoke(protocols, ["check", str(ROOT / "screening")])
    assert (done.exit_code, done.stderr) == (0, "")


def test_the_command_names_file_and_line(tmp_path: Path) -> None:
    path = write(tmp_path, SCREENING.replace("default: 84", "default: 8_4"), "screening")
    line = SCREENING[: SCREENING.index("default: 84")].count("\n") + 1
    done = CliRunner().invoke(protocols, ["check", str(path)])
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr == f"{path}:{line}: write the number 8_4 plainly, or in quotes if it is text\n"


def test_the_command_on_nothing_is_wrong_use(tmp_path: Path) -> None:
    done = CliRunner().invoke(protocols, ["check", str(tmp_path / "none")])
    assert (done.exit_code, done.stdout) == (2, "")
    assert len(done.stderr.splitlines()) == 1


def test_figures_are_listed_as_json(tmp_path: Path) -> None:
    done = CliRunner().invoke(protocols, ["figures", str(latest("screening")), "--unverified"])
    assert done.exit_code == 0
    assert '"id": "G09.many"' in done.stdout
    assert '"id": "G10.pregnant"' not in done.stdout


def test_figures_of_a_broken_file(tmp_path: Path) -> None:
    done = CliRunner().invoke(protocols, ["figures", str(write(tmp_path, "a: 1_0\n"))])
    assert (done.exit_code, done.stdout) == (1, "")
