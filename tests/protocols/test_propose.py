"""Values written down by staff: nothing changes until a medical director signs."""

import pytest
import sqlalchemy as sa
from flask import Flask

from safety.db import db
from safety.protocols import actions, rules
from safety.protocols.models import Proposal
from tests.factories import Cast, looking
from tests.page import Page, Visitor
from tests.protocols import signing
from tests.protocols.test_approve import field_of

URL = "/protocols/screening/propose"
NOTE = "Our insurer asks for a longer gap"


def propose(visitor: Visitor, status: int = 200, **more: str) -> Page:
    fields = {field_of("toxin.min_interval_days"): "90", "note": NOTE, **more}
    return visitor.get(URL).submit("Propose", status=status, **fields)


def proposals(app: Flask) -> list[Proposal]:
    with looking(app):
        return list(db.session.scalars(sa.select(Proposal)))


def test_it_works(app: Flask, cast: Cast, ada: Visitor) -> None:
    page = propose(ada)
    assert "Waits for a medical director" in page.text
    assert NOTE in page.text
    (one,) = proposals(app)
    assert one.parameters == rules.effective(
        signing.newest("screening").body, {"jurisdiction": "UK-England", "toxin.min_interval_days": 90}
    )
    assert one.proposed_by == cast["ada"].id
    with looking(app, cast.clinic_id):
        found = actions.in_force("screening")
        assert (found.approved, found.parameters["toxin.min_interval_days"]) == (False, 84)


@pytest.mark.parametrize("value", ["83", "91", "", "eighty", "84.5"])
def test_a_value_out_of_range_is_refused_at_the_field(app: Flask, okafor: Visitor, value: str) -> None:
    page = propose(okafor, 422, **{field_of("toxin.min_interval_days"): value})
    assert page.errors == ["Error: Use a whole number from 84 to 90 days"]
    assert proposals(app) == []


def test_it_needs_a_reason(app: Flask, ada: Visitor) -> None:
    assert propose(ada, 422, note=" ").errors == ["Error: Say why, for whoever signs"]
    assert propose(ada, 422, note="x" * 2001).errors == ["Error: Use 2000 characters or fewer"]
    assert proposals(app) == []


def test_a_file_changed_since_is_refused(app: Flask, ada: Visitor) -> None:
    page = ada.get(URL)
    page.submit("Propose", status=409, note=NOTE, file_sha256="0" * 64)
    assert proposals(app) == []


def test_nurses_and_officers_read_and_do_not_propose(app: Flask, nora: Visitor, sam: Visitor) -> None:
    for visitor in (nora, sam):
        visitor.get(URL, status=403)
    assert proposals(app) == []
