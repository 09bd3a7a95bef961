"""What people are told about the certificate: on the terminal, on the pages, at the plain door."""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlunsplit

import segno
from flask import current_app

from safety.tls import authority, files
from safety.tls.files import State

REMEDY = "to cover it: tls init --renew-ca --ip …, then every tablet trusts anew"


@dataclass(frozen=True)
class Trust:
    """What a page says: where tablets fetch the authority, and the fingerprint to compare."""

    url: str
    code: str
    fingerprint: str
    addresses: tuple[str, ...]


def addresses(state: State, port: int) -> list[str]:
    """Where the server is found over TLS, names first."""
    named = sorted(authority.names_of(state.server), key=lambda name: (not isinstance(name, str), str(name)))
    return [urlunsplit(("https", f"{files.bracketed(name)}:{port}", "", "", "")) for name in named]


def door_port(port: int) -> int:
    """The plain door's port: the next one."""
    return port + 1


def door_url(state: State, port: int) -> str:
    """Where a tablet that trusts nothing yet starts."""
    return urlunsplit(("http", f"{files.door_host(state.reach)}:{door_port(port)}", "/trust", "", ""))


def trust(state: State, port: int) -> Trust:
    """What a page says about it."""
    url = door_url(state, port)
    code = segno.make(url, error="m").svg_data_uri(scale=5, border=2)
    return Trust(url, code, authority.fingerprint(state.ca), tuple(addresses(state, port)))


def door_page(state: State, port: int) -> str:
    """The page at the plain door. It holds nothing of the clinic but what the certificate says."""
    return current_app.jinja_env.get_template("tls/_door.html").render(trust=trust(state, port))


def lines(state: State, now: datetime) -> list[tuple[str, str]]:
    """For `tls show`: label and value."""
    limits = state.reach
    return [
        ("authority", str(state.folder.ca)),
        ("fingerprint (SHA-256)", authority.fingerprint(state.ca)),
        ("ends", f"{state.ca.not_valid_after_utc:%Y-%m-%d}"),
        ("may vouch for", ", ".join([*limits.hosts, *map(str, limits.networks)])),
        ("certificate", str(state.folder.server)),
        ("key", str(state.folder.server_key)),
        ("ends", f"{state.server.not_valid_after_utc:%Y-%m-%d}, in {state.days_left(now)} days"),
        ("addresses", ", ".join(sorted(map(str, authority.names_of(state.server))))),
        *(("not covered", f"{address}: {REMEDY}") for address in files.outside(limits)),
    ]


def announcement(state: State, port: int, now: datetime) -> list[str]:
    """For the terminal at the start."""
    ended = [] if state.ca.not_valid_after_utc > now else ["The authority has ended: tls init --renew-ca"]
    return [
        *ended,
        *(f"Tablets: {url}" for url in addresses(state, port)),
        *(f"Not covered by the certificate: {address} ({REMEDY})" for address in files.outside(state.reach)),
        f"A tablet that does not trust this server yet: {door_url(state, port)}",
        f"Compare there: {authority.fingerprint(state.ca)}",
    ]
