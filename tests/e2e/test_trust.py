"""A tablet on the clinic's network trusts the clinic's authority: only then it is a tablet for emergencies.

The browser stands in a network namespace of its own, so that the server's address is one of a network, not
loopback.
"""

import os
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from playwright.sync_api import BrowserContext, Error, Page, Playwright

from safety.tls import authority, files
from tests.conftest import missing
from tests.e2e import clinic, lan, pages
from tests.e2e.browser import QUIET, Look, chromium_program
from tests.e2e.lan import Lan
from tests.e2e.server import Server, free_port
from tests.factories import Cast

pytestmark = [pytest.mark.once, pytest.mark.needs("chromium", "nss", "ip")]
HOST, EVIL = "reflow.clinic.test", "evil.example"
CAN = """async () => ({
  secure: isSecureContext,
  worker: "serviceWorker" in navigator,
  camera: Boolean(navigator.mediaDevices?.getUserMedia),
  wake: "wakeLock" in navigator,
  cipher: Boolean(crypto.subtle),
})"""
CONTROLLED = "() => navigator.serviceWorker.controller?.scriptURL.endsWith('/sw.js')"
SIZES = ((1024, 768), (768, 1024), (390, 844))
ALL, NONE = True, False


@pytest.fixture(scope="module")
def cable() -> Iterator[Lan]:
    """The network. Laying it takes root; in CI it must work."""
    try:
        with lan.laid() as laid:
            yield laid
    except lan.NoRights as problem:
        missing(f"needs a network namespace: {problem}")


@pytest.fixture(scope="module")
def served(cable: Lan, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Cast]]:
    """The cast's clinic behind its own certificate, on the network."""
    server = Server(tmp_path_factory.mktemp("lan") / "data")
    cast = clinic.people(server)
    server.flask("tls", "init", "--host", HOST, "--ip", cable.server)
    server.host = cable.server
    try:
        server.start()
        yield server, cast
    finally:
        server.kill()


class Tablet:
    """Chromium on the network, with a home of its own."""

    def __init__(self, playwright: Playwright, cable: Lan, home: Path) -> None:
        self.playwright, self.cable, self.home = playwright, cable, home

    @contextmanager
    def open(self) -> Iterator[Page]:
        """A page of a browser that keeps what it learns in its home."""
        program = self.cable.program(self.home, chromium_program())
        names = f"--host-resolver-rules=MAP {HOST} {self.cable.server}, MAP {EVIL} {self.cable.server}"
        context: BrowserContext = self.playwright.chromium.launch_persistent_context(
            str(self.home / "profile"), executable_path=program, args=[*QUIET, names], locale="en-GB"
        )
        context.set_default_timeout(20_000)
        try:
            yield context.pages[0]
        finally:
            context.close()


@pytest.fixture(scope="module")
def trusting(
    playwright: Playwright, cable: Lan, served: tuple[Server, Cast], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Page]:
    """A tablet that fetched the authority's certificate at the plain door, and trusts it."""
    server, _ = served
    home = tmp_path_factory.mktemp("trusting")
    (home / "ca.crt").write_bytes(server.ask(f"http://{cable.server}:{server.port + 1}/ca.crt"))
    lan.trust(home, home / "ca.crt")
    with Tablet(playwright, cable, home).open() as page:
        yield page


@pytest.mark.parametrize("named", [HOST, ""], ids=["name", "address"])
def test_a_tablet_that_trusts_the_authority_has_all_it_needs(
    trusting: Page, served: tuple[Server, Cast], cable: Lan, named: str
) -> None:
    server, _ = served
    trusting.goto(f"https://{named or cable.server}:{server.port}/emergencies/new")
    assert trusting.evaluate(CAN) == dict.fromkeys(("secure", "worker", "camera", "wake", "cipher"), ALL)


def test_the_service_worker_is_accepted_and_controls(trusting: Page, served: tuple[Server, Cast]) -> None:
    # with a certificate that was clicked through, this is what a browser refuses
    server, _ = served
    trusting.goto(f"https://{HOST}:{server.port}/emergencies/new")
    trusting.wait_for_function(CONTROLLED, timeout=60_000)  # it fetches the whole copy first
    trusting.reload()
    trusting.wait_for_function(CONTROLLED)


