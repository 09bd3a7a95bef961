"""The plain door: what a tablet that trusts nothing yet may fetch without TLS. Three files, nothing else.

Run as a script beside the server: `door.py FOLDER HOST PORT PARENT`. It ends when PARENT, the server, has
ended. It imports only the standard library, so that it costs little and can break little.
"""

import os
import signal
import socket
import sys
import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

AT_ONCE = 32
PATIENCE_S = 10
STYLE = Path(__file__).resolve().parent.parent / "static" / "css" / "door.css"
POLICY = "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'"
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
Files = Mapping[str, tuple[str, bytes]]


def files(folder: Path) -> Files:
    """Everything behind this door, by address."""
    page = ("text/html; charset=utf-8", (folder / "trust.html").read_bytes())
    return {
        "/": page,
        "/trust": page,
        "/ca.crt": ("application/x-x509-ca-cert", (folder / "ca.crt").read_bytes()),
        "/door.css": ("text/css; charset=utf-8", STYLE.read_bytes()),
    }


class Visit(BaseHTTPRequestHandler):
    """One request. Only GET and HEAD are known; http.server refuses the rest."""

    files: ClassVar[Files] = {}
    timeout = PATIENCE_S
    server_version, sys_version = "Reflow", ""

    def do_GET(self) -> None:
        """One of the files, or nothing."""
        self._answer(with_body=True)

    def do_HEAD(self) -> None:
        """The same without its content."""
        self._answer(with_body=False)

    def _answer(self, with_body: bool) -> None:
        found = self.files.get(self.path.split("?")[0])
        status = 200 if found else 404
        kind, body = found or ("text/plain; charset=utf-8", b"Nothing here\n")
        self.send_response(status)
        for name, value in {**HEADERS, "Content-Type": kind, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        if with_body:
            self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # its name in http.server
        """Nobody's address is written down."""


class Door(ThreadingHTTPServer):
    """Answers at most `AT_ONCE` visitors at a time, and goes when the server has gone."""

    daemon_threads = True

    def __init__(self, host: str, port: int, parent: int) -> None:
        self.parent = parent
        self.free = threading.BoundedSemaphore(AT_ONCE)
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        super().__init__((host, port), Visit)

    def process_request(self, request: Any, client_address: Any) -> None:
        """A thread for this visitor, unless too many are in."""
        if not self.free.acquire(blocking=False):
            self.shutdown_request(request)
            return
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Answer, then let the next one in."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self.free.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A visitor who left in the middle is no news."""

    def service_actions(self) -> None:
        """Twice a second: is the server still there?"""
        if os.getppid() != self.parent:
            os._exit(0)


def main(folder: str, host: str, port: str, parent: str) -> None:
    """Open the door until the server ends."""
    Visit.files = files(Path(folder))
    try:
        door = Door(host, int(port), int(parent))
    except (OSError, OverflowError) as fault:
        sys.exit(f"Reflow: no page for new tablets on port {port}: {fault}")
    signal.signal(signal.SIGINT, lambda *_: os._exit(0))
    door.serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:5])
