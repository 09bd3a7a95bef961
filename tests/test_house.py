"""The house keeps its promises, and each rule is shown a house that breaks it."""

import inspect
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config as AlembicConfig
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask

from safety.config import CHECKOUT
from safety.db import Model, db
from safety.staff.acts import ACTS
from tests import house, mirrors, one_dose
from tests.wellformed import faults

Rule = Callable[[Path], Iterator[str]]
BAD_README = "# R\n## The map\n```\nsafety/  it\n  gone  not here\n```\n"
ROW = "| H1 | wrong dose | typing | table | {} |\n"

# rule, a file that breaks it, its text, and a word of the complaint
BROKEN: list[tuple[Rule, str, str, str]] = [
    (house.one_commit, "safety/stock/actions.py", "db.session.commit()\n", "stock/actions.py:1"),
    (house.one_commit, "safety/audit/log.py", "pass\n", "found []"),
    (house.pure_files, "safety/stock/rules.py", "import flask\n", "imports flask"),
    (house.pure_files, "safety/stock/rules.py", "import random\n", "imports random"),
    (house.pure_files, "safety/stock/rules.py", "from os import environ\n", "imports os"),
    (house.pure_files, "safety/stock/rules.py", "from safety.stock import models\n", "safety.stock.models"),
    (house.pure_files, "safety/emergency/reducer.py", "datetime.now(UTC)\n", "calls now"),
    (house.pure_files, "safety/audit/merkle.py", "open('x')\n", "calls open"),
    (house.one_clock, "safety/stock/actions.py", "datetime.now(UTC)\n", "asks datetime.now"),
    (house.one_clock, "safety/stock/views.py", "import datetime\ndatetime.date.today()\n", "date.today"),
    (one_dose.no_doses, "safety/emergency/rules.py", "first = 1_500\n", "says 1500"),
    (one_dose.no_doses, "safety/emergency/rules.py", "text = 'give 500 units'\n", "says 500"),
    (one_dose.no_doses, "safety/emergency/rules.py", "text = f'give 500 {unit}'\n", "says 500"),
    (one_dose.no_doses, "safety/static/runner/reducer.mjs", "const dose = 1000;\n", "says 1000"),
    (one_dose.no_doses, "templates/emergency/run.html", "<b>3,000 units</b>\n", "says 3000"),
    (one_dose.no_doses, "templates/emergency/run.html", "<b>300 milligrams</b>\n", "says 300 milligrams"),
    (one_dose.no_doses, "safety/emergency/rules.py", "text = 'give 0.33 millilitres'\n", "says 0.33 mill"),
    (one_dose.no_doses, "safety/static/runner/panels.mjs", "say(`Inject 750 units`);\n", "says 750 units"),
    (one_dose.no_doses, "safety/static/sw.js", "notify('Adrenaline 0.5 mL');\n", "says 0.5 mL"),
    (one_dose.no_doses, "safety/emergency/fold.mjs", "const said = '35 units';\n", "says 35 units"),
    (one_dose.no_doses, "safety/static/css/a.css", "p::after { content: '500 units' }\n", "says 500 units"),
    (one_dose.no_doses, "safety/static/icons/a.svg", "<text>150 micrograms</text>\n", "150 micrograms"),
    (house.small_rooms, "safety/stock/rules.py", "def f():\n" + "    x = 1\n" * 45, "f has 46 lines"),
    (house.small_rooms, "safety/stock/rules.py", "x = 1\n" * 401, "401 lines"),
    (house.small_rooms, "safety/static/runner/reducer.mjs", "x\n" * 401, "401 lines"),
    (house.nothing_inline, "templates/a.html", '<p\n style="x">', "a style attribute"),
    (house.nothing_inline, "templates/a.html", "<style>p{}</style>", "a style element"),
    (house.nothing_inline, "templates/a.html", '<a onclick="x()">', "an inline handler"),
    (house.nothing_inline, "templates/a.html", "<script>x()</script>", "an inline script"),
    (house.nothing_inline, "templates/a.html", "{{ x|safe }}", "marked as safe"),
    (house.no_strangers, "safety/static/css/a.css", "src: url(https://fonts.example/x)", "fonts.example"),
    (house.no_strangers, "templates/a.html", '<img src="http://cdn.example/x">', "cdn.example"),
    (house.assets_exist, "templates/a.html", "{{ asset('css/a.css') }}", "asks for css/a.css"),
    (house.assets_exist, "safety/static/js/a.js", 'import { b } from "./b.mjs";', "asks for ./b.mjs"),
    (house.assets_exist, "safety/static/css/a.css", "src: url('../fonts/a.woff2')", "asks for ../fonts"),
    (house.no_marks, "safety/stock/rules.py", "# TO" + "DO later\n", "rules.py:1"),
    (house.no_marks, "templates/a.html", "{# FIX" + "ME #}", "a.html:1"),
    (house.our_words, "safety/stock/rules.py", "def receive_batch(): ...\n", "receive_batch says batch"),
    (house.our_words, "safety/stock/models.py", "class Shot: ...\n", "Shot says shot"),
    (house.licences, "safety/static/fonts/a.woff2", "", "no licence"),
    (house.licences, "safety/static/vendor/a/a.js", "", "no licence"),
    (house.vendored, "safety/static/vendor/a/a.js", "", "a/a.js is not what SOURCE.txt says"),
    (house.pinned, "requirements.txt", "flask>=3\n", "flask>=3 is not pinned"),
    (house.pinned, "requirements.txt", "flask==3.1.3\n", "is not pinned and hashed"),
    (house.pinned, "requirements.txt", "--index-url https://pypi.example\n", "names an index"),
    (
        mirrors.mirrored,
        "safety/stock/views.py",
        "@bp.get('/')\ndef lot(): show('stock/x.html')\n",
        "stock.lot shows stock/x",
    ),
    (mirrors.mirrored, "safety/stock/views.py", "def lot(): show('staff/lot.html')\n", "shows staff/lot"),
    (mirrors.named_tests, "tests/stock/test_nothing.py", "", "named for nothing"),
    (mirrors.map_is_the_tree, "README.md", "# no map\n", "has no map"),
    (mirrors.map_is_the_tree, "README.md", BAD_README, "maps safety/gone"),
    (mirrors.map_is_the_tree, "README.md", BAD_README, "does not map README.md"),
    (mirrors.hazards_are_tested, "docs/hazard-log.md", "none\n", "has no row"),
    (mirrors.hazards_are_tested, "docs/hazard-log.md", ROW.format("-"), "names no test"),
    (mirrors.hazards_are_tested, "docs/hazard-log.md", ROW.format("tests/x.py::test_y"), "is not there"),
    (mirrors.hazards_are_tested, "docs/hazard-log.md", ROW.format("-") * 2, "stands twice"),
]
RULES = list(dict.fromkeys(rule for rule, *_ in BROKEN))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_promise_is_kept(rule: Rule) -> None:
    assert list(rule(CHECKOUT)) == []


