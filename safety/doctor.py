"""`flask --app wsgi doctor`: what this installation lacks, and the command that mends each.

It looks and touches nothing: no key is made, no database opened that is not there.
"""

import ctypes
import json
import os
import shlex
import shutil
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path

import click
import sqlalchemy as sa
from flask import current_app
from flask.cli import with_appcontext

from safety import clock
from safety.audit.models import AuditEntry
from safety.config import CHECKOUT, Config
from safety.db import db, sqlite_mode
from safety.tls import files as tls_files

MIGRATE = "flask --app wsgi db upgrade"
TLS_INIT = "flask --app wsgi tls init --host NAME.local --ip ADDRESS"
NO_TLS = "no certificate of its own: tablets on the network need one, from here or from a proxy in front"
LIBRARIES = {
    "libpango-1.0.so.0": "libpango-1.0-0",
    "libpangoft2-1.0.so.0": "libpangoft2-1.0-0",
    "libharfbuzz-subset.so.0": "libharfbuzz-subset0",
}
GUARDED = (
    "audit_entry", "audit_node", "stock_movement", "emergency_event", "emergency_photo", "countersignature",
    "hung_card", "follow_up", "follow_up_entry", "debrief", "tablet_check", "vial", "dilution",
    "patient_seen", "early_release", "amendment", "consent_sitting", "consent", "consent_withdrawn",
    "aftercare_given",
)  # fmt: skip
VERBS = {"sqlite": ("update", "delete"), "postgresql": ("update", "delete", "truncate")}
SYNCHRONOUS = ("OFF", "NORMAL", "FULL", "EXTRA")
ALMOST_FULL, FULL_BYTES = 0.10, 64 * 2**20  # warned of below a tenth; below 64 MiB a backup no longer fits
JITTER_S = 2


class State(StrEnum):
    """`missing` fails the command; `note` is worth knowing."""

    OK = "ok"
    NOTE = "note"
    MISSING = "missing"


@dataclass(frozen=True)
class Finding:
    """One thing looked at. `mend` is a command for the shell, None where there is nothing to mend."""

    name: str
    state: State
    what: str
    mend: str | None = None


def fine(name: str, what: str) -> Finding:
    """Nothing to do."""
    return Finding(name, State.OK, what)


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
@with_appcontext
def command(as_json: bool) -> None:
    """Say what is missing and the command that mends it; exit 1 when something needed is missing."""
    findings = list(examine(current_app.config["REFLOW"]))
    missing = [finding.name for finding in findings if finding.state is State.MISSING]
    if as_json:
        told = {"ok": not missing, "findings": [asdict(finding) for finding in findings]}
        click.echo(json.dumps(told, ensure_ascii=False, indent=1))
    else:
        for finding in findings:
            click.echo(line(finding))
    if missing:
        click.echo(f"doctor: missing {', '.join(missing)}", err=True)
        sys.exit(1)


def line(finding: Finding) -> str:
    """A finding for a person at a terminal."""
    mend = f"\n         mend: {finding.mend}" if finding.mend else ""
    return f"{finding.state:8} {finding.name}: {finding.what}{mend}"


def examine(config: Config) -> Iterator[Finding]:
    """Everything, in the order one would mend it in."""
    yield python()
    yield folder(config.data_dir)
    yield disk(config.data_dir)
    yield pango()
    yield secret(config)
    yield tls(tls_files.folder_of(config.data_dir))
    yield from database(config)


def python() -> Finding:
    """The interpreter."""
    return fine("python", f"Python {sys.version.split()[0]}")


def folder(path: Path) -> Finding:
    """The data folder: ours alone, and writable."""
    shown = shlex.quote(str(path))
    if not os.access(path, os.W_OK | os.X_OK):
        return Finding("data", State.MISSING, f"{path} cannot be written to", f"chown -R $(id -un) {shown}")
    if others(path):
        return Finding("data", State.MISSING, f"{path} is open to other users", f"chmod 700 {shown}")
    return fine("data", f"{path}, its owner's alone")


def others(path: Path) -> bool:
    """May anybody but the owner read or change it?"""
    return bool(stat.S_IMODE(path.stat().st_mode) & 0o077)


def disk(path: Path) -> Finding:
    """Room to write. Nobody should learn of a full disk from a refused entry."""
    usage = shutil.disk_usage(path)
    what = f"{usage.free / 2**30:.1f} GiB free of {usage.total / 2**30:.1f}"
    look = f"du -xh {shlex.quote(str(path))} | sort -h | tail"
    if usage.free < FULL_BYTES:
        return Finding("disk", State.MISSING, what, look)
    return (
        Finding("disk", State.NOTE, what, look)
        if usage.free < ALMOST_FULL * usage.total
        else fine("disk", what)
    )


