"""Eve works at another clinic of this installation, in every role. Nothing of the story exists for her."""

import re
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from safety import clock
from safety.audit.log import Actor, record, seal
from safety.clinic.models import Clinic, Contact, Jurisdiction
from safety.consents.models import Consent, ConsentSitting
from safety.db import Model, all_clinics, db, new_id, write_transaction
from safety.incidents.models import FollowUp
from safety.paper import actions as paper
from safety.paper import reading
from safety.prescribing import dissolving
from safety.prescribing.dissolving import Planning
from safety.prescribing.models import Authorisation, RescueOverrideRequest
from safety.protocols.models import Approval, Proposal
from safety.screening.models import Screening
from safety.staff import actions as staff
from safety.staff.actions import Proved, sign
from safety.staff.acts import ACTS
from safety.staff.models import Member, Proof, Role, Tablet
from safety.stock import rescue
from safety.stock.models import StockMovement, Vial
from safety.treatments.models import Injection, PlanItem
from safety.web import SYSTEM, Open
from tests.conftest import SIGN_IN
from tests.factories import arranging, looking
from tests.staff.test_acts import token

Story = dict[str, Any]
NO_ROWS = {"filename", "protocol_id", "question", "phase", "card"}  # files, words of a questionnaire
# The same empty page for every id, and the way to it: a run may begin before the server hears of it.
SHELLS = {"emergency.run", "drills.run"}
HOLE = re.compile(r"<(?:[^:<>]*:)?(\w+)>")
FILL = {
    "question": "G10",
    "phase": "before",
    "kind": "treatments",
    "key": "ha_filler",
    "sheet": "aftercare",
    "photo_id": str(UUID(int=1)),
}  # the story has no photo


@pytest.fixture
def eves(demo_app: Flask, story: Story) -> dict[str, str]:
    """Role → sign-in token of Eve in that role, at a clinic of her own."""
    there = new_id()
    with demo_app.app_context(), all_clinics(), write_transaction():
        clinic = Clinic(id=there, name="Elsewhere Aesthetics", jurisdiction=Jurisdiction.UK_ENGLAND)
        clinic.address, clinic.phone, clinic.time_zone = "Elsewhere", "0117 496 0000", "Europe/London"
        clinic.created_at = clock.now()
        db.session.add(clinic)
        db.session.flush()
        record(SYSTEM, "clinic.set_up", f"clinic:{there}", {})
        tokens = {role.value: _eve(there, role) for role in Role}
        seal()
    return tokens


def _eve(clinic_id: str, role: Role) -> str:
    joining = staff.Joining("Eve Stranger", f"eve-{role.value}", role, "unused", None)
    member = staff.add_member(SYSTEM, clinic_id, joining, clock.now())
    return staff.sign_in(member, None, Proof.PASSWORD, clock.now())[1]


@pytest.fixture
def rows(demo_app: Flask, story: Story) -> dict[str, str]:
    """Name of a hole in a route → the id of a row of the story."""
    clinic_id = story["clinic"]["id"]
    officer = Actor("member", story["accounts"]["safety_officer"]["id"], clinic_id)
    with arranging(demo_app, officer) as actor:
        (discrepancy,) = rescue.take_rescue_dose(
            actor, lot_id=None, lot_code="unread", units=1, emergency_event_id=new_id(),
            happened_at=clock.now(), now=clock.now(),
        )  # fmt: skip
        card = paper.note_printed(actor, reading.content("vo", clock.now()), clock.now())
        found = {"discrepancy_id": discrepancy.id, "digest": card.digest}
    with looking(demo_app, clinic_id):
        kinds: dict[str, Any] = {"member_id": Member, "tablet_id": Tablet, "contact_id": Contact}
        kinds |= {
            "authorisation_id": Authorisation,
            "screening_id": Screening,
            "item_id": PlanItem,
            "follow_up_id": FollowUp,
            "vial_id": Vial,
            "injection_id": Injection,
            "consent_id": Consent,
            "sitting_id": ConsentSitting,
            "approval_id": Approval,
            "proposal_id": Proposal,
        }
        found |= {name: str(db.session.scalars(sa.select(kind.id)).first()) for name, kind in kinds.items()}
        found["position"] = str(db.session.scalars(sa.select(StockMovement.position)).first())
    for kind in ("patients", "treatments", "lots", "incidents"):
        found[f"{kind.removesuffix('s')}_id"] = story[kind][0]["id"]
    found["plan_id"] = found["treatment_id"]
    found |= _asked(demo_app, story, found)
    drill = next(one["id"] for one in story["emergencies"] if one["drill"])
    return found | {"emergency_id": story["emergencies"][0]["id"], "drill_id": drill}


def _asked(app: Flask, story: Story, found: dict[str, str]) -> dict[str, str]:
    """What the story has none of: an override somebody asked for, and a dissolving with no emergency."""
    nurse = Actor("member", story["accounts"]["nurse"]["id"], story["clinic"]["id"])
    with arranging(app, nurse) as actor:
        signed = sign(actor, Proved(actor.id, Proof.PIN), "rescue_override:story", "I ask", {}, clock.now())
        asked = RescueOverrideRequest(
            id=new_id(), clinic_id=actor.clinic_id, treatment_id=found["treatment_id"], on=clock.now().date(),
            seen={}, seen_sha256="0" * 64, reason="Story", asked_at=clock.now(), expires_at=clock.now(),
            asked_by=actor.id, signature_id=signed.id,
        )  # fmt: skip
        db.session.add(asked)
        hyaluronidase = next(
            one["id"] for one in story["products"] if one["product_class"] == "hyaluronidase"
        )
        wanted = Planning(hyaluronidase, ["lips"], 1, "Story", "no", "never")
        planned = dissolving.plan(actor, found["patient_id"], wanted, clock.now().date(), clock.now())
        return {"request_id": asked.id, "dissolving_id": planned.id}


