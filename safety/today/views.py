"""The day board: can we treat today, who comes, what waits for somebody."""

from flask import render_template
from flask.typing import ResponseReturnValue

from safety import clock, web
from safety.staff.acts import ALL, CARE
from safety.today import reading
from safety.today.tasks import tasks
from safety.web import current, page, today

bp = page("today")
web.tab("Today", "today.board", ALL)


@bp.get("/today")
def board() -> ResponseReturnValue:
    """Today."""
    now = clock.now()
    shelf, charts = reading.shelf(now), reading.charts(today(now))
    visits = reading.visits(charts, shelf.state, now)
    return render_template(
        "today/board.html",
        now=now,
        shelf=shelf,
        rooms=reading.rooms(charts, shelf.state, now),
        visits=visits,
        waiting=sum(visit.waits for visit in visits),
        named=current().role in CARE,
        tasks=tasks(now),
        check=reading.tablet_check(current().tablet_id, now),
    )
