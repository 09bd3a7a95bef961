"""The plain door: three files for a tablet that trusts nothing yet, and nothing else."""

import http.client
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from safety.tls import door

FILES = {"/": b"<p>page", "/trust": b"<p>page", "/ca.crt": b"certificate"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "trust.html").write_bytes(FILES["/"])
    (tmp_path / "ca.crt").write_bytes(FILES["/ca.crt"])
    (tmp_path / "ca.key").write_bytes(b"secret")
    return tmp_path


@pytest.fixture
def port(folder: Path) -> Iterator[int]:
    """An open door."""
    door.Visit.files = door.files(folder)
    opened = door.Door("127.0.0.1", 0, os.getppid())
    serving = threading.Thread(target=opened.serve_forever, kwargs={"poll_interval": 0.05})
    serving.start()
    yield int(opened.server_address[1])
    opened.shutdown()
    serving.join()
    opened.server_close()


def ask(port: int, path: str, method: str = "GET") -> tuple[int, http.client.HTTPMessage, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request(method, path)
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()
    finally:
        connection.close()


@pytest.mark.parametrize("path", FILES)
def test_it_works(port: int, path: str) -> None:
    status, headers, body = ask(port, path)
    assert (status, body) == (200, FILES[path])
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert headers["Cache-Control"] == "no-store"
    assert ask(port, path, "HEAD")[2] == b""


def test_the_certificate_comes_as_one(port: int) -> None:
    assert ask(port, "/ca.crt?x=1")[1]["Content-Type"] == "application/x-x509-ca-cert"
    assert ask(port, "/door.css")[0] == 200


@pytest.mark.parametrize(
    "path",
    [
        "/ca.key",
        "/../tls/ca.key",
        "//ca.key",
        "/%2e%2e/ca.key",
        "/emergencies/kit.json",
        "/healthz",
        "/sign-in",
    ],
)
def test_nothing_else_is_there(port: int, path: str) -> None:
    status, _, body = ask(port, path)
    assert (status, b"secret" in body) == (404, False)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_nothing_can_be_sent(port: int, method: str) -> None:
    assert ask(port, "/", method)[0] == 501


def test_silent_visitors_do_not_keep_others_out_for_long(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door.Visit, "timeout", 0.3)
    held = [socket.create_connection(("127.0.0.1", port)) for _ in range(door.AT_ONCE + 5)]
    until = time.monotonic() + 10
    while time.monotonic() < until:
        try:
            assert ask(port, "/ca.crt")[0] == 200
            break
        except (OSError, http.client.HTTPException):
            time.sleep(0.05)
    else:
        pytest.fail("the door stayed shut")
    for one in held:
        one.close()


def test_it_goes_when_the_server_has_gone(folder: Path) -> None:
    # the shell stands for the server: the door is its child, as in tools/run
    told = f"{sys.executable} {door.__file__} {folder} 127.0.0.1 0 $$ & echo $!; sleep 0.5"
    began = subprocess.run(["bash", "-c", told], capture_output=True, text=True, check=True, timeout=30)
    gone, until = Path(f"/proc/{began.stdout.strip()}"), time.monotonic() + 10
    while gone.exists() and time.monotonic() < until:
        time.sleep(0.1)
    assert not gone.exists()


def test_a_port_in_use_is_one_line(folder: Path, port: int) -> None:
    command = [sys.executable, str(door.__file__), str(folder), "127.0.0.1", str(port), str(os.getpid())]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
    assert ran.returncode == 1
    assert ran.stderr.startswith(f"Reflow: no page for new tablets on port {port}")
    assert ran.stderr.count("\n") == 1
