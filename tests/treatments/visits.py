"""Treatments for tests, by the same actions as the pages."""

from collections.abc import Mapping
from datetime import timedelta
from itertools import cycle
from typing import Any

from flask import Flask

from safety import clock
from safety.db import db
from safety.prescribing import actions as prescribing
from safety.prescribing import links
from safety.prescribing.rules import Grant
from safety.screening import asking
from safety.screening.models import Screening
from safety.screening.stories import well_answers
from safety.staff.actions import Proved
from safety.staff.models import Proof
from safety.stock import ledger
from safety.stock.actions import NewProduct
from safety.stock.models import ProductClass
from safety.treatments import actions, observation, reading
from safety.treatments.actions import Given, Item, Plan
from safety.treatments.models import Instrument, Treatment, YesNoWhy
from safety.treatments.visit import Missing
from tests.consents import hands
from tests.dilutions.vials import dilute
from tests.factories import Cast, arranging, looking
from tests.page import Visitor
from tests.patients.people import add_patient
from tests.screening.people import answer, assess, body, today
from tests.stock.shelf import FILLER, add_product, put

YES = {"F09": "yes", "F10": "yes"}
PEOPLE = cycle([
    ("Grace", "Moreau", "1991-03-12"), ("Tobias", "Lund", "1978-11-02"), ("Ines", "Vogt", "1985-06-23"),
    ("Oluwa", "Adeyemi", "1969-01-30"), ("Petra", "Kovac", "1994-09-17"),
    ("Bram", "Achterberg", "1981-12-05"),
])  # fmt: skip


def plan(
    app: Flask,
    cast: Cast,
    product: NewProduct = FILLER,
    areas: tuple[str, ...] = ("lips",),
    amount: int = 1000,
    days: int = 0,
    room: bool = True,
    patient_id: str | None = None,
) -> str:
    """Id of a planned treatment, by default lip filler today in Room 1."""
    product_id = add_product(app, cast["nora"].actor, product)
    patient_id = patient_id or add_patient(app, cast, *next(PEOPLE))
    wanted = Plan(
        today() + timedelta(days=days), "12:30", cast.room_id if room else None,
        [Item(product_id, areas, amount, "Fuller")],
    )  # fmt: skip
    with arranging(app, cast["nora"].actor) as actor:
        return actions.plan(actor, patient_id, wanted, today(), clock.now()).id


def clear(app: Flask, cast: Cast, treatment_id: str, **given: Any) -> str:
    """Answer the screening as a patient with nothing to report, but for those given; returns the outcome."""
    with looking(app, cast.clinic_id):
        screening_id = db.session.get_one(Treatment, treatment_id).screening_id
        assert screening_id
        request = asking.request(db.session.get_one(Screening, screening_id), {})
    answer(app, cast, screening_id, well_answers(body(), request, given))
    return assess(app, cast, screening_id)


def measure(app: Flask, cast: Cast, treatment_id: str, phase: str = "before", refill_ds: int = 15) -> None:
    """Refill at all planned points and mirrors."""
    with arranging(app, cast["nora"].actor) as actor:
        treatment = db.session.get_one(Treatment, treatment_id)
        points = reading.chart(treatment, today()).points
        values = dict.fromkeys(points, (refill_ds, 15))
        actions.measure(actor, treatment, phase, values, today(), clock.now())


def begin(app: Flask, cast: Cast, treatment_id: str, gates: Mapping[str, str] = YES) -> list[Missing]:
    """Try to start; returns what is missing."""
    with arranging(app, cast["nora"].actor) as actor:
        treatment = db.session.get_one(Treatment, treatment_id)
        return actions.start(actor, treatment, gates, today(), clock.now())


def ready(app: Flask, cast: Cast, **planned: Any) -> str:
    """Id of a treatment that may start, but for what is on the shelf."""
    treatment_id = plan(app, cast, **planned)
    assert clear(app, cast, treatment_id) == "clear"
    measure(app, cast, treatment_id)
    authorise(app, cast, treatment_id)
    consent(app, cast, treatment_id)
    return treatment_id


