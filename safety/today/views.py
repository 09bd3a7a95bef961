"""The day board: can we treat today, who comes, what waits for somebody."""

from flask import render_template
from flask.typing import ResponseReturnValue

from safety import clock, web
from safety.staff.acts import ALL
from safety.web import page

bp = page("today")
web.tab("Today", "today.board", ALL)


@bp.get("/today")
def board() -> ResponseReturnValue:
    """Today."""
    now = clock.now()
    return render_template("today/board.html", now=now, on=web.today(now))
