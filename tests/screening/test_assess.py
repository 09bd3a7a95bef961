"""`screening assess`: the contract's command."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from safety.screening import commands
from tests.screening.stories import request


def run(data: Any) -> Result:
    text = data if isinstance(data, str) else json.dumps(data)
    return CliRunner().invoke(commands.screening, ["assess", "-"], input=text)


def test_it_works() -> None:
    done = run(request(answers={"G10": "yes"}))
    assert done.exit_code == 0
    assert json.loads(done.stdout)["outcome"] == "contra"
    assert done.stderr == ""


def test_a_file_is_read(tmp_path: Path) -> None:
    file = tmp_path / "request.json"
    file.write_text(json.dumps(request()), "utf-8")
    done = CliRunner().invoke(commands.screening, ["assess", str(file)])
    assert json.loads(done.stdout)["outcome"] == "incomplete"


@pytest.mark.parametrize(
    ("data", "line"),
    [
        ("{", "-: not JSON: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)\n"),
        ("[]", "the request must be an object\n"),
        (request(answers={"G99": "no"}), "answers.G99: there is no such question\n"),
    ],
)
def test_wrong_use_is_one_line_and_two(data: Any, line: str) -> None:
    done = run(data)
    assert (done.exit_code, done.stdout, done.stderr) == (2, "", line)


def test_a_missing_file_is_wrong_use(tmp_path: Path) -> None:
    done = CliRunner().invoke(commands.screening, ["assess", str(tmp_path / "none.json")])
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr == f"{tmp_path}/none.json: No such file or directory\n"


def test_deep_json_is_wrong_use_and_no_traceback() -> None:
    done = run("[" * 100_000)
    assert done.exit_code == 2
    assert done.stderr.startswith("-: not JSON: ")


def test_a_broken_protocol_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "latest", lambda name: tmp_path / "protocol.yaml")
    (tmp_path / "protocol.yaml").write_text("format: 1\nformat: 1\n", "utf-8")
    done = run(request())
    assert done.exit_code == 1
    assert done.stderr.startswith(f"{tmp_path}/protocol.yaml:2: found duplicate key")
