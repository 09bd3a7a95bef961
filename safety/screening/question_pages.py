"""One question a page: its answer is kept as it is given, changed only with a reason, overwritten unseen by
nobody. Routes of the screening blueprint; the patient's own pages (`patient_pages.py`) build on these.
"""

from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from safety import clock, web
from safety.audit.log import seal
from safety.db import db, new_id, write_transaction
from safety.screening import actions, asking, links, rules, showing
from safety.screening.forms import ROWS, AnswerForm, answer_form, offered
from safety.screening.giving import STAFF, NeedsReason, Overtaken
from safety.screening.models import Answer, Screening
from safety.staff.models import Member
from safety.web import actor, current, found

CONFLICT = 409


def add_to(bp: Blueprint) -> None:
    """Give the screening blueprint these routes."""
    one = "/screenings/<screening_id>/q/<question>"
    bp.add_url_rule(one, view_func=question, methods=["GET", "POST"])
    bp.add_url_rule(f"{one}/save", view_func=save, methods=["POST"])
    bp.add_url_rule(f"{one}/flag", view_func=flag, methods=["POST"])


def screening_of(screening_id: str) -> Screening:
    """The screening, or 404."""
    return found(db.session.get(Screening, screening_id))


def is_closed(screening_id: str, another_day: bool) -> bool:
    """A verdict stands or the day is over: nothing is answered any more."""
    return another_day or asking.is_final(asking.newest_assessment(screening_id))


def closed_today(screening_id: str) -> bool:
    """Is nothing answered here any more? 404 for a stranger's."""
    return is_closed(screening_id, screening_of(screening_id).on != web.today(clock.now()))


def question_url(screening_id: str, question: str | None, back: str | None = None) -> str:
    """Where a question is asked; without one, the page with all answers."""
    if question is None:
        return url_for("screening.check", screening_id=screening_id)
    return url_for("screening.question", screening_id=screening_id, question=question, back=back)


def question(screening_id: str, question: str) -> ResponseReturnValue:
    """One question. Answers are kept as they are given; the button keeps them too, and goes on."""
    if closed_today(screening_id):
        return redirect(url_for("screening.verdict", screening_id=screening_id))
    form = form_of(screening_id, question)
    if request.form.get("go") == "pause":
        return _pause(screening_id, question, form)
    if form.validate_on_submit() and kept(screening_id, question, form):
        return redirect(_following(screening_id, question))
    return _page(screening_id, question, form)


def _page(screening_id: str, question: str, form: AnswerForm) -> ResponseReturnValue:
    screening, rows = screening_of(screening_id), asking.rows(screening_id)
    answers = {name: row.value for name, row in rows.items()}
    way = found(showing.way(asking.questions(screening, answers), question))
    page = render_template(
        "screening/question.html", form=form, way=way, screening_id=screening_id,
        banner=showing.banner(screening, screening.on), flags=_flags(screening, answers, way.question),
        raised=_raised(screening, answers, way.question, form), stands=standing(rows.get(question), form),
        back=_back(screening_id, way), begun=_begun(screening), **draft(rows),
    )  # fmt: skip
    return page, status_of(form)


def status_of(form: AnswerForm) -> int:
    """200 for a page that is read, 409 when somebody was faster, else 422: shown again with its errors."""
    if request.method != "POST":
        return 200
    return CONFLICT if form.overtaken else 422


def form_of(screening_id: str, question: str) -> AnswerForm:
    """The form of a question that is asked now, as posted or as it stands. 404 when it is not asked."""
    screening, rows = screening_of(screening_id), asking.rows(screening_id)
    answers = {name: row.value for name, row in rows.items()}
    asked = found(showing.way(asking.questions(screening, answers), question)).question
    raising = set(_flags(screening, answers, asked))
    form = answer_form(asked, [value for value, _ in _rows(asked) if value in raising or value != "no"])
    if request.method == "GET":
        row = rows.get(question)
        form.open_on(row, new_id())
        if row is not None:
            form.show(row.value, row.said)
    return form


def _rows(asked: rules.Question) -> list[tuple[str, str]]:
    return offered(asked) if asked.type in ROWS else []


def _flags(screening: Screening, answers: dict[str, Any], asked: rules.Question) -> dict[str, showing.Flag]:
    return showing.flags(screening, answers, asked) if _rows(asked) else {}


def _raised(
    screening: Screening, answers: dict[str, Any], asked: rules.Question, form: AnswerForm
) -> showing.Flag | None:
    """What the answer in a form without rows raises, once there is one."""
    if _rows(asked) or form.errors or form.answer() is None:
        return None
    return showing.flag(screening, answers, asked, form.answer())


