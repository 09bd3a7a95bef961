"""Every clinical story beside the protocol comes out as it says, on the server and on the tablet."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from safety.emergency import reducer, scenarios
from safety.emergency.replay import folded
from safety.emergency.tablet import Tablet
from safety.protocols import check
from safety.protocols.load import ROOT, Protocol, latest, load
from safety.protocols.read import read

VERSIONS = sorted(ROOT.glob("vascular_occlusion/v*/protocol.yaml"))
STORIES = [(file, path) for file in VERSIONS for path in check.stories(file)]
pytestmark = pytest.mark.once


@pytest.fixture(scope="module")
def occlusion() -> Protocol:
    return load(latest("vascular_occlusion"))


def answers(file: Path, path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    script = scenarios.compiled(load(file).body, read(path).data)
    return script, folded(script["protocol"], script["events"], script["looks"])


@pytest.mark.parametrize(("file", "path"), STORIES, ids=lambda path: f"{path.parts[-2]}-{path.stem}")
def test_the_server_tells_it_so(file: Path, path: Path) -> None:
    script, answer = answers(file, path)
    assert list(scenarios.faults("server", script, answer)) == []


@pytest.mark.needs("node")
def test_the_tablet_tells_all_of_them_so() -> None:
    with Tablet() as tablet:
        for file, path in STORIES:
            script, mine = answers(file, path)
            kept = tablet.ask({"protocol": script["protocol"]})
            theirs = tablet.ask({"with": kept, "events": script["events"], "looks": script["looks"]})
            assert list(scenarios.faults("tablet", script, theirs)) == [], path.stem
            assert mine == theirs, path.stem


def test_every_event_type_is_accepted_once_and_refused_once() -> None:
    """The promise of the house: no event type that no story tells, and none that no story refuses."""
    accepted: set[str] = set()
    refused: set[str] = set()
    for file, path in STORIES:
        script, answer = answers(file, path)
        for event, code in zip(script["events"], answer["codes"], strict=True):
            (accepted if code == "ok" else refused).add(event["type"])
    assert accepted >= set(reducer.STEPS)
    assert refused >= set(reducer.STEPS)


def test_every_refusal_code_of_the_list_is_told() -> None:
    text = (
        (ROOT / "vascular_occlusion" / "EVENTS.md").read_text("utf-8").split("## Refusals")[1].split("## ")[0]
    )
    rows = [line.split("|")[1] for line in text.splitlines() if line.startswith("| `")]
    listed = {code for row in rows for code in re.findall(r"`(\w+)`", row)}
    told = {code for file, path in STORIES for code in answers(file, path)[1]["codes"]} - {"ok"}
    assert told | {"not_started"} == listed  # nothing can come before the start a story begins with


def test_a_story_that_does_not_hold_is_named(occlusion: Protocol) -> None:
    wrong = {
        "title": "Wrong",
        "story": [
            {"at": "0:10", "do": "step_done", "data": {"step": "V99"}},
            {"at": "0:20", "see": {"step.id": "V17", "steps.V04.areas.state": "open"}},
        ],
        "finally": {"totals.units": 5},
    }
    told = [reason for _, reason in scenarios.play(occlusion, wrong)]
    assert "server: step_done at 0:00:10 is not_in_protocol, not ok" in told
    assert "server at 0:00:20: step.id is 'V01', not 'V17'" in told
    assert "server in the end: totals.units is 0, not 5" in told


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ({"at": "ten", "do": "step_done"}, "ten is not a time"),
        ({"at": "0:10"}, "neither does nor sees anything"),
    ],
)
def test_a_line_that_says_nothing_is_named(occlusion: Protocol, line: dict[str, Any], said: str) -> None:
    told = list(scenarios.play(occlusion, {"title": "Wrong", "story": [line]}))
    assert len(told) == 1
    assert said in told[0][1]


def test_a_parameter_out_of_range_is_named(occlusion: Protocol) -> None:
    story = {"title": "Wrong", "parameters": {"vo.pulse_min": 1}, "story": [{"at": "0:10", "see": {}}]}
    assert "vo.pulse_min must be between 30 and 90" in next(iter(scenarios.play(occlusion, story)))[1]


def test_the_check_of_the_protocol_folder_plays_them(tmp_path: Path) -> None:
    """`protocols check` names the file and the line of a story that does not hold."""
    import safety.emergency.commands  # noqa: F401 - it registers the player

    folder = tmp_path / "vascular_occlusion" / "v2"
    (folder / "scenarios").mkdir(parents=True)
    (folder / "protocol.yaml").write_bytes(latest("vascular_occlusion").read_bytes())
    story = folder / "scenarios" / "wrong.yaml"
    story.write_text('title: Wrong\nstory:\n  - {at: "0:10", see: {step.id: V02}}\n', "utf-8")
    told = [str(problem) for problem in check.check(folder / "protocol.yaml")]
    assert told
    assert all(str(story) in line and "step.id is 'V01', not 'V02'" in line for line in told)


def test_all_of_them_can_be_exported(capsys: pytest.CaptureFixture[str]) -> None:
    scenarios.main()
    exported = json.loads(capsys.readouterr().out)
    assert [script["file"] for script in exported] == [path.name for _, path in STORIES]
    assert len(exported) >= 30
