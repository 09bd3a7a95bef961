"""`flask fhir …`: JSON on standard output alone, one line on standard error, 1 and 2 kept apart."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from safety.fhir import commands, known
from tests.fhir import told
from tests.screening.stories import request

pytestmark = pytest.mark.once


def run(*words: str, given: Any = None) -> Result:
    text = given if isinstance(given, str) else json.dumps(given)
    return CliRunner().invoke(commands.fhir, list(words), input=text)


def test_it_works() -> None:
    asked_for = request(answers={"G10": "yes"})
    made = run("response", "-", given=asked_for)
    assert (made.exit_code, made.stderr) == (0, "")
    done = run("assess", "-", given=json.loads(made.stdout))
    assert (done.exit_code, done.stderr) == (0, "")
    assert json.loads(done.stdout)["outcome"] == "contra"


def test_the_questionnaire_is_printed_by_version() -> None:
    assert json.loads(run("questionnaire").stdout) == told.asked()
    assert json.loads(run("questionnaire", "--version", "1").stdout)["version"] == "1"
    missing = run("questionnaire", "--version", "999")
    assert (missing.exit_code, missing.stderr) == (2, "there is no version 999 of the questionnaire here\n")
    assert run("questionnaire", "--version", "0").exit_code == 2


def test_a_request_that_cannot_be_read_is_wrong_use() -> None:
    done = run("response", "-", given=request(answers={"G99": "no"}))
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr == "answers.G99: there is no such question\n"


def test_a_forged_response_is_one_line_and_one() -> None:
    made = told.a_response()
    told.find(made, "G11")["linkId"] = "G11\nx"
    made["status"] = "bogus"
    done = run("assess", "-", given=made)
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr == (
        "status: must be one of in-progress, completed, amended; "
        "an item without a name: there is no such question in this questionnaire\n"
    )


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("{", "-: not JSON: "),
        ("[" * 100_000, "-: not JSON: "),
        ('{"a": NaN}', "-: not JSON: NaN is not a JSON value"),
        ('{"status": "completed", "status": "amended"}', "-: not JSON: status stands twice in one object"),
        (" " * 1_000_001, "-: is larger than 1000000 bytes"),
        ("\udcff", "-: not JSON: "),
    ],
)
def test_what_cannot_be_read_is_two(given: str, message: str) -> None:
    done = CliRunner().invoke(commands.fhir, ["assess", "-"], input=given.encode("utf-8", "surrogateescape"))
    assert (done.exit_code, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert done.stderr.startswith(message)


def test_a_missing_file_is_two(tmp_path: Path) -> None:
    done = run("assess", str(tmp_path / "none.json"))
    assert (done.exit_code, done.stderr) == (2, f"{tmp_path}/none.json: No such file or directory\n")


def test_the_questionnaire_that_was_used_is_compared_with_ours(tmp_path: Path) -> None:
    file = tmp_path / "questionnaire.json"
    file.write_text(json.dumps({**told.asked(), "status": "active", "approvalDate": "2026-01-01"}), "utf-8")
    done = run("assess", "-", "--questionnaire", str(file), given=told.a_response())
    assert (done.exit_code, done.stderr) == (0, "")


def softened(asked: Any) -> None:
    told.find(asked, "G04")["extension"][-2]["valueString"] = '{"classes":["toxin"]}'


def unconditional(asked: Any) -> None:
    del told.find(asked, "G08b")["enableWhen"]


def shortened(asked: Any) -> None:
    asked["item"].pop()


def longer(asked: Any) -> None:
    asked["item"].append({"linkId": "Z99", "type": "display", "text": "x"})


def turned(asked: Any) -> None:
    asked["item"].reverse()


def renamed(asked: Any) -> None:
    asked["url"] = "urn:other"


@pytest.mark.parametrize(
    ("tamper", "message"),
    [
        (softened, "G04: extension differs"),
        (unconditional, "G08b: enableWhen differs"),
        (shortened, "biostimulator: is missing"),
        (longer, "Z99: is not in this version"),
        (turned, "questionnaire: its items stand in another order"),
        (renamed, "questionnaire: url differs"),
    ],
)
def test_a_tampered_questionnaire_is_named(tamper: Any, message: str, tmp_path: Path) -> None:
    asked, file = copy.deepcopy(told.asked()), tmp_path / "questionnaire.json"
    tamper(asked)
    file.write_text(json.dumps(asked), "utf-8")
    done = run("assess", "-", "--questionnaire", str(file), given=told.a_response())
    assert done.exit_code == 1
    assert message in done.stderr


def test_no_questionnaire_at_all_is_named(tmp_path: Path) -> None:
    (tmp_path / "q.json").write_text("[]", "utf-8")
    done = run("assess", "-", "--questionnaire", str(tmp_path / "q.json"), given=told.a_response())
    assert (done.exit_code, done.stderr) == (1, "questionnaire: must be an object\n")


def test_a_broken_file_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(known, "latest", lambda name: tmp_path / "protocol.yaml")
    (tmp_path / "protocol.yaml").write_text("format: 1\nformat: 1\n", "utf-8")
    done = run("questionnaire")
    assert done.exit_code == 1
    assert done.stderr.startswith(f"{tmp_path}/protocol.yaml:2: found duplicate key")
