"""The medical director reads each protocol, ticks every figure nobody has seen in a source, and signs."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.e2e import clinic, pages
from tests.e2e.browser import Look
from tests.e2e.conftest import Devices
from tests.e2e.server import Server
from tests.factories import PASSWORD
from tests.screening.people import today

pytestmark = pytest.mark.needs("chromium")


def test_the_medical_director_signs_every_protocol(server: Server, device: Devices, look: Look) -> None:
    cast = clinic.people(server)
    server.start()
    page = device().page
    pages.sign_in(page, cast["mara"])
    page.goto("/protocols")
    look.at(page, "protocols")
    for name in clinic.PROTOCOLS:
        page.goto(f"/protocols/{name}")
        look.at(page, f"{name}-read")
        page.goto(f"/protocols/{name}/approve")
        _sign(page, look, name)
        expect(page.get_by_text(re.compile("Dr Mara Lindqvist")).first).to_be_visible()
    page.goto("/protocols")
    look.at(page, "protocols-signed")


def _sign(page: Page, look: Look, name: str) -> None:
    """First with one figure left unticked, which is refused; then whole."""
    ticks = page.locator("input[type=checkbox][name=ticked]")
    for tick in ticks.all():
        tick.check()
    pages.fill_date(page, re.compile("review", re.I), today() + timedelta(days=300))
    if ticks.count():
        ticks.last.uncheck()
        _finish(page)
        expect(page).to_have_title(re.compile("^Error:"))
        look.at(page, f"{name}-one-tick-missing")
        ticks.last.check()
    _finish(page)


def _finish(page: Page) -> None:
    page.get_by_label("Sign with your PIN or password").fill(PASSWORD)
    pages.go(page, "Sign and approve")
