"""Checkpoints of the audit log in the C2SP text formats (tlog-checkpoint, signed-note).

Pure text and hashing; the signature itself comes from and is checked by callables, so that no key is handled
here.
"""

import base64
import binascii
import hashlib
from collections.abc import Callable
from dataclasses import dataclass

ED25519 = b"\x01"
DASH = "\u2014 "


class BadNote(ValueError):
    """The text is not a checkpoint note, or a signature by a known key is wrong."""


@dataclass(frozen=True)
class Checkpoint:
    """The head of a log: who keeps it (`origin`), how many entries, and their root hash (32 bytes)."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        """The note text that is signed: three lines, each ended."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


def key_id(name: str, public_key: bytes) -> bytes:
    """Four bytes naming an Ed25519 key in a signed note (C2SP signed-note, key ID)."""
    return hashlib.sha256(name.encode() + b"\n" + ED25519 + public_key).digest()[:4]


def signed(checkpoint: Checkpoint, public_key: bytes, sign: Callable[[bytes], bytes]) -> str:
    """The whole note: text, empty line, one signature line in the origin's name."""
    text = checkpoint.text()
    blob = key_id(checkpoint.origin, public_key) + sign(text.encode())
    return f"{text}\n{DASH}{checkpoint.origin} {base64.b64encode(blob).decode()}\n"


def opened(note: str, public_key: bytes, verify: Callable[[bytes, bytes], bool]) -> Checkpoint:
    """The checkpoint of a note signed by this key. Raises BadNote. Signatures of other keys are ignored."""
    text, gap, tail = note.partition("\n\n")
    checkpoint = _parsed(text + "\n")
    wanted = key_id(checkpoint.origin, public_key)
    blobs = [blob for name, blob in _signatures(tail) if name == checkpoint.origin and blob[:4] == wanted]
    if not gap or not blobs:
        raise BadNote("no signature by the known key")
    if not all(verify(blob[4:], checkpoint.text().encode()) for blob in blobs):
        raise BadNote("the signature by the known key is wrong")
    return checkpoint


def _parsed(text: str) -> Checkpoint:
    lines = text.split("\n")
    if len(lines) != 4 or not lines[0] or not lines[1].isascii() or not lines[1].isdigit():
        raise BadNote("not a checkpoint: origin, size and root hash stand on three lines")
    if lines[1] != str(int(lines[1])):
        raise BadNote("the size has leading zeros")
    return Checkpoint(lines[0], int(lines[1]), _root(lines[2]))


def _root(line: str) -> bytes:
    try:
        root = base64.b64decode(line, validate=True)
    except binascii.Error as error:
        raise BadNote("the root hash is not base64") from error
    if len(root) != 32 or base64.b64encode(root).decode() != line:
        raise BadNote("the root hash is not 32 bytes")
    return root


def _signatures(tail: str) -> list[tuple[str, bytes]]:
    found = []
    for line in tail.splitlines():
        name, _, blob = line.removeprefix(DASH).rpartition(" ")
        if not line.startswith(DASH) or not name:
            raise BadNote("a signature line is malformed")
        try:
            found.append((name, base64.b64decode(blob, validate=True)))
        except binascii.Error as error:
            raise BadNote("a signature is not base64") from error
    return found
