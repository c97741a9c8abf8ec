"""Merkle trees as in RFC 6962, section 2.1: one hash stands for many leaves in order, and a path proves one of them.

Leaves and inner nodes are hashed with different first bytes, so that neither can be passed off as the other. Pure.
"""

from collections.abc import Sequence
from hashlib import sha256

LEAF = b"\x00"
NODE = b"\x01"
EMPTY = sha256(b"").digest()


def leaf_hash(content: bytes) -> bytes:
    """The hash of one leaf's content."""
    return sha256(LEAF + content).digest()


def root(leaves: Sequence[bytes]) -> bytes:
    """The hash that stands for all leaves, given as their hashes, in order."""
    level = list(leaves)
    while len(level) > 1:
        level = _above(level)
    return level[0] if level else EMPTY


def path(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """What must be hashed together with one leaf to come to the root, from the leaf upwards.

    Raises:
        IndexError: there is no such leaf.
    """
    if not 0 <= index < len(leaves):
        raise IndexError(f"leaf {index} of {len(leaves)}")
    found: list[bytes] = []
    level = list(leaves)
    while len(level) > 1:
        if (beside := index ^ 1) < len(level):
            found.append(level[beside])
        level, index = _above(level), index // 2
    return found


def root_of_path(*, leaf: bytes, index: int, count: int, path: Sequence[bytes]) -> bytes | None:
    """The root that a path leads to; None where no tree of so many leaves has such a path.

    Args:
        leaf: The leaf's hash.
        index: Which leaf it is, from 0.
        count: How many leaves there are.
        path: As `path` gives it.
    """
    if not 0 <= index < count:
        return None
    beside = iter(path)
    last, here = count - 1, leaf
    while last:
        # The last node of a level of odd length has none beside it and goes up as it is.
        if index % 2 or index < last:
            other = next(beside, None)
            if other is None:
                return None
            here = sha256(NODE + other + here if index % 2 else NODE + here + other).digest()
        index, last = index // 2, last // 2
    return here if next(beside, None) is None else None


def _above(level: list[bytes]) -> list[bytes]:
    pairs = [
        sha256(NODE + left + right).digest() for left, right in zip(level[::2], level[1::2], strict=False)
    ]
    return [*pairs, level[-1]] if len(level) % 2 else pairs
