"""The calendar file, read back by a parser of our own that knows RFC 5545 and nothing of the writer."""

import random
from datetime import UTC, date, datetime, timedelta

import pytest

from safety.treatments.ics import Event, calendar, folded

MADE = datetime(2026, 11, 25, 9, 5, 7, tzinfo=UTC)


def read(content: bytes) -> list[dict[str, str]]:
    """The events of a file: property → value, parameters kept in the name. Refuses what the standard does."""
    assert content.endswith(b"\r\n")
    assert content.count(b"\n") == content.count(b"\r\n"), "every line ends with CRLF"
    assert all(len(line) <= 75 for line in content.split(b"\r\n")), "a line holds at most 75 octets"
    lines = content.decode().replace("\r\n ", "").split("\r\n")[:-1]
    assert (lines[0], lines[-1]) == ("BEGIN:VCALENDAR", "END:VCALENDAR")
    head = {
        line.partition(":")[0]
        for line in lines[: lines.index("BEGIN:VEVENT") if "BEGIN:VEVENT" in lines else -1]
    }
    assert {"VERSION", "PRODID"} <= head
    found: list[dict[str, str]] = []
    for line in lines:
        name, _, value = line.partition(":")
        if line == "BEGIN:VEVENT":
            found.append({})
        elif found and line != "END:VEVENT" and line != "END:VCALENDAR":
            assert name not in found[-1], f"{name} stands twice"
            found[-1][name] = unescaped(value)
    return found


def unescaped(value: str) -> str:
    out, signs = "", iter(value)
    for sign in signs:
        if sign == "\\":
            following = next(signs)
            assert following in "\\;,nN", f"\\{following} means nothing"
            sign = "\n" if following in "nN" else following
        out += sign
    return out


def event(**changes: object) -> Event:
    plain = {"uid": "a@reflow", "on": date(2026, 12, 9), "until": date(2026, 12, 16), "summary": "Review",
             "description": "Call 0113 496 0000"}  # fmt: skip
    return Event(**{**plain, **changes})  # type: ignore[arg-type]  # a test may pass anything


def test_it_works() -> None:
    (one,) = read(calendar("Harbour Street Clinic", [event()], MADE))
    assert one == {
        "UID": "a@reflow", "DTSTAMP": "20261125T090507Z", "DTSTART;VALUE=DATE": "20261209",
        "DTEND;VALUE=DATE": "20261217", "SUMMARY": "Review", "DESCRIPTION": "Call 0113 496 0000",
        "TRANSP": "TRANSPARENT",
    }  # fmt: skip


def test_the_time_of_making_is_told_in_utc() -> None:
    there = MADE.astimezone(datetime.fromisoformat("2026-11-25T09:05:07+05:30").tzinfo)
    assert read(calendar("x", [event()], there))[0]["DTSTAMP"] == "20261125T090507Z"


def test_nothing_due_is_still_a_calendar() -> None:
    assert read(calendar("x", [], MADE)) == []


@pytest.mark.parametrize(
    "text",
    [
        "a;b,c\\d",
        "two\nlines\r\nand three",
        "\\n is no line",
        "END:VEVENT",
        "\x00\x07bell",
        "é" * 80,
        "日本" * 60,
        "",
    ],
)
def test_texts_come_back_as_they_went_in(text: str) -> None:
    (one,) = read(calendar("x", [event(description=text)], MADE))
    plain = "".join(sign for sign in text.replace("\r\n", "\n") if sign == "\n" or ord(sign) >= 32)
    assert one["DESCRIPTION"] == plain


def test_any_text_and_any_day() -> None:
    chance = random.Random(5545)
    signs = "abcä日\U0001f489 ;,\\\n:\"'=\t"
    for _ in range(400):
        text = "".join(chance.choice(signs) for _ in range(chance.randrange(200)))
        on = date(2024, 1, 1) + timedelta(days=chance.randrange(3000))
        until = on + timedelta(days=chance.randrange(15))
        (one,) = read(calendar("x", [event(summary=text, on=on, until=until)], MADE))
        assert one["SUMMARY"] == text
        assert date.fromisoformat(one["DTSTART;VALUE=DATE"]) == on
        assert date.fromisoformat(one["DTEND;VALUE=DATE"]) == until + timedelta(days=1), (
            "the end is not part of it"
        )


def test_no_sign_is_cut_in_two() -> None:
    for length in range(60, 90):
        for line in folded("é" * length).split("\r\n"):
            line.encode().decode()
            assert len(line.encode()) <= 75
