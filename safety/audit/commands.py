"""`flask --app wsgi audit …`: verify the log, sign its head, prove an entry, export all of it."""

import base64
import json
import sys
from pathlib import Path
from typing import Any, NoReturn

import click
import sqlalchemy as sa
from flask import current_app
from flask.cli import AppGroup

from safety.audit import log, merkle
from safety.audit.checkpoint import BadNote, Checkpoint
from safety.audit.keys import LogKey, log_key
from safety.audit.models import AuditEntry
from safety.audit.verify import read_note, verify
from safety.db import all_clinics, db

command = AppGroup("audit", help="The audit log: verify, checkpoint, prove, export.")


def fail(words: str, code: int = 1) -> NoReturn:
    """One line on standard error, and out: 1 when what was checked does not hold, 2 on wrong use."""
    click.echo(words, err=True)
    sys.exit(code)


def this_key() -> LogKey:
    """The installation's log key."""
    return log_key(current_app.config["REFLOW"].data_dir)


def head(size: int | None = None) -> Checkpoint:
    """The log's head, now or as it was at `size` entries."""
    size = log.size() if size is None else size
    return Checkpoint(this_key().origin, size, log.root(size))


@command.command("checkpoint")
def print_checkpoint() -> None:
    """Print the signed head of the log (C2SP checkpoint)."""
    click.echo(this_key().sign(head()), nl=False)


@command.command("verify")
@click.option(
    "--checkpoint", "notes", multiple=True, type=click.Path(path_type=Path), help="A head kept outside."
)
@click.option(
    "--key", "key_file", type=click.Path(path_type=Path), help="Public key (base64), default: our own."
)
@click.option("--json", "as_json", is_flag=True)
def verify_log(notes: tuple[Path, ...], key_file: Path | None, as_json: bool) -> None:
    """Re-read everything and name the first entry that does not fit."""
    public = _public(key_file)
    outside = [_outside(path, public) for path in notes]
    with all_clinics():
        size, root, finding = verify(outside)
    if as_json:
        answer = {"ok": finding is None, "size": size, "root": base64.b64encode(root).decode()}
        click.echo(
            json.dumps({**answer, "finding": str(finding) if finding else None, "witnesses": len(outside)})
        )
    if finding:
        fail(str(finding))
    if not as_json:
        seen = (
            f", {len(outside)} checkpoints from outside agree"
            if outside
            else ", no checkpoint from outside given"
        )
        click.echo(f"{size} entries fit{seen}")


def _public(key_file: Path | None) -> bytes:
    if key_file is None:
        return this_key().public
    try:
        return base64.b64decode(key_file.read_text("ascii"), validate=False)
    except (OSError, ValueError):
        fail(f"{key_file}: no readable public key (base64)", 2)


def _outside(path: Path, public: bytes) -> Checkpoint:
    try:
        return read_note(path.read_text("utf-8"), public)
    except OSError:
        fail(f"{path}: cannot be read", 2)
    except (BadNote, UnicodeDecodeError) as fault:
        fail(f"{path}: {fault}")


def bundle(index: int, size: int) -> dict[str, Any]:
    """An entry with its inclusion proof in the log of `size` entries; hashes in base64."""
    entry = db.session.get_one(AuditEntry, index)
    path = merkle.inclusion_path(index, size, log.node)
    return {
        "index": index,
        "body": entry.body.decode(),
        "path": [base64.b64encode(step).decode() for step in path],
    }


@command.command("prove")
@click.argument("entry", type=int)
def prove(entry: int) -> None:
    """Print an entry, its inclusion proof and the signed head it leads to."""
    size = log.size()
    if not 0 <= entry < size:
        fail(f"there is no entry {entry}: the log holds {size}")
    click.echo(json.dumps({**bundle(entry, size), "checkpoint": this_key().sign(head(size))}))


@command.command("key")
def print_key() -> None:
    """Print the public key others need to check checkpoints and reports (base64)."""
    click.echo(base64.b64encode(this_key().public).decode())


@command.command("export")
@click.argument("file", type=click.Path(path_type=Path))
def export(file: Path) -> None:
    """Write every entry as one JSON line, exactly as hashed."""
    with file.open("wb") as out:
        for entry in db.session.scalars(sa.select(AuditEntry).order_by(AuditEntry.index)):
            out.write(entry.body + b"\n")
