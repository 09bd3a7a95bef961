"""Photos on disk: outside everything served as files, under names we made, whole or not at all."""

import errno
import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from flask import current_app

ENDING, PART = ".jpg", ".part"
GROWN_UP_S = 3600  # a file younger than this may belong to a request still under way
EMERGENCIES, TREATMENTS = "photos", "treatment-photos"
FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class NoRoom(OSError):
    """The disk is full."""


def folder(of: str = EMERGENCIES) -> Path:
    """Where photos of one kind are kept, made when missing and open to us alone."""
    path: Path = current_app.config["REFLOW"].data_dir / of
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def put(name: str, data: bytes, of: str = EMERGENCIES) -> None:
    """Write a photo and have it on the disk, name and all, before returning. Raises NoRoom, OSError."""
    home = folder(of)
    part = home / f"{name}{PART}"
    try:
        with part.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        part.rename(home / f"{name}{ENDING}")
        _sync(home)
    except OSError as fault:
        part.unlink(missing_ok=True)
        if fault.errno in FULL:
            raise NoRoom(fault.errno, "no room for the photo") from fault
        raise


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def get(name: str, of: str = EMERGENCIES) -> bytes | None:
    """The photo of this name, or None when its file is gone."""
    path = folder(of) / f"{name}{ENDING}"
    return path.read_bytes() if path.is_file() else None


def drop(name: str, of: str = EMERGENCIES) -> None:
    """Remove a photo that no row will ever name."""
    (folder(of) / f"{name}{ENDING}").unlink(missing_ok=True)


def sweep(known: set[str], now: datetime, of: str = EMERGENCIES) -> int:
    """Remove what was never finished, set aside whole photos that no row names. Returns how many those are.

    They are moved, not removed: after an older copy of the database was restored they are all there is.
    """
    aside = folder(of) / "unclaimed"
    moved = 0
    for path in _grown_up(now, of):
        if path.suffix == PART:
            path.unlink(missing_ok=True)
        elif path.stem not in known:
            aside.mkdir(mode=0o700, exist_ok=True)
            path.rename(aside / path.name)
            moved += 1
    return moved


def _grown_up(now: datetime, of: str) -> Iterator[Path]:
    for path in sorted(folder(of).iterdir()):
        if path.suffix in (ENDING, PART) and now.timestamp() - path.stat().st_mtime > GROWN_UP_S:
            yield path
