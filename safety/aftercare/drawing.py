"""From a sheet's content to its page on paper, and to the PDF."""

from datetime import datetime
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from safety import clock
from safety.aftercare import reading
from safety.config import CHECKOUT
from safety.printing import apart
from safety.web import safety_line

Json = dict[str, Any]
_templates = Environment(
    loader=FileSystemLoader(CHECKOUT / "templates"), autoescape=True, undefined=StrictUndefined,
    trim_blocks=True, lstrip_blocks=True,
)  # fmt: skip


def page(said: Json) -> str:
    """The sheet as the page that is printed."""
    template = _templates.get_template("aftercare/sheet.html")
    approved = reading.approved(said)
    return template.render(said=said, w=said["words"], approved=approved, safety=line(said))


def line(said: Json) -> str:
    """The clinical safety line."""
    return safety_line(said["clinic"]["name"])


def pdf(said: Json, now: datetime) -> bytes:
    """The sheet on A4. Raises apart.CannotRender."""
    return apart.pdf(
        {"html": page(said), "log": None, "at_ms": clock.to_ms(now), "identifier": reading.digest(said)}
    )