def sign_in(page: Page, home: str, cast: Cast) -> None:
    page.goto(f"{home}/sign-in")
    page.get_by_label("User name").fill(cast["ada"].username)
    page.get_by_label("Password").fill(cast["ada"].password)
    pages.go(page, "Sign in")


def test_signing_in_gives_cookies_that_never_travel_in_the_clear(
    trusting: Page, served: tuple[Server, Cast], cable: Lan
) -> None:
    server, cast = served
    sign_in(trusting, f"https://{HOST}:{server.port}", cast)
    cookies = {one["name"]: one for one in trusting.context.cookies()}
    assert "__Host-reflow_sign_in" in cookies
    assert all(one["secure"] and one["httpOnly"] for one in cookies.values()), cookies


def test_every_page_about_it_shows_the_same_fingerprint(
    trusting: Page, served: tuple[Server, Cast], cable: Lan, look: Look
) -> None:
    server, cast = served
    home, door = f"https://{HOST}:{server.port}", f"http://{cable.server}:{server.port + 1}"
    sign_in(trusting, home, cast)
    for name, address in (
        ("trust", f"{home}/trust"),
        ("enrol", f"{home}/admin/tablets/new"),
        ("door", f"{door}/"),
    ):
        trusting.goto(address)
        assert server.fingerprint in trusting.locator("main").inner_text()
        for width, height in SIZES:
            trusting.set_viewport_size({"width": width, "height": height})
            look.at(trusting, f"{name}-{width}")


def test_over_plain_http_the_same_network_is_no_secure_context(
    trusting: Page, served: tuple[Server, Cast], cable: Lan
) -> None:
    server, _ = served
    trusting.goto(f"http://{cable.server}:{server.port + 1}/trust")
    assert trusting.evaluate(CAN) == dict.fromkeys(("secure", "worker", "camera", "wake", "cipher"), NONE)
    assert server.fingerprint in trusting.locator("main").inner_text()


def test_a_browser_without_the_authority_refuses(
    playwright: Playwright, cable: Lan, served: tuple[Server, Cast], tmp_path: Path
) -> None:
    server, _ = served
    with (
        Tablet(playwright, cable, tmp_path).open() as page,
        pytest.raises(Error, match="ERR_CERT_AUTHORITY_INVALID"),
    ):
        page.goto(f"https://{HOST}:{server.port}/")


@contextmanager
def impostor(cable: Lan, state: files.State, name: str, folder: Path) -> Iterator[int]:
    """Somebody with the stolen key of the authority, serving under a name of their choice."""
    key, ca_key = authority.make_key(), files.key_of(state.folder.ca_key)
    leaf = authority.make_server(key, [name], state.ca, ca_key, datetime.now(UTC))
    pem, plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    (folder / "leaf.pem").write_bytes(leaf.public_bytes(files.PEM) + key.private_bytes(files.PEM, pem, plain))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "leaf.pem")
    server = ThreadingHTTPServer((cable.server, free_port()), Hello)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield int(server.server_address[1])
    finally:
        server.shutdown()
        server.server_close()


class Hello(BaseHTTPRequestHandler):
    """Says hello to everybody."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "5")
        self.end_headers()
        self.wfile.write(b"hello")

    def log_message(self, *args: object) -> None: ...


@pytest.mark.parametrize(("name", "believed"), [(HOST, True), (EVIL, False)])
def test_the_stolen_key_opens_no_other_door(
    trusting: Page, served: tuple[Server, Cast], cable: Lan, tmp_path: Path, name: str, believed: bool
) -> None:
    state = files.read(files.folder_of(served[0].data_dir))
    assert state
    with impostor(cable, state, name, tmp_path) as port:
        address = f"https://{name}:{port}/"
        if believed:  # the same impostor under the clinic's own name: what refuses above is the constraint
            trusting.goto(address)
            assert trusting.locator("body").inner_text() == "hello"
        else:
            with pytest.raises(Error, match="ERR_CERT"):
                trusting.goto(address)


def test_the_network_is_taken_up_again() -> None:
    if os.geteuid() != 0:
        missing("needs root")
    with lan.laid() as laid:
        assert (Path("/run/netns") / laid.namespace).exists()
    assert not (Path("/run/netns") / laid.namespace).exists()
    assert not (Path("/sys/class/net") / laid.namespace).exists()
