"""From cookies and headers to a Viewer: the person signed in, the enrolled tablet, or nobody."""

from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa
from flask import request, session
from werkzeug.wrappers import Response

from safety import clock
from safety.audit.log import Actor
from safety.clinic.models import Clinic
from safety.db import all_clinics, db
from safety.staff import rules
from safety.staff.hashing import token_hash
from safety.staff.models import Handing, Member, SignIn, Tablet
from safety.web import Handed, Viewer

SIGN_IN, TABLET = "reflow_sign_in", "reflow_tablet"
TABLET_DAYS = 3650


def identify() -> Viewer:
    """Who makes this request? A tablet is known by its cookie or by `Authorization: Tablet <token>`."""
    with all_clinics():
        known = _tablet()
        tablet = known if known and known.revoked_at is None else None
        if handing := _handing(tablet):
            return _with_patient(handing, known)
        held = _sign_in(tablet, clock.now())
        if held is not None:
            session["seen_ms"] = clock.now_ms()
            return _of_member(*held, tablet)
        if tablet:
            return _of_tablet(tablet)
        return Viewer(revoked=_was(known) if known else None)


def _handing(tablet: Tablet | None) -> Handing | None:
    """The patient who holds this device, as its tablet or its sign-in knows, however long that takes."""
    token = held_token()
    if tablet is None and token is None:
        return None
    here = []
    if tablet is not None:
        here.append(Handing.tablet_id == tablet.id)
    if token is not None:
        here.append(Handing.token_sha256 == token_hash(token))
    return db.session.scalar(sa.select(Handing).where(Handing.ended_at.is_(None), sa.or_(*here)).limit(1))


def _with_patient(handing: Handing, known: Tablet | None) -> Viewer:
    """Pages it was handed over for act in the name of who did it; all else is for the tablet alone."""
    tablet = known if known and known.revoked_at is None else None
    member = db.session.get_one(Member, handing.begun_by)
    handed = Handed(handing.id, tuple(handing.prefixes), handing.about, handing.after, member.id, member.name)
    stays = member.left_at is None and not rules.shift_over(handing.begun_at, clock.now())
    if stays and (tablet is None or handed.covers(request.path)):
        return replace(_of_member(None, member, tablet), handed=handed)
    if tablet:
        return replace(_of_tablet(tablet), handed=handed)
    return Viewer(revoked=_was(known) if known else None, handed=handed)


def _was(tablet: Tablet) -> Actor:
    """A revoked tablet delivers what it recorded in its own name, and the log says that it was revoked."""
    return Actor("revoked_tablet", tablet.id, tablet.clinic_id, tablet.id)


def _tablet() -> Tablet | None:
    token = _bearer() or request.cookies.get(_named(TABLET))
    if not token:
        return None
    return db.session.scalar(sa.select(Tablet).where(Tablet.token_sha256 == token_hash(token)))


def _bearer() -> str | None:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "tablet" and token.strip() else None


def _sign_in(tablet: Tablet | None, now: datetime) -> tuple[SignIn, Member] | None:
    token = request.cookies.get(_named(SIGN_IN))
    if not token:
        return None
    wanted = (
        sa.select(SignIn, Member)
        .join(Member, Member.id == SignIn.member_id)
        .where(
            SignIn.token_sha256 == token_hash(token), SignIn.ended_at.is_(None), SignIn.locked_at.is_(None)
        )
    )
    row = db.session.execute(wanted).first()
    if row is None or not _still_open(row[0], row[1], tablet, now):
        return None
    return row[0], row[1]


def _still_open(sign_in: SignIn, member: Member, tablet: Tablet | None, now: datetime) -> bool:
    if member.left_at is not None or rules.shift_over(sign_in.opened_at, now):
        return False
    if sign_in.tablet_id != (tablet.id if tablet else None):
        return False  # a sign-in made on a tablet is worth nothing elsewhere, or once that tablet is revoked
    return tablet is None or not _left_alone(now)


def _left_alone(now: datetime) -> bool:
    seen_ms = session.get("seen_ms")
    return not isinstance(seen_ms, int) or rules.idle(clock.from_ms(seen_ms), now)


def _of_member(sign_in: SignIn | None, member: Member, tablet: Tablet | None) -> Viewer:
    clinic = db.session.get_one(Clinic, member.clinic_id)
    return Viewer(
        member_id=member.id, name=member.name, role=member.role.value,
        sign_in_id=sign_in.id if sign_in else None,
        clinic_id=clinic.id, clinic_name=clinic.name, time_zone=clinic.time_zone,
        tablet_id=tablet.id if tablet else None, tablet_name=tablet.name if tablet else "",
        room_id=tablet.room_id if tablet else None,
    )  # fmt: skip


def _of_tablet(tablet: Tablet) -> Viewer:
    clinic = db.session.get_one(Clinic, tablet.clinic_id)
    return Viewer(
        clinic_id=clinic.id, clinic_name=clinic.name, time_zone=clinic.time_zone,
        tablet_id=tablet.id, tablet_name=tablet.name, room_id=tablet.room_id,
    )  # fmt: skip


def _named(cookie: str) -> str:
    return f"__Host-{cookie}" if request.is_secure else cookie


def held_token() -> str | None:
    """The token of the sign-in this browser holds, open or not."""
    return request.cookies.get(_named(SIGN_IN))


def hand_over(response: Response, cookie: str, token: str) -> None:
    """Give the browser a token as a cookie no script can read."""
    days = TABLET_DAYS if cookie == TABLET else None
    response.set_cookie(
        _named(cookie), token, httponly=True, secure=request.is_secure, samesite="Lax", path="/",
        max_age=None if days is None else days * 86_400,
    )  # fmt: skip


def welcome(answer: Response, token: str) -> Response:
    """Somebody has shown who they are: nothing of the person before stays, nor a CSRF token they may know."""
    session.clear()
    session["seen_ms"] = clock.now_ms()
    hand_over(answer, SIGN_IN, token)
    return answer


def take_back(response: Response, cookie: str) -> None:
    """Remove a cookie from the browser."""
    response.delete_cookie(_named(cookie), path="/", secure=request.is_secure, httponly=True, samesite="Lax")