def consent(app: Flask, cast: Cast, treatment_id: str) -> None:
    """The patient signs what belongs to the plan, on the tablet nora hands over and takes back."""
    with looking(app):
        patient_id = db.session.get_one(Treatment, treatment_id).patient_id
    hands.consent(app, cast, patient_id)


def take_home(nora: Visitor, treatment_id: str) -> None:
    """The patient gets the sheet of what went in, on paper; nothing where nothing went in."""
    if nora.client.get(f"/treatments/{treatment_id}/aftercare").status_code == 200:
        nora.get(f"/treatments/{treatment_id}/aftercare").submit("Given on paper")


def authorise(app: Flask, cast: Cast, treatment_id: str, by: str = "okafor", **changes: Any) -> str | None:
    """A prescriber authorises what is prescription-only in the plan; returns the authorisation's id."""
    about = f"treatment:{treatment_id}"
    with arranging(app, cast[by].actor) as actor:
        plan = links.plan(about)
        assert plan
        if not any(one.needs_authorisation for one in plan.items):
            return None
        said: dict[str, Any] = {
            "choice": Grant.AUTHORISE, "limits": {}, "reason": None, "examined_on": today(),
            "elsewhere": None, "shown": prescribing.fingerprint(plan),
        }  # fmt: skip
        asked = prescribing.Authorising(**{**said, **changes})
        proved = Proved(cast[by].id, Proof.PIN)
        return prescribing.authorise(actor, proved, about, asked, today(), clock.now()).id


def started(app: Flask, cast: Cast, **planned: Any) -> tuple[str, str]:
    """Ids of a running treatment and of a good lot of its product; the means of rescue are on the shelf."""
    put(app, cast, code="RESCUE", containers=8)
    lot_id = put(app, cast, planned.get("product", FILLER), code="F77", containers=5)
    treatment_id = ready(app, cast, **planned)
    if planned.get("product", FILLER).product_class is ProductClass.TOXIN:
        dilute(app, cast, lot_id)
    assert begin(app, cast, treatment_id) == []
    return treatment_id, lot_id


def item_of(app: Flask, treatment_id: str) -> str:
    """Id of the first planned product."""
    with looking(app):
        return reading.chart(db.session.get_one(Treatment, treatment_id), today()).items[0].id


def given(item_id: str, lot_id: str, **changes: Any) -> Given:
    """An injection of 0.3 millilitres into the lips."""
    plain: dict[str, Any] = {
        "item_id": item_id, "lot_id": lot_id, "area": "lips", "side": "mid", "amount": 300,
        "instrument": Instrument.CANNULA, "gauge": 25, "technique": "slow threads", "aspirated": YesNoWhy.YES,
        "ultrasound": YesNoWhy.NOT_NEEDED, "sure": True,
    }  # fmt: skip
    return Given(**{**plain, **changes})


def inject(
    app: Flask, cast: Cast, treatment_id: str, lot_id: str, minutes_ago: int = 0, **changes: Any
) -> str:
    """Inject; returns the injection's id."""
    item_id, now = item_of(app, treatment_id), clock.now() - timedelta(minutes=minutes_ago)
    with looking(app, cast.clinic_id):
        open_now = [one for one in ledger.vials([lot_id]) if one.discard_at > now]
    changes = {"vial_id": open_now[0].vial_id if open_now else None, **changes}
    with arranging(app, cast["nora"].actor) as actor:
        treatment = db.session.get_one(Treatment, treatment_id)
        return actions.inject(actor, treatment, given(item_id, lot_id, **changes), today(), now).id


def see(app: Flask, cast: Cast, treatment_id: str, minutes_ago: int = 0, **changes: bool) -> None:
    """Somebody sees the patient, by default with nothing amiss."""
    now = clock.now() - timedelta(minutes=minutes_ago)
    look = observation.Look(**{"skin_normal": True, "has_pain": False, "sight_changed": False, **changes})
    with arranging(app, cast["nora"].actor) as actor:
        observation.see(actor, db.session.get_one(Treatment, treatment_id), look, today(), now)


def status(app: Flask, treatment_id: str) -> str:
    """Where it stands."""
    with looking(app):
        return reading.chart(db.session.get_one(Treatment, treatment_id), today()).status.value
