"""Have a page rendered in a process of its own: rendering holds a processor for seconds."""

import json
import subprocess
import sys
from typing import Any

from safety.config import CHECKOUT

RENDER_LIMIT_S = 120
RENDERER = [sys.executable, "-m", "safety.printing.render"]


class CannotRender(RuntimeError):
    """The PDF library is missing or failed; nothing else was touched. The message says what to do."""


def pdf(job: dict[str, Any]) -> bytes:
    """The PDF of a job (see `render.render`). Raises CannotRender."""
    try:
        done = subprocess.run(  # noqa: S603  # our own interpreter and module, nothing from outside
            RENDERER, input=json.dumps(job).encode(), capture_output=True, cwd=CHECKOUT,
            timeout=RENDER_LIMIT_S, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired as fault:
        raise CannotRender("The PDF took too long to make. Nothing was lost: try again") from fault
    if done.returncode:
        raise CannotRender("The PDF cannot be made here: install Pango (see doctor). Nothing was lost")
    return done.stdout
