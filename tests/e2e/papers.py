"""An incident report read without any code of ours: poppler for the words, the wire for the events."""

import re
import subprocess
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

ROW = re.compile(r"^\s*(\d\d:\d\d:\d\d)\s+(\d\d:\d\d:\d\d)\s+(\S.*)$", re.M)
ZONE = ZoneInfo("Europe/London")
# Corrections point at a fact and are told in its row; everything else is a row of its own.
CORRECTIONS = {"entry_struck", "strike_undone", "time_changed", "details_added", "duplicate_resolved"}
Json = dict[str, Any]


def text_of(pdf: Path) -> str:
    """The words of the pages, laid out."""
    ran = subprocess.run(["pdftotext", "-layout", str(pdf), "-"], capture_output=True, text=True, check=True)
    return ran.stdout


def says_what_the_log_says(pdf: Path, events: list[Json]) -> None:
    """Every event that counts is a row at its time, no row is more; doses, lots, strikes and totals agree."""
    text = text_of(pdf)
    facts = sorted(_facts(events), key=lambda event: (event["at_ms"], event["cursor"]))
    rows = ROW.findall(text)
    assert [row[:2] for row in rows] == [_times(event, facts[0]["at_ms"]) for event in facts]
    struck = _struck(events)
    given = [event for event in facts if event["type"] == "dose_given"]
    for event in given:
        _dose_fits(event, text, event["id"] in struck)
    counted = [event["data"]["units"] for event in given if event["id"] not in struck]
    assert f"{sum(counted)} units" in text
    assert f"Hyaluronidase, {len(counted)} doses" in text
    assert len(re.findall(r"Struck \d\d:\d\d", text)) == len(struck)


def _facts(events: Iterable[Json]) -> list[Json]:
    return [event for event in events if event["refused"] is None and event["type"] not in CORRECTIONS]


def _struck(events: Iterable[Json]) -> set[str]:
    struck: set[str] = set()
    for event in events:
        if event["refused"] is None and event["type"] == "entry_struck":
            struck.add(event["data"]["event"])
        elif event["refused"] is None and event["type"] == "strike_undone":
            struck.discard(event["data"]["event"])
    return struck


def _times(event: Json, start_ms: int) -> tuple[str, str]:
    at = datetime.fromtimestamp(event["at_ms"] / 1000, UTC).astimezone(ZONE)
    seconds = timedelta(milliseconds=event["at_ms"] - start_ms) // timedelta(seconds=1)
    return f"{at:%H:%M:%S}", f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def _dose_fits(event: Json, text: str, struck: bool) -> None:
    clock = _times(event, event["at_ms"])[0]
    row = re.search(rf"^\s*{clock}\s.*$", text, re.M)
    assert row, clock
    for wanted in (f"{event['data']['units']} units", f"lot {event['data']['lot_code']}"):
        assert wanted in row[0], row[0]
    follows = text[row.end() : row.end() + 200]
    assert ("Struck " in follows.split("\n\n")[0]) == struck, follows
