"""The button of the first page: the same story as `flask demo load`, with the accounts shown once."""

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from safety import clock
from safety.clinic.actions import AlreadySetUp
from safety.demonstration.tell import tell
from safety.staff.forms import ROLE_WORDS
from safety.web import page

bp = page("demonstration")


@bp.post("/demonstration")
def load() -> ResponseReturnValue:
    """Fill an empty installation. Signs nobody in."""
    try:
        told = tell(clock.now())
    except AlreadySetUp:
        return redirect(url_for("clinic.first"))
    return render_template("demonstration/load.html", told=told, words=ROLE_WORDS)
