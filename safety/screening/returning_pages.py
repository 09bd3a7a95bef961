"""What a returning patient said last time, confirmed one by one, a group a page."""

from flask import Blueprint, abort, redirect, request, session
from flask.typing import ResponseReturnValue

from safety import clock, web
from safety.audit.log import seal
from safety.db import write_transaction
from safety.screening import actions, asking, returning, showing
from safety.screening.forms import STILL_SO, LastTimeForm, last_time_form
from safety.screening.giving import Given
from safety.screening.question_pages import CONFLICT, closed_today, question_url, screening_of
from safety.web import actor


def add_to(bp: Blueprint) -> None:
    """Give the screening blueprint this route."""
    bp.add_url_rule("/screenings/<screening_id>/last-time", view_func=last_time, methods=["GET", "POST"])


def last_time(screening_id: str) -> ResponseReturnValue:
    """The answers of last time in one group, none of them chosen: each is still so, or asked anew."""
    screening, anew = screening_of(screening_id), frozenset(session.get(_kept_as(screening_id), []))
    told = None if closed_today(screening_id) else returning.last_time(screening, anew)
    if told is None:
        return redirect(_anew(screening_id))
    form = last_time_form(
        web.day(told.on), [(line.question.id, line.question.wording, line.words) for line in told.lines]
    )
    if form.validate_on_submit():
        _confirm(screening_id, told, form)
        changed = {name for name, said in form.answers().items() if said != STILL_SO}
        session[_kept_as(screening_id)] = sorted(anew | changed)
        return redirect(request.path)
    return web.show("screening/last_time.html", form=form, told=told, screening_id=screening_id,
                    anew=_anew(screening_id), banner=showing.banner(screening, screening.on))  # fmt: skip


def _anew(screening_id: str) -> str:
    """The first question without an answer."""
    screening = screening_of(screening_id)
    return question_url(
        screening_id, showing.first_open(asking.questions(screening, asking.values(screening_id)))
    )


def _kept_as(screening_id: str) -> str:
    """Where this browser's session keeps what is to be asked anew: a change has no place in an address."""
    return f"anew {screening_id}"


def _confirm(screening_id: str, told: returning.LastTime, form: LastTimeForm) -> None:
    now, given = clock.now(), Given(confirmed_from=told.screening_id)
    still = [line for line in told.lines if form.answers()[line.question.id] == STILL_SO]
    if not still:
        return
    with write_transaction():
        for line in still:
            try:
                actions.answer(
                    actor(), screening_id, line.question.id, line.value, None, web.today(now), now, given
                )
            except actions.Closed as refused:
                abort(CONFLICT, str(refused))
        seal()
