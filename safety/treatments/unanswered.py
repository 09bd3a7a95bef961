"""The questions of a screening that have no answer that counts, each by its wording, before a start (S5)."""

from safety.db import db
from safety.screening import asking
from safety.screening.models import Screening
from safety.screening.verdict import State
from safety.treatments.reading import Chart
from safety.treatments.visit import Missing


def not_answered(chart: Chart) -> list[Missing]:
    """What whoever skips the questions is told, one by one; empty once every question has its answer."""
    if chart.verdict is None or chart.verdict.state is not State.INCOMPLETE:
        return []
    screening = db.session.get_one(Screening, chart.treatment.screening_id)
    return [Missing("answer", f"Not answered: {wording}") for _, wording in asking.still_open(screening)]
