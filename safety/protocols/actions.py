"""Which protocol is in force here, and what a medical director does about it: approve, retire."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from safety import clock
from safety.audit.log import Actor, record
from safety.clinic.models import Clinic
from safety.db import db, new_id
from safety.protocols import files, proposing, rules
from safety.protocols.keeping import keep
from safety.protocols.load import Broken, Problem, Protocol
from safety.protocols.models import Approval, ProtocolFile
from safety.staff.actions import Proved, sign
from safety.staff.models import Member

Json = Any
MEANING = "I approve this protocol, with these values and every figure ticked, for use in this clinic"
RETIRES = "I retire this approval: this clinic no longer stands behind it"


@dataclass(frozen=True)
class InForce:
    """What this clinic goes by: the approved version with its values, or (not approved) the newest file.

    `source` is the file's body as loaded, `body` the same with the values put in. `problems` says what is
    wrong with files newer than the one in use; `waiting` is the version on disk that nobody has approved yet.
    """

    protocol_id: str
    version: int
    kind: str
    title: str
    source: Mapping[str, Json]
    body: dict[str, Json]
    file_sha256: str
    parameters: dict[str, Json]
    digest: str
    approval_id: str | None = None
    approver: str | None = None
    approved_at: datetime | None = None
    review_on: date | None = None
    problems: tuple[Problem, ...] = ()
    waiting: int | None = None

    @property
    def approved(self) -> bool:
        """Has this clinic's medical director signed it?"""
        return self.approval_id is not None


def in_force(protocol_id: str, now: datetime | None = None) -> InForce:
    """What this clinic goes by at this moment. A broken file leaves the last approved version in use.

    Raises Broken when nothing of this name was ever readable.
    """
    newest = files.newest(protocol_id)
    if approval := approved(protocol_id, now or clock.now()):
        return _approved(approval, newest)
    return _unapproved(protocol_id, newest, {})


def unsigned(protocol_id: str) -> dict[str, Json]:
    """The newest file with its defaults, for a device of no clinic: the body with `digest`, `approved`."""
    found = _unapproved(protocol_id, files.newest(protocol_id), {})
    return {**found.body, "digest": found.digest, "approved": False, "approver": None}


def approved(protocol_id: str, now: datetime) -> Approval | None:
    """The clinic's approval in force: the newest one that has begun and has not ended."""
    wanted = sa.select(Approval).where(
        Approval.protocol_id == protocol_id, Approval.active_from <= now,
        sa.or_(Approval.retired_at.is_(None), Approval.retired_at > now),
    )  # fmt: skip
    return db.session.scalar(wanted.order_by(Approval.approved_at.desc(), Approval.id).limit(1))


def approvals(protocol_id: str) -> Sequence[Approval]:
    """All of the clinic's approvals of a protocol, newest first."""
    wanted = sa.select(Approval).where(Approval.protocol_id == protocol_id)
    return list(db.session.scalars(wanted.order_by(Approval.approved_at.desc())))


def _approved(approval: Approval, newest: files.Newest) -> InForce:
    source = kept(approval.file_sha256)
    on_disk = newest.protocol
    newer = on_disk is not None and on_disk.file_sha256 != approval.file_sha256
    return InForce(
        protocol_id=approval.protocol_id, version=approval.version, kind=source["kind"],
        title=source["title"], source=source, body=_resolved(approval.digest, source, approval.parameters),
        file_sha256=approval.file_sha256, parameters=approval.parameters, digest=approval.digest,
        approval_id=approval.id, approver=db.session.get_one(Member, approval.approved_by).name,
        approved_at=approval.approved_at, review_on=approval.review_on, problems=newest.problems,
        waiting=on_disk.version if newer and on_disk else None,
    )  # fmt: skip


def _unapproved(protocol_id: str, newest: files.Newest, values: Mapping[str, Json]) -> InForce:
    source, sha256 = _newest_source(protocol_id, newest)
    chosen = rules.effective(source, {**_of_this_clinic(source), **values})
    digest = rules.digest(sha256, chosen)
    return InForce(
        protocol_id=protocol_id, version=source["version"], kind=source["kind"], title=source["title"],
        source=source, body=_resolved(digest, source, chosen), file_sha256=sha256, parameters=chosen,
        digest=digest, problems=newest.problems, waiting=source["version"],
    )  # fmt: skip


