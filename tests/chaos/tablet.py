"""A tablet as the network treats it: what it sends is cut, swallowed, doubled, held back or shuffled.

It keeps to the tablets' rules: an event stays until the server's own words, with the hash of the event's
bytes, say that it is stored.
"""

import contextlib
import hashlib
import json
import random
import socket
import time
import uuid
from collections.abc import Callable
from typing import Any

from safety.audit import canonical

Json = dict[str, Any]
PATIENCE_S = 12.0
MOST = 50
HOUR_MS = 3_600_000


class Cut(OSError):
    """The network did something to the answer."""


class Tablet:
    """One device of a run. `acknowledged` holds what the server confirmed, by id."""

    def __init__(self, port: int, token: str, run: str, name: str, seed: int, lot: str) -> None:
        self.port, self.token, self.run, self.name, self.lot = port, token, run, name, lot
        self.dice = random.Random(f"{seed} {run} {name}")
        self.made: list[Json] = []
        self.acknowledged: dict[str, str] = {}
        self.waiting: list[Json] = []
        self.held: list[bytes] = []
        self.seen: dict[int, Json] = {}
        self.cursor, self.digest = 0, None
        self.clock_off_ms = 0
        self.statuses: dict[int, int] = {}
        self.shuffles = False

    # --- what is recorded -----------------------------------------------------------------------------

    def record(self, kind: str, **data: Any) -> Json:
        """One more event, waiting to be sent."""
        event_id = str(uuid.UUID(int=self.dice.getrandbits(128), version=4))
        event = {
            "id": event_id, "seq": len(self.made), "type": kind,
            "at_ms": int(time.time() * 1000) + self.clock_off_ms, "mono_ms": int(time.monotonic() * 1000),
            "data": data,
        }  # fmt: skip
        self.made.append(event)
        self.waiting.append(event)
        return event

    def tap(self) -> Json:
        """Something that happens in an emergency, or (rarely) something no reducer takes."""
        doses = [event["id"] for event in self.made if event["type"] == "dose_given"]
        roll = self.dice.random()
        if roll < 0.3:
            return self.record(
                "dose_given", units=1500, lot=self.lot, lot_code="H0118L", product="hyalase_1500"
            )
        if roll < 0.4 and doses:
            return self.record("entry_struck", event=self.dice.choice(doses), reason="mis-tap")
        if roll < 0.45 and doses:
            return self.record("strike_undone", event=self.dice.choice(doses))
        if roll < 0.5:
            return self.record("dose_given", units="poison")
        if roll < 0.52:
            self.clock_off_ms = self.dice.choice([-2 * HOUR_MS, 0, 0, 3 * HOUR_MS])
        kind, data = self.dice.choice(PLAIN)
        return self.record(kind, **data)

    # --- what the network makes of it -----------------------------------------------------------------

    def step(self, before_answer: Callable[[], None] | None = None, fault: str | None = None) -> None:
        """Send what waits, through whatever the network does this time."""
        fault = fault or self.dice.choice(FAULTS)
        with contextlib.suppress(OSError, ValueError):
            if fault == "late" and self.held:
                self._exchange(self.held.pop(self.dice.randrange(len(self.held))))
                return
            getattr(self, f"_{fault}", self._clean)(self._request(), before_answer)

    def _clean(self, request: bytes, before_answer: Callable[[], None] | None) -> None:
        self._read(self._exchange(request, before_answer))

    def _cut(self, request: bytes, before_answer: Callable[[], None] | None) -> None:
        with self._open() as line:
            line.sendall(request[: self.dice.randrange(len(request))])

    def _swallow(self, request: bytes, before_answer: Callable[[], None] | None) -> None:
        self._exchange(request, before_answer)  # the server has answered; the tablet never hears of it

    def _gone(self, request: bytes, before_answer: Callable[[], None] | None) -> None:
        with self._open() as line:
            line.sendall(request)  # and nobody waits for what becomes of it

    def _half(self, request: bytes, before_answer: Callable[[], None] | None) -> None:
        answer = self._exchange(request, before_answer)
        self._read(answer[: self.dice.randrange(len(answer))])

    def _twice(self, request: bytes, before_answer: Callable[[], None] | None) -> None:
        self._gone(request, None)
        self._read(self._exchange(request, before_answer))

    def _hold(self, request: bytes, before_answer: Callable[[], None] | None) -> None:
        self.held.append(request)

    def _request(self) -> bytes:
        events = self.waiting[:MOST]
        if self.shuffles:
            self.dice.shuffle(events)
        if self.dice.random() < 0.3 and self.acknowledged:
            known = [event for event in self.made if event["id"] in self.acknowledged]
            events = [*self.dice.sample(known, min(3, len(known))), *events]
        body = json.dumps(
            {"device": self.name, "after": self.cursor, "digest": self.digest, "events": events}
        )
        head = (
            f"POST /emergencies/{self.run}/events HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\n"
            f"Authorization: Tablet {self.token}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body.encode())}\r\nConnection: close\r\n\r\n"
        )
        return (head + body).encode()

    def _open(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE_S)

    def _exchange(self, request: bytes, before_answer: Callable[[], None] | None = None) -> bytes:
        with self._open() as line:
            line.sendall(request)
            first = line.recv(1)
            if before_answer:
                before_answer()
            rest = b"".join(iter(lambda: line.recv(65536), b""))
        return first + rest

    # --- what the server says -------------------------------------------------------------------------

    def _read(self, answer: bytes) -> None:
        head, found, body = answer.partition(b"\r\n\r\n")
        if not found:
            raise Cut("half an answer")
        status = int(head.split(b" ", 2)[1])
        told = _whole(head, body)
        self.statuses[status] = self.statuses.get(status, 0) + 1
        assert status in (200, 409, 503, 507), (status, told)
        if status in (503, 507):
            assert b"retry-after" in head.lower(), head
            return
        self._believe(told)

    def _believe(self, told: Json) -> None:
        assert not told.get("conflicts"), told["conflicts"]
        ours = {event["id"]: event for event in self.made}
        for event_id, word in told["results"].items():
            wanted = hash_of(ours[event_id], self.name)
            assert told["hashes"][event_id] == wanted, "the server stored other bytes than were sent"
            self.acknowledged[event_id] = word
        self.waiting = [event for event in self.waiting if event["id"] not in self.acknowledged]
        self._hear(told)

    def _hear(self, told: Json) -> None:
        for event in told["events"]:
            known = self.seen.setdefault(event["cursor"], event)
            assert known["id"] == event["id"], f"cursor {event['cursor']} was given away twice"
        if told["cursor"] > self.cursor:
            self.cursor, self.digest = told["cursor"], told["digest"]


