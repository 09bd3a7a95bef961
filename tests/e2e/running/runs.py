"""For the browser checks of a run: a clinic with rescue stock, its tablet, and runs told beforehand."""

import json
import time
import urllib.request
import uuid
from collections.abc import Sequence
from typing import Any

from playwright.sync_api import Page, expect

from safety import create_app
from safety.config import Config
from safety.db import db
from tests.e2e import clinic
from tests.e2e.conftest import Device
from tests.e2e.server import Server
from tests.factories import Cast
from tests.stock.shelf import HYALASE, put

Json = dict[str, Any]
MINUTE = 60_000
TABLET_COOKIE = "reflow_tablet"
CONTEXT: Json = {
    "born_on": "1991-03-12", "areas": ["upper_lip"], "product_class": "ha_filler", "brand": "Restylane",
    "lot_code": "VB20A1093",
    "stock": [{"lot": None, "lot_code": "H0118L", "product": "hyalase_1500", "product_name": "Hyalase",
               "units_per_container": 1500, "containers": 6, "units": 9000, "expires_on": "2031-03-01"}],
}  # fmt: skip
Told = tuple[str, float, Json]
FIRST_HOUR: tuple[Told, ...] = (
    ("step_done", 0.2, {"step": "V01"}),
    ("step_done", 0.4, {"step": "V02"}),
    ("eyes_checked", 1, {"any": "no"}),
    ("refill_checked", 2, {"point": "upper_lip", "side": "left", "result": "slow"}),
    ("areas_counted", 2.5, {"areas": ["upper_lip", "nose", "glabella"], "count": 3}),
    ("stage_assessed", 2.6, {"stage": "2"}),
    ("photo_taken", 3, {"view": "front"}),
    ("step_done", 3.2, {"step": "V06"}),
    ("step_done", 3.4, {"step": "V07", "answer": "none"}),
    ("vial_prepared", 4, {"product": "hyalase_1500", "lot_code": "H0118L"}),
    ("dose_given", 4.9, {"units": 1500, "lot_code": "H0118L", "product": "hyalase_1500"}),
    ("step_done", 5.5, {"step": "V10"}),
    ("aspirin_decided", 10, {"decision": "not_given"}),
    ("refill_checked", 43, {"point": "upper_lip", "side": "left", "result": "slow"}),
)


def open_clinic(server: Server) -> Cast:
    """The cast's clinic: protocols approved, filler and six ampoules to dissolve it on the shelf, served."""
    cast = clinic.people(server)
    clinic.equip(server, cast)
    url = f"sqlite:///{server.data_dir / 'reflow.sqlite3'}"
    app = create_app(Config(server.data_dir, url, "not kept", testing=True))
    put(app, cast, HYALASE, containers=6, code="H0118L")
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    server.start()
    return cast


def enrol(device: Device, server: Server, cast: Cast) -> Page:
    """Make this device the clinic's tablet of Room 1; nobody is signed in."""
    device.context.add_cookies([{"name": TABLET_COOKIE, "value": cast.tablet_token, "url": server.url}])
    return device.page


def tell(
    server: Server, cast: Cast, story: Sequence[Told], minutes_ago: float, run: str | None = None
) -> str:
    """Have another device tell a story that began some minutes ago; returns the run's id."""
    run, began = run or str(uuid.uuid4()), int(time.time() * 1000 - minutes_ago * MINUTE)
    told = (("emergency_started", 0.0, {"context": CONTEXT, "drill": False}), *story)
    events = [
        {
            "id": str(uuid.uuid4()),
            "seq": seq,
            "type": kind,
            "at_ms": began + int(at * MINUTE),
            "mono_ms": seq,
            "data": data,
        }
        for seq, (kind, at, data) in enumerate(told)
    ]
    answer = call(
        server,
        cast,
        f"/emergencies/{run}/events",
        {"device": "other-tablet", "after": 0, "digest": None, "events": events},
    )
    assert set(answer["results"].values()) == {"stored"}, answer["results"]
    return run


def call(server: Server, cast: Cast, path: str, body: Json | None = None) -> Json:
    """Ask the server as the enrolled tablet does; POST when there is a body."""
    headers = {"Authorization": f"Tablet {cast.tablet_token}", "Content-Type": "application/json"}
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(
        urllib.request.Request(server.url + path, data, headers), timeout=20
    ) as answer:
        found: Json = json.load(answer)
    return found


def start(page: Page) -> str:
    """One tap on the page's Start emergency; returns the run's id."""
    page.locator("[data-start-emergency]").first.click()
    expect(page.locator("#run-root h1")).to_be_visible()
    return page.url.split("/")[-2]


def resume(page: Page, run: str) -> None:
    """Open a run by its address and give it the tap that brings sound."""
    page.goto(f"/emergencies/{run}/run")
    expect(page.locator("#run-root h1")).to_be_visible()
    page.locator(".r-mode").click()
    expect(page.get_by_role("button", name="Tap here for sound")).to_have_count(0)


def answer(page: Page, label: str) -> None:
    """Tap an answer of the current step, as slowly as a person who reads it."""
    page.locator(".r-answer", has_text=label).first.click()
    page.wait_for_timeout(1600)


def saved(page: Page) -> None:
    """Wait until the server has everything."""
    expect(page.locator("[data-key=chip-saved]")).to_have_text("Saved", timeout=30_000)


def elapsed_s(page: Page) -> int:
    """Seconds the big clock shows."""
    hours, minutes, seconds = map(int, page.locator(".r-elapsed .r-clk").inner_text().split(":"))
    return hours * 3600 + minutes * 60 + seconds


def types(server: Server, cast: Cast, run: str) -> list[str]:
    """Types of a run's stored events, in the server's order."""
    return [event["type"] for event in call(server, cast, f"/emergencies/{run}/events?after=0")["events"]]
