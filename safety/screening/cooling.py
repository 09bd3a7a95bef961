"""The hour at which time to think is over: a first visit may go on from then (specification 5.1, G03)."""

from datetime import datetime, timedelta
from typing import Any

from safety.protocols import actions as protocols
from safety.protocols.questions import flat
from safety.screening import asking
from safety.screening.models import Screening

Json = Any


def over_at(screening: Screening, finding: Json) -> datetime | None:
    """When the wait this finding asks for ends, counted from when the hours were answered.

    None for a finding that counts in days or not at all: those carry `earliest_on`. The hours given are
    rounded down, so the true end is never later than this one.
    """
    wait = _waits(screening).get(finding["rule"])
    row = asking.rows(screening.id).get(wait["since"]) if wait else None
    if wait is None or row is None or not isinstance(row.value, int):
        return None
    return row.answered_at + timedelta(hours=wait["hours"] - row.value)


def _waits(screening: Screening) -> dict[str, Json]:
    """Rule → how many hours to wait, and the question that says how many have passed."""
    body = protocols.kept_resolved(screening.file_sha256, screening.parameters, screening.protocol_digest)
    listed = [rule for _, question in flat(body["questions"]) for rule in question.get("rules", [])]
    return {rule["id"]: rule["earliest"] for rule in listed if "hours" in rule.get("earliest", {})}
