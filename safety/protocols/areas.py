"""The areas of the face: what a plan may name, how risky each is, and how an emergency counts it."""

import hashlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

from safety.protocols.read import Broken, Document, Problem, Where, read
from safety.protocols.structure import ROOT, shape, sources

SIDES = ("left", "right")


@dataclass(frozen=True)
class Area:
    """One area a plan can name. `counts_as`: ids of the areas counted before each rescue dose."""

    id: str
    name: str
    product_classes: tuple[str, ...]
    counts_as: tuple[str, ...]
    groups: tuple[str, ...]
    tier: str
    vessels: tuple[str, ...]
    vision_risk: str
    side: str | None

    def as_json(self) -> dict[str, Any]:
        """Plain JSON: lists instead of tuples."""
        fields = asdict(self).items()
        return {key: list(value) if isinstance(value, tuple) else value for key, value in fields}


@dataclass(frozen=True)
class AreaFile:
    """The areas by id, the counting areas as id → name, and the digest a protocol names them by."""

    areas: dict[str, Area]
    counting: dict[str, str]
    tiers: dict[str, str]
    sha256: str
    data: dict[str, Any]


@cache
def areas(path: Path = ROOT / "areas.yaml") -> AreaFile:
    """The area file. Raises Broken."""
    document = read(path)
    problems = faults(document)
    if problems:
        raise Broken(problems)
    data = document.data
    counting = {item["id"]: item["name"] for item in data["counting"]}
    return AreaFile(
        areas={area.id: area for item in data["areas"] for area in _sided(item, counting)},
        counting=counting,
        tiers={item["id"]: item["name"] for item in data["tiers"]},
        sha256=hashlib.sha256(document.content).hexdigest(),
        data=data,
    )


def faults(document: Document) -> list[Problem]:
    """What is wrong with an area file."""
    problems = shape(document, "areas.json")
    if problems:
        return problems
    return sorted(document.problem(where, reason) for where, reason in _faults(document.data))


def _faults(data: dict[str, Any]) -> Iterator[tuple[Where, str]]:
    counting = {item["id"]: item["name"] for item in data["counting"]}
    met: set[str] = set()
    for index, item in enumerate(data["areas"]):
        where: Where = ("areas", index)
        for area in _sided(item, counting):
            if area.id in met:
                yield where, f"the area {area.id} is listed twice"
            met.add(area.id)
            for name in area.counts_as:
                if name not in counting:
                    yield (*where, "counts_as"), f"{name} is not a counting area"
        for source in (one["source"] for one in item["evidence"] if "source" in one):
            if source not in sources():
                yield (*where, "evidence"), f"{source} is not a source in sources.yaml"


def _sided(item: dict[str, Any], counting: dict[str, str]) -> list[Area]:
    """The area itself and, where it has sides, its left and right."""
    if "sides" not in item:
        return [_area(item, item["id"], item["name"], item["counts_as"], None)]
    both = [_both_sides(name, counting) for name in item["counts_as"]]
    whole = _area(item, item["id"], item["name"], [name for pair in both for name in pair], None)
    halves = [
        _area(item, f"{side}_{item['id']}", f"{side.capitalize()} {_lower(item['name'])}", half, side)
        for side, half in zip(SIDES, zip(*both, strict=True) if both else [(), ()], strict=True)
    ]
    return [whole, *halves]


def _both_sides(name: str, counting: dict[str, str]) -> tuple[str, str]:
    """A counting area that lies in the middle counts for both sides."""
    left, right = (f"{side}_{name}" for side in SIDES)
    return (name, name) if name in counting else (left, right)


def _area(item: dict[str, Any], name_id: str, name: str, counts_as: Any, side: str | None) -> Area:
    return Area(
        id=name_id,
        name=name,
        product_classes=tuple(item["product_classes"]),
        counts_as=tuple(dict.fromkeys(counts_as)),
        groups=tuple(item["groups"]),
        tier=item["tier"],
        vessels=tuple(item["vessels"]),
        vision_risk=item["vision_risk"],
        side=side,
    )


def _lower(name: str) -> str:
    return name[:1].lower() + name[1:]


def area_pin(document: Document) -> list[Problem]:
    """A protocol is signed together with the areas it was written for: refused when that file has changed."""
    pin = document.data.get("areas")
    if pin is None:
        return []
    found = areas(ROOT / pin["file"])
    if found.sha256 == pin["sha256"]:
        return []
    return [document.problem(("areas", "sha256"), f"{pin['file']} has changed: its digest is {found.sha256}")]


def with_areas(body: dict[str, Any]) -> dict[str, Any]:
    """The body with the pinned areas put in the place of their digest, as a list of plain JSON areas."""
    if "areas" not in body:
        return body
    found = areas(ROOT / body["areas"]["file"])
    evidence = {item["id"]: item["evidence"] for item in found.data["areas"]}
    return {**body, "areas": [_shown(area, evidence.get(area.id)) for area in found.areas.values()]}


def _shown(area: Area, evidence: list[dict[str, str]] | None) -> dict[str, Any]:
    """A side is no figure of its own, its whole area is; nor is an area without a risk tier."""
    if evidence is None or area.tier == "none":
        return area.as_json()
    tier = area.tier.replace("_", " ")
    figure = f"{area.name}: risk tier {tier}; vessels: {', '.join(area.vessels) or 'none named'}; "
    return {**area.as_json(), "figure": f"{figure}vision risk: {area.vision_risk}", "evidence": evidence}
