"""Mutation testing of the screening rules: `make mutate`. Not part of CI; takes half an hour.

One thing at a time is changed, in the questionnaire's data or in the pure code that reads it. Every story is
played; where all still come out as told after a change to the code, the unit tests of the rules run too. What
nobody notices is a survivor: it is printed, and docs/screening-mutation.md says why each one left is so.
"""

import ast
import json
import os
import signal
import sys
from collections import Counter
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from safety.protocols.load import Protocol, latest, load
from safety.screening.stories import play
from tests.screening import mutants, stories

Json = Any
ROOT = Path(__file__).resolve().parents[2]
MODULES = ("logic", "answers", "intake", "evaluate", "rules")
UNIT = ("logic", "intake", "scope", "small")
SECONDS = 60  # of processor time
PASSED, NOTICED = 0, 1


def main(wanted: list[str]) -> int:
    """Change one thing at a time; prints the survivors and the count of each kind. 1: some survived."""
    counted: Counter[tuple[str, str]] = Counter()
    protocol = load(latest("screening"))
    for name, noticed in (*_data(protocol, wanted), *_code(wanted)):
        counted[
            name.split()[0] if ".py" in name else "questionnaire", "noticed" if noticed else "survived"
        ] += 1
        if not noticed:
            print(f"SURVIVED {name}", flush=True)
    for (kind, fate), number in sorted(counted.items()):
        print(f"{kind}: {number} {fate}")
    return int(any(fate == "survived" for _, fate in counted))


def _data(protocol: Protocol, wanted: list[str]) -> Iterator[tuple[str, bool]]:
    """Each change to the questionnaire, and whether a story came out otherwise than told."""
    told = [(json.loads(path.read_text("utf-8")), path.read_text("utf-8")) for path in stories.all_stories()]
    for mutant in mutants.of_data(protocol):
        if not wanted or any(word in mutant.name for word in wanted):
            question = f'"{mutant.name[:3]}'
            likely = sorted(told, key=lambda one: question not in one[1])
            yield mutant.name, any(_differs(mutant.protocol, read) for read, _ in likely)


def _differs(protocol: Protocol, read: dict[str, Json]) -> bool:
    try:
        return next(iter(play(protocol, read)), None) is not None
    except Exception:  # noqa: BLE001 what cannot be played is noticed too
        return True


def _code(wanted: list[str]) -> Iterator[tuple[str, bool]]:
    """Each change to the code, and whether a story or a unit test noticed."""
    for module in MODULES:
        source = (ROOT / "safety" / "screening" / f"{module}.py").read_text("utf-8")
        for said, tree in mutants.of_code(source):
            name = f"{module}.py {said}"
            if not wanted or any(word in name for word in wanted):
                yield name, _noticed(module, tree)


def _noticed(module: str, tree: ast.Module) -> bool:
    """In a process of its own, so that nothing of the change stays; one that never ends counts as noticed."""
    child = os.fork()
    if child == 0:
        signal.setitimer(signal.ITIMER_PROF, SECONDS)
        signal.alarm(10 * SECONDS)
        sys.stdout = sys.stderr = Path(os.devnull).open("w")  # noqa: SIM115 the child ends with it
        os._exit(_examined(module, tree))
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) != PASSED


def _examined(module: str, tree: ast.Module) -> int:
    try:
        _install(module, tree)
        anew = import_module("tests.screening.stories")
        player = import_module("safety.screening.stories").play
        for path in anew.all_stories():
            if list(player(anew.protocol(), anew.story(path))):
                return NOTICED
        files = [str(ROOT / "tests" / "screening" / f"test_rules_{name}.py") for name in UNIT]
        options = ["-q", "-x", "--noconftest", "-p", "no:cacheprovider", "-p", "no:xdist", "-o", "addopts="]
        return PASSED if pytest.main([*options, *files]) == pytest.ExitCode.OK else NOTICED
    except (Exception, SystemExit):  # noqa: BLE001 whatever breaks has noticed the change
        return NOTICED


def _install(module: str, tree: ast.Module) -> None:
    """The changed module in the place of the true one, and whatever imported that one read anew."""
    for name in [
        one for one in sys.modules if one.startswith(("safety.screening", "tests.screening.stories"))
    ]:
        del sys.modules[name]
    import_module("safety.screening")
    full = f"safety.screening.{module}"
    made = ModuleType(full)
    made.__file__ = str(ROOT / "safety" / "screening" / f"{module}.py")
    sys.modules[full] = made
    exec(compile(tree, made.__file__, "exec"), made.__dict__)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
