"""The stories, read once."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from safety.protocols.load import Protocol, latest, load

FOLDER = Path(__file__).parent / "stories"
ON = "2026-03-10"


@cache
def protocol() -> Protocol:
    return load(latest("screening"))


def all_stories() -> list[Path]:
    return sorted(FOLDER.glob("*.json"))


def story(path: Path) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return read


def toxin(**changes: Any) -> dict[str, Any]:
    return {"product_class": "toxin", "brand": "Botox", "areas": ["glabella"], "units": 20, **changes}


def filler(*areas: str) -> dict[str, Any]:
    return {"product_class": "ha_filler", "brand": "Juvederm", "areas": list(areas or ("lips",))}


def biostimulator(*areas: str) -> dict[str, Any]:
    return {"product_class": "biostimulator", "brand": "Sculptra", "areas": list(areas or ("cheek",))}


def request(*plan: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A grown-up on a later visit, nothing answered."""
    return {
        "on": ON,
        "jurisdiction": "UK-England",
        "patient": {"born_on": "1991-03-12", "first_visit": False},
        "plan": list(plan or (toxin(),)),
        "answers": {},
        **changes,
    }
