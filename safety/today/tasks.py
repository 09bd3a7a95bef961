"""What waits for somebody, each with the page where it is done."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from flask import url_for

from safety import clock
from safety.clinic import actions as clinic
from safety.drills import reading as drills
from safety.drills.telling import who_first
from safety.emergency import record_page
from safety.incidents import actions as incidents
from safety.incidents import follow_ups
from safety.incidents.models import Incident, IncidentState
from safety.incidents.rules import Standing
from safety.paper import reading as paper
from safety.protocols import actions as protocols
from safety.protocols import proposing
from safety.protocols.load import Broken
from safety.screening import showing
from safety.staff.acts import may
from safety.stock import ledger, vials
from safety.today.rules import count_of
from safety.treatments import due_dates, observation
from safety.treatments import reading as treatments
from safety.web import current, day, today, when


@dataclass(frozen=True)
class Task:
    """One thing to do: a title with its number, a line about it, and where."""

    title: str
    line: str
    url: str


def tasks(now: datetime) -> list[Task]:
    """Everything that waits, the most urgent first; only what this person may open."""
    on = today(now)
    found = [ask(on) for endpoint, ask in ASK.items() if may(current().role, endpoint)]
    found.append(_cards(now))
    return [task for task in found if task is not None]


def _decisions(on: date) -> Task | None:
    waiting = showing.waiting(on)
    if not waiting:
        return None
    url = waiting[0].read_url
    if may(current().role, "screening.decisions"):
        url = url_for("screening.decisions")
    title = count_of(len(waiting), "to decide", "to decide")
    return Task(title, f"Waits since {when(waiting[0].since)}", url)


def _reports(on: date) -> Task | None:
    still = [one for one in incidents.incidents() if one.state is IncidentState.OPEN]
    without = [one for one in still if not incidents.reports(one.id)]
    if without:
        title = count_of(len(without), "report to issue", "reports to issue")
        return Task(title, without[0].number, _incident(without[0]))
    if still:
        return Task(
            count_of(len(still), "incident open", "incidents open"),
            still[0].number,
            _incident(still[0]),
        )
    return None


def _incident(incident: Incident) -> str:
    return url_for("incidents.show", incident_id=incident.id)


def _unsettled(on: date) -> Task | None:
    runs = record_page.unsettled(clock.now())
    if not runs:
        return None
    title = count_of(len(runs), "emergency to settle", "emergencies to settle")
    url = url_for("emergency.show", emergency_id=runs[0].id)
    return Task(title, "Two entries contradict each other", url)


def _discrepancies(on: date) -> Task | None:
    still = ledger.open_discrepancies()
    if not still:
        return None
    title = count_of(len(still), "discrepancy", "discrepancies")
    return Task(title, "Ledger and shelf disagree", url_for("stock.discrepancies"))


def _reviews(on: date) -> Task | None:
    due = [one for one in _due(on) if one.kind == due_dates.REVIEW]
    if not due:
        return None
    late = sum(one.stage == "late" for one in due)
    until = f"{due[0].title}, until {day(due[0].to_on)}" if due[0].to_on else due[0].title
    title = count_of(len(due), "review due", "reviews due")
    return Task(title, f"{late} late. {until}" if late else until, url_for("treatments.due"))


def _again(on: date) -> Task | None:
    due = [one for one in _due(on) if one.kind == due_dates.AGAIN]
    if not due:
        return None
    late = sum(one.stage == "late" for one in due)
    title = count_of(len(due), "re-treatment due", "re-treatments due")
    first = f"{due[0].what}, from {day(due[0].from_on)}"
    return Task(title, f"{late} late. {first}" if late else first, url_for("treatments.due"))


def _due(on: date) -> list[due_dates.Line]:
    return due_dates.now_due(due_dates.lines(on))


def _vials(on: date) -> Task | None:
    """Opened vials past their use-by that nobody has thrown away yet."""
    passed = vials.past_use_by(clock.now())
    if not passed:
        return None
    lot = ledger.lot_facts(passed[0].lot_id)
    named = f"{lot.product_name}, lot {lot.code}" if lot else "An opened vial"
    title = count_of(len(passed), "vial to throw away", "vials to throw away")
    return Task(title, f"{named}: use-by was {when(passed[0].discard_at)}", url_for("dilutions.index"))


def _to_see(on: date) -> Task | None:
    """Patients whose stay is over and whom nobody has seen since."""
    try:
        late = observation.overdue(on, clock.now())
    except Broken:  # the list of protocols says so
        return None
    if not late:
        return None
    title = count_of(len(late), "patient to see", "patients to see")
    chart, stay = late[0]
    line = f"May leave since {when(stay.leaves_at)}: see patient"
    return Task(title, line, url_for("treatments.show", treatment_id=chart.treatment.id))


def _left_open(on: date) -> Task | None:
    """Treatments begun on an earlier day and never finished."""
    still = [one for one in treatments.running() if one.planned_on < on]
    if not still:
        return None
    title = count_of(len(still), "treatment left open", "treatments left open")
    url = url_for("treatments.show", treatment_id=still[-1].id)
    return Task(title, f"Started {day(still[-1].planned_on)}: finish it", url)


def _contacts(on: date) -> Task | None:
    never = [contact for contact in clinic.contacts() if contact.verified_on is None]
    if not never:
        return None
    title = count_of(len(never), "number to ring", "numbers to ring")
    return Task(title, "Not verified yet", url_for("clinic.places"))


def _follow_ups(on: date) -> Task | None:
    """Calls and visits after an emergency: late ones first."""
    due = [line for line in follow_ups.open_lines(clock.now()) if line.standing is not Standing.PLANNED]
    if not due:
        return None
    late = [line for line in due if line.standing is Standing.OVERDUE]
    title = count_of(len(due), "follow-up due", "follow-ups due")
    line = f"{count_of(len(late), 'overdue', 'overdue')}: {late[0].row.title}" if late else due[0].row.title
    return Task(title, line, url_for("incidents.reviews"))


def _cards(now: datetime) -> Task | None:
    try:
        waiting = paper.waiting(now)
    except Broken:  # the board says so itself
        return None
    if not waiting:
        return None
    first = waiting[0]
    why = paper.stale_words(first.stale).lower() if first.stale else "none hangs here"
    title = count_of(len(waiting), "wall card to print", "wall cards to print")
    return Task(title, f"{first.room.name}: {why}", url_for("paper.index"))


def _drills(on: date) -> Task | None:
    try:
        overdue = drills.due(on).overdue
    except Broken:  # the list of protocols says so
        return None
    if not overdue:
        return None
    title = count_of(len(overdue), "drill overdue", "drills overdue")
    return Task(title, who_first(overdue), url_for("drills.index"))


def _reviews_of_protocols(on: date) -> Task | None:
    """Protocols to be looked at again: from some weeks before their day, and after it until it is done."""
    due = protocols.to_review(on, clock.now())
    if not due:
        return None
    title, review_on = due[0]
    line = f"{title}: was due {day(review_on)}" if review_on <= on else f"{title}: by {day(review_on)}"
    return Task(
        count_of(len(due), "protocol to review", "protocols to review"), line, url_for("protocols.index")
    )


def _to_sign(_on: date) -> Task | None:
    waiting = proposing.waiting()
    if not waiting:
        return None
    title = count_of(len(waiting), "protocol to sign", "protocols to sign")
    url = url_for("protocols.proposal", proposal_id=waiting[0].id)
    return Task(title, f"Proposed {day(waiting[0].proposed_at)}", url)


ASK: dict[str, Callable[[date], Task | None]] = {
    "treatments.see": _to_see,
    "incidents.reviews": _follow_ups,
    "screening.verdict": _decisions,
    "incidents.show": _reports,
    "emergency.show": _unsettled,
    "stock.discrepancies": _discrepancies,
    "treatments.show": _reviews,
    "treatments.due": _again,
    "dilutions.discard": _vials,
    "treatments.finish": _left_open,
    "clinic.verify_contact": _contacts,
    "drills.index": _drills,
    "protocols.approve": _to_sign,
    "protocols.index": _reviews_of_protocols,
}
