"""The promises that live outside any one function: each rule gives a sentence for every place that breaks it.

A rule is handed the root of a checkout, so that test_house.py can also show it a broken one.
"""

import ast
import hashlib
import re
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

PURE = ("rules", "reducer", "timeline", "merkle", "canonical", "checkpoint")
# What could bring the time, chance or the machine into a pure file.
CHANCE = frozenset({"time", "random", "secrets", "uuid"})
MACHINE = frozenset({"os", "sys", "io", "pathlib", "socket", "subprocess", "threading", "logging", "shutil"})
CLOCK_CALLS = frozenset({"now", "today", "utcnow", "time", "time_ns"})
ASKING = frozenset({"open", "input", "print", "eval", "exec", "__import__"})
MARKS = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X|NotImplemented" + r"Error)\b")
ADDRESS = re.compile(r"https?://[^\s\"'<>)]+")
NAMESPACES = (
    "http://www.w3.org/", "http://purl.org/dc/", "http://ns.adobe.com/", "http://www.aiim.org/",
    "http://hl7.org/fhir/StructureDefinition/",
)  # fmt: skip
INLINE = {
    "a style attribute": re.compile(r"<[a-z][^>]*\sstyle\s*=", re.I),
    "a style element": re.compile(r"<style\b", re.I),
    "an inline handler": re.compile(r"<[a-z][^>]*\son[a-z]+\s*=", re.I),
    "an inline script": re.compile(r"<script(?![^>]*\b(?:src=|type=\"application/json\"))", re.I),
    "markup marked as safe": re.compile(r"\|\s*safe\b|autoescape\s+false"),
}
PRINTED = {
    "templates/incidents/report.html",
    "templates/paper/card.html",
    "templates/treatments/record_paper.html",
    "templates/aftercare/sheet.html",
    "templates/consents/paper.html",
}  # drawn into the PDF; no browser ever gets it
NOT_OUR_WORDS = frozenset({"batch", "shot", "blocker", "vo"})  # a batch of events is no lot of filler
SCRIPTS = ("safety/static/**/*.js", "safety/static/**/*.mjs")
LOCKED = re.compile(r"[\w.-]+(\[[\w,-]+\])?==\S+[^\n]*\\\n\s+--hash=sha256:")
ASSET = re.compile(r"""\b(?:asset|static_url)\(\s*["']([^"'{}]+)["']\s*\)""")
NEIGHBOUR = re.compile(r"""(?:\bfrom\s+|\bimport\s*\(?|\burl\()\s*["']?(\.{1,2}/[^"')?#]+)""")
LICENSED = (".woff2", ".ttf", ".otf", ".min.js", ".wasm")
VENDORED = (
    "safety/static/vendor/"  # others' code, byte for byte as they published it: their style, their words
)
HASHED = re.compile(r"^([0-9a-f]{64})  (\S+)$", re.M)
LONGEST_FUNCTION, LONGEST_FILE = 45, 400


@cache
def tree(path: Path) -> ast.Module:
    """The parsed file."""
    return ast.parse(path.read_text())


def files(root: Path, *patterns: str) -> Iterator[tuple[Path, str]]:
    """Files of ours matching the patterns, each with its name inside the checkout."""
    for path, name in _all_files(root, *patterns):
        if not name.startswith(VENDORED):
            yield path, name


def _all_files(root: Path, *patterns: str) -> Iterator[tuple[Path, str]]:
    for pattern in patterns:
        for path in sorted(root.glob(pattern)):
            if path.is_file():
                yield path, path.relative_to(root).as_posix()


def ours(root: Path) -> Iterator[tuple[Path, str]]:
    """All Python we keep, without the migrations, which are never changed once released."""
    yield from files(root, "*.py", "safety/**/*.py", "tests/**/*.py", "bench/**/*.py", "migrations/*.py")


def defined(node: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """All functions below, nested ones too."""
    return (n for n in ast.walk(node) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef))


def called(node: ast.AST) -> Iterator[tuple[ast.Call, str]]:
    """All calls below, with the last part of what is called."""
    for call in ast.walk(node):
        if isinstance(call, ast.Call):
            if isinstance(call.func, ast.Attribute):
                yield call, call.func.attr
            elif isinstance(call.func, ast.Name):
                yield call, call.func.id


