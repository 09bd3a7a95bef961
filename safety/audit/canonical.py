"""Canonical JSON: one value, one byte string, in Python and in JavaScript.

Keys are ASCII, integers stay within 2**53, floats are refused: then `json.dumps` with sorted keys and the
tablet's few lines of JavaScript agree byte for byte.
"""

import json
from typing import Any

LIMIT = 2**53


class NotCanonical(ValueError):
    """The value has no canonical form (a float, a huge integer, a key that is not ASCII text)."""


def dumps(value: Any) -> bytes:
    """UTF-8 bytes of the canonical form of plain JSON data. Raises NotCanonical."""
    _check(value)
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise NotCanonical("text holds half of a character pair") from error


def loads(body: bytes) -> Any:
    """The value of canonical (or any) JSON bytes."""
    return json.loads(body)


def _check(value: Any) -> None:
    if value is None or isinstance(value, bool | str):
        return
    if isinstance(value, int):
        _check_int(value)
    elif isinstance(value, list | tuple):
        for item in value:
            _check(item)
    elif isinstance(value, dict):
        _check_dict(value)
    else:
        raise NotCanonical(f"{type(value).__name__} has no canonical form")


def _check_int(value: int) -> None:
    if abs(value) > LIMIT:
        raise NotCanonical("an integer beyond 2**53 differs between languages")


def _check_dict(value: dict[Any, Any]) -> None:
    for key, item in value.items():
        if not isinstance(key, str) or not key.isascii():
            raise NotCanonical("keys are ASCII text")
        _check(item)
