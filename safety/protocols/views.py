"""Protocols: read what is in force and what waits, set and sign, withdraw."""

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from flask import abort, redirect, request, url_for
from flask.typing import ResponseReturnValue

from safety import clock, web
from safety.audit.log import seal
from safety.db import db, write_transaction
from safety.forms import EmptyForm
from safety.protocols import actions, compare, files, proposing, reading, rules
from safety.protocols.actions import Approving, InForce
from safety.protocols.forms import ApproveForm, RetireForm, approve_form, propose_form
from safety.protocols.load import Broken, Protocol
from safety.protocols.models import Approval, Proposal
from safety.staff.actions import Proved
from safety.staff.acts import ADMIN, DIRECTOR, OFFICER, roles
from safety.staff.models import Member, Signature
from safety.staff.proving import NotProved
from safety.staff.proving import again as prove_again
from safety.web import actor, current, found, page, tab

bp = page("protocols")
tab("Protocols", "protocols.index", roles(DIRECTOR, OFFICER, ADMIN))
CONFLICT = 409
REFUSALS = (
    actions.FileChanged, actions.Unticked, rules.Refused, proposing.Closed, proposing.SecondNeeded,
)  # fmt: skip
Json = Any


@bp.route("/protocols")
def index() -> ResponseReturnValue:
    """Every protocol and how it stands in this clinic."""
    now = clock.now()
    on = web.today(now)
    return web.show(
        "protocols/index.html", on=on, warned=on + timedelta(days=actions.WARNED_DAYS),
        listed=[_standing(name) for name in files.ids()],
        waiting=proposing.waiting(),
    )  # fmt: skip


def _standing(protocol_id: str) -> tuple[str, InForce | None, list[str]]:
    try:
        found = actions.in_force(protocol_id)
    except Broken as broken:
        return protocol_id, None, [_named(problem) for problem in broken.problems]
    return protocol_id, found, [_named(problem) for problem in found.problems]


def _named(problem: Any) -> str:
    """File inside the folder, line and reason: the path of this machine is nobody's business."""
    return str(problem).replace(f"{files.ROOT}/", "")


def _in_force(protocol_id: str) -> InForce:
    if protocol_id not in files.ids():
        abort(404)
    try:
        return actions.in_force(protocol_id)
    except Broken as broken:
        abort(CONFLICT, _named(broken.problems[0]))


@bp.route("/protocols/<protocol_id>")
def show(protocol_id: str) -> ResponseReturnValue:
    """What this clinic goes by, laid out whole."""
    found = _in_force(protocol_id)
    laid_out, now = _laid_out(found.body, rules.parameters(found.source), found.parameters), clock.now()
    return web.show("protocols/show.html", found=found, on=web.today(now), now=now,
                    warned=web.today(now) + timedelta(days=actions.WARNED_DAYS),
                    problems=[_named(problem) for problem in found.problems],
                    waiting=proposing.waiting(protocol_id), people=people(),
                    scheduled=actions.scheduled(protocol_id, now), approvals=actions.approvals(protocol_id),
                    **laid_out)  # fmt: skip


def people() -> dict[str, str]:
    """Member → name, of everybody who works or worked here."""
    return {member.id: member.name for member in db.session.scalars(sa.select(Member))}


@bp.route("/protocols/<protocol_id>/waiting")
def waiting(protocol_id: str) -> ResponseReturnValue:
    """The newest file, as nobody has approved it yet."""
    found, newest = _in_force(protocol_id), _newest(protocol_id)
    values = rules.effective(newest.body, _carried(newest, found))
    laid_out = _laid_out(rules.resolve(newest.body, values), newest.parameters, values)
    return web.show("protocols/waiting.html", found=found, **laid_out)


def _laid_out(body: Json, settings: tuple[rules.Parameter, ...], values: Json) -> dict[str, Any]:
    """What both pages read from: the body, its chapters, its values, its sources."""
    shown = [(one, one.shown(values[one.key]), list(map(reading.cited, one.evidence))) for one in settings]
    return {
        "body": body,
        "chapters": reading.chapters(body),
        "settings": shown,
        "sources": reading.cited_sources(body),
    }


def _newest(protocol_id: str) -> Protocol:
    newest = files.newest(protocol_id).protocol
    if newest is None:
        abort(CONFLICT, "No file of this protocol can be read")
    return newest


def _carried(newest: Protocol, found: InForce) -> dict[str, Any]:
    """The values now in use, as far as the newest file still allows them."""
    known = {parameter.key: parameter for parameter in newest.parameters}
    return {key: value for key, value in found.parameters.items()
            if key in known and known[key].allows(value) is None}  # fmt: skip


@bp.route("/protocols/<protocol_id>/approve", methods=["GET", "POST"])
def approve(protocol_id: str) -> ResponseReturnValue:
    """Set the values (or, with `?proposal=`, take those proposed), tick each unverified figure, sign."""
    now, found, newest = clock.now(), _in_force(protocol_id), _newest(protocol_id)
    proposal = _open_proposal(request.args.get("proposal"))
    unverified = rules.unverified(newest.body)
    carried = rules.effective(newest.body, _carried(newest, found))
    form = approve_form(() if proposal else newest.parameters, unverified, carried, newest.file_sha256)
    form.on, form.now, form.zone = web.today(now), now, ZoneInfo(current().time_zone)
    if form.validate_on_submit() and (proved := _proved(form)):
        _sign(protocol_id, form, proved, proposal)
        return redirect(url_for("protocols.show", protocol_id=protocol_id))
    values = proposal.parameters if proposal else form.values()
    return web.show("protocols/approve.html", form=form, newest=newest, found=found, proposal=proposal,
                    evidence={one.id: "; ".join(map(reading.cited, one.evidence)) for one in unverified},
                    locked=reading.locked(newest.body), changes=_changes(found, newest, values),
                    people=people(), directors=proposing.directors(),
                    scheduled=actions.scheduled(protocol_id, now))  # fmt: skip


