"""What a tablet holds beforehand: the protocol, whom to call, the shelf, and the treatment it stands in."""

from typing import Any

from flask import Flask

from tests.emergency.tablet import Device, of
from tests.factories import Cast
from tests.page import Visitor
from tests.stock import shelf


def kit(device: Device, **query: str) -> dict[str, Any]:
    response = device.client.get("/emergencies/kit.json", query_string=query, headers=device.headers())
    assert response.status_code == 200
    return dict(response.json or {})


def test_it_works(app: Flask, cast: Cast) -> None:
    lot = shelf.put(app, cast, containers=4)
    tablet = of(app, cast)
    found = kit(tablet)
    assert found["device"] == cast.tablet_id
    assert found["protocol"]["id"] == "vascular_occlusion"
    assert found["protocol"]["approved"] is False
    assert len(found["protocol"]["digest"]) == 64
    assert [row["lot"] for row in found["context"]["stock"]] == [lot]
    assert cast["nora"].id in [person["id"] for person in found["people"]]
    assert found["clinic"]["phone"]


def test_a_stranger_gets_the_protocol_and_nothing_of_a_clinic(app: Flask, cast: Cast) -> None:
    shelf.put(app, cast, containers=4)
    stranger = Device(app, None)
    found = kit(stranger)
    assert found["protocol"]["steps"]
    assert (found["context"], found["people"], found["open"], found["clinic"]) == (None, [], [], None)


def test_another_clinic_sees_its_own(app: Flask, cast: Cast, eve: Visitor) -> None:
    shelf.put(app, cast, containers=4)
    tablet = of(app, cast)
    tablet.send(tablet.start())
    found = eve.client.get("/emergencies/kit.json").json
    assert found is not None
    assert found["context"]["stock"] == []
    assert found["open"] == []
    assert cast["nora"].id not in str(found)


def test_an_open_run_is_offered(app: Flask, cast: Cast) -> None:
    tablet = of(app, cast)
    tablet.send(tablet.start())
    assert [run["id"] for run in kit(tablet)["open"]] == [tablet.run]
    assert kit(tablet)["open"][0]["room"] == "Room 1"


def test_a_treatment_that_is_none_is_no_error(app: Flask, cast: Cast) -> None:
    assert kit(of(app, cast), treatment="' OR 1=1 --")["context"]["stock"] == []


def test_a_tablet_that_joins_gets_the_runs_own_protocol(app: Flask, cast: Cast) -> None:
    tablet = of(app, cast)
    tablet.send(tablet.start(), tablet.event("photo_taken", 5))
    joined = tablet.client.get(f"/emergencies/{tablet.run}/run.json", headers=tablet.headers()).json
    assert joined is not None
    assert joined["protocol"]["digest"] == kit(tablet)["protocol"]["digest"]
    assert len(joined["events"]) == 2
    assert joined["drill"] is False
