"""The sheet after a visit: what was injected, whom to ring, what to watch for, and the rule on ice."""

import json
import subprocess
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from safety.aftercare.models import AftercareGiven
from safety.audit.models import AuditEntry
from safety.clinic import actions as clinic
from safety.clinic.actions import Callee
from safety.clinic.models import ContactRole
from safety.db import db
from tests.factories import Cast, arranging, looking
from tests.page import Visitor
from tests.patients.people import add_patient
from tests.protocols.signing import approve, newest
from tests.stock.shelf import BIOSTIMULATOR, TOXIN
from tests.treatments.visits import inject, measure, plan, see, started, status

COOL, NO_ICE = "A cool pack is fine", "No ice and no cool pack."


def filled(app: Flask, cast: Cast, refill_ds: int = 15, seen: bool = True) -> str:
    """Lip filler given half an hour ago, refill measured, the patient seen."""
    treatment_id, lot_id = started(app, cast)
    inject(app, cast, treatment_id, lot_id, minutes_ago=31)
    measure(app, cast, treatment_id, "after", refill_ds)
    if seen:
        see(app, cast, treatment_id)
    return treatment_id


def toxin(app: Flask, cast: Cast) -> str:
    treatment_id, lot_id = started(app, cast, product=TOXIN, areas=("glabella",), amount=20)
    inject(app, cast, treatment_id, lot_id, area="glabella", amount=20)
    return treatment_id


def test_it_works(app: Flask, cast: Cast, nora: Visitor) -> None:
    treatment_id = filled(app, cast)
    page = nora.get(f"/treatments/{treatment_id}").click("Aftercare sheet")
    for said in ("0117 496 0000", "Call 999 now", "Any change in sight", "Lip filler 1 mL", "F77", "Lips",
                 "Nora Quinn", "Come between", "2 to 7 days", "If that happens, no ice.",
                 "version 1, not approved by this clinic yet"):  # fmt: skip
        assert said in page.text, said
    assert "upright" not in page.text, "no toxin went in"
    page = page.submit("Given on paper")
    assert page.url == f"/treatments/{treatment_id}"
    assert "Given" in page.text
    with looking(app):
        row = db.session.scalars(sa.select(AftercareGiven)).one()
        assert (row.version, row.language, row.how.value) == (1, "en", "paper")
        entry = db.session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "aftercare.given")).one()
        facts = json.loads(entry.body)["facts"]
        assert (facts["version"], facts["content"]) == (1, row.content_sha256)


@pytest.mark.parametrize(
    ("changes", "cool"),
    [({}, True), ({"refill_ds": 40}, False), ({"seen": False}, False)],
    ids=["all normal", "slow refill", "not seen"],
)
def test_a_cool_pack_only_when_all_was_normal(
    app: Flask, cast: Cast, nora: Visitor, changes: dict[str, Any], cool: bool
) -> None:
    page = nora.get(f"/treatments/{filled(app, cast, **changes)}/aftercare")
    assert (COOL in page.text, NO_ICE in page.text) == (cool, not cool)
    assert "If that happens, no ice." in page.text


def test_toxin_has_its_own_words(app: Flask, cast: Cast, nora: Visitor) -> None:
    page = nora.get(f"/treatments/{toxin(app, cast)}/aftercare")
    for said in ("4 hours", "No hard exercise", "No facials and no sauna", "Do not rub", "from day 3",
                 "3 to 4 months", "swallow, speak or breathe", "Double sight", "Weak all over",
                 "Botox 100", "Dr Chidi Okafor"):  # fmt: skip
        assert said in page.text, said
    assert COOL not in page.text


def test_what_cannot_be_dissolved_names_no_cool_pack(app: Flask, cast: Cast, nora: Visitor) -> None:
    treatment_id, lot_id = started(app, cast, product=BIOSTIMULATOR, areas=("cheek",), amount=1500)
    inject(app, cast, treatment_id, lot_id, area="cheek", side="left", amount=700)
    page = nora.get(f"/treatments/{treatment_id}/aftercare")
    assert NO_ICE in page.text
    assert "No medicine can dissolve this filler" in page.text
    assert "Massage" not in page.text, "that is for poly-L-lactic acid alone"
    assert "left side" in page.text


