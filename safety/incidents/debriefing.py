"""After a run: what is still missing in the record, and what the team says. Routes of the blueprint."""

from typing import Any

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue

from safety import clock
from safety.audit.log import Actor, record, seal
from safety.db import db, new_id, write_transaction
from safety.emergency import actions as emergencies
from safety.emergency import folding, record_page, reducer
from safety.emergency.facts import live
from safety.emergency.models import Emergency
from safety.incidents import content, follow_ups
from safety.incidents.forms import DebriefForm
from safety.incidents.models import Debrief
from safety.web import actor, found, show

Json = dict[str, Any]


def add_to(bp: Blueprint) -> None:
    """Give the incidents blueprint this route."""
    bp.add_url_rule("/emergencies/<uuid:emergency_id>/debrief", view_func=debrief, methods=["GET", "POST"])


def debrief(emergency_id: Any) -> ResponseReturnValue:
    """First what the record still lacks, then three questions to the team."""
    run = _run(emergency_id)
    form = DebriefForm()
    if not form.validate_on_submit():
        return _page(run, form)
    with write_transaction():
        run = _run(emergency_id)
        said = (form.went_well.data or "", form.to_change.data or "", form.wellbeing.data or "")
        keep(actor(), run, *said)
        seal()
    flash("Debrief recorded. It stands in the record and the report")
    return redirect(url_for("incidents.debrief", emergency_id=emergency_id))


def _run(emergency_id: Any) -> Emergency:
    """The clinic's real run: a drill is talked over on its own page."""
    try:
        run = emergencies.find(str(emergency_id))
    except emergencies.Elsewhere:
        run = None
    return found(run if run and not run.drill else None)


def keep(actor_: Actor, run: Emergency, went_well: str, to_change: str, wellbeing: str) -> Debrief:
    """What the team says stands beside whatever it said before."""
    row = Debrief(
        id=new_id(), clinic_id=run.clinic_id, emergency_id=run.id, went_well=went_well, to_change=to_change,
        wellbeing=wellbeing, recorded_at=clock.now(), member_id=actor_.id,
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    private = {"went_well": went_well, "to_change": to_change, "wellbeing": wellbeing}
    record(actor_, "emergency.debriefed", f"emergency:{run.id}", {"debrief": row.id}, private)
    return row


def _page(run: Emergency, form: DebriefForm) -> ResponseReturnValue:
    incident = follow_ups.incident_of(run.id)
    return show(
        "incidents/debrief.html",
        form=form,
        run=run,
        incident=incident,
        patient=record_page.patient_name(run),
        missing=missing(run),
        said=[{**one, "at": clock.from_ms(one["at_ms"])} for one in content.debriefs(run.id)],
    )


def missing(run: Emergency) -> list[str]:
    """What the record still lacks, in the order to complete it."""
    protocol, state = folding.state_of(run)
    if state["started_ms"] is None:
        return []
    events = folding.events_of(run.id)
    asked = reducer.prompts(protocol, state, clock.to_ms(run.ended_at or clock.now()))
    unsigned = sum(fact["actor"] is None for fact in state["facts"])
    gaps = sum(len(gap["missing"]) for gap in record_page.gaps(events))
    told = [
        (not run.patient_id and not live(state, "patient_named"), "The patient is not named"),
        (not live(state, "recorder_named"), "Nobody is named as recorder"),
        *((True, f"{line}: the lot is not recorded") for line in _without_lot(state)),
        (not live(state, "photo_taken"), "No photo was taken"),
        (len(asked["questions"]) > 0, f"Questions to answer: {len(asked['questions'])}"),
        (unsigned > 0, f"Entries made with nobody signed in: {unsigned}"),
        (gaps > 0, f"Entries a tablet has not sent: {gaps}"),
    ]
    return [words for lacks, words in told if lacks]


def _without_lot(state: Json) -> list[str]:
    doses = sorted(live(state, "dose_given"), key=lambda fact: int(fact["at_ms"]))
    return [f"Dose {n}" for n, fact in enumerate(doses, start=1) if not fact["data"]["lot_code"]]
