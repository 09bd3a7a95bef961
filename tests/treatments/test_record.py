import subprocess

import pytest
import sqlalchemy as sa
from flask import Flask

from safety import clock
from safety.audit.models import AuditEntry
from safety.db import as_clinic, db
from safety.printing import apart
from safety.treatments import reading, record_page
from safety.treatments.models import Treatment
from tests.factories import Cast, looking
from tests.page import Visitor
from tests.stock.shelf import TOXIN
from tests.treatments.test_amend import WHY, change, finished, finished_toxin
from tests.treatments.visits import inject, started

SAID = ("Treatment record", "Fuller", "Clear", "F77", "HA filler: 2 to 25 degrees", "Before", "After",
        "1.5 seconds", "0.3 millilitres", "Cannula", "slow threads", "Stays until", "Normal", "Nora Quinn",
        "Given")  # fmt: skip


def test_it_works(app: Flask, cast: Cast, nora: Visitor) -> None:
    treatment_id, _ = finished(app, cast, nora)
    change(nora, treatment_id, "Amount", "0.5")
    page = nora.get(f"/treatments/{treatment_id}").click("Whole record, to print")
    for said in (*SAID, WHY):
        assert said in page.text, said
    struck = [node.text for node in page.find_all("s")]
    assert struck == ["0.3 millilitres"] * 3, "in the sum, in its place, and among the amendments"
    assert page.has("b", text="0.5 millilitres")


def test_a_toxin_s_record_names_its_dilution(app: Flask, cast: Cast, nora: Visitor) -> None:
    treatment_id, _ = finished_toxin(app, cast, nora)
    text = nora.get(f"/treatments/{treatment_id}/record").text
    for said in ("Authorised by Dr Chidi Okafor", "Dilution, Botox 100", "Sodium chloride 0.9 %, lot SA7702",
                 "2.5 millilitres",
                 "4 units in 0.1 millilitres", "20 units", "0.5 millilitres",
                 "Botox: 24 hours at 2 to 8 degrees by the label, one patient"):  # fmt: skip
        assert said in text, said


def test_the_patients_record_names_brand_lot_and_dilution(app: Flask, cast: Cast, nora: Visitor) -> None:
    treatment_id, lot_id = started(app, cast, product=TOXIN, areas=("glabella",), amount=20)
    inject(app, cast, treatment_id, lot_id, area="glabella", amount=20)
    with looking(app):
        patient_id = db.session.get_one(Treatment, treatment_id).patient_id
    page = nora.get(f"/patients/{patient_id}")
    assert "Botox 100, lot F77, 4 units in 0.1 millilitres" in page.text


def test_every_look_is_logged(app: Flask, cast: Cast, sam: Visitor) -> None:
    treatment_id, _ = started(app, cast)
    sam.get(f"/treatments/{treatment_id}/record")
    with looking(app):
        reads = db.session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "patient.read")).all()
        assert any(b"treatments.record" in entry.body for entry in reads)


def test_on_paper_each_value_stands_beside_its_name(app: Flask, cast: Cast, nora: Visitor) -> None:
    treatment_id, _ = finished_toxin(app, cast, nora)
    change(nora, treatment_id, "Amount", "16")
    with app.test_request_context(), as_clinic(cast.clinic_id):
        treatment = db.session.get_one(Treatment, treatment_id)
        chart = reading.chart(treatment, treatment.planned_on)
        paper = record_page._html(chart, clock.now())
    for name, value in (("Technique", "slow threads"), ("Aspirated", "Yes"), ("Ultrasound", "Not needed"),
                        ("By", "Nora Quinn"), ("Amount", "<s>20 units</s> <b>16 units</b>"),
                        ("Drawn", "<s>0.5 millilitres</s> <b>0.4 millilitres</b>")):  # fmt: skip
        assert f'<th scope="row">{name}</th><td>{value}</td>' in paper, name
    assert "<td><s>20 units</s> <b>16 units</b></td>" in paper, "and in what was given of the plan"


@pytest.mark.once
@pytest.mark.needs("pango", "poppler")
def test_the_pdf_says_what_the_page_says(app: Flask, cast: Cast, nora: Visitor) -> None:
    treatment_id, _ = finished(app, cast, nora)
    change(nora, treatment_id, "Amount", "0.5")
    pdf = nora.fetch(f"/treatments/{treatment_id}/record.pdf").data
    words = subprocess.run(
        ["pdftotext", "-", "-"], input=pdf, capture_output=True, check=True
    ).stdout.decode()
    squeezed = "".join(words.split())
    for said in (*SAID, WHY, "0.5 millilitres", "Not a substitute for clinical judgement"):
        assert "".join(said.split()) in squeezed, said


def test_without_the_pdf_library_it_says_so(
    app: Flask, cast: Cast, nora: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    treatment_id, _ = started(app, cast)

    def cannot(job: object) -> bytes:
        raise apart.CannotRender("The PDF cannot be made here: install Pango (see doctor). Nothing was lost")

    monkeypatch.setattr(apart, "pdf", cannot)
    assert "install Pango" in nora.get(f"/treatments/{treatment_id}/record.pdf", 503).text
