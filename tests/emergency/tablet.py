"""A tablet as the server meets it: it makes events with its own ids and numbers, and sends them as JSON."""

from typing import Any
from uuid import uuid4

from flask import Flask
from werkzeug.test import TestResponse

from safety import clock
from tests.factories import Cast

Json = dict[str, Any]


class Device:
    """One device. `token` of an enrolled tablet, or None for a stranger's."""

    def __init__(self, app: Flask, token: str | None, name: str = "tablet-1") -> None:
        self.client = app.test_client()
        self.token, self.name, self.seq = token, name, 0
        self.run = str(uuid4())
        self.now_ms = clock.now_ms()

    def event(self, kind: str, later_s: int = 0, **data: Any) -> Json:
        """A new event, `later_s` seconds after the device's start."""
        self.seq += 1
        return {
            "id": str(uuid4()), "seq": self.seq, "type": kind, "at_ms": self.now_ms + later_s * 1000,
            "mono_ms": later_s * 1000, "data": data,
        }  # fmt: skip

    def start(self, **data: Any) -> Json:
        """The event that starts a run."""
        return self.event("emergency_started", **data)

    def send(self, *events: Any, status: int = 200, run: str | None = None, **more: Any) -> Json:
        """Post events to the run and return the answer."""
        body = {"device": self.name, "after": 0, "digest": None, "events": list(events), **more}
        response = self.post(body, run)
        assert response.status_code == status, response.get_data(as_text=True)
        return dict(response.json or {})

    def post(self, body: Any, run: str | None = None, **options: Any) -> TestResponse:
        """Post any JSON."""
        return self.client.post(self.url(run), json=body, headers=self.headers(), **options)

    def read(self, after: int = 0, status: int = 200, run: str | None = None) -> Json:
        """Events newer than a cursor."""
        response = self.client.get(f"{self.url(run)}?after={after}", headers=self.headers())
        assert response.status_code == status, response.get_data(as_text=True)
        return dict(response.json or {})

    def url(self, run: str | None = None) -> str:
        """Where the run's events are."""
        return f"/emergencies/{run or self.run}/events"

    def headers(self) -> dict[str, str]:
        """How the tablet shows who it is."""
        return {"Authorization": f"Tablet {self.token}"} if self.token else {}


def of(app: Flask, cast: Cast, name: str = "tablet-1") -> Device:
    """The enrolled tablet of Room 1."""
    return Device(app, cast.tablet_token, name)
