"""When something is wrong: a page in plain words that still offers Start emergency, or one line of JSON."""

import logging
import shutil
import sqlite3
import time
import uuid
from dataclasses import dataclass
from http import HTTPStatus

import sqlalchemy as sa
import sqlalchemy.exc
from flask import Flask, current_app, render_template
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from safety import web
from safety.audit import log
from safety.db import Busy, db
from safety.web import wants_json

logger = logging.getLogger("reflow")
BROKEN = int(HTTPStatus.INTERNAL_SERVER_ERROR)
# a file-size limit and a full quota come as a write error, not as a full disk
SQLITE_NO_ROOM = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_WRITE}
POSTGRES_NO_ROOM = "53100"
UNAVAILABLE: tuple[type[Exception], ...] = (
    sa.exc.DatabaseError, sa.exc.InterfaceError, sa.exc.TimeoutError, Busy,
)  # fmt: skip
OUR_FAULT: tuple[type[Exception], ...] = (
    sa.exc.IntegrityError, sa.exc.DataError, sa.exc.ProgrammingError, sa.exc.NotSupportedError, Exception,
)  # fmt: skip
PAGES = (400, 403, 404, 405, 413, 422, 429, BROKEN, 503)


TRY_AGAIN = {"Retry-After": "2"}
NO_ROOM = "The disk is full. Nothing was saved."
NO_RECORD = "The record cannot be written just now. Nothing was saved."
RECENT_S = 60
ALMOST_FULL = 0.10


@dataclass
class Trouble:
    """The last time something could not be saved, and why."""

    words: str = ""
    at: float = -RECENT_S

    def met(self, words: str) -> None:
        """It happened now."""
        self.words, self.at = words, time.monotonic()

    @property
    def recent(self) -> str | None:
        """What happened within the last minute, or None."""
        return self.words if time.monotonic() - self.at < RECENT_S else None


def init_app(app: Flask) -> None:
    """Answer every failure in words, and the health check."""
    app.extensions["reflow_trouble"] = Trouble()
    app.register_error_handler(HTTPException, _refused)
    app.register_error_handler(CSRFError, _stale_form)
    for away in UNAVAILABLE:
        app.register_error_handler(away, _no_database)
    for fault in OUR_FAULT:
        app.register_error_handler(fault, _broken)
    app.add_url_rule("/healthz", "healthz", healthz)
    web.provide("trouble", trouble)


def healthz() -> ResponseReturnValue:
    """Can requests be served, from which database, how long is the log, and what troubles it?"""
    told = {"database": db.engine.dialect.name, "free_percent": int(free() * 100), "trouble": trouble()}
    try:
        return {"ok": True, "audit_size": log.size(), **told}
    except sa.exc.DBAPIError as error:
        return {"ok": False, **told, "trouble": _no_room(error) or NO_RECORD}, 503, TRY_AGAIN


def trouble() -> str | None:
    """What everybody who opens a page must know about saving, or None."""
    recent: str | None = current_app.extensions["reflow_trouble"].recent
    if recent:
        return f"Reflow could not save a moment ago. {recent} Tell your administrator."
    left = free()
    if left >= ALMOST_FULL:
        return None
    what = f"Only {int(left * 100)} % of the disk is free."
    return f"{what} When it is full, nothing can be saved. Tell your administrator."


def free() -> float:
    """The part of the data folder's disk that is free."""
    usage = shutil.disk_usage(current_app.config["REFLOW"].data_dir)
    return usage.free / usage.total if usage.total else 1.0


def answer(code: int, words: str, headers: dict[str, str] | None = None) -> ResponseReturnValue:
    """A failure as a page, or as JSON for programs."""
    if wants_json():
        return {"error": words}, code, headers or {}
    page = 503 if code == HTTPStatus.INSUFFICIENT_STORAGE else code if code in PAGES else 400
    return render_template(f"errors/{page}.html", words=words), code, headers or {}


def _refused(error: HTTPException) -> ResponseReturnValue:
    if error.response is not None:
        return error.response
    return answer(error.code or BROKEN, (error.description or error.name).splitlines()[0])


def _stale_form(error: CSRFError) -> ResponseReturnValue:
    return answer(400, "This page was open too long. Go back, reload it and send it again.")


def _no_database(error: Exception) -> ResponseReturnValue:
    """Nothing could be stored: with 507 when there is no room, else with 503, and when to try again."""
    logger.error("database unavailable: %s", type(getattr(error, "orig", None) or error).__name__)
    _let_go()
    full = _no_room(error)
    current_app.extensions["reflow_trouble"].met(full or NO_RECORD)
    return answer(507 if full else 503, full or NO_RECORD, TRY_AGAIN)


def _no_room(error: Exception) -> str | None:
    """Words for a disk without room; None when it is something else."""
    orig = getattr(error, "orig", None)
    code = getattr(orig, "sqlite_errorcode", None)
    full = code in SQLITE_NO_ROOM or getattr(orig, "sqlstate", None) == POSTGRES_NO_ROOM
    return NO_ROOM if full else None


def _let_go() -> None:
    """Give the connection up; when even that fails, there is no connection left to give up."""
    try:
        db.session.rollback()
    except sa.exc.DBAPIError:
        db.session.remove()


def _broken(error: Exception) -> ResponseReturnValue:
    number = uuid.uuid4().hex[:8]
    # the traceback of a statement may hold what a person typed; its place in the code is enough to mend it
    frames = error.__traceback__
    while frames is not None and frames.tb_next is not None:
        frames = frames.tb_next
    where = f"{frames.tb_frame.f_code.co_filename}:{frames.tb_lineno}" if frames else "?"
    logger.error("failure %s: %s at %s", number, type(error).__name__, where)
    if current_app.testing:
        raise error
    _let_go()
    return answer(BROKEN, f"Something went wrong here. Tell your administrator: failure {number}.")
