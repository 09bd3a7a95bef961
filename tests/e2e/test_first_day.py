"""The first day: an empty installation, set up by hand, or filled with the demonstration clinic."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.browser import SIZES, Look
from tests.e2e.conftest import Devices
from tests.e2e.server import Server

pytestmark = pytest.mark.needs("chromium")
PASSWORD = "harbour lantern velvet copper"


@pytest.mark.parametrize("size", SIZES)
def test_a_clinic_is_set_up_and_its_administrator_comes_back(
    server: Server, device: Devices, look: Look, size: str
) -> None:
    server.start()
    page = device(size).page
    page.goto("/")
    look.at(page, "first")
    page.get_by_role("link", name="Set up this clinic").click()
    _wrong(page, look)
    _set_up(page)
    expect(page).to_have_url(re.compile("/admin/places$"))
    look.at(page, "places")
    page.goto("/me")
    look.at(page, "me")
    with page.expect_navigation():
        page.get_by_role("button", name="Sign out").click()
    _sign_in(page, look)


def _wrong(page: Page, look: Look) -> None:
    page.get_by_label("Your password").fill("short")
    page.get_by_role("button", name="Set up clinic").click()
    expect(page).to_have_title(re.compile("^Error:"))
    look.at(page, "set-up-wrong")


def _set_up(page: Page) -> None:
    page.get_by_label("Name of the clinic").fill("Harbour Street Clinic")
    page.get_by_label("England").check()
    page.get_by_label("Time zone").select_option("Europe/London")
    page.get_by_label("Address").fill("1 Harbour Street, Bristol")
    page.get_by_label("Telephone").fill("0117 496 0000")
    page.get_by_label("Rooms").fill("Room 1\nRoom 2")
    page.get_by_label("Your name").fill("Ada Mensah")
    page.get_by_label("Your user name").fill("ada")
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_label("This device is the clinic's first tablet").check()
    page.get_by_role("button", name="Set up clinic").click()


def _sign_in(page: Page, look: Look) -> None:
    page.goto("/sign-in")
    look.at(page, "sign-in")
    page.get_by_label("User name").fill("ada")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(re.compile("/today$"))


def test_the_demonstration_clinic_is_loaded_by_its_button(
    server: Server, device: Devices, look: Look
) -> None:
    server.start()
    page = device().page
    page.goto("/")
    page.get_by_role("button", name="Load the demonstration clinic").click()
    expect(page.get_by_role("table")).to_contain_text("nurse", ignore_case=True)
    look.at(page, "demonstration")
