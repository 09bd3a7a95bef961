"""The patient holds the tablet: asked what patients are asked, shown no flag and no verdict; their answers
once more, and their signature under them. Routes of the screening blueprint, open in patient mode alone.
"""

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from safety import clock, web
from safety.audit.log import seal
from safety.db import db, write_transaction
from safety.forms import EmptyForm
from safety.patients.models import Patient
from safety.screening import asking, rules, showing
from safety.screening.forms import AnswerForm
from safety.screening.giving import PATIENT
from safety.screening.models import Screening
from safety.screening.question_pages import (
    CONFLICT,
    closed_today,
    draft,
    form_of,
    kept,
    saved,
    screening_of,
    status_of,
)
from safety.staff import handing
from safety.staff.forms import PatientSignatureForm
from safety.web import Handed, actor, found

STATEMENT = "I have read my answers and they are true"
NOT_OPEN = "Answer every question first: those marked above are open"
CHANGED = "The answers have changed since this page was opened: read them again"


def add_to(bp: Blueprint) -> None:
    """Give the screening blueprint these routes."""
    here, both = "/screenings/<screening_id>", ["GET", "POST"]
    bp.add_url_rule(f"{here}/hand-over", view_func=hand_over, methods=["POST"])
    bp.add_url_rule(f"{here}/patient", view_func=patient)
    bp.add_url_rule(f"{here}/patient/q/<question>", view_func=patient_question, methods=both)
    bp.add_url_rule(f"{here}/patient/q/<question>/save", view_func=patient_save, methods=["POST"])
    bp.add_url_rule(f"{here}/patient/answers", view_func=patient_answers, methods=both)


def about(screening_id: str) -> str:
    """The record a tablet is handed over for."""
    return f"screening:{screening_id}"


def hand_over(screening_id: str) -> ResponseReturnValue:
    """Give the tablet to the patient: from here on it opens this patient's questions and nothing else."""
    screening_of(screening_id)
    if not EmptyForm().validate_on_submit():
        abort(400)
    if closed_today(screening_id):
        abort(CONFLICT, "The verdict stands, or the day is over. There is nothing left to answer.")
    onward = url_for("screening.patient", screening_id=screening_id)
    after = url_for("screening.resume", screening_id=screening_id)
    with write_transaction():
        handing.begin(actor(), [onward], about(screening_id), after, clock.now())
        seal()
    return redirect(onward)


def _held(screening_id: str) -> Handed | None:
    """The handing, when a patient holds this device for this screening and may still answer."""
    handed = handing.holds(about(screening_id))
    return None if handed is None or closed_today(screening_id) else handed


def _elsewhere(screening_id: str) -> ResponseReturnValue:
    """Staff have pages of their own; a patient whose screening is closed has nothing left to do."""
    handed = web.current().handed
    return redirect(url_for("staff.hand_back" if handed else "screening.resume", screening_id=screening_id))


def _asked(screening: Screening, answers: dict[str, Any]) -> list[rules.Question]:
    """What this patient is asked now."""
    return [one for one in asking.questions(screening, answers) if one.asked_of == "patient"]


def patient(screening_id: str) -> ResponseReturnValue:
    """Where the patient goes on: the next open question, or their answers once more."""
    screening = screening_of(screening_id)
    if not _held(screening_id):
        return _elsewhere(screening_id)
    return redirect(_url(screening_id, showing.first_open(_asked(screening, asking.values(screening_id)))))


def _url(screening_id: str, question: str | None) -> str:
    if question is None:
        return url_for("screening.patient_answers", screening_id=screening_id)
    return url_for("screening.patient_question", screening_id=screening_id, question=question)


def patient_question(screening_id: str, question: str) -> ResponseReturnValue:
    """One question in the patient's hands; what it means clinically is for staff."""
    screening_of(screening_id)
    if not _held(screening_id):
        return _elsewhere(screening_id)
    form = _form(screening_id, question)
    if form.validate_on_submit() and kept(screening_id, question, form, PATIENT):
        return redirect(_following(screening_id, question))
    rows = asking.rows(screening_id)
    way = _way(screening_id, question)
    back = _url(screening_id, way.before) if way.before and not _from_answers() else None
    page = render_template(
        "screening/patient_question.html", form=form, way=way, screening_id=screening_id,
        name=_patient(screening_of(screening_id)).given_name, back=back, **draft(rows),
    )  # fmt: skip
    return page, status_of(form)


