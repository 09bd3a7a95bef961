"""Check a finished report with nothing but the file: does the page say what the log says, and does the proof
hold?
"""

import base64
import io
import logging
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pypdf import PageObject, PdfReader
from pypdf.errors import PyPdfError
from pypdf.generic import DictionaryObject, NameObject

from safety.audit import canonical
from safety.audit.checkpoint import Checkpoint
from safety.audit.keys import verifies
from safety.incidents import figures, paper, proof

Json = dict[str, Any]
logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # a damaged file is told in our one line, not in many
EMBEDDED = "log.json"
# What the library lets out on a damaged file: its own errors, and whatever its parsers stumble over.
DAMAGED = (
    PyPdfError, ValueError, LookupError, TypeError, AttributeError, RuntimeError, ArithmeticError, OSError,
    AssertionError,
)  # fmt: skip
HEADING = "ClockElapsedEntryRecordedby"  # stands again on every page; says nothing about the run


class NotAReport(ValueError):
    """The file is no report of ours, or a damaged one."""


class Differs(ValueError):
    """The report does not hold; the message says where."""


@dataclass(frozen=True)
class Verified:
    """What was checked: the report's number and revision, events and pages compared, and the head of the
    log.
    """

    number: str
    revision: int
    events: int
    pages: int
    head: Checkpoint
    key_was_given: bool
    drill: bool


def verify(pdf: bytes, public_key: bytes | None) -> Verified:
    """Check a report. Without `public_key` the one inside is used, which proves less. Raises NotAReport,
    Differs.
    """
    pages, log = _opened(pdf)
    try:
        key = public_key or base64.b64decode(log["public_key"])
        head = proof.check(log, key, verifies)
        _page_fits(pages, log["content"], paper.seal(head))
    except (proof.Broken, figures.Unreadable) as fault:
        raise Differs(str(fault)) from fault
    except (KeyError, TypeError, AttributeError, IndexError, ValueError) as fault:
        if isinstance(fault, Differs):
            raise
        raise NotAReport("the log inside the file is damaged") from fault
    content = log["content"]
    return Verified(
        content["incident"]["number"], content["revision"], len(content["events"]), len(pages), head,
        public_key is not None, content["emergency"]["drill"])  # fmt: skip


def _opened(pdf: bytes) -> tuple[list[str], Json]:
    if not pdf.startswith(b"%PDF-"):
        raise NotAReport("the file is not a readable PDF")
    try:
        reader = PdfReader(io.BytesIO(pdf), strict=False)
        attached = reader.attachments
        pages = [_text(page) for page in reader.pages]
    except DAMAGED as fault:
        raise NotAReport("the file is not a readable PDF") from fault
    names = list(attached)
    if names != [EMBEDDED] or len(attached[EMBEDDED]) != 1:
        raise NotAReport(f"the file does not hold exactly one {EMBEDDED}")
    try:
        log = canonical.loads(attached[EMBEDDED][0])
    except ValueError as fault:
        raise NotAReport("the log inside the file is not JSON") from fault
    if not isinstance(log, dict):
        raise NotAReport("the log inside the file is no report's log")
    return pages, log


def _text(page: PageObject) -> str:
    """The page's text. A font whose characters are numbered by a table of its own is read by its text
    table alone:
    both use the same two-byte codes, and the library knows only the plain numbering."""
    _plain_numbering(page)
    return page.extract_text()


def _plain_numbering(holder: DictionaryObject) -> None:
    resources = holder.get("/Resources", DictionaryObject()).get_object()
    for font in _values(resources, "/Font"):
        if "/ToUnicode" in font and not isinstance(font.get("/Encoding"), NameObject):
            font[NameObject("/Encoding")] = NameObject("/Identity-H")
    for form in _values(resources, "/XObject"):
        if form.get("/Subtype") == "/Form" and "/Resources" in form:
            _plain_numbering(form)


def _values(resources: DictionaryObject, kind: str) -> list[DictionaryObject]:
    return [value.get_object() for value in resources.get(kind, DictionaryObject()).get_object().values()]


def _page_fits(pages: list[str], content: Json, sealed: Json) -> None:
    expected, drawn = paper.words(paper.html(content, sealed))
    lines = paper.running(content, figures.page(content), sealed)
    margins = {key: paper.squeezed(paper.css_plain(line)) for key, line in lines.items()}
    bare = [_without_margins(text, number, len(pages), margins) for number, text in enumerate(pages, 1)]
    found = "".join(bare)
    if drawn not in found:
        raise Differs("the drawing does not say what the log says")
    found, expected = found.replace(drawn, "", 1).replace(HEADING, ""), expected.replace(HEADING, "")
    if found != expected:
        raise Differs(f"the page does not say what the log says, {_where(found, expected)}")


def _without_margins(text: str, number: int, count: int, lines: dict[str, str]) -> str:
    text = paper.squeezed(text)
    for margin in _margins(lines, number, count):
        if margin not in text:
            raise Differs(f"page {number} has lost a line of its margin")
        text = _cut(text, margin)
    return text


def _margins(lines: dict[str, str], number: int, count: int) -> list[str]:
    bottom = [lines["bottom"] + lines["safety"], f"Page{number}of{count}"]
    return bottom if number == 1 else [lines["top_left"], lines["top_right"], *bottom]


def _cut(text: str, margin: str) -> str:
    """Remove a margin line once, from whichever end of the page's text it stands nearer to."""
    first, last = text.find(margin), text.rfind(margin)
    at = first if first <= len(text) - last else last
    return text[:at] + text[at + len(margin) :]


def _where(found: str, expected: str) -> str:
    at = next(
        (i for i, (a, b) in enumerate(zip(found, expected, strict=False)) if a != b),
        min(len(found), len(expected)),
    )
    return f"first after “{re.sub(r'[^ -~]', '', expected[max(0, at - 24) : at])}”"


def read_key(path: Path) -> bytes:
    """A public key from a file holding its base64. Raises ValueError, OSError."""
    key = base64.b64decode(path.read_text("ascii").strip(), validate=True)
    if len(key) != 32:
        raise ValueError("an Ed25519 public key has 32 bytes")
    return key


def key_inside(pdf: bytes) -> bytes:
    """The public key a report carries. Raises NotAReport."""
    return base64.b64decode(_opened(pdf)[1]["public_key"])
