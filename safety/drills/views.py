"""Drills: who is due, plan one, start it, how it went, sign for it."""

from typing import Any

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from safety import clock, web
from safety.audit.log import seal
from safety.clinic import actions as clinic
from safety.db import write_transaction
from safety.drills import actions, reading, telling
from safety.drills.forms import SPEED_HINTS, AttendForm, DebriefForm, PlanForm
from safety.drills.models import DrillPlan
from safety.emergency import actions as emergencies
from safety.emergency.models import Emergency
from safety.staff.acts import CARE
from safety.staff.proving import NotProved
from safety.staff.proving import again as prove_again
from safety.web import actor, current, found, page

bp = page("drills")
web.tab("Drills", "drills.index", CARE)


@bp.get("/drills")
def index() -> ResponseReturnValue:
    """Who is due, what is planned, how the last ones went."""
    now = clock.now()
    return render_template(
        "drills/index.html",
        due=reading.due(web.today(now)),
        waiting=reading.waiting(),
        results=[reading.result(run) for run in reading.runs()[:LISTED]],
        telling=telling,
    )


LISTED = 20


@bp.route("/drills/new", methods=["GET", "POST"])
def plan() -> ResponseReturnValue:
    """Plan a drill."""
    body = reading.in_force().body
    scripts = {row["id"]: row["title"] for row in body["scripts"]}
    rooms = {room.id: room.name for room in clinic.rooms()}
    people = {member.id: member.name for member in reading.practising()}
    form = PlanForm(room=current().room_id).offer(scripts, rooms, people)
    if not form.validate_on_submit():
        hints = {row["id"]: row["teaches"] for row in body["scripts"]}
        return web.show("drills/plan.html", form=form, hints=hints, speeds=SPEED_HINTS)
    with write_transaction():
        row = actions.plan(actor(), current().clinic_id or "", form.planning(), clock.now())
        drill_id = row.id
        seal()
    return redirect(url_for("drills.ready", drill_id=drill_id))


@bp.get("/drills/<uuid:drill_id>/start")
def ready(drill_id: Any) -> ResponseReturnValue:
    """One planned drill, with the button that starts it on this tablet."""
    row = _planned(drill_id)
    if _run_of(row.id) is not None:
        return redirect(url_for("drills.show", drill_id=drill_id))
    return render_template(
        "drills/ready.html", plan=row, start=reading.start_of(row), people=reading.participants(row.id),
        running=[run for run in emergencies.open_runs() if not run.drill], telling=telling,
    )  # fmt: skip


@bp.get("/drills/<uuid:drill_id>/run")
def run(drill_id: Any) -> ResponseReturnValue:
    """A drill runs on the same screen as an emergency."""
    return redirect(url_for("emergency.run", emergency_id=drill_id))


@bp.get("/drills/<uuid:drill_id>/script.json")
def script_json(drill_id: Any) -> ResponseReturnValue:
    """The script, for a tablet that joins a drill."""
    return {"script": _planned(drill_id).script}


@bp.get("/drills/<uuid:drill_id>")
def show(drill_id: Any) -> ResponseReturnValue:
    """How a drill went."""
    return _show(drill_id, AttendForm(), DebriefForm())


@bp.post("/drills/<uuid:drill_id>/attendance")
def attend(drill_id: Any) -> ResponseReturnValue:
    """The person signed in signs for having taken part."""
    form = AttendForm()
    if not form.validate_on_submit():
        return _show(drill_id, form, DebriefForm(formdata=None))
    try:
        proved = prove_again(form.secret.data or "")
        with write_transaction():
            actions.attend(actor(), proved, _drill(drill_id), clock.now())
            seal()
    except (NotProved, actions.NotOver, actions.SignedBefore) as refused:
        form.secret.errors = [str(refused)]
        return _show(drill_id, form, DebriefForm(formdata=None))
    flash("Signed")
    return redirect(url_for("drills.show", drill_id=drill_id))


@bp.post("/drills/<uuid:drill_id>/debrief")
def debrief(drill_id: Any) -> ResponseReturnValue:
    """What was said afterwards."""
    form = DebriefForm()
    if not form.validate_on_submit():
        return _show(drill_id, AttendForm(formdata=None), form)
    with write_transaction():
        actions.debrief(actor(), _drill(drill_id), form.text.data or "", clock.now())
        seal()
    flash("Debrief kept")
    return redirect(url_for("drills.show", drill_id=drill_id))


def _show(drill_id: Any, attending: AttendForm, debriefing: DebriefForm) -> ResponseReturnValue:
    result = reading.result(_drill(drill_id))
    planned = reading.participants(result.run.id)
    signed = {row.member_id: row for row in reading.attendance(result.run.id)}
    return web.show(
        "drills/show.html", result=result, attending=attending, debriefing=debriefing, telling=telling,
        people=telling.people(planned, signed, reading.everyone()), may_sign=_may_sign(result, signed),
        debriefs=reading.debriefs(result.run.id), earlier=reading.earlier(result),
    )  # fmt: skip


def _may_sign(result: reading.Result, signed: dict[str, Any]) -> bool:
    return current().member_id not in signed and reading.is_over(result.run)


def _drill(drill_id: Any) -> Emergency:
    return found(reading.found(str(drill_id)))


def _planned(drill_id: Any) -> DrillPlan:
    return found(reading.planned(str(drill_id)))


def _run_of(drill_id: str) -> Emergency | None:
    return reading.found(drill_id)
