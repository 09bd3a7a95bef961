"""Argon2id for passwords and PINs, a few at a time: each hash takes 64 MiB and a quarter of a second."""

import hashlib
import secrets
import threading
import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

AT_ONCE = threading.BoundedSemaphore(2)
STRONG = PasswordHasher()
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)  # tests only, see `use_quick`
_hasher = STRONG
_nobody: dict[int, str] = {}


def use_quick(quick: bool) -> None:
    """Tests hash thousands of times; they take the quick parameters."""
    global _hasher
    _hasher = QUICK if quick else STRONG


def make(secret: str) -> str:
    """The hash to store. Text is normalised first, so the same word typed on another keyboard fits."""
    with AT_ONCE:
        return _hasher.hash(unicodedata.normalize("NFKC", secret))


def fits(stored: str | None, secret: str) -> bool:
    """Does the secret fit? With nothing stored it takes as long and says no: nobody learns who exists."""
    with AT_ONCE:
        stand_in = _stand_in()  # made for known names too, or the first unknown one would take twice as long
        try:
            _hasher.verify(stored or stand_in, unicodedata.normalize("NFKC", secret))
        except (VerificationError, InvalidHashError):
            return False
    return stored is not None


def _stand_in() -> str:
    key = id(_hasher)
    if key not in _nobody:
        _nobody[key] = _hasher.hash(secrets.token_hex(16))
    return _nobody[key]


def new_token() -> str:
    """A random token for a cookie or a tablet, 256 bits."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> str:
    """What the database keeps of a token."""
    return hashlib.sha256(token.encode()).hexdigest()
