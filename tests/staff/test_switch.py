"""Who is using this tablet?"""

from collections.abc import Callable

from tests.factories import Cast
from tests.page import Visitor

OnShift = Callable[..., Visitor]


def test_it_works(on_shift: OnShift) -> None:
    page = on_shift("okafor", "nora").get("/switch")
    assert page.h1 == "Who is using this?"
    tiles = [link.text for link in page.main.all("a") if link["href"].startswith("/switch/")]
    assert len(tiles) == 2
    assert "Dr Chidi Okafor" in tiles[0]
    assert "Nora Quinn" in tiles[1]
    assert page.has("a", text="Somebody else: sign in with password")


def test_before_anybody_came_it_offers_the_password(tablet: Visitor) -> None:
    page = tablet.get("/switch")
    assert "Nobody is on shift on this tablet" in page.text
    assert page.click("Sign in").url == "/sign-in"


def test_a_device_that_is_no_tablet_signs_in(anyone: Visitor, cast: Cast) -> None:
    page = anyone.get("/switch?next=/me")
    assert page.address == "/sign-in?next=/me"


def test_where_one_was_going_is_carried_along(on_shift: OnShift) -> None:
    page = on_shift("nora").get("/switch?next=/stock")
    tile = next(link for link in page.main.all("a") if "Nora" in link.text)
    assert tile["href"].endswith("?next=/stock")


def test_another_site_is_not(on_shift: OnShift) -> None:
    page = on_shift("nora").get("/switch?next=//evil.example")
    assert "evil.example" not in page.html
