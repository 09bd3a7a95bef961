"""Paper for when every screen is dark: cards for the wall, and whether one that hangs is still right."""

from typing import Any

from flask import Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from safety import clock
from safety.audit.log import seal
from safety.clinic import actions as clinic
from safety.db import all_clinics, as_clinic, db, write_transaction
from safety.paper import actions, drawing, reading, rules
from safety.paper.forms import HangForm
from safety.paper.models import PrintedCard
from safety.printing.apart import CannotRender
from safety.web import actor, current, found, page

bp = page("paper")


@bp.get("/paper")
def index() -> ResponseReturnValue:
    """The cards to choose from, and what hangs where."""
    now = clock.now()
    cards = [
        {"id": card, "title": title, "walls": reading.walls(card, now), "printed": reading.last_printed(card)}
        for card, title in rules.CARDS.items()
    ]
    return render_template("paper/index.html", cards=cards, form=_hang_form(), words=reading.stale_words)


@bp.get("/paper/<any(vo, vision, anaphylaxis):card>.pdf")
def wall_card(card: str) -> ResponseReturnValue:
    """One card as a PDF of one sheet; what was printed is kept under its digest."""
    sheet, now = request.args.get("sheet", "a4"), clock.now()
    if sheet not in drawing.SHEETS:
        abort(404)
    said = reading.content(card, now)
    try:
        made = drawing.pdf(said, sheet, now)
    except CannotRender as fault:
        return render_template("paper/wall_card.html", words=str(fault)), 503
    with write_transaction():
        actions.note_printed(actor(), said, now)
        seal()
    shown = Response(made, mimetype="application/pdf")
    shown.headers["Content-Disposition"] = (
        f'inline; filename="{card}-{drawing.groups(reading.digest(said))[:8]}.pdf"'
    )
    return shown


@bp.get("/paper/check")
def check() -> ResponseReturnValue:
    """Is the card with this code still right? Anyone may ask; only the clinic's own learn what changed."""
    printed = found(_printed(request.args.get("d", "")))
    ours = current().clinic_id == printed.clinic_id
    with as_clinic(printed.clinic_id):
        said = reading.content(printed.card, clock.now())
    parts = rules.changes(printed.content, said)
    return render_template(
        "paper/check.html",
        printed=printed,
        title=rules.CARDS[printed.card],
        stale=reading.stale_words(parts) if parts else None,
        news=rules.news(printed.content, said) if ours else [],
        ours=ours,
        form=_hang_form() if ours else None,
    )


@bp.post("/paper/hang/<digest>")
def hang(digest: str) -> ResponseReturnValue:
    """This card was hung up in a room."""
    found(db.session.get(PrintedCard, digest))
    form = _hang_form()
    if not form.validate_on_submit():
        flash("Choose the room where it hangs", "error")
        return redirect(url_for("paper.index"))
    with write_transaction():
        printed = found(db.session.get(PrintedCard, digest))
        actions.hang(actor(), printed, str(form.room.data), clock.now())
        seal()
    flash("Noted: this card hangs there now")
    return redirect(url_for("paper.index"))


def _printed(digest: str) -> PrintedCard | None:
    """A printed card of any clinic: whoever holds the paper knows its digest."""
    with all_clinics():
        return db.session.get(PrintedCard, digest)


def _hang_form() -> Any:
    return HangForm().offer(clinic.rooms(), reading.here())
