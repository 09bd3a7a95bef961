"""One source of dose truth: no dose stands in code, script, template, style sheet or drawing.

Two rules: the rounds of hyaluronidase in any writing, as a bare number; and any amount with a unit of
medicine behind it. What is shown, spoken or printed then has nowhere to come from but protocols/.
"""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

from tests.house import SCRIPTS, blanked, defined, files, tree

DOSES = frozenset({500, 1000, 1500, 3000, 4500, 6000})
NUMBER = re.compile(r"(?<![\w.#&-])\d+(?:[_ ,]\d{3})*(?![\d%]|\.\d|px|ms|rem)")
# seconds * 1000 is time, `status >= 500` an answer of HTTP, a font has a weight: none is hyaluronidase.
NO_UNITS = re.compile(r"[*/%]\s*$|\bdivmod\([^()]*, *$|\bstatus\w*\s*[<>=!]+\s*$|font-weight=\"$")
NO_DIGITS = str.maketrans("", "", "0123456789")
AMOUNT = re.compile(
    r"(?<![\w.#-])(?!0+\s)\d+(?:[.,_]\d+)*\s*-?\s*"
    r"(?:units?|IU|USP|micrograms?|milligrams?|mg|mcg|µg|millilit(?:re|er)s?|ml|drops?)\b",
    re.I,
)
WRITTEN = (
    *SCRIPTS, "safety/**/*.mjs", "templates/**/*", "safety/static/**/*.css", "safety/static/**/*.svg",
    "safety/static/**/*.webmanifest", "safety/static/**/*.html",
)  # fmt: skip
TEXT = {
    tokenize.STRING,
    getattr(tokenize, "FSTRING_MIDDLE", tokenize.STRING),
}  # from 3.12 on f-strings are cut up


def no_doses(root: Path) -> Iterator[str]:
    """Doses come from protocols/: none stands anywhere else."""
    for path, name in files(root, "safety/**/*.py"):
        yield from (f"{name}:{line} says {dose}" for line, dose in _in_python(path))
    for path, name in dict(files(root, *WRITTEN)).items():
        for number, line in enumerate(_spoken(path).splitlines(), 1):
            numbers = _numbers(line) if path.suffix != ".css" else ()
            found = [*numbers, *_amounts(line)] if "/vendor/" not in name else []
            yield from (f"{name}:{number} says {dose}" for dose in found)


def _spoken(path: Path) -> str:
    """A script, template or style sheet without its comments, line by line as it was."""
    text = re.sub(r"/\*.*?\*/|{#.*?#}|<!--.*?-->", blanked, path.read_text("utf-8"), flags=re.S)
    return re.sub(r"^\s*//.*$|(?<=\s)//\s.*$", "", text, flags=re.M)


def _numbers(text: str) -> Iterator[str]:
    for match in NUMBER.finditer(text):
        value = int(re.sub(r"[_ ,]", "", match[0]))
        if value in DOSES and not NO_UNITS.search(text[: match.start()]):
            yield str(value)


def _amounts(text: str) -> Iterator[str]:
    yield from (match[0] for match in AMOUNT.finditer(text))


def _in_python(path: Path) -> Iterator[tuple[int, str]]:
    notes = _docstrings(tree(path))
    for token in tokenize.generate_tokens(io.StringIO(path.read_text()).readline):
        row, column = token.start
        if token.type == tokenize.NUMBER:
            before = token.line[:column].replace("_", " ").translate(NO_DIGITS)
            yield from ((row, dose) for dose in _numbers(before + token.string))
        elif token.type in TEXT and row not in notes:
            said = token.string.strip("\"'")
            yield from ((row, dose) for dose in (*_numbers(said), *_amounts(said)))


def _docstrings(module: ast.Module) -> set[int]:
    rooms = [module, *(n for n in ast.walk(module) if isinstance(n, ast.ClassDef)), *defined(module)]
    first = [room.body[0] for room in rooms if room.body]
    return {s.lineno for s in first if isinstance(s, ast.Expr) and isinstance(s.value, ast.Constant)}
