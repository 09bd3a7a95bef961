"""The clinic's authority: what it may vouch for, and that it can vouch for nothing else."""

import ipaddress
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from safety.tls import authority
from safety.tls.authority import BadReach, reach

NOW = datetime(2026, 11, 25, 9, 30, tzinfo=UTC)
ELSEWHERE = ipaddress.ip_address("fd00::1")
Subject = x509.DNSName | x509.IPAddress
HOST, ADDRESS = "reflow.local", ipaddress.ip_address("192.168.7.20")


class Clinic:
    """An authority and its key, for the tests that misuse it."""

    def __init__(self, *hosts: str, ips: tuple[str, ...] = ()) -> None:
        self.key = authority.make_key()
        self.ca = authority.make_ca(self.key, reach(hosts, ips), NOW)

    def leaf(self, *names: str | authority.Address) -> x509.Certificate:
        return authority.make_server(authority.make_key(), names, self.ca, self.key, NOW)

    def accepts(
        self, leaf: x509.Certificate, subject: Subject, between: Sequence[x509.Certificate] = ()
    ) -> bool:
        """Would somebody who trusts this authority take the leaf for `subject`?"""
        builder = PolicyBuilder().store(Store([self.ca])).time(NOW.replace(tzinfo=None))
        try:
            builder.build_server_verifier(subject).verify(leaf, list(between))
        except VerificationError:
            return False
        return True


@pytest.fixture(scope="module")
def clinic() -> Clinic:
    return Clinic(HOST, ips=("192.168.7.0/24",))


def test_it_works(clinic: Clinic) -> None:
    leaf = clinic.leaf(HOST, ADDRESS)
    assert clinic.accepts(leaf, x509.DNSName(HOST))
    assert clinic.accepts(leaf, x509.IPAddress(ADDRESS))
    assert authority.names_of(leaf) == {HOST, ADDRESS}
    assert authority.signed_by(leaf, clinic.ca)


def test_the_authority_says_what_it_may(clinic: Clinic) -> None:
    found = {extension.oid._name: extension for extension in clinic.ca.extensions}
    assert found["basicConstraints"].critical
    assert found["basicConstraints"].value == x509.BasicConstraints(ca=True, path_length=0)
    assert found["keyUsage"].critical
    assert found["keyUsage"].value.key_cert_sign
    assert not found["keyUsage"].value.digital_signature
    assert found["nameConstraints"].critical
    assert authority.Reach.of(clinic.ca) == reach([HOST], ["192.168.7.0/24"])
    assert isinstance(clinic.key.curve, ec.SECP256R1)


def test_the_servers_certificate_lasts_397_days_and_serves_only(clinic: Clinic) -> None:
    leaf = clinic.leaf(HOST)
    assert leaf.not_valid_after_utc - leaf.not_valid_before_utc == timedelta(days=397)
    assert leaf.not_valid_before_utc < NOW - timedelta(hours=12)  # a tablet's clock may be behind
    usage = leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(usage) == [ExtendedKeyUsageOID.SERVER_AUTH]
    assert leaf.extensions.get_extension_for_class(x509.BasicConstraints).value.ca is False


@pytest.mark.parametrize(
    "name",
    [
        "evil.example",
        "xreflow.local",
        "local",
        ipaddress.ip_address("192.168.8.20"),
        ipaddress.ip_address("fd00::1"),
    ],
)
def test_nobody_takes_its_word_for_another(clinic: Clinic, name: str | authority.Address) -> None:
    subject = x509.DNSName(name) if isinstance(name, str) else x509.IPAddress(name)
    assert not clinic.accepts(clinic.leaf(name), subject)
    assert not clinic.accepts(clinic.leaf(HOST, name), x509.DNSName(HOST)), "not even beside its own"


def test_a_kind_of_name_that_was_not_given_is_shut_out() -> None:
    named, numbered = Clinic(HOST), Clinic(ips=("192.168.7.20",))
    assert named.accepts(named.leaf(HOST), x509.DNSName(HOST))
    assert not named.accepts(named.leaf(ADDRESS), x509.IPAddress(ADDRESS))
    assert numbered.accepts(numbered.leaf(ADDRESS), x509.IPAddress(ADDRESS))
    assert not numbered.accepts(numbered.leaf("evil.example"), x509.DNSName("evil.example"))


def test_a_second_authority_below_it_is_worth_nothing(clinic: Clinic) -> None:
    key = authority.make_key()
    like = authority.make_ca(key, reach([HOST], []), NOW)
    builder = x509.CertificateBuilder(
        clinic.ca.subject, None, key.public_key(), 7, like.not_valid_before_utc, like.not_valid_after_utc
    ).subject_name(like.subject)
    for extension in like.extensions:
        builder = builder.add_extension(extension.value, extension.critical)
    below = builder.sign(clinic.key, hashes.SHA256())
    leaf = authority.make_server(authority.make_key(), [HOST], below, key, NOW)
    assert authority.signed_by(below, clinic.ca)
    assert authority.signed_by(leaf, below)
    assert not clinic.accepts(leaf, x509.DNSName(HOST), [below])


@pytest.mark.parametrize(
    ("hosts", "ips", "words"),
    [
        ([], [], "at least one"),
        (["clinic"], [], "full name"),  # a top-level domain: it would cover every name below it
        (["10.0.0.1"], [], "--ip"),
        (["*.reflow.local"], [], "not a host name"),
        (["re flow.local"], [], "not a host name"),
        (["-a.local"], [], "not a host name"),
        (["ä.local"], [], "not a host name"),
        ([""], [], "not a host name"),
        ([f"{'a' * 64}.local"], [], "not a host name"),
        ([], ["300.1.1.1"], "no address"),
        ([], ["192.168.7.20/24"], "host bits"),
        ([], ["10.0.0.0/8"], "wider"),
        ([], ["0.0.0.0/0"], "wider"),
        ([], ["0.0.0.0"], "no address a server can have"),
        ([], ["224.0.0.1"], "no address a server can have"),
        ([], ["reflow.local"], "no address"),
    ],
)
def test_bad_reach(hosts: list[str], ips: list[str], words: str) -> None:
    with pytest.raises(BadReach, match=words):
        reach(hosts, ips)


def test_a_name_is_taken_as_it_is_meant() -> None:
    assert reach([" Reflow.Local. ", "reflow.local"], ["10.1.2.3 "]).hosts == ("reflow.local",)


def test_the_fingerprint_is_what_devices_show(clinic: Clinic) -> None:
    shown = authority.fingerprint(clinic.ca)
    assert len(shown) == 95
    assert shown == shown.upper()
