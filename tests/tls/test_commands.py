"""`tls init`, `tls show`, `tls renew`, and what doctor says of them."""

from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask

from safety import clock, doctor
from safety.tls import addresses, authority, files

pytestmark = pytest.mark.once
ASKED = ("tls", "init", "--host", "reflow.local", "--ip", "10.20.3.4")


def run(app: Flask, *arguments: str) -> Result:
    return app.test_cli_runner().invoke(args=list(arguments))


@pytest.fixture
def folder(empty_app: Flask) -> files.Folder:
    return files.folder_of(empty_app.config["REFLOW"].data_dir)


def test_it_works(empty_app: Flask, folder: files.Folder) -> None:
    ran = run(empty_app, *ASKED)
    assert (ran.exit_code, ran.stderr) == (0, "")
    assert run(empty_app, "tls", "show").stdout == ran.stdout
    for told in (str(folder.ca), str(folder.server), "reflow.local, 10.20.3.4/32", "in 395 days"):
        assert told in ran.stdout
    state = files.read(folder)
    assert state
    assert authority.fingerprint(state.ca) in ran.stdout


def test_without_options_it_is_this_machine(empty_app: Flask, folder: files.Folder) -> None:
    assert run(empty_app, "tls", "init").exit_code == 0
    state = files.read(folder)
    assert state
    assert set(state.reach.hosts) == {addresses.own_host()}


@pytest.mark.parametrize(
    "wrong", [("--host", "clinic"), ("--ip", "10.0.0.0/8"), ("--ip", "nonsense"), ("--host", "a b.local")]
)
def test_bad_input_is_one_line_and_2(empty_app: Flask, folder: files.Folder, wrong: tuple[str, str]) -> None:
    ran = run(empty_app, "tls", "init", *wrong)
    assert ran.exit_code == 2
    assert ran.stdout == ""
    assert ran.stderr.startswith("tls init: ")
    assert ran.stderr.count("\n") == 1
    assert not folder.path.exists()


def test_an_authority_stays_unless_asked(empty_app: Flask, folder: files.Folder) -> None:
    run(empty_app, *ASKED)
    before = folder.ca.read_bytes()
    ran = run(empty_app, *ASKED)
    assert ran.exit_code == 1
    assert "--renew-ca" in ran.stderr
    assert ran.stderr.count("\n") == 1
    assert folder.ca.read_bytes() == before
    assert run(empty_app, *ASKED, "--renew-ca").exit_code == 0
    assert folder.ca.read_bytes() != before


def test_a_folder_that_cannot_be_written_is_named(empty_app: Flask, folder: files.Folder) -> None:
    folder.path.write_text("a file stands in the way")
    ran = run(empty_app, *ASKED)
    assert ran.exit_code == 1
    assert str(folder.path) in ran.stderr
    assert ran.stderr.count("\n") == 1


@pytest.mark.parametrize("what", ["show", "renew"])
def test_without_an_authority_there_is_nothing_to_say(empty_app: Flask, what: str) -> None:
    ran = run(empty_app, "tls", what)
    assert (ran.exit_code, ran.stdout) == (1, "")
    assert "tls init" in ran.stderr


def test_the_start_says_where_tablets_go(empty_app: Flask, folder: files.Folder) -> None:
    run(empty_app, *ASKED)
    ran = run(empty_app, "tls", "renew", "--port", "8123")
    assert ran.exit_code == 0
    for told in ("https://reflow.local:8123", "https://10.20.3.4:8123", "http://10.20.3.4:8124/trust", "█"):
        assert told in ran.stdout
    assert "made anew" not in ran.stdout
    assert "10.20.3.4" in folder.page.read_text()


def test_the_start_renews_the_certificate_and_never_the_authority(
    empty_app: Flask, folder: files.Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(empty_app, *ASKED)
    ca, server, later = folder.ca.read_bytes(), folder.server.read_bytes(), clock.now() + timedelta(days=380)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert "it ends in" in run(empty_app, "tls", "renew").stdout
    assert folder.server.read_bytes() != server
    assert folder.ca.read_bytes() == ca


def told(app: Flask) -> doctor.Finding:
    """What doctor says of TLS."""
    return doctor.tls(files.folder_of(app.config["REFLOW"].data_dir))


def test_doctor_tells_state_and_days(empty_app: Flask, folder: files.Folder) -> None:
    assert told(empty_app).state is doctor.State.NOTE
    assert "tls init" in str(told(empty_app).mend)
    run(empty_app, *ASKED)
    assert told(empty_app) == doctor.fine("tls", "reflow.local, 10.20.3.4, 395 days left")
    folder.ca_key.chmod(0o644)
    assert told(empty_app).state is doctor.State.MISSING
    assert str(told(empty_app).mend).startswith("chmod")
    folder.ca_key.chmod(0o600)
    folder.ca.write_text("no certificate")
    assert "--renew-ca" in str(told(empty_app).mend)


@pytest.mark.parametrize(("days", "state"), [(380, "note"), (400, "missing"), (4000, "missing")])
def test_doctor_sees_the_end_coming(
    empty_app: Flask, monkeypatch: pytest.MonkeyPatch, days: int, state: str
) -> None:
    run(empty_app, *ASKED)
    later = clock.now() + timedelta(days=days)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert told(empty_app).state == state


def test_nothing_else_lies_in_the_folder(empty_app: Flask, folder: files.Folder, tmp_path: Path) -> None:
    run(empty_app, *ASKED)
    run(empty_app, "tls", "renew")
    assert {path.name for path in folder.path.iterdir()} == {
        "ca.crt", "ca.key", "server.crt", "server.key", "trust.html",
    }  # fmt: skip
