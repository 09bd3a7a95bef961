"""Signing in and out, switching by PIN, one's own settings. The administrator's pages are in `desk.py`."""

from flask import flash, redirect, render_template, session, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from safety import clock, web
from safety.audit.log import seal
from safety.clinic import actions as clinic_actions
from safety.db import all_clinics, as_clinic, db, new_id, write_transaction
from safety.staff import actions, desk, hashing, identity, proving, rules, taking_back
from safety.staff.actions import Joining
from safety.staff.acts import ACTS, ADMIN, may, roles
from safety.staff.forms import ROLE_WORDS, NewPinForm, PinForm, SetUpForm, SignInForm
from safety.staff.models import Member, Proof
from safety.web import actor, current, found, initials, page, safe_next, show

bp = page("staff")
desk.add_to(bp)
taking_back.add_to(bp)
TODAY = "/today"
FIRST_TABLET = "First tablet"
DESK = roles(ADMIN)
DESK_PAGES = frozenset(endpoint for endpoint, act in ACTS.items() if act == DESK) | {"clinic.places"}
web.tab("Admin", "clinic.places", DESK, covers=DESK_PAGES)
web.provide("may", lambda: lambda endpoint: may(current().role, endpoint))
web.provide("idle_lock_s", lambda: int(rules.IDLE_LOCK.total_seconds()))


@bp.route("/setup", methods=["GET", "POST"])
def set_up() -> ResponseReturnValue:
    """The first day: the clinic, its rooms, its first administrator, its first tablet."""
    if clinic_actions.is_set_up():
        return redirect(url_for("clinic.first"))
    form = SetUpForm()
    if not form.validate_on_submit():
        return show("staff/set_up.html", form=form)
    joining = form.joining()
    try:
        tablet_token, token = _found(form, joining)
    except clinic_actions.AlreadySetUp:
        return redirect(url_for("clinic.first"))
    flash("The clinic is set up. Next: whom to call in an emergency")
    answer = redirect(url_for("clinic.places"))
    if tablet_token:
        identity.hand_over(answer, identity.TABLET, tablet_token)
    return identity.welcome(answer, token)


def _found(form: SetUpForm, joining: Joining) -> tuple[str | None, str]:
    clinic_id, now = new_id(), clock.now()
    with as_clinic(clinic_id), write_transaction():
        clinic_actions.set_up(clinic_id, form.details(), now)
        member = actions.add_member(clinic_actions.first_hand(clinic_id), clinic_id, joining, now)
        tablet_id, tablet_token = None, None
        if form.this_tablet.data:
            by = actions.as_member(member)
            tablet, tablet_token = actions.enrol_tablet(by, clinic_id, FIRST_TABLET, None, now)
            tablet_id = tablet.id
        _, token = actions.sign_in(member, tablet_id, Proof.PASSWORD, now)
        seal()
    return tablet_token, token


@bp.route("/sign-in", methods=["GET", "POST"])
def sign_in() -> ResponseReturnValue:
    """User name and password."""
    form = SignInForm()
    if not clinic_actions.is_set_up():
        return redirect(url_for("clinic.first"))
    if not form.validate_on_submit():
        return show("staff/sign_in.html", form=form)
    try:
        member_id = proving.by_password(form.username.data or "", form.password.data or "", clock.now())
        return _enter(member_id, Proof.PASSWORD)
    except proving.NotProved as error:
        form.password.errors = [str(error)]
        return show("staff/sign_in.html", form=form)


def _enter(member_id: str, proof: Proof) -> ResponseReturnValue:
    """Open the sign-in of somebody who proved who they are, and go where they were going."""
    viewer, held, now = current(), identity.held_token(), clock.now()
    with all_clinics():
        clinic_id = db.session.get_one(Member, member_id).clinic_id
    if viewer.is_tablet and viewer.clinic_id != clinic_id:
        raise proving.NotProved("This tablet belongs to another clinic. Use one of your own clinic's")
    with as_clinic(clinic_id), write_transaction():
        actions.set_aside(held, now)
        _, token = actions.sign_in(db.session.get_one(Member, member_id), viewer.tablet_id, proof, now)
        seal()
    return identity.welcome(redirect(safe_next(TODAY)), token)


