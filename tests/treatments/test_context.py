"""What an emergency opens with: everything the treatment knows, without a typed field."""

from typing import Any

import pytest
from flask import Flask

from safety import clock
from safety.audit.log import Actor, seal
from safety.db import as_clinic, db, write_transaction
from safety.treatments import actions, reading
from safety.treatments.models import Treatment, YesNoWhy
from tests.factories import Cast, looking
from tests.page import Visitor
from tests.screening.people import today
from tests.stock.shelf import BIOSTIMULATOR, HYLENEX, TOXIN, put
from tests.treatments.visits import YES, clear, inject, measure, plan, ready, started


def patient_of(app: Flask, treatment_id: str) -> tuple[str, str]:
    with looking(app):
        chart = reading.chart(db.session.get_one(Treatment, treatment_id), today())
        return f"{chart.patient.given_name} {chart.patient.family_name}", chart.patient.born_on.isoformat()


def opened(app: Flask, cast: Cast, **asked: Any) -> dict[str, Any] | None:
    with looking(app, cast.clinic_id):
        wanted = {"tablet_id": None, "room_id": None, "treatment_id": None, "on": today(), **asked}
        return actions.open_context(**wanted)


def test_it_works(app: Flask, cast: Cast) -> None:
    treatment_id, lot_id = started(app, cast, areas=("lips", "left_nasolabial_fold"))
    inject(app, cast, treatment_id, lot_id, minutes_ago=4)
    fold: dict[str, Any] = {"area": "left_nasolabial_fold", "side": "left", "ultrasound": YesNoWhy.YES}
    inject(app, cast, treatment_id, lot_id, amount=200, **fold)
    found = opened(app, cast, room_id=cast.room_id)
    assert found is not None
    stock, injected_at_ms, baselines = (found.pop(name) for name in ("stock", "injected_at_ms", "baselines"))
    assert found == {
        "treatment": treatment_id, "patient": found["patient"], "patient_name": found["patient_name"],
        "born_on": found["born_on"],
        "areas": ["upper_lip", "lower_lip_chin", "left_nasolabial_cheek"], "product_class": "ha_filler",
        "brand": "juvederm", "lot_code": "F77", "amount_ul": 500, "flags": [], "prescriber": None,
    }  # fmt: skip
    assert (found["patient_name"], found["born_on"]) == patient_of(app, treatment_id)
    assert found["patient_name"] not in found["patient"]
    assert sorted(one["point"] for one in baselines) == [
        "left_nasolabial_cheek",
        "lower_lip_chin",
        "upper_lip",
    ]
    assert all((one["refill_ds"], one["mirror_ds"]) == (15, 15) for one in baselines)
    assert 0 <= clock.now_ms() - injected_at_ms < 60_000
    assert stock[0]["lot_code"] == "RESCUE"


def test_what_is_on_the_shelf_first_to_expire_first(app: Flask, cast: Cast) -> None:
    put(app, cast, code="LATER", containers=2)
    put(app, cast, HYLENEX, code="SOONER", containers=9, days=90)
    put(app, cast, code="OLD", days=-1)
    with looking(app, cast.clinic_id):
        stock = actions.rescue_stock(today())
    assert [(one["lot_code"], one["product"], one["containers"], one["units"]) for one in stock] == [
        ("SOONER", "hylenex_150", 9, 1350), ("LATER", "hyalase_1500", 2, 3000),
    ]  # fmt: skip


def test_the_tablet_it_was_started_on_knows_it(app: Flask, cast: Cast) -> None:
    treatment_id = ready(app, cast, room=False)
    put(app, cast)
    actor = Actor("member", cast["nora"].id, cast.clinic_id, cast.tablet_id)
    with app.app_context(), as_clinic(cast.clinic_id), write_transaction():
        treatment = db.session.get_one(Treatment, treatment_id)
        assert actions.start(actor, treatment, YES, today(), clock.now()) == []
        seal()
    found = opened(app, cast, tablet_id=cast.tablet_id)
    assert found is not None
    assert (found["treatment"], found["amount_ul"], found["injected_at_ms"]) == (treatment_id, None, None)
    assert found["areas"] == ["upper_lip", "lower_lip_chin"], "nothing injected yet: the planned areas"
    assert opened(app, cast, tablet_id="another") is None


def test_the_treatment_whose_page_was_open_counts_before_its_start(app: Flask, cast: Cast) -> None:
    treatment_id = plan(app, cast)
    found = opened(app, cast, treatment_id=treatment_id)
    assert found is not None
    assert found["product_class"] == "ha_filler"


@pytest.mark.parametrize("treatment_id", ["nowhere", "", "' OR 1=1 --"])
def test_an_unknown_treatment_is_no_reason_to_fail(app: Flask, cast: Cast, treatment_id: str) -> None:
    assert opened(app, cast, treatment_id=treatment_id) is None


def test_nothing_runs_nothing_is_known(app: Flask, cast: Cast) -> None:
    ready(app, cast)
    assert opened(app, cast, room_id=cast.room_id, tablet_id=cast.tablet_id) is None


def test_a_treatment_of_another_clinic_stays_theirs(app: Flask, cast: Cast) -> None:
    treatment_id, _ = started(app, cast)
    with looking(app, cast.other_clinic_id):
        found = actions.open_context(None, cast.room_id, treatment_id, today())
    assert found is None


def test_a_filler_that_does_not_dissolve_is_named(app: Flask, cast: Cast) -> None:
    treatment_id, lot_id = started(app, cast, product=BIOSTIMULATOR, areas=("left_cheek",), amount=1500)
    inject(app, cast, treatment_id, lot_id, area="left_cheek", side="left")
    found = opened(app, cast, treatment_id=treatment_id)
    assert found is not None
    assert (found["product_class"], found["brand"]) == ("biostimulator", "radiesse")


def test_toxin_alone_names_no_filler(app: Flask, cast: Cast) -> None:
    treatment_id, lot_id = started(app, cast, product=TOXIN, areas=("glabella",), amount=20)
    inject(app, cast, treatment_id, lot_id, area="glabella", amount=20)
    found = opened(app, cast, treatment_id=treatment_id)
    assert found is not None
    assert (found["product_class"], found["areas"], found["amount_ul"]) == (None, [], None)


def test_the_newest_of_two_running_treatments_in_a_room_is_meant(app: Flask, cast: Cast) -> None:
    started(app, cast)
    second, _ = started(app, cast)
    found = opened(app, cast, room_id=cast.room_id)
    assert found is not None
    assert found["treatment"] == second


def test_the_emergency_flags_of_the_screening_come_along(app: Flask, cast: Cast, nora: Visitor) -> None:
    treatment_id = plan(app, cast)
    clear(app, cast, treatment_id, G47="yes")
    measure(app, cast, treatment_id)
    found = opened(app, cast, treatment_id=treatment_id)
    assert found is not None
    assert any("spirin" in flag["text"] for flag in found["flags"]), found["flags"]
    assert "spirin" in nora.get(f"/treatments/{treatment_id}").text
