"""A calendar file (RFC 5545): whole days, folded lines, CRLF. Pure: handed the moment it is made.

It leaves the house: no name and nothing of medicine goes into it, only that somebody is expected.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

LONGEST = 75  # octets of one line before it is folded (RFC 5545, 3.1)
PRODUCT = "-//Reflow//Due dates//EN"


@dataclass(frozen=True)
class Event:
    """One entry: from `on` to `until`, both included. `uid` is the same in every file."""

    uid: str
    on: date
    until: date
    summary: str
    description: str


def calendar(name: str, events: Iterable[Event], made_at: datetime) -> bytes:
    """The whole file. `made_at`: an aware instant."""
    lines = [
        "BEGIN:VCALENDAR", "VERSION:2.0", f"PRODID:{PRODUCT}", "CALSCALE:GREGORIAN", "METHOD:PUBLISH",
        f"X-WR-CALNAME:{escaped(name)}",
    ]  # fmt: skip
    for event in events:
        lines += _event(event, made_at)
    return "".join(f"{folded(line)}\r\n" for line in [*lines, "END:VCALENDAR"]).encode()


def _event(event: Event, made_at: datetime) -> list[str]:
    return [
        "BEGIN:VEVENT", f"UID:{escaped(event.uid)}", f"DTSTAMP:{made_at.astimezone(UTC):%Y%m%dT%H%M%SZ}",
        f"DTSTART;VALUE=DATE:{_day(event.on)}",
        f"DTEND;VALUE=DATE:{_day(event.until + timedelta(days=1))}",  # the first day after it
        f"SUMMARY:{escaped(event.summary)}", f"DESCRIPTION:{escaped(event.description)}",
        "TRANSP:TRANSPARENT", "END:VEVENT",
    ]  # fmt: skip


def _day(on: date) -> str:
    return f"{on.year:04d}{on.month:02d}{on.day:02d}"


def escaped(text: str) -> str:
    """Text as a value: backslash, semicolon, comma and line breaks are marked; no control character stays."""
    marked = text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    broken = marked.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\\n")
    return "".join(sign for sign in broken if sign == "\t" or (ord(sign) >= 32 and ord(sign) != 127))


def folded(line: str) -> str:
    """A line in pieces of at most 75 octets, each after the first with a blank before it; no sign is cut."""
    pieces, piece, room = [], "", LONGEST
    for sign in line:
        if len((piece + sign).encode()) > room:
            pieces.append(piece)
            piece, room = "", LONGEST - 1  # the blank counts
        piece += sign
    return "\r\n ".join([*pieces, piece])
