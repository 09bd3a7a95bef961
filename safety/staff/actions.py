"""What is done with staff: joining, signing in, locking, enrolling tablets, signing records."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from safety.audit import canonical
from safety.audit.log import Actor, record
from safety.db import db, new_id
from safety.staff import rules
from safety.staff.hashing import new_token, token_hash
from safety.staff.models import FailedSignIn, Member, Proof, Role, Signature, SignIn, Tablet


@dataclass(frozen=True)
class Joining:
    """A new staff member. Hashes are made beforehand, outside the write transaction."""

    name: str
    username: str
    role: Role
    password_hash: str
    pin_hash: str | None


@dataclass(frozen=True)
class Proved:
    """Somebody who has just shown who they are, and how."""

    member_id: str
    proof: Proof


def add_member(actor: Actor, clinic_id: str, joining: Joining, now: datetime) -> Member:
    """Somebody joins the clinic. Raises NameTaken."""
    username = joining.username.casefold()
    if _known(username):
        raise NameTaken("This user name is taken: choose another")
    member = Member(
        id=new_id(), clinic_id=clinic_id, username=username, name=joining.name, role=joining.role,
        password_hash=joining.password_hash, pin_hash=joining.pin_hash, joined_at=now)  # fmt: skip
    db.session.add(member)
    db.session.flush()
    record(actor, "member.joined", f"member:{member.id}", {"role": member.role.value}, {"name": member.name})
    return member


class NameTaken(ValueError):
    """Another member of this installation has this user name."""


def _known(username: str) -> bool:
    # across all clinics: one sign-in form serves them all
    found = (
        db.session.connection().execute(sa.select(Member.__table__.c.id).filter_by(username=username)).first()
    )
    return found is not None


def as_member(member: Member) -> Actor:
    """This member, as the log names them."""
    return Actor("member", member.id, member.clinic_id)


def members() -> list[Member]:
    """Everybody of the clinic by name, those who left last."""
    return list(db.session.scalars(sa.select(Member).order_by(Member.left_at.is_not(None), Member.name)))


def end_member(actor: Actor, member: Member, now: datetime) -> None:
    """Somebody leaves: no further sign-in, open ones end."""
    member.left_at = now
    for sign_in in open_sign_ins(member.id):
        sign_in.ended_at = now
    record(actor, "member.left", f"member:{member.id}", {})


def set_pin(actor: Actor, member: Member, pin_hash: str) -> None:
    """A member chooses a new PIN."""
    member.pin_hash = pin_hash
    record(actor, "member.pin_changed", f"member:{member.id}", {})


def open_sign_ins(member_id: str) -> list[SignIn]:
    """The member's sign-ins that have not ended."""
    wanted = sa.select(SignIn).where(SignIn.member_id == member_id, SignIn.ended_at.is_(None))
    return list(db.session.scalars(wanted))


def sign_in(member: Member, tablet_id: str | None, proof: Proof, now: datetime) -> tuple[SignIn, str]:
    """Open a sign-in. Returns it with the token for the cookie; only the token's hash is kept."""
    token = new_token()
    opened = SignIn(
        id=new_id(), clinic_id=member.clinic_id, member_id=member.id, tablet_id=tablet_id,
        token_sha256=token_hash(token), proof=proof,
        opened_at=_shift_start(member, tablet_id, proof, now))  # fmt: skip
    db.session.add(opened)
    clear_failures(member, proof, now)
    actor = Actor("member", member.id, member.clinic_id, tablet_id)
    record(actor, "member.signed_in", f"member:{member.id}", {"proof": proof.value})
    return opened, token


def _shift_start(member: Member, tablet_id: str | None, proof: Proof, now: datetime) -> datetime:
    """A PIN continues the shift its password opened; it never makes it longer."""
    if proof is Proof.PASSWORD:
        return now
    return max(
        (
            s.opened_at
            for s in open_sign_ins(member.id)
            if s.tablet_id == tablet_id and s.proof is Proof.PASSWORD
        ),
        default=now - rules.SHIFT,
    )


def on_shift(tablet_id: str, now: datetime) -> list[Member]:
    """Who opened a shift on this tablet with their password and may come back by PIN."""
    wanted = (
        sa.select(Member)
        .join(SignIn, SignIn.member_id == Member.id)
        .where(
            SignIn.tablet_id == tablet_id, SignIn.proof == Proof.PASSWORD, SignIn.ended_at.is_(None),
            SignIn.opened_at > now - rules.SHIFT, Member.left_at.is_(None), Member.pin_hash.is_not(None),
        )
        .distinct().order_by(Member.name)
    )  # fmt: skip
    return list(db.session.scalars(wanted))


def set_aside(token: str | None, now: datetime) -> None:
    """Lock whatever sign-in this browser held until now: somebody takes its place. Its shift goes on."""
    if not token:
        return
    wanted = sa.select(SignIn).where(SignIn.token_sha256 == token_hash(token), SignIn.locked_at.is_(None))
    held = db.session.scalar(wanted)
    if held is not None:
        held.locked_at = now


def carry_to_tablet(sign_in_id: str, tablet: Tablet) -> None:
    """The browser became an enrolled tablet: its sign-in goes on there, as long as it would have."""
    held = db.session.get_one(SignIn, sign_in_id)
    held.tablet_id = tablet.id


def lock(actor: Actor, sign_in_id: str, now: datetime) -> None:
    """Lock this tablet: the shift goes on, the page does not."""
    held = db.session.get_one(SignIn, sign_in_id)
    held.locked_at = now
    record(actor, "member.locked", f"member:{held.member_id}", {})


