"""Doctor finds each thing that is missing, names a command that mends it, and touches nothing."""

import json
import shutil
import subprocess
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from safety import clock, create_app, doctor
from safety.config import CHECKOUT, Config
from safety.db import db
from tests.factories import Cast, arranging


def examined(app: Flask) -> dict[str, doctor.Finding]:
    """What doctor finds, by name."""
    with app.app_context():
        return {finding.name: finding for finding in doctor.examine(app.config["REFLOW"])}


def change(app: Flask, statement: str) -> None:
    """Run a statement past the program, as somebody with the database's password could."""
    with app.app_context(), db.engine.connect() as connection:
        connection.execution_options(write=True).execute(sa.text(statement))
        connection.commit()


@pytest.fixture
def healthy(app: Flask) -> Flask:
    """An installation whose folder is its owner's alone."""
    app.config["REFLOW"].data_dir.chmod(0o700)
    return app


@pytest.mark.needs("pango")
def test_it_works(healthy: Flask) -> None:
    found = examined(healthy)
    # the cluster tests run on gives up durability for speed, and doctor says so
    unsure = {"database"} if "postgresql" in found["database"].what else set()
    assert {name for name, one in found.items() if one.state is doctor.State.MISSING} == unsure
    assert set(found) == {
        "python", "data", "disk", "pango", "secret", "tls", "database", "migrations",
        "guards", "log key", "clock",
    }  # fmt: skip
    assert not (healthy.config["REFLOW"].data_dir / "keys").exists()


@pytest.mark.once
@pytest.mark.needs("pango")
def test_command_prints_json_alone_and_ends_with_0(healthy: Flask) -> None:
    ran = healthy.test_cli_runner().invoke(doctor.command, ["--json"])
    told: dict[str, Any] = json.loads(ran.stdout)
    assert (ran.exit_code, told["ok"], ran.stderr) == (0, True, "")
    database = next(one for one in told["findings"] if one["name"] == "database")
    assert all(word in database["what"] for word in ("SQLite", "journal", "synchronous"))


def test_missing_thing_ends_with_1_and_one_line(app: Flask) -> None:
    app.config["REFLOW"].data_dir.chmod(0o755)
    ran = app.test_cli_runner().invoke(doctor.command)
    assert ran.exit_code == 1
    assert ran.stderr.startswith("doctor: missing data")
    assert ran.stderr.count("\n") == 1
    assert "mend: chmod 700" in ran.stdout


@pytest.mark.once
def test_mended_folder_is_fine(app: Flask) -> None:
    app.config["REFLOW"].data_dir.chmod(0o755)
    mend = examined(app)["data"].mend
    subprocess.run(str(mend), shell=True, check=True)
    assert examined(app)["data"].state is doctor.State.OK


@pytest.mark.once
@pytest.mark.parametrize(("name", "path"), [("secret", "secret.key"), ("log key", "keys/log.ed25519")])
def test_key_others_can_read(healthy: Flask, name: str, path: str) -> None:
    key = healthy.config["REFLOW"].data_dir / path
    key.parent.mkdir(exist_ok=True)
    key.write_text("x")
    key.chmod(0o644)
    found = examined(healthy)[name]
    assert found.state is doctor.State.MISSING
    subprocess.run(str(found.mend), shell=True, check=True)
    assert examined(healthy)[name].state is doctor.State.OK


def test_removed_guard_is_missed_and_put_back(healthy: Flask) -> None:
    engine = healthy.config["REFLOW"].database_url.split(":")[0]
    on = " ON audit_entry" if engine.startswith("postgresql") else ""
    change(healthy, f"DROP TRIGGER audit_entry_no_delete{on}")
    found = examined(healthy)["guards"]
    assert (found.state, "audit_entry_no_delete" in found.what) == (doctor.State.MISSING, True)
    put_back = str(found.mend).split("; ", 1)[1]
    subprocess.run(put_back, shell=True, check=True, env={"PGUSER": "postgres", "PATH": "/usr/bin:/bin"})
    assert examined(healthy)["guards"].state is doctor.State.OK
    with pytest.raises(sa.exc.DBAPIError, match="this table only grows"):
        change(healthy, "DELETE FROM audit_entry")


def test_disabled_guard_counts_as_gone(healthy: Flask) -> None:
    if not healthy.config["REFLOW"].database_url.startswith("postgresql"):
        change(healthy, "DROP TRIGGER stock_movement_no_update")  # SQLite cannot disable one
    else:
        change(healthy, "ALTER TABLE stock_movement DISABLE TRIGGER stock_movement_no_update")
    assert "stock_movement_no_update" in examined(healthy)["guards"].what


def test_other_migration_is_not_enough(healthy: Flask) -> None:
    change(healthy, "UPDATE alembic_version SET version_num = '0001'")
    found = examined(healthy)["migrations"]
    assert (found.state, found.mend) == (doctor.State.MISSING, doctor.MIGRATE)
    assert "0001" in found.what


def test_clock_behind_the_log(healthy: Flask, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    with arranging(healthy, cast["nora"].actor):
        pass
    earlier = clock.now() - timedelta(hours=3)
    monkeypatch.setattr(clock, "now", lambda: earlier)
    found = examined(healthy)["clock"]
    assert found.state is doctor.State.MISSING
    assert "behind the newest entry" in found.what


@pytest.mark.once
def test_database_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'reflow.sqlite3'}"
    found = examined(create_app(Config(tmp_path, url, "s", testing=True)))
    assert (found["database"].state, found["database"].mend) == (doctor.State.MISSING, doctor.MIGRATE)
    assert not (tmp_path / "reflow.sqlite3").exists()


@pytest.mark.once
@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("sqlite:///{}/broken", "not a database"),
        ("postgresql+psycopg://nobody:hush@127.0.0.1:1/none", "failed"),
    ],
)
def test_database_that_does_not_answer(tmp_path: Path, url: str, reason: str) -> None:
    (tmp_path / "broken").write_text("this is no database, however long it may go on " * 40)
    found = examined(create_app(Config(tmp_path, url.format(tmp_path), "s", testing=True)))["database"]
    assert found.state is doctor.State.MISSING
    assert reason in found.what
    assert "hush" not in found.what + str(found.mend)


@pytest.mark.once
def test_disk_and_pango_are_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for free, state in [(10**6, "missing"), (10**10, "note"), (10**11, "ok")]:
        monkeypatch.setattr(
            shutil, "disk_usage", lambda _, free=free: SimpleNamespace(total=10**12, free=free)
        )
        assert doctor.disk(tmp_path).state == state
    monkeypatch.setattr(doctor, "LIBRARIES", {"libnot-there.so.9": "libnot-there9"})
    assert "libnot-there9" in str(doctor.pango().mend)


@pytest.mark.once
def test_command_is_offered() -> None:
    ran = subprocess.run(
        [CHECKOUT / ".venv/bin/python", "-m", "flask", "--app", "wsgi", "doctor", "--nonsense"],
        cwd=CHECKOUT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 2
    assert "No such option" in ran.stderr
