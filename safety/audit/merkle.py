"""The RFC 6962 Merkle tree: hashes, inclusion and consistency proofs, and their verification.

Source: RFC 6962 section 2.1 (same definitions in RFC 9162). A tree is read through `node(level, position)`,
the
hash of the complete subtree of 2**level leaves starting at leaf position * 2**level; the caller keeps those.
"""

import hashlib
from collections.abc import Callable, Sequence

Node = Callable[[int, int], bytes]
EMPTY_ROOT = hashlib.sha256(b"").digest()


def leaf_hash(data: bytes) -> bytes:
    """Hash of one leaf: SHA-256 of 0x00 and the data."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash of an inner node: SHA-256 of 0x01 and both children."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def split(size: int) -> int:
    """The largest power of two smaller than `size`. Precondition: size > 1."""
    return 1 << ((size - 1).bit_length() - 1)


def range_hash(start: int, end: int, node: Node) -> bytes:
    """Root of the leaves start..end-1. Precondition: start is aligned as RFC 6962 splits the tree."""
    size = end - start
    if size & (size - 1) == 0:
        return node(size.bit_length() - 1, start // size)
    middle = start + split(size)
    return node_hash(range_hash(start, middle, node), range_hash(middle, end, node))


def root(size: int, node: Node) -> bytes:
    """Root hash of the tree of `size` leaves."""
    return range_hash(0, size, node) if size else EMPTY_ROOT


def completed(index: int, leaf: bytes, node: Node) -> list[tuple[int, int, bytes]]:
    """The subtrees (level, position, hash) that become complete when leaf `index` is appended."""
    done, level, position, current = [], 0, index, leaf
    while position % 2 == 1:
        current = node_hash(node(level, position - 1), current)
        level, position = level + 1, position // 2
        done.append((level, position, current))
    return done


def of_leaves(leaves: Sequence[bytes]) -> Node:
    """Slow and obviously right: a `node` computed from a list of leaf hashes."""

    def node(level: int, position: int) -> bytes:
        if level == 0:
            return leaves[position]
        return node_hash(node(level - 1, 2 * position), node(level - 1, 2 * position + 1))

    return node


def inclusion_path(index: int, size: int, node: Node) -> list[bytes]:
    """Audit path of leaf `index` in the tree of `size` leaves (RFC 6962 2.1.1). Raises ValueError."""
    if not 0 <= index < size:
        raise ValueError("the leaf lies outside the tree")
    return _path(index, 0, size, node)


def _path(index: int, start: int, end: int, node: Node) -> list[bytes]:
    if end - start == 1:
        return []
    middle = start + split(end - start)
    if index < middle:
        return [*_path(index, start, middle, node), range_hash(middle, end, node)]
    return [*_path(index, middle, end, node), range_hash(start, middle, node)]


def verify_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes], root_hash: bytes) -> bool:
    """Does `path` prove that `leaf` (its hash) is number `index` of the tree with this size and root?"""
    if not 0 <= index < size:
        return False
    found = _root_of(leaf, index, 0, size, list(path))
    return found is not None and found == root_hash


def _root_of(leaf: bytes, index: int, start: int, end: int, path: list[bytes]) -> bytes | None:
    if end - start == 1:
        return leaf if not path else None
    if not path:
        return None
    sibling, middle = path[-1], start + split(end - start)
    if index < middle:
        left = _root_of(leaf, index, start, middle, path[:-1])
        return None if left is None else node_hash(left, sibling)
    right = _root_of(leaf, index, middle, end, path[:-1])
    return None if right is None else node_hash(sibling, right)


def consistency_path(old: int, new: int, node: Node) -> list[bytes]:
    """Proof that the tree of `old` leaves is a prefix of that of `new` (RFC 6962 2.1.2). Raises
    ValueError.
    """
    if not 0 < old <= new:
        raise ValueError("the older tree has at least one leaf and is not larger than the newer")
    return _subproof(old, 0, new, node, whole=True)


def _subproof(old: int, start: int, end: int, node: Node, whole: bool) -> list[bytes]:
    if old == end - start:
        return [] if whole else [range_hash(start, end, node)]
    middle = split(end - start)
    if old <= middle:
        return [*_subproof(old, start, start + middle, node, whole), range_hash(start + middle, end, node)]
    deeper = _subproof(old - middle, start + middle, end, node, whole=False)
    return [*deeper, range_hash(start, start + middle, node)]


def verify_consistency(old: int, new: int, old_root: bytes, new_root: bytes, path: Sequence[bytes]) -> bool:
    """Does `path` prove that the tree (new, new_root) only grew from (old, old_root)? (RFC 9162 2.1.4.2)"""
    if not 0 < old <= new:
        return False
    if old == new:
        return old_root == new_root and not path
    steps = list(path) if old & (old - 1) else [old_root, *path]
    if not steps:
        return False
    return _replay(old - 1, new - 1, steps) == (old_root, new_root)


def _replay(old: int, new: int, steps: list[bytes]) -> tuple[bytes, bytes] | None:
    while old & 1:
        old, new = old >> 1, new >> 1
    old_found = new_found = steps[0]
    for step in steps[1:]:
        if new == 0:
            return None
        if old & 1 or old == new:
            old_found, new_found = node_hash(step, old_found), node_hash(step, new_found)
            while not old & 1 and old:
                old, new = old >> 1, new >> 1
        else:
            new_found = node_hash(new_found, step)
        old, new = old >> 1, new >> 1
    return (old_found, new_found) if new == 0 else None
