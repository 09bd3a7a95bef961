"""What a planned area asks for: its vessels, its risk, and what is recorded of filler there."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from safety.clinic.models import Clinic, Jurisdiction
from safety.db import db
from safety.protocols.areas import Area, areas
from safety.stock.models import ProductClass
from safety.treatments import reading, rules

Json = Any
MARKS = {"red": "stop", "amber_plus": "check", "amber": "check"}


@dataclass(frozen=True)
class Danger:
    """One planned area as its card says it. `off_label`: the sentence that is confirmed twice, or None."""

    area: Area
    tier: str
    why: str
    duties: tuple[str, ...]
    off_label: str | None

    @property
    def vessels(self) -> str:
        """The vessels in words."""
        return ", ".join(self.area.vessels)

    @property
    def line(self) -> str:
        """Tier, vessels and risk to sight in one line, for a choice or a screen reader."""
        return f"{self.tier}. Vessels: {self.vessels}. Risk to sight: {self.area.vision_risk}"


def of(named: Iterable[str], kind: ProductClass, clinic_id: str) -> list[Danger]:
    """The dangerous ones among planned areas; none for a product that cannot block a vessel.

    Source: clinical specification 1.4, from the area file and the treatment protocol's `tools`.
    """
    if kind not in rules.FILLERS:
        return []
    known = [one for name in dict.fromkeys(named) if (one := reading.area(name)) and one.tier != "none"]
    tools, clinic = reading.day_protocol().get("tools", []), db.session.get_one(Clinic, clinic_id)
    return [_danger(one, kind, tools, clinic.jurisdiction) for one in known]


def _danger(area: Area, kind: ProductClass, tools: Json, where: Jurisdiction) -> Danger:
    asked = [row for row in tools if kind.value in row["product_classes"] and _touches(row, area)]
    duties = [row["text"] for row in asked if not row.get("off_label")]
    off_label = [row["text"] for row in asked if row.get("off_label") and where is Jurisdiction.US]
    why = next(one["text"] for one in areas().data["tiers"] if one["id"] == area.tier)
    return Danger(area, areas().tiers[area.tier], why, tuple(duties), next(iter(off_label), None))


def _touches(row: Mapping[str, Json], area: Area) -> bool:
    return ("tiers" not in row or area.tier in row["tiers"]) and (
        "groups" not in row or bool(set(row["groups"]) & set(area.groups))
    )


def of_chart(chart: reading.Chart) -> list[Danger]:
    """The dangerous areas of a whole plan, once each."""
    found: dict[str, Danger] = {}
    for item in chart.items:
        for one in of(item.areas, item.product_class, chart.treatment.clinic_id):
            found.setdefault(one.area.id, one)
    return list(found.values())
