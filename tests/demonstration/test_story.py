"""What the demonstration clinic holds: something to see on every page, and nothing that does not add up."""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from safety.audit.models import AuditEntry
from safety.clinic.models import Contact
from safety.db import db
from safety.emergency import folding, pinning
from safety.emergency.models import Emergency, EmergencyEvent
from safety.incidents.models import Incident, IncidentReport
from safety.patients.models import Patient
from safety.protocols.models import Approval
from safety.staff.models import Member, Role
from safety.stock import ledger
from safety.stock.models import Discrepancy, LotState, ProductClass, StockMovement
from safety.treatments import interlock, reading
from safety.treatments.models import Treatment
from safety.treatments.rules import Ready
from safety.treatments.visit import Status
from tests.factories import looking
from tests.page import Visitor

Story = dict[str, Any]
Person = Callable[[str], Visitor]


@pytest.fixture
def look(demo_app: Flask, story: Story) -> Iterator[None]:
    """The clinic's rows."""
    with looking(demo_app, story["clinic"]["id"]):
        yield


def rows(kind: Any) -> list[Any]:
    return list(db.session.scalars(sa.select(kind)))


def test_it_works(look: None, story: Story) -> None:
    assert {member.role for member in rows(Member)} == set(Role)
    assert len(rows(Patient)) == len(story["patients"]) >= 10
    assert all(contact.phone for contact in rows(Contact))


def test_what_was_printed_is_there(look: None, story: Story) -> None:
    assert {one["id"] for one in story["patients"]} == {patient.id for patient in rows(Patient)}
    assert {one["id"] for one in story["treatments"]} == {treatment.id for treatment in rows(Treatment)}
    assert {one["id"] for one in story["emergencies"]} == {emergency.id for emergency in rows(Emergency)}
    assert {one["id"] for one in story["lots"]} == {lot.lot_id for lot in ledger.lots()}


def test_today_shows_a_visit_in_each_state(look: None, story: Story) -> None:
    charts = [reading.chart(one, one.planned_on) for one in rows(Treatment)]
    there = Counter(chart.status for chart in charts)
    wanted = {Status.PLANNED, Status.SCREENING, Status.WAITING_FOR_PRESCRIBER, Status.DO_NOT_TREAT}
    assert wanted | {Status.CLEARED, Status.STARTED, Status.FINISHED} <= set(there)
    assert there[Status.STARTED] == 1


def test_the_shelf_has_something_of_everything(look: None, story: Story) -> None:
    lots = ledger.lots()
    assert {lot.product_class for lot in lots} == set(ProductClass)
    assert {lot.state for lot in lots} == set(LotState)
    strengths = {lot.pack.per_container for lot in lots if lot.product_class is ProductClass.HYALURONIDASE}
    assert strengths == {150, 1500}
    assert all(lot.holding.containers >= 0 and lot.holding.amount >= 0 for lot in lots)
    assert not rows(Discrepancy)


def test_filler_may_start_today(look: None, story: Story) -> None:
    answer = interlock.any_filler(date.fromisoformat(story["clinic"]["on"]))
    assert answer.readiness.state is Ready.READY
    assert answer.protocol.approved
    assert [one.code for one in answer.readiness.per_lot if not one.counts], "and some lots do not count"


def test_the_director_signed_every_protocol_with_each_unverified_figure(look: None, story: Story) -> None:
    approvals = rows(Approval)
    signed = {"vascular_occlusion", "screening", "treatment", "consent", "aftercare"}
    assert {one.protocol_id for one in approvals} == signed
    assert {one.approved_by for one in approvals} == {story["accounts"]["medical_director"]["id"]}
    assert all(one.retired_at is None for one in approvals)


def test_one_emergency_was_real_and_one_a_drill(look: None, story: Story) -> None:
    runs = {run.drill: run for run in rows(Emergency)}
    assert set(runs) == {True, False}
    assert not [event for event in rows(EmergencyEvent) if event.refused]
    real = runs[False]
    assert real.ended_at is not None
    assert real.treatment_id is not None
    state = folding.fold(pinning.resolved(real), folding.events_of(real.id))
    doses = [fact for fact in state["facts"] if fact["type"] == "dose_given"]
    assert len([dose for dose in doses if dose["struck"]]) == 1
    assert state["totals"]["doses"] == 2
    assert all(dose["data"]["volume_ul"] for dose in doses), "from the approved table"


def test_a_drill_takes_nothing_from_the_shelf(look: None, story: Story) -> None:
    drill = next(run for run in rows(Emergency) if run.drill)
    of_the_drill = {event.event_id for event in rows(EmergencyEvent) if event.emergency_id == drill.id}
    assert not [line for line in rows(StockMovement) if line.emergency_event_id in of_the_drill]


@pytest.mark.needs("pango")
def test_the_incident_has_its_report(look: None, story: Story) -> None:
    incident = db.session.scalars(sa.select(Incident)).one()
    report = db.session.scalars(sa.select(IncidentReport)).one()
    assert report.incident_id == incident.id
    assert story["incidents"] == [{"id": incident.id, "number": incident.number, "report": 1}]


def test_every_entry_stands_in_somebodys_name(look: None, story: Story) -> None:
    members = {f"member:{member.id}" for member in rows(Member)}
    strangers = {entry.actor for entry in rows(AuditEntry)} - members
    assert strangers == {"system:reflow"}, "the founding, before anybody had joined"


PAGES = (
    "/today",
    "/patients",
    "/stock",
    "/incidents",
    "/readiness",
    "/emergencies",
    "/decisions",
    "/admin/places",
)


@pytest.mark.once
@pytest.mark.parametrize("role", ["nurse", "prescriber", "medical_director", "safety_officer"])
def test_every_list_can_be_looked_at(person: Person, role: str) -> None:
    visitor = person(role)
    for url in PAGES:
        answer = visitor.client.get(url)
        assert answer.status_code in (200, 403), url
        if answer.status_code == 200:
            visitor.get(url)


@pytest.mark.once
def test_every_patient_treatment_and_emergency_can_be_opened(person: Person, story: Story) -> None:
    visitor = person("nurse")
    for kind in ("patients", "treatments", "emergencies", "incidents"):
        for one in story[kind]:
            visitor.get(f"/{kind}/{one['id']}")
    for lot in story["lots"]:
        visitor.get(f"/stock/lots/{lot['id']}")
