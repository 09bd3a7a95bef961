"""From a report's content to its HTML, and to the words a reader of the finished PDF must find on it."""

import re
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from safety.audit.checkpoint import Checkpoint
from safety.config import CHECKOUT
from safety.incidents import figures
from safety.incidents.figures import Page
from safety.web import safety_line

Json = dict[str, Any]
SILENT = {"style", "title", "script", "head"}
DRAWN = {"svg"}
LOT = re.compile(r"(?<=\blot )(\S+?)(?=[,;.]?(?:\s|$))")
_templates = Environment(
    loader=FileSystemLoader(CHECKOUT / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def html(content: Json, seal: Json) -> str:
    """The report's page. `seal` is {size, root, origin}: the head of the audit log it was sealed under."""
    page = figures.page(content)
    _templates.filters["lots"] = lots
    return _templates.get_template("incidents/report.html").render(
        page=page, seal=seal, running=running(content, page, seal), iso=_iso(content), groups=figures.groups
    )


def _iso(content: Json) -> str:
    return datetime.fromtimestamp(content["issued"]["at_ms"] / 1e3, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def running(content: Json, page: Page, seal: Json) -> dict[str, str]:
    """The lines in the margins of every page, ready for a CSS string."""
    patient = content["patient"]
    who = patient["name"] if patient else "Patient not named"
    drill = "DRILL. " if page.drill else ""
    lines = {
        "top_left": f"{drill}Incident report {page.draft['number']}",
        "top_right": f"{drill}{who}",
        "bottom": f"Record check {short(seal['root'])} · Issued {page.issued}",
        "safety": safety_line(content["clinic"]["name"]),
    }
    return {key: css_text(line) for key, line in lines.items()}


def seal(head: Checkpoint) -> Json:
    """The head as the page prints it."""
    return {"size": head.size, "root": head.root.hex(), "origin": head.origin}


def short(root: str) -> str:
    """The first characters of a root hash in groups of four, to compare by eye."""
    return " ".join(root[start : start + 4].upper() for start in range(0, 16, 4))


def css_text(text: str) -> Markup:
    """Text for a CSS string. All but letters and digits are written as escapes (a blank after an
    escape would be
    eaten), so that no name can end the string or the style sheet."""
    kept = (c if c.isascii() and c.isalnum() else f"\\{ord(c):06x}" for c in text)
    return Markup("".join(kept))  # noqa: S704  # letters, digits and escapes only


def lots(text: str) -> Markup:
    """The text with lot codes set in letters that cannot be mistaken for one another."""
    parts = LOT.split(text)
    marked = (
        Markup('<span class="lot">{}</span>').format(part) if n % 2 else escape(part)
        for n, part in enumerate(parts)
    )
    return Markup("").join(marked)


def css_plain(text: str) -> str:
    """The text a CSS string made by `css_text` shows."""
    return re.sub(r"\\([0-9a-f]{6})", lambda match: chr(int(match[1], 16)), text)


class _Words(HTMLParser):
    """Collects what a page shows, in reading order; what stands in drawings apart: it is painted last."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self.drawn: list[str] = []
        self.silent = self.drawing = 0

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.silent += tag in SILENT
        self.drawing += tag in DRAWN

    def handle_endtag(self, tag: str) -> None:
        self.silent -= tag in SILENT
        self.drawing -= tag in DRAWN

    def handle_data(self, data: str) -> None:
        if not self.silent:
            (self.drawn if self.drawing else self.found).append(data)


def words(page_html: str) -> tuple[str, str]:
    """What the page says in its text and in its drawing, without blanks: blanks are where PDF readers
    differ.
    """
    reader = _Words()
    reader.feed(page_html)
    return squeezed("".join(reader.found)), squeezed("".join(reader.drawn))


def squeezed(text: str) -> str:
    """Text without any blanks."""
    return re.sub(r"\s+", "", text)
