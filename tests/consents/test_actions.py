"""The gate: signed in the version in force, by this patient, on this day, countersigned, not taken back."""

import shutil
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from safety import clock
from safety.consents import actions, reading
from safety.consents.models import Consent
from safety.db import db
from safety.protocols import files
from safety.protocols.load import ROOT
from safety.staff import handing
from safety.staff.actions import Proved
from safety.staff.models import Proof
from tests.consents.hands import agreeing, consent, hand
from tests.factories import Cast, arranging, looking
from tests.page import Visitor
from tests.patients.people import add_patient
from tests.protocols.signing import approve
from tests.screening.people import today

FILLER = ["ha_filler"]
KEYS = ["ha_filler", "emergency_hyaluronidase", "photos"]


def grace(app: Flask, cast: Cast) -> str:
    return add_patient(app, cast, "Grace", "Moreau", "1991-03-12")


def lacking(app: Flask, cast: Cast, patient_id: str, days: int = 0) -> list[str]:
    with looking(app, cast.clinic_id):
        return actions.lacking(patient_id, FILLER, today() + timedelta(days=days))


def withdraw(app: Flask, cast: Cast, patient_id: str, key: str) -> None:
    with arranging(app, cast["nora"].actor) as nora:
        proved = Proved(cast["nora"].id, Proof.PIN)
        actions.withdraw(nora, proved, patient_id, key, "Changed her mind", clock.now())


def use(app: Flask, cast: Cast, patient_id: str) -> str | None:
    with looking(app, cast.clinic_id):
        return actions.photo_use(patient_id, today())


def publish_v2(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """A second version lies in the folder, one sentence changed."""
    root = folder / "protocols"
    shutil.copytree(ROOT, root)
    v2 = root / "consent" / "v2"
    v2.mkdir()
    text = (root / "consent" / "v1" / "protocol.yaml").read_text("utf-8").replace("version: 1", "version: 2")
    (v2 / "protocol.yaml").write_text(
        text.replace("You can have a stroke.", "You can get a stroke."), "utf-8"
    )
    monkeypatch.setattr(files, "ROOT", root)


def test_it_works(app: Flask, cast: Cast) -> None:
    patient_id = grace(app, cast)
    assert lacking(app, cast, patient_id) == [
        "Consent, Filler with hyaluronic acid: not signed",
        "Consent, Emergency medicine: hyaluronidase: not signed",
    ]
    consent(app, cast, patient_id, KEYS)
    assert lacking(app, cast, patient_id) == []


def test_each_product_class_has_its_own(app: Flask, cast: Cast) -> None:
    patient_id = grace(app, cast)
    consent(app, cast, patient_id, ["toxin"])
    with looking(app, cast.clinic_id):
        assert actions.lacking(patient_id, ["toxin"], today()) == []
        assert len(actions.lacking(patient_id, ["toxin", "biostimulator"], today())) == 2


def test_without_the_pin_at_handing_back_it_does_not_count(app: Flask, cast: Cast) -> None:
    patient_id = grace(app, cast)
    consent(app, cast, patient_id, KEYS, countersigned=False)
    assert all("not taken back with a PIN" in line for line in lacking(app, cast, patient_id))
    assert use(app, cast, patient_id) is None


@pytest.mark.once
def test_a_newer_version_closes_the_gate(
    app: Flask, cast: Cast, nora: Visitor, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """S7. Until v2 is approved v1 stays in force; then v1 opens nothing, and still reads so."""
    patient_id = grace(app, cast)
    approve(app, cast, "consent")
    consent(app, cast, patient_id, KEYS)
    publish_v2(monkeypatch, tmp_path)
    assert lacking(app, cast, patient_id) == [], "nobody has approved version 2 yet"
    approve(app, cast, "consent")
    assert "signed in version 1, version 2 is in force: sign again" in lacking(app, cast, patient_id)[0]
    assert use(app, cast, patient_id) is None
    consent(app, cast, patient_id, KEYS)
    assert lacking(app, cast, patient_id) == []
    with looking(app):
        filler = sa.select(Consent).where(Consent.key == "ha_filler").order_by(Consent.signed_at)
        old, new = (row.id for row in db.session.scalars(filler))
    assert "You can have a stroke." in nora.get(f"/consents/{old}").text
    assert "You can get a stroke." in nora.get(f"/consents/{new}").text


def test_withdrawn_closes_the_gate_at_once_and_may_be_signed_anew(app: Flask, cast: Cast) -> None:
    patient_id = grace(app, cast)
    consent(app, cast, patient_id, KEYS)
    withdraw(app, cast, patient_id, "ha_filler")
    (line,) = lacking(app, cast, patient_id)
    assert line == "Consent, Filler with hyaluronic acid: withdrawn: the patient may sign anew"
    with pytest.raises(actions.Stale):
        withdraw(app, cast, patient_id, "ha_filler")
    consent(app, cast, patient_id, ["ha_filler"])
    assert lacking(app, cast, patient_id) == []


@pytest.mark.parametrize("answer", ["record", "teaching", "none"])
def test_photos_are_used_as_agreed_until_taken_back(app: Flask, cast: Cast, answer: str) -> None:
    patient_id = grace(app, cast)
    assert use(app, cast, patient_id) is None
    consent(app, cast, patient_id, KEYS, answers={"photos": answer})
    assert use(app, cast, patient_id) == answer
    assert lacking(app, cast, patient_id) == [], "photos are no gate: the screening asks the prescriber"
    if answer != "none":
        withdraw(app, cast, patient_id, "photos")
        assert use(app, cast, patient_id) == "none"


def test_at_the_next_visit_one_tap_confirms(app: Flask, cast: Cast) -> None:
    patient_id, tomorrow = grace(app, cast), today() + timedelta(days=1)
    consent(app, cast, patient_id, KEYS)
    assert "the patient confirms it at this visit" in lacking(app, cast, patient_id, days=1)[0]
    later = clock.now() + timedelta(days=1)
    with arranging(app, cast["nora"].actor) as nora:
        held = actions.offer(nora, patient_id, KEYS, None, later)
        handed = hand(nora, held)
        shown = agreeing(held, {})["shown"]
        rows = actions.confirm(nora, handed, held, shown, tomorrow, later)
        assert all(row.confirms for row in rows)
        assert reading.mark_of(rows[0]).statement == held.again
    with arranging(app, cast["nora"].actor) as nora:
        handing.end(nora, Proved(cast["nora"].id, Proof.PIN), handed.id, later)
    assert lacking(app, cast, patient_id, days=1) == []


def test_what_was_never_signed_is_not_confirmed(app: Flask, cast: Cast) -> None:
    patient_id = grace(app, cast)
    consent(app, cast, patient_id, KEYS, answers={"ha_filler": "refuse"})
    with arranging(app, cast["nora"].actor) as nora:
        held = actions.offer(nora, patient_id, KEYS, None, clock.now())
        handed, shown = hand(nora, held), agreeing(held, {})["shown"]
        with pytest.raises(actions.Stale, match="not signed before"):
            actions.confirm(nora, handed, held, shown, today(), clock.now())


@pytest.mark.parametrize("answers", [{"ha_filler": "maybe"}, {"toxin": "agree"}])
def test_an_answer_that_was_not_offered_is_refused(app: Flask, cast: Cast, answers: dict[str, str]) -> None:
    with pytest.raises(actions.Stale):
        consent(app, cast, grace(app, cast), KEYS, answers=answers)
