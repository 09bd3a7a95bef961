"""The page to read aloud to whoever takes over."""

from flask import Flask

from tests.emergency.tablet import of
from tests.factories import Cast
from tests.page import Visitor
from tests.treatments import visits

SAID = (
    "Sting allergy", "Restylane, lot VB20A1093", "Upper lip", "500 units hyaluronidase in 1 dose",
    "Dose 1: 500 units hyaluronidase, lot H0118L", "Refill slow, 4.5 seconds", "Next dose at",
    "Dr L. Moss, answered", "Harbour Street Clinic, 0117 496 0000",
)  # fmt: skip


def test_it_works(app: Flask, cast: Cast, tablet: Visitor) -> None:
    treatment, lot = visits.started(app, cast)
    visits.inject(app, cast, treatment, lot)
    device = of(app, cast)
    device.now_ms -= 400_000
    context = {"treatment": treatment, "areas": ["upper_lip"], "brand": "Restylane", "lot_code": "VB20A1093",
               "flags": [{"code": "sting", "text": "Sting allergy"}]}  # fmt: skip
    device.send(
        device.start(context=context),
        device.event("stage_assessed", 30, stage="2"),
        device.event("areas_counted", 40, areas=["upper_lip"]),
        device.event("refill_checked", 60, point="upper_lip", side="left", result="slow", refill_ds=45),
        device.event("dose_given", 300, units=500, lot_code="H0118L"),
        device.event("call_made", 320, to="prescriber", name="Dr L. Moss", outcome="answered"),
    )
    page = tablet.get(f"/emergencies/{device.run}/handover")
    titles = [node.text for node in page.main.all("dt")]
    assert titles == ["Who", "What", "Given", "Response", "Now", "Called", "From"]
    for said in SAID:
        assert said in page.text, said
    assert page.has("div", role="img")


def test_an_ended_run_says_so(app: Flask, cast: Cast, nora: Visitor) -> None:
    device = of(app, cast)
    device.send(device.start(), device.event("emergency_ended", 60, reason="started_by_mistake"))
    text = nora.get(f"/emergencies/{device.run}/handover").text
    assert "The emergency has ended" in text
    assert "Patient not named" in text


def test_a_drill_says_drill(app: Flask, cast: Cast, nora: Visitor) -> None:
    device = of(app, cast)
    device.send(device.start(drill=True))
    assert "DRILL" in nora.get(f"/emergencies/{device.run}/handover").html


def test_what_was_typed_stays_text_here_too(app: Flask, cast: Cast, nora: Visitor) -> None:
    device = of(app, cast)
    said = "<b>x</b><script>alert(1)</script>"
    device.send(device.start(), device.event("call_made", 10, to="prescriber", name=said, outcome="answered"))
    page = nora.get(f"/emergencies/{device.run}/handover")
    assert said in page.text


def test_another_clinics_run_is_not_there(app: Flask, cast: Cast, eve: Visitor, anyone: Visitor) -> None:
    device = of(app, cast)
    device.send(device.start())
    eve.get(f"/emergencies/{device.run}/handover", status=404)
    assert anyone.client.get(f"/emergencies/{device.run}/handover").status_code == 302