def standing(row: Answer | None, form: AnswerForm) -> dict[str, Any] | None:
    """What was answered before this visit to the page: in words, when, by whom. None: nothing was."""
    if row is None or row.visit == form.visit.data:
        return None
    by = db.session.get_one(Member, row.answered_by).name
    return {"answer": showing.in_words(form.question, row.value), "said": row.said, "at": row.answered_at,
            "by": by, "overtook": form.overtaken}  # fmt: skip


def draft(rows: dict[str, Answer]) -> dict[str, Any]:
    """What the page needs to keep and bring back what was typed and not yet saved: names of the clinic's
    people by id (the tablet's disk keeps ids), and the visit whose answer was kept last.
    """
    newest = max(rows.values(), key=lambda row: row.position, default=None)
    names = {member.id: member.name for member in db.session.scalars(db.select(Member))}
    return {"people": names, "kept_visit": newest.visit if newest else None}


def _begun(screening: Screening) -> dict[str, Any] | None:
    """Who began a screening that somebody else goes on with."""
    if screening.started_by == current().member_id:
        return None
    return {"by": db.session.get_one(Member, screening.started_by).name, "at": screening.started_at}


def kept(screening_id: str, question: str, form: AnswerForm, by: str = STAFF) -> bool:
    """Keep the answer. False with the form's errors when it wants a reason or somebody was faster, and when
    there was no answer and one is needed.
    """
    try:
        return _keep(screening_id, question, form, by)
    except NeedsReason as wanted:
        form.reason.errors = [str(wanted)]
    except Overtaken as met:
        form.overtaken, form.seen.data = True, str(met.position)
        form.form_errors.append(str(met))
    return False


def _keep(screening_id: str, question: str, form: AnswerForm, by: str) -> bool:
    value, now = form.answer(), clock.now()
    if value is None and form.question.required:
        return False
    on, given = web.today(now), form.given(by)
    with write_transaction():
        said = form.quotation() if by == STAFF else _said_with(screening_id, question, value)
        try:
            if value is None:
                actions.take_back(actor(), screening_id, question, on, now, given)
            else:
                actions.answer(actor(), screening_id, question, value, said, on, now, given)
        except (actions.Closed, rules.BadRequest) as refused:
            abort(CONFLICT, str(refused))
        seal()
    return True


def _said_with(screening_id: str, question: str, value: Any) -> str | None:
    """What staff wrote down beside this answer: a patient who gives it again does not take that away."""
    row = asking.rows(screening_id).get(question)
    return row.said if row and row.value == value else None


def _following(screening_id: str, question: str) -> str:
    screening = screening_of(screening_id)
    asked = asking.questions(screening, asking.values(screening_id))
    if request.args.get("back") == "check":
        return question_url(screening_id, showing.open_part(asked, question), "check")
    way = showing.way(asked, question)
    return question_url(screening_id, way.after if way else None)


def _back(screening_id: str, way: showing.Way) -> str:
    if request.args.get("back") == "check":
        return url_for("screening.check", screening_id=screening_id)
    if way.before is None:
        following = links.next_step(screening_id)
        return following.url if following else _patient_url(screening_id)
    return question_url(screening_id, way.before)


def _patient_url(screening_id: str) -> str:
    return url_for("patients.show", patient_id=screening_of(screening_id).patient_id)


def _pause(screening_id: str, question: str, form: AnswerForm) -> ResponseReturnValue:
    """Put the screening aside; an answer already given on this page is kept."""
    if form.validate() and not kept(screening_id, question, form):
        return _page(screening_id, question, form)
    with write_transaction():
        paused = actions.pause(actor(), screening_id, clock.now())
        seal()
    return redirect(url_for("patients.show", patient_id=paused.patient_id))


def save(screening_id: str, question: str) -> ResponseReturnValue:
    """Keep an answer as it is being given."""
    form = form_of(screening_id, question)
    return saved(screening_id, question, form)


def saved(screening_id: str, question: str, form: AnswerForm, by: str = STAFF) -> ResponseReturnValue:
    """Keep what was posted, and say so: 422 with messages, 409 with what stands when somebody was faster."""
    if form.validate() and form.answer() is not None and kept(screening_id, question, form, by):
        return {"saved": True}
    if form.overtaken:
        row = asking.rows(screening_id)[question]
        by = db.session.get_one(Member, row.answered_by).name
        stands = {"value": row.value, "said": row.said, "by": by, "at": row.answered_at.isoformat(),
                  "seen": row.position}  # fmt: skip
        return {"saved": False, "errors": {"form": form.form_errors}, "stands": stands}, CONFLICT
    return {"saved": False, "errors": form.errors}, 422


def flag(screening_id: str, question: str) -> ResponseReturnValue:
    """What the answer in the form would raise, as a piece of page; nothing is kept."""
    screening, form = screening_of(screening_id), form_of(screening_id, question)
    form.validate()
    raised = _raised(screening, asking.values(screening_id), form.question, form)
    return render_template("screening/_flag.html", raised=raised)
