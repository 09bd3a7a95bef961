"""A tablet asks each second and there is nothing new, beside a route of a bare Flask that does nothing."""

from collections.abc import Iterator

from flask import Flask

from bench.timing import Row, interleaved
from tests.emergency.tablet import of
from tests.factories import Cast

ENTRIES = 300


def rows(app: Flask, cast: Cast) -> Iterator[Row]:
    """A run of some hundred entries; who asks is looked up, nothing is folded or hashed."""
    tablet = of(app, cast)
    cursor = tablet.send(tablet.start(), *(tablet.event("photo_taken", n) for n in range(ENTRIES)))["cursor"]
    empty = Flask("empty")
    empty.add_url_rule("/", "nothing", lambda: "")
    nobody = empty.test_client()
    url, headers = f"{tablet.url()}?after={cursor}", tablet.headers()

    def poll() -> None:
        assert tablet.client.get(url, headers=headers, buffered=True).status_code == 200

    def nothing() -> None:
        assert nobody.get("/", buffered=True).status_code == 200

    ours, theirs = interleaved(poll, nothing, 300)
    yield Row("a poll with nothing new, 300 entries", "an empty route of a bare Flask", ours, theirs, 4.0)
    yield Row("the same, 99th percentile", "the same", [_p99(ours)], [_p99(theirs)], 4.0)


def _p99(times: list[float]) -> float:
    return sorted(times)[int(len(times) * 0.99)]