def pango() -> Finding:
    """What draws the report. Everything else runs without it."""
    lacking = [package for library, package in LIBRARIES.items() if not loads(library)]
    if lacking:
        install = f"sudo apt-get install -y --no-install-recommends {' '.join(lacking)}"
        return Finding("pango", State.MISSING, "incident reports cannot be drawn as PDF", install)
    return fine("pango", "incident reports can be drawn as PDF")


def loads(library: str) -> bool:
    """Can this shared library be loaded?"""
    try:
        return bool(ctypes.CDLL(library))
    except OSError:
        return False


def secret(config: Config) -> Finding:
    """What signs the cookies of pages: made at the first start, or given by SECRET_KEY."""
    return key_file("secret", config.data_dir / "secret.key", "sessions are signed with SECRET_KEY")


def key_file(name: str, path: Path, otherwise: str) -> Finding:
    """A key on disk that its owner alone may read."""
    if not path.is_file():
        return fine(name, otherwise)
    if others(path):
        mend = f"chmod 600 {shlex.quote(str(path))}"
        return Finding(name, State.MISSING, f"{path} can be read by other users", mend)
    return fine(name, f"{path}, its owner's alone")


def tls(kept: tls_files.Folder) -> Finding:
    """The clinic's own authority and the server's certificate, where it serves TLS itself."""
    try:
        state = tls_files.read(kept)
        return encrypted(state) if state else Finding("tls", State.NOTE, NO_TLS, TLS_INIT)
    except tls_files.Damaged as fault:
        return Finding("tls", State.MISSING, str(fault), f"{TLS_INIT} --renew-ca")


def encrypted(state: tls_files.State) -> Finding:
    """How long the certificate lasts, and whether its keys are the owner's alone."""
    now, kept = clock.now(), state.folder
    if open_to_all := [path for path in (kept.path, kept.ca_key, kept.server_key) if others(path)]:
        mend = f"chmod go= {' '.join(shlex.quote(str(path)) for path in open_to_all)}"
        return Finding("tls", State.MISSING, f"{open_to_all[0]} is open to other users", mend)
    if state.ca.not_valid_after_utc <= now:
        return Finding("tls", State.MISSING, "the clinic's authority has ended", f"{TLS_INIT} --renew-ca")
    left = state.days_left(now)
    if left < 0:
        return Finding("tls", State.MISSING, "the server's certificate has ended", "make run")
    what = f"{tls_names(state)}, {left} days left"
    why = tls_files.worn(state, now)
    return Finding("tls", State.NOTE, f"{what}: {why}. Start again", "make run") if why else fine("tls", what)


def tls_names(state: tls_files.State) -> str:
    """What the server's certificate stands for."""
    return ", ".join(str(name) for name in tls_files.names(state.reach))


def database(config: Config) -> Iterator[Finding]:
    """The database and what hangs on it; when it cannot be reached, only that."""
    url = sa.make_url(config.database_url)
    shown = url.render_as_string(hide_password=True)
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").is_file():
        yield Finding("database", State.MISSING, f"{shown} is not there yet", MIGRATE)
        return
    try:
        with db.engine.connect() as connection:
            yield mode(connection, shown)
            yield migrations(connection)
            yield guards(connection)
            yield from log_and_clock(connection, config.data_dir)
    except sa.exc.DBAPIError as error:
        reason = str(error.orig).splitlines()[0]
        yield Finding("database", State.MISSING, f"{shown}: {reason}", reach(url))


def reach(url: sa.URL) -> str:
    """How to find out why a database does not answer."""
    if url.get_backend_name() == "sqlite":
        return f"flask --app wsgi audit verify; ls -l {shlex.quote(url.database or '')}"
    host = str(url.host or url.query.get("host", "localhost"))
    return f"pg_isready -h {shlex.quote(host)} -d {shlex.quote(url.database or '')}"


def mode(connection: sa.Connection, shown: str) -> Finding:
    """Engine, version, and how sure a commit is."""
    if connection.dialect.name == "postgresql":
        version = connection.scalar(sa.text("SHOW server_version"))
        sure = connection.scalar(sa.text("SHOW synchronous_commit")), connection.scalar(sa.text("SHOW fsync"))
        what = f"{shown}, PostgreSQL {version}, synchronous_commit {sure[0]}, fsync {sure[1]}"
        return fine("database", what) if sure[0] != "off" and sure[1] == "on" else unsure(what)
    journal = str(connection.scalar(sa.text("PRAGMA journal_mode"))).upper()
    synchronous = SYNCHRONOUS[int(connection.scalar(sa.text("PRAGMA synchronous")) or 0)]
    what = f"{shown}, SQLite {sqlite3.sqlite_version}, journal {journal}, synchronous {synchronous}"
    expected = sqlite_mode(sqlite3.sqlite_version_info[:3])
    if (journal, synchronous) == expected:
        return fine("database", what)
    why = f"this version wants {' and '.join(expected)}; another program may hold the file open"
    file = connection.engine.url.database or ""
    return Finding("database", State.MISSING, f"{what}: {why}", f"fuser -v {shlex.quote(file)}")


