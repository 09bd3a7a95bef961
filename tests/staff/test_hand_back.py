"""Patient mode: a device in a patient's hands opens what it was given for, a rescue, nothing else."""

import json
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from safety import clock
from safety.audit.log import seal
from safety.audit.models import AuditEntry
from safety.db import db, write_transaction
from safety.staff import handing, rules
from safety.staff.models import Handing, PatientSignature, Signature
from safety.viewer import ALWAYS_OPEN
from safety.web import SYSTEM, actor
from tests.conftest import SIGN_IN, TABLET
from tests.factories import PASSWORD, PIN, Cast, looking
from tests.page import Page, Visitor
from tests.staff.conftest import enter, messages
from tests.staff.test_acts import NOBODY, visits

OnShift = Callable[..., Visitor]
ABOUT, OPENS, AFTER = "consent:1", f"/admin/users/{NOBODY}", "/me"


def hand_over(app: Flask, visitor: Visitor) -> None:
    """The device of this visitor goes to a patient. The page it is for is made up here."""
    token = visitor.client.get_cookie(SIGN_IN)
    tablet = visitor.client.get_cookie(TABLET)
    cookies = "; ".join(f"{one.key}={one.value}" for one in (token, tablet) if one)
    held = visitor.client.get_cookie("session")
    if held:
        cookies += f"; session={held.value}"
    with app.test_request_context("/me", headers={"Cookie": cookies}):
        app.preprocess_request()
        with write_transaction():
            handing.begin(actor(), [OPENS], ABOUT, AFTER, clock.now())
            seal()


def with_patient(page: Page) -> bool:
    return page.h1 == "This tablet is with a patient"


@pytest.fixture
def patient(app: Flask, on_shift: OnShift) -> Visitor:
    """The tablet of nora and Dr Okafor, handed by nora to a patient."""
    visitor = on_shift("okafor", "nora")
    hand_over(app, visitor)
    return visitor


def log(app: Flask, action: str) -> list[tuple[str, dict[str, Any]]]:
    """Who did this, and the facts of it, oldest first."""
    wanted = sa.select(AuditEntry).where(AuditEntry.action == action).order_by(AuditEntry.index)
    with looking(app):
        return [
            (row.actor.split(":")[-1], json.loads(row.body)["facts"]) for row in db.session.scalars(wanted)
        ]


def test_it_works(app: Flask, patient: Visitor, cast: Cast) -> None:
    page = patient.get("/today", status=403)
    assert with_patient(page)
    assert "Hand it back to the staff member" in page.text
    assert page.has("a", href="/emergencies/new")
    assert not page.has("nav")

    back = page.submit("Take the tablet back", member_id=cast["nora"].id, pin=PIN)

    assert back.url == AFTER
    patient.get("/today")
    ((by, begun),), ((taker, ended),) = log(app, "patient_mode.begun"), log(app, "patient_mode.ended")
    assert by == taker == ended["begun_by"] == cast["nora"].id
    assert begun["opens"] == [OPENS]


def test_every_other_route_is_403(app: Flask, patient: Visitor) -> None:
    """Every route of the URL map by every method, but for the rescue, the page itself and the way back."""
    form, wrong = {"csrf_token": patient.get("/today", status=403).csrf}, []
    for endpoint, method, address in visits(app):
        answer = patient.client.open(address, method=method, data=None if method == "GET" else form)
        is_open = endpoint in ALWAYS_OPEN or address.startswith(OPENS)
        if (answer.status_code == 403) == is_open and not address.startswith(OPENS):
            wrong.append(f"{method} {endpoint} {answer.status_code}")
    assert not wrong, "\n".join(wrong)


def test_what_stays_open_is_the_rescue_and_no_record() -> None:
    assert {endpoint.split(".")[0] for endpoint in ALWAYS_OPEN} == {"static", "healthz", "staff", "emergency"}
    assert not ALWAYS_OPEN & {"emergency.index", "emergency.show", "emergency.photo", "emergency.countersign"}


def test_programs_are_told_in_json(patient: Visitor) -> None:
    answer = patient.client.get("/patients", headers={"Accept": "application/json"})
    assert (answer.status_code, answer.json) == (
        403, {"error": "This tablet is with a patient. Hand it back to the staff member."}
    )  # fmt: skip


def test_it_survives_the_idle_lock_another_tab_and_another_copy_of_the_app(
    app: Flask, patient: Visitor, cast: Cast, later: Callable[..., None]
) -> None:
    later(minutes=5)
    assert with_patient(patient.get("/switch", status=403))
    fresh = Visitor(app.test_client())
    fresh.client.set_cookie(TABLET, cast.tablet_token)  # every other cookie thrown away
    for url in ("/", "/today", "/sign-in", "/switch", f"/switch/{cast['nora'].id}", "/me"):
        assert with_patient(fresh.get(url, status=403)), url


