"""What the medical director signed, and the patients' cards."""

from datetime import date

from safety.demonstration.stage import Stage, Story
from safety.patients import actions as patients
from safety.patients.rules import Person
from safety.protocols import actions as protocols
from safety.protocols import rules
from safety.protocols.load import latest, load

BEFORE = -60  # days: the clinic has worked by these protocols for a while


def approve(stage: Stage, story: Story) -> None:
    """Each protocol is read, its unverified figures ticked one by one, and signed."""
    for said in story["approvals"]:
        read = load(latest(said["protocol"]))
        ticked = frozenset(figure.id for figure in rules.unverified(read.body))
        asked = protocols.Approving(
            protocol_id=read.id,
            file_sha256=read.file_sha256,
            values=said.get("values", {}),
            ticked=ticked,
            review_on=stage.day(said["review_in"]),
        )
        director = stage.actor("medical_director"), stage.proved("medical_director")
        protocols.approve(*director, asked, stage.at(BEFORE))


def enter_patients(stage: Stage, story: Story) -> None:
    """A card for everybody, made on their first visit."""
    for said in story["patients"]:
        born_on = date.fromisoformat(said["born_on"])
        person = Person(said["given_name"], said["family_name"], born_on, said["phone"])
        patient = patients.add(stage.actor("nurse"), stage.clinic_id, person, stage.at(BEFORE + 1))
        stage.patients[said["key"]] = patient.id