def sign_out(actor: Actor, sign_in_id: str, now: datetime) -> None:
    """End the shift on this tablet (or browser)."""
    held = db.session.get_one(SignIn, sign_in_id)
    for other in open_sign_ins(held.member_id):
        if other.id == held.id or (held.tablet_id and other.tablet_id == held.tablet_id):
            other.ended_at = now
    record(actor, "member.signed_out", f"member:{held.member_id}", {})


def account_key(username: str) -> str:
    """What failures are counted under: a hash, so that mistyped passwords in the name field are not kept."""
    return hashlib.sha256(username.casefold().encode()).hexdigest()


def failures(account: str, place: str, proof: Proof, now: datetime) -> tuple[list[datetime], list[datetime]]:
    """Uncleared wrong tries of this account, and from this place (tablet or address)."""
    wanted = sa.select(FailedSignIn).where(
        FailedSignIn.proof == proof,
        FailedSignIn.cleared_at.is_(None),
        FailedSignIn.at > now - rules.FORGET_AFTER,
    )
    by_account = db.session.scalars(wanted.where(FailedSignIn.account == account))
    by_place = db.session.scalars(wanted.where(FailedSignIn.place == place))
    return [row.at for row in by_account], [row.at for row in by_place]


def note_failure(actor: Actor, account: str, place: str, proof: Proof, now: datetime) -> None:
    """A wrong password or PIN."""
    db.session.add(FailedSignIn(id=new_id(), account=account, place=place, proof=proof, at=now))
    record(actor, "member.sign_in_failed", f"account:{account[:16]}", {"proof": proof.value, "place": place})


def clear_failures(member: Member, proof: Proof, now: datetime) -> None:
    """A right password clears wrong passwords and PINs of that account; a right PIN clears wrong PINs."""
    kinds = list(Proof) if proof is Proof.PASSWORD else [Proof.PIN]
    wanted = sa.select(FailedSignIn).where(
        FailedSignIn.account == account_key(member.username), FailedSignIn.cleared_at.is_(None),
        FailedSignIn.proof.in_(kinds))  # fmt: skip
    for row in db.session.scalars(wanted):
        row.cleared_at = now


def enrol_tablet(
    actor: Actor, clinic_id: str, name: str, room_id: str | None, now: datetime
) -> tuple[Tablet, str]:
    """Enrol a tablet. Returns it with its token, shown once."""
    token = new_token()
    tablet = Tablet(
        id=new_id(),
        clinic_id=clinic_id,
        name=name,
        room_id=room_id,
        token_sha256=token_hash(token),
        enrolled_at=now,
    )
    db.session.add(tablet)
    db.session.flush()
    record(actor, "tablet.enrolled", f"tablet:{tablet.id}", {"room": room_id}, {"name": name})
    return tablet, token


def tablets() -> list[Tablet]:
    """The clinic's tablets by name, revoked ones last."""
    return list(db.session.scalars(sa.select(Tablet).order_by(Tablet.revoked_at.is_not(None), Tablet.name)))


def revoke_tablet(actor: Actor, tablet: Tablet, now: datetime) -> None:
    """A tablet is lost or retired: its token opens nothing any more."""
    tablet.revoked_at = now
    record(actor, "tablet.revoked", f"tablet:{tablet.id}", {})


def sign(
    actor: Actor, proved: Proved, record_id: str, meaning: str, content: object, now: datetime
) -> Signature:
    """Sign a record's content (plain JSON) with a meaning, as somebody who has just proved who they are.

    The signature covers name, role, meaning, time, record and content (21 CFR 11.50, 11.70): it fits no other
    record. Raises PermissionError when somebody else than the actor proved themselves.
    """
    if actor.id != proved.member_id:
        raise PermissionError("a signature is one's own")
    member = db.session.get_one(Member, proved.member_id)
    signature = Signature(
        id=new_id(), clinic_id=member.clinic_id, member_id=member.id, member_name=member.name,
        role=member.role, meaning=meaning, record=record_id,
        content_sha256=hashlib.sha256(canonical.dumps(content)).hexdigest(),
        proof=proved.proof, signed_at=now.replace(microsecond=0))  # fmt: skip
    signature.bound_sha256 = bound(signature)
    db.session.add(signature)
    db.session.flush()
    record(actor, "record.signed", record_id, {"signature": signature.id, "bound": signature.bound_sha256})
    return signature


def bound(signature: Signature) -> str:
    """Hex digest over everything a signature says."""
    parts = {
        "id": signature.id, "member": signature.member_id, "name": signature.member_name,
        "role": signature.role.value, "meaning": signature.meaning, "record": signature.record,
        "content": signature.content_sha256, "proof": signature.proof.value,
        "at_s": int(signature.signed_at.timestamp()),
    }  # fmt: skip
    return hashlib.sha256(canonical.dumps(parts)).hexdigest()


def fits(signature_id: str, record_id: str, content: object, member_id: str) -> Signature | None:
    """The signature, when it is this member's over this very record and content; None when it is not.

    A row changed, copied or moved after it was signed does not fit.
    """
    signature = db.session.get(Signature, signature_id)
    if signature is None or signature.bound_sha256 != bound(signature):
        return None
    of_this = signature.record == record_id and signature.member_id == member_id
    same = signature.content_sha256 == hashlib.sha256(canonical.dumps(content)).hexdigest()
    return signature if of_this and same else None


def waiting(account: str, place: str, now: datetime) -> timedelta:
    """How long this account and this place must wait before the next password."""
    by_account, by_place = failures(account, place, Proof.PASSWORD, now)
    return max(rules.wait(by_account, now), rules.wait(by_place, now, rules.FREE_TRIES_OF_A_PLACE))
