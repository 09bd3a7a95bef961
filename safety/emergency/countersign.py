"""The page on which somebody answers for entries made with nobody signed in."""

import hashlib
from typing import Any

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue

from safety import clock, web
from safety.audit import canonical
from safety.audit.log import seal
from safety.db import db, write_transaction
from safety.emergency import countersigning, folding, pinning, record_page, timeline
from safety.emergency.countersigning import Changed
from safety.emergency.forms import CountersignForm
from safety.emergency.models import Claim, Emergency, EmergencyEvent
from safety.forms import choices
from safety.staff import proving
from safety.web import actor, found, show

Json = dict[str, Any]


def add_to(bp: Blueprint) -> None:
    """Give the emergency blueprint this route."""
    bp.add_url_rule(
        "/emergencies/<uuid:emergency_id>/countersign", view_func=countersign, methods=["GET", "POST"]
    )


def countersign(emergency_id: Any) -> ResponseReturnValue:
    """Tick, say what one says, sign."""
    run, form = found(db.session.get(Emergency, str(emergency_id))), CountersignForm()
    waiting = countersigning.waiting(run.id)
    form.entries.choices = choices(_lines(run, waiting))
    if form.validate_on_submit() and _signed(run.id, form, waiting):
        flash("Signed")
        return redirect(url_for("emergency.show", emergency_id=emergency_id))
    return _shown(found(db.session.get(Emergency, str(emergency_id))), form)


def _shown(run: Emergency, form: CountersignForm) -> ResponseReturnValue:
    """The page as things stand now: what was posted may be behind, and a wrong PIN ended what was loaded."""
    waiting = countersigning.waiting(run.id)
    form.entries.choices, form.shown.data = choices(_lines(run, waiting)), fingerprint(waiting)
    return show("emergency/countersign.html", form=form, run=run, waiting=len(waiting))


def _signed(emergency_id: str, form: CountersignForm, waiting: list[EmergencyEvent]) -> bool:
    """Signed, or False with the complaint at its field."""
    if form.shown.data != fingerprint(waiting):
        form.entries.errors = ["More entries have arrived, or somebody signed. Look at the list again"]
        return False
    chosen = [event.event_id for event in waiting] if form.every.data else list(form.entries.data or [])
    now = clock.now()
    try:
        proved = proving.again(form.secret.data or "", now)
        with write_transaction():
            countersigning.countersign(actor(), proved, emergency_id, Claim(form.claim.data), chosen, now)
            seal()
    except proving.NotProved as error:
        form.secret.errors = [str(error)]
    except Changed as error:
        form.entries.errors = [str(error)]
    return not form.errors


def fingerprint(events: list[EmergencyEvent]) -> str:
    """What the page showed, in one word."""
    return hashlib.sha256(canonical.dumps([event.body_sha256 for event in events])).hexdigest()


def _lines(run: Emergency, waiting: list[EmergencyEvent]) -> dict[str, str]:
    """Each entry that waits, in words: by the timeline, and what is no line there by its kind."""
    protocol, state = pinning.resolved(run), folding.state_of(run)[1]
    started = state["started_ms"] is not None
    rows = (
        {row.id: row.text for row in timeline.rows(protocol, state, record_page.names(), str)}
        if started
        else {}
    )
    return {
        event.event_id: f"{_clock(event)} {rows.get(event.event_id) or _kind(event)}" for event in waiting
    }


def _clock(event: EmergencyEvent) -> str:
    return web.local(clock.from_ms(event.at_ms)).strftime("%H:%M:%S")


def _kind(event: EmergencyEvent) -> str:
    data = canonical.loads(event.body)["data"]
    why = f". Reason: {data['reason']}" if isinstance(data.get("reason"), str) else ""
    return event.type.replace("_", " ").capitalize() + why
