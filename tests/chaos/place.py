"""An installation to break: a real server process on a data folder, on SQLite or on a PostgreSQL of its own.

It is looked at from outside, through an app of the test's process on the same database: what is on disk, and
whether it is whole.
"""

import os
import shutil
import signal
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from flask import Flask
from flask_migrate import upgrade

from safety import create_app
from safety.audit.verify import verify
from safety.config import Config
from safety.db import db
from safety.emergency import folding, reducer
from safety.emergency.models import Emergency, EmergencyEvent
from safety.stock import ledger
from tests import copies, servers
from tests.e2e.server import Server
from tests.factories import Cast, looking, make_cast
from tests.stock import shelf

SHELF = 2_000  # ampoules: more than any story takes
DURABLE = (
    "fsync=on",
    "synchronous_commit=on",
    "full_page_writes=on",
    "listen_addresses=",
    "max_connections=50",
)


class Postgres:
    """A PostgreSQL of our own that writes through to the disk, and can be killed and started again."""

    def __init__(self, home: Path) -> None:
        self.home, self.data = home, home / "data"
        home.mkdir()
        self.become = servers._become(home)
        self._run("initdb", "-D", str(self.data), *servers.INITDB)
        self.start()

    def url(self, name: str = "postgres") -> str:
        """Where a database of it is reached."""
        return f"postgresql+psycopg://postgres@/{name}?host={self.home}"

    def _run(self, program: str, *arguments: str) -> None:
        command = [*self.become, str(servers.programs() / program), *arguments]
        log = self.home / "commands.log"
        with log.open("ab") as told:
            done = subprocess.run(command, stdout=told, stderr=told, cwd=self.home, check=False)
        assert done.returncode == 0, log.read_text()[-2000:]

    def start(self) -> None:
        """Start it, with recovery when it was killed."""
        settings = " ".join(f"-c {setting}" for setting in DURABLE)
        options = f"-k {self.home} {settings}"
        self._run("pg_ctl", "-D", str(self.data), "-l", str(self.home / "log"), "-w", "-o", options, "start")

    def stop(self) -> None:
        """End it as a crash would: no checkpoint, every connection cut."""
        self._run("pg_ctl", "-D", str(self.data), "-m", "immediate", "-w", "stop")


class Place:
    """One clinic's installation with its cast, a lot on the shelf, and the process that serves it."""

    def __init__(self, folder: Path, engine: str) -> None:
        self.engine, self.folder = engine, folder
        self.postgres = Postgres(folder / "pg") if engine == "postgresql" else None
        self.server = Serving(folder / "data", self.postgres.url() if self.postgres else None)
        self.slowest_s = 0.0
        self.cast = self._people()
        self.app = self._app()
        self.lot = shelf.put(self.app, self.cast, containers=SHELF)

    def _people(self) -> Cast:
        if self.postgres is None:
            home = copies.peopled("sqlite", make_cast)
            shutil.copytree(home, self.server.data_dir)
            return Cast.from_json(copies.facts(home))
        self.server.data_dir.mkdir()
        app = self._app()
        with app.app_context():
            upgrade()
            cast = Cast.from_json(make_cast(app))
        _close(app)
        return cast

    @property
    def url(self) -> str:
        """The database's address."""
        return (
            self.postgres.url() if self.postgres else f"sqlite:///{self.server.data_dir / 'reflow.sqlite3'}"
        )

    def _app(self) -> Flask:
        return create_app(Config(self.server.data_dir, self.url, copies.SECRET, testing=True))

    def start(self) -> None:
        """Serve, and note how long it took until it was ready."""
        begun = time.monotonic()
        self.server.start()
        self.slowest_s = max(self.slowest_s, time.monotonic() - begun)

    def look_anew(self) -> None:
        """Let go of the test's own connections to a database that was killed."""
        _close(self.app)

    def close(self) -> None:
        """End everything."""
        self.server.kill()
        _close(self.app)
        if self.postgres:
            self.postgres.stop()

    def is_whole(self) -> None:
        """The database is sound, and the log verifies from its first entry."""
        if self.engine == "sqlite":
            with closing(sqlite3.connect(self.server.data_dir / "reflow.sqlite3", timeout=20)) as connection:
                assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        with looking(self.app):
            assert verify([])[2] is None

    def stored(self, run: str) -> list[EmergencyEvent]:
        """The run's events as they are on disk, in the server's order."""
        with looking(self.app):
            return folding.events_of(run)

    def state(self, run: str) -> dict[str, Any]:
        """The run folded anew from its rows, with nothing remembered."""
        with looking(self.app):
            emergency = db.session.get_one(Emergency, run)
            protocol = folding.current(emergency).protocol
            return folding.fold(protocol, folding.events_of(run))

    def digest(self, run: str) -> str:
        """Digest of that state."""
        return reducer.digest(self.state(run))

    def taken(self) -> int:
        """Ampoules gone from the shelf."""
        with looking(self.app):
            return SHELF - ledger.on_hand(self.lot).containers

    def doses(self, run: str) -> int:
        """Doses that stand in the run: what the ledger must show."""
        facts = self.state(run)["facts"]
        return sum(fact["type"] == "dose_given" and fact["struck"] is None for fact in facts)


class Serving(Server):
    """The server of a place, on whichever database."""

    def __init__(self, data_dir: Path, database_url: str | None) -> None:
        super().__init__(data_dir)
        self.database_url = database_url
        self.limit: int | None = None

    @property
    def environment(self) -> dict[str, str]:
        """As a person would set it at the shell."""
        return super().environment | ({"DATABASE_URL": self.database_url} if self.database_url else {})

    def signal(self, number: int) -> None:
        """To the whole process group: SIGSTOP, SIGCONT."""
        if self.process:
            os.killpg(self.process.pid, number)

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Nothing moves in it meanwhile."""
        self.signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.signal(signal.SIGCONT)


def _close(app: Flask) -> None:
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
