"""Screening: one question a page, check the answers, the verdict, the prescriber's decision, overrides."""

from collections.abc import Callable
from datetime import date
from typing import Any

from flask import abort, redirect, request, url_for
from flask.typing import ResponseReturnValue

from safety import clock, web
from safety.audit.log import seal
from safety.db import write_transaction
from safety.forms import EmptyForm
from safety.patients.actions import note_read
from safety.screening import (
    actions,
    asking,
    binding,
    history,
    links,
    patient_pages,
    question_pages,
    returning,
    returning_pages,
    showing,
    telling,
)
from safety.screening.decision_forms import DecisionForm, decision_form
from safety.screening.elsewhere import colleagues, problem
from safety.screening.forms import override_form
from safety.screening.models import Screening
from safety.screening.question_pages import is_closed, question_url, screening_of
from safety.screening.verdict import MAY, State, Verdict, verdict
from safety.staff.actions import Proved
from safety.staff.acts import CLINICAL, DIRECTOR, PRESCRIBER, roles
from safety.staff.proving import NotProved
from safety.staff.proving import again as prove_again
from safety.web import actor, current, page, tab

bp = page("screening")
telling.register()
question_pages.add_to(bp)
patient_pages.add_to(bp)
returning_pages.add_to(bp)
tab("Decisions", "screening.decisions", roles(PRESCRIBER, DIRECTOR))
CONFLICT = 409


@bp.route("/screenings/<screening_id>")
def resume(screening_id: str) -> ResponseReturnValue:
    """Go on where the screening stands: the next open question, the check page, or the verdict."""
    screening, on = screening_of(screening_id), web.today(clock.now())
    if is_closed(screening_id, screening.on != on):
        return redirect(url_for("screening.verdict", screening_id=screening_id))
    answers = asking.values(screening_id)
    if not answers and returning.last_time(screening):
        return redirect(url_for("screening.last_time", screening_id=screening_id))
    asked = asking.questions(screening, answers)
    return redirect(question_url(screening_id, showing.first_open(asked)))


@bp.route("/screenings/<screening_id>/check", methods=["GET", "POST"])
def check(screening_id: str) -> ResponseReturnValue:
    """All answers once more, what they raise first; then the verdict."""
    now = clock.now()
    on, screening = web.today(now), screening_of(screening_id)
    if is_closed(screening_id, screening.on != on):
        return redirect(url_for("screening.verdict", screening_id=screening_id))
    form = EmptyForm()
    if form.validate_on_submit():
        with write_transaction():
            actions.assess_now(actor(), screening_id, on, now)
            seal()
        return _told(screening_id)
    _note_read(screening_id, "screening.check")
    screening = screening_of(screening_id)
    return web.show("screening/check.html", form=form, screening_id=screening_id,
                    approved=screening.approval_id is not None, signed=patient_pages.signed(screening),
                    banner=showing.banner(screening, on), groups=showing.groups(screening))  # fmt: skip


def _told(screening_id: str) -> ResponseReturnValue:
    """To the verdict; a program is told what is still open, with 409."""
    missing = asking.still_open(screening_of(screening_id)) if web.wants_json() else []
    if missing:
        named = [{"code": name, "text": wording} for name, wording in missing]
        return {"error": "not complete", "missing": named}, CONFLICT
    return redirect(url_for("screening.verdict", screening_id=screening_id))


def _note_read(screening_id: str, name: str) -> None:
    with write_transaction():
        note_read(actor(), screening_of(screening_id).patient_id, name)
        seal()


@bp.route("/screenings/<screening_id>/history", endpoint="history")
def show_history(screening_id: str) -> ResponseReturnValue:
    """Every answer and every change to it: old, new, who, when, why."""
    _note_read(screening_id, "screening.history")
    screening = screening_of(screening_id)
    told = history.entries(screening)
    return web.show("screening/history.html", screening_id=screening_id,
                    banner=showing.banner(screening, screening.on),
                    changes=[one for one in told if one.before is not None],
                    first=[one for one in told if one.before is None])  # fmt: skip


@bp.route("/screenings/<screening_id>/verdict", endpoint="verdict")
def show_verdict(screening_id: str) -> ResponseReturnValue:
    """One state in shape and word, and every finding it rests on."""
    on = web.today(clock.now())
    _note_read(screening_id, "screening.verdict")
    screening, standing = screening_of(screening_id), verdict(screening_id, on)
    is_today = screening.on == on
    return web.show("screening/verdict.html", form=EmptyForm(), screening=screening, standing=standing,
                    banner=showing.banner(screening, on), words=showing.STATE_WORDS[standing.state],
                    entries=showing.entries(screening, standing), following=links.next_step(screening_id),
                    unanswered=showing.unanswered(screening, standing), may_override=_overridable(standing),
                    may_decide=_may_decide(standing), is_today=is_today,
                    may_screen_again=_may_screen_again(standing, is_today),
                    decided=showing.decided(standing), limits=showing.limits(standing),
                    elsewhere=showing.from_elsewhere(standing), settings=showing.settings(standing),
                    assessed_by=showing.assessed_by(standing))  # fmt: skip


def _may_screen_again(standing: Verdict, is_today: bool) -> bool:
    return current().role in CLINICAL and (asking.is_final(standing.assessment) or not is_today)


