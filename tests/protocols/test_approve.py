from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from safety.db import db
from safety.protocols import actions, rules
from safety.protocols.models import Approval, ProtocolFile
from safety.staff.actions import bound
from safety.staff.models import Signature
from tests.factories import Cast, looking
from tests.page import Page, Visitor
from tests.protocols import signing

URL = "/protocols/screening/approve"


def approvals(app: Flask) -> list[Approval]:
    with looking(app):
        return list(db.session.scalars(sa.select(Approval).order_by(Approval.approved_at)))


def sign(mara: Visitor, status: int = 200, changes: dict[str, Any] | None = None) -> Page:
    fields = signing.fields("screening", **(changes or {}))
    return mara.get(URL).submit("Sign and approve", status=status, **fields)


def test_it_works(app: Flask, cast: Cast, mara: Visitor) -> None:
    page = sign(mara)
    assert "Approved by Dr Mara Lindqvist" in page.text
    assert "Not approved here" not in page.tree.text
    (approval,) = approvals(app)
    newest = signing.newest("screening")
    assert approval.file_sha256 == newest.file_sha256
    assert approval.digest == rules.digest(newest.file_sha256, approval.parameters)
    assert approval.parameters == rules.effective(newest.body, {"jurisdiction": "UK-England"})
    assert approval.ticked == sorted(signing.all_ticks("screening"))


def test_the_signature_is_bound_to_what_was_signed(app: Flask, cast: Cast, mara: Visitor) -> None:
    sign(mara)
    (approval,) = approvals(app)
    with looking(app):
        signature = db.session.get_one(Signature, approval.signature_id)
        assert signature.bound_sha256 == bound(signature)
        assert signature.record == f"approval:{approval.id}"
        assert signature.member_id == cast["mara"].id


def test_the_emergency_protocol_too(app: Flask, cast: Cast, mara: Visitor) -> None:
    page = mara.get("/protocols/vascular_occlusion/approve")
    page.submit("Sign and approve", status=200, **signing.fields("vascular_occlusion"))
    assert [one.protocol_id for one in approvals(app)] == ["vascular_occlusion"]


def test_a_value_is_set_within_its_range(app: Flask, cast: Cast, mara: Visitor) -> None:
    sign(mara, changes={field_of("screen.cooling_off_h"): "48"})
    (approval,) = approvals(app)
    assert approval.parameters["screen.cooling_off_h"] == 48
    with looking(app, cast.clinic_id):
        found = actions.in_force("screening")
        assert found.approved
        assert found.body["parameters"]["screen.cooling_off_h"] == 48


def field_of(key: str) -> str:
    keys = [parameter.key for parameter in signing.newest("screening").parameters]
    return f"parameter_{keys.index(key)}"


@pytest.mark.parametrize("value", ["-1", "337", "", "many", "24.5"])
def test_a_value_out_of_range_is_refused_at_the_field(app: Flask, mara: Visitor, value: str) -> None:
    page = sign(mara, 422, {field_of("screen.cooling_off_h"): value})
    assert page.errors == ["Error: Use a whole number from 0 to 336 hours"]
    assert approvals(app) == []


def test_a_forged_choice_is_refused(app: Flask, mara: Visitor) -> None:
    fields = {**signing.fields("screening"), field_of("screen.mg_toxin"): "clear"}
    mara.post(URL, fields, status=422)
    assert approvals(app) == []


def test_every_unverified_figure_is_ticked_by_itself(app: Flask, mara: Visitor) -> None:
    ticks = signing.all_ticks("screening")
    page = sign(mara, 422, {"ticked": ticks[1:]})
    assert page.errors == ["Error: 1 unverified figure is not ticked yet"]
    page = sign(mara, 422, {"ticked": []})
    assert page.errors == [f"Error: {len(ticks)} unverified figures are not ticked yet"]
    assert approvals(app) == []


def test_the_ticks_given_are_kept_when_something_else_is_wrong(mara: Visitor) -> None:
    page = sign(mara, 422, {"secret": "not my password at all"})
    ticked = page.find_all("input", name="ticked", checked=True)
    assert len(ticked) == len(signing.all_ticks("screening"))


def test_without_the_right_secret_nothing_is_signed(app: Flask, mara: Visitor) -> None:
    page = sign(mara, 422, {"secret": "correct horse battery stapler"})
    assert page.errors == ["Error: The PIN or password is wrong"]
    assert approvals(app) == []


def test_the_review_lies_ahead(app: Flask, mara: Visitor) -> None:
    page = sign(mara, 422, {"review_on-year": "2020"})
    assert page.errors == ["Error: The review lies in the future"]
    assert approvals(app) == []


def test_a_file_changed_since_the_page_was_opened_is_not_signed(app: Flask, mara: Visitor) -> None:
    fields = {**signing.fields("screening", file_sha256="0" * 64), **defaults(mara)}
    page = mara.post(URL, fields, status=409)
    assert "has changed since this page was opened" in page.text
    assert approvals(app) == []


def defaults(mara: Visitor) -> dict[str, str]:
    """The values as the page offers them."""
    form = mara.get(URL).form("Sign and approve")
    boxes = [node for node in form.all("input") if node.get("name").startswith("parameter_")]
    return {node["name"]: node.get("value") for node in boxes
            if node.get("type") != "radio" or "checked" in node.attrs}  # fmt: skip


def test_a_later_approval_takes_the_place_of_the_earlier(app: Flask, cast: Cast, mara: Visitor) -> None:
    signing.approve(app, cast, "screening")
    page = mara.get(URL)
    assert "Between version 2, in force, and version 2" in page.text
    page.submit("Sign and approve", status=200,
                **signing.fields("screening", **{field_of("toxin.min_interval_days"): "90"}))  # fmt: skip
    first, second = approvals(app)
    assert first.retired_at is not None
    assert second.retired_at is None
    assert second.parameters["toxin.min_interval_days"] == 90


def test_the_file_is_kept_with_the_approval(app: Flask, mara: Visitor) -> None:
    sign(mara)
    newest = signing.newest("screening")
    with looking(app):
        kept = db.session.get_one(ProtocolFile, newest.file_sha256)
        assert (kept.body, kept.loaded) == (newest.file_bytes, newest.body)


def test_only_a_medical_director_approves(
    app: Flask, nora: Visitor, okafor: Visitor, sam: Visitor, ada: Visitor
) -> None:
    for visitor in (nora, okafor, sam, ada):
        visitor.get(URL, status=403)
        visitor.post(URL, signing.fields("screening"), status=403)
    assert approvals(app) == []


def test_one_clinic_does_not_approve_for_another(app: Flask, cast: Cast, nora: Visitor) -> None:
    signing.approve(app, cast, "screening", who="eve_director")
    assert "Not approved here" in nora.get("/protocols/screening").tree.text


def test_a_protocol_that_is_not_there(mara: Visitor) -> None:
    mara.get("/protocols/nothing/approve", status=404)
    mara.get("/protocols/..%2Fsecret", status=404)