def one_commit(root: Path) -> Iterator[str]:
    """Only `seal()` commits."""
    found = [
        f"{name}:{call.lineno}"
        for path, name in files(root, "safety/**/*.py")
        for call, what in called(tree(path))
        if what == "commit"
    ]
    if len(found) != 1 or not found[0].startswith("safety/audit/log.py:"):
        yield f"one commit, in safety/audit/log.py; found {found}"


def pure_files(root: Path) -> Iterator[str]:
    """The medicine and the mathematics know the standard library and each other; they are handed the time.

    What a pure file leans on must be as pure as itself, however many files away.
    """
    waiting = [path for path, _ in files(root, *(f"safety/**/{stem}.py" for stem in PURE))]
    seen = set(waiting)
    while waiting:
        path = waiting.pop()
        yield from _impurities(path, path.relative_to(root).as_posix(), root)
        further = {source for module in _imported(tree(path)) if (source := _source(root, module))} - seen
        seen |= further
        waiting += sorted(further)


def _impurities(path: Path, name: str, root: Path) -> Iterator[str]:
    for module in _imported(tree(path)):
        first = module.split(".")[0]
        standard = first in sys.stdlib_module_names and first not in CHANCE | MACHINE
        if not standard and not _source(root, module):
            yield f"{name} imports {module}"
    for call, what in called(tree(path)):
        if what in (CLOCK_CALLS if isinstance(call.func, ast.Attribute) else ASKING):
            yield f"{name}:{call.lineno} calls {what}"


def _source(root: Path, module: str) -> Path | None:
    """The file of `safety.stock.rules`, or of the module that holds `safety.stock.rules.name`."""
    parts = module.split(".")
    found = [root.joinpath(*parts[:end]).with_suffix(".py") for end in (len(parts), len(parts) - 1)]
    return next((path for path in found if parts[0] == "safety" and path.is_file()), None)


def _imported(node: ast.AST) -> Iterator[str]:
    for found in ast.walk(node):
        if isinstance(found, ast.Import):
            yield from (alias.name for alias in found.names)
        elif isinstance(found, ast.ImportFrom):
            module = found.module or ""
            names = [f"{module}.{alias.name}" for alias in found.names]
            yield from names if module.startswith("safety") else [module]


def one_clock(root: Path) -> Iterator[str]:
    """Only safety/clock.py reads the wall clock."""
    for path, name in files(root, "safety/**/*.py"):
        for call, what in called(tree(path)):
            if what in {"now", "today", "utcnow"} and isinstance(call.func, ast.Attribute):
                owner = ast.unparse(call.func.value)
                if owner.split(".")[-1] in {"datetime", "date"} and name != "safety/clock.py":
                    yield f"{name}:{call.lineno} asks {owner}.{what}()"


def blanked(match: re.Match[str]) -> str:
    """The same number of lines, with nothing on them."""
    return "\n" * match[0].count("\n")


def small_rooms(root: Path) -> Iterator[str]:
    """Functions one can see whole, files one can hold in mind."""
    for path, name in ours(root):
        for node in defined(tree(path)):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > LONGEST_FUNCTION:
                yield f"{name}:{node.lineno} {node.name} has {length} lines"
    scripts = files(root, *SCRIPTS, "tests/**/*.mjs", "templates/**/*.html")
    for path, name in (*ours(root), *scripts):
        length = path.read_text().count("\n")
        if length > LONGEST_FILE and not name.endswith(".min.js"):
            yield f"{name} has {length} lines"


def nothing_inline(root: Path) -> Iterator[str]:
    """The content policy has no exception, so no template may need one."""
    for path, name in files(root, "templates/**/*"):
        if name in PRINTED:
            continue
        text = _uncommented(path)
        for what, pattern in INLINE.items():
            for match in pattern.finditer(text):
                yield f"{name}:{text.count(chr(10), 0, match.start()) + 1} has {what}"