def _overridable(standing: Verdict) -> list[int]:
    """Numbers of the open findings this person may go on in spite of; a prescriber's go by decision."""
    if standing.unanswered or standing.refused or standing.is_barred:
        return []
    return [
        one.index
        for one in standing.findings
        if not one.settled and one.outcome != "prescriber" and current().role in one.may
    ]


def _may_decide(standing: Verdict) -> bool:
    return standing.state is State.PRESCRIBER and current().role in MAY["prescriber"]


@bp.route("/screenings/<screening_id>/again", methods=["POST"])
def again(screening_id: str) -> ResponseReturnValue:
    """A new screening for the same plan; the old one stays as it is."""
    if not EmptyForm().validate_on_submit():
        abort(400)
    screening_of(screening_id)
    now = clock.now()
    with write_transaction():
        new = actions.again(actor(), screening_id, web.today(now), now)
        seal()
    return redirect(url_for("screening.resume", screening_id=new.id))


@bp.route("/screenings/<screening_id>/override", methods=["GET", "POST"])
def override(screening_id: str) -> ResponseReturnValue:
    """Go on in spite of findings: a reason for each, one signature."""
    now = clock.now()
    on, open_to_me = web.today(now), _open_to_me(screening_of(screening_id), web.today(now))
    _refuse_what_was_not_offered(screening_id, open_to_me)
    form = override_form((one.standing.index, showing.REASON_FOR[one.standing.outcome]) for one in open_to_me)
    if form.validate_on_submit() and (proved := _proved(form)):
        with write_transaction():
            _or_conflict(lambda: actions.override(
                actor(), proved, screening_id, form.reasons(), form.shown.data or "", on, now))  # fmt: skip
            seal()
        return redirect(url_for("screening.verdict", screening_id=screening_id))
    screening = screening_of(
        screening_id
    )  # again: a wrong PIN is written down, which forgets what was loaded
    _show_what_is_signed(form, verdict(screening_id, on))
    return web.show("screening/override.html", form=form, screening=screening,
                    entries=_open_to_me(screening, on), banner=showing.banner(screening, on))  # fmt: skip


def _refuse_what_was_not_offered(screening_id: str, open_to_me: list[showing.Entry]) -> None:
    """A post that skips the page is told what is still open, or that nothing there is for this person."""
    given = {name for name, text in request.form.items() if name.startswith("reason_") and text.strip()}
    offered = {f"reason_{one.standing.index}" for one in open_to_me}
    if request.method == "POST" and (not offered or given - offered):
        left_open = actions.left_open(screening_id)
        abort(
            CONFLICT, left_open or "This finding is not open to you, or not any more. Read the verdict again."
        )


def _open_to_me(screening: Screening, on: date) -> list[showing.Entry]:
    """The findings this person may go on in spite of."""
    standing = verdict(screening.id, on)
    entries = showing.entries(screening, standing)
    return [entries[index] for index in _overridable(standing)]


def _show_what_is_signed(form: Any, standing: Verdict) -> None:
    if request.method == "GET" and standing.assessment:
        form.shown.data = actions.fingerprint(standing.assessment)


def _proved(form: Any) -> Proved | None:
    """Who signs, shown once more; outside any write transaction, because hashing is slow."""
    try:
        return prove_again(form.secret.data or "")
    except NotProved as problem:
        form.secret.errors = [str(problem)]
        return None


def _or_conflict(act: Callable[[], object]) -> None:
    """Do it, or say in a page why what was shown no longer stands, or that nobody of this role may."""
    try:
        act()
    except actions.Stale as stale:
        abort(CONFLICT, str(stale))
    except actions.NotAllowed as refused:
        abort(403, str(refused))


@bp.route("/decisions")
def decisions() -> ResponseReturnValue:
    """Who waits for a prescriber, longest first."""
    now = clock.now()
    return web.show("screening/decisions.html", waiting=showing.waiting(web.today(now)), now=now)


@bp.route("/screenings/<screening_id>/decision", methods=["GET", "POST"])
def decision(screening_id: str) -> ResponseReturnValue:
    """Treat, treat with limits, or do not treat: in words, signed."""
    now = clock.now()
    on, plan = web.today(now), binding.plan_now(screening_of(screening_id))
    form = decision_form(plan["items"], showing.areas_of(plan), colleagues(current().member_id))
    if form.validate_on_submit() and _from_elsewhere(form) and (proved := _proved(form)):
        asked = form.value()
        with write_transaction():
            _or_conflict(lambda: actions.decide(actor(), proved, screening_id, asked, on, now))
            seal()
        return redirect(url_for("screening.verdict", screening_id=screening_id))
    if request.method == "GET":
        _note_read(screening_id, "screening.decision")
    screening, standing = screening_of(screening_id), verdict(screening_id, on)
    if not _may_decide(standing):
        return redirect(url_for("screening.verdict", screening_id=screening_id))
    _show_what_is_signed(form, standing)
    if request.method == "GET":
        form.plan_shown.data = binding.digest(binding.plan_now(screening))
    return web.show("screening/decision.html", form=form, screening=screening, standing=standing,
                    plan=showing.plan_lines(screening),
                    entries=showing.entries(screening, standing), banner=showing.banner(screening, on),
                    said=showing.quotations(screening))  # fmt: skip


def _from_elsewhere(form: DecisionForm) -> bool:
    """Who phoned and who read back are people of this clinic; otherwise the message stands at the field."""
    wrong = problem(current().member_id or "", form.elsewhere())
    if wrong is not None:
        form[wrong[0]].errors = [wrong[1]]
    return wrong is None
