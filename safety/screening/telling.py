"""What screening tells the patient's record: its lines of the timeline, and what an emergency must know."""

import sqlalchemy as sa
from flask import url_for

from safety import clock, web
from safety.db import db
from safety.patients import chart
from safety.patients.chart import Alert, Happening
from safety.screening import showing
from safety.screening.models import Assessment, Screening
from safety.screening.verdict import verdict


def register() -> None:
    """Offer both to the patient page."""
    chart.tell_happenings(happenings)
    chart.tell_alerts(alerts)


def happenings(patient_id: str) -> list[Happening]:
    """One line for each screening."""
    on = web.today(clock.now())
    wanted = sa.select(Screening).where(Screening.patient_id == patient_id)
    return [_line(screening, on) for screening in db.session.scalars(wanted)]


def _line(screening: Screening, on: object) -> Happening:
    kind, word = showing.STATE_WORDS[verdict(screening.id, screening.on).state]
    if screening.paused_at is not None and screening.on == on:
        kind, word = "open", "Paused"
    url = url_for("screening.resume", screening_id=screening.id)
    return Happening(screening.started_at, "Screening", url, showing.plan_line(screening), kind, word)


def alerts(patient_id: str) -> list[Alert]:
    """The emergency flags of the last screening that was assessed."""
    wanted = (
        sa.select(Assessment, Screening.on)
        .join(Screening, Screening.id == Assessment.screening_id)
        .where(Screening.patient_id == patient_id)
        .order_by(Assessment.made_at.desc())
        .limit(1)
    )
    last = db.session.execute(wanted).first()
    if last is None:
        return []
    return [Alert(flag["code"], flag["text"], last[1]) for flag in last[0].result["emergency_flags"]]
