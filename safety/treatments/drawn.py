"""Pictures ready to be drawn: the face with its planned areas, and points on it or on a photo."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from safety.protocols.areas import areas
from safety.treatments import face, mapping, photographs, reading
from safety.treatments.danger import Danger
from safety.treatments.map_models import TreatmentPhoto
from safety.treatments.mapping import Placed


@dataclass(frozen=True)
class Region:
    """One outline of a planned area: what it is, how it is marked, and where its mark stands."""

    area: str
    side: str
    path: str
    tier: str
    word: str
    label: str
    mark: tuple[float, float] | None


@dataclass(frozen=True)
class Dot:
    """One point in the picture's own units, with the number its row has in the table."""

    number: int
    x: float
    y: float
    struck: bool
    words: str


def picture(named: Iterable[str], dangers: Sequence[Danger], placed: Sequence[Placed] = ()) -> dict[str, Any]:
    """The drawn face: lines, the regions of planned areas, and the points of the visit that lie on it."""
    drawing = face.drawing()
    marked = {one.area.id: one for one in dangers}
    regions = [region for name in dict.fromkeys(named) for region in _regions(name, marked.get(name))]
    here = [one for one in placed if one.point and one.point.photo_id is None]
    size = drawing["width"], drawing["height"]
    return {**drawing, "regions": regions, "dots": [_dot(one, *size) for one in here]}


def _regions(name: str, danger: Danger | None) -> list[Region]:
    outlines, seen = face.of_area(name), set()
    found = []
    for one in outlines:
        tier = danger.area.tier if danger else "none"
        label = f"{mapping.in_words(name, one.side)}. {danger.line if danger else 'No danger area'}"
        label = label[:1].upper() + label[1:]
        mark = one.middle if danger and one.side not in seen else None
        seen.add(one.side)
        word = areas().tiers.get(tier, "")
        found.append(Region(name, one.side, one.smooth, tier, word, label, mark))
    return found


def _dot(one: Placed, width: int, height: int) -> Dot:
    assert one.point is not None  # the callers ask for placed ones only
    x, y = one.point.x * width / face.FULL, one.point.y * height / face.FULL
    return Dot(one.number, round(x, 1), round(y, 1), one.strike is not None, f"{one.number}, {one.where}")


def photo_maps(treatment_id: str) -> list[dict[str, Any]]:
    """Each photo of a visit that points were placed on, with its points."""
    placed = [one for one in mapping.placed(treatment_id) if one.point and one.point.photo_id]
    rows = {one.id: one for one in photographs.of_visit(treatment_id)}
    used = dict.fromkeys(one.point.photo_id for one in placed if one.point)
    return [_photo_map(rows[name], placed) for name in used if name in rows]


def _photo_map(row: TreatmentPhoto, placed: Sequence[Placed]) -> dict[str, Any]:
    here = [one for one in placed if one.point and one.point.photo_id == row.id]
    return {
        "id": row.id, "width": row.width, "height": row.height, "view": photographs.VIEWS[row.view],
        "phase": photographs.PHASES[row.phase], "area": reading.area_name(row.area) if row.area else None,
        "dots": [_dot(one, row.width, row.height) for one in here],
    }  # fmt: skip
