"""The photos of a run as its record shows them: by cycle (the doses given before), with the stage then."""

from typing import Any

import sqlalchemy as sa

from safety import clock
from safety.db import db
from safety.emergency.models import Emergency, EmergencyPhoto
from safety.emergency.timeline import labels
from safety.web import local

Json = dict[str, Any]


def cycles(run: Emergency, protocol: Json, state: Json) -> list[Json]:
    """Each cycle that has photos: its title and its photos, oldest first."""
    facts = sorted(state["facts"], key=lambda fact: int(fact["at_ms"]))
    taken = [fact for fact in facts if fact["type"] == "photo_taken"]
    arrived, names = _arrived(run), labels(protocol)
    found: dict[int, list[Json]] = {}
    for fact in taken:
        found.setdefault(_doses_before(facts, fact), []).append(_photo(fact, arrived, names))
    last = {cycle: rows[-1]["at_ms"] for cycle, rows in found.items()}
    return [
        {"title": _title(cycle, _stage(facts, last[cycle], names)), "photos": found[cycle]}
        for cycle in sorted(found)
    ]


def _arrived(run: Emergency) -> dict[str, EmergencyPhoto]:
    rows = db.session.scalars(sa.select(EmergencyPhoto).where(EmergencyPhoto.emergency_id == run.id))
    return {row.photo_id: row for row in rows}


def _doses_before(facts: list[Json], photo: Json) -> int:
    return sum(
        fact["type"] == "dose_given" and fact["struck"] is None and fact["at_ms"] <= photo["at_ms"]
        for fact in facts
    )


def _photo(fact: Json, arrived: dict[str, EmergencyPhoto], names: dict[str, str]) -> Json:
    data = fact["data"]
    places = [names.get(word, word) for word in (data["view"], data["point"]) if word]
    return {
        "label": ", ".join(places) or "Photo", "clock": f"{local(clock.from_ms(fact['at_ms'])):%H:%M:%S}",
        "at_ms": fact["at_ms"], "row": arrived.get(data["photo"]), "named": data["photo"] is not None,
        "struck": fact["struck"] is not None,
    }  # fmt: skip


def _stage(facts: list[Json], at_ms: int, names: dict[str, str]) -> str | None:
    said = [
        fact for fact in facts
        if fact["type"] == "stage_assessed" and fact["struck"] is None and fact["at_ms"] <= at_ms
    ]  # fmt: skip
    return names.get(said[-1]["data"]["stage"], said[-1]["data"]["stage"]) if said else None


def _title(cycle: int, stage: str | None) -> str:
    when = f"After dose {cycle}" if cycle else "Before the first dose"
    return f"{when}, stage {stage}" if stage else when
