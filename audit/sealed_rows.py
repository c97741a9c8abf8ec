"""Sealed rows as they are hashed, exported and read again. Pure; needs only the standard library."""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

SCHEME = 1
FIELDS = (
    "id", "recorded_at", "action", "actor_id", "actor_label", "subject_type", "subject_id", "subject_label",
    "customer_key", "reason", "request_id", "detail", "commitment",
)  # fmt: skip
EVENT_TAG = "equilibrate.audit.event.1"
SEAL_TAG = "equilibrate.audit.seal.1"
PERSONAL_TAG = b"equilibrate.audit.personal.1,"
BEFORE_THE_FIRST = bytes(32)

T = TypeVar("T")
Fields = tuple[str | None, ...]


class Row(NamedTuple):
    """One seal with what it seals.

    Args:
        sequence: the seal's place.
        scheme: how its hashes were made.
        event_id: of the event it seals.
        sealed_at: ISO 8601 in UTC, without a zone.
        row_hash, chain_hash: as they are stored.
        event: its fields in the order of FIELDS, as text; None when there is no such event.
        personal: salt and text of the personal part; None when there is none.
    """

    sequence: int
    scheme: int
    event_id: int
    sealed_at: str
    row_hash: bytes
    chain_hash: bytes
    event: Fields | None
    personal: tuple[bytes, str] | None = None


class Unsealed(NamedTuple):
    """An event without a seal, or one that waits for its seal and has gone (`event` None)."""

    event_id: int
    event: Fields | None
    is_late: bool


def row_hash(event: Fields) -> bytes:
    """SHA-256 over an event: each field as `length:text`, a missing one as `-`, separated by commas."""
    parts = [EVENT_TAG]
    for each in event:
        if each is None:
            parts.append("-")
        else:
            length = len(each) if each.isascii() else len(each.encode("utf-8", "surrogatepass"))
            parts.append(f"{length}:{each}")
    return hashlib.sha256(",".join(parts).encode("utf-8", "surrogatepass")).digest()


def chain_hash(before: bytes, row: Row) -> bytes:
    """SHA-256 over this seal's own fields, the chain before it and the row's hash."""
    head = f"{SEAL_TAG},{row.scheme},{row.sequence},{row.event_id},{row.sealed_at},"
    return hashlib.sha256(head.encode() + before + row.row_hash).digest()


def commitment_of(salt: bytes, content: str) -> bytes:
    """SHA-256 over a salt of 32 bytes and a personal part."""
    return hashlib.sha256(PERSONAL_TAG + salt + content.encode("utf-8", "surrogatepass")).digest()


class BadExport(ValueError):
    """A folder that is no export, or one that cannot be read any more."""


def row_to_json(row: Row) -> str:
    """One line of an export's `rows.jsonl`."""
    return json.dumps(
        {
            "sequence": row.sequence,
            "scheme": row.scheme,
            "event_id": row.event_id,
            "sealed_at": row.sealed_at,
            "row_hash": row.row_hash.hex(),
            "chain_hash": row.chain_hash.hex(),
            "event": None if row.event is None else dict(zip(FIELDS, row.event, strict=True)),
            "personal": None if row.personal is None else [row.personal[0].hex(), row.personal[1]],
        },
        separators=(",", ":"),
    )


def unsealed_to_json(waiting: Unsealed) -> str:
    """One line of an export's `unsealed.jsonl`."""
    event = None if waiting.event is None else dict(zip(FIELDS, waiting.event, strict=True))
    return json.dumps({"event_id": waiting.event_id, "is_late": waiting.is_late, "event": event})


def row_of(line: str) -> Row:
    content = json.loads(line)
    personal = content["personal"]
    return Row(
        sequence=int(content["sequence"]),
        scheme=int(content["scheme"]),
        event_id=int(content["event_id"]),
        sealed_at=str(content["sealed_at"]),
        row_hash=bytes.fromhex(content["row_hash"]),
        chain_hash=bytes.fromhex(content["chain_hash"]),
        event=_event_of(content["event"]),
        personal=None if personal is None else (bytes.fromhex(personal[0]), str(personal[1])),
    )


def unsealed_of(line: str) -> Unsealed:
    content = json.loads(line)
    return Unsealed(int(content["event_id"]), _event_of(content["event"]), bool(content["is_late"]))


def _event_of(content: Mapping[str, Any] | None) -> Fields | None:
    if content is None:
        return None
    found = tuple(content[name] for name in FIELDS)
    if not all(each is None or isinstance(each, str) for each in found):
        raise TypeError("a field that is no text")
    return found


def read_lines(file: Path, parse: Callable[[str], T]) -> Iterator[T]:
    with file.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, start=1):
            try:
                yield parse(line)
            except (ValueError, KeyError, TypeError, IndexError) as error:
                raise BadExport(f"{file.name}, line {number} cannot be read: {error!r}") from error
