"""What is typed about the clinic."""

from typing import Any

from wtforms import RadioField, SelectField, StringField, TextAreaField, ValidationError

from safety.clinic import rules
from safety.clinic.actions import Callee, Details
from safety.clinic.models import ContactRole, Jurisdiction
from safety.forms import AtMost, Form, Required, choices

JURISDICTION_WORDS = {
    Jurisdiction.UK_ENGLAND: "England",
    Jurisdiction.UK_SCOTLAND: "Scotland",
    Jurisdiction.US: "United States",
    Jurisdiction.EU: "European Union",
}
CHOOSE: dict[Any, str] = {"": "Choose"}
CONTACT_WORDS: dict[Any, str] = {
    ContactRole.PRESCRIBER: "Prescriber on call",
    ContactRole.MEDICAL_DIRECTOR: "Medical director",
    ContactRole.AMBULANCE: "Ambulance",
    ContactRole.OPHTHALMOLOGY: "Eye emergency service",
    ContactRole.STROKE: "Stroke unit",
    ContactRole.PLASTIC_SURGERY: "Plastic surgery",
    ContactRole.ULTRASOUND: "Colleague with ultrasound",
    ContactRole.HYPERBARIC: "Hyperbaric unit",
    ContactRole.HYALURONIDASE_HOLDER: "Nearest holder of hyaluronidase",
    ContactRole.OTHER: "Other",
}


class ClinicFields(Form):
    """The clinic's part of the set-up; the staff feature adds its first administrator."""

    clinic_name = StringField("Name of the clinic", [Required("Enter the name of the clinic"), AtMost(120)])
    jurisdiction = RadioField(
        "Whose law applies?",
        [Required("Choose whose law applies")],
        choices=choices(JURISDICTION_WORDS),
    )
    time_zone = SelectField(
        "Time zone",
        [Required("Choose the time zone")],
        choices=choices(CHOOSE | {zone: zone for zone in rules.time_zones()}),
    )
    address = TextAreaField(
        "Address",
        [Required("Enter the address as the ambulance must hear it"), AtMost(300)],
        description="As you would tell it to the ambulance: floor and entrance too.",
    )
    phone = StringField(
        "Telephone, 24 hours a day",
        [Required("Enter the number patients may call at any hour")],
        description="Patients call this number when something looks wrong after treatment.",
        render_kw={"autocomplete": "tel", "inputmode": "tel"},
    )
    rooms = TextAreaField(
        "Treatment rooms",
        [Required("Enter at least one room, for example Room 1")],
        description="One on each line.",
    )

    def validate_phone(self, field: StringField) -> None:
        """A number that can be dialled."""
        if problem := rules.phone_problem(field.data or ""):
            raise ValidationError(problem)

    def validate_rooms(self, field: TextAreaField) -> None:
        """At least one, each with its own name."""
        if problem := rules.rooms_problem(rules.room_names(field.data or "")):
            raise ValidationError(problem)

    def details(self) -> Details:
        """The clinic as it was typed."""
        address = " ".join((self.address.data or "").split())
        return Details(
            name=self.clinic_name.data or "",
            jurisdiction=Jurisdiction(self.jurisdiction.data),
            time_zone=self.time_zone.data or "",
            address=address,
            phone=self.phone.data or "",
            rooms=rules.room_names(self.rooms.data or ""),
        )


class RoomForm(Form):
    """One more room."""

    room_name = StringField("Name of the room", [Required("Enter a name, for example Room 3"), AtMost(60)])


class ContactForm(Form):
    """One more person to call."""

    contact_role = SelectField(
        "What for",
        [Required("Choose what they are called for")],
        choices=choices(CHOOSE | CONTACT_WORDS),
    )
    contact_name = StringField("Name of the person or service", [Required("Enter who answers"), AtMost(120)])
    contact_phone = StringField(
        "Telephone", [Required("Enter the telephone number")], render_kw={"inputmode": "tel"}
    )

    def validate_contact_phone(self, field: StringField) -> None:
        """A number that can be dialled."""
        if problem := rules.phone_problem(field.data or ""):
            raise ValidationError(problem)

    def callee(self) -> Callee:
        """The contact as typed."""
        role = ContactRole(self.contact_role.data)
        return Callee(role, self.contact_name.data or "", self.contact_phone.data or "")