@pytest.mark.parametrize(("rule", "path", "text", "complaint"), BROKEN)
def test_broken_promise_is_seen(rule: Rule, path: str, text: str, complaint: str, tmp_path: Path) -> None:
    (tmp_path / "safety").mkdir()
    (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / path).write_text(text)
    assert any(complaint in fault for fault in rule(tmp_path)), list(rule(tmp_path))


def test_what_mirrors_nothing_is_seen(tmp_path: Path) -> None:
    view = "@bp.route('/')\ndef receive():\n    return show('stock/receive.html')\n"
    for path, text in {"safety/stock/views.py": view, "templates/stock/gone.html": ""}.items():
        (tmp_path / path).parent.mkdir(parents=True)
        (tmp_path / path).write_text(text)
    assert list(mirrors.mirrored(tmp_path)) == [
        "templates/stock/gone.html is shown by no view",
        "tests/stock/test_receive.py is missing",
    ]


def test_every_rule_is_tried() -> None:
    here = {**vars(house), **vars(mirrors), **vars(one_dose)}.values()
    takes_root = [
        f for f in here if inspect.isfunction(f) and list(inspect.signature(f).parameters) == ["root"]
    ]
    assert {rule.__name__ for rule in takes_root} - {"ours"} == {rule.__name__ for rule in RULES}


