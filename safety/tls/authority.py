"""The clinic's own certificate authority. It vouches for the clinic's server and can vouch for nothing
else: its name constraints say so, and every browser that trusts it holds it to them.
"""

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address

CA_LIFE = timedelta(days=3652)
SERVER_LIFE = timedelta(days=397)  # longer ones are refused by Apple's devices
EARLIER = timedelta(days=1)  # a tablet's clock may be behind ours
WIDEST = {4: 16, 6: 48}  # a network wider than this is no clinic's own
LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
HOST = re.compile(rf"(?=.{{1,253}}$){LABEL}(?:\.{LABEL})+")
TLS_SERVER = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])


class BadReach(ValueError):
    """A host name or address no authority of a clinic should vouch for. The message says why."""


@dataclass(frozen=True)
class Reach:
    """What the authority may vouch for: host names, and addresses or networks of the clinic."""

    hosts: tuple[str, ...]
    networks: tuple[Network, ...]

    @classmethod
    def of(cls, certificate: x509.Certificate) -> "Reach":
        """What an authority of ours was limited to when it was made."""
        limits = certificate.extensions.get_extension_for_class(x509.NameConstraints).value
        permitted = limits.permitted_subtrees or []
        return cls(
            tuple(name.value for name in permitted if isinstance(name, x509.DNSName)),
            tuple(network for network in map(_value, permitted) if isinstance(network, Network)),
        )

    def covers(self, address: Address) -> bool:
        """May the authority vouch for this address?"""
        return any(address in network for network in self.networks)


def reach(hosts: Iterable[str], addresses: Iterable[str]) -> Reach:
    """The reach typed by a person. Raises BadReach."""
    found = Reach(
        tuple(dict.fromkeys(_host(name) for name in hosts)),
        tuple(dict.fromkeys(_network(text) for text in addresses)),
    )
    if not found.hosts and not found.networks:
        raise BadReach("name at least one --host or --ip")
    return found


def _host(typed: str) -> str:
    name = typed.strip().rstrip(".").lower()
    if _is_address(name):
        raise BadReach(f"{typed} is an address: give it with --ip")
    if "." not in name and re.fullmatch(LABEL, name):
        # a constraint covers what is below the name too: "clinic" would cover a whole top-level domain
        raise BadReach(f"{typed} needs a full name, for example {name}.local")
    if not HOST.fullmatch(name):
        raise BadReach(f"{typed!r} is not a host name")
    return name


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _network(typed: str) -> Network:
    try:
        network = ipaddress.ip_network(typed.strip())
    except ValueError as fault:
        raise BadReach(f"{typed!r} is no address or network: {fault}") from fault
    if network.prefixlen < WIDEST[network.version]:
        raise BadReach(f"{typed} is wider than a clinic's own network: /{WIDEST[network.version]} at most")
    if network.network_address.is_multicast or network.network_address.is_unspecified:
        raise BadReach(f"{typed} is no address a server can have")
    return network


def make_key() -> ec.EllipticCurvePrivateKey:
    """A fresh key on P-256: every tablet of the last ten years knows it."""
    return ec.generate_private_key(ec.SECP256R1())


def make_ca(key: ec.EllipticCurvePrivateKey, limits: Reach, now: datetime) -> x509.Certificate:
    """The authority's own certificate, for ten years, limited to `limits`."""
    first = limits.hosts[0] if limits.hosts else str(limits.networks[0].network_address)
    name = _named(f"Reflow clinic CA for {first}")
    return (
        _begun(name, name, key.public_key(), now, CA_LIFE)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(TLS_SERVER, critical=False)
        .add_extension(_constraints(limits), critical=True)
        .sign(key, hashes.SHA256())
    )


def _constraints(limits: Reach) -> x509.NameConstraints:
    """A kind of name that is not permitted at all must be excluded whole: silence would permit it."""
    permitted = [*map(x509.DNSName, limits.hosts), *map(x509.IPAddress, limits.networks)]
    excluded: list[x509.GeneralName] = [] if limits.hosts else [x509.DNSName("")]
    if not limits.networks:
        everywhere = map(ipaddress.ip_network, ("0.0.0.0/0", "::/0"))
        excluded += [x509.IPAddress(network) for network in everywhere]
    return x509.NameConstraints(permitted, excluded or None)


def make_server(
    key: ec.EllipticCurvePrivateKey, names: Iterable[str | Address], ca: x509.Certificate,
    ca_key: ec.EllipticCurvePrivateKey, now: datetime,
) -> x509.Certificate:  # fmt: skip
    """The server's certificate for these host names and addresses, signed by the authority."""
    listed = [x509.DNSName(name) if isinstance(name, str) else x509.IPAddress(name) for name in names]
    subject = _named(str(listed[0].value))
    return (
        _begun(subject, ca.subject, key.public_key(), now, SERVER_LIFE)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(TLS_SERVER, critical=False)
        .add_extension(x509.SubjectAlternativeName(listed), critical=False)
        .add_extension(_authority_of(ca), critical=False)
        .sign(ca_key, hashes.SHA256())
    )


def _begun(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, now: datetime, life: timedelta
) -> x509.CertificateBuilder:
    begins = now.replace(microsecond=0) - EARLIER
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(begins + life)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _named(words: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, words[:64])])


def _usage(signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates, key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False, key_encipherment=False, data_encipherment=False, key_agreement=False,
        encipher_only=False, decipher_only=False,
    )  # fmt: skip


def _authority_of(ca: x509.Certificate) -> x509.AuthorityKeyIdentifier:
    subject = ca.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(subject)


def names_of(certificate: x509.Certificate) -> set[str | Address]:
    """What a server's certificate stands for."""
    listed = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return {value for value in map(_value, listed) if isinstance(value, str | Address)}


def _value(name: x509.GeneralName) -> object:
    return name.value if isinstance(name, x509.DNSName | x509.IPAddress) else None


def fingerprint(certificate: x509.Certificate) -> str:
    """SHA-256 as devices show it: AB:CD:…"""
    return certificate.fingerprint(hashes.SHA256()).hex(":").upper()


def signed_by(certificate: x509.Certificate, ca: x509.Certificate) -> bool:
    """Did this authority sign this certificate?"""
    try:
        certificate.verify_directly_issued_by(ca)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True
