"""Who may do what: one table, one row for each route. A route without a row refuses to start the app."""

from safety.staff.models import Role
from safety.web import DELIVERY, PUBLIC, TABLET, Act, Open

NURSE, PRESCRIBER = Role.NURSE, Role.PRESCRIBER
DIRECTOR, OFFICER, ADMIN = Role.MEDICAL_DIRECTOR, Role.SAFETY_OFFICER, Role.ADMIN


def roles(*allowed: Role) -> frozenset[str]:
    """A row of the table."""
    return frozenset(allowed)


ALL = roles(*Role)
CLINICAL = roles(NURSE, PRESCRIBER, DIRECTOR)
CARE = roles(NURSE, PRESCRIBER, DIRECTOR, OFFICER)
STOCK_KEEPERS = roles(NURSE, PRESCRIBER, DIRECTOR, ADMIN)

ACTS: dict[str, Act] = {
    "static": PUBLIC,
    "healthz": PUBLIC,
    # tls: a tablet that is not enrolled yet must learn to trust this server
    "tls.ca_crt": PUBLIC,
    "tls.trust": PUBLIC,
    # clinic
    "clinic.first": PUBLIC,
    "clinic.places": ALL,
    "clinic.add_room": roles(ADMIN),
    "clinic.add_contact": roles(ADMIN, DIRECTOR),
    "clinic.raise_contact": roles(ADMIN, DIRECTOR),
    "clinic.remove_contact": roles(ADMIN, DIRECTOR),
    "clinic.verify_contact": roles(ADMIN, DIRECTOR, NURSE),
    # staff
    "staff.set_up": PUBLIC,
    "staff.sign_in": PUBLIC,
    "staff.switch": PUBLIC,
    "staff.enter_pin": TABLET,
    "staff.hand_back": PUBLIC,
    "staff.lock": PUBLIC,
    "staff.sign_out": PUBLIC,
    "staff.me": ALL,
    "staff.members": roles(ADMIN),
    "staff.add_member": roles(ADMIN),
    "staff.end_member": roles(ADMIN),
    "staff.tablets": roles(ADMIN),
    "staff.enrol_tablet": roles(ADMIN),
    "staff.revoke_tablet": roles(ADMIN),
    # patients
    "patients.index": CARE,
    "patients.new": CLINICAL,
    "patients.show": CARE,
    # protocols
    "protocols.index": ALL,
    "protocols.show": ALL,
    "protocols.waiting": ALL,
    "protocols.approval": ALL,
    "protocols.propose": roles(ADMIN, PRESCRIBER, DIRECTOR),
    "protocols.proposal": ALL,
    "protocols.withdraw": roles(ADMIN, PRESCRIBER, DIRECTOR),
    "protocols.approve": roles(DIRECTOR),
    "protocols.retire": roles(DIRECTOR),
    # screening
    "screening.resume": CLINICAL,
    "screening.question": CLINICAL,
    "screening.save": CLINICAL,
    "screening.flag": CLINICAL,
    "screening.last_time": CLINICAL,
    "screening.hand_over": CLINICAL,
    "screening.patient": CLINICAL,
    "screening.patient_question": CLINICAL,
    "screening.patient_save": CLINICAL,
    "screening.patient_answers": CLINICAL,
    "screening.check": CLINICAL,
    "screening.history": CARE,
    "screening.verdict": CARE,
    "screening.again": CLINICAL,
    "screening.override": CLINICAL,
    "screening.decisions": roles(PRESCRIBER, DIRECTOR),
    "screening.decision": roles(PRESCRIBER, DIRECTOR),
    # stock
    "stock.index": ALL,
    "stock.lot": ALL,
    "stock.discrepancies": ALL,
    "stock.add_product": STOCK_KEEPERS,
    "stock.receive": STOCK_KEEPERS,
    "stock.count": STOCK_KEEPERS,
    "stock.waste": STOCK_KEEPERS,
    "stock.reverse": STOCK_KEEPERS,
    "stock.replacement": STOCK_KEEPERS,
    "stock.quarantine": ALL,
    "stock.release": roles(PRESCRIBER, DIRECTOR, OFFICER),
    "stock.resolve": CARE,
    # dilutions
    "dilutions.index": ALL,
    "dilutions.new": CLINICAL,
    "dilutions.show": CARE,
    "dilutions.discard": STOCK_KEEPERS,
    # treatments
    "treatments.plan": CLINICAL,
    "treatments.show": CARE,
    "treatments.sequence": CLINICAL,
    "treatments.replan": CLINICAL,
    "treatments.due": CARE,
    "treatments.due_calendar": CARE,
    "treatments.patient_calendar": CLINICAL,
    "treatments.screen": CLINICAL,
    "treatments.refill": CLINICAL,
    "treatments.start": CLINICAL,
    "treatments.inject": CLINICAL,
    "treatments.strike": CLINICAL,
    "treatments.photos": CARE,
    "treatments.photo": CARE,
    "treatments.see": CLINICAL,
    "treatments.release": CLINICAL,
    "treatments.finish": CLINICAL,
    "treatments.amend": CLINICAL,
    "treatments.record": CARE,
    "treatments.record_pdf": CARE,
    "treatments.cancel": CLINICAL,
    "treatments.readiness": ALL,
    # prescribing: what a prescriber signs, and hyaluronidase with no emergency
    "prescribing.authorise": CARE,
    "prescribing.cancel": roles(PRESCRIBER, DIRECTOR),
    "prescribing.plan_dissolving": CLINICAL,
    "prescribing.dissolving": CARE,
    "prescribing.ask_override": CLINICAL,
    "prescribing.answer_override": CLINICAL,
    # consents: read and signed by the patient on a tablet handed over
    "consents.index": CARE,
    "consents.hand": CLINICAL,
    "consents.read": CLINICAL,
    "consents.show": CARE,
    "consents.pdf": CARE,
    "consents.withdraw": CLINICAL,
    # aftercare: sheets the patient takes home
    "aftercare.show": CARE,
    "aftercare.give": CLINICAL,
    "aftercare.pdf": CARE,
    # emergency: nothing here ever asks anybody to sign in during a run
    "emergency.worker": PUBLIC,
    "emergency.offline": PUBLIC,
    "emergency.manifest": PUBLIC,
    "emergency.scenarios_json": PUBLIC,
    "emergency.tablet_check": TABLET,
    "emergency.kit_json": PUBLIC,
    "emergency.new": PUBLIC,
    "emergency.run": PUBLIC,
    "emergency.run_json": TABLET,
    "emergency.watch": TABLET,
    "emergency.handover": TABLET,
    "emergency.read_events": TABLET,
    "emergency.take_events": DELIVERY,
    "emergency.take_photo": DELIVERY,
    "emergency.photo": CARE,
    "emergency.index": CARE,
    "emergency.show": CARE,
    "emergency.countersign": CARE,
    # drills: running one needs no more than running an emergency
    "drills.index": CARE,
    "drills.plan": CARE,
    "drills.ready": CARE,
    "drills.run": PUBLIC,
    "drills.script_json": TABLET,
    "drills.show": CARE,
    "drills.attend": CARE,
    "drills.debrief": CARE,
    # incidents
    "incidents.index": CARE,
    "incidents.show": CARE,
    "incidents.issue_report": CARE,
    "incidents.pdf": CARE,
    "incidents.follow_ups": CARE,
    "incidents.reviews": CARE,
    "incidents.review": CLINICAL,
    "incidents.cancel_review": CLINICAL,
    "incidents.take_review": CLINICAL,
    "incidents.debrief": CARE,
    "incidents.advice": CARE,
    # paper: for when no screen works; a code on a wall may be scanned by any telephone
    "paper.index": TABLET,
    "paper.wall_card": TABLET,
    "paper.check": PUBLIC,
    "paper.hang": TABLET,
    # fhir: a screening for another program
    "fhir.questionnaire_json": CARE,
    "fhir.response_json": CARE,
    # today
    "today.board": ALL,
    # demonstration
    "demonstration.load": PUBLIC,
}


def may(role: str | None, endpoint: str) -> bool:
    """Does the table let this role do this? So that no page offers what would be refused."""
    act = ACTS[endpoint]
    return isinstance(act, Open) or role in act