def routes(app: Flask) -> Iterator[tuple[Rule, str]]:
    """Every route that names a row, once for each method."""
    for rule in app.url_map.iter_rules():
        if rule.arguments - NO_ROWS and rule.endpoint not in SHELLS:
            for method in sorted((rule.methods or set()) & {"GET", "POST"}):
                yield rule, method


def address(rule: Rule, rows: dict[str, str]) -> str:
    """The route with the story's own rows in it. A new kind of row needs a line in `rows`."""
    return HOLE.sub(lambda hole: FILL.get(hole[1]) or rows[hole[1]], rule.rule)


def knock(client: FlaskClient, method: str, url: str, csrf: str) -> int:
    """Ask for a route; the status of the answer."""
    sent: dict[str, Any] = {}
    if method == "POST" and url.endswith("/events"):
        event = {"id": new_id(), "seq": 1, "type": "note_written", "at_ms": 1790000000000, "mono_ms": 0}
        told = [{**event, "data": {"text": "x"}}]
        sent["json"] = {"device": "eve", "after": 0, "digest": None, "events": told}
    elif method == "POST":
        sent["data"] = {"csrf_token": csrf}
    with client.open(url, method=method, **sent) as answer:
        return answer.status_code


def test_it_works(demo_app: Flask, eves: dict[str, str], rows: dict[str, str], story: Story) -> None:
    """The same addresses open for the clinic's own people: a wall against everybody proves nothing."""
    mine = [rule for rule, method in routes(demo_app) if method == "GET"]
    account = story["accounts"]["nurse"]
    client = demo_app.test_client()
    form = {"username": account["username"], "password": account["password"], "csrf_token": token(client)}
    client.post("/sign-in", data=form)
    answers = {rule.endpoint: knock(client, "GET", address(rule, rows), "") for rule in mine}
    opened = [endpoint for endpoint, status in answers.items() if status in (200, 302)]
    assert len(opened) >= 12, answers


@pytest.mark.parametrize("role", list(Role))
def test_no_row_of_the_story_exists_for_eve(
    demo_app: Flask, eves: dict[str, str], rows: dict[str, str], role: Role
) -> None:
    client = demo_app.test_client()
    client.set_cookie(SIGN_IN, eves[role.value])
    csrf, wrong, asked = token(client), [], 0
    for rule, method in routes(demo_app):
        act = ACTS[rule.endpoint]
        expected = 404 if isinstance(act, Open) or role in act else 403
        url = address(rule, rows)
        status = knock(client, method, url, csrf)
        asked += 1
        if status != expected and not (rule.endpoint == "staff.enter_pin" and status in (302, 404)):
            wrong.append(f"{method} {rule.endpoint}: {status}, not {expected}")
    assert asked > 40
    assert not wrong, "\n".join(wrong)


@pytest.mark.once
@pytest.mark.parametrize("role", list(Role))
def test_no_list_names_anybody_of_the_story(
    demo_app: Flask, eves: dict[str, str], story: Story, role: Role
) -> None:
    client = demo_app.test_client()
    client.set_cookie(SIGN_IN, eves[role.value])
    secrets = [one["family_name"] for one in story["patients"]] + [one["code"] for one in story["lots"]]
    secrets += [account["name"] for account in story["accounts"].values()] + [story["clinic"]["name"]]
    for rule in demo_app.url_map.iter_rules():
        if not rule.arguments and "GET" in (rule.methods or set()):
            html = client.get(rule.rule, follow_redirects=True).get_data(as_text=True)
            assert not [secret for secret in secrets if secret in html], rule.endpoint


@pytest.mark.once
def test_nothing_changed(demo_app: Flask, eves: dict[str, str], rows: dict[str, str], story: Story) -> None:
    """All of Eve's knocking left no trace in the story's rows."""
    before = _rows_of(demo_app, story)
    for sign_in in eves.values():
        client = demo_app.test_client()
        client.set_cookie(SIGN_IN, sign_in)
        csrf = token(client)
        for rule, method in routes(demo_app):
            knock(client, method, address(rule, rows), csrf)
    assert _rows_of(demo_app, story) == before


def _rows_of(app: Flask, story: Story) -> dict[str, list[str]]:
    """Every row of the story's clinic, table by table, as text."""
    with app.app_context():
        owned = [table for table in Model.metadata.sorted_tables if "clinic_id" in table.columns]
        return {
            table.name: _all_of(table, story["clinic"]["id"])
            for table in owned
            if table.name != "audit_entry"
        }


def _all_of(table: sa.Table, clinic_id: str) -> list[str]:
    wanted = sa.select(table).where(table.c.clinic_id == clinic_id)
    return sorted(repr(tuple(row)) for row in db.session.execute(wanted))