def unsure(what: str) -> Finding:
    """A commit that a power cut could take back."""
    mend = 'psql -c "ALTER SYSTEM SET fsync = on" -c "ALTER SYSTEM SET synchronous_commit = on"'
    return Finding("database", State.MISSING, f"{what}: a power cut may lose entries", mend)


def migrations(connection: sa.Connection) -> Finding:
    """Does the database have the shape this version of the program needs?"""
    wanted = (CHECKOUT / "migrations" / "HEAD").read_text().strip()
    here = sa.inspect(connection).has_table("alembic_version")
    found = connection.scalar(sa.text("SELECT version_num FROM alembic_version")) if here else None
    if found != wanted:
        return Finding("migrations", State.MISSING, f"at {found or 'nothing'}, not {wanted}", MIGRATE)
    return fine("migrations", f"at {found}")


def guards(connection: sa.Connection) -> Finding:
    """The triggers that refuse to change or delete what may only grow."""
    engine = connection.dialect.name
    listed = {
        "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
        "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D'",
    }
    present = set(connection.scalars(sa.text(listed[engine])))
    wanted = [(table, verb) for table in GUARDED for verb in VERBS[engine]]
    gone = [(table, verb) for table, verb in wanted if f"{table}_no_{verb}" not in present]
    if not gone:
        return fine("guards", f"{len(wanted)} triggers keep {', '.join(GUARDED)}")
    names = ", ".join(f"{table}_no_{verb}" for table, verb in gone)
    mend = f"flask --app wsgi audit verify; {shell(connection, [guard(engine, *one) for one in gone])}"
    return Finding("guards", State.MISSING, f"{names}: gone. Somebody removed them, so verify the log", mend)


def guard(engine: str, table: str, verb: str) -> str:
    """The SQL that puts one trigger back, as the migration made it."""
    head = f"CREATE TRIGGER {table}_no_{verb} BEFORE {verb.upper()} ON {table}"
    if engine == "sqlite":
        return f"{head} BEGIN SELECT RAISE(ABORT, '{table}: this table only grows'); END;"
    drop = f"DROP TRIGGER IF EXISTS {table}_no_{verb} ON {table};"  # a disabled one still has the name
    return f"{drop} {head} FOR EACH STATEMENT EXECUTE FUNCTION {table}_only_grows();"


def shell(connection: sa.Connection, statements: list[str]) -> str:
    """A command that runs these statements on this database; a password, if any, is left for the prompt."""
    url, script = connection.engine.url, " ".join(statements)
    if connection.dialect.name == "sqlite":
        told = f"import sqlite3; sqlite3.connect({url.database!r}).executescript({script!r})"
        return f"{shlex.quote(sys.executable)} -c {shlex.quote(told)}"
    plain = url.set(drivername="postgresql", password=None).render_as_string()
    return f"psql {shlex.quote(plain)} -c {shlex.quote(script)}"


def log_and_clock(connection: sa.Connection, data_dir: Path) -> Iterator[Finding]:
    """The key that signs the log, and whether the clock agrees with what the log says."""
    if not sa.inspect(connection).has_table(AuditEntry.__tablename__):
        return
    newest = sa.select(AuditEntry.index, AuditEntry.at).order_by(AuditEntry.index.desc()).limit(1)
    last = connection.execute(newest).first()
    yield log_key(data_dir)
    ahead_s = (last.at - clock.now()).total_seconds() if last else 0.0
    if ahead_s > JITTER_S:
        what = f"the clock is {ahead_s:.0f} s behind the newest entry of the log"
        yield Finding("clock", State.MISSING, what, "sudo timedatectl set-ntp true")
        return
    yield synchronised() or fine("clock", f"{clock.now():%Y-%m-%d %H:%M:%S} UTC")


def log_key(data_dir: Path) -> Finding:
    """The key that signs the head of the log."""
    return key_file(
        "log key", data_dir / "keys" / "log.ed25519", "none yet: the first report or checkpoint makes it"
    )


def synchronised() -> Finding | None:
    """What the machine says of its own clock; None where it does not say or all is well."""
    asked = shutil.which("timedatectl")
    if not asked:
        return None
    command = [asked, "show", "--property=NTPSynchronized", "--value"]
    said = subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()  # noqa: S603
    mend = "sudo timedatectl set-ntp true"
    return Finding("clock", State.NOTE, "not set by the network", mend) if said == "no" else None