@pytest.mark.parametrize(
    ("broken", "complaint"),
    [
        ("<h1>x</h1><h1>y</h1>", "2 h1"),
        ("<p id=a></p><p id=a></p>", "used 2 times"),
        ("<input name=a>", "no label"),
        ("<fieldset><legend> </legend></fieldset>", "no legend"),
        ("<input type=radio aria-label=x>", "no group"),
        ("<a href=/x></a>", "says nothing"),
        ("<p style='x'></p>", "inline style"),
        ("<p onclick='x'></p>", "inline handler"),
        ("<script>x</script>", "inline script"),
        ("<img src=//elsewhere/x alt=x>", "leaves this server"),
        ("<a href='javascript:x()'>x</a>", "leaves this server"),
        ("<form method=post></form>", "no CSRF token"),
        ("<div><p></div>", "closes <p>"),
        ("<label for=nothing>x</label>", "points at nothing"),
    ],
)
def test_page_that_is_not_well_formed_is_seen(broken: str, complaint: str) -> None:
    _, found = faults(f"<html lang=en><head><title>x</title></head><body><main>{broken}</main></body></html>")
    assert any(complaint in fault for fault in found), found
    assert {"the safety line is missing", "Start emergency is missing"} < set(found)


def script() -> ScriptDirectory:
    config = AlembicConfig()
    config.set_main_option("script_location", str(CHECKOUT / "migrations"))
    return ScriptDirectory.from_config(config)


def test_head_names_the_newest_migration() -> None:
    assert (CHECKOUT / "migrations" / "HEAD").read_text().split() == script().get_heads()


def test_models_equal_migrations(empty_app: Flask) -> None:
    with empty_app.app_context(), db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Model.metadata) == []


def test_constraints_equal_migrations(empty_app: Flask) -> None:
    # what autogenerate does not see: CHECKs, and with them the members of every enum
    with empty_app.app_context():
        inspector = sa.inspect(db.engine)
        for table in Model.metadata.sorted_tables:
            found = {str(c["name"]): c["sqltext"] for c in inspector.get_check_constraints(table.name)}
            checks = {str(c.name): c for c in table.constraints if isinstance(c, sa.CheckConstraint)}
            assert found.keys() == checks.keys(), table.name
            for name, check in checks.items():
                wanted = str(check.sqltext.compile(compile_kwargs={"literal_binds": True}))
                assert _words(wanted) == _words(found[name]), f"{name}: {wanted} / {found[name]}"


def _words(sql: str) -> set[str]:
    """Literals and numbers of a condition: databases rewrite the rest (IN becomes = ANY, casts appear)."""
    return set(re.findall(r"'([^']*)'|\b(\d+)\b", sql))


def test_every_route_has_an_act_and_every_act_a_route(empty_app: Flask) -> None:
    assert {rule.endpoint for rule in empty_app.url_map.iter_rules()} == set(ACTS)


def test_app_loads_nothing_that_only_reports_need(tmp_path: Path) -> None:
    asked = "import sys, wsgi; print(sorted({'weasyprint', 'pydyf'} & set(sys.modules)))"
    environment = {**os.environ, "DATA_DIR": str(tmp_path)}
    command = [sys.executable, "-c", asked]
    loaded = subprocess.run(
        command, cwd=CHECKOUT, env=environment, capture_output=True, text=True, check=True
    )
    assert loaded.stdout.strip() == "[]"
