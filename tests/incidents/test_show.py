"""One incident: what happened, and where its report stands."""

from uuid import uuid4

from flask import Flask

from tests.factories import Cast
from tests.incidents.runs import finished, incident_of
from tests.page import Visitor


def test_it_works(app: Flask, cast: Cast, sam: Visitor) -> None:
    page = sam.get(f"/incidents/{incident_of(app, cast, finished(app, cast).run)}")
    assert "Report to issue" in page.text
    assert "Dose 1: 1000 units hyaluronidase" in page.text
    assert page.has("button", text="Issue the report")
    assert not page.has("a", text="Open the PDF")


def test_before_a_report_there_is_no_pdf(app: Flask, cast: Cast, sam: Visitor) -> None:
    incident_id = incident_of(app, cast, finished(app, cast).run)
    assert sam.client.get(f"/incidents/{incident_id}.pdf").status_code == 404


def test_the_admin_has_no_business_here(app: Flask, cast: Cast, ada: Visitor) -> None:
    ada.get(f"/incidents/{incident_of(app, cast, finished(app, cast).run)}", status=403)


def test_there_is_no_such_incident(sam: Visitor) -> None:
    sam.get(f"/incidents/{uuid4()}", status=404)