def _open_proposal(proposal_id: str | None) -> Proposal | None:
    if proposal_id is None:
        return None
    found(db.session.get(Proposal, proposal_id))
    try:
        return proposing.open_one(proposal_id)
    except proposing.Closed as closed:
        abort(CONFLICT, str(closed))


def _proved(form: Any) -> Proved | None:
    """Who signs, shown once more; outside any write transaction, because hashing is slow."""
    try:
        return prove_again(form.secret.data or "")
    except NotProved as problem:
        form.secret.errors = [str(problem)]
        return None


def _sign(protocol_id: str, form: ApproveForm, proved: Proved, proposal: Proposal | None) -> None:
    assert form.review_on.data is not None  # a valid form has it
    asked = Approving(protocol_id, form.file_sha256.data or "", form.values(),
                      frozenset(form.ticked.data or ()), form.review_on.data, form.begins(),
                      proposal.id if proposal else None)  # fmt: skip
    with write_transaction():
        try:
            actions.approve(actor(), proved, asked, clock.now())
        except REFUSALS as refused:
            abort(CONFLICT, str(refused))
        seal()


def _changes(found: InForce, newest: Protocol, values: dict[str, Any]) -> list[compare.Change]:
    """Every number and word that differs between what is in force and these values of the newest file."""
    given = {key: value for key, value in values.items() if value is not None}
    try:
        return compare.changes(found.body, rules.resolve(newest.body, given))
    except rules.Refused:
        return []


@bp.route("/protocols/<protocol_id>/retire", methods=["GET", "POST"])
def retire(protocol_id: str) -> ResponseReturnValue:
    """Withdraw the approval in force, or with `?scheduled=1` the one that has not begun."""
    found, form, now = _in_force(protocol_id), RetireForm(), clock.now()
    coming = actions.scheduled(protocol_id, now) if request.args.get("scheduled") else None
    meant = coming.id if coming else found.approval_id
    if meant is None:
        return redirect(url_for("protocols.show", protocol_id=protocol_id))
    if form.validate_on_submit() and (proved := _proved(form)):
        with write_transaction():
            try:
                actions.retire(actor(), proved, meant, now)
            except actions.NotInForce as refused:
                abort(CONFLICT, str(refused))
            seal()
        return redirect(url_for("protocols.show", protocol_id=protocol_id))
    return web.show("protocols/retire.html", form=form, found=found, coming=coming)


@bp.route("/protocols/<protocol_id>/propose", methods=["GET", "POST"])
def propose(protocol_id: str) -> ResponseReturnValue:
    """Write down values for the newest file, and why; nothing changes until a medical director signs."""
    standing, newest = _in_force(protocol_id), _newest(protocol_id)
    values = rules.effective(newest.body, _carried(newest, standing))
    form = propose_form(newest.parameters, values, newest.file_sha256)
    if form.validate_on_submit():
        with write_transaction():
            try:
                made = proposing.propose(actor(), protocol_id, form.file_sha256.data or "", form.values(),
                                         form.note.data or "", clock.now()).id  # fmt: skip
            except REFUSALS as refused:
                abort(CONFLICT, str(refused))
            seal()
        return redirect(url_for("protocols.proposal", proposal_id=made))
    return web.show("protocols/propose.html", form=form, newest=newest)


@bp.route("/protocols/proposals/<proposal_id>")
def proposal(proposal_id: str) -> ResponseReturnValue:
    """What would change: every number and word between what is in force and this proposal."""
    one = found(db.session.get(Proposal, proposal_id))
    standing, source = _in_force(one.protocol_id), actions.kept(one.file_sha256)
    drafted = rules.resolve(source, one.parameters)
    newest = files.newest(one.protocol_id).protocol
    return web.show("protocols/proposal.html", form=EmptyForm(), proposal=one, found=standing,
                    title=source["title"], changes=compare.changes(standing.body, drafted), people=people(),
                    unverified=rules.unverified(source, one.parameters), signed=proposing.signed(one.id),
                    stale=newest is None or newest.file_sha256 != one.file_sha256,
                    alone=proposing.directors() == 1)  # fmt: skip


@bp.route("/protocols/proposals/<proposal_id>/withdraw", methods=["POST"])
def withdraw(proposal_id: str) -> ResponseReturnValue:
    """Take a proposal back."""
    protocol_id = found(db.session.get(Proposal, proposal_id)).protocol_id
    with write_transaction():
        try:
            proposing.withdraw(actor(), proposal_id, clock.now())
        except proposing.Closed as closed:
            abort(CONFLICT, str(closed))
        seal()
    return redirect(url_for("protocols.show", protocol_id=protocol_id))


@bp.route("/protocols/approvals/<approval_id>")
def approval(approval_id: str) -> ResponseReturnValue:
    """One approval as it was signed: values, every figure with its source, ticks, signature. For paper."""
    one = found(db.session.get(Approval, approval_id))
    source = actions.kept(one.file_sha256)
    body = actions.kept_resolved(one.file_sha256, one.parameters, one.digest)
    written = db.session.get(Proposal, one.proposal_id) if one.proposal_id else None
    ticked = [figure for figure in rules.unverified(source, one.parameters) if figure.id in one.ticked]
    return web.show("protocols/approval.html", approval=one, now=clock.now(), people=people(),
                    signature=db.session.get_one(Signature, one.signature_id), proposal=written,
                    ticked=[(figure, "; ".join(map(reading.cited, figure.evidence))) for figure in ticked],
                    **_laid_out(body, rules.parameters(source), one.parameters))  # fmt: skip
