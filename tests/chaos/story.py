"""A seeded story of one emergency on four tablets, and of everything that goes wrong while it is told."""

import random
import signal
import threading
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from tests.chaos.place import Place
from tests.chaos.tablet import Tablet, hash_of

TABLETS = 4


@dataclass
class Story:
    """What is to be told. The same seed makes the same taps, faults and kinds of kills; the moments are the
    machine's.
    """

    place: Place
    seed: int
    events: int
    kills: int
    run: str = ""
    tablets: list[Tablet] = field(default_factory=list)
    killed: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.dice = random.Random(self.seed)
        self.run = str(uuid.UUID(int=self.dice.getrandbits(128), version=4))
        port, token = self.place.server.port, self.place.cast.tablet_token
        self.tablets = [
            Tablet(port, token, self.run, f"tablet-{n}", self.seed, self.place.lot) for n in range(TABLETS)
        ]
        self.tablets[-1].shuffles = True
        self.before = self.place.taken()

    def tell(self) -> str:
        """Tell it; returns a line of figures. Raises AssertionError where a promise is broken."""
        self.tablets[0].record("emergency_started", context=None, drill=False)
        self.tablets[0].step(fault="clean")
        every = max(1, self.events // (self.kills + 1))
        next_kill = every
        while self.made < self.events:
            kill = self.made >= next_kill
            next_kill += every if kill else 0
            self._round(self.dice.choice(self._kinds()) if kill else None)
        self._settle()
        self._judge()
        return self._figures()

    @property
    def made(self) -> int:
        """Events recorded so far, on all tablets."""
        return sum(len(tablet.made) for tablet in self.tablets)

    def _kinds(self) -> list[str]:
        return ["any", "before", "after", "pause", *(["database"] if self.place.postgres else [])]

    def _round(self, kill: str | None) -> None:
        """All tablets tap and send at once; meanwhile, perhaps, something is killed."""
        victim = self.dice.randrange(TABLETS)
        strike = Strike(self.place, kill, self.dice.random())
        with ThreadPoolExecutor(TABLETS) as hands:
            busy = [
                hands.submit(_taps, tablet, strike.after if number == victim and kill == "after" else None)
                for number, tablet in enumerate(self.tablets)
            ]
            strike.fall()
        for hand in busy:
            hand.result()  # what a tablet found wrong
        if kill is not None:
            self.killed[kill] = self.killed.get(kill, 0) + 1
            strike.mend()
            self._nothing_lost()
            self.place.is_whole()

    def _settle(self) -> None:
        """The network is well again: everybody sends all and hears all."""
        for _ in range(60):
            for tablet in self.tablets:
                for _late in range(len(tablet.held)):
                    tablet.step(fault="late")
                tablet.step(fault="clean")
            if not any(tablet.waiting for tablet in self.tablets):
                break
        for tablet in self.tablets:
            tablet.step(fault="clean")

    def _nothing_lost(self) -> None:
        """Every acknowledged event is on disk once, byte for byte, with its word; no cursor comes twice."""
        stored = self.place.stored(self.run)
        assert [event.cursor for event in stored] == list(range(1, len(stored) + 1))
        bodies = {event.event_id: event for event in stored}
        assert len(bodies) == len(stored)
        for tablet in self.tablets:
            ours = {event["id"]: event for event in tablet.made}
            for event_id, word in tablet.acknowledged.items():
                found = bodies.get(event_id)
                assert found is not None, f"{tablet.name} was told {word}, and {event_id} is not on disk"
                assert found.body_sha256 == hash_of(ours[event_id], tablet.name)
                assert (found.refused is None) == (word in ("stored", "known")), (word, found.refused)
            for cursor, event in tablet.seen.items():
                assert stored[cursor - 1].event_id == event["id"], "what a tablet heard of is gone"

    def _judge(self) -> None:
        """All is there once, in order, the same for everybody, and the shelf agrees with the record."""
        self._nothing_lost()
        stored = self.place.stored(self.run)
        assert len(stored) == self.made, f"{len(stored)} stored of {self.made} made"
        for tablet in self.tablets:
            assert not tablet.waiting
            assert sorted(tablet.seen) == list(range(1, self.made + 1))
            order = [event.seq for event in stored if event.device == tablet.name]
            assert tablet.shuffles or order == list(range(len(tablet.made))), (tablet.name, order)
        digests = {tablet.digest for tablet in self.tablets}
        assert digests == {self.place.digest(self.run)}, "tablets and rows do not agree"
        assert self.place.taken() - self.before == self.place.doses(self.run), (
            "the shelf differs from the record"
        )
        self.place.is_whole()

    def _figures(self) -> str:
        refused = sum(event.refused is not None for event in self.place.stored(self.run))
        kinds = ", ".join(f"{name} {count}" for name, count in sorted(self.killed.items()))
        turned = sum(tablet.statuses.get(code, 0) for tablet in self.tablets for code in (503, 507))
        return (
            f"seed {self.seed} {self.place.engine}: {self.made} events, {refused} kept as refused; "
            f"kills: {kinds}; {turned} times 503 or 507; ready again within {self.place.slowest_s:.1f} s; "
            "0 lost, 0 doubled, 0 changed"
        )


def _taps(tablet: Tablet, before_answer: Callable[[], None] | None) -> None:
    for _ in range(tablet.dice.randint(1, 4)):
        tablet.tap()
        if tablet.dice.random() < 0.8:
            tablet.step(before_answer, fault="clean" if before_answer else None)


class Strike:
    """One blow: the server killed at any moment, just after requests came or just before an answer is heard,
    stopped for a while, or the database under it killed.
    """

    def __init__(self, place: Place, kind: str | None, when: float) -> None:
        self.place, self.kind, self.when = place, kind, when
        self.once = threading.Lock()

    def fall(self) -> None:
        """Strike, at a moment that the seed chose within the round."""
        if self.kind in (None, "after"):
            return
        time.sleep(self.when * (0.012 if self.kind == "before" else 0.12))
        if self.kind == "pause":
            with self.place.server.frozen():
                time.sleep(0.3)
        elif self.kind == "database" and self.place.postgres:
            self.place.postgres.stop()
        else:
            self._kill()

    def after(self) -> None:
        """The first byte of an answer is here: committed, and not yet heard."""
        self._kill()

    def _kill(self) -> None:
        if self.once.acquire(blocking=False) and self.place.server.process:
            self.place.server.signal(signal.SIGKILL)

    def mend(self) -> None:
        """Start again what was killed."""
        if self.kind == "database" and self.place.postgres:
            self.place.postgres.start()
            self.place.look_anew()
        elif self.kind != "pause":
            self.place.server.kill()
            self.place.start()
