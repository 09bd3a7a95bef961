"""One clinic for each file of run checks; every check has a run of its own in it."""

from collections.abc import Iterator

import pytest

from tests.e2e.running import runs
from tests.e2e.server import Server
from tests.factories import Cast


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """An installation for the whole file."""
    made = Server(tmp_path_factory.mktemp("runs") / "data")
    try:
        yield made
    finally:
        made.kill()


@pytest.fixture(scope="module")
def cast(server: Server) -> Cast:
    """Its people; it is served from now on."""
    cast = runs.open_clinic(server)
    runs.call(
        server, cast, "/emergencies/kit.json"
    )  # the first answer reads the protocols: not in a test's time
    return cast
