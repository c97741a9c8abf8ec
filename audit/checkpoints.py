"""Signed checkpoints: what they say, how they are signed, and reading them again. Pure; needs `cryptography`."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from audit import merkle

CHECKPOINT_TAG = "equilibrate.audit.checkpoint.1"
Keys = Mapping[str, Ed25519PublicKey]


@dataclass
class Tree:
    """A growing Merkle tree: the roots of its complete subtrees, the largest first.

    Args:
        size: how many leaves it has.
        peaks: one root for each bit that is set in `size`.
    """

    size: int = 0
    peaks: list[bytes] = field(default_factory=list)

    def add(self, data: bytes) -> None:
        """One leaf more."""
        carried, bits = merkle.leaf_hash(data), self.size
        while bits & 1:
            carried = hashlib.sha256(merkle.NODE + self.peaks.pop() + carried).digest()
            bits >>= 1
        self.peaks.append(carried)
        self.size += 1

    def root(self) -> bytes:
        """The hash of the whole tree; that of nothing when it is empty."""
        if not self.peaks:
            return merkle.EMPTY
        found = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            found = hashlib.sha256(merkle.NODE + peak + found).digest()
        return found


def path_from(start: Tree, data: Iterable[bytes], index: int) -> list[bytes]:
    """The path (`merkle.path`) of a leaf in the tree that grows from `start` by more leaves, none of which is kept.

    Args:
        start: the tree before.
        data: the leaves after it.
        index: which leaf it is, from 0; one of those after.

    Raises:
        IndexError: it is none of those.
    """
    found: list[bytes] = []
    place, bits = start.size, [bit for bit in range(start.size.bit_length()) if start.size >> bit & 1]
    # The complete subtrees so far: how wide, their root, and whether the leaf is in it.
    stack = [(1 << bit, peak, False) for bit, peak in zip(reversed(bits), start.peaks, strict=True)]

    def joined(right: tuple[int, bytes, bool]) -> tuple[int, bytes, bool]:
        width, left, is_left = stack.pop()
        _, here, is_right = right
        if is_left or is_right:
            found.append(left if is_right else here)
        return 2 * width, hashlib.sha256(merkle.NODE + left + here).digest(), is_left or is_right

    for each in data:
        top = (1, merkle.leaf_hash(each), place == index)
        while stack and stack[-1][0] == top[0]:
            top = joined(top)
        stack.append(top)
        place += 1
    if not start.size <= index < place:
        raise IndexError(f"leaf {index} of those from {start.size} to {place}")
    top = stack.pop()
    while stack:
        top = joined(top)
    return found


class BadCheckpoint(ValueError):
    """A file that is no checkpoint of ours, or not as it was signed."""


@dataclass(frozen=True)
class Checkpoint:
    """What was signed: the first `size` rows and no others.

    Args:
        size: how many rows it covers.
        event_id: of the last of them.
        chain: their last chain hash.
        root: of the Merkle tree over their row hashes.
        peaks: of that tree, so that it can grow from here.
        made_at: ISO 8601, UTC.
        key: which key signed it.
    """

    size: int
    event_id: int
    chain: bytes
    root: bytes
    peaks: tuple[bytes, ...]
    made_at: str
    key: str

    def payload(self) -> str:
        """The text that is signed."""
        content = {
            "format": CHECKPOINT_TAG,
            "size": self.size,
            "event": self.event_id,
            "chain": self.chain.hex(),
            "root": self.root.hex(),
            "peaks": [peak.hex() for peak in self.peaks],
            "made_at": self.made_at,
            "key": self.key,
        }
        return json.dumps(content, separators=(",", ":"))

    def tree(self) -> Tree:
        """The tree as it stood, to grow from here."""
        return Tree(self.size, list(self.peaks))


def signed_bytes(payload: str) -> bytes:
    """What the signature of a checkpoint is over."""
    return f"{CHECKPOINT_TAG}\0{payload}".encode("utf-8", "surrogatepass")


def key_id(key: Ed25519PublicKey) -> str:
    """A public key's name: the first 16 hexadecimal digits of the SHA-256 over its 32 bytes."""
    raw = key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return hashlib.sha256(raw).hexdigest()[:16]


def read_public_key(pem: bytes) -> Ed25519PublicKey:
    """A public key from its PEM file.

    Raises:
        ValueError: it holds no Ed25519 public key.
    """
    key = serialization.load_pem_public_key(pem)
    if not isinstance(key, Ed25519PublicKey):
        raise ValueError("This is not an Ed25519 public key.")
    return key


def read_checkpoint(text: str, keys: Keys) -> Checkpoint:
    """A checkpoint from its file, if one of these keys signed it.

    Raises:
        BadCheckpoint: it is no checkpoint, or was altered, or signed by another key.
    """
    found, payload, signature = _opened(text)
    if found.key not in keys:
        raise BadCheckpoint(f"it is signed by key {found.key}, which was not given")
    try:
        keys[found.key].verify(signature, signed_bytes(payload))
    except InvalidSignature as error:
        raise BadCheckpoint("its signature is wrong") from error
    return found


def tree_of(text: str) -> Tree:
    """The tree that a checkpoint's file speaks of, whoever signed it: to compute with, not to believe.

    Raises:
        BadCheckpoint: it is no checkpoint.
    """
    return _opened(text)[0].tree()


def _opened(text: str) -> tuple[Checkpoint, str, bytes]:
    try:
        outer = json.loads(text)
        payload, signature = outer["payload"], bytes.fromhex(outer["signature"])
        return _checkpoint_of(json.loads(payload)), payload, signature
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise BadCheckpoint(f"it is no checkpoint ({type(error).__name__})") from error


def _checkpoint_of(content: Mapping[str, Any]) -> Checkpoint:
    found = Checkpoint(
        size=int(content["size"]),
        event_id=int(content["event"]),
        chain=bytes.fromhex(content["chain"]),
        root=bytes.fromhex(content["root"]),
        peaks=tuple(map(bytes.fromhex, content["peaks"])),
        made_at=str(content["made_at"]),
        key=str(content["key"]),
    )
    is_whole = found.size > 0 and len(found.peaks) == found.size.bit_count()
    if content["format"] != CHECKPOINT_TAG or not is_whole or found.tree().root() != found.root:
        raise ValueError("not in itself consistent")
    return found


def sign(checkpoint: Checkpoint, key: Ed25519PrivateKey) -> str:
    """The text of a checkpoint's file."""
    payload = checkpoint.payload()
    signature = key.sign(signed_bytes(payload)).hex()
    return json.dumps({"payload": payload, "signature": signature}) + "\n"
