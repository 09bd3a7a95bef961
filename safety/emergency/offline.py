"""What a tablet fetches so as to go on without us: routes of the emergency blueprint that know nobody."""

import json
import re
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from safety import clock, web
from safety.audit.log import seal
from safety.db import db, write_transaction
from safety.emergency import precache, scenarios
from safety.emergency.forms import TabletCheckForm
from safety.staff import checks
from safety.staff.models import Tablet
from safety.web import actor, asset, current, show

ICONS = tuple(
    (f"reflow{kind}-{size}.png", size, purpose)
    for kind, purpose in (("", "any"), ("-maskable", "maskable"))
    for size in (192, 512)
)


def add_to(bp: Blueprint) -> None:
    """Give the emergency blueprint these routes."""
    web.provide("theme_colour", lambda: _colours()["band"])
    bp.add_url_rule("/sw.js", view_func=worker)
    bp.add_url_rule("/offline", view_func=offline)
    bp.add_url_rule("/manifest.webmanifest", view_func=manifest)
    bp.add_url_rule("/tablet-check", view_func=tablet_check, methods=["GET", "POST"])
    bp.add_url_rule("/emergencies/scenarios.json", view_func=scenarios_json)


def worker() -> ResponseReturnValue:
    """The service worker, with the list of the offline copy in it."""
    db.session.rollback()  # the first list takes seconds to make: no entry may wait for this reader meanwhile
    answer = Response(precache.worker(current_app), mimetype="text/javascript")
    answer.headers["Cache-Control"] = "no-cache"
    return answer


def offline() -> ResponseReturnValue:
    """What a tablet shows when the server does not answer: what still works, and Start emergency."""
    return render_template("emergency/offline.html")


def manifest() -> ResponseReturnValue:
    """Reflow as an app of the Home Screen, which opens on one big Start."""
    colours = _colours()
    told = {
        "id": "/emergencies/new",
        "name": "Reflow",
        "short_name": "Reflow",
        "description": "Start emergency, and the clinic's day",
        "lang": "en",
        "start_url": "/emergencies/new",
        "scope": "/",
        "display": "standalone",
        "orientation": "any",
        "background_color": colours["paper"],
        "theme_color": colours["band"],
        "icons": [_icon(*one) for one in ICONS],
    }
    return Response(json.dumps(told), mimetype="application/manifest+json")


def _icon(name: str, size: int, purpose: str) -> dict[str, str]:
    return {"src": asset(f"icons/{name}"), "sizes": f"{size}x{size}", "type": "image/png", "purpose": purpose}


def _colours() -> dict[str, str]:
    return tokens(Path(current_app.static_folder or "") / "css" / "tokens.css")


@lru_cache(maxsize=1)
def tokens(path: Path) -> dict[str, str]:
    """The colours of the light theme by name, as the style sheet of tokens has them."""
    first = path.read_text("utf-8").partition(":root {")[2].partition("}")[0]
    return dict(re.findall(r"--([\w-]+):\s*(#[0-9A-Fa-f]{6});", first))


def scenarios_json() -> ResponseReturnValue:
    """Every story of the emergency protocols, compiled, for a tablet to play on itself."""
    db.session.rollback()  # as above
    return Response(_stories(), mimetype="application/json")


@lru_cache(maxsize=1)
def _stories() -> str:
    protocols: list[Any] = []
    told = []
    for script in scenarios.all_of_them():
        if script["protocol"] not in protocols:
            protocols.append(script["protocol"])
        told.append({**script, "protocol": protocols.index(script["protocol"])})
    return json.dumps({"protocols": protocols, "scenarios": told}, ensure_ascii=False, separators=(",", ":"))


def tablet_check() -> ResponseReturnValue:
    """Try this tablet before the day: six things, and the stories of the protocols played on it."""
    form, viewer = TabletCheckForm(), current()
    tablet = db.session.get(Tablet, viewer.tablet_id) if viewer.tablet_id else None
    if tablet is None or not form.validate_on_submit():
        last = checks.last_checks().get(tablet.id) if tablet else None
        return show("emergency/tablet_check.html", form=form, tablet=tablet, last=last)
    with write_transaction():
        tablet = db.session.get_one(Tablet, viewer.tablet_id)
        checks.check_tablet(actor(), tablet, viewer.member_id, form.tried(), clock.now())
        seal()
    flash("The tablet check is saved")
    return redirect(url_for("today.board" if viewer.is_signed_in else "emergency.tablet_check"))
