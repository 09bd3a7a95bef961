"""The offline copy: what a tablet keeps, each piece with its SHA-256, and the service worker that keeps it.

Nothing in it belongs to a clinic or a patient: files of the program, and pages as a stranger gets them.
"""

import contextvars
import hashlib
import json
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from flask import Flask

from safety.audit import canonical

WORKER = "runner/sw.js"
MARK = 'const COPY = { digest: "", files: {} };'
NOT_FOR_SCREENS = (".ttf", ".md", ".txt")  # the report's typefaces and what is there for people to read
ANY_RUN = "00000000-0000-0000-0000-000000000000"
PAGES = (
    "/emergencies/new",
    f"/emergencies/{ANY_RUN}/run",
    "/offline",
    "/emergencies/scenarios.json",
    "/manifest.webmanifest",
)


@dataclass(frozen=True)
class Copy:
    """One version of the offline copy: SHA-256 by path, and a digest over all of it and the worker itself."""

    digest: str
    files: dict[str, str]


def copy_of(app: Flask) -> Copy:
    """The copy this process serves; made once, since neither its files nor its pages change while it runs."""
    kept: Copy | None = app.extensions.get("offline_copy")
    if kept is None:
        kept = app.extensions["offline_copy"] = _made(app)
    return kept


def known_digest(app: Flask) -> str | None:
    """The digest, once a tablet has asked for the worker: nobody else waits while the list is made."""
    kept: Copy | None = app.extensions.get("offline_copy")
    return kept.digest if kept else None


def worker(app: Flask) -> str:
    """The service worker with the list in it; another list is another script, so browsers notice."""
    copy = copy_of(app)
    told = json.dumps({"digest": copy.digest, "files": copy.files}, indent=0, sort_keys=True)
    return (_static(app) / WORKER).read_text("utf-8").replace(MARK, f"const COPY = {told};", 1)


def _made(app: Flask) -> Copy:
    files = {path: _sha256(content.read_bytes()) for path, content in static_files(_static(app)).items()}
    files |= {path: _sha256(as_nobody(app, path)) for path in PAGES}
    script = _sha256((_static(app) / WORKER).read_bytes())
    return Copy(_sha256(canonical.dumps({"files": files, "worker": script}))[:16], files)


def static_files(static: Path) -> dict[str, Path]:
    """Every file of the program a browser may ask for, by the path it asks with; found by folder."""
    found = {path.relative_to(static).as_posix(): path for path in static.rglob("*") if path.is_file()}
    return {
        f"/static/{name}": path
        for name, path in sorted(found.items())
        if name != WORKER and path.suffix not in NOT_FOR_SCREENS and "LICENSE" not in path.name
    }


def as_nobody(app: Flask, path: str) -> bytes:
    """A page as it is served to a browser without any cookie; asked apart from the request we stand in."""
    answer = contextvars.Context().run(partial(app.test_client().get, path, buffered=True))
    if answer.status_code != 200:
        raise RuntimeError(f"{path} answers {answer.status_code} to nobody, and belongs to the offline copy")
    return answer.get_data()


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _static(app: Flask) -> Path:
    return Path(app.static_folder or "")