def test_the_clinics_own_ambulance_number_comes_first(app: Flask, cast: Cast, nora: Visitor) -> None:
    treatment_id = filled(app, cast)
    with arranging(app, cast["ada"].actor) as ada:
        clinic.add_contact(ada, cast.clinic_id, Callee(ContactRole.AMBULANCE, "Ambulance", "112"))
        clinic.add_contact(ada, cast.clinic_id, Callee(ContactRole.PRESCRIBER, "Dr L. Moss", "0117 496 0999"))
    page = nora.get(f"/treatments/{treatment_id}/aftercare")
    assert "Call 112 now" in page.text
    assert "Dr L. Moss" in page.text


def test_a_sheet_that_no_longer_says_all_is_given_anew(app: Flask, cast: Cast, nora: Visitor) -> None:
    treatment_id, lot_id = started(app, cast)
    inject(app, cast, treatment_id, lot_id, minutes_ago=40)
    measure(app, cast, treatment_id, "after")
    nora.get(f"/treatments/{treatment_id}/aftercare").submit("Given on paper")
    see(app, cast, treatment_id)
    page = nora.get(f"/treatments/{treatment_id}/finish").submit("Finish treatment", 422)
    assert "has changed since it was given" in page.errors[0]
    nora.get(f"/treatments/{treatment_id}/aftercare").submit("Shown and sent by the clinic")
    nora.get(f"/treatments/{treatment_id}/finish").submit("Finish treatment")
    assert status(app, treatment_id) == "finished"


def test_another_sheet_than_the_one_shown_is_refused(app: Flask, cast: Cast, nora: Visitor) -> None:
    treatment_id = filled(app, cast)
    page = nora.get(f"/treatments/{treatment_id}/aftercare")
    assert "Read it again" in page.submit("Given on paper", 409, shown="0" * 64).text
    nora.post(f"/treatments/{treatment_id}/aftercare", {"how": "by pigeon"}, 400)
    with looking(app):
        assert not list(db.session.scalars(sa.select(AftercareGiven)))


def test_nothing_injected_has_no_sheet(app: Flask, cast: Cast, nora: Visitor) -> None:
    nora.get(f"/treatments/{plan(app, cast)}/aftercare", 404)


def test_before_a_visit(app: Flask, cast: Cast, nora: Visitor) -> None:
    page = nora.get(f"/treatments/{plan(app, cast, days=3)}").click("Sheet before the visit")
    for said in ("No alcohol the day before", "Ask your doctor", "light meal", "heavy makeup"):
        assert said in page.text, said
    page.submit("Shown and sent by the clinic")
    with looking(app):
        assert db.session.scalars(sa.select(AftercareGiven)).one().sheet.value == "before_visit"


@pytest.mark.needs("pango", "poppler")
@pytest.mark.once
def test_pdf_says_what_the_page_says(app: Flask, cast: Cast, nora: Visitor) -> None:
    approve(app, cast, "aftercare")
    treatment_id = filled(app, cast)
    pdf = nora.fetch(f"/treatments/{treatment_id}/aftercare.pdf").data
    text = subprocess.run(["pdftotext", "-raw", "-", "-"], input=pdf, capture_output=True, check=True)
    told = subprocess.run(["pdfinfo", "-"], input=pdf, capture_output=True, check=True).stdout.decode()
    words = " ".join(text.stdout.decode().split())
    sheet = next(one for one in newest("aftercare").body["sheets"] if one["product_class"] == "ha_filler")
    for line in [*sheet["call"], *sheet["ambulance"], *sheet["then"]]:
        assert line["text"] in words, line["text"]
    for said in ("F77", "Lips", "0117 496 0000", "Call 999 now", "approved by Dr Mara Lindqvist",
                 "Harbour Street Clinic", "Not a substitute for clinical judgement", COOL):  # fmt: skip
        assert said in words, said
    assert "Tagged: yes" in " ".join(told.split())
    assert "A4" in told
    with looking(app):
        printed = sa.select(AuditEntry).where(AuditEntry.action == "aftercare.printed")
        assert len(list(db.session.scalars(printed))) == 1


def test_a_hostile_name_is_only_text(app: Flask, cast: Cast, nora: Visitor) -> None:
    patient_id = add_patient(app, cast, "<script>alert(1)</script>", "O'Neill", "1991-03-12")
    page = nora.get(f"/treatments/{plan(app, cast, days=1, patient_id=patient_id)}/before_visit")
    assert "<script>alert" not in page.html


@pytest.mark.parametrize("sheet", ["aftercare", "aftercare.pdf", "before_visit"])
def test_another_clinic_gets_none(app: Flask, cast: Cast, eve: Visitor, sheet: str) -> None:
    eve.get(f"/treatments/{filled(app, cast)}/{sheet}", 404)
