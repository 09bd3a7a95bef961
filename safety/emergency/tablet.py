"""The tablet's reducer, run by node beside the server's: for scenarios and tests, never while serving."""

import shutil
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Any

from safety.audit.canonical import dumps, loads

FOLD = Path(__file__).with_name("fold.mjs")


def node() -> str | None:
    """The node to run, None when this machine has none."""
    return shutil.which("node")


class Tablet:
    """`static/runner/reducer.mjs` as a child process: one canonical JSON line in, one out."""

    def __init__(self) -> None:
        command, pipe = [str(node()), str(FOLD)], subprocess.PIPE
        self.process = subprocess.Popen(command, text=True, encoding="utf-8", stdin=pipe, stdout=pipe)  # noqa: S603

    def send(self, question: Any) -> None:
        """Ask without waiting: the tablet folds while the server does."""
        assert self.process.stdin is not None
        self.process.stdin.write(dumps(question).decode() + "\n")
        self.process.stdin.flush()

    def receive(self) -> str:
        """The canonical answer to the question sent last."""
        assert self.process.stdout is not None
        return self.process.stdout.readline().rstrip("\n")

    def ask(self, question: Any) -> Any:
        """Ask and wait for the answer."""
        self.send(question)
        return loads(self.receive().encode())

    def close(self) -> None:
        """End the child."""
        self.process.communicate(timeout=10)

    def __enter__(self) -> "Tablet":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
