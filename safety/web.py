"""The frame of every page: who is looking, may they, and what the browser is told."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import sqlalchemy.exc
from flask import (
    Blueprint,
    Flask,
    Response,
    abort,
    current_app,
    g,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.sessions import SecureCookieSessionInterface
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFProtect

from safety import db as database
from safety.audit.log import Actor
from safety.viewer import Handed as Handed
from safety.viewer import Viewer as Viewer
from safety.viewer import initials as initials

SYSTEM = Actor("system", "reflow", None)
REVOKED = ({"error": "this tablet was revoked", "revoked": True}, 401)  # what such a tablet hears
csrf = CSRFProtect()
Found = TypeVar("Found")

POLICY = "; ".join((
    "default-src 'self'", "script-src 'self'", "style-src 'self'", "img-src 'self' data: blob:",
    "font-src 'self'", "connect-src 'self'", "media-src 'self' blob:", "object-src 'none'", "base-uri 'none'",
    "form-action 'self'", "frame-ancestors 'none'",
))  # fmt: skip
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(), geolocation=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


@dataclass(frozen=True)
class Open:
    """A route that asks for no role: for anyone, for tablets (or people), or also revoked ones."""

    tablet_only: bool = False
    revoked_too: bool = False

    def lets_in(self, viewer: Viewer) -> bool:
        """May this viewer come in?"""
        was = self.revoked_too and viewer.revoked is not None
        return not self.tablet_only or viewer.is_tablet or viewer.is_signed_in or was


PUBLIC, TABLET, DELIVERY = Open(), Open(tablet_only=True), Open(tablet_only=True, revoked_too=True)
Act = Open | frozenset[str]


class MissingAct(RuntimeError):
    """A route stands in no row of the table of acts."""


def page(feature: str) -> Blueprint:
    """The blueprint of a feature; its endpoints are named `<feature>.<view>`."""
    return Blueprint(feature, f"safety.{feature}.views")


def current() -> Viewer:
    """Who looks at this page."""
    return g.get("viewer") or Viewer()


def actor() -> Actor:
    """In whose name this request acts: the person signed in, else the tablet, else nobody (the system)."""
    viewer = current()
    if viewer.member_id:
        return Actor("member", viewer.member_id, viewer.clinic_id, viewer.tablet_id)
    if viewer.tablet_id:
        return Actor("tablet", viewer.tablet_id, viewer.clinic_id, viewer.tablet_id)
    return viewer.revoked or SYSTEM


def become(viewer: Viewer) -> None:
    """Go on with this request as `viewer`, who sees only their clinic's rows."""
    g.viewer = viewer
    database.set_clinic(viewer.clinic_id)


def show(template: str, **context: Any) -> ResponseReturnValue:
    """Render a page: 200, or 422 when what was posted is being shown again with its errors."""
    return render_template(template, **context), 422 if request.method == "POST" else 200


def found(row: Found | None) -> Found:
    """The row, or 404: another clinic's row looks exactly like one that does not exist."""
    if row is None:
        abort(404)
    return row


def init_app(
    app: Flask,
    identify: Callable[[], Viewer],
    acts: Mapping[str, Act],
    closed: Callable[[], ResponseReturnValue],
) -> None:
    """Put the frame round the app: `identify` tells who looks, `acts` who may do what, `closed` what a
    patient is told who holds the device and opens what is not theirs.
    """
    app.session_interface = CookieSessions()
    csrf.init_app(app)
    app.before_request(lambda: admit(identify, acts, closed))
    app.after_request(finish)
    app.context_processor(frame)
    app.jinja_env.filters.update(
        when=when, stamp=stamp, day=day, weekday=weekday, units=units, ml=millilitres, seconds=seconds,
        minutes=minutes,
    )  # fmt: skip


def check_acts(app: Flask, acts: Mapping[str, Act]) -> None:
    """Every route stands in the table of acts and the table names no other. Raises MissingAct."""
    routes = {rule.endpoint for rule in app.url_map.iter_rules()}
    if odd := routes.symmetric_difference(acts):
        raise MissingAct(f"routes and table of acts differ: {', '.join(sorted(odd))}")


