"""The page that says how each kind of tablet comes to trust this server."""

import pytest
from flask import Flask

from safety import clock
from safety.tls import authority, files
from tests.page import Visitor


@pytest.fixture
def state(app: Flask) -> files.State:
    folder = files.folder_of(app.config["REFLOW"].data_dir)
    return files.init(folder, authority.reach(["reflow.local"], ["10.20.3.4"]), clock.now(), renew_ca=False)


def test_it_works(anyone: Visitor, state: files.State) -> None:
    page = anyone.get("/trust")
    assert page.h1 == "Trust this server"
    assert authority.fingerprint(state.ca) in page.text.replace(": ", ":")
    assert "http://10.20.3.4:81/trust" in page.text
    for kind in ("iPad", "Android tablet", "Windows", "Chrome on a computer", "Firefox on a computer"):
        assert page.has("summary", text=kind)
    assert "Certificate Trust Settings" in page.text


def test_the_certificate_is_the_authoritys_and_nothing_more(anyone: Visitor, state: files.State) -> None:
    answer = anyone.fetch("/ca.crt")
    assert answer.mimetype == "application/x-x509-ca-cert"
    assert answer.data == state.folder.ca.read_bytes()
    assert b"PRIVATE" not in answer.data


def test_without_an_authority_the_page_says_so(anyone: Visitor) -> None:
    assert "no authority of its own" in anyone.get("/trust").text
    anyone.get("/ca.crt", 404)


def test_a_damaged_authority_is_not_handed_out(anyone: Visitor, state: files.State) -> None:
    state.folder.ca.write_text("no certificate")
    anyone.get("/ca.crt", 404)
    assert "no authority of its own" in anyone.get("/trust").text


def test_who_enrols_a_tablet_sees_what_to_compare(ada: Visitor, state: files.State) -> None:
    enrol = ada.get("/admin/tablets/new")
    assert authority.fingerprint(state.ca) in enrol.text.replace(": ", ":")
    token = enrol.submit("Enrol tablet", name="Trolley", device="elsewhere")
    assert authority.fingerprint(state.ca) in token.text.replace(": ", ":")


def test_without_an_authority_enrolling_speaks_of_none(ada: Visitor) -> None:
    assert "Fingerprint" not in ada.get("/admin/tablets/new").text
