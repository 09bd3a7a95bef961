"""The drawn face: where each area lies on it, and which area a point lies in. A drawing, not an anatomy.

Points are integers of 0 to 10,000 of the width and of the height of the picture they were placed on. The
drawing is seen as the patient faces us: the patient's right lies on the left of the picture.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

FULL = 10_000
NEAR = 2  # hundredths of the drawing: a fingertip beside the line still means the area
Point = tuple[float, float]


@dataclass(frozen=True)
class Shape:
    """One outline of an area: its side (left, right, mid) and corners in the drawing's units."""

    area: str
    side: str
    corners: tuple[Point, ...]

    @property
    def smooth(self) -> str:
        """The outline as SVG writes it, its corners rounded; what lies inside is asked of the corners."""
        ends = [_between(start, end) for start, end in _edges(self.corners)]
        curves = zip((*self.corners[1:], self.corners[0]), (*ends[1:], ends[0]), strict=True)
        said = "".join(f"Q{x:g} {y:g} {a:g} {b:g}" for (x, y), (a, b) in curves)
        return f"M{ends[0][0]:g} {ends[0][1]:g}{said}Z"

    @property
    def middle(self) -> Point:
        """Where a mark stands: the middle of the outline's corners."""
        count = len(self.corners)
        return round(sum(x for x, _ in self.corners) / count), round(sum(y for _, y in self.corners) / count)


@cache
def drawing() -> dict[str, Any]:
    """The file of the drawing."""
    return dict(json.loads(Path(__file__).with_name("face.json").read_text("utf-8")))


@cache
def shapes() -> tuple[Shape, ...]:
    """Every outline, those of one side mirrored to the other."""
    return tuple(_all())


def _all() -> Iterator[Shape]:
    face = drawing()
    for area, outlines in face["middle"].items():
        yield from (Shape(area, "mid", _corners(text)) for text in outlines)
    for area, outlines in face["sided"].items():
        for text in outlines:
            corners = _corners(text)
            yield Shape(area, "right", corners)
            yield Shape(area, "left", tuple((face["width"] - x, y) for x, y in reversed(corners)))


def _corners(text: str) -> tuple[Point, ...]:
    numbers = [float(one) for one in text.split()]
    return tuple(zip(numbers[::2], numbers[1::2], strict=True))


def bare(area: str) -> str:
    """An area's name without its side: left_cheek is cheek."""
    return area.removeprefix("left_").removeprefix("right_")


def of_area(area: str, side: str | None = None) -> list[Shape]:
    """The outlines of an area: of its own side when its name has one, of `side` when that is given."""
    own = area.partition("_")[0] if area.startswith(("left_", "right_")) else side
    found = [one for one in shapes() if one.area == bare(area)]
    return [one for one in found if own in (None, "mid") or one.side in (own, "mid")]


def place(x: int, y: int) -> Point:
    """A stored point in the drawing's units."""
    face = drawing()
    return x * face["width"] / FULL, y * face["height"] / FULL


def lies_in(x: int, y: int) -> Shape | None:
    """The area a stored point lies in, the smaller before the larger; None: beside the face."""
    at, order = place(x, y), drawing()["order"]
    inside = [one for one in shapes() if one.area in order and _inside(one.corners, at)]
    return min(inside, key=lambda one: order.index(one.area), default=None)


def fits(x: int, y: int, area: str, side: str) -> bool:
    """Does a stored point lie in the area and side an injection names, or right beside it?

    An area the drawing does not show is always fitting: nothing is known against it.
    """
    outlines, at = of_area(area, side), place(x, y)
    reach = NEAR * drawing()["width"] / 100
    return not outlines or any(_inside(o.corners, at) or _distance(o.corners, at) <= reach for o in outlines)


def _inside(corners: tuple[Point, ...], at: Point) -> bool:
    (x, y), crossed = at, False
    for (x1, y1), (x2, y2) in _edges(corners):
        if (y1 > y) != (y2 > y) and x < (x2 - x1) * (y - y1) / (y2 - y1) + x1:
            crossed = not crossed
    return crossed


def _edges(corners: tuple[Point, ...]) -> Iterator[tuple[Point, Point]]:
    return zip(corners, (*corners[1:], corners[0]), strict=True)


def _between(start: Point, end: Point) -> Point:
    return (start[0] + end[0]) / 2, (start[1] + end[1]) / 2


def _distance(corners: tuple[Point, ...], at: Point) -> float:
    return min(_to_edge(start, end, at) for start, end in _edges(corners))


def _to_edge(start: Point, end: Point, at: Point) -> float:
    (x1, y1), (x2, y2), (x, y) = start, end, at
    length = (x2 - x1) ** 2 + (y2 - y1) ** 2
    along = 0.0 if length == 0 else max(0.0, min(1.0, ((x - x1) * (x2 - x1) + (y - y1) * (y2 - y1)) / length))
    return float(((x - x1 - along * (x2 - x1)) ** 2 + (y - y1 - along * (y2 - y1)) ** 2) ** 0.5)