def admit(
    identify: Callable[[], Viewer], acts: Mapping[str, Act], closed: Callable[[], ResponseReturnValue]
) -> ResponseReturnValue | None:
    """Before each request: who is it, and may they? None lets the request through."""
    if request.endpoint == "static":
        return None
    become(_identified(identify, acts))
    if request.endpoint is None:
        return None
    handed = current().handed
    if handed and not handed.opens(request.endpoint, request.path):
        return closed()
    return _judge(acts[request.endpoint])


def _identified(identify: Callable[[], Viewer], acts: Mapping[str, Act]) -> Viewer:
    """Who it is. With the database gone a page for anyone still opens, for nobody in particular: the run's
    page holds no data, and a rescue must not wait for a disk.
    """
    try:
        return identify()
    except sqlalchemy.exc.DBAPIError:
        if acts.get(request.endpoint or "") is not PUBLIC:
            raise
        database.db.session.rollback()
        return Viewer()


def _judge(act: Act) -> ResponseReturnValue | None:
    viewer = current()
    if isinstance(act, Open):
        return None if act.lets_in(viewer) else _ask_who()
    if not viewer.is_signed_in:
        return _ask_who()
    if viewer.role not in act:
        abort(403)
    return None


def _ask_who() -> ResponseReturnValue:
    if wants_json():
        return REVOKED if current().revoked else ({"error": "sign in, or use an enrolled tablet"}, 401)
    door = "staff.switch" if current().is_tablet else "staff.sign_in"
    return redirect(url_for(door, next=request.full_path.rstrip("?") if request.method == "GET" else None))


def wants_json() -> bool:
    """Is this a request by a program rather than for a page?"""
    by_address = request.path.endswith((".json", "/events")) or request.path == "/healthz"
    return (
        by_address
        or request.is_json
        or request.method == "PUT"
        or request.accept_mimetypes.best == "application/json"
    )


def same_origin() -> bool:
    """Did this request come from one of our own pages (or from a program, which names no origin)?"""
    origin = request.headers.get("Origin")
    return origin is None or origin == request.host_url.rstrip("/")


def safe_next(fallback: str) -> str:
    """Where to go after signing in: a path of this site from `?next=`, never another site."""
    target = request.args.get("next", "")
    parts = urlsplit(target)
    inside = target.startswith("/") and not target.startswith(("//", "/\\")) and not parts.netloc
    return target if inside else fallback


def finish(response: Response) -> Response:
    """After each request: the headers that keep the page to itself and out of caches."""
    response.headers.update(HEADERS)
    if request.is_secure:
        response.headers["Strict-Transport-Security"] = "max-age=31536000"
    if request.endpoint != "static":
        response.headers.setdefault("Cache-Control", "no-store")
    elif "v" in request.args:
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    else:
        response.headers["Cache-Control"] = "no-cache"
    return response


class CookieSessions(SecureCookieSessionInterface):
    """The signed cookie, marked Secure whenever the page itself came over TLS."""

    def get_cookie_secure(self, app: Flask) -> bool:
        return request.is_secure

    def get_cookie_samesite(self, app: Flask) -> str:
        return "Lax"


# --- what templates see -------------------------------------------------------------------------------------

Provider = Callable[[], Any]
_providers: dict[str, Provider] = {}
TABS = ("Today", "Patients", "Stock", "Emergencies", "Incidents", "Drills", "Protocols", "Safety", "Admin")


@dataclass(frozen=True)
class Tab:
    """A tab of the top bar."""

    label: str
    endpoint: str
    roles: frozenset[str]
    covers: frozenset[str]

    @property
    def place(self) -> int:
        """Where it stands; labels `TABS` does not name come last."""
        return TABS.index(self.label) if self.label in TABS else len(TABS)

    def covers_page(self, endpoint: str) -> bool:
        """Is this page one of the tab's?"""
        own = self.endpoint.split(".")[0] == endpoint.split(".")[0]
        return endpoint in self.covers if self.covers else own


