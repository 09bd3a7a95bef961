"""How a tablet comes to trust this server: the authority's certificate, its fingerprint, instructions."""

from pathlib import Path
from urllib.parse import urlsplit

from flask import abort, current_app, render_template, request, send_file
from flask.typing import ResponseReturnValue

from safety import web
from safety.tls import files, telling
from safety.tls.files import Damaged, State
from safety.tls.telling import Trust
from safety.web import page

bp = page("tls")
PORTS = {"https": 443, "http": 80}
CERTIFICATE = "application/x-x509-ca-cert"


@bp.get("/ca.crt")
def ca_crt() -> ResponseReturnValue:
    """The authority's certificate. It is public."""
    state = _state()
    if state is None:
        abort(404, "This server has no authority of its own.")
    return send_file(state.folder.ca, CERTIFICATE, download_name="reflow-ca.crt", conditional=False)


@bp.get("/trust")
def trust() -> ResponseReturnValue:
    """What to do on each kind of tablet."""
    return render_template("tls/trust.html", trust=_known())


def _state() -> State | None:
    try:
        return files.read(files.folder_of(Path(current_app.config["REFLOW"].data_dir)))
    except Damaged:
        return None  # doctor says what is wrong with it


def _known() -> Trust | None:
    state, here = _state(), urlsplit(request.host_url)
    return telling.trust(state, here.port or PORTS[here.scheme]) if state else None


web.provide("trust_known", lambda: _known)
