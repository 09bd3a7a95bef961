"""`make chaos`: many seeds on each database, a line each. SEEDS, EVENTS, KILLS, FIRST, READY and DATABASE
in the environment make it shorter or tell one story again. Everything stays on this machine.
"""

import os
import sys
import tempfile
from contextlib import closing
from pathlib import Path

from tests import servers
from tests.chaos.place import Place
from tests.chaos.story import Story

READY_S = float(os.environ.get("READY", 10))  # a machine with other work to do may be given longer


def main() -> None:
    """Exit 1 at the first broken promise, with the seed that shows it."""
    seeds, events, kills = (
        int(os.environ.get(name, usual)) for name, usual in (("SEEDS", 20), ("EVENTS", 400), ("KILLS", 14))
    )
    first = int(os.environ.get("FIRST", 1))
    asked = os.environ.get("DATABASE")
    servers.open_session()
    try:
        for engine in [asked] if asked else ["sqlite", "postgresql"]:
            for seed in range(first, first + seeds):
                _tell(engine, seed, events, kills)
    finally:
        servers.close_session()


def _tell(engine: str, seed: int, events: int, kills: int) -> None:
    with tempfile.TemporaryDirectory(prefix="chaos-", dir="/tmp") as folder:
        Path(folder).chmod(0o755)
        place = Place(Path(folder), engine)
        try:
            with closing(place):
                place.start()
                print(Story(place, seed, events, kills).tell(), flush=True)
        except AssertionError:
            print(f"BROKEN: seed {seed} on {engine}: FIRST={seed} SEEDS=1 DATABASE={engine} make chaos")
            raise
        if place.slowest_s > READY_S:
            sys.exit(f"seed {seed}: ready again only after {place.slowest_s:.1f} s, wanted {READY_S:.0f}")


if __name__ == "__main__":
    main()
