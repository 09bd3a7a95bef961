"""The databases tests run on: SQLite files, and a PostgreSQL cluster of our own from Debian's packages.

One folder per test session, shared by all its workers. What is slow (starting PostgreSQL, migrating, filling
a template) is done once by whichever worker comes first, under a file lock; each test gets a copy.
"""

import fcntl
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql

FOLDER = "REFLOW_TEST_FOLDER"
OWNER = "REFLOW_TEST_OWNER"
SETTINGS = (
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "listen_addresses=",
    "max_connections=200",
    "wal_level=minimal",
    "max_wal_senders=0",
    "autovacuum=off",
    "shared_buffers=64MB",
    "min_wal_size=32MB",
    "max_wal_size=128MB",
)
ENOUGH = 2**30
INITDB = ("--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync")
# The cluster outlives the worker that started it but not the session that owns it, even when that is killed.
GUARD = """
trap '' INT
"$@" >"$LOG" 2>&1 &
while kill -0 "$OWNER" 2>/dev/null && kill -0 $! 2>/dev/null; do sleep 0.3; done
kill -QUIT "$(head -n 1 "$DATA/postmaster.pid")" 2>/dev/null
wait
rm -rf "$FOLDER"
"""

_guards: list[subprocess.Popen[bytes]] = []


class NoPostgres(RuntimeError):
    """This machine cannot run PostgreSQL; the message says what is missing."""


def open_session() -> None:
    """Make the session's folder, once, before workers are started. They inherit it by the environment."""
    if FOLDER not in os.environ:
        folder = tempfile.mkdtemp(prefix="reflow-tests-", dir=_room())
        Path(folder).chmod(0o755)
        os.environ[FOLDER], os.environ[OWNER] = folder, str(os.getpid())


def _room() -> str:
    """Memory where there is enough: a database is copied ten times faster there than on a disk.

    Never the TMPDIR: the path of a Unix socket may not be longer than 107 bytes.
    """
    memory = Path("/dev/shm")
    return str(memory) if memory.is_dir() and shutil.disk_usage(memory).free > ENOUGH else "/tmp"


def close_session() -> None:
    """Remove the folder; a cluster in it is stopped by its guard as soon as this process ends."""
    if os.environ.get(OWNER) == str(os.getpid()) and not (folder() / "postgresql").exists():
        shutil.rmtree(folder(), ignore_errors=True)


def folder() -> Path:
    """The session's folder."""
    return Path(os.environ[FOLDER])


@contextmanager
def only_one(name: str) -> Iterator[Path]:
    """Hold a lock between workers; gives the mark to touch once the work is done."""
    with (folder() / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield folder() / f"{name}.done"


def programs() -> Path:
    """Where initdb and postgres live: they are not on Debian's PATH. Raises NoPostgres."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[4]))
    if found:
        return found[-1].parent
    if elsewhere := shutil.which("initdb"):
        return Path(elsewhere).parent
    raise NoPostgres("PostgreSQL is not installed: apt-get install postgresql")


def cluster() -> str:
    """Base URL of this session's cluster, started by whoever asks first. Raises NoPostgres."""
    home = folder() / "postgresql"
    with only_one("postgresql") as done:
        if not done.exists():
            _start(home)
            done.touch()
    return f"postgresql+psycopg://postgres@/{{}}?host={home}"


def _start(home: Path) -> None:
    home.mkdir()
    become = _become(home)
    data = home / "data"
    initdb = [*become, str(programs() / "initdb"), "-D", str(data), *INITDB]
    made = subprocess.run(initdb, capture_output=True, text=True, cwd=home, check=False)
    if made.returncode:
        raise NoPostgres(f"initdb: {made.stderr.strip()}")
    settings = [word for setting in SETTINGS for word in ("-c", setting)]
    command = [*become, programs() / "postgres", "-D", data, "-k", home, *settings]
    environment = os.environ | {"LOG": f"{home}/log", "DATA": str(data)}
    environment |= {"FOLDER": str(folder()), "OWNER": os.environ[OWNER]}
    guard = subprocess.Popen(
        ["sh", "-c", GUARD, "guard", *map(str, command)],
        cwd=home, env=environment, start_new_session=True, stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    _guards.append(guard)  # or Python would complain of a child that still runs
    _wait(home)


def _become(home: Path) -> list[str]:
    """PostgreSQL refuses root, so root runs it as somebody who may do less."""
    if os.geteuid() != 0:
        return []
    user = next(
        name for name in ("postgres", "nobody") if name in {entry.pw_name for entry in pwd.getpwall()}
    )
    shutil.chown(home, user)
    return ["runuser", "-u", user, "--"]


def _wait(home: Path) -> None:
    ready = [str(programs() / "pg_isready"), "-q", "-h", str(home), "-t", "1"]
    for _ in range(300):
        if subprocess.run(ready, check=False).returncode == 0:
            return
        subprocess.run(["sleep", "0.05"], check=True)
    raise NoPostgres(f"PostgreSQL did not start: {(home / 'log').read_text()[-500:]}")


def administer(statement: sql.SQL, *names: str) -> None:
    """Run one statement, with names quoted, on the cluster's own database."""
    host = str(folder() / "postgresql")
    with psycopg.connect(host=host, user="postgres", dbname="postgres", autocommit=True) as connection:
        connection.execute(statement.format(*map(sql.Identifier, names)))


def create(name: str, template: str = "template0") -> None:
    """Create a database, as a copy of another."""
    administer(sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy"), name, template)


def drop(name: str) -> None:
    """Drop a database, whoever is still connected."""
    administer(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)"), name)
