"""The sheet to take home: the protocol's words, the clinic's number, this patient's visits."""

from flask import Flask

from tests.aftercare.test_show import COOL, NO_ICE, filled
from tests.emergency.tablet import of
from tests.factories import Cast
from tests.incidents.test_follow_ups import ended
from tests.page import Visitor
from tests.protocols.signing import newest

SAID = (
    "0117 496 0000", "Restylane", "VB20A1093", "Dr L. Moss", "Visit at 24 hours",
    "version 2, not approved here",
)  # fmt: skip


def test_it_works(app: Flask, cast: Cast, nora: Visitor) -> None:
    tablet = of(app, cast)
    tablet.send(
        tablet.start(context={"brand": "Restylane", "lot_code": "VB20A1093", "prescriber": "Dr L. Moss"})
    )
    ended(app, cast, device=tablet)
    page = nora.get(f"/emergencies/{tablet.run}").click("Advice to take home")
    protocol = newest("vascular_occlusion").body
    for row in (*protocol["advice"], *protocol["safety_net"]):
        assert row["text"] in page.text
    for said in SAID:
        assert said in page.text, said


def test_without_follow_ups_it_still_says_when_to_ring(app: Flask, cast: Cast, nora: Visitor) -> None:
    tablet = of(app, cast)
    tablet.send(tablet.start())
    page = nora.get(f"/emergencies/{tablet.run}/advice")
    assert "Ring at once" in page.text
    assert "We see or ring you" not in page.text


def test_another_clinic_gets_none(app: Flask, cast: Cast, eve: Visitor) -> None:
    eve.get(f"/emergencies/{ended(app, cast).run}/advice", status=404)


def test_after_an_emergency_no_sheet_of_the_visit_names_a_cool_pack(
    app: Flask, cast: Cast, nora: Visitor
) -> None:
    treatment_id = filled(app, cast)
    assert COOL in nora.get(f"/treatments/{treatment_id}/aftercare").text
    tablet = of(app, cast)
    tablet.send(tablet.start(context={"treatment": treatment_id}))
    page = nora.get(f"/treatments/{treatment_id}/aftercare")
    assert COOL not in page.text
    assert NO_ICE in page.text
