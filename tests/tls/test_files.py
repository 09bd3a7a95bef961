"""What lies in DATA_DIR/tls, when the certificate is made anew, and that the authority never is by itself."""

import ipaddress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from safety.tls import addresses, authority, files
from safety.tls.files import Damaged, Folder, Kept, State

NOW = datetime(2026, 11, 25, 9, 30, tzinfo=UTC)
LIMITS = authority.reach(["reflow.local"], ["10.20.0.0/16", "192.168.7.20"])
AT_NIGHT = NOW + timedelta(days=300)
MINE = ipaddress.ip_address("10.20.3.4")


@pytest.fixture(autouse=True)
def at_home(monkeypatch: pytest.MonkeyPatch) -> None:
    """This machine has one address of the clinic's network and one of another."""
    stay(monkeypatch, "10.20.3.4", "172.16.0.9")


def stay(monkeypatch: pytest.MonkeyPatch, *mine: str) -> None:
    monkeypatch.setattr(addresses, "own", lambda networks=(): [ipaddress.ip_address(one) for one in mine])


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return files.folder_of(tmp_path / "data")


@pytest.fixture
def made(folder: Folder) -> State:
    return files.init(folder, LIMITS, NOW, renew_ca=False)


def test_it_works(made: State, folder: Folder) -> None:
    assert authority.names_of(made.server) == {"reflow.local", ipaddress.ip_address("192.168.7.20"), MINE}
    assert files.read(folder) == made
    assert files.worn(made, NOW) is None
    assert made.days_left(NOW) == 396
    assert files.outside(made.reach) == [ipaddress.ip_address("172.16.0.9")]


def test_only_the_owner_reads_it(made: State, folder: Folder) -> None:
    assert folder.path.stat().st_mode & 0o777 == 0o700
    modes = {path.name: path.stat().st_mode & 0o777 for path in folder.path.iterdir()}
    assert modes == dict.fromkeys(("ca.crt", "ca.key", "server.crt", "server.key"), 0o600)


def test_nothing_is_there_before(folder: Folder) -> None:
    assert files.read(folder) is None


def test_an_authority_is_never_replaced_unasked(made: State, folder: Folder) -> None:
    before = folder.ca.read_bytes(), folder.ca_key.read_bytes()
    with pytest.raises(Kept, match="--renew-ca"):
        files.init(folder, LIMITS, NOW, renew_ca=False)
    assert (folder.ca.read_bytes(), folder.ca_key.read_bytes()) == before
    assert files.init(folder, LIMITS, NOW, renew_ca=True).ca != made.ca


@pytest.mark.parametrize(("days", "worn"), [(365, False), (367, True), (500, True)])
def test_less_than_thirty_days_are_too_few(made: State, days: int, worn: bool) -> None:
    assert bool(files.worn(made, NOW + timedelta(days=days))) is worn


def test_renewed_it_stands_under_the_same_authority_and_key(made: State, folder: Folder) -> None:
    renewed = files.renew(made, AT_NIGHT)
    assert renewed.ca == made.ca
    assert renewed.server.public_key() == made.server.public_key()
    assert renewed.days_left(AT_NIGHT) == 396
    assert files.read(folder) == renewed
    assert files.worn(renewed, AT_NIGHT) is None


def test_another_address_of_the_clinics_network_wears_it_out(
    made: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    stay(monkeypatch, "10.20.9.9")
    assert files.worn(made, NOW) == "the machine's addresses changed"
    assert ipaddress.ip_address("10.20.9.9") in authority.names_of(files.renew(made, NOW).server)


def test_another_network_is_no_reason(made: State, monkeypatch: pytest.MonkeyPatch) -> None:
    stay(monkeypatch, "10.20.3.4", "203.0.113.5")
    assert files.worn(made, NOW) is None
    assert files.outside(made.reach) == [ipaddress.ip_address("203.0.113.5")]


def test_a_certificate_of_another_authority_is_replaced(made: State, folder: Folder, tmp_path: Path) -> None:
    other = files.init(files.folder_of(tmp_path / "other"), LIMITS, NOW, renew_ca=False)
    folder.server.write_bytes(other.folder.server.read_bytes())
    state = files.read(folder)
    assert state
    assert files.worn(state, NOW)
    assert files.worn(files.renew(state, NOW), NOW) is None


@pytest.mark.parametrize("name", ["ca.crt", "server.crt"])
def test_a_damaged_certificate_is_named(made: State, folder: Folder, name: str) -> None:
    (folder.path / name).write_text("-----BEGIN CERTIFICATE-----\nno\n-----END CERTIFICATE-----\n")
    with pytest.raises(Damaged, match=name):
        files.read(folder)


def test_a_strange_key_is_not_used(made: State, folder: Folder, tmp_path: Path) -> None:
    other = files.init(files.folder_of(tmp_path / "other"), LIMITS, NOW, renew_ca=False)
    folder.ca_key.write_bytes(other.folder.ca_key.read_bytes())
    with pytest.raises(Damaged, match="--renew-ca"):
        files.renew(made, NOW)


def test_the_door_is_found_by_an_address(made: State, monkeypatch: pytest.MonkeyPatch) -> None:
    # a browser that once met the name over TLS asks for it over nothing else
    assert files.door_host(made.reach) == "192.168.7.20", "given, so it leads here: from behind another, say"
    assert files.door_host(authority.reach(["reflow.local"], ["10.20.0.0/16"])) == "10.20.3.4"
    two = authority.reach([], ["192.168.7.20", "10.20.3.4"])
    assert files.door_host(two) == "10.20.3.4", "given, and this machine's own"
    stay(monkeypatch)
    assert files.door_host(authority.reach(["reflow.local"], [])) == "reflow.local"
    assert files.door_host(authority.reach([], ["fd00::1"])) == "[fd00::1]"


def test_this_machines_addresses_are_real() -> None:
    assert not any(address.is_loopback for address in addresses.own())
    assert "." in addresses.own_host()
