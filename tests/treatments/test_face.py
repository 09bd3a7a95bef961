import pytest

from safety.protocols.areas import Area, areas
from safety.treatments import face

pytestmark = pytest.mark.once


def stored(x: float, y: float) -> tuple[int, int]:
    """A place of the drawing as it is stored."""
    box = face.drawing()
    return round(x * face.FULL / box["width"]), round(y * face.FULL / box["height"])


def test_it_works() -> None:
    """The tip of the nose is nose; the same place is no lip."""
    at = stored(400, 620)
    found = face.lies_in(*at)
    assert found is not None
    assert (found.area, found.side) == ("nose", "mid")
    assert face.fits(*at, "nose", "mid")
    assert not face.fits(*at, "lips", "mid")


@pytest.mark.parametrize("area", [one for one in areas().areas.values() if one.counts_as], ids=lambda a: a.id)
def test_every_area_of_the_file_is_drawn_on_its_own_sides(area: Area) -> None:
    name, side = area.id, area.side
    sides = {one.side for one in face.of_area(name)}
    assert sides == ({side} if side else sides), name
    assert sides, f"{name} is not drawn"
    if not side and f"left_{name}" in areas().areas:
        assert sides == {"left", "right"}


def test_nothing_is_drawn_that_the_file_does_not_know() -> None:
    known = {face.bare(name) for name in areas().areas}
    assert {one.area for one in face.shapes()} <= known
    assert set(face.drawing()["order"]) <= known


def test_the_patient_s_left_lies_on_the_right_of_the_picture() -> None:
    right, left = stored(220, 560), stored(580, 560)
    assert face.fits(*right, "cheek", "right")
    assert face.fits(*left, "cheek", "left")
    assert not face.fits(*right, "cheek", "left")
    assert not face.fits(*right, "left_cheek", "left")
    assert {one.side for one in face.of_area("cheek", "left")} == {"left"}


def test_a_fingertip_beside_the_line_still_means_the_area_and_a_finger_s_breadth_does_not() -> None:
    edge = min(y for shape in face.of_area("chin") for _, y in shape.corners)
    near, far = stored(400, edge - 12), stored(400, edge - 40)
    assert face.fits(*near, "chin", "mid")
    assert not face.fits(*far, "chin", "mid")


def test_beside_the_face_is_no_area_and_an_area_that_is_not_drawn_always_fits() -> None:
    assert face.lies_in(0, 0) is None
    assert face.fits(0, 0, "underarm", "left")


@pytest.mark.parametrize("shape", face.shapes(), ids=lambda s: f"{s.area}-{s.side}")
def test_each_outline_stays_on_the_picture(shape: face.Shape) -> None:
    box = face.drawing()
    assert all(0 <= x <= box["width"] and 0 <= y <= box["height"] for x, y in shape.corners)
    assert shape.smooth.startswith("M")
    assert shape.smooth.endswith("Z")
