"""The sheets of a visit: read, print, give."""

from typing import Any

from flask import Response, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from safety import clock
from safety.aftercare import actions, drawing, reading
from safety.aftercare.forms import HOW_WORDS, GiveForm
from safety.aftercare.rules import How, Sheet
from safety.audit.log import seal
from safety.db import write_transaction
from safety.patients import actions as patients
from safety.printing.apart import CannotRender
from safety.screening.actions import Stale
from safety.treatments import handed
from safety.treatments import reading as treatments
from safety.treatments.reading import Chart
from safety.treatments.visit import Status
from safety.web import actor, day, found, page, today, wants_json

bp = page("aftercare")
handed.tell(reading.papers, reading.lacking)
CONFLICT = 409
SHEET = "/treatments/<treatment_id>/<any(aftercare, before_visit):sheet>"


@bp.context_processor
def emergency_of_this_treatment() -> dict[str, Any]:
    """An emergency started from here opens knowing the treatment."""
    treatment_id = (request.view_args or {}).get("treatment_id")
    return {"start_emergency": {"url": f"/emergencies/new?treatment={treatment_id}"}} if treatment_id else {}


def _chart(treatment_id: str, sheet: Sheet) -> Chart:
    """The treatment, when it has this sheet; else 404."""
    chart = treatments.chart(found(treatments.found(treatment_id)), today(clock.now()))
    if chart.status is Status.CANCELLED or (sheet is Sheet.AFTERCARE and not chart.injections):
        abort(404)
    return chart


@bp.get(SHEET)
def show(treatment_id: str, sheet: str) -> ResponseReturnValue:
    """One sheet as the patient reads it, and one tap that says it was given."""
    kind = Sheet(sheet)
    with write_transaction():
        chart = _chart(treatment_id, kind)
        patients.note_read(actor(), chart.patient.id, "aftercare.show")
        seal()
    chart = _chart(treatment_id, kind)
    said = reading.content(chart, kind, request.args.get("language"))
    form = GiveForm(shown=reading.digest(said), language=said["language"])
    return render_template(
        "aftercare/show.html", form=form, said=said, w=said["words"], approved=reading.approved(said),
        banner=_banner(chart), given=reading.given(treatment_id, kind), how=HOW_WORDS,
        treatment_id=treatment_id, sheet=sheet, languages=reading.languages(),
        may_give=chart.status is not Status.FINISHED,
    )  # fmt: skip


def _banner(chart: Chart) -> dict[str, str]:
    who = chart.patient
    age = patients.age(who, today(clock.now()))
    return {
        "name": f"{who.given_name} {who.family_name}", "born": f"Born {day(who.born_on)}, {age} years",
        "url": url_for("patients.show", patient_id=who.id),
    }  # fmt: skip


@bp.post(SHEET)
def give(treatment_id: str, sheet: str) -> ResponseReturnValue:
    """The patient has this sheet now. 409 when it says something else than what was shown."""
    form, now, kind = GiveForm(), clock.now(), Sheet(sheet)
    _chart(treatment_id, kind)
    if not form.validate_on_submit():
        abort(400)
    try:
        with write_transaction():
            treatment = found(treatments.found(treatment_id))
            actions.give(
                actor(), treatment, kind, How(form.how.data), form.language.data or "", form.shown.data or "",
                today(now), now,
            )  # fmt: skip
            seal()
    except Stale as stale:
        return ({"error": str(stale)}, CONFLICT) if wants_json() else abort(CONFLICT, str(stale))
    return redirect(url_for("treatments.show", treatment_id=treatment_id))


@bp.get(SHEET + ".pdf")
def pdf(treatment_id: str, sheet: str) -> ResponseReturnValue:
    """The sheet to print; the log says that it was."""
    kind, now = Sheet(sheet), clock.now()
    said = reading.content(_chart(treatment_id, kind), kind, request.args.get("language"))
    try:
        made = drawing.pdf(said, now)
    except CannotRender as fault:
        return render_template("aftercare/pdf.html", words=str(fault), treatment_id=treatment_id), 503
    with write_transaction():
        actions.note_printed(actor(), treatment_id, said)
        seal()
    answer = Response(made, mimetype="application/pdf")
    answer.headers["Content-Disposition"] = f'inline; filename="{sheet}-{reading.digest(said)[:8]}.pdf"'
    return answer
