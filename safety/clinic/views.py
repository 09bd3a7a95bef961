"""The first page, the clinic's rooms, and whom to call."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from safety import clock
from safety.audit.log import seal
from safety.clinic import actions
from safety.clinic.forms import CONTACT_WORDS, ContactForm, RoomForm
from safety.clinic.models import Contact
from safety.db import db, write_transaction
from safety.forms import EmptyForm
from safety.web import actor, current, found, page, show, today

bp = page("clinic")


@bp.get("/")
def first() -> ResponseReturnValue:
    """On the first day: set up, or look round. Later: on to where this person belongs."""
    if not actions.is_set_up():
        return render_template("clinic/first.html")
    viewer = current()
    door = "today.board" if viewer.is_signed_in else "staff.switch" if viewer.is_tablet else "staff.sign_in"
    return redirect(url_for(door))


@bp.get("/admin/places")
def places() -> ResponseReturnValue:
    """Rooms, and whom to call in which order."""
    return _places(RoomForm(), ContactForm())


@bp.post("/admin/rooms")
def add_room() -> ResponseReturnValue:
    """One more room."""
    form = RoomForm()
    if not form.validate_on_submit():
        return _places(form, ContactForm(formdata=None))
    try:
        with write_transaction():
            actions.add_room(actor(), _clinic_id(), form.room_name.data or "")
            seal()
    except actions.RoomTaken as taken:
        form.room_name.errors = [str(taken)]
        return _places(form, ContactForm(formdata=None))
    flash("Room added")
    return redirect(url_for("clinic.places"))


@bp.post("/admin/contacts")
def add_contact() -> ResponseReturnValue:
    """One more person to call."""
    form = ContactForm()
    if not form.validate_on_submit():
        return _places(RoomForm(formdata=None), form)
    with write_transaction():
        actions.add_contact(actor(), _clinic_id(), form.callee())
        seal()
    flash("Contact added. Ring the number once, then mark it as verified")
    return redirect(url_for("clinic.places"))


@bp.post("/admin/contacts/<contact_id>/verify")
def verify_contact(contact_id: str) -> ResponseReturnValue:
    """The number was rung today."""
    with write_transaction():
        actions.verify_contact(actor(), _contact(contact_id), today(clock.now()))
        seal()
    return redirect(url_for("clinic.places"))


@bp.post("/admin/contacts/<contact_id>/raise")
def raise_contact(contact_id: str) -> ResponseReturnValue:
    """Call this one earlier."""
    with write_transaction():
        actions.raise_contact(actor(), _contact(contact_id))
        seal()
    return redirect(url_for("clinic.places"))


@bp.route("/admin/contacts/<contact_id>/remove", methods=["GET", "POST"])
def remove_contact(contact_id: str) -> ResponseReturnValue:
    """Ask once more, then take the contact off the list."""
    form = EmptyForm()
    if not form.validate_on_submit():
        return show("clinic/remove_contact.html", form=form, contact=_contact(contact_id))
    with write_transaction():
        actions.remove_contact(actor(), _contact(contact_id))
        seal()
    flash("Contact removed")
    return redirect(url_for("clinic.places"))


def _places(room_form: RoomForm, contact_form: ContactForm) -> ResponseReturnValue:
    return show(
        "clinic/places.html", form=room_form if room_form.errors else contact_form, room_form=room_form,
        contact_form=contact_form, rooms=actions.rooms(), contacts=actions.contacts(), words=CONTACT_WORDS,
    )  # fmt: skip


def _contact(contact_id: str) -> Contact:
    return found(db.session.get(Contact, contact_id))


def _clinic_id() -> str:
    clinic_id = current().clinic_id
    assert clinic_id, "a role belongs to a clinic"
    return clinic_id
