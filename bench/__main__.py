"""`make bench`: every measurement, one row each. Exit 0: a ratio not yet reached is a goal, not a failure."""

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from flask import Flask

from bench import audited_write, emergency_tap, form_page, polling, verifying
from bench.timing import HEADING, Row
from tests import copies, servers
from tests.factories import Cast, make_cast

BENCHES: tuple[Callable[[Flask, Cast], Iterator[Row]], ...] = (
    audited_write.rows,
    verifying.rows,
    form_page.rows,
    emergency_tap.rows,
    polling.rows,
)


def main() -> None:
    """On SQLite in a folder on this disk: what a small clinic runs."""
    servers.open_session()
    base = copies.peopled("sqlite", make_cast)
    cast = Cast.from_json(copies.facts(base))
    print(HEADING)
    for bench in BENCHES:
        with (
            tempfile.TemporaryDirectory(dir=Path.cwd(), prefix=".bench-") as folder,
            copies.copied("sqlite", base, Path(folder)) as config,
            copies.running(config) as app,
        ):
            for row in bench(app, cast):
                print(row, flush=True)
    servers.close_session()


main()
