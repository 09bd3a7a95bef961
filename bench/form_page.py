"""A form page from the server, beside a route of the same server that does nothing."""

from collections.abc import Iterator

from flask import Flask

from bench.timing import Row, interleaved
from tests.factories import Cast


def rows(app: Flask, cast: Cast) -> Iterator[Row]:
    """Scoreboard row 14: frame, session, CSRF, the reader's rights and one row read."""
    empty = Flask("empty")
    empty.add_url_rule("/", "nothing", lambda: "")
    visitor, nobody = app.test_client(), empty.test_client()
    visitor.set_cookie("reflow_sign_in", cast["ada"].token)

    def page() -> None:
        assert visitor.get("/me", buffered=True).status_code == 200

    def nothing() -> None:
        assert nobody.get("/", buffered=True).status_code == 200

    yield Row(
        "a form page for somebody signed in",
        "an empty route of a bare Flask",
        *interleaved(page, nothing, 200),
        1.30,
    )
