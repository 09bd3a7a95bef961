"""Compare, withdraw, sign: author and signer are two, unless there is one director."""

import sqlalchemy as sa
from flask import Flask

from safety import clock
from safety.db import db
from safety.protocols.models import Approval, Proposal
from safety.staff.models import Member, Role
from tests.factories import Cast, arranging, looking
from tests.page import Page, Visitor
from tests.protocols import signing
from tests.protocols.test_approve import approvals, field_of
from tests.protocols.test_propose import NOTE, proposals, propose


def address(app: Flask) -> str:
    return f"/protocols/proposals/{proposals(app)[-1].id}"


def sign(app: Flask, visitor: Visitor, status: int = 200) -> Page:
    page = visitor.get(f"/protocols/screening/approve?proposal={proposals(app)[-1].id}")
    return page.submit("Sign and approve", status=status, **signing.fields("screening"))


def second_director(app: Flask, cast: Cast) -> None:
    """Dr Okafor becomes a medical director as well."""
    with arranging(app, cast["mara"].actor):
        db.session.get_one(Member, cast["okafor"].id).role = Role.MEDICAL_DIRECTOR


def test_it_works(app: Flask, cast: Cast, okafor: Visitor, mara: Visitor) -> None:
    """Every changed number is listed, before and after; what is signed is what was proposed."""
    signing.approve(app, cast, "screening")
    propose(okafor)
    page = mara.get(address(app))
    assert "parameters · toxin.min_interval_days" in page.text
    cells = [cell.text for cell in page.find_all("td")]
    assert {"84", "90"} <= set(cells)
    assert "numbers and words differ" in page.text
    assert "Approved by" in sign(app, mara).text
    newest = approvals(app)[-1]
    assert newest.parameters["toxin.min_interval_days"] == 90
    with looking(app):
        proposal = db.session.scalars(sa.select(Proposal)).one()
        assert (newest.proposal_id, proposal.proposed_by) == (proposal.id, cast["okafor"].id)
    assert "Signed by Dr Mara Lindqvist" in okafor.get(address(app)).text
    mara.get(f"/protocols/screening/approve?proposal={proposal.id}", status=409)


def test_other_values_cannot_be_slipped_in_while_signing(app: Flask, ada: Visitor, mara: Visitor) -> None:
    propose(ada)
    url = f"/protocols/screening/approve?proposal={proposals(app)[0].id}"
    form = mara.get(url)
    assert not form.find_all("input", name=field_of("toxin.min_interval_days"))
    file = signing.newest("screening").file_sha256
    forged = {**signing.fields("screening", file_sha256=file), field_of("toxin.min_interval_days"): "84"}
    mara.post(url, forged)
    assert approvals(app)[0].parameters["toxin.min_interval_days"] == 90


def test_a_proposal_is_withdrawn_and_then_not_signed(app: Flask, ada: Visitor, mara: Visitor) -> None:
    propose(ada)
    ada.get(address(app)).submit("Withdraw the proposal")
    assert "Withdrawn by" in ada.get(address(app)).text
    mara.get(f"/protocols/screening/approve?proposal={proposals(app)[0].id}", status=409)
    ada.post(f"{address(app)}/withdraw", status=409)
    assert approvals(app) == []


def test_an_unticked_figure_refuses_a_proposal_too(app: Flask, ada: Visitor, mara: Visitor) -> None:
    propose(ada)
    page = mara.get(f"/protocols/screening/approve?proposal={proposals(app)[0].id}")
    ticks = signing.all_ticks("screening")
    page.submit("Sign and approve", status=422, **signing.fields("screening", ticked=ticks[1:]))
    assert approvals(app) == []


def test_a_file_changed_since_it_was_proposed_is_not_signed(
    app: Flask, cast: Cast, ada: Visitor, mara: Visitor
) -> None:
    propose(ada)
    older = signing.keep_version(app, cast, "screening", 1)
    with arranging(app, cast["ada"].actor):
        db.session.scalars(sa.select(Proposal)).one().file_sha256 = older
    assert "has changed since" in mara.get(address(app)).text
    sign(app, mara, 409)
    assert approvals(app) == []


def test_the_only_director_may_sign_their_own_and_the_record_says_so(
    app: Flask, cast: Cast, mara: Visitor
) -> None:
    assert "only medical director" in propose(mara).text
    sign(app, mara)
    (approval,) = approvals(app)
    assert "Author and signer are the same person" in mara.get(f"/protocols/approvals/{approval.id}").text


def test_of_two_directors_the_other_one_signs(app: Flask, cast: Cast, mara: Visitor, okafor: Visitor) -> None:
    second_director(app, cast)
    propose(mara)
    assert "another medical director signs it" in mara.get(address(app)).text
    assert "does not sign it" in sign(app, mara, 409).text
    page = mara.get("/protocols/screening/approve")
    assert "Another medical director signs" in page.text
    page.submit("Sign and approve", status=409, **signing.fields("screening"))
    assert approvals(app) == []
    sign(app, okafor)
    assert [one.approved_by for one in approvals(app)] == [cast["okafor"].id]


def test_what_was_signed_is_printed_whole(app: Flask, cast: Cast, ada: Visitor, mara: Visitor) -> None:
    propose(ada)
    sign(app, mara)
    (approval,) = approvals(app)
    page = ada.get(f"/protocols/approvals/{approval.id}")
    for said in (
        NOTE,
        "Ada",
        "Dr Mara Lindqvist",
        "toxin.min_interval_days",
        approval.digest,
        "[S]",
        "In force",
    ):
        assert said in page.text, said
    for figure in signing.all_ticks("screening"):
        assert figure in page.text


def test_another_clinic_sees_neither(
    app: Flask, cast: Cast, ada: Visitor, mara: Visitor, eve: Visitor
) -> None:
    propose(ada)
    sign(app, mara)
    eve.get(address(app), status=404)
    eve.get(f"/protocols/approvals/{approvals(app)[0].id}", status=404)
    with looking(app, cast["eve"].actor.clinic_id):
        assert not db.session.scalars(sa.select(Approval)).all()


def test_the_board_and_the_list_tell_the_director(app: Flask, ada: Visitor, mara: Visitor) -> None:
    propose(ada)
    assert "1 protocol to sign" in mara.get("/today").text
    assert "1 protocol to sign" not in ada.get("/today").text
    assert "1 proposal waits" in ada.get("/protocols").text
    assert clock.now() > proposals(app)[0].proposed_at
