"""The administrator's pages: staff members and tablets. They are routes of the staff blueprint."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from safety import clock
from safety.audit.log import seal
from safety.clinic import actions as clinic_actions
from safety.db import db, write_transaction
from safety.forms import EmptyForm, choices
from safety.staff import actions, checks, identity
from safety.staff.forms import HERE, ROLE_WORDS, MemberForm, TabletForm
from safety.staff.models import Member, Tablet
from safety.web import actor, current, found, show, today


def add_to(bp: Blueprint) -> None:
    """Give the staff blueprint these routes."""
    both = ["GET", "POST"]
    bp.add_url_rule("/admin/users", view_func=members)
    bp.add_url_rule("/admin/users/new", view_func=add_member, methods=both)
    bp.add_url_rule("/admin/users/<member_id>/end", view_func=end_member, methods=both)
    bp.add_url_rule("/admin/tablets", view_func=tablets)
    bp.add_url_rule("/admin/tablets/new", view_func=enrol_tablet, methods=both)
    bp.add_url_rule("/admin/tablets/<tablet_id>/revoke", view_func=revoke_tablet, methods=both)


def members() -> ResponseReturnValue:
    """Everybody who works here, and who did."""
    return render_template("staff/members.html", members=actions.members(), words=ROLE_WORDS)


def add_member() -> ResponseReturnValue:
    """Somebody joins."""
    form = MemberForm()
    if not form.validate_on_submit():
        return show("staff/add_member.html", form=form)
    joining = form.joining()
    try:
        with write_transaction():
            actions.add_member(actor(), current().clinic_id or "", joining, clock.now())
            seal()
    except actions.NameTaken as taken:
        form.username.errors = [str(taken)]
        return show("staff/add_member.html", form=form)
    flash(f"{joining.name} can sign in now")
    return redirect(url_for("staff.members"))


def end_member(member_id: str) -> ResponseReturnValue:
    """Ask once more, then end somebody's access; one's own stays, so that somebody can let others in."""
    form, member = EmptyForm(), found(db.session.get(Member, member_id))
    if member.id == current().member_id:
        flash("Your own access is ended by another administrator", "warning")
        return redirect(url_for("staff.members"))
    if not form.validate_on_submit():
        return show("staff/end_member.html", form=form, member=member)
    with write_transaction():
        actions.end_member(actor(), found(db.session.get(Member, member_id)), clock.now())
        seal()
    flash("Access ended")
    return redirect(url_for("staff.members"))


def tablets() -> ResponseReturnValue:
    """The enrolled devices."""
    return render_template(
        "staff/tablets.html",
        tablets=actions.tablets(),
        rooms=_room_names(),
        checks=checks.last_checks(),
        on=today(clock.now()),
    )


def enrol_tablet() -> ResponseReturnValue:
    """Enrol this device, or make a token for another."""
    form = TabletForm()
    form.room_id.choices = choices({"": "No fixed room", **_room_names()})
    if not form.validate_on_submit():
        return show("staff/enrol_tablet.html", form=form)
    here = form.device.data == HERE
    if here and current().is_tablet:
        form.device.errors = [f"This device is enrolled as {current().tablet_name}. Revoke that first"]
        return show("staff/enrol_tablet.html", form=form)
    token = _enrol(form, here)
    if not here:
        return render_template("staff/tablet_token.html", token=token, name=form.name.data)
    flash("This device is enrolled. Emergencies start here without signing in")
    answer = redirect(url_for("staff.tablets"))
    identity.hand_over(answer, identity.TABLET, token)
    return answer


def _enrol(form: TabletForm, here: bool) -> str:
    viewer = current()
    with write_transaction():
        tablet, token = actions.enrol_tablet(
            actor(), viewer.clinic_id or "", form.name.data or "", form.room_id.data or None, clock.now()
        )
        if here and viewer.sign_in_id:
            actions.carry_to_tablet(viewer.sign_in_id, tablet)
        seal()
    return token


def revoke_tablet(tablet_id: str) -> ResponseReturnValue:
    """Ask once more, then shut the tablet out."""
    form, tablet = EmptyForm(), found(db.session.get(Tablet, tablet_id))
    if tablet.revoked_at is not None:
        return redirect(url_for("staff.tablets"))
    if not form.validate_on_submit():
        return show("staff/revoke_tablet.html", form=form, tablet=tablet)
    with write_transaction():
        actions.revoke_tablet(actor(), found(db.session.get(Tablet, tablet_id)), clock.now())
        seal()
    flash("Tablet revoked")
    return redirect(url_for("staff.tablets"))


def _room_names() -> dict[str, str]:
    return {room.id: room.name for room in clinic_actions.rooms()}
