"""A clinic to spend a day in: the cast, protocols approved, filler on the shelf and no means of rescue."""

import shutil

from flask import Flask

from safety import create_app
from safety.config import Config
from safety.db import db
from tests import copies
from tests.e2e.server import Server
from tests.factories import Cast, make_cast
from tests.protocols.signing import approve
from tests.stock.shelf import FILLER, HYALASE, add_product, put

PROTOCOLS = ("screening", "treatment", "vascular_occlusion")
FILLER_LOT = "VB20A1093"


def people(server: Server) -> Cast:
    """Fill the server's folder with the cast; nothing is approved, the shelf is empty."""
    home = copies.peopled("sqlite", make_cast)
    shutil.copytree(home, server.data_dir)
    server.data_dir.chmod(0o700)
    return Cast.from_json(copies.facts(home))


def equip(server: Server, cast: Cast) -> None:
    """Approve every protocol and put filler on the shelf."""
    url = f"sqlite:///{server.data_dir / 'reflow.sqlite3'}"
    app = create_app(Config(server.data_dir, url, "not kept", testing=True))
    try:
        for name in PROTOCOLS:
            approve(app, cast, name)
        put(app, cast, FILLER, containers=3, code=FILLER_LOT)
        add_product(app, cast["ada"].actor, HYALASE)
    finally:
        _close(app)


def _close(app: Flask) -> None:
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
