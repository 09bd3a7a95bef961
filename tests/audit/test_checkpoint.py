"""Signed heads: the text formats to the letter, one honest note and many that are not."""

import base64
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from safety.audit.checkpoint import BadNote, Checkpoint, key_id, opened, signed
from safety.audit.keys import log_key, verifies

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = KEY.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
OTHER = Ed25519PrivateKey.from_private_bytes(bytes(32))
HEAD = Checkpoint("reflow/test", 7, bytes(range(32)))
NOTE = signed(HEAD, PUBLIC, KEY.sign)


def read(note: str, public: bytes = PUBLIC) -> Checkpoint:
    return opened(note, public, lambda signature, text: verifies(public, signature, text))


def test_it_works() -> None:
    assert read(NOTE) == HEAD


def test_the_note_is_a_c2sp_signed_note() -> None:
    text, _, tail = NOTE.partition("\n\n")
    assert text.split("\n") == ["reflow/test", "7", base64.b64encode(bytes(range(32))).decode()]
    assert tail.startswith("\u2014 reflow/test ")
    assert tail.endswith("\n")
    assert tail.count("\n") == 1
    blob = base64.b64decode(tail.split(" ")[2])
    assert blob[:4] == key_id("reflow/test", PUBLIC)
    assert len(blob) == 4 + 64


def test_the_key_id_of_the_published_example() -> None:
    # C2SP signed-note: the first four bytes of SHA-256 over name, newline, algorithm byte and key
    key = base64.b64decode("ARpzEp7MAPSbrLrPvDxGHsDtNxkDhPkAB6jRfBv4kzeO")
    assert key[0] == 1
    assert len(key_id("example.com/foo", key[1:])) == 4


def test_signatures_of_unknown_keys_are_ignored() -> None:
    stranger = signed(HEAD, OTHER.public_key().public_bytes_raw(), OTHER.sign).split("\n\n")[1]
    assert read(NOTE + stranger) == HEAD


def edited(find: str, put: str) -> str:
    assert find in NOTE
    return NOTE.replace(find, put, 1)


FORGED = {
    "another size": edited("\n7\n", "\n8\n"),
    "a leading zero": edited("\n7\n", "\n07\n"),
    "a size that is no number": edited("\n7\n", "\nseven\n"),
    "a size in other digits": edited("\n7\n", "\n٧\n"),
    "another origin": edited("reflow/test\n7", "reflow/else\n7"),
    "another root": edited("AAEC", "AAED"),
    "a short root": edited("AAECAwQF", ""),
    "no signature": NOTE.split("\n\n")[0] + "\n\n",
    "no gap": NOTE.replace("\n\n", "\n"),
    "only a stranger's signature": signed(HEAD, OTHER.public_key().public_bytes_raw(), OTHER.sign),
    "a signature that is not base64": NOTE[:-6] + "!!!\n",
    "a cut signature": NOTE[:-9] + "\n",
    "a line that is no signature": NOTE + "hello\n",
    "an extra line of text": edited("\n\n", "\nmore\n\n"),
    "nothing": "",
}


@pytest.mark.parametrize("note", FORGED.values(), ids=FORGED.keys())
def test_a_forged_note_is_refused(note: str) -> None:
    with pytest.raises(BadNote):
        read(note)


def test_a_wrong_signature_by_the_known_key_is_refused_even_beside_a_right_one() -> None:
    wrong = signed(Checkpoint("reflow/test", 8, bytes(32)), PUBLIC, KEY.sign).split("\n\n")[1]
    with pytest.raises(BadNote):
        read(NOTE + wrong)


def test_the_key_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    first, again = log_key(tmp_path), log_key(tmp_path)
    assert (first.origin, first.public) == (again.origin, again.public)
    assert (tmp_path / "keys" / "log.ed25519").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "keys").stat().st_mode & 0o777 == 0o700
