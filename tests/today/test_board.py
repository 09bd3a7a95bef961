"""The day board."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from safety import clock
from safety.audit.log import Actor
from safety.db import db
from safety.patients import actions as patients
from safety.patients.rules import Person
from safety.protocols import files
from safety.stock import actions as stock
from safety.stock.actions import Delivery, NewProduct
from safety.stock.models import AmountUnit, Container, ProductClass
from safety.treatments import actions as treatments
from safety.treatments import reading
from safety.treatments.actions import Item, Plan
from safety.treatments.models import Treatment
from tests.factories import Cast, arranging
from tests.page import Visitor
from tests.treatments import visits


def product(
    actor: Actor, kind: ProductClass, name: str, unit: AmountUnit, amount: int, key: str | None
) -> str:
    new = NewProduct(name, "Maker", kind, name, None, unit, amount, Container.AMPOULE, key, True, False)
    return stock.add_product(actor, new, clock.now()).id


def today() -> date:
    return clock.now().date()


@pytest.fixture
def rescue(app: Flask, cast: Cast) -> None:
    """Plenty of hyaluronidase and adrenaline."""
    with arranging(app, cast["ada"].actor) as ada:
        hyalase = product(ada, ProductClass.HYALURONIDASE, "Hyalase", AmountUnit.UNITS, 1500, "hyalase_1500")
        adrenaline = product(ada, ProductClass.ADRENALINE, "Adrenaline", AmountUnit.EACH, 1, None)
        for held, code in ((hyalase, "H1"), (adrenaline, "A1")):
            stock.receive(
                ada, Delivery(held, code, today().replace(year=today().year + 2), 8), today(), clock.now()
            )


def plan(app: Flask, cast: Cast, given_name: str, at: str | None = "09:30") -> str:
    """A filler visit today; returns its id."""
    with arranging(app, cast["nora"].actor) as nora:
        filler = product(nora, ProductClass.HA_FILLER, f"Filler {at}", AmountUnit.MICROLITRES, 1000, None)
        born = Person(given_name, "Marsh", date(1990, 1, 1), "+44 7700 900000")
        patient = patients.add(
            nora, cast.clinic_id, born, clock.now(), frozenset(p.id for p in patients.likely_same(born))
        )
        wanted = Plan(today(), at, cast.room_id, [Item(filler, ["lips"], 500, "Lips")])
        return treatments.plan(nora, patient.id, wanted, today(), clock.now()).id


def test_it_works(app: Flask, nora: Visitor, cast: Cast, rescue: None) -> None:
    treatment_id = plan(app, cast, "Chloe")

    page = nora.get("/today")

    assert page.h1 == "Ready to treat?"
    assert page.has("strong", text="Hyaluronidase ready") or page.has("strong", text="Check hyaluronidase")
    assert "8 ampoules, 1500 units each" in page.text
    assert page.has("span", text="Room 1")
    assert page.find("a", text="Chloe Marsh")["href"] == f"/treatments/{treatment_id}"
    assert "HA filler, lips, Room 1" in page.text
    assert "Not screened" in page.text
    assert "1 patient, 1 needs action" in page.text


def test_without_stock_no_filler_is_offered(app: Flask, nora: Visitor, cast: Cast) -> None:
    plan(app, cast, "Chloe")
    page = nora.get("/today")
    assert page.has("strong", text="Hyaluronidase not ready")
    assert page.has("span", text="No filler: stock")
    assert "Do not inject filler here" in page.text
    assert "Needed 3000 units" in page.text


def test_an_empty_day(nora: Visitor, cast: Cast) -> None:
    page = nora.get("/today")
    assert "Nobody is booked today" in page.text
    assert "0 patients, nothing waits" in page.text


def test_visits_stand_in_the_order_of_the_day(app: Flask, nora: Visitor, cast: Cast) -> None:
    for name, at in (("Late", "16:00"), ("Open", None), ("Early", "08:15")):
        plan(app, cast, name, at)
    text = nora.get("/today").text
    assert text.index("Early Marsh") < text.index("Late Marsh") < text.index("Open Marsh")


def test_a_cancelled_visit_is_gone(app: Flask, nora: Visitor, cast: Cast) -> None:
    treatment_id = plan(app, cast, "Chloe")
    with arranging(app, cast["nora"].actor) as actor:
        found = reading.found(treatment_id)
        assert found is not None
        treatments.cancel(actor, found, "Rang: ill", today(), clock.now())
    assert "Chloe" not in nora.get("/today").text


def test_the_administrator_sees_no_names(app: Flask, ada: Visitor, cast: Cast) -> None:
    plan(app, cast, "Chloe")
    page = ada.get("/today")
    assert "Chloe" not in page.html
    assert "1 patient today" in page.text


def test_another_clinic_sees_nothing_of_it(
    app: Flask, signed_in: Callable[[str], Visitor], cast: Cast, rescue: None
) -> None:
    plan(app, cast, "Chloe")
    page = signed_in("eve").get("/today")
    for words in ("Chloe", "8 ampoules", "Room 1", "Harbour Street"):
        assert words not in page.html


def test_a_name_is_shown_as_text(app: Flask, nora: Visitor, cast: Cast) -> None:
    name = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"
    plan(app, cast, name)
    page = nora.get("/today")
    assert f"{name} Marsh" in page.text
    assert "<img src=x" not in page.html


def test_a_broken_protocol_leaves_the_board_standing(
    nora: Visitor, cast: Cast, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(files, "ROOT", tmp_path)
    assert nora.get("/today").has("strong", text="No rescue protocol")


def test_what_waits_leads_to_where_it_is_done(person: Any) -> None:
    page = person("prescriber").get("/today")
    assert page.find("a", text="2 to decide")["href"] == "/decisions"
    assert page.has("a", text="1 incident open") or page.has("a", text="1 report to issue")
    nurse = person("nurse").get("/today").find("a", text="2 to decide")["href"]
    assert nurse.startswith(("/screenings/", "/treatments/")), "the queue is the prescribers'"


def test_the_stay_of_a_patient_is_on_the_board(app: Flask, nora: Visitor, cast: Cast) -> None:
    treatment_id, lot_id = visits.started(app, cast)
    visits.inject(app, cast, treatment_id, lot_id, minutes_ago=10)
    row = nora.get("/today").find("a", href=f"/treatments/{treatment_id}")
    assert "Stays until" in row.text
    held = row.first("span", **{"data-stay": True})
    assert held
    assert held["data-over"].startswith("May leave since"), "what the page says by itself once it is over"


def test_a_patient_nobody_has_seen_is_overdue_on_the_board(app: Flask, nora: Visitor, cast: Cast) -> None:
    treatment_id, lot_id = visits.started(app, cast)
    visits.inject(app, cast, treatment_id, lot_id, minutes_ago=31)
    page = nora.get("/today")
    assert "May leave since" in page.find("a", href=f"/treatments/{treatment_id}", text="12:30").text
    assert page.has("a", text="1 patient to see", href=f"/treatments/{treatment_id}")
    visits.see(app, cast, treatment_id, has_pain=True)
    assert "Not normal at" in nora.get("/today").text
    visits.see(app, cast, treatment_id)
    page = nora.get("/today")
    assert "Seen: may leave" in page.text
    assert not page.has("a", text="patient to see")


def test_a_treatment_left_open_waits_the_next_day(app: Flask, nora: Visitor, cast: Cast) -> None:
    treatment_id, lot_id = visits.started(app, cast)
    visits.inject(app, cast, treatment_id, lot_id)
    assert not nora.get("/today").has("a", text="left open")
    with arranging(app, cast["nora"].actor):
        treatment = db.session.get_one(Treatment, treatment_id)
        treatment.planned_on = today() - timedelta(days=1)
    page = nora.get("/today")
    assert page.has("a", text="1 treatment left open", href=f"/treatments/{treatment_id}")
    assert not page.has("a", text="patient to see"), "yesterday's patient is long gone"
