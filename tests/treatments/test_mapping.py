"""Points on the face and on photos: each is one injection and one line of the ledger."""

from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from safety.clinic.models import Clinic, Jurisdiction
from safety.db import db
from safety.stock.actions import Refused
from safety.stock.models import StockMovement
from safety.treatments import mapping
from safety.treatments.map_models import InjectionMeant, InjectionPoint
from safety.treatments.models import Injection
from tests.factories import Cast, arranging, looking
from tests.page import Page, Visitor
from tests.treatments.test_face import stored
from tests.treatments.test_inject import GOOD, form
from tests.treatments.visits import inject, started

LIP, NOSE = stored(400, 745), stored(400, 620)


def place(at: tuple[int, int], **more: Any) -> dict[str, Any]:
    return {**GOOD, "x": str(at[0]), "y": str(at[1]), **more}


def rows(app: Flask, kind: Any) -> list[Any]:
    with looking(app):
        return list(db.session.scalars(sa.select(kind)))


def test_it_works(app: Flask, cast: Cast, nora: Visitor) -> None:
    treatment_id, lot_id = started(app, cast)
    page = form(app, nora, treatment_id).submit("Record injection", lot_id=lot_id, **place(LIP))
    (point,), (row,) = rows(app, InjectionPoint), rows(app, Injection)
    assert (point.injection_id, point.x, point.y, point.photo_id) == (row.id, *LIP, None)
    assert page.has("svg", **{"aria-label": "Drawn face with the points of this visit"})
    assert "Lips" in page.text
    assert "Aspirated: yes. Ultrasound: not needed" in page.text


def test_each_point_is_one_line_of_the_ledger_and_the_database_says_so(
    app: Flask, cast: Cast, nora: Visitor
) -> None:
    treatment_id, lot_id = started(app, cast)
    page = form(app, nora, treatment_id)
    page = page.submit("Record and place next", lot_id=lot_id, **place(LIP, amount="0.1"))
    assert page.url.endswith("/inject/" + page.url.rsplit("/", 1)[1])
    page.submit("Record injection", **place(LIP, amount="0.2"))
    lines = [one.movement for one in rows(app, Injection)]
    assert len(rows(app, InjectionPoint)) == len(set(lines)) == 2
    with looking(app):
        assert [-db.session.get_one(StockMovement, line).amount for line in sorted(lines)] == [100, 200]
    with looking(app), db.engine.begin() as raw, pytest.raises(sa.exc.IntegrityError):
        raw.execute(sa.update(Injection).values(movement=lines[0]))


def test_the_next_one_is_filled_in_as_the_last_but_for_its_amount(
    app: Flask, cast: Cast, nora: Visitor
) -> None:
    treatment_id, lot_id = started(app, cast)
    page = form(app, nora, treatment_id).submit("Record and place next", lot_id=lot_id, **place(LIP))
    assert "Filled in as for the last injection" in page.text
    assert page.find("input", name="gauge")["value"] == "25"
    assert page.find("input", name="technique")["value"] == "slow threads"
    assert page.find("input", name="amount")["value"] == ""
    assert page.find("input", name="x")["value"] == ""


def test_a_point_far_from_the_area_is_asked_about_and_never_changed(
    app: Flask, cast: Cast, nora: Visitor
) -> None:
    treatment_id, lot_id = started(app, cast)
    page = form(app, nora, treatment_id).submit("Record injection", 422, lot_id=lot_id, **place(NOSE))
    asked = "This point lies in the area nose. The injection says lips. Correct it, or confirm"
    assert asked in page.errors[0]
    assert rows(app, Injection) == []
    page.submit("Record injection", place_meant="y", **place(NOSE))
    (row,), (meant,) = rows(app, Injection), rows(app, InjectionMeant)
    assert (row.area, meant.what) == ("lips", "place")
    assert "Confirmed: This point lies in the area nose" in nora.get(f"/treatments/{treatment_id}").text


