"""The log's signing key: made once, kept beside the database but not in it, readable by its owner alone."""

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from safety.audit.checkpoint import Checkpoint, signed

RAW = serialization.Encoding.Raw


@dataclass(frozen=True)
class LogKey:
    """The key of one installation's log and the origin it signs for."""

    origin: str
    private: Ed25519PrivateKey

    @property
    def public(self) -> bytes:
        """The 32 bytes anyone needs to check a checkpoint."""
        return self.private.public_key().public_bytes(RAW, serialization.PublicFormat.Raw)

    def sign(self, checkpoint_of: Checkpoint) -> str:
        """The signed note for a head of the log (C2SP signed-note)."""
        return signed(checkpoint_of, self.public, self.private.sign)


def log_key(data_dir: Path) -> LogKey:
    """The installation's key, made when there is none yet."""
    folder = data_dir / "keys"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    origin = _kept(folder / "log.origin", f"reflow/{secrets.token_hex(8)}".encode()).decode()
    fresh = Ed25519PrivateKey.generate().private_bytes(
        RAW, serialization.PrivateFormat.Raw, serialization.NoEncryption()
    )
    return LogKey(origin, Ed25519PrivateKey.from_private_bytes(_kept(folder / "log.ed25519", fresh)))


def _kept(path: Path, fresh: bytes) -> bytes:
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_bytes()
    with os.fdopen(handle, "wb") as file:
        file.write(fresh)
        file.flush()
        os.fsync(file.fileno())
    return fresh


def verifies(public: bytes, signature: bytes, message: bytes) -> bool:
    """Is this an Ed25519 signature of the message by that key?"""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True
