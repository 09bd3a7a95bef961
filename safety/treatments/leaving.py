"""Between the last injection and the door: the patient is seen, or leaves early. Routes of the blueprint."""

from typing import Any

from flask import Blueprint, abort, url_for
from flask.typing import ResponseReturnValue

from safety import clock, web
from safety.staff.actions import Proved
from safety.staff.proving import NotProved
from safety.staff.proving import again as prove_again
from safety.stock.views import attempt
from safety.treatments import observation, reading, telling
from safety.treatments.forms import ReleaseForm, SeenForm
from safety.treatments.models import Treatment
from safety.web import actor, found, today

CONFLICT = 409


def add_to(bp: Blueprint) -> None:
    """Give the treatments blueprint these routes."""
    bp.add_url_rule("/treatments/<treatment_id>/see", view_func=see, methods=["GET", "POST"])
    bp.add_url_rule("/treatments/<treatment_id>/release", view_func=release, methods=["GET", "POST"])


def _treatment(treatment_id: str) -> Treatment:
    return found(reading.found(treatment_id))


def see(treatment_id: str) -> ResponseReturnValue:
    """Somebody looks at the patient: skin, pain, sight."""
    now, form = clock.now(), SeenForm()
    chart = reading.chart(_treatment(treatment_id), today(now))
    if observation.stay(chart) is None:
        abort(CONFLICT, "Nothing was injected yet")
    banner = telling.banner(chart.patient)

    def keep() -> str:
        observation.see(actor(), _treatment(treatment_id), form.value(), today(now), now)
        return url_for("treatments.show", treatment_id=treatment_id)

    done = attempt(form, keep) if form.validate_on_submit() else None
    return done or web.show("treatments/see.html", form=form, banner=banner, treatment_id=treatment_id)


def release(treatment_id: str) -> ResponseReturnValue:
    """The patient leaves before the stay is over: a reason, and a name that answers for it."""
    now, form = clock.now(), ReleaseForm()
    chart = reading.chart(_treatment(treatment_id), today(now))
    if observation.stay(chart) is None:
        abort(CONFLICT, "Nothing was injected yet")
    banner, done = telling.banner(chart.patient), None
    if form.validate_on_submit() and (proved := proved_by(form)):

        def let_leave() -> str:
            reason = form.reason.data or ""
            observation.release(actor(), proved, _treatment(treatment_id), reason, today(now), now)
            return url_for("treatments.show", treatment_id=treatment_id)

        done = attempt(form, let_leave)
    stay = observation.stay(reading.chart(_treatment(treatment_id), today(now)))
    return done or web.show(
        "treatments/release.html", form=form, banner=banner, stay=stay, treatment_id=treatment_id
    )


def proved_by(form: Any) -> Proved | None:
    """Who signs, shown once more; outside any write transaction, because hashing is slow."""
    try:
        return prove_again(form.secret.data or "")
    except NotProved as problem:
        form.secret.errors = [str(problem)]
        return None
