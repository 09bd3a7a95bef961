"""GET /sw.js: the worker with the list of the offline copy."""

import hashlib
import json
import re
from pathlib import Path

import pytest
from flask import Flask

from safety.emergency import precache
from tests.factories import Cast
from tests.page import Visitor

STATIC = Path(precache.__file__).parent.parent / "static"


def listed(visitor: Visitor) -> dict[str, str]:
    script = visitor.fetch("/sw.js").get_data(as_text=True)
    found = re.search(r"const COPY = ({.*?});\n", script, re.S)
    assert found
    told = json.loads(found[1])
    assert re.fullmatch("[0-9a-f]{16}", told["digest"])
    return dict(told["files"])


def test_it_works(anyone: Visitor) -> None:
    answer = anyone.fetch("/sw.js")
    assert answer.mimetype == "text/javascript"
    assert answer.headers["Cache-Control"] == "no-cache"
    assert "/static/runner/start.mjs" in listed(anyone)


def test_every_piece_is_served_to_nobody_as_the_list_says(app: Flask, anyone: Visitor) -> None:
    for path, wanted in listed(anyone).items():
        assert hashlib.sha256(app.test_client().get(path, buffered=True).get_data()).hexdigest() == wanted, (
            path
        )


def test_no_file_a_page_could_ask_for_is_left_out(anyone: Visitor) -> None:
    """Whoever adds a script, a style sheet or a vendored library has it kept, by its folder alone."""
    left_out = {path for path in STATIC.rglob("*") if path.is_file()} - {
        STATIC / path.removeprefix("/static/") for path in listed(anyone)
    }
    read_by_people = {
        path for path in left_out if path.suffix in (".ttf", ".md", ".txt") or "LICENSE" in path.name
    }
    assert {path.name for path in left_out - read_by_people} == {"sw.js"}


def test_what_a_visitor_is_does_not_change_what_is_kept(
    anyone: Visitor, nora: Visitor, tablet: Visitor, cast: Cast
) -> None:
    assert listed(anyone) == listed(nora) == listed(tablet)
    pages = [anyone.fetch(path).get_data(as_text=True) for path in precache.PAGES]
    for name in (cast["nora"].name, cast.tablet_id, cast.clinic_id, "Harbour Street", "csrf_token"):
        assert not any(name in page for page in pages), name


def test_asking_for_the_worker_leaves_the_visit_as_it_was(nora: Visitor) -> None:
    """The list is made from pages fetched as nobody; the nurse who asked is still herself, in her clinic."""
    nora.fetch("/sw.js")
    assert "Nora" in nora.get("/me").html


def test_another_file_is_another_version(app: Flask, tmp_path: Path) -> None:
    before = precache.copy_of(app).digest
    changed = tmp_path / "static"
    for path in STATIC.rglob("*"):
        if path.is_file():
            (changed / path.relative_to(STATIC)).parent.mkdir(parents=True, exist_ok=True)
            (changed / path.relative_to(STATIC)).write_bytes(path.read_bytes())
    (changed / "runner" / "words.mjs").write_text("export {};\n")
    app.static_folder = str(changed)
    app.extensions.pop("offline_copy")
    assert precache.copy_of(app).digest != before
    assert "/static/runner/words.mjs" in precache.copy_of(app).files


def test_a_page_nobody_may_see_cannot_be_in_the_copy(app: Flask) -> None:
    with pytest.raises(RuntimeError, match="/patients answers 302 to nobody"):
        precache.as_nobody(app, "/patients")
