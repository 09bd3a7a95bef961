"""Where authority and certificate are kept, and when the server's certificate is made anew."""

import ipaddress
import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from safety.tls import addresses, authority
from safety.tls.authority import Address, Reach

PEM = serialization.Encoding.PEM
SOON = timedelta(days=30)


class Kept(RuntimeError):
    """There is an authority already, and tablets trust it."""


class Damaged(RuntimeError):
    """What lies in the folder cannot be used. The message says which file."""


@dataclass(frozen=True)
class Folder:
    """The folder `tls` of an installation."""

    path: Path

    @property
    def ca(self) -> Path:
        """The authority's certificate: what tablets install."""
        return self.path / "ca.crt"

    @property
    def ca_key(self) -> Path:
        """The authority's key."""
        return self.path / "ca.key"

    @property
    def server(self) -> Path:
        """The server's certificate."""
        return self.path / "server.crt"

    @property
    def server_key(self) -> Path:
        """The server's key."""
        return self.path / "server.key"

    @property
    def page(self) -> Path:
        """The page of the plain door, drawn at the start."""
        return self.path / "trust.html"


@dataclass(frozen=True)
class State:
    """The authority and the server's certificate as they lie on the disk."""

    folder: Folder
    ca: x509.Certificate
    server: x509.Certificate

    @property
    def reach(self) -> Reach:
        """What the authority is limited to."""
        return Reach.of(self.ca)

    def days_left(self, now: datetime) -> int:
        """Whole days until the server's certificate ends; negative once it has."""
        return (self.server.not_valid_after_utc - now).days


def folder_of(data_dir: Path) -> Folder:
    """The folder of this installation."""
    return Folder(data_dir / "tls")


def read(folder: Folder) -> State | None:
    """What is kept, or None when there is no authority. Raises Damaged."""
    if not folder.ca.exists():
        return None
    return State(folder, _certificate(folder.ca), _certificate(folder.server))


def _certificate(path: Path) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(path.read_bytes())
    except (OSError, ValueError) as fault:
        raise Damaged(f"{path} cannot be read as a certificate") from fault


def key_of(path: Path) -> ec.EllipticCurvePrivateKey:
    """The key in a file of ours. Raises Damaged."""
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), None)
    except (OSError, ValueError, TypeError) as fault:
        raise Damaged(f"{path} cannot be read as a key") from fault
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise Damaged(f"{path} holds another kind of key")
    return key


def init(folder: Folder, limits: Reach, now: datetime, renew_ca: bool) -> State:
    """Make authority and certificate. Raises Kept, unless tablets shall trust a new one."""
    if folder.ca.exists() and not renew_ca:
        raise Kept(
            f"there is an authority already ({folder.ca}): tablets trust it. To replace it: --renew-ca"
        )
    folder.path.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.path.chmod(0o700)
    ca_key, server_key = authority.make_key(), authority.make_key()
    ca = authority.make_ca(ca_key, limits, now)
    server = authority.make_server(server_key, names(limits), ca, ca_key, now)
    _write(folder.ca_key, _secret(ca_key))
    _write(folder.server_key, _secret(server_key))
    _write(folder.server, server.public_bytes(PEM))
    _write(folder.ca, ca.public_bytes(PEM))  # last: with it the installation serves TLS
    return State(folder, ca, server)


def names(limits: Reach) -> list[str | Address]:
    """What the server's certificate stands for: the host names, the single addresses, and this machine's own
    within the networks.
    """
    single = [network[0] for network in limits.networks if network.num_addresses == 1]
    mine = [address for address in addresses.own(limits.networks) if limits.covers(address)]
    found: list[str | Address] = [*limits.hosts, *dict.fromkeys([*single, *mine])]
    return found or [limits.networks[0][1]]


def outside(limits: Reach) -> list[Address]:
    """This machine's addresses the authority cannot vouch for."""
    return [address for address in addresses.own(limits.networks) if not limits.covers(address)]


def worn(state: State, now: datetime) -> str | None:
    """Why the server's certificate must be made anew, or None."""
    if not authority.signed_by(state.server, state.ca) or not _fits(state):
        return "it does not belong to the authority and key beside it"
    if state.server.not_valid_after_utc - now < SOON:
        return f"it ends in {state.days_left(now)} days"
    if authority.names_of(state.server) != set(names(state.reach)):
        return "the machine's addresses changed"
    return None


def _fits(state: State) -> bool:
    return state.server.public_key() == key_of(state.folder.server_key).public_key()


def renew(state: State, now: datetime) -> State:
    """Make the server's certificate anew, with the key it had; the authority stays. Raises Damaged."""
    folder, ca_key = state.folder, key_of(state.folder.ca_key)
    if ca_key.public_key() != state.ca.public_key():
        raise Damaged(f"{folder.ca_key} does not belong to {folder.ca}: make both anew with --renew-ca")
    made = authority.make_server(key_of(folder.server_key), names(state.reach), state.ca, ca_key, now)
    _write(folder.server, made.public_bytes(PEM))
    return State(folder, state.ca, made)


def _secret(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


def _write(path: Path, content: bytes) -> None:
    """Whole or not at all, its owner's alone from the first byte."""
    part = path.with_suffix(".part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def write_page(folder: Folder, html: str) -> None:
    """Keep the page of the plain door."""
    _write(folder.page, html.encode())


def door_host(limits: Reach) -> str:
    """Where a tablet that trusts nothing yet finds the plain door: an address rather than a name, because a
    browser that once met the name over TLS asks for it over nothing else.
    """
    mine = addresses.own(limits.networks)
    single = [network[0] for network in limits.networks if network.num_addresses == 1]
    covered = [address for address in mine if limits.covers(address)]
    # a given address need not be this machine's: it may stand behind another, as in a container
    best = [*(address for address in single if address in mine), *single, *covered, *mine]
    return bracketed(best[0]) if best else limits.hosts[0]


def bracketed(name: str | Address) -> str:
    """As it stands in an address bar."""
    return f"[{name}]" if isinstance(name, ipaddress.IPv6Address) else str(name)
