"""Checking a report's file from the command line. Loads the PDF reader, which the server never needs."""

from pathlib import Path

from safety.audit.checkpoint import BadNote
from safety.audit.verify import read_note
from safety.incidents import reader


class WrongUse(ValueError):
    """A file named on the command line cannot be read; the message names it."""


def check(file: Path, key_file: Path | None, note: Path | None) -> str:
    """One line saying what was checked. Raises WrongUse, reader.NotAReport, reader.Differs."""
    key, pdf = _key(key_file), _bytes(file)
    seen = reader.verify(pdf, key)
    if note is not None:
        _same_log(note, seen, key or reader.key_inside(pdf))
    whose = "the key given" if key else "the key inside the file: compare it with the clinic's own"
    mark = "DRILL, not a real emergency: " if seen.drill else ""
    return (
        f"{mark}report {seen.number} revision {seen.revision}: "
        f"{seen.pages} pages say what {seen.events} events say; "
        f"proved in {seen.head.origin} at {seen.head.size} entries, by {whose}"
    )


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as fault:
        raise WrongUse(f"cannot read {file}") from fault


def _key(key_file: Path | None) -> bytes | None:
    if key_file is None:
        return None
    try:
        return reader.read_key(key_file)
    except (OSError, ValueError) as fault:
        raise WrongUse(f"{key_file}: no readable public key (base64)") from fault


def _same_log(note: Path, seen: reader.Verified, key: bytes) -> None:
    """A head kept elsewhere must be signed by the same key and, at the same size, be the same head."""
    try:
        other = read_note(_bytes(note).decode("utf-8"), key)
    except (BadNote, UnicodeDecodeError) as fault:
        raise reader.Differs(f"{note.name}: {fault}") from fault
    if other.origin != seen.head.origin or (other.size == seen.head.size and other.root != seen.head.root):
        raise reader.Differs("the report's log is not the one the checkpoint vouches for")
