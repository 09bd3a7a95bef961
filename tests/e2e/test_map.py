"""Points placed by hand on the face and on a photo, turned and zoomed, land where the finger was."""

import io
from typing import Any

import pytest
from flask import Flask
from PIL import Image
from playwright.sync_api import Page

from safety import create_app
from safety.config import Config
from safety.db import db
from tests.e2e import clinic, pages
from tests.e2e.browser import Look
from tests.e2e.conftest import Devices
from tests.e2e.server import Server
from tests.factories import Cast
from tests.treatments.visits import started

pytestmark = pytest.mark.needs("chromium")
ONE_PERCENT = 100


def arranged(server: Server, cast: Cast) -> tuple[Flask, str]:
    """A running treatment of lips and nose, in the server's folder before it starts."""
    url = f"sqlite:///{server.data_dir / 'reflow.sqlite3'}"
    app = create_app(Config(server.data_dir, url, "not kept", testing=True))
    treatment_id, _ = started(app, cast, areas=("lips", "nose"))
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    return app, treatment_id


def corner(page: Page, x: float, y: float) -> dict[str, Any]:
    """A hundredth place of the picture as the browser has drawn it, turned and zoomed as it is now."""
    script = """([x, y]) => {
      const map = document.querySelector("[data-map]"), g = map.querySelector("[data-turned]");
      const placed = new DOMPoint(x * map.dataset.width, y * map.dataset.height);
      const at = placed.matrixTransform(g.getScreenCTM());
      const box = map.querySelector("[data-stage]").getBoundingClientRect();
      const seen = at.x > box.left && at.x < box.right && at.y > box.top && at.y < box.bottom;
      return { x: at.x, y: at.y, seen };
    }"""
    found: dict[str, Any] = page.evaluate(script, [x, y])
    return found


def tap(page: Page, x: float, y: float) -> None:
    """Tap that place; what the form then holds is within a hundredth of it."""
    page.locator("[data-stage]").scroll_into_view_if_needed()
    at = corner(page, x, y)
    assert at["seen"], "the place is on the screen"
    page.mouse.click(at["x"], at["y"])
    held = [float(page.locator(f"input[name={name}]").input_value()) for name in ("x", "y")]
    assert abs(held[0] - x * 10_000) <= ONE_PERCENT
    assert abs(held[1] - y * 10_000) <= ONE_PERCENT


def test_points(server: Server, device: Devices, look: Look) -> None:
    look.schemes = ("light",)
    cast = clinic.people(server)
    _, treatment_id = arranged(server, cast)
    server.start()
    page = device("tablet").page
    pages.sign_in(page, cast["nora"])
    page.goto(f"/treatments/{treatment_id}")
    look.at(page, "treatment")
    photographed(page, treatment_id)
    page.goto(f"/treatments/{treatment_id}")
    pages.follow(page, "Inject Juvederm")
    look.at(page, "inject")
    face_tapped(page)
    page.get_by_role("link", name="Before, front").click()
    photo_tapped(page)
    told(page, "0.1")
    pages.go(page, "Record injection")
    look.at(page, "recorded")


def photographed(page: Page, treatment_id: str) -> None:
    """One photo, wider than high."""
    out = io.BytesIO()
    Image.linear_gradient("L").resize((640, 400)).convert("RGB").save(out, "JPEG")
    page.goto(f"/treatments/{treatment_id}/photos")
    page.get_by_label("Photo", exact=True).set_input_files(
        {"name": "front.jpg", "mimeType": "image/jpeg", "buffer": out.getvalue()}
    )
    pages.choose(page, "View", "Front")
    pages.choose(page, "What it may be used for", "For the record only")
    pages.go(page, "Keep photo")


def face_tapped(page: Page) -> None:
    """The nose is chosen by its tap, a lips tap afterwards changes no choice."""
    tap(page, 0.5, 0.62)
    assert page.get_by_role("radio", name="Nose").is_checked()
    tap(page, 0.5, 0.745)
    assert page.get_by_role("radio", name="Nose").is_checked()
    page.get_by_role("button", name="Take point back").click()
    assert page.locator("input[name=x]").input_value() == ""


def photo_tapped(page: Page) -> None:
    """Each quarter turn, near and far."""
    for turns in range(4):
        tap(page, 0.31, 0.42)
        page.get_by_role("button", name="Zoom in").click()
        page.get_by_role("button", name="Zoom in").click()
        tap(page, 0.5 + turns / 100, 0.52)
        page.get_by_role("button", name="Zoom out").click()
        page.get_by_role("button", name="Zoom out").click()
        page.get_by_role("button", name="Turn", exact=True).click()


def told(page: Page, amount: str) -> None:
    """The rest of the injection from the lists."""
    pages.group(page, "Lot").get_by_role("radio").first.check()
    page.get_by_role("radio", name="Lips").check()
    page.get_by_label("Amount", exact=True).fill(amount)
    pages.choose(page, "With", "Cannula")
    page.get_by_label("Gauge").fill("25")
    page.get_by_label("Technique").fill("Slow retrograde micro-aliquots")
    pages.choose(page, "Aspirated before?", "Yes")
    pages.choose(page, "Ultrasound used?", "Not needed")