PLAIN: tuple[tuple[str, Json], ...] = (
    ("note_written", {"text": "Ünïcode, \u2028 and 'quotes' \"too\""}),
    ("photo_taken", {"view": "front"}),
    ("pain_scored", {"score": 4}),
    ("refill_checked", {"point": "upper_lip", "side": "left", "result": "slow"}),
    ("call_made", {"to": "prescriber", "outcome": "no_answer"}),
    ("no_such_thing", {}),
)
FAULTS = ("clean", "clean", "clean", "cut", "swallow", "gone", "half", "twice", "hold", "late", "late")


def hash_of(event: Json, device: str) -> str:
    """What the server must have stored of it."""
    return hashlib.sha256(canonical.dumps({**event, "device": device})).hexdigest()


def _whole(head: bytes, body: bytes) -> Json:
    """The JSON of a complete answer; raises ValueError or Cut when it is not."""
    lines = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:] if b": " in line)
    if b"content-length" in lines and len(body) < int(lines[b"content-length"]):
        raise Cut("half an answer")
    told: Json = json.loads(_dechunked(body) if lines.get(b"transfer-encoding") == b"chunked" else body)
    return told


def _dechunked(body: bytes) -> bytes:
    out = b""
    while body:
        size, _, rest = body.partition(b"\r\n")
        length = int(size, 16)
        if not length:
            return out
        out, body = out + rest[:length], rest[length + 2 :]
    raise Cut("half an answer")
