"""The clinic's network in small: a tablet in a network namespace of its own, joined by a cable."""

import ipaddress
import itertools
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_count = itertools.count()


class NoRights(RuntimeError):
    """This user may lay no cable: it takes root."""


@dataclass(frozen=True)
class Lan:
    """Where the server and the tablet are, and how a program is started on the tablet."""

    namespace: str
    server: str
    tablet: str

    def program(self, home: Path, command: str) -> Path:
        """A file that runs `command` on the tablet, with a home of its own."""
        home.mkdir(parents=True, exist_ok=True)
        script = home / "program"
        inside = f'exec ip netns exec {self.namespace} env HOME="{home}" {command} "$@"'
        script.write_text(f"#!/bin/sh\n{inside}\n")
        script.chmod(0o755)
        return script


@contextmanager
def laid() -> Iterator[Lan]:
    """Lay the cable; take it up again whatever happens. Raises NoRights."""
    if os.geteuid() != 0:
        raise NoRights("a network of its own needs root")
    name = f"rf{os.getpid()}x{next(_count)}"
    server, tablet = _free_pair(os.getpid())
    try:
        _lay(name, server, tablet)
        yield Lan(name, server, tablet)
    finally:
        _ip("netns", "delete", name, must=False)
        _ip("link", "delete", name, must=False)


def _lay(name: str, server: str, tablet: str) -> None:
    try:
        _ip("netns", "add", name)
        _ip("link", "add", name, "type", "veth", "peer", "name", "tablet", "netns", name)
    except subprocess.CalledProcessError as fault:
        raise NoRights(f"ip: {fault.stderr.strip()}") from fault
    _ip("addr", "add", f"{server}/30", "dev", name)
    _ip("link", "set", name, "up")
    for words in (("addr", "add", f"{tablet}/30", "dev", "tablet"), ("link", "set", "tablet", "up")):
        _ip("-n", name, *words)
    _ip("-n", name, "link", "set", "lo", "up")


def _free_pair(seed: int) -> tuple[str, str]:
    """Two addresses of a small network nobody here uses."""
    used = subprocess.run(["ip", "-o", "addr"], capture_output=True, text=True, check=True).stdout
    for step in range(256):
        first = int(ipaddress.IPv4Address("10.213.0.0")) + 4 * ((seed + step) % 16384)
        network = ipaddress.IPv4Network((first, 30))
        if str(network[1]) not in used:
            return str(network[1]), str(network[2])
    raise NoRights("no free addresses")


def _ip(*words: str, must: bool = True) -> None:
    subprocess.run(["ip", *words], capture_output=True, text=True, check=must, timeout=20)


def trust(home: Path, certificate: Path) -> None:
    """Put an authority's certificate where Chromium looks for those its user trusts."""
    database = home / ".pki" / "nssdb"
    shutil.rmtree(database, ignore_errors=True)
    database.mkdir(parents=True)
    place = f"sql:{database}"
    _certutil("-N", "-d", place, "--empty-password")
    _certutil("-A", "-d", place, "-n", "clinic", "-t", "C,,", "-i", str(certificate))


def _certutil(*words: str) -> None:
    subprocess.run(["certutil", *words], capture_output=True, check=True, timeout=60)
