from flask import Flask

from safety.protocols import files
from tests.factories import Cast
from tests.page import Visitor
from tests.protocols import signing


def test_it_works(mara: Visitor) -> None:
    page = mara.get("/protocols")
    assert page.h1 == "Protocols"
    assert len(files.ids()) > 1
    assert page.text.count("Not approved here") == len(files.ids())


def test_an_approved_protocol_names_who_and_when(app: Flask, cast: Cast, mara: Visitor) -> None:
    signing.approve(app, cast, "screening")
    page = mara.get("/protocols")
    assert "approved by Dr Mara Lindqvist" in page.text
    assert page.text.count("Not approved here") == len(files.ids()) - 1


def test_nobody_reads_without_signing_in(anyone: Visitor) -> None:
    assert anyone.get("/protocols").url == "/sign-in"