def _uncommented(template: Path) -> str:
    return re.sub(r"{#.*?#}", blanked, template.read_text(), flags=re.S)


def no_strangers(root: Path) -> Iterator[str]:
    """Nothing we serve names another host; namespaces are names, not addresses."""
    kinds = ("py", "js", "mjs", "css", "html", "svg", "json", "webmanifest")
    patterns = [f"{folder}/**/*.{kind}" for folder in ("safety", "templates") for kind in kinds]
    for path, name in files(root, *patterns):
        for number, line in enumerate(path.read_text().splitlines(), 1):
            for match in ADDRESS.finditer(line):
                if not match[0].startswith(NAMESPACES):
                    yield f"{name}:{number} names {match[0]}"


def assets_exist(root: Path) -> Iterator[str]:
    """Each file a template, a style sheet or a script asks for is there: no test of words notices a 404."""
    static = root / "safety" / "static"
    for path, name in files(root, "templates/**/*.html"):
        for match in ASSET.finditer(_uncommented(path)):
            if not (static / match[1]).is_file():
                yield f"{name} asks for {match[1]}, which is not there"
    for path, name in files(root, *SCRIPTS, "safety/static/**/*.css"):
        for match in NEIGHBOUR.finditer(path.read_text()):
            if not (path.parent / match[1]).is_file():
                yield f"{name} asks for {match[1]}, which is not there"


def no_marks(root: Path) -> Iterator[str]:
    """Nothing is left for later."""
    patterns = [f"{folder}/**/*.{kind}" for folder in ("safety", "templates", "tests", "migrations", "bench")
                for kind in ("py", "js", "mjs", "html", "css")]  # fmt: skip
    for path, name in files(root, "*.py", "tools/*", ".ci/run", *patterns):
        for number, line in enumerate(path.read_text().splitlines(), 1):
            if match := MARKS.search(line):
                yield f"{name}:{number} says {match[0]}"


def our_words(root: Path) -> Iterator[str]:
    """One word for each thing (architecture, Words): names we give hold none of the others."""
    for path, name in files(root, "safety/**/*.py"):
        for node in ast.walk(tree(path)):
            given = [node.name] if isinstance(node, ast.FunctionDef | ast.ClassDef) else []
            given += [node.arg] if isinstance(node, ast.arg) else []
            given += [node.id] if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) else []
            for word in given:
                parts = re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", word)
                odd = NOT_OUR_WORDS & {part.lower() for part in parts}
                if odd and not (odd == {"batch"} and "emergency" in name + path.read_text()):
                    yield f"{name}: {word} says {', '.join(sorted(odd))}"


def licences(root: Path) -> Iterator[str]:
    """What we did not write stands beside its licence."""
    for path, name in _all_files(root, "safety/static/**/*", "tests/**/*"):
        if name.endswith((".js", ".mjs") if name.startswith(VENDORED) else LICENSED) and not any(
            "LICENSE" in other.name for other in path.parent.iterdir()
        ):
            yield f"{name} has no licence beside it"


def vendored(root: Path) -> Iterator[str]:
    """Others' code is what its SOURCE.txt says it is: same bytes, and nothing that it does not name."""
    for folder in sorted(path for path in (root / VENDORED).glob("*") if path.is_dir()):
        source, name = folder / "SOURCE.txt", folder.relative_to(root).as_posix()
        told = dict(
            reversed(match) for match in HASHED.findall(source.read_text() if source.is_file() else "")
        )
        for path in sorted(folder.iterdir()):
            found = hashlib.sha256(path.read_bytes()).hexdigest()
            if path != source and told.get(path.name) != found:
                yield f"{name}/{path.name} is not what SOURCE.txt says"


def pinned(root: Path) -> Iterator[str]:
    """Each locked package has an exact version and hashes; no lock names where it was made."""
    for path, name in files(root, "requirements*.txt"):
        text = path.read_text()
        for block in re.split(r"\n(?=\S)", text):
            if not block.startswith("#") and not LOCKED.match(block):
                yield f"{name}: {block.splitlines()[0]} is not pinned and hashed"
        if "://" in text or "--index" in text or "--find" in text:
            yield f"{name} names an index"
