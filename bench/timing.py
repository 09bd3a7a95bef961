"""Measure two things in turn, so that whatever slows the machine slows both."""

import gc
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

Work = Callable[[], object]


@dataclass(frozen=True)
class Row:
    """One line of the table: seconds per piece of work, ours and what stands beside it."""

    name: str
    beside: str
    ours: list[float]
    theirs: list[float]
    wanted: float  # the ratio to reach, from the scoreboard

    @property
    def ratio(self) -> float:
        """How many times the limit's median ours takes."""
        return statistics.median(self.ours) / statistics.median(self.theirs)

    def __str__(self) -> str:
        return (
            f"{self.name:<44} {_ms(self.ours)}   {self.beside:<40} {_ms(self.theirs)}   "
            f"{min(self.ours) / min(self.theirs):5.2f} {self.ratio:5.2f}   <= {self.wanted:.2f}"
            f"{'' if self.ratio <= self.wanted else '   not yet'}"
        )


HEADING = (
    f"{'ours':<44} {'min':>8} {'median':>8}   {'beside it':<40} {'min':>8} {'median':>8}   "
    f"{'ratio':>5} {'':>5}   wanted     (milliseconds; ratio of minima, of medians)"
)


def interleaved(ours: Work, theirs: Work, rounds: int, each: int = 1) -> tuple[list[float], list[float]]:
    """Seconds for one piece of each, over many rounds; the first tenth warms up and is not counted."""
    taken: tuple[list[float], list[float]] = ([], [])
    gc.disable()
    try:
        for number in range(-max(1, rounds // 10), rounds):
            for work, times in zip((ours, theirs), taken, strict=True):
                spent = _time(work, each)
                if number >= 0:
                    times.append(spent)
    finally:
        gc.enable()
    return taken


def _time(work: Work, each: int) -> float:
    begun = time.perf_counter()
    for _ in range(each):
        work()
    return (time.perf_counter() - begun) / each


def _ms(times: list[float]) -> str:
    return f"{min(times) * 1e3:8.3f} {statistics.median(times) * 1e3:8.3f}"
