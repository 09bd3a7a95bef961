"""The one file that imports WeasyPrint. Run as a process of its own: HTML in, PDF out, nothing else
reachable.

Rendering holds a processor for seconds; in the process that takes events it would delay them seven to
tenfold.
"""

import json
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

STATIC = Path(__file__).resolve().parent.parent / "static"
ALLOWED = (STATIC / "fonts", STATIC / "css")
VARIANT = "pdf/a-3a"


class Forbidden(ValueError):
    """The page asked for something outside the packaged fonts and style sheets."""


def packaged(url: str) -> Path:
    """The packaged asset at this address. Raises Forbidden: no network and no other file, whatever a note
    holds.
    """
    parts = urlsplit(url)
    path = Path(unquote(parts.path)).resolve()
    if (
        parts.scheme != "file"
        or not any(path.is_relative_to(folder) for folder in ALLOWED)
        or not path.is_file()
    ):
        raise Forbidden("a printed page may only use packaged assets")
    return path


def fetcher() -> Any:
    """A fetcher for WeasyPrint that opens packaged assets only and stops the rendering on anything else."""
    from weasyprint.urls import URLFetcher, URLFetcherResponse

    class Packaged(URLFetcher):  # type: ignore[misc]  # WeasyPrint ships no types
        def fetch(self, url: str, headers: Any = None) -> Any:
            path = packaged(url)
            kind = "text/css" if path.suffix == ".css" else "font/ttf"
            return URLFetcherResponse(url, path.read_bytes(), {"Content-Type": kind})

    return Packaged(fail_on_errors=True)


def render(job: dict[str, Any]) -> bytes:
    """The PDF of `job`: {html, at_ms, identifier}, `log` (JSON text to embed) or None. Same job, same bytes.

    `html` may be one page in several sizes of letters, largest first: the first that needs one sheet only is
    taken, else the last.
    """
    document = _fitting(job["html"])
    document.metadata.attachments = [_attachment(job)] if job["log"] is not None else []
    pdf = document.write_pdf(
        pdf_variant=VARIANT,
        pdf_tags=True,
        pdf_identifier=job["identifier"].encode(),
    )
    return bytes(pdf)


def _fitting(html: str | list[str]) -> Any:
    texts = [html] if isinstance(html, str) else html
    made = {len(texts) - 1: _drawn(texts[-1])} if len(texts) == 1 else {}
    low, high = 0, len(texts) - 1
    while low < high:  # what fits one size fits every smaller one: halve what is left to try
        middle = (low + high) // 2
        made[middle] = _drawn(texts[middle])
        low, high = (low, middle) if len(made[middle].pages) == 1 else (middle + 1, high)
    return made[low] if low in made else _drawn(texts[low])


def _drawn(text: str) -> Any:
    from weasyprint import HTML

    return HTML(string=text, base_url=STATIC.as_uri() + "/", url_fetcher=fetcher()).render()


def _attachment(job: dict[str, Any]) -> Any:
    from weasyprint import Attachment

    at = datetime.fromtimestamp(job["at_ms"] / 1e3, UTC)
    return Attachment(
        string=job["log"], name="log.json", relationship="Data", created=at, modified=at,
        description="The event log this report was made from, with its proofs",
    )  # fmt: skip


def main() -> int:
    """Read a job as JSON from standard input, write the PDF to standard output."""
    os.nice(10)
    job = json.load(sys.stdin)
    try:
        pdf = render(job)
    except (ImportError, OSError) as fault:
        sys.stderr.write(f"the PDF library cannot start: {type(fault).__name__}\n")
        return 3
    sys.stdout.buffer.write(pdf)
    return 0


if __name__ == "__main__":
    sys.exit(main())
