"""What tablets send: a batch of events, read without trusting any of it and without losing any of
it. Pure.
"""

import hashlib
import json
import re
import uuid
from dataclasses import dataclass, replace
from typing import Any, TypeGuard

from safety.audit import canonical

BATCH_KEYS = {"device", "after", "digest", "events"}
EVENT_KEYS = {"id", "seq", "type", "at_ms", "mono_ms", "data"}
PART = 200  # events in one transaction: a fraction of a second, in which no other tablet can write
DEVICE = re.compile(r"[\x21-\x7e][\x20-\x7e]{0,59}")
TYPE = re.compile(r"[a-z_]{1,60}")
EARLIEST_MS, LATEST_MS = (
    946_684_800_000,
    7_258_118_400_000,
)  # the years 2000 to 2199: beyond lies a broken clock


class BadBatch(ValueError):
    """The request as a whole cannot be read; nothing of it is stored. The message says what is wrong."""


@dataclass(frozen=True)
class Sent:
    """One event as it came. `body` are its canonical bytes; `fault` says why it cannot be folded, if so.

    `key` is what it is stored under: its own id, or one made from its content when it has none.
    """

    key: str
    event: dict[str, Any]
    body: bytes
    fault: str | None

    @property
    def sha256(self) -> str:
        """Hex digest of the stored bytes."""
        return hashlib.sha256(self.body).hexdigest()

    @property
    def type(self) -> str:
        """The event's type for its column; `unreadable` when it has none that could be one."""
        kind = self.event.get("type")
        return kind if isinstance(kind, str) and TYPE.fullmatch(kind) else "unreadable"

    def number(self, name: str) -> int | None:
        """A whole number of the event for its column, or None when it is not one."""
        value = self.event.get(name)
        return value if _whole(value) else None


@dataclass(frozen=True)
class Batch:
    """A tablet's request: its events, the last cursor it knows, and the digest of its state there
    (or None).
    """

    device: str
    after: int
    digest: str | None
    events: tuple[Sent, ...]


def read(body: object) -> Batch:
    """The batch in a decoded JSON body. Raises BadBatch when the whole is unusable."""
    if not isinstance(body, dict):
        raise BadBatch("send a JSON object with device and events")
    device, after, digest, events = (body.get(key) for key in ("device", "after", "digest", "events"))
    if not isinstance(device, str) or not DEVICE.fullmatch(device):
        raise BadBatch("device is a text of at most 60 plain characters")
    if not isinstance(events, list):
        raise BadBatch("events is a list")
    if not _whole(after or 0) or (after or 0) < 0:
        raise BadBatch("after is a whole number, the last cursor known")
    if digest is not None and not isinstance(digest, str):
        raise BadBatch("digest is a text or null")
    return Batch(device, after or 0, digest, tuple(_sent(device, event) for event in events))


def parts(batch: Batch, most: int = PART) -> list[Batch]:
    """The batch in parts of at most so many events, in order. At least one, which may be empty."""
    cuts = range(0, max(1, len(batch.events)), most)
    return [replace(batch, events=batch.events[cut : cut + most]) for cut in cuts]


def is_of(batch: Batch, tablet_id: str) -> bool:
    """Does this batch come from this tablet? Its storages are named `<tablet>` or `<tablet>.<storage>`."""
    return batch.device == tablet_id or batch.device.startswith(f"{tablet_id}.")


def _sent(device: str, given: object) -> Sent:
    event = {**given, "device": device} if isinstance(given, dict) else {"given": given, "device": device}
    try:
        body = canonical.dumps(event)
    except canonical.NotCanonical:
        # kept as it came, so that a person can read it; it is not folded
        return _faulty(device, {"given": json.dumps(given)}, "bad_data")
    fault = _fault(event)
    return Sent(_made_id(body) if fault == "bad_id" else str(event["id"]), event, body, fault)


def _faulty(device: str, event: dict[str, Any], fault: str) -> Sent:
    body = canonical.dumps({**event, "device": device})
    return Sent(_made_id(body), {**event, "device": device}, body, fault)


def _made_id(body: bytes) -> str:
    """The same content sent again gets the same id, so that a retry adds nothing."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, hashlib.sha256(body).hexdigest()))


def _fault(event: dict[str, Any]) -> str | None:
    if not is_uuid(event.get("id")):
        return "bad_id"
    if not set(event) <= EVENT_KEYS | {"device"} or not isinstance(event.get("data"), dict):
        return "bad_data"
    if not isinstance(event.get("type"), str) or not TYPE.fullmatch(event["type"]):
        return "bad_data"
    return None if _numbers_fit(event) else "bad_data"


def _numbers_fit(event: dict[str, Any]) -> bool:
    seq, at, mono = event.get("seq"), event.get("at_ms"), event.get("mono_ms")
    if not (_whole(seq) and seq >= 0 and _whole(at) and EARLIEST_MS <= at <= LATEST_MS):
        return False
    return mono is None or _whole(mono)


def _whole(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)


def is_uuid(value: object) -> bool:
    """Is this a UUID in its usual lower-case form?"""
    if not isinstance(value, str):
        return False
    try:
        return str(uuid.UUID(value)) == value
    except ValueError:
        return False
