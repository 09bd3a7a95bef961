"""A place to break, on either database."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests import servers
from tests.chaos.place import Place
from tests.conftest import missing


@pytest.fixture(scope="session")
def place(engine: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """An installation with its server running."""
    try:
        made = Place(_short(tmp_path_factory), engine)
    except servers.NoPostgres as problem:
        missing(str(problem))
        raise
    with closing(made):
        made.start()
        yield made


def _short(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The path of a Unix socket may not be longer than 107 bytes, and PostgreSQL is another user."""
    folder = servers.folder() / f"chaos-{tmp_path_factory.mktemp('chaos').parent.name[-12:]}-{next(_numbers)}"
    folder.mkdir()
    folder.chmod(0o755)
    return folder


_numbers = iter(range(1000))
