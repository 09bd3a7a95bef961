"""What the report adds to its timeline, worked out from the log alone."""

from typing import Any

import pytest
from flask import Flask

from safety.db import as_clinic
from safety.incidents import figures, issue
from safety.incidents.sections import Section
from tests.emergency.tablet import Device, of
from tests.factories import Cast
from tests.incidents.runs import finished, incident_of
from tests.page import Visitor

pytestmark = pytest.mark.once
Json = dict[str, Any]
HASH = "ab" * 32


def content_of(app: Flask, cast: Cast, run: str) -> Json:
    with app.app_context(), as_clinic(cast.clinic_id):
        return issue.prepare(cast["sam"].actor, incident_of(app, cast, run), "Sam").content


def sections_of(app: Flask, cast: Cast, run: str) -> dict[str, Section]:
    return {section.title: section for section in figures.page(content_of(app, cast, run)).sections}


def ended(tablet: Device, *told: Json) -> str:
    end = tablet.event("emergency_ended", 9000, reason="transferred", why="handed over")
    tablet.send(tablet.start(), *told, end)
    return tablet.run


def test_it_works(app: Flask, cast: Cast) -> None:
    found = sections_of(app, cast, finished(app, cast).run)
    assert list(found) == ["Refill by place", "Follow-up", "Clocks"]
    assert [row[1:] for row in found["Refill by place"].rows] == [
        ("Upper lip, left", "8 seconds", "Not taken", "Not known", "Abnormal", "0"),
        ("Upper lip, left", "5 seconds", "Not taken", "Not known", "Abnormal", "1"),
        ("Upper lip, left", "2 seconds", "Not taken", "Not known", "Normal", "2"),
    ]
    assert [row[0] for row in found["Follow-up"].rows][:2] == [
        "Phone call 2 to 4 hours after discharge",
        "Visit at 24 hours",
    ]


def test_both_sides_stand_beside_each_other_place_by_place(app: Flask, cast: Cast) -> None:
    tablet = of(app, cast)
    checks = [
        tablet.event(
            "refill_checked", at, point=point, side="left", result=result, refill_ds=ds, mirror_ds=mirror
        )
        for at, point, result, ds, mirror in (
            (60, "upper_lip", "slow", 45, 15),
            (70, "nose", "normal", 25, 10),
            (900, "upper_lip", "normal", 20, 15),
        )
    ]
    rows = sections_of(app, cast, ended(tablet, *checks))["Refill by place"].rows
    assert [(row[1], row[2], row[3], row[5]) for row in rows] == [
        ("Upper lip, left", "4.5 seconds", "1.5 seconds", "Abnormal"),
        ("Upper lip, left", "2 seconds", "1.5 seconds", "Normal"),
        ("Nose, left", "2.5 seconds", "1 second", "Abnormal"),
    ]


def test_two_paths_at_once_stand_side_by_side(app: Flask, cast: Cast) -> None:
    tablet = of(app, cast)
    run = ended(
        tablet,
        tablet.event("dose_given", 300, units=500, lot_code="H0118L"),
        tablet.event("anaphylaxis_suspected", 360),
        tablet.event("drug_given", 400, drug="adrenaline", dose="500 micrograms, 0.5 millilitres"),
        tablet.event("refill_checked", 500, result="slow", refill_ds=40),
        tablet.event("branch_closed", 1200, branch="anaphylaxis", reason="better"),
        tablet.event("note_written", 1300, text="after it"),
    )
    section = sections_of(app, cast, run)["Anaphylaxis, beside the occlusion"]
    assert [(row[1], bool(row[3]), bool(row[4])) for row in section.rows] == [
        ("00:00:00", False, True),
        ("00:00:40", False, True),
        ("00:02:20", True, False),
        ("00:14:00", False, True),
    ]
    assert section.rows[1][4].startswith("Other drug: Adrenaline, 500 micrograms")
    assert [row[2] for row in section.rows] == ["00:06:00", "00:06:40", "00:08:20", "00:20:00"]