def test_start_emergency_stays_open_in_the_name_of_the_tablet(patient: Visitor) -> None:
    assert patient.client.get("/emergencies/new").status_code == 200
    kit = patient.fetch("/emergencies/kit.json").json
    assert kit is not None
    assert kit["me"] is None


def test_a_wrong_pin_stays_and_closes_after_five(patient: Visitor, cast: Cast) -> None:
    for _ in range(rules.PIN_TRIES):
        page = patient.get("/hand-back").submit(
            "Take the tablet back", status=422, member_id=cast["nora"].id, pin="111112"
        )
        assert messages(page) == ["The PIN is wrong"]
    page = patient.get("/hand-back").submit(
        "Take the tablet back", status=422, member_id=cast["nora"].id, pin=PIN
    )
    assert "closed" in messages(page)[0]
    assert with_patient(patient.get("/today", status=403))


def test_somebody_else_on_shift_takes_it_back(app: Flask, patient: Visitor, cast: Cast) -> None:
    patient.get("/hand-back").submit("Take the tablet back", member_id=cast["okafor"].id, pin=PIN)
    ((taker, ended),) = log(app, "patient_mode.ended")
    assert (taker, ended["begun_by"]) == (cast["okafor"].id, cast["nora"].id)
    assert "Dr Chidi Okafor" in patient.get("/me").html


def test_somebody_not_on_shift_needs_the_password(patient: Visitor, cast: Cast) -> None:
    patient.post("/hand-back", status=422, member_id=cast["mara"].id, pin=PIN)
    page = patient.get("/hand-back?by=password")
    refused = page.submit("Take the tablet back", status=422, username="mara", password="no such password")
    assert messages(refused) == ["User name or password is wrong"]
    assert page.submit("Take the tablet back", username="mara", password=PASSWORD).url == AFTER


def test_another_clinic_takes_nothing(patient: Visitor) -> None:
    page = patient.get("/hand-back?by=password")
    refused = page.submit("Take the tablet back", status=422, username="eve", password=PASSWORD)
    assert "another clinic" in messages(refused)[0]
    assert with_patient(patient.get("/today", status=403))


def test_a_browser_that_is_no_tablet(app: Flask, cast: Cast) -> None:
    """A desk computer is known by its sign-in; who gave it away takes it back by PIN."""
    visitor = Visitor(app.test_client(), "nora", cast["nora"].id)
    enter(visitor, "nora")
    hand_over(app, visitor)
    page = visitor.get("/patients", status=403)
    assert with_patient(page)
    assert page.submit("Take the tablet back", pin=PIN).url == AFTER


def test_a_device_not_handed_over_has_nothing_to_give_back(nora: Visitor) -> None:
    assert nora.get("/hand-back").url == "/today"


@pytest.mark.parametrize("prefix", ["/", "/patients", "patients/1", ""])
def test_a_prefix_that_opens_more_than_one_record_is_refused(prefix: str) -> None:
    with pytest.raises(ValueError, match="path of their own"):
        handing.begin(SYSTEM, [prefix], ABOUT, AFTER, clock.now())


def test_a_signature_is_bound_and_countersigned(app: Flask, patient: Visitor, cast: Cast) -> None:
    shown = {"Allergies": "None"}
    with app.test_request_context("/hand-back", headers={"Cookie": f"{TABLET}={cast.tablet_token}"}):
        app.preprocess_request()
        held = handing.holds(ABOUT)
        assert held is not None
        signing = handing.Signing("Grace Moreau", [[[1, 2], [300, 40]]], "I have read it")
        with write_transaction():
            handing.sign(actor(), held, signing, shown, clock.now())
            seal()
    patient.get("/hand-back").submit("Take the tablet back", member_id=cast["nora"].id, pin=PIN)
    with looking(app, cast.clinic_id):
        mark = handing.signed(ABOUT)
        assert mark is not None
        assert mark.content_sha256 == handing.digest(shown)
        assert mark.bound_sha256 == handing.bound(mark)
        mark.strokes = [[[1, 2], [300, 41]]]
        assert mark.bound_sha256 != handing.bound(mark)
        db.session.expire(mark)
        by = handing.countersigned(mark)
        assert by is not None
        assert by.member_id == cast["nora"].id


@pytest.mark.parametrize(
    "text", ["{", "{}", "[1]", "[[1]]", "[[[1]]]", "[[[1,361]]]", "[[[-1,1]]]", "[[[1.5,1]]]", "[[[true,1]]]",
             json.dumps([[[1, 1]] * 4001]), "[" * 5000]
)  # fmt: skip
def test_a_drawing_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="drawing"):
        rules.strokes(text)


def test_rows_of_the_mode(app: Flask, patient: Visitor) -> None:
    with looking(app):
        assert db.session.scalars(sa.select(Handing)).one().ended_at is None
        assert not db.session.scalars(sa.select(PatientSignature)).all()
        assert not db.session.scalars(sa.select(Signature)).all()
