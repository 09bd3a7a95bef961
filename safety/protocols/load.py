"""Load one protocol file: refused as a whole, with file, line and reason, when anything in it is wrong."""

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from safety.protocols import rules
from safety.protocols.areas import area_pin, with_areas
from safety.protocols.read import Broken, Document, Problem, content_of, read_bytes
from safety.protocols.structure import ROOT, structure

__all__ = ["ROOT", "Broken", "Problem", "Protocol", "latest", "load", "load_bytes"]


@dataclass(frozen=True)
class Protocol:
    """One version of a protocol: `body` is plain JSON, `file_sha256` names the exact bytes read."""

    id: str
    version: int
    kind: str
    title: str
    body: dict[str, Any]
    file_bytes: bytes
    file_sha256: str
    parameters: tuple[rules.Parameter, ...]


def load(path: Path | str) -> Protocol:
    """The protocol in this file. Raises Broken."""
    return load_bytes(content_of(Path(path)), str(path))


@lru_cache(maxsize=32)
def load_bytes(content: bytes, file: str) -> Protocol:
    """As `load`, for bytes kept with an approval; `file` names them in problems.

    Reading a large file takes a second, so the last ones are kept: `body` is shared, never change it.
    """
    return _protocol(read_bytes(content, file))


def latest(protocol_id: str, root: Path = ROOT) -> Path:
    """The file of the highest version of this protocol. Raises Broken when there is none."""
    found = root.glob(f"{protocol_id}/v*/protocol.yaml")
    versions = sorted(found, key=lambda path: int(path.parent.name[1:]))
    if not versions:
        raise Broken([Problem(str(root), 1, f"holds no protocol named {protocol_id}")])
    return versions[-1]


def _protocol(document: Document) -> Protocol:
    problems = structure(document) or area_pin(document)
    if problems:
        raise Broken(problems)
    body = with_areas(document.data)
    return Protocol(
        id=body["id"],
        version=body["version"],
        kind=body["kind"],
        title=body["title"],
        body=body,
        file_bytes=document.content,
        file_sha256=hashlib.sha256(document.content).hexdigest(),
        parameters=rules.parameters(body),
    )
