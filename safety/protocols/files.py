"""The protocol files on disk: which is the newest that can be used, and what is wrong with newer ones."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from safety.protocols import structure
from safety.protocols.load import Broken, Problem, Protocol, load

ROOT = structure.ROOT


@dataclass(frozen=True)
class Newest:
    """The newest file of a protocol that loads (None: there is none), and what is wrong with newer ones."""

    protocol: Protocol | None
    problems: tuple[Problem, ...]


def ids() -> list[str]:
    """The protocols that lie in the folder, broken ones too."""
    return sorted({path.parent.parent.name for path in ROOT.glob("*/v*/protocol.yaml")})


def newest(protocol_id: str) -> Newest:
    """The newest usable file of this protocol. A file is read again only once it has changed."""
    problems: list[Problem] = []
    for path in _versions(protocol_id):
        stat = path.stat()
        protocol, wrong = _read(path, stat.st_mtime_ns, stat.st_size)
        if protocol:
            return Newest(protocol, tuple(problems))
        problems += wrong
    return Newest(None, tuple(problems))


def _versions(protocol_id: str) -> list[Path]:
    found = [path for path in ROOT.glob("*/v*/protocol.yaml") if path.parent.parent.name == protocol_id]
    numbered = [path for path in found if path.parent.name[1:].isdigit()]
    return sorted(numbered, key=lambda path: int(path.parent.name[1:]), reverse=True)


@lru_cache(maxsize=32)
def _read(path: Path, changed_ns: int, size: int) -> tuple[Protocol | None, tuple[Problem, ...]]:
    try:
        return load(path), ()
    except Broken as broken:
        return None, tuple(broken.problems)
