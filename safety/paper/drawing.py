"""From a card's content to the page that is printed, and to its PDF."""

from datetime import date, datetime
from typing import Any

import segno
from flask import url_for
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from safety import clock
from safety.clinic.forms import CONTACT_WORDS
from safety.clinic.models import ContactRole
from safety.config import CHECKOUT
from safety.emergency import kit
from safety.paper import reading, rules
from safety.printing import apart
from safety.web import day, safety_line, stamp, today

Json = dict[str, Any]
SHEETS = ("a4", "letter")
SIZES = (
    "large",
    "roomy",
    "plain",
    "close",
    "tight",
    "tiny",
    "least",
)  # largest letters first; the first that fits is printed
_templates = Environment(
    loader=FileSystemLoader(CHECKOUT / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_templates.filters["day"] = lambda iso: day(date.fromisoformat(iso))


def pdf(said: Json, sheet: str, now: datetime) -> bytes:
    """The card on one sheet. Raises apart.CannotRender."""
    job = {
        "html": pages(said, sheet, now),
        "log": None,
        "at_ms": clock.to_ms(now),
        "identifier": reading.digest(said),
    }
    return apart.pdf(job)


def pages(said: Json, sheet: str, now: datetime) -> list[str]:
    """The card's page once for each size of letters."""
    template, drawn = _templates.get_template("paper/card.html"), page(said, now)
    return [template.render(page=drawn, sheet=sheet, size=size, groups=groups) for size in SIZES]


def page(said: Json, now: datetime) -> Json:
    """Everything the template draws: the protocol's words through the reducer, and the content."""
    protocol, card = kit.in_force_body(), said["card"]
    held = reading.stock(card, today(now))
    return {
        "card": card,
        "title": rules.CARDS[card],
        "content": said,
        "contacts": [{**row, "what": CONTACT_WORDS[ContactRole(row["role"])]} for row in said["contacts"]],
        "paths": rules.paths(protocol, card),
        "printed": stamp(now),
        "digest": reading.digest(said),
        "qr": _qr(check_url(said)),
        "safety": safety_line(said["clinic"]["name"]),
        **_medicine(protocol, card, held),
    }


def _medicine(protocol: Json, card: str, held: list[Json]) -> Json:
    """What stands beside the steps: doses and limits of this card."""
    return {
        "doses": rules.doses(protocol, held) if card == rules.MAIN else [],
        "rounds": rules.rounds(protocol, held) if card == rules.MAIN else None,
        "units": sum(row["units"] for row in held) if card == rules.MAIN else None,
        "refill": rules.refill(protocol) if card == rules.MAIN else [],
        "leaving": [row["text"] for row in protocol["observation"]["criteria"]] if card == rules.MAIN else [],
        "eyes": protocol["eyes_check"] if card == rules.VISION else None,
        "outer": protocol["words"]["banner_vision"] if card == rules.VISION else None,
        "adrenaline": rules.adrenaline(protocol) if card == rules.COLLAPSE else [],
        "differential": rules.differential(protocol) if card == rules.COLLAPSE else [],
        "recognise": protocol["branches"]["anaphylaxis"]["recognise"][0] if card == rules.COLLAPSE else None,
    }


def check_url(said: Json) -> str:
    """Where the QR code of this content leads."""
    return url_for("paper.check", d=reading.digest(said), _external=True)


def _qr(text: str) -> Markup:
    drawn = segno.make(text, error="m", micro=False).svg_inline(scale=1, border=0, omitsize=True)
    return Markup(drawn)  # noqa: S704  # segno draws squares; the text itself is not in it


def groups(digest: str) -> str:
    """The first half of a digest in groups of eight: enough to compare by eye; the QR holds all of it."""
    return " ".join(digest[start : start + 8] for start in range(0, 32, 8))
