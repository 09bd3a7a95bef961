"""A real server process on a folder of its own, started as `make run` starts it, killed and started again."""

import json
import os
import signal
import socket
import ssl
import subprocess
import time
import urllib.request
from pathlib import Path
from typing import Any

from cryptography import x509

from safety.config import CHECKOUT
from safety.tls import authority

FLASK = (str(CHECKOUT / ".venv/bin/python"), "-m", "flask", "--app", "wsgi")
PATIENCE_S = 60


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Server:
    """One installation: its data folder, its port, and the process while it runs."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self.port = free_port()
        self.checkout = CHECKOUT
        self.log = data_dir.with_suffix(".log")
        self.process: subprocess.Popen[bytes] | None = None
        self.host = "127.0.0.1"

    @property
    def url(self) -> str:
        """Where it is served."""
        return f"http{'s' if self.certificate.exists() else ''}://{self.host}:{self.port}"

    @property
    def certificate(self) -> Path:
        """The clinic's own authority, once `tls init` has made one: from then on it serves TLS."""
        return self.data_dir / "tls" / "ca.crt"

    @property
    def fingerprint(self) -> str:
        """What people compare."""
        return authority.fingerprint(x509.load_pem_x509_certificate(self.certificate.read_bytes()))

    @property
    def environment(self) -> dict[str, str]:
        """As a person would set it at the shell."""
        kept = {
            name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "SECRET_KEY"}
        }
        return kept | {"DATA_DIR": str(self.data_dir), "HOST": self.host, "PORT": str(self.port)}

    def start(self) -> None:
        """Migrate, serve, and wait for the first answer."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                ["tools/run"], cwd=self.checkout, env=self.environment, stdin=subprocess.DEVNULL,
                stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        until = time.monotonic() + PATIENCE_S
        while not self.answers():
            ended = self.process.poll() is not None or time.monotonic() > until
            assert not ended, f"no answer: {self.log.read_text()[-2000:]}"
            time.sleep(0.1)

    def answers(self) -> bool:
        """Does it say that it is well?"""
        try:
            return bool(json.loads(self.ask(f"{self.url}/healthz", 2))["ok"])
        except OSError:
            return False

    def ask(self, url: str, patience_s: float = PATIENCE_S) -> bytes:
        """What it answers to somebody who trusts its authority. Raises OSError."""
        trust = ssl.create_default_context(cafile=self.certificate) if self.certificate.exists() else None
        with urllib.request.urlopen(url, timeout=patience_s, context=trust) as answer:
            body: bytes = answer.read()
        return body

    def kill(self) -> None:
        """End it as a power cut would: the whole process group, without a word."""
        if self.process:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None

    def flask(self, *arguments: str, status: int = 0) -> str:
        """What a command of ours prints; it must end with this status."""
        ran = subprocess.run(
            [*FLASK, *arguments],
            cwd=self.checkout,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert ran.returncode == status, (
            f"{arguments}: {ran.returncode}\n{ran.stdout[-800:]}{ran.stderr[-2000:]}"
        )
        return ran.stdout

    def load_demo(self) -> dict[str, Any]:
        """The demonstration clinic, with the accounts it hands out."""
        self.flask("db", "upgrade")
        told: dict[str, Any] = json.loads(self.flask("demo", "load"))
        return told
