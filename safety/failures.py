"""When something is wrong: a page in plain words that still offers Start emergency, or one line of JSON."""

import logging
import uuid
from http import HTTPStatus

import sqlalchemy as sa
import sqlalchemy.exc
from flask import Flask, current_app, render_template
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from safety.audit import log
from safety.db import db
from safety.web import wants_json

logger = logging.getLogger("reflow")
BROKEN = int(HTTPStatus.INTERNAL_SERVER_ERROR)
PAGES = (400, 403, 404, 405, 413, 422, 429, BROKEN, 503)


def init_app(app: Flask) -> None:
    """Answer every failure in words, and the health check."""
    app.register_error_handler(HTTPException, _refused)
    app.register_error_handler(CSRFError, _stale_form)
    app.register_error_handler(sa.exc.OperationalError, _no_database)
    app.register_error_handler(Exception, _broken)
    app.add_url_rule("/healthz", "healthz", healthz)


def healthz() -> ResponseReturnValue:
    """Can requests be served, from which database, and how long is the log?"""
    return {"ok": True, "database": db.engine.dialect.name, "audit_size": log.size()}


def answer(code: int, words: str, headers: dict[str, str] | None = None) -> ResponseReturnValue:
    """A failure as a page, or as JSON for programs."""
    if wants_json():
        return {"error": words}, code, headers or {}
    template = f"errors/{code if code in PAGES else 400}.html"
    return render_template(template, words=words), code, headers or {}


def _refused(error: HTTPException) -> ResponseReturnValue:
    if error.response is not None:
        return error.response
    return answer(error.code or BROKEN, (error.description or error.name).splitlines()[0])


def _stale_form(error: CSRFError) -> ResponseReturnValue:
    return answer(400, "This page was open too long. Go back, reload it and send it again.")


def _no_database(error: sa.exc.OperationalError) -> ResponseReturnValue:
    logger.error("database unavailable: %s", type(error.orig).__name__)
    db.session.rollback()
    return answer(503, "The record cannot be written just now. Nothing was saved.", {"Retry-After": "2"})


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
    db.session.rollback()
    return answer(BROKEN, f"Something went wrong here. Tell your administrator: failure {number}.")
