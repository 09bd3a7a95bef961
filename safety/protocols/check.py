"""Check protocol files and play their scenarios: everything wrong, with file and line."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from safety.protocols import areas
from safety.protocols.load import Protocol, load
from safety.protocols.read import Broken, Document, Problem, Where, read
from safety.protocols.structure import ROOT, shape

Runner = Callable[[Protocol, dict[str, Any]], Iterable[tuple[Where, str]]]
RUNNERS: dict[str, Runner] = {}


def register(kind: str, runner: Runner) -> None:
    """Name what plays the scenarios of one kind of protocol.

    A runner gets the protocol and one scenario, and returns what did not come out as the scenario says: the
    path inside the scenario, and the reason. Features above this one register theirs.
    """
    RUNNERS[kind] = runner


def check(path: Path = ROOT) -> list[Problem]:
    """Everything wrong in this file, or in every protocol file below this folder. Empty: all holds."""
    if not path.exists():
        return [Problem(str(path), 1, "there is no such file or folder")]
    found = [problem for file in _files(path) for problem in _file(file)]
    if not found and path.is_dir() and not _files(path):
        return [Problem(str(path), 1, "holds no protocol files")]
    return sorted(set(found))


def _files(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    named = [*path.rglob("protocol.yaml"), *path.glob("sources.yaml"), *path.glob("areas*.yaml")]
    return sorted(named)


def _file(path: Path) -> list[Problem]:
    try:
        return _by_name(path)
    except Broken as broken:
        return broken.problems


def _by_name(path: Path) -> list[Problem]:
    if path.name == "sources.yaml":
        return shape(read(path), "sources.json")
    if path.name.startswith("areas"):
        return areas.faults(read(path))
    if path.parent.name == "scenarios":
        return _scenario(load(path.parent.parent / "protocol.yaml"), path)
    protocol = load(path)
    return [problem for scenario in stories(path) for problem in _scenario(protocol, scenario)]


def stories(path: Path) -> list[Path]:
    """The scenarios this version of a protocol must hold: its own, and those of the version it inherits from.

    `inherits.yaml` beside the protocol names that version, and the stories it tells anew under the same name.
    Raises Broken.
    """
    own = sorted(path.parent.glob("scenarios/*.yaml"))
    file = path.parent / "inherits.yaml"
    if not file.is_file():
        return own
    document = read(file)
    problems = shape(document, "inherits.json")
    earlier = path.parent.parent / f"v{document.data['version']}" / "protocol.yaml" if not problems else path
    told = {} if problems else {story.stem: story for story in stories(earlier)}
    anew = [] if problems else document.data["except"]
    for name in anew:
        if name not in told or name not in {story.stem for story in own}:
            problems.append(document.problem(("except", name), f"{name} must be a story there and one here"))
    if problems:
        raise Broken(problems)
    return [*own, *(story for name, story in told.items() if name not in anew)]


def _scenario(protocol: Protocol, path: Path) -> list[Problem]:
    runner = RUNNERS.get(protocol.kind)
    if runner is None:
        return [Problem(str(path), 1, f"nothing is registered that plays a scenario of kind {protocol.kind}")]
    try:
        document = read(path)
    except Broken as broken:
        return broken.problems
    return _played(runner, protocol, document)


def _played(runner: Runner, protocol: Protocol, document: Document) -> list[Problem]:
    if not isinstance(document.data, dict):
        return [document.problem((), "a scenario is a mapping")]
    return [document.problem(where, reason) for where, reason in runner(protocol, document.data)]
