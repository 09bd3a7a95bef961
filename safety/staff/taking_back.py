"""The page between a patient and everything else: a PIN, or a full sign-in, takes the device back."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from safety import clock
from safety.audit.log import Actor, seal
from safety.db import as_clinic, db, write_transaction
from safety.forms import choices
from safety.staff import actions, handing, identity, proving
from safety.staff.actions import Proved
from safety.staff.forms import HandBackForm, SignInForm
from safety.staff.models import Member, Proof
from safety.web import Handed, current, wants_json

WITH_PATIENT = "This tablet is with a patient. Hand it back to the staff member."
BY_PASSWORD = "password"  # noqa: S105  # the word in the address, not a secret


def add_to(bp: Blueprint) -> None:
    """Give the staff blueprint this route."""
    bp.add_url_rule("/hand-back", view_func=hand_back, methods=["GET", "POST"])


def closed() -> ResponseReturnValue:
    """What a patient is told who opens a page that is not theirs."""
    if wants_json():
        return {"error": WITH_PATIENT}, 403
    handed = current().handed
    assert handed is not None  # this page is for nobody else
    return _page(handed, _pin_form(handed)), 403


def hand_back() -> ResponseReturnValue:
    """The PIN of somebody on shift here, or user name and password: the device is a staff device again."""
    handed = current().handed
    if handed is None:
        return redirect(url_for("clinic.first"))
    by_password = request.args.get("by") == BY_PASSWORD
    form = SignInForm() if by_password else _pin_form(handed)
    if form.validate_on_submit():
        try:
            return _take(handed, _by_password(form) if by_password else _by_pin(handed, form))
        except proving.NotProved as problem:
            (form.password if by_password else form.pin).errors = [str(problem)]
    return _page(handed, form), 422 if request.method == "POST" else 200


def _page(handed: Handed, form: HandBackForm | SignInForm) -> str:
    return render_template("staff/hand_back.html", form=form, handed=handed)


def _pin_form(handed: Handed) -> HandBackForm:
    """A form for those whose PIN counts here; with one alone there is nobody to choose."""
    form = HandBackForm()
    names = {member.id: member.name for member in _on_shift(handed)}
    form.member_id.choices = choices(names)
    if len(names) == 1:
        form.member_id.data = next(iter(names))
    return form


def _on_shift(handed: Handed) -> list[Member]:
    """Who may take the device back by PIN: those on shift on this tablet; elsewhere who handed it over."""
    now = clock.now()
    if tablet := current().tablet_id:
        return actions.on_shift(tablet, now)
    giver = db.session.get_one(Member, handed.by_id)
    opened = [one for one in actions.open_sign_ins(giver.id) if one.proof is Proof.PASSWORD]
    return [giver] if opened and giver.pin_hash and giver.left_at is None else []


def _by_pin(handed: Handed, form: HandBackForm) -> Proved:
    member = db.session.get_one(Member, form.member_id.data)
    proving.by_pin(member, form.pin.data or "", clock.now())
    return Proved(member.id, Proof.PIN)


def _by_password(form: SignInForm) -> Proved:
    member_id = proving.by_password(form.username.data or "", form.password.data or "", clock.now())
    if db.session.get(Member, member_id) is None:  # only this clinic's rows are seen here
        raise proving.NotProved("This device belongs to another clinic. Use one of your own clinic's")
    return Proved(member_id, Proof.PASSWORD)


def _take(handed: Handed, proved: Proved) -> ResponseReturnValue:
    """End the mode and open a sign-in for whoever took the device, in one transaction."""
    viewer, held, now = current(), identity.held_token(), clock.now()
    actor = Actor("member", proved.member_id, viewer.clinic_id, viewer.tablet_id)
    with as_clinic(viewer.clinic_id), write_transaction():
        handing.end(actor, proved, handed.id, now)
        actions.set_aside(held, now)
        member = db.session.get_one(Member, proved.member_id)
        _, token = actions.sign_in(member, viewer.tablet_id, proved.proof, now)
        seal()
    return identity.welcome(redirect(handed.after), token)
