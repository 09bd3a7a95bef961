"""Which addresses this machine has on its networks. Nothing is sent to find out."""

import ipaddress
import socket
import struct
from collections.abc import Iterable, Iterator
from contextlib import suppress

from safety.tls.authority import Address, Network

SIOCGIFADDR = 0x8915  # Linux: the IPv4 address of an interface
ANYWHERE = ("192.0.2.1", "2001:db8::1")  # reserved for books: asking the way there sends nothing


def own_host() -> str:
    """This machine's full name; a bare one is completed as tablets find it on a small network."""
    name = socket.gethostname().rstrip(".").lower()
    return name if "." in name else f"{name}.local"


def own(networks: Iterable[Network] = ()) -> list[Address]:
    """This machine's addresses others can reach, in a fixed order."""
    found = {*_of_interfaces(), *_ways_to(ANYWHERE), *_ways_to(_members(networks))}
    return sorted(filter(_reachable, found), key=lambda address: (address.version, int(address)))


def _reachable(address: Address) -> bool:
    return not (address.is_loopback or address.is_link_local or address.is_unspecified)


def _of_interfaces() -> Iterator[Address]:
    """IPv4 addresses of all interfaces, where the system can be asked (Linux)."""
    with suppress(ImportError, OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        from fcntl import ioctl

        for _, name in socket.if_nameindex():
            with suppress(OSError):  # an interface without an address
                answer = ioctl(probe.fileno(), SIOCGIFADDR, struct.pack("256s", name.encode()[:15]))
                yield ipaddress.IPv4Address(answer[20:24])


def _members(networks: Iterable[Network]) -> Iterator[str]:
    for network in networks:
        yield str(network[1] if network.num_addresses > 1 else network[0])


def _ways_to(targets: Iterable[str]) -> Iterator[Address]:
    """The address this machine would speak from to reach each target."""
    for target in targets:
        kind = socket.AF_INET6 if ":" in target else socket.AF_INET
        with suppress(OSError), socket.socket(kind, socket.SOCK_DGRAM) as probe:  # no way there: no answer
            probe.connect((target, 9))
            yield ipaddress.ip_address(probe.getsockname()[0].split("%")[0])
