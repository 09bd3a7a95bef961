"""Read a clinician's YAML file as plain JSON values, remembering the line of every value.

YAML 1.2, so `no` stays the word "no". What would be read differently from how it looks (1_500, 0500, 0.33,
a key written twice, an alias) is refused with its line instead of being guessed at.
"""

import datetime
import io
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

Where = tuple[str | int, ...]
PLAIN_INTEGER = re.compile(r"-?(0|[1-9][0-9]*)\Z")


@dataclass(frozen=True, order=True)
class Problem:
    """One thing wrong with a file: `line` counts from 1."""

    file: str
    line: int
    reason: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.reason}"


class Broken(Exception):
    """A file that may not be used; `problems` says where and why."""

    def __init__(self, problems: list[Problem]):
        super().__init__("; ".join(str(problem) for problem in problems))
        self.problems = problems


@dataclass
class Document:
    """`data` as plain JSON values; `lines` maps the path to a value to the line it stands on."""

    file: str
    content: bytes
    data: Any
    lines: dict[Where, int] = field(default_factory=dict)

    def line(self, where: Where) -> int:
        """The line of this value, or of the nearest value around it."""
        while where and where not in self.lines:
            where = where[:-1]
        return self.lines.get(where, 1)

    def problem(self, where: Where, reason: str) -> Problem:
        return Problem(self.file, self.line(where), reason)


def read(path: Path) -> Document:
    """The file as a Document. Raises Broken when it cannot be read as what it looks like."""
    return read_bytes(content_of(path), str(path))


def content_of(path: Path) -> bytes:
    """The bytes of the file. Raises Broken."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise Broken([Problem(str(path), 1, f"cannot be read: {error.strerror}")]) from error


def read_bytes(content: bytes, file: str) -> Document:
    """As `read`, for bytes already at hand; `file` names them in problems."""
    yaml, root = _compose(content, file)
    document = Document(file, content, None)
    odd = _walk(root, (), document, set())
    if odd:
        raise Broken(odd)
    document.data = _plain(_construct(yaml, root, file))
    return document


def _compose(content: bytes, file: str) -> tuple[YAML, Node]:
    yaml = YAML(typ="safe", pure=True)
    try:
        root = yaml.compose(io.StringIO(content.decode("utf-8")))
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise Broken([Problem(file, line, "is not UTF-8 text")]) from error
    except YAMLError as error:
        raise Broken([_yaml_problem(error, file)]) from error
    if root is None:
        raise Broken([Problem(file, 1, "is empty")])
    return yaml, root


def _construct(yaml: YAML, root: Node, file: str) -> Any:
    try:
        return yaml.constructor.construct_document(root)
    except YAMLError as error:
        raise Broken([_yaml_problem(error, file)]) from error


def _yaml_problem(error: YAMLError, file: str) -> Problem:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    text = error.problem if isinstance(error, MarkedYAMLError) and error.problem else str(error)
    return Problem(file, mark.line + 1 if mark else 1, " ".join(text.split()))


def _walk(node: Node, where: Where, document: Document, seen: set[int]) -> list[Problem]:
    """Note the line of every value; return what is written in a way that could be misread."""
    document.lines[where] = node.start_mark.line + 1
    if id(node) in seen:
        return [document.problem(where, "an alias is used here: write the value out")]
    seen.add(id(node))
    found: list[Problem] = []
    if isinstance(node, SequenceNode):
        for index, item in enumerate(node.value):
            found += _walk(item, (*where, index), document, seen)
    elif isinstance(node, MappingNode):
        for key, value in node.value:
            found += _odd_key(key, document)
            found += _walk(value, (*where, str(key.value)), document, seen)
            document.lines[(*where, str(key.value))] = key.start_mark.line + 1
    elif isinstance(node, ScalarNode):
        found += _odd_scalar(node, where, document)
    return found


def _odd_key(key: Node, document: Document) -> list[Problem]:
    if isinstance(key, ScalarNode) and key.tag == "tag:yaml.org,2002:str":
        return []
    line = key.start_mark.line + 1
    return [Problem(document.file, line, f"the key {key.value} must be a word: put it in quotes")]


def _odd_scalar(node: ScalarNode, where: Where, document: Document) -> list[Problem]:
    kind = str(node.tag).rpartition(":")[2]
    if kind == "int" and not PLAIN_INTEGER.match(node.value):
        return [document.problem(where, f"write the number {node.value} plainly, or in quotes if it is text")]
    if kind == "float":
        return [document.problem(where, f"{node.value} is not a whole number: use a smaller unit, or quotes")]
    if kind not in {"int", "str", "bool", "null", "timestamp"}:
        return [document.problem(where, f"a value of kind {kind} is not allowed here")]
    return []


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value.isoformat() if isinstance(value, datetime.date) else value
