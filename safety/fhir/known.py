"""The versions of the questionnaire that lie on this disk, by number."""

from collections.abc import Mapping
from typing import Any

from safety.protocols import files
from safety.protocols.load import Broken, Protocol, latest, load

Json = Any
PROTOCOL = "screening"


def version(number: int) -> Protocol | None:
    """This version's file; None when there is none that can be read."""
    path = files.ROOT / PROTOCOL / f"v{number}" / "protocol.yaml"
    try:
        return load(path) if path.is_file() else None
    except Broken:
        return None


def newest() -> Protocol:
    """The newest file. Raises Broken."""
    return load(latest(PROTOCOL))


def body_of(number: int) -> tuple[Mapping[str, Json], str] | None:
    """(body, SHA-256 of its file) of a version, as `safety.fhir.reading` wants it."""
    protocol = version(number)
    return (protocol.body, protocol.file_sha256) if protocol else None