def _form(screening_id: str, question: str) -> AnswerForm:
    _way(screening_id, question)
    return form_of(screening_id, question)


def _way(screening_id: str, question: str) -> showing.Way:
    """Where a question stands among the patient's; 404 for one that is for staff or not asked now."""
    asked = _asked(screening_of(screening_id), asking.values(screening_id))
    return found(showing.way(asked, question))


def _from_answers() -> bool:
    return request.args.get("back") == "answers"


def _following(screening_id: str, question: str) -> str:
    asked = _asked(screening_of(screening_id), asking.values(screening_id))
    if _from_answers():
        return _url(screening_id, showing.open_part(asked, question))
    way = showing.way(asked, question)
    return _url(screening_id, way.after if way else None)


def patient_save(screening_id: str, question: str) -> ResponseReturnValue:
    """Keep a patient's answer as it is being given."""
    screening_of(screening_id)
    if not _held(screening_id):
        return {"saved": False, "errors": {}}, CONFLICT
    return saved(screening_id, question, _form(screening_id, question), PATIENT)


def patient_answers(screening_id: str) -> ResponseReturnValue:
    """The patient's own answers once more, and their signature under them."""
    screening_of(screening_id)
    handed = _held(screening_id)
    if not handed:
        return _elsewhere(screening_id)
    form = PatientSignatureForm.under(STATEMENT)
    if form.validate_on_submit() and _sign(screening_id, handed, form):
        return redirect(request.path)
    screening = screening_of(screening_id)
    mark = handing.signed(about(screening_id))
    fits = mark is not None and mark.content_sha256 == handing.digest(content(screening))
    if request.method == "GET":
        form.shown.data = handing.digest(content(screening))
    return web.show(
        "screening/patient_answers.html", form=form, screening_id=screening_id, lines=_lines(screening),
        signed=fits and mark is not None and mark.handing_id == handed.id,
        name=_patient(screening).given_name,
    )  # fmt: skip


def _patient(screening: Screening) -> Patient:
    return db.session.get_one(Patient, screening.patient_id)


def _lines(screening: Screening) -> list[tuple[rules.Question, str]]:
    answers = asking.values(screening.id)
    return [(one, showing.in_words(one, answers.get(one.id))) for one in _asked(screening, answers)]


def content(screening: Screening) -> dict[str, Any]:
    """What a patient signs: every question they are asked, word for word, with the answer as it reads."""
    told = [{"question": one.id, "wording": one.wording, "answer": said} for one, said in _lines(screening)]
    return {"screening": screening.id, "answers": told}


def _sign(screening_id: str, handed: Handed, form: PatientSignatureForm) -> bool:
    """Keep the signature; False, with the reason at the name, when it cannot be taken."""
    with write_transaction():
        screening = screening_of(screening_id)
        shown = content(screening)
        if problem := _problem(screening, form, handing.digest(shown)):
            form.name.errors = [problem]
            return False
        signing = handing.Signing(form.name.data or "", form.lines(), STATEMENT)
        handing.sign(actor(), handed, signing, shown, clock.now())
        seal()
    return True


def _problem(screening: Screening, form: PatientSignatureForm, digest: str) -> str | None:
    if any(one.open and one.required for one, _ in _lines(screening)):
        return NOT_OPEN
    if form.shown.data != digest:
        return CHANGED
    person = _patient(screening)
    own = set(f"{person.given_name} {person.family_name}".casefold().split())
    if not own <= set((form.name.data or "").casefold().split()):
        return "Type your own full name, as it stands on your record"
    return None


@dataclass(frozen=True)
class Signed:
    """A patient's signature as staff see it. `stands`: the answers are still those that were signed."""

    name: str
    strokes: Any
    at: Any
    before: str | None
    stands: bool


def signed(screening: Screening) -> Signed | None:
    """The newest signature under a screening's answers, who took the tablet back, whether it still fits."""
    mark = handing.signed(about(screening.id))
    if mark is None:
        return None
    by = handing.countersigned(mark)
    stands = mark.content_sha256 == handing.digest(content(screening))
    return Signed(mark.name, mark.strokes, mark.signed_at, by.member_name if by else None, stands)
