"""What staff do on each page, in their own words: labels and buttons, never ids."""

import re
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from playwright.sync_api import Locator, Page, expect

from tests.factories import PASSWORD, Person

QUESTION = re.compile(r"/screenings/[^/]+/q/([^/?]+)")


def go(page: Page, button: str | re.Pattern[str]) -> None:
    """Press a button that sends a form, and wait for the page it leads to."""
    with page.expect_navigation():
        page.get_by_role("button", name=button).click()


def follow(page: Page, link: str | re.Pattern[str]) -> None:
    """Follow a link, and wait for its page."""
    with page.expect_navigation():
        page.get_by_role("link", name=link).first.click()


def group(page: Page, question: str | re.Pattern[str]) -> Locator:
    """The choices under one question."""
    return page.get_by_role("group", name=question)


def choose(page: Page, question: str | re.Pattern[str], answer: str | re.Pattern[str]) -> None:
    """Choose one answer under a question."""
    group(page, question).get_by_role("radio", name=answer, exact=True).check()


def sign_in(page: Page, person: Person) -> None:
    """User name and password."""
    page.goto("/sign-in")
    page.get_by_label("User name").fill(person.username)
    page.get_by_label("Password").fill(PASSWORD)
    go(page, "Sign in")


def enrol_here(page: Page, name: str) -> None:
    """Make this device one of the clinic's tablets; somebody who may is signed in."""
    page.goto("/admin/tablets")
    follow(page, "Enrol a tablet")
    page.get_by_label("Name of the tablet").fill(name)
    page.get_by_label("Room").select_option("Room 1")
    choose(page, "Which device?", "This device It is remembered here until it is revoked.")
    go(page, "Enrol tablet")


def fill_date(page: Page, question: str | re.Pattern[str], day: date) -> None:
    """A date in three boxes."""
    boxes = group(page, question)
    for label, value in (("Day", day.day), ("Month", day.month), ("Year", day.year)):
        boxes.get_by_label(label).fill(str(value))


def add_patient(page: Page, given: str, family: str, born_on: date) -> None:
    """A new card; ends on the patient's record."""
    follow(page, "Add a patient")
    page.get_by_label("Given name").fill(given)
    page.get_by_label("Family name").fill(family)
    fill_date(page, "Date of birth", born_on)
    page.get_by_label("Phone").fill("07700 900 345")
    go(page, "Add patient")


def answer(page: Page, value: str | int) -> None:
    """Answer the question on the page with a row's value or a number; "no" to whatever else it asks."""
    rows = page.locator(f'input[name=value][value="{value}"]')
    boxes = page.locator("input[type=checkbox][name=value][value=none]")
    if rows.count():
        rows.check()
    elif boxes.count():
        boxes.check()
    elif page.locator("textarea[name=value]").count():
        page.locator("textarea[name=value]").fill("Fuller, but as if nothing had been done")
    else:
        page.locator("input[name=value]").fill(str(value if isinstance(value, int) else 2))


def screen(page: Page, answers: Mapping[str, str | int], look: Mapping[str, Any]) -> list[str]:
    """Answer question after question until there is none; returns their ids in order.

    Questions not in `answers` get no or none; `look[id]()` is called once that question is answered.
    """
    asked = []
    while found := QUESTION.search(page.url):
        asked.append(found[1])
        expect(page.locator("input[type=radio]:checked")).to_have_count(0)
        answer(page, answers.get(found[1], "no"))
        if found[1] in look:
            look[found[1]]()
        save_and_continue(page)
    return asked


def save_and_continue(page: Page) -> None:
    """The button under a question."""
    go(page, "Save and continue")


def receive(page: Page, product: str, lot: str, containers: int) -> None:
    """Containers of a lot came in."""
    page.goto("/stock/receive")
    option = page.locator("option", has_text=product).first.get_attribute("value")
    page.get_by_label("Product").select_option(option)
    page.get_by_label("Lot").fill(lot)
    fill_date(page, "Expiry", date.today() + timedelta(days=400))  # noqa: DTZ011  # any day far ahead
    page.get_by_label("How many").fill(str(containers))
    go(page, "Receive")


def leave(page: Page) -> None:
    """Sign out and leave nothing behind."""
    page.goto("/me")
    go(page, "Sign out")
