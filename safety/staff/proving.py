"""Showing who one is: by password to sign in, by PIN to come back, by either to sign a record.

The slow hash is always checked outside the write transaction; a wrong try is written down in one of its own.
"""

from datetime import datetime, timedelta

import sqlalchemy as sa
from flask import request

from safety import clock
from safety.audit.log import Actor, seal
from safety.db import all_clinics, db, write_transaction
from safety.staff import actions, hashing, rules
from safety.staff.actions import Proved
from safety.staff.models import Member, Proof
from safety.web import SYSTEM, actor, current, minutes

UP_TO_A_MINUTE = timedelta(seconds=59)  # waits are told in whole minutes, never too few


class NotProved(ValueError):
    """The password or PIN does not fit, or one must wait. The message is for the field."""


def place() -> str:
    """Where a try came from: the tablet, else the address."""
    viewer = current()
    return f"tablet:{viewer.tablet_id}" if viewer.tablet_id else f"address:{request.remote_addr}"


def by_password(username: str, password: str, now: datetime) -> str:
    """Id of the member whose user name and password these are. Raises NotProved."""
    account = actions.account_key(username)
    with all_clinics():
        pause = actions.waiting(account, place(), now)
        member = db.session.scalar(sa.select(Member).where(Member.username == username.casefold()))
        known = (member.id, member.password_hash) if member and member.left_at is None else (None, None)
    if pause:
        raise NotProved(f"Too many wrong tries. Wait {minutes(pause + UP_TO_A_MINUTE)}, then try again")
    if not hashing.fits(known[1], password) or known[0] is None:
        _note(SYSTEM, account, Proof.PASSWORD, now)
        raise NotProved("User name or password is wrong")
    return known[0]


def by_pin(member: Member, pin: str, now: datetime) -> None:
    """Does this PIN open the member's shift again? Raises NotProved; some wrong ones close the PIN."""
    account, stored = actions.account_key(member.username), member.pin_hash
    tries, _ = actions.failures(account, place(), Proof.PIN, now)
    if rules.pin_closed(tries, now):
        raise NotProved("The PIN is closed after too many wrong tries. Sign in with your password")
    if not hashing.fits(stored, pin):
        _note(actor(), account, Proof.PIN, now)
        raise NotProved("The PIN is wrong")


def again(secret: str, now: datetime | None = None) -> Proved:
    """The person signed in proves again who they are, to sign: by PIN or password. Raises NotProved."""
    return _prove(db.session.get_one(Member, current().member_id), secret, now or clock.now())


def another(member_id: str, secret: str, now: datetime | None = None) -> Proved:
    """A second person of this clinic proves who they are on this screen, to sign. Raises NotProved."""
    wanted = sa.select(Member).where(Member.id == member_id, Member.left_at.is_(None))
    member = db.session.scalar(wanted)
    if member is None or member.id == current().member_id:
        raise NotProved("The second person is somebody else who works here")
    return _prove(member, secret, now or clock.now())


def _prove(member: Member, secret: str, now: datetime) -> Proved:
    looks_like_pin = member.pin_hash is not None and secret.isdigit() and len(secret) in rules.PIN_LENGTH
    if looks_like_pin:
        by_pin(member, secret, now)
        return Proved(member.id, Proof.PIN)
    return Proved(by_own_password(member.id, member.username, secret, now), Proof.PASSWORD)


def by_own_password(member_id: str, username: str, password: str, now: datetime) -> str:
    """The signed-in person's own password. Raises NotProved with words that fit a signature field."""
    try:
        return by_password(username, password, now)
    except NotProved as error:
        raise NotProved(str(error).replace("User name or password", "The PIN or password")) from error


def _note(who: Actor, account: str, proof: Proof, now: datetime) -> None:
    where = place()
    with write_transaction():
        actions.note_failure(who, account, where, proof, now)
        seal()
