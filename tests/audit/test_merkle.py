"""The tree against published roots, an independent library, a slow reference, and forged proofs."""

import hashlib
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymerkle import InmemoryTree

from safety.audit import merkle
from safety.audit.verify import Peaks

# The eight inputs and roots of the certificate-transparency reference tests (RFC 6962).
INPUTS = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
LEAVES = [merkle.leaf_hash(bytes([n])) for n in range(70)]
NODE = merkle.of_leaves(LEAVES)


@pytest.mark.parametrize("size", range(1, 9))
def test_it_works(size: int) -> None:
    leaves = [merkle.leaf_hash(bytes.fromhex(data)) for data in INPUTS[:size]]
    assert merkle.root(size, merkle.of_leaves(leaves)).hex() == ROOTS[size - 1]


def test_the_empty_tree_has_the_hash_of_nothing() -> None:
    assert merkle.root(0, NODE) == hashlib.sha256(b"").digest()


def test_another_library_finds_the_same_roots() -> None:
    other = InmemoryTree(algorithm="sha256")
    for size in range(1, 40):
        other.append_entry(bytes([size - 1]))
        assert other.get_root(size) == merkle.root(size, NODE)


def test_complete_subtrees_are_those_of_the_reference() -> None:
    for index, leaf in enumerate(LEAVES):
        for level, position, value in merkle.completed(index, leaf, NODE):
            assert value == NODE(level, position)


def test_a_growing_stack_of_peaks_has_the_root_at_every_size() -> None:
    peaks = Peaks([])
    for index, leaf in enumerate(LEAVES):
        peaks.push(leaf)
        assert peaks.root() == merkle.root(index + 1, NODE)


def test_every_inclusion_proof_holds_and_none_holds_elsewhere() -> None:
    for size in range(1, 36):
        root = merkle.root(size, NODE)
        for index in range(size):
            path = merkle.inclusion_path(index, size, NODE)
            assert merkle.verify_inclusion(LEAVES[index], index, size, path, root)
            for wrong in range(size):
                if wrong != index:
                    assert not merkle.verify_inclusion(LEAVES[index], wrong, size, path, root)


@given(st.data())
def test_a_forged_inclusion_proof_is_refused(data: st.DataObject) -> None:
    size = data.draw(st.integers(2, 70))
    index = data.draw(st.integers(0, size - 1))
    root, path = merkle.root(size, NODE), merkle.inclusion_path(index, size, NODE)
    for forged in _forgeries(data, path):
        assert not merkle.verify_inclusion(LEAVES[index], index, size, forged, root)
    assert not merkle.verify_inclusion(merkle.leaf_hash(b"forged"), index, size, path, root)
    assert not merkle.verify_inclusion(LEAVES[index], index + size, size, path, root)
    assert not merkle.verify_inclusion(LEAVES[index], -1, size, path, root)


def _forgeries(data: st.DataObject, path: list[bytes]) -> list[list[bytes]]:
    at = data.draw(st.integers(0, len(path) - 1)) if path else 0
    forged = [[*path, path[-1] if path else bytes(32)], path[1:], path[:-1]] if path else [[bytes(32)]]
    if path:
        flipped = bytes([path[at][0] ^ 1]) + path[at][1:]
        forged.append([*path[:at], flipped, *path[at + 1 :]])
    swapped = [path[::-1]] if len(set(path)) > 1 else []
    return [*forged, *swapped]


def test_every_consistency_proof_holds() -> None:
    for new in range(1, 60):
        for old in range(1, new + 1):
            path = merkle.consistency_path(old, new, NODE)
            assert merkle.verify_consistency(old, new, merkle.root(old, NODE), merkle.root(new, NODE), path)


@given(st.data())
def test_a_forged_consistency_proof_is_refused(data: st.DataObject) -> None:
    new = data.draw(st.integers(2, 69))
    old = data.draw(st.integers(1, new - 1))
    old_root, new_root = merkle.root(old, NODE), merkle.root(new, NODE)
    path = merkle.consistency_path(old, new, NODE)
    for forged in _forgeries(data, path):
        assert not merkle.verify_consistency(old, new, old_root, new_root, forged)
    assert not merkle.verify_consistency(old, new, merkle.leaf_hash(b"other"), new_root, path)
    assert not merkle.verify_consistency(old, new, old_root, merkle.leaf_hash(b"other"), path)
    assert not merkle.verify_consistency(new, old, new_root, old_root, path)
    assert not merkle.verify_consistency(0, new, merkle.EMPTY_ROOT, new_root, path)


def test_a_rewritten_history_has_no_consistency_proof() -> None:
    rewritten = [merkle.leaf_hash(b"forged"), *LEAVES[1:]]
    forged = merkle.of_leaves(rewritten)
    for old, new in pairwise(range(1, 40)):
        path = merkle.consistency_path(old, new, forged)
        assert not merkle.verify_consistency(old, new, merkle.root(old, NODE), merkle.root(new, forged), path)


@pytest.mark.parametrize(("index", "size"), [(-1, 4), (4, 4), (0, 0)])
def test_no_proof_outside_the_tree(index: int, size: int) -> None:
    with pytest.raises(ValueError, match="outside"):
        merkle.inclusion_path(index, size, NODE)


@pytest.mark.parametrize(("old", "new"), [(0, 4), (5, 4), (-1, 2)])
def test_no_consistency_with_nothing_or_with_the_future(old: int, new: int) -> None:
    with pytest.raises(ValueError, match="older tree"):
        merkle.consistency_path(old, new, NODE)
