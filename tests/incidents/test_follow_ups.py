"""What comes after a run: planned by the protocol's times, withdrawn when the run goes on, never deleted."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from flask import Flask

from safety import clock
from safety.audit.models import AuditEntry
from safety.db import db
from safety.incidents import follow_ups, rules
from safety.incidents.models import FollowUp, Incident
from safety.incidents.rules import Kind, Standing
from safety.protocols.load import latest, load
from tests.emergency.tablet import Device, of
from tests.factories import Cast, looking
from tests.incidents.runs import incident_of
from tests.page import Visitor

Json = dict[str, Any]
LONDON = ZoneInfo("Europe/London")
HOUR = 3600
RULES = ["follow.call", "follow.24h", "follow.48h", "follow.72h", "follow.day7", "follow.day14",
         "follow.3months", "follow.6months"]  # fmt: skip


def ended(
    app: Flask, cast: Cast, reason: str = "transferred", *more: Json, device: Device | None = None
) -> Device:
    """A run of two hours that ended."""
    tablet = device or of(app, cast)
    begun = [tablet.start()] if device is None else []
    tablet.send(*begun, *more, tablet.event("emergency_ended", 2 * HOUR, reason=reason, why="in words"))
    return tablet


def lines(app: Flask, cast: Cast, tablet: Device, now: datetime | None = None) -> list[follow_ups.Line]:
    incident_id = incident_of(app, cast, tablet.run)
    with looking(app, cast.clinic_id):
        return follow_ups.lines_of(incident_id, now or clock.now())


def standing(found: list[follow_ups.Line]) -> dict[str, list[str]]:
    told: dict[str, list[str]] = {}
    for line in found:
        told.setdefault(line.row.rule, []).append(line.standing.value)
    return told


def test_it_works(app: Flask, cast: Cast, nora: Visitor) -> None:
    tablet = ended(app, cast)
    found = lines(app, cast, tablet)
    assert [line.row.rule for line in found] == RULES
    began, left = (datetime.fromtimestamp(tablet.now_ms / 1000, UTC) + timedelta(hours=h) for h in (0, 2))
    at = {line.row.rule: line.row for line in found}
    assert at["follow.call"].due_at == left + timedelta(hours=2)
    assert at["follow.call"].due_until == left + timedelta(hours=4)
    assert at["follow.24h"].due_at == began + timedelta(hours=24)
    assert at["follow.day14"].due_at == began + timedelta(days=14)
    assert at["follow.6months"].kind is Kind.PHOTO
    page = nora.get(f"/incidents/{incident_of(app, cast, tablet.run)}/follow-ups")
    assert page.has("a", text="Visit at 24 hours")
    assert len(page.find_all("a", text="Nobody yet")) == len(RULES)
    with looking(app):
        planned = db.session.query(AuditEntry).filter_by(action="follow_up.planned").count()
        assert planned == len(RULES)


def test_started_by_mistake_asks_for_nothing(app: Flask, cast: Cast) -> None:
    ended(app, cast, "started_by_mistake")
    with looking(app):
        assert db.session.query(FollowUp).count() == 0
        assert db.session.query(Incident).count() == 0


def test_no_occlusion_keeps_its_safety_net(app: Flask, cast: Cast) -> None:
    found = lines(app, cast, ended(app, cast, "not_occlusion"))
    assert [line.row.title for line in found] == [
        "Check again at 15 minutes", "Check again at 30 minutes", "Phone call 2 to 4 hours after discharge",
    ]  # fmt: skip


def test_broken_skin_asks_for_a_weekly_visit_after_the_last_planned_one(app: Flask, cast: Cast) -> None:
    tablet = of(app, cast)
    tablet.send(tablet.start(), tablet.event("stage_assessed", 60, stage="3"))
    ended(app, cast, device=tablet)
    weekly = [line.row for line in lines(app, cast, tablet) if line.row.rule == "follow.weekly"]
    assert [row.due_at for row in weekly] == [
        datetime.fromtimestamp(tablet.now_ms / 1000, UTC) + timedelta(days=21)
    ]


def test_a_reopened_run_withdraws_what_is_open_and_plans_anew(app: Flask, cast: Cast) -> None:
    tablet = ended(app, cast)
    tablet.send(tablet.event("emergency_reopened", 3 * HOUR, reason="pale again"))
    assert set(standing(lines(app, cast, tablet))["follow.call"]) == {"withdrawn"}
    tablet.send(tablet.event("emergency_ended", 5 * HOUR, reason="transferred", why="in words"))
    found = standing(lines(app, cast, tablet))
    assert found["follow.call"] == ["withdrawn", "planned"] or found["follow.call"] == ["withdrawn", "due"]
    assert found["follow.24h"][0] == "withdrawn"
    assert len(found["follow.24h"]) == 2


def test_reopened_and_ended_in_one_delivery_moves_only_the_call(app: Flask, cast: Cast) -> None:
    tablet = ended(app, cast)
    tablet.send(
        tablet.event("emergency_reopened", 3 * HOUR, reason="pale again"),
        tablet.event("emergency_ended", 5 * HOUR, reason="transferred", why="in words"),
    )
    found = standing(lines(app, cast, tablet))
    assert len(found["follow.call"]) == 2
    assert len(found["follow.24h"]) == 1


def test_a_corrected_start_moves_the_visits(app: Flask, cast: Cast) -> None:
    tablet = of(app, cast)
    start = tablet.start()
    tablet.send(start, tablet.event("emergency_ended", 2 * HOUR, reason="transferred", why="in words"))
    earlier = tablet.now_ms - 3600_000
    tablet.send(
        tablet.event("time_changed", 3 * HOUR, event=start["id"], at_ms=earlier, reason="seen before")
    )
    open_visits = [
        line.row.due_at for line in lines(app, cast, tablet) if line.row.rule == "follow.24h" and line.is_open
    ]
    assert open_visits == [datetime.fromtimestamp(earlier / 1000, UTC) + timedelta(hours=24)]


def test_nothing_is_planned_twice(app: Flask, cast: Cast) -> None:
    tablet = ended(app, cast)
    tablet.send(tablet.event("note_written", 3 * HOUR, text="rang the ward"))
    assert len(lines(app, cast, tablet)) == len(RULES)


def test_a_drill_asks_for_nothing(app: Flask, cast: Cast) -> None:
    tablet = of(app, cast)
    end = tablet.event("emergency_ended", 60, reason="transferred", why="in words")
    tablet.send(tablet.start(drill=True), end)
    with looking(app):
        assert db.session.query(FollowUp).count() == 0


@pytest.mark.parametrize("verb", ["DELETE FROM", "UPDATE"])
@pytest.mark.parametrize("table", ["follow_up", "follow_up_entry"])
def test_no_row_is_ever_changed_or_deleted(
    app: Flask, cast: Cast, nora: Visitor, verb: str, table: str
) -> None:
    tablet = ended(app, cast)
    follow_up = lines(app, cast, tablet)[0].row.id
    nora.post(f"/reviews/{follow_up}/cancel", reason="moved away")
    sql = f"{verb} {table}" + (" SET id = id" if verb == "UPDATE" else "")
    with app.app_context(), pytest.raises(Exception, match="only grows"), db.engine.begin() as connection:
        connection.execute(sa.text(sql))


def test_another_clinic_sees_none(app: Flask, cast: Cast, eve: Visitor) -> None:
    tablet = ended(app, cast)
    eve.get(f"/incidents/{incident_of(app, cast, tablet.run)}/follow-ups", status=404)
    follow_up = lines(app, cast, tablet)[0].row.id
    eve.get(f"/reviews/{follow_up}", status=404)
    eve.post(f"/reviews/{follow_up}/take", status=404)
    assert "Nobody waits" in eve.get("/reviews").text


# --- when it is late ---------------------------------------------------------------------------------------


def test_a_visit_is_late_when_its_day_is_over_a_call_when_its_window_is(app: Flask, cast: Cast) -> None:
    began = datetime(2026, 3, 27, 22, 30, tzinfo=UTC)  # the clocks go forward in the night to the 29th
    call = (began + timedelta(hours=2), began + timedelta(hours=4))
    visit_at = began + timedelta(hours=24)
    visit = (visit_at, rules.end_of_day(visit_at, LONDON))
    assert visit[1] == datetime(2026, 3, 28, 23, 59, 59, tzinfo=UTC)

    def word(window: tuple[datetime, datetime], now: datetime) -> Standing:
        return rules.standing(None, *window, now, LONDON)

    assert word(call, call[1]) is Standing.DUE
    assert word(call, call[1] + timedelta(seconds=1)) is Standing.OVERDUE
    assert word(visit, datetime(2026, 3, 27, 23, 59, tzinfo=UTC)) is Standing.PLANNED
    assert word(visit, datetime(2026, 3, 28, 0, 0, tzinfo=UTC)) is Standing.DUE
    assert word(visit, visit[1] + timedelta(seconds=1)) is Standing.OVERDUE


@pytest.mark.parametrize(
    ("start", "months", "day"),
    [
        ((2026, 8, 31), 6, (2027, 2, 28)),
        ((2026, 11, 30), 3, (2027, 2, 28)),
        ((2026, 1, 15), 3, (2026, 4, 15)),
    ],
)
def test_months_end_on_the_last_day_of_a_shorter_month(
    start: tuple[int, int, int], months: int, day: tuple[int, int, int]
) -> None:
    began = datetime(*start, 12, tzinfo=LONDON)
    found = rules._months_after(began.astimezone(UTC), months, LONDON).astimezone(LONDON)
    assert (found.year, found.month, found.day, found.hour) == (*day, 12)


@pytest.mark.once
def test_the_schedule_is_the_protocols(app: Flask) -> None:
    protocol = load(latest("vascular_occlusion")).body
    listed = {row["id"] for row in protocol["observation"]["follow_ups"]}
    state = {"started_ms": 0, "ended": {"reason": "resolved", "at_ms": 1}, "facts": []}
    planned = {one.rule for one in rules.schedule(protocol, state, LONDON)}
    assert planned == listed - {"follow.weekly"}
