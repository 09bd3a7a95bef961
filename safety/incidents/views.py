"""Incidents: the list, one incident, its report."""

from typing import Any

from flask import abort, redirect, render_template, send_file, url_for
from flask.typing import ResponseReturnValue

from safety import clock, web
from safety.audit.log import record, seal
from safety.db import db, write_transaction
from safety.emergency import actions as emergencies
from safety.emergency import record_page
from safety.emergency.models import Emergency
from safety.incidents import actions, advising, content, debriefing, follow_ups, issue, reviewing
from safety.incidents.models import Incident
from safety.printing.apart import CannotRender
from safety.staff.acts import CARE
from safety.staff.forms import EmptyForm
from safety.web import actor, current, found, page

bp = page("incidents")
web.tab("Incidents", "incidents.index", CARE)
emergencies.after_end(actions.open_after)
emergencies.after_change(follow_ups.follow)
emergencies.after_return(follow_ups.link_return)
reviewing.add_to(bp)
debriefing.add_to(bp)
advising.add_to(bp)


@bp.get("/incidents")
def index() -> ResponseReturnValue:
    """The clinic's incidents, open ones first."""
    return render_template(
        "incidents/index.html", incidents=[_line(incident) for incident in actions.incidents()]
    )


def _line(incident: Incident) -> dict[str, Any]:
    return {"incident": incident, "reports": actions.reports(incident.id)}


@bp.get("/incidents/<uuid:incident_id>")
def show(incident_id: Any) -> ResponseReturnValue:
    """One incident: what happened, and its report."""
    incident = _incident(incident_id)
    run = db.session.get_one(Emergency, incident.emergency_id)
    waiting = [line for line in follow_ups.lines_of(incident.id, clock.now()) if line.is_open]
    return render_template(
        "incidents/show.html",
        form=EmptyForm(),
        waiting=len(waiting),
        debriefs=[{**one, "at": clock.from_ms(one["at_ms"])} for one in content.debriefs(run.id)],
        returns=[other for other in follow_ups.runs_of(incident) if other.id != run.id],
        **_line(incident),
        **record_page.record_of(run),
    )


def _incident(incident_id: Any) -> Incident:
    return found(db.session.get(Incident, str(incident_id)))


@bp.post("/incidents/<uuid:incident_id>/report")
def issue_report(incident_id: Any) -> ResponseReturnValue:
    """Issue the next revision of the report."""
    incident = _incident(incident_id)
    try:
        issue.issue(actor(), incident.id, current().name)
    except CannotRender as fault:
        return render_template("incidents/no_pdf.html", incident_id=str(incident_id), words=str(fault)), 503
    return redirect(url_for("incidents.show", incident_id=incident_id))


@bp.get("/incidents/<uuid:incident_id>.pdf")
def pdf(incident_id: Any) -> ResponseReturnValue:
    """The newest issued report as a PDF; opening it is recorded."""
    incident = _incident(incident_id)
    issued = actions.reports(incident.id)
    if not issued or not issue.file_of(issued[0]).is_file():
        abort(404, "No report has been issued for this incident yet.")
    file, revision, number = issue.file_of(issued[0]), issued[0].revision, incident.number
    _note_reading(incident.id, revision)
    name = f"incident-{number}-revision-{revision}.pdf"
    return send_file(file, "application/pdf", download_name=name, conditional=False)


def _note_reading(incident_id: str, revision: int) -> None:
    with write_transaction():
        record(actor(), "incident.report_opened", f"incident:{incident_id}", {"revision": revision})
        seal()