def test_photos_are_listed_with_their_hash(app: Flask, cast: Cast) -> None:
    tablet = of(app, cast)
    run = ended(
        tablet,
        tablet.event("photo_taken", 60, view="front", sha256=HASH),
        tablet.event("photo_taken", 90, view="close_up"),
    )
    rows = sections_of(app, cast, run)["Photos"].rows
    assert [(row[1], row[3].replace(" ", "")) for row in rows] == [
        ("Front", HASH),
        ("Close-up", "Takenelsewhere:nohashrecorded"),
    ]


def clock_lines(app: Flask, cast: Cast, run: str) -> list[str]:
    return [f"{row[0]}: {row[1]}" for row in sections_of(app, cast, run)["Clocks"].rows]


def test_clocks_say_what_was_late_missing_corrected_and_changed(app: Flask, cast: Cast) -> None:
    tablet = of(app, cast)
    tablet.now_ms -= 3 * 3600_000  # everything reaches the server hours later
    dose = tablet.event("dose_given", 300, units=500)
    tablet.seq += 2
    jumped = tablet.event("pain_scored", 600, score=4)
    jumped["mono_ms"] -= 30_000
    told = "The clock of this tablet was changed by 120 minutes. Times here go on from the start."
    run = ended(
        tablet, dose, jumped, tablet.event("note_written", 610, text=told),
        tablet.event("time_changed", 700, event=dose["id"], at_ms=dose["at_ms"] - 60_000, reason="clock"),
    )  # fmt: skip
    lines = clock_lines(app, cast, run)
    assert lines[0].startswith("tablet-1: 6 entries, ")
    assert "tablet-1: Not sent at once: 6 entries" in lines[1]
    assert any("Set right by +30 s" in line for line in lines)
    assert "tablet-1: Entries that have not arrived: numbers 2, 3" in lines
    assert f"tablet-1: {told}" in lines
    corrected = next(line for line in lines if line.startswith("Corrected: Dose: 500 units"))
    assert "Reason: clock" in corrected


def test_a_first_dose_after_more_than_an_hour_is_told_to_the_second(app: Flask, cast: Cast) -> None:
    tablet = of(app, cast)
    run = ended(tablet, tablet.event("dose_given", 3849, units=500, lot_code="H0118L"))
    assert figures.page(content_of(app, cast, run)).tiles[0][0] == "1 h 4 min 9 s"


def test_what_was_issued_before_there_were_sections_stays_as_it_was(app: Flask, cast: Cast) -> None:
    content = content_of(app, cast, finished(app, cast).run)
    before = {**content, "format": figures.FIRST_FORMAT}
    for later in ("further", "follow_ups", "debriefs"):
        del before[later]
    assert figures.page(before).sections == ()


def test_a_further_run_is_named(app: Flask, cast: Cast, nora: Visitor) -> None:
    run = finished(app, cast).run
    again = of(app, cast, "tablet-2")
    again.send(again.start(returned_from=run), again.event("dose_given", 60, units=500))
    rows = sections_of(app, cast, run)["Signs came back: further runs"].rows
    assert rows[0][1:3] == ("Running", "500 units, 1 dose")
    assert rows[0][3] == again.run


def test_what_was_known_when_it_began_is_told_override_first(app: Flask, cast: Cast) -> None:
    said = "Started without the full rescue stock, override by Dr Chidi Okafor"
    flags = [{"code": "rescue_override", "text": said}, {"code": "aspirin_no", "text": "No aspirin"}]
    tablet = of(app, cast)
    end = tablet.event("emergency_ended", 9000, reason="transferred", why="handed over")
    tablet.send(tablet.start(context={"flags": flags}), end)
    assert sections_of(app, cast, tablet.run)["Known when it began"].rows == ((said,), ("No aspirin",))
    without = {**content_of(app, cast, tablet.run)}
    del without["known"]
    assert "Known when it began" not in {one.title for one in figures.page(without).sections}
