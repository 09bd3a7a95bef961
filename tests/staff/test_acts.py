"""Every route for every role, made from the table of acts: nobody gets further than their row says.

And the table itself: a route without a row, or a row without a route, keeps the app from starting.
"""

import re
import uuid
from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from safety import web
from safety.staff.acts import ACTS
from safety.staff.models import Role
from safety.web import MissingAct, Open
from tests import copies
from tests.conftest import SIGN_IN, TABLET
from tests.factories import Cast
from tests.tree import read

WHO = {
    "nora": Role.NURSE,
    "okafor": Role.PRESCRIBER,
    "mara": Role.MEDICAL_DIRECTOR,
    "sam": Role.SAFETY_OFFICER,
    "ada": Role.ADMIN,
}
NOBODY = str(uuid.uuid4())
LAST = ("staff.lock", "staff.sign_out")  # they end the visit that asks


def test_it_works(app: Flask) -> None:
    web.check_acts(app, ACTS)
    assert {rule.endpoint for rule in app.url_map.iter_rules()} == set(ACTS)


def test_a_route_without_a_row_keeps_the_app_from_starting(app: Flask) -> None:
    fewer = {endpoint: act for endpoint, act in ACTS.items() if endpoint != "staff.members"}
    with pytest.raises(MissingAct, match=r"staff\.members"):
        web.check_acts(app, fewer)


def test_a_row_without_a_route_keeps_the_app_from_starting(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(ACTS, "staff.forgotten", web.PUBLIC)
    with pytest.raises(MissingAct, match=r"staff\.forgotten"), copies.running(app.config["REFLOW"]):
        pass


def visits(app: Flask) -> Iterator[tuple[str, str, str]]:
    """Every route once for each method, as (endpoint, method, url); what ends the visit comes last."""
    rules = [rule for rule in app.url_map.iter_rules() if rule.endpoint != "static"]
    for rule in sorted(rules, key=lambda rule: (rule.endpoint in LAST, rule.endpoint)):
        for method in sorted((rule.methods or set()) & {"GET", "POST", "PUT", "PATCH", "DELETE"}):
            yield rule.endpoint, method, HOLE.sub(made_up, rule.rule)


HOLE = re.compile(r"<(?:([^:<>]*):)?\w+>")


def made_up(hole: re.Match[str]) -> str:
    """Something that fits into a hole of a route, and names no row."""
    kind = hole[1] or ""
    if kind.startswith("any("):
        return kind.removeprefix("any(").split(",")[0].strip(" )")
    return "1" if kind == "int" else NOBODY


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def token(client: FlaskClient) -> str:
    """A CSRF token of this visit: without one, every form would be refused before its row is looked at."""
    found = read(client.get("/sign-in").get_data(as_text=True))[0].first("input", name="csrf_token")
    assert found is not None
    return found["value"]


def got_in(status: int, location: str) -> bool:
    """Did the request reach its view? Refusals: 401, 403, or the way to a sign-in page."""
    turned_away = location.startswith(("/sign-in", "/switch"))
    return status not in (401, 403) and not turned_away


def walk(app: Flask, client: FlaskClient, expected: Callable[[str], bool]) -> list[str]:
    """Ask for every route; sentences about those where `expected` and what happened differ."""
    wrong, form = [], {"csrf_token": token(client)}
    for endpoint, method, address in visits(app):
        answer = client.open(address, method=method, data=None if method == "GET" else form)
        inside = got_in(answer.status_code, answer.location or "")
        if inside != expected(endpoint):
            wrong.append(f"{method} {endpoint}: {answer.status_code} {answer.location or ''}")
    return wrong


DOORS = {"clinic.first", "staff.sign_in", "staff.switch", "staff.set_up", "staff.lock", "staff.sign_out",
         "staff.enter_pin", "demonstration.load"}  # fmt: skip
# these lead to a sign-in page by themselves: that is what they are for


@pytest.mark.once  # it asks the table of acts, which knows no database
@pytest.mark.parametrize("name", WHO)
def test_a_role_gets_in_where_its_row_says_and_nowhere_else(
    app: Flask, client: FlaskClient, cast: Cast, name: str
) -> None:
    client.set_cookie(SIGN_IN, cast[name].token)

    def expected(endpoint: str) -> bool:
        act = ACTS[endpoint]
        return isinstance(act, Open) or WHO[name] in act

    wrong = [line for line in walk(app, client, expected) if line.split()[1].rstrip(":") not in DOORS]
    assert not wrong, "\n".join(wrong)


def test_a_refusal_is_403_for_those_signed_in(app: Flask, client: FlaskClient, cast: Cast) -> None:
    client.set_cookie(SIGN_IN, cast["sam"].token)
    form = {"csrf_token": token(client)}
    for endpoint, method, address in visits(app):
        act = ACTS[endpoint]
        if not isinstance(act, Open) and Role.SAFETY_OFFICER not in act:
            assert client.open(address, method=method, data=form).status_code == 403, endpoint


@pytest.mark.parametrize("held", [None, "wrong token"])
def test_a_stranger_gets_in_where_it_is_public_only(
    app: Flask, client: FlaskClient, cast: Cast, held: str | None
) -> None:
    if held:
        client.set_cookie(SIGN_IN, held)
        client.set_cookie(TABLET, held)
    wrong = walk(app, client, lambda endpoint: ACTS[endpoint] == web.PUBLIC)
    assert not [line for line in wrong if line.split()[1].rstrip(":") not in DOORS], "\n".join(wrong)


def test_a_tablet_without_anybody_gets_to_emergencies_but_not_to_records(
    app: Flask, client: FlaskClient, cast: Cast
) -> None:
    client.set_cookie(TABLET, cast.tablet_token)
    wrong = walk(app, client, lambda endpoint: isinstance(ACTS[endpoint], Open))
    assert not [line for line in wrong if line.split()[1].rstrip(":") not in DOORS], "\n".join(wrong)


def test_programs_are_told_in_json(client: FlaskClient, cast: Cast) -> None:
    answer = client.get("/me", headers={"Accept": "application/json"})
    assert (answer.status_code, answer.json) == (401, {"error": "sign in, or use an enrolled tablet"})


@pytest.mark.parametrize("endpoint", [e for e in ACTS if e.split(".")[0] == "staff" and "member" in e])
def test_only_administrators_manage_staff(endpoint: str) -> None:
    assert ACTS[endpoint] == frozenset({Role.ADMIN})


def test_patients_are_for_those_who_care_for_them() -> None:
    """No page about a patient is open to all, nor to administrators; the shelf's readiness names nobody."""
    for endpoint, act in ACTS.items():
        about_patients = endpoint.split(".")[0] in {"patients", "screening", "treatments", "incidents"}
        if about_patients and endpoint != "treatments.readiness":
            assert not isinstance(act, Open), endpoint
            assert Role.ADMIN not in act, endpoint