def test_the_other_side_is_asked_about(app: Flask, cast: Cast) -> None:
    wrong = mapping.misplaced(mapping.Spot(*stored(220, 560)), "cheek", "left")
    assert wrong == "This point lies in the area cheek, right. The injection says cheek, left"
    assert mapping.misplaced(mapping.Spot(*stored(220, 560)), "cheek", "right") is None
    beside = mapping.misplaced(mapping.Spot(0, 0), "lips", "mid")
    assert beside == "This point lies beside the areas of the face. The injection says lips"


@pytest.mark.parametrize(
    ("x", "y"), [("10001", "5"), ("-1", "5"), ("5", ""), ("1e3", "5"), ("٣", "5"), ("5.5", "5"), ("x", "y")]
)
def test_a_place_that_is_none_is_refused(app: Flask, cast: Cast, nora: Visitor, x: str, y: str) -> None:
    treatment_id, lot_id = started(app, cast)
    page = form(app, nora, treatment_id).submit(
        "Record injection", 422, **{**GOOD, "x": x, "y": y, "lot_id": lot_id}
    )
    assert "place it again" in page.errors[0]
    assert rows(app, Injection) == []


def test_a_photo_of_another_visit_is_refused(app: Flask, cast: Cast) -> None:
    treatment_id, lot_id = started(app, cast)
    with pytest.raises(Refused, match="not of this visit"):
        inject(app, cast, treatment_id, lot_id, spot=mapping.Spot(5, 5, "no-such-photo"))
    assert rows(app, Injection) == []


def test_without_scripts_the_lists_say_where(app: Flask, cast: Cast, nora: Visitor) -> None:
    treatment_id, lot_id = started(app, cast)
    page = form(app, nora, treatment_id).submit("Record injection", lot_id=lot_id, **GOOD)
    assert "No point placed" in page.text
    assert rows(app, InjectionPoint) == []


def _nose(app: Flask, nora: Visitor, treatment_id: str, lot_id: str, status: int, **more: Any) -> Page:
    said = {**GOOD, "area": "nose", "ultrasound": "yes", "amount": "0.1", **more}
    return form(app, nora, treatment_id).submit("Record injection", status, lot_id=lot_id, **said)


def test_an_area_the_fda_has_not_approved_is_confirmed_twice_in_the_united_states(
    app: Flask, cast: Cast, nora: Visitor
) -> None:
    treatment_id, lot_id = started(app, cast, areas=("nose",))
    with arranging(app, cast["ada"].actor):
        db.session.get_one(Clinic, cast.clinic_id).jurisdiction = Jurisdiction.US
    page = _nose(app, nora, treatment_id, lot_id, 422)
    assert "off-label" in page.errors[0]
    page.submit("Record injection", off_label_meant="y")
    assert [one.what for one in rows(app, InjectionMeant)] == ["off_label"]


def test_the_same_area_needs_no_second_word_in_england(app: Flask, cast: Cast, nora: Visitor) -> None:
    treatment_id, lot_id = started(app, cast, areas=("nose",))
    _nose(app, nora, treatment_id, lot_id, 200)
    assert rows(app, InjectionMeant) == []


def test_the_record_draws_points_and_names_what_was_struck(app: Flask, cast: Cast, nora: Visitor) -> None:
    treatment_id, lot_id = started(app, cast)
    injection_id = inject(app, cast, treatment_id, lot_id, spot=mapping.Spot(*LIP))
    strike = nora.get(f"/treatments/{treatment_id}/injections/{injection_id}/strike")
    strike.submit("Strike injection", reason="Wrong amount typed")
    page = nora.get(f"/treatments/{treatment_id}/record")
    assert page.has("svg", **{"aria-label": "Drawn face with the points of this visit"})
    assert page.has("s", text="Lips")
    assert "Wrong amount typed Nora Quinn" in page.text
