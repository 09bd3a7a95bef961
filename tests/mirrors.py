"""Rules for what names the same thing in two places: views and templates, tests, the map, the hazard log."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.house import PRINTED, called, defined, files, tree

SPANNING = {"twins"}  # what holds a whole feature together: the reducer and its twin in the browser


@dataclass(frozen=True)
class View:
    """A routed function: the name of its endpoint, the function's own, and whether it only takes posts."""

    name: str
    function: str
    posts_only: bool


def mirrored(root: Path) -> Iterator[str]:
    """View `stock.receive` is `templates/stock/receive.html` is `tests/stock/test_receive.py`.

    A view may also show another view's page or, when only posted to, an outcome with a name of its own. A
    small view's tests may stand in a neighbour's file, in functions that speak of it.
    """
    for folder in sorted(path.parent for path in root.glob("safety/*/views.py")):
        modules = [tree(path) for path in sorted(folder.glob("*.py"))]
        shown = [pair for module in modules for pair in _shown(module)]
        views = sorted({view for module in modules for view in _views(module)}, key=lambda view: view.name)
        yield from _stray_pages(root, folder.name, shown)
        yield from _stray_views(root, folder.name, shown, views)


def _stray_pages(root: Path, feature: str, shown: list[tuple[str, str]]) -> Iterator[str]:
    for function, page in shown:
        if not page.startswith((f"{feature}/", "errors/")):
            yield f"{feature}.{function} shows {page}"
    here = {f"{feature}/{path.name}" for path in root.glob(f"templates/{feature}/[!_]*.html")}
    for page in sorted(here - {page for _, page in shown}):
        if f"templates/{page}" not in PRINTED:
            yield f"templates/{page} is shown by no view"


def _stray_views(root: Path, feature: str, shown: list[tuple[str, str]], views: list[View]) -> Iterator[str]:
    tested = set(_tested(root / "tests" / feature))
    own = {f"{feature}/{view.name}.html" for view in views}
    for view in views:
        pages = {page for function, page in shown if function == view.function}
        if pages and not pages & own and not view.posts_only:
            yield f"{feature}.{view.name} shows {', '.join(sorted(pages))}"
        words = {word for word in view.name.split("_") if len(word) > 3} | {view.name}
        if f"{feature}/{view.name}.html" in pages and not any(w in name for w in words for name in tested):
            yield f"tests/{feature}/test_{view.name}.py is missing"


def _shown(module: ast.Module) -> Iterator[tuple[str, str]]:
    for node in defined(module):
        for call, what in called(node):
            if what in {"show", "render_template"} and call.args and isinstance(call.args[0], ast.Constant):
                yield node.name, str(call.args[0].value)


def _views(module: ast.Module) -> Iterator[View]:
    for node in defined(module):
        for decorator in node.decorator_list:
            for call, what in called(decorator):
                if what in {"route", "get", "post"}:
                    yield _view(call, node.name, what)
    for call, what in called(module):
        target = _word(call, "view_func")
        if what == "add_url_rule" and isinstance(target, ast.Name):
            yield _view(call, target.id, what)


def _view(call: ast.Call, function: str, how: str) -> View:
    endpoint, methods = _word(call, "endpoint"), _word(call, "methods")
    name = str(endpoint.value) if isinstance(endpoint, ast.Constant) else function
    return View(name, function, how == "post" or (methods is not None and ast.unparse(methods) == "['POST']"))


def _word(call: ast.Call, name: str) -> ast.expr | None:
    return next((word.value for word in call.keywords if word.arg == name), None)


def _tested(folder: Path) -> Iterator[str]:
    for path in folder.glob("test_*.py"):
        yield path.stem
        yield from (node.name for node in defined(tree(path)) if node.name.startswith("test_"))


def named_tests(root: Path) -> Iterator[str]:
    """A test file is named for something of the feature it stands with: a view, a module, a page."""
    for path, name in files(root, "tests/*/test_*.py"):
        feature = root / "safety" / path.parent.name
        if path.parent.name in {"e2e", "chaos"}:  # journeys across features
            continue
        modules = list(feature.glob("*.py")) or list(root.glob(f"safety/{path.parent.name}.py"))
        known = {module.stem for module in modules} | SPANNING
        known |= {page.stem for page in root.glob(f"templates/{path.parent.name}/*.html")}
        known |= {node.name for module in modules for node in defined(tree(module))}
        subject = set(path.stem.removeprefix("test_").split("_"))
        if not subject & {word for thing in known for word in thing.split("_")}:
            yield f"{name} is named for nothing in safety/{path.parent.name}"


def map_is_the_tree(root: Path) -> Iterator[str]:
    """README's map names what is there, and everything at the top and in safety/."""
    readme = (root / "README.md").read_text() if (root / "README.md").exists() else ""
    block = re.search(r"^#+ [^\n]*\bmap\b[^\n]*\n.*?```\w*\n(.*?)```", readme, re.S | re.M | re.I)
    if not block:
        yield "README.md has no map"
        return
    mapped = set(_mapped(block[1]))
    for entry in mapped:
        pattern = re.sub(r"<[^>]+>", "*", entry)
        if not (any(root.glob(pattern)) or any(root.glob(f"{pattern}.py"))):
            yield f"README.md maps {entry}, which is not there"
    unkept = set((root / ".gitignore").read_text().split()) if (root / ".gitignore").exists() else set()
    for path in (*root.iterdir(), *(root / "safety").iterdir()):
        name = path.relative_to(root).as_posix()
        if path.name.startswith((".", "__")) or {path.name, f"{path.name}/"} & unkept:
            continue
        if not {name, name.removesuffix(".py")} & mapped:
            yield f"README.md does not map {name}"


def _mapped(block: str) -> Iterator[str]:
    above: list[tuple[int, str]] = []
    for line in filter(str.strip, block.splitlines()):
        indent = len(line) - len(line.lstrip())
        names = re.split(r"\s{2,}", line.strip())[0].split()
        above = [(depth, folder) for depth, folder in above if depth < indent]
        parent = above[-1][1] if above else ""
        yield from (f"{parent}{name}".rstrip("/") for name in names)
        above.append((indent, f"{parent}{names[0]}"))


def hazards_are_tested(root: Path) -> Iterator[str]:
    """Each row of the hazard log has an id of its own and names tests that exist."""
    seen: set[str] = set()
    logs = [*files(root, "docs/hazard-log*.md", "docs/hazard-log/*.md")]
    if not logs:
        yield "docs/hazard-log.md is missing"
    for path, name in logs:
        rows = [
            line for line in path.read_text().splitlines() if re.match(r"\|\s*[A-Z]+[A-Z-]*\d+\s*\|", line)
        ]
        if not rows:
            yield f"{name} has no row"
        for row in rows:
            hazard = row.split("|")[1].strip()
            if hazard in seen:
                yield f"{name}: {hazard} stands twice"
            seen.add(hazard)
            yield from (f"{name}: {hazard} {problem}" for problem in _untested(root, row))


def _untested(root: Path, row: str) -> Iterator[str]:
    named = re.findall(r"(tests/[\w/.-]+\.(?:py|mjs))(?:::(\w+))?", row)
    if not named:
        yield "names no test"
    for file, test in named:
        path = root / file
        if not path.exists():
            yield f"names {file}, which is not there"
        elif path.suffix == ".py" and test not in {node.name for node in defined(tree(path))}:
            yield f"names {file}::{test}, which is not there"
