"""A database for each test: a copy of one that was migrated, and mostly peopled, once in the session."""

import itertools
import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask_migrate import upgrade
from jinja2 import FileSystemBytecodeCache
from werkzeug.routing import Rule

from safety import create_app
from safety.config import Config
from safety.db import db
from tests import servers

SECRET = "known to every test"
_numbers = itertools.count()
Fill = Callable[[Flask], dict[str, Any]]

# Each test makes an app and each app its routes. What builds a route's address depends on the route's text
# alone and is handed the route it works for, so it is compiled once in a process: it was half a test's cost.
_compile = Rule._compile_builder
_compiled: dict[Any, Any] = {}


def _builder(rule: Rule, append_unknown: bool = True) -> Any:
    key = rule.rule, repr(rule.defaults), append_unknown
    if key not in _compiled:
        _compiled[key] = _compile(rule, append_unknown)
    return _compiled[key]


Rule._compile_builder = _builder  # type: ignore[assignment]  # in tests only


def configured(engine: str, data_dir: Path, name: str) -> Config:
    """Settings for a database of this name on SQLite (a file in the folder) or PostgreSQL."""
    url = f"sqlite:///{data_dir / 'reflow.sqlite3'}" if engine == "sqlite" else servers.cluster().format(name)
    return Config(data_dir=data_dir, database_url=url, secret_key=SECRET, testing=True)


def empty(engine: str) -> Path:
    """The folder of a database that was only migrated."""
    return _made(engine, "empty", None, _migrate)


def peopled(engine: str, fill: Fill) -> Path:
    """The folder of a migrated database that `fill` has filled; what it returned lies beside it as JSON."""
    return _made(engine, "peopled", empty(engine), fill)


def told(engine: str, fill: Fill) -> Path:
    """The same for the demonstration clinic, which takes seconds to tell."""
    return _made(engine, "told", empty(engine), fill)


def _migrate(app: Flask) -> dict[str, Any]:
    upgrade()
    return {}


def _made(engine: str, kind: str, base: Path | None, fill: Fill) -> Path:
    home = servers.folder() / f"{engine}-{kind}"
    with servers.only_one(home.name) as done:
        if home.exists() and not done.exists():
            pytest.fail(f"the {home.name} database could not be made: see the first error", pytrace=False)
        if not done.exists():
            config = _copy(engine, base, home, kind)
            app = create_app(config)
            with app.app_context():
                made = fill(app)
                db.session.remove()
                db.engine.dispose()
            home.with_suffix(".json").write_text(json.dumps(made))
            done.touch()
    return home


def facts(home: Path) -> dict[str, Any]:
    """What the filling of this folder returned."""
    found: dict[str, Any] = json.loads(home.with_suffix(".json").read_text())
    return found


def _copy(engine: str, base: Path | None, home: Path, name: str) -> Config:
    if base is None:
        home.mkdir()
    else:
        shutil.copytree(base, home)
    config = configured(engine, home, name)
    if engine == "postgresql":
        servers.create(name, base.name.removeprefix("postgresql-") if base else "template0")
    return config


@contextmanager
def copied(engine: str, base: Path, folder: Path | None = None) -> Iterator[Config]:
    """A private copy of a made database, gone afterwards.

    It lies where the session's folder does, in memory if there is enough: a commit costs three writes through
    to a disk. What is asked of a disk is asked of a `folder` there: measurements, servers that are killed.
    """
    name = f"test_{os.getpid()}_{next(_numbers)}"
    home = (folder or servers.folder()) / name
    try:
        yield _copy(engine, base, home, name)
    finally:
        shutil.rmtree(home, ignore_errors=True)
    if engine == "postgresql":
        servers.drop(name)


@contextmanager
def running(config: Config) -> Iterator[Flask]:
    """The application on a database, its connections closed afterwards."""
    app = create_app(config)
    # Compiled templates are kept for the session, or each test would compile the frame again.
    app.jinja_env.bytecode_cache = FileSystemBytecodeCache(str(servers.folder()))
    try:
        yield app
    finally:
        with app.app_context():
            db.session.remove()
            db.engine.dispose()