def _newest_source(protocol_id: str, newest: files.Newest) -> tuple[Mapping[str, Json], str]:
    """The newest file that can be read; when none can, the last one anybody used."""
    if newest.protocol:
        return newest.protocol.body, newest.protocol.file_sha256
    wanted = sa.select(ProtocolFile).where(ProtocolFile.protocol_id == protocol_id)
    last = db.session.scalar(
        wanted.order_by(ProtocolFile.version.desc(), ProtocolFile.first_seen_at.desc()).limit(1)
    )
    if last is None:
        raise Broken(
            list(newest.problems) or [Problem(str(files.ROOT), 1, f"holds no protocol named {protocol_id}")]
        )
    return last.loaded, last.sha256


def _of_this_clinic(source: Mapping[str, Json]) -> dict[str, Json]:
    """Before anybody approves, a protocol that asks whose law applies takes the clinic's own."""
    asks = any(parameter.key == "jurisdiction" for parameter in rules.parameters(source))
    clinic = db.session.get(Clinic, db.session().info.get("clinic_id") or "") if asks else None
    return {"jurisdiction": clinic.jurisdiction.value} if clinic else {}


_resolved_bodies: dict[tuple[str, ...], dict[str, Json]] = {}
LARGEST_CACHE = 32


def _resolved(digest: str, source: Mapping[str, Json], values: Mapping[str, Json]) -> dict[str, Json]:
    """The body with its values, made once for each digest: the digest names both. Not to be changed.

    A kept body has its keys in another order than the file's, and a page reads them in order: two bodies.
    """
    key = (digest, *source)
    if key not in _resolved_bodies:
        if len(_resolved_bodies) >= LARGEST_CACHE:
            _resolved_bodies.clear()
        _resolved_bodies[key] = rules.resolve(source, values)
    return _resolved_bodies[key]


_kept_bodies: dict[str, dict[str, Json]] = {}


def kept(file_sha256: str) -> dict[str, Json]:
    """The body of a file as it was loaded when first used, whatever has become of the file since.

    The same object each time, not to be changed: the rules remember by it what they resolved.
    """
    if file_sha256 not in _kept_bodies:
        if len(_kept_bodies) >= LARGEST_CACHE:
            _kept_bodies.clear()
        _kept_bodies[file_sha256] = db.session.get_one(ProtocolFile, file_sha256).loaded
    return _kept_bodies[file_sha256]


def kept_resolved(file_sha256: str, values: Mapping[str, Json], digest: str) -> dict[str, Json]:
    """A kept file with the values a run or screening is pinned to."""
    return _resolved(digest, kept(file_sha256), values)


def keep_file(protocol_id: str, now: datetime) -> InForce:
    """Keep the file in force, so that what is pinned to it outlives it. Raises Broken."""
    found = in_force(protocol_id, now)
    newest = files.newest(protocol_id).protocol
    if newest and newest.file_sha256 == found.file_sha256:
        keep(newest, now)
    return found


@dataclass(frozen=True)
class Approving:
    """What a medical director is about to sign. `file_sha256` is the file the page showed.

    `active_from`: when it begins, at once when None. With a proposal the values are the proposal's.
    """

    protocol_id: str
    file_sha256: str
    values: dict[str, Json]
    ticked: frozenset[str]
    review_on: date
    active_from: datetime | None = None
    proposal_id: str | None = None


class FileChanged(ValueError):
    """The file on disk is no longer the one the page showed."""


class Unticked(ValueError):
    """Figures nobody has seen in a source were not accepted one by one."""

    def __init__(self, missing: list[str]):
        one = len(missing) == 1
        super().__init__(f"{len(missing)} unverified {'figure is' if one else 'figures are'} not ticked yet")
        self.missing = missing


def approve(actor: Actor, proved: Proved, asked: Approving, now: datetime) -> Approval:
    """The medical director signs the newest file with these values; earlier approvals end when it begins.

    Raises FileChanged, Unticked, rules.Refused (a value out of range), proposing.Closed,
    proposing.SecondNeeded, PermissionError.
    """
    protocol = files.newest(asked.protocol_id).protocol
    if protocol is None or protocol.file_sha256 != asked.file_sha256:
        raise FileChanged("The protocol file has changed since this page was opened: read it again")
    values, author = _proposed(asked, proved)
    chosen = rules.effective(protocol.body, values)
    if missing := unticked(protocol.body, asked.ticked):
        raise Unticked(missing)
    keep(protocol, now)
    approval = _sign(actor, proved, protocol, chosen, asked, author, now)
    _end_earlier(approval, now)
    facts = {"protocol": protocol.id, "version": protocol.version, "file": protocol.file_sha256,
             "digest": approval.digest, "ticked": len(asked.ticked), "author": author,
             "active_from": approval.active_from.isoformat(), "review_on": str(asked.review_on)}  # fmt: skip
    record(actor, "protocol.approved", f"approval:{approval.id}", facts)
    return approval


