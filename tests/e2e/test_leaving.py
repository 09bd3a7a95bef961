"""Leaving a shared tablet: what the browser itself still shows afterwards."""

import re

import pytest
from playwright.sync_api import expect

from tests.e2e import clinic
from tests.e2e.conftest import Devices
from tests.e2e.pages import enrol_here, leave, sign_in
from tests.e2e.server import Server

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.once]


def test_after_signing_out_the_back_button_shows_nothing(server: Server, device: Devices) -> None:
    cast = clinic.people(server)
    server.start()
    page = device().page
    sign_in(page, cast["nora"])
    page.goto("/patients")
    leave(page)
    assert [cookie["name"] for cookie in page.context.cookies() if "sign_in" in cookie["name"]] == []
    for _ in range(2):
        page.go_back()
        expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
        expect(page.locator("body")).not_to_contain_text("Nora")


def test_an_idle_tablet_gives_way_but_not_while_somebody_types(server: Server, device: Devices) -> None:
    cast = clinic.people(server)
    server.start()
    page = device().page
    sign_in(page, cast["ada"])
    enrol_here(page, "First tablet")
    page.clock.install()
    page.goto("/me")
    for _ in range(3):
        page.clock.fast_forward("02:00")
        page.get_by_label("Your password").press("x")
    expect(page).to_have_url(re.compile("/me$"))
    page.clock.fast_forward("03:01")
    expect(page).to_have_url(re.compile(r"/switch\?next=(/|%2F)me$"))
    expect(page.get_by_role("link", name="Ada Mensah").last).to_be_visible()
