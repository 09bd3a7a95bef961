"""Protocols: read what is in force and what waits, set and sign, withdraw."""

from typing import Any

from flask import abort, redirect, url_for
from flask.typing import ResponseReturnValue

from safety import clock, web
from safety.audit.log import seal
from safety.db import write_transaction
from safety.protocols import actions, compare, files, reading, rules
from safety.protocols.actions import Approving, InForce
from safety.protocols.forms import ApproveForm, RetireForm, approve_form
from safety.protocols.load import Broken, Protocol
from safety.staff.actions import Proved
from safety.staff.acts import DIRECTOR, OFFICER, roles
from safety.staff.proving import NotProved
from safety.staff.proving import again as prove_again
from safety.web import actor, page, tab

bp = page("protocols")
tab("Protocols", "protocols.index", roles(DIRECTOR, OFFICER))
CONFLICT = 409
Json = Any


@bp.route("/protocols")
def index() -> ResponseReturnValue:
    """Every protocol and how it stands in this clinic."""
    now = clock.now()
    return web.show(
        "protocols/index.html", on=web.today(now), listed=[_standing(name) for name in files.ids()]
    )


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
    laid_out = _laid_out(found.body, rules.parameters(found.source), found.parameters)
    return web.show("protocols/show.html", found=found, on=web.today(clock.now()),
                    problems=[_named(problem) for problem in found.problems],
                    approvals=actions.approvals(protocol_id), **laid_out)  # fmt: skip


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
    """Set the values, tick each unverified figure, sign."""
    now, found = clock.now(), _in_force(protocol_id)
    newest = _newest(protocol_id)
    unverified = rules.unverified(newest.body)
    form = approve_form(newest.parameters, unverified, rules.effective(newest.body, _carried(newest, found)),
                        newest.file_sha256)  # fmt: skip
    form.on = web.today(now)
    if form.validate_on_submit() and (proved := _proved(form)):
        _sign(protocol_id, form, proved)
        return redirect(url_for("protocols.show", protocol_id=protocol_id))
    return web.show("protocols/approve.html", form=form, newest=newest, found=found,
                    evidence={one.id: "; ".join(map(reading.cited, one.evidence)) for one in unverified},
                    locked=reading.locked(newest.body), changes=_changes(found, newest, form))  # fmt: skip


def _proved(form: Any) -> Proved | None:
    """Who signs, shown once more; outside any write transaction, because hashing is slow."""
    try:
        return prove_again(form.secret.data or "")
    except NotProved as problem:
        form.secret.errors = [str(problem)]
        return None


def _sign(protocol_id: str, form: ApproveForm, proved: Proved) -> None:
    assert form.review_on.data is not None  # a valid form has it
    asked = Approving(protocol_id, form.file_sha256.data or "", form.values(),
                      frozenset(form.ticked.data or ()), form.review_on.data)  # fmt: skip
    with write_transaction():
        try:
            actions.approve(actor(), proved, asked, clock.now())
        except (actions.FileChanged, actions.Unticked, rules.Refused) as refused:
            abort(CONFLICT, str(refused))
        seal()


def _changes(found: InForce, newest: Protocol, form: ApproveForm) -> list[compare.Change] | None:
    """What differs from the version in force; None when nothing was approved before."""
    if not found.approved:
        return None
    values = {key: value for key, value in form.values().items() if value is not None}
    try:
        return compare.changes(found.body, rules.resolve(newest.body, values))
    except rules.Refused:
        return []


@bp.route("/protocols/<protocol_id>/retire", methods=["GET", "POST"])
def retire(protocol_id: str) -> ResponseReturnValue:
    """Withdraw the approval in force."""
    found, form = _in_force(protocol_id), RetireForm()
    if not found.approved:
        return redirect(url_for("protocols.show", protocol_id=protocol_id))
    if form.validate_on_submit() and (proved := _proved(form)):
        with write_transaction():
            try:
                actions.retire(actor(), proved, found.approval_id or "", clock.now())
            except actions.NotInForce as refused:
                abort(CONFLICT, str(refused))
            seal()
        return redirect(url_for("protocols.show", protocol_id=protocol_id))
    return web.show("protocols/retire.html", form=form, found=found)
