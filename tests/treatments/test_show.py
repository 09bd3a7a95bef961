import sqlalchemy as sa
from flask import Flask

from safety.audit.models import AuditEntry
from safety.db import db
from tests.factories import Cast, looking
from tests.page import Visitor
from tests.stock.shelf import put
from tests.treatments.visits import clear, inject, measure, plan, ready, started


def test_it_works(app: Flask, cast: Cast, nora: Visitor) -> None:
    treatment_id = ready(app, cast)
    put(app, cast, containers=2)
    page = nora.get(f"/treatments/{treatment_id}")
    assert page.h1 == "Treatment"
    assert "Cleared" in page.text
    assert "Needed 3000 units, 2 × Hyalase 1500" in page.text
    assert "Usable 3000 units, 2 containers" in page.text
    assert "Order more: 6000 units should be there" in page.text


def test_opening_it_is_recorded(app: Flask, cast: Cast, nora: Visitor) -> None:
    treatment_id = plan(app, cast)
    nora.get(f"/treatments/{treatment_id}")
    with looking(app):
        hers = AuditEntry.actor == f"member:{cast['nora'].id}"
        entries = db.session.scalars(sa.select(AuditEntry).where(hers))
        assert any(b"treatments.show" in entry.body for entry in entries)


def test_an_unapproved_protocol_is_said_so(app: Flask, cast: Cast, nora: Visitor) -> None:
    assert "Not approved here" in nora.get(f"/treatments/{plan(app, cast)}").tree.text


def test_the_way_from_screening_leads_back(app: Flask, cast: Cast, nora: Visitor) -> None:
    treatment_id = plan(app, cast)
    clear(app, cast, treatment_id)
    page = nora.get(f"/treatments/{treatment_id}").click("Screening")
    assert page.has("a", href=f"/treatments/{treatment_id}")
    assert "HA filler, lips, 12:30, Room 1" in page.tree.text


def test_the_patient_page_lists_it(app: Flask, cast: Cast, nora: Visitor) -> None:
    treatment_id, lot_id = started(app, cast)
    inject(app, cast, treatment_id, lot_id)
    page = nora.get(f"/treatments/{treatment_id}").click("‹")
    assert "Running" in page.text
    assert page.has("a", href=f"/treatments/{treatment_id}")


def test_earlier_treatments_are_known_to_the_next_screening(app: Flask, cast: Cast) -> None:
    from safety.screening import links
    from safety.treatments.models import Treatment

    treatment_id, lot_id = started(app, cast)
    inject(app, cast, treatment_id, lot_id)
    with looking(app, cast.clinic_id):
        treatment = db.session.get_one(Treatment, treatment_id)
        (told,) = links.history(treatment.patient_id)
    assert (told["product_class"], told["areas"], told["on"]) == (
        "ha_filler", ["lips"], treatment.planned_on.isoformat()
    )  # fmt: skip


def test_observation_shows_until_when(app: Flask, cast: Cast, nora: Visitor) -> None:
    treatment_id, lot_id = started(app, cast)
    inject(app, cast, treatment_id, lot_id)
    measure(app, cast, treatment_id, "after")
    assert "Stays until" in nora.get(f"/treatments/{treatment_id}").text


def test_an_emergency_started_here_knows_the_treatment(app: Flask, cast: Cast, nora: Visitor) -> None:
    treatment_id = plan(app, cast)
    link = nora.get(f"/treatments/{treatment_id}").tree.first("a", class_="sos")
    assert link is not None
    assert link["href"] == f"/emergencies/new?treatment={treatment_id}"


def test_the_safety_officer_reads_but_does_nothing(app: Flask, cast: Cast, sam: Visitor) -> None:
    page = sam.get(f"/treatments/{ready(app, cast)}")
    assert not page.has("button", text="Start treatment")
    assert not page.has("a", text="Cancel this visit")


def test_another_clinic_finds_nothing(app: Flask, cast: Cast, eve: Visitor) -> None:
    eve.get(f"/treatments/{plan(app, cast)}", 404)
