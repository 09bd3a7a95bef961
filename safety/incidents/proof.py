"""The log inside a report: its content, the audit entries that vouch for it, and whether they do. No
database here.

What holds when `check` finds nothing: every event's bytes are those an audit entry hashed, every such entry
is in
the tree of the signed head, no event between the first and the last is left out, and the content as a whole
is the
one an entry vouches for.
"""

import base64
import hashlib
from collections.abc import Callable
from typing import Any

from safety.audit import canonical, merkle
from safety.audit.checkpoint import BadNote, Checkpoint, opened

Json = dict[str, Any]
Verify = Callable[[bytes, bytes, bytes], bool]


class Broken(ValueError):
    """The proof does not hold; the message says where."""


def content_digest(content: Json) -> str:
    """Hex digest that an audit entry keeps of a report's content."""
    return hashlib.sha256(canonical.dumps(content)).hexdigest()


def bundle(content: Json, entries: list[Json], checkpoint: str, public_key: bytes) -> Json:
    """What is embedded: content, entries with inclusion paths, signed head, and the key's public half."""
    return {
        "content": content,
        "entries": entries,
        "checkpoint": checkpoint,
        "public_key": base64.b64encode(public_key).decode(),
    }


def check(log: Json, public_key: bytes, verify: Verify) -> Checkpoint:
    """The signed head under which everything in the log is proved. Raises Broken."""
    head = _head(log, public_key, verify)
    said = [_entry(entry, head) for entry in log["entries"]]
    _events_fit(log["content"], said)
    _content_fits(log["content"], said)
    return head


def _head(log: Json, public_key: bytes, verify: Verify) -> Checkpoint:
    try:
        return opened(
            log["checkpoint"], public_key, lambda signature, text: verify(public_key, signature, text)
        )
    except BadNote as fault:
        raise Broken(f"the head of the audit log: {fault}") from fault


def _entry(entry: Json, head: Checkpoint) -> Json:
    path = [base64.b64decode(step) for step in entry["path"]]
    leaf = merkle.leaf_hash(entry["body"].encode())
    if not merkle.verify_inclusion(leaf, entry["index"], head.size, path, head.root):
        raise Broken(f"audit entry {entry['index']} is not in the signed log")
    said = canonical.loads(entry["body"].encode())
    if not isinstance(said, dict) or said.get("index") != entry["index"]:
        raise Broken(f"audit entry {entry['index']} speaks of another place")
    return said


def _events_fit(content: Json, said: list[Json]) -> None:
    subject = f"emergency:{content['emergency']['id']}"
    recorded = [s["facts"] | {"actor": s["actor"]} for s in said
                if s["action"] == "emergency.event_recorded" and s["subject"] == subject]  # fmt: skip
    events = content["events"]
    if [event["cursor"] for event in events] != list(range(1, len(events) + 1)) or len(recorded) < len(
        events
    ):
        raise Broken("events are missing, doubled or out of order")
    for event, facts in zip(events, sorted(recorded, key=lambda facts: int(facts["cursor"])), strict=False):
        _event_fits(event, facts)


def _event_fits(event: Json, facts: Json) -> None:
    body = hashlib.sha256(event["body"].encode()).hexdigest()
    same = (event["id"], event["cursor"], event["refused"], body)
    if same != (facts["event"], facts["cursor"], facts["refused"], facts["body"]):
        raise Broken(f"event {event['cursor']} is not what was recorded")
    by = f"member:{event['actor']}"
    if event["actor"] is not None and facts["actor"] != by:
        raise Broken(f"event {event['cursor']} was recorded by somebody else")


def _content_fits(content: Json, said: list[Json]) -> None:
    wanted = content_digest(content)
    prepared = [s["facts"] for s in said if s["action"] == "incident.report_prepared"
                and s["subject"] == f"incident:{content['incident']['id']}"]  # fmt: skip
    if not any(
        facts["content"] == wanted and facts["events"] == len(content["events"]) for facts in prepared
    ):
        raise Broken("no audit entry vouches for this content")
