"""The short version of `make chaos`: one story on each database, its seed in the name of the failure."""

from tests.chaos.place import Place
from tests.chaos.story import Story

READY_S = 30  # `make chaos` asks for 10 on a quiet machine; here other tests run beside it


def test_nothing_acknowledged_is_lost_doubled_or_changed(place: Place) -> None:
    figures = Story(place, seed=20261125, events=90, kills=4).tell()
    assert place.slowest_s < READY_S, figures