_tabs: list[Tab] = []


def provide(name: str, provider: Provider) -> None:
    """Give every template `name`, computed by `provider` for each page; features above register theirs."""
    _providers[name] = provider


def tab(label: str, endpoint: str, roles: frozenset[str], covers: frozenset[str] = frozenset()) -> None:
    """Offer a tab in the top bar to these roles, in the order of `TABS`.

    It is the current one on pages of its endpoint's feature, or, where given, only on those it `covers`.
    """
    offered = Tab(label, endpoint, roles, covers)
    if offered not in _tabs:
        _tabs.append(offered)


def frame() -> dict[str, Any]:
    """What base.html draws on every page."""
    context: dict[str, Any] = {
        "viewer": current(),
        "tabs": _tabs_here(),
        "emergency_strip": None,
        "safety_line": safety_line(current().clinic_name),
        "start_emergency": {"url": "/emergencies/new"},
        "asset": asset,
        "static_url": asset,
    }
    return context | {name: provider() for name, provider in _providers.items()}


def _tabs_here() -> list[dict[str, Any]]:
    offered = sorted((tab for tab in _tabs if current().role in tab.roles), key=lambda tab: tab.place)
    return [
        {"label": tab.label, "url": url_for(tab.endpoint), "current": tab.covers_page(request.endpoint or "")}
        for tab in offered
        if current().handed is None
    ]


def safety_line(clinic_name: str) -> str:
    """The sentence on every clinical page and PDF."""
    whose = f"approved by {clinic_name}" if clinic_name else "approved by the clinic that uses it"
    return f"Decision support, {whose}. Not a substitute for clinical judgement."


def asset(path: str) -> str:
    """Address of a static file, versioned by its content."""
    return url_for("static", filename=path, v=_version(Path(current_app.static_folder or "") / path))


@lru_cache(maxsize=256)
def _version(path: Path) -> str | None:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12] if path.is_file() else None


def local(instant: datetime) -> datetime:
    """An instant in the clinic's time zone."""
    return instant.astimezone(ZoneInfo(current().time_zone))


def today(now: datetime) -> date:
    """The clinic's calendar day at `now`."""
    return local(now).date()


def when(instant: datetime) -> str:
    """Clock time in the clinic, 24 hours: 14:09."""
    return local(instant).strftime("%H:%M")


def stamp(instant: datetime) -> str:
    """Day and clock time in the clinic: 22 Nov 2026, 14:09."""
    return f"{day(local(instant).date())}, {when(instant)}"


def day(value: date | datetime) -> str:
    """22 Nov 2026."""
    value = local(value).date() if isinstance(value, datetime) else value
    return f"{value.day} {value:%b %Y}"


def weekday(instant: datetime) -> str:
    """Sun 22 Nov."""
    there = local(instant)
    return f"{there:%a} {there.day} {there:%b}"


def units(amount: int) -> str:
    """1500 units; no separator below ten thousand, as on the vial."""
    number = str(amount) if abs(amount) < 10_000 else f"{amount:,}".replace(",", "\u202f")
    return f"{number} unit" if amount == 1 else f"{number} units"


def millilitres(microlitres: int) -> str:
    """0.5 millilitres: exact, no trailing zero, a leading zero always."""
    whole, rest = divmod(abs(microlitres), 10**3)
    text = f"{whole}.{rest:03d}".rstrip("0").rstrip(".")
    sign = "-" if microlitres < 0 else ""
    return f"{sign}{text} {'millilitre' if text == '1' else 'millilitres'}"


def seconds(tenths: int) -> str:
    """2.5 seconds, from tenths of a second."""
    whole, rest = divmod(tenths, 10)
    text = f"{whole}.{rest}" if rest else str(whole)
    return f"{text} second" if text == "1" else f"{text} seconds"


def minutes(span: timedelta) -> str:
    """12 minutes."""
    count = int(span.total_seconds() // 60)
    return "1 minute" if count == 1 else f"{count} minutes"