@bp.get("/switch")
def switch() -> ResponseReturnValue:
    """Who is using this tablet? Those on shift come back by PIN."""
    viewer = current()
    if viewer.tablet_id is None:
        return redirect(url_for("staff.sign_in", next=safe_next("") or None))
    members, onward = actions.on_shift(viewer.tablet_id, clock.now()), safe_next("") or None
    return render_template(
        "staff/switch.html", members=members, words=ROLE_WORDS, next=onward, initials=initials
    )


@bp.route("/switch/<member_id>", methods=["GET", "POST"])
def enter_pin(member_id: str) -> ResponseReturnValue:
    """The PIN of somebody on shift on this tablet."""
    viewer, onward = current(), safe_next("") or None
    member = found(db.session.get(Member, member_id))
    on_shift = actions.on_shift(viewer.tablet_id, clock.now()) if viewer.tablet_id else []
    if member not in on_shift:
        flash("Sign in with your password first. It opens the shift on this tablet", "warning")
        return redirect(url_for("staff.sign_in", next=onward))
    form = PinForm()
    if form.validate_on_submit():
        try:
            proving.by_pin(member, form.pin.data or "", clock.now())
            return _enter(member_id, Proof.PIN)
        except proving.NotProved as error:
            form.pin.errors = [str(error)]
    member = db.session.get_one(Member, member_id)
    return show("staff/enter_pin.html", form=form, member=member, words=ROLE_WORDS, next=onward)


@bp.post("/lock")
def lock() -> ResponseReturnValue:
    """Leave the tablet for a moment; on other browsers there is no PIN to come back by, so sign out."""
    viewer = current()
    if not viewer.is_tablet or not viewer.sign_in_id:
        return _leave()
    with write_transaction():
        actions.lock(actor(), viewer.sign_in_id, clock.now())
        seal()
    return _goodbye(url_for("staff.switch", next=safe_next("") or None))


@bp.post("/sign-out")
def sign_out() -> ResponseReturnValue:
    """End the shift here and leave nothing behind."""
    return _leave()


def _leave() -> ResponseReturnValue:
    viewer = current()
    if viewer.sign_in_id:
        with write_transaction():
            actions.sign_out(actor(), viewer.sign_in_id, clock.now())
            seal()
    return _goodbye(url_for("staff.switch" if viewer.is_tablet else "staff.sign_in"))


def _goodbye(onward: str) -> Response:
    answer = redirect(onward)
    session.clear()
    identity.take_back(answer, identity.SIGN_IN)
    answer.headers["Clear-Site-Data"] = '"cache"'
    return answer


@bp.route("/me", methods=["GET", "POST"])
def me() -> ResponseReturnValue:
    """My settings: my PIN; lock and sign out."""
    form = NewPinForm()
    if not form.validate_on_submit():
        return _me(form)
    member = db.session.get_one(Member, current().member_id)
    try:
        proving.by_own_password(member.id, member.username, form.password.data or "", clock.now())
    except proving.NotProved as error:
        form.password.errors = [str(error)]
        return _me(form)
    pin_hash = hashing.make(form.pin.data or "")
    with write_transaction():
        actions.set_pin(actor(), db.session.get_one(Member, current().member_id), pin_hash)
        seal()
    flash("Your new PIN is saved")
    return redirect(url_for("staff.me"))


def _me(form: NewPinForm) -> ResponseReturnValue:
    member = db.session.get_one(Member, current().member_id)
    role = ROLE_WORDS[member.role]
    return show("staff/me.html", form=form, member=member, role=role)
