"""Rules for what names the same thing in two places: views and templates, tests, the map, the hazard log."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.house import called, defined, files, tree


def mirrored(root: Path) -> Iterator[str]:
    """View `stock.receive` is `templates/stock/receive.html` is `tests/stock/test_receive.py`."""
    for feature in sorted(path.parent for path in root.glob("safety/*/views.py")):
        routes, shown = _views(feature)
        here = {path.stem for path in root.glob(f"templates/{feature.name}/*.html")}
        yield from (
            f"{feature.name}.{view} shows {page}" for view, page in shown if not _own(page, feature, routes)
        )
        yield from (
            f"templates/{feature.name}/{name}.html mirrors no view" for name in _public(here) - routes
        )
        tests = {path.stem for path in root.glob(f"tests/{feature.name}/test_*.py")}
        for name in sorted(_public(here)):
            if f"test_{name}" not in tests:
                yield f"tests/{feature.name}/test_{name}.py is missing"


def _public(names: set[str]) -> set[str]:
    return {name for name in names if not name.startswith("_")}


def _own(page: str, feature: Path, routes: set[str]) -> bool:
    folder, _, name = page.partition("/")
    name = name.removesuffix(".html")
    return folder == feature.name and (name in routes or name.startswith("_"))


def _views(feature: Path) -> tuple[set[str], list[tuple[str, str]]]:
    routes: set[str] = set()
    shown: list[tuple[str, str]] = []
    for path in feature.glob("*.py"):
        for node in defined(tree(path)):
            if any(what in {"route", "get", "post"} for d in node.decorator_list for _, what in called(d)):
                routes.add(node.name)
            for call, what in called(node):
                first = call.args[0] if call.args else None
                if what in {"show", "render_template"} and isinstance(first, ast.Constant):
                    shown.append((node.name, str(first.value)))
    return routes, shown


def named_tests(root: Path) -> Iterator[str]:
    """A test file is named for a view, a module or a function of the feature whose folder it stands in."""
    for path, name in files(root, "tests/*/test_*.py"):
        feature = root / "safety" / path.parent.name
        if path.parent.name == "e2e":
            continue
        modules = list(feature.glob("*.py")) or list(root.glob(f"safety/{path.parent.name}.py"))
        known = {module.stem for module in modules}
        known |= {node.name for module in modules for node in defined(tree(module))}
        if path.stem.removeprefix("test_") not in known:
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