def _proposed(asked: Approving, proved: Proved) -> tuple[Mapping[str, Json], str]:
    """The values to sign and who wrote them down."""
    if asked.proposal_id is None:
        proposing.must_be_two(proved.member_id, proved.member_id)
        return asked.values, proved.member_id
    proposal = proposing.open_one(asked.proposal_id)
    if (proposal.protocol_id, proposal.file_sha256) != (asked.protocol_id, asked.file_sha256):
        raise FileChanged("The protocol file has changed since this was proposed: propose it again")
    proposing.must_be_two(proposal.proposed_by, proved.member_id)
    return proposal.parameters, proposal.proposed_by


def _end_earlier(approval: Approval, now: datetime) -> None:
    """What is in force ends when this begins; what had not begun yet never will."""
    for earlier in approvals(approval.protocol_id):
        if earlier.id != approval.id and (earlier.retired_at is None or earlier.retired_at > now):
            earlier.retired_at = approval.active_from if earlier.active_from <= now else now


def unticked(source: Mapping[str, Json], ticked: frozenset[str]) -> list[str]:
    """Ids of unverified figures that were not ticked."""
    return [figure.id for figure in rules.unverified(source) if figure.id not in ticked]


def _sign(
    actor: Actor,
    proved: Proved,
    protocol: Protocol,
    values: dict[str, Json],
    asked: Approving,
    author: str,
    now: datetime,
) -> Approval:
    digest, ticked, approval_id = rules.digest(protocol.file_sha256, values), sorted(asked.ticked), new_id()
    begins = max(asked.active_from or now, now)
    content = {
        "protocol": protocol.id, "version": protocol.version, "file": protocol.file_sha256, "digest": digest,
        "parameters": values, "ticked": ticked, "review_on": str(asked.review_on),
        "active_from": begins.isoformat(), "author": author,
    }  # fmt: skip
    signature = sign(actor, proved, f"approval:{approval_id}", MEANING, content, now)
    approval = Approval(
        id=approval_id, clinic_id=signature.clinic_id, protocol_id=protocol.id, version=protocol.version,
        file_sha256=protocol.file_sha256, parameters=values, digest=digest, ticked=ticked,
        signature_id=signature.id, approved_by=proved.member_id, approved_at=now, active_from=begins,
        review_on=asked.review_on, retired_at=None, proposal_id=asked.proposal_id,
    )  # fmt: skip
    db.session.add(approval)
    db.session.flush()
    return approval


class NotInForce(ValueError):
    """This approval was retired or superseded before."""


def retire(actor: Actor, proved: Proved, approval_id: str, now: datetime) -> Approval:
    """The clinic withdraws an approval, in force or to come. After one in force the newest file runs, not
    approved; after one that had not begun, what is in force stays. Raises NotInForce.
    """
    approval = db.session.get(Approval, approval_id)
    if approval is None or (approval.retired_at is not None and approval.retired_at <= now):
        raise NotInForce("This approval is not in force any more")
    content = {"approval": approval.id, "digest": approval.digest}
    sign(actor, proved, f"approval:{approval.id}", RETIRES, content, now)
    if approval.active_from > now:
        _go_on_after(approval)
    approval.retired_at = now
    record(actor, "protocol.retired", f"approval:{approval.id}", {"protocol": approval.protocol_id})
    return approval


def _go_on_after(never_begun: Approval) -> None:
    """What would have ended for it does not."""
    for other in approvals(never_begun.protocol_id):
        if other.id != never_begun.id and other.retired_at == never_begun.active_from:
            other.retired_at = None


WARNED_DAYS = 30  # so long before its review date a protocol is on the day board


def scheduled(protocol_id: str, now: datetime) -> Approval | None:
    """The approval that is signed and has not begun."""
    found = [one for one in approvals(protocol_id) if one.active_from > now and one.retired_at is None]
    return found[0] if found else None


def to_review(on: date, now: datetime) -> list[tuple[str, date]]:
    """Title and review date of what is in force and due for review within WARNED_DAYS, earliest first."""
    found = []
    for protocol_id in files.ids():
        approval = approved(protocol_id, now)
        if approval and approval.review_on <= on + timedelta(days=WARNED_DAYS):
            found.append((str(kept(approval.file_sha256)["title"]), approval.review_on))
    return sorted(found, key=lambda one: one[1])
