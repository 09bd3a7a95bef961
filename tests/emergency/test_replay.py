"""`flask emergency replay`: a run folded again from a file."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from safety.emergency.commands import command

pytestmark = pytest.mark.once
STORY = {
    "protocol": "vascular_occlusion",
    "parameters": {"vo.pulse_min": 45},
    "context": {
        "patient": {"id": "p1", "born_on": "1991-03-12"},
        "product": {"class": "ha_filler", "brand": "X"},
        "areas": ["upper_lip"],
        "stock": [{"lot": "L1", "product": "hyalase_1500", "units_per_container": 1500, "containers": 2}],
    },
    "events": [
        {"type": "emergency_started", "at": "2026-03-10T14:00:00Z"},
        {"type": "areas_counted", "at": "2026-03-10T14:02:00Z", "data": {"count": 1}},
        {
            "id": "dose",
            "type": "dose_given",
            "at": "2026-03-10T15:06:00+01:00",
            "data": {"units": 500, "lot": "L1"},
        },
        {"id": "odd", "type": "dose_taken", "at": "2026-03-10T14:07:00Z", "data": {}},
    ],
    "at": "2026-03-10T14:51:00Z",
}


def ran(content: Any, *more: str) -> Result:
    text = content if isinstance(content, str) else json.dumps(content)
    return CliRunner().invoke(command, ["replay", "-", *more], input=text)


def test_it_works() -> None:
    result = ran(STORY)
    assert result.exit_code == 0, result.stderr
    answer = json.loads(result.stdout)
    assert answer["refused"] == [{"id": "odd", "type": "dose_taken", "code": "unknown_type"}]
    assert (answer["state"]["context"]["born_on"], answer["state"]["context"]["product_class"]) == (
        "1991-03-12",
        "ha_filler",
    )
    shown = answer["prompts"][0]
    assert (shown["given"]["units"], shown["dose"]["status"], shown["rounds_left"]) == (500, "due", 1)
    assert (shown["dose"]["number"], shown["elapsed_ms"]) == (2, 51 * 60 * 1000)


def test_a_file(tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    path.write_text(json.dumps(STORY), "utf-8")
    result = CliRunner().invoke(command, ["replay", str(path)])
    assert json.loads(result.stdout) == json.loads(ran(STORY).stdout)


def test_without_events_there_is_a_state_and_nothing_to_ask() -> None:
    answer = json.loads(ran({"protocol": "vascular_occlusion"}).stdout)
    assert (answer["state"]["status"], answer["prompts"], answer["refused"]) == ("idle", [], [])


def test_without_a_time_it_looks_at_the_last_event() -> None:
    answer = json.loads(ran({**STORY, "at": None}).stdout)
    assert answer["prompts"][0]["elapsed_ms"] == 7 * 60 * 1000


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"protocol": "gout"}, "protocol must be one of"),
        ({"protocol": ["x"]}, "protocol must be one of"),
        ({"parameters": {"vo.pulse_min": 29}}, "vo.pulse_min must be between 30 and 90"),
        ({"parameters": {"vo.nothing": 1}}, "vo.nothing is not a parameter"),
        ({"parameters": []}, "parameters must be an object"),
        ({"events": {}}, "events must be a list"),
        ({"events": [7]}, "event 0 must be an object"),
        ({"events": [{"type": "emergency_started", "at": "10 March"}]}, "at of event 0 must be an ISO time"),
        ({"at": "2026-03-10T14:00:00"}, "at has no time zone"),
        ({"at": True}, "at must be an ISO time"),
    ],
)
def test_wrong_use_is_one_line_and_exit_2(change: dict[str, Any], said: str) -> None:
    result = ran({**STORY, **change})
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize("text", ["", "{", "[1]", '{"at": 1.5}', '{"at": NaN}', "[" * 100000])
def test_what_is_no_json_object_is_wrong_use(text: str) -> None:
    result = ran(text)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "Traceback" not in result.stderr


def test_a_missing_file_is_wrong_use() -> None:
    assert CliRunner().invoke(command, ["replay", "/nowhere.json"]).exit_code == 2


@pytest.mark.parametrize(
    "event", [{}, {"type": 7}, {"type": "emergency_started", "at_ms": "soon"}, {"type": [], "id": {}}]
)
def test_an_event_that_cannot_be_read_is_named_among_the_refused(event: dict[str, Any]) -> None:
    answer = json.loads(ran({**STORY, "context": {}, "events": [event], "at": None}).stdout)
    assert len(answer["refused"]) == 1
    assert answer["refused"][0]["code"] in ("bad_data", "unknown_type")
