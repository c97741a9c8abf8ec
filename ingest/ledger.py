"""The offset ledger: how far each partition is stored. It moves in the transaction that stores the messages."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection

from ingest import halt_words
from ingest.event_log import Inspector, Partition, Slice
from ingest.models import Halt, OffsetLedger
from risk.log_positions import log_partitions_store


class LedgerMoved(Exception):
    """Somebody else stored from the position at which this batch begins; read again from the ledger."""


@dataclass(frozen=True)
class LogChanged:
    """Why a partition of the log no longer fits its ledger."""

    partition: Partition
    position: int
    message: str


def settle(
    *, inspector: Inspector, partitions: set[Partition]
) -> tuple[dict[Partition, int], list[LogChanged]]:
    """Where to read partitions from, and which no longer fit the log. Partitions with an open halt are left out.

    A partition never read before begins at the log's first message.
    """
    topics = {partition.topic for partition in partitions}
    # In this order, since others lift halts, store and append meanwhile: a halt read after its ledger would be
    # found lifted with the ledger still unmoved, and an end read before the ledger would seem to lie behind it.
    halted = set(open_halts(topics))
    begins = inspector.beginnings(partitions)
    rows = {Partition(row.topic, row.partition): row for row in OffsetLedger.objects.filter(topic__in=topics)}
    identities = {topic: inspector.topic_id(topic) for topic in topics}
    ends = inspector.ends(partitions)
    positions: dict[Partition, int] = {}
    changed: list[LogChanged] = []
    for partition in sorted(partitions - halted):
        row = rows.get(partition) or _begin(partition, identities[partition.topic], begins[partition])
        if problem := _misfit(row, identities[partition.topic], begins[partition], ends[partition]):
            changed.append(LogChanged(partition, row.position, problem))
        else:
            positions[partition] = row.position
    return positions, changed


def advance(*, slices: Sequence[Slice], last_event_at: dt.datetime | None) -> None:
    """Move the ledger over the slices, if it still stands where they begin (compare and set).

    Raises:
        LedgerMoved: it does not; nothing may be stored.
    """
    parts = sorted(slices, key=lambda part: part.partition)
    numbers = [part.partition.number for part in parts]
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [parts[0].partition.topic, numbers])
        standing = dict(cursor.fetchall())
        if standing != {part.partition.number: part.first_position for part in parts}:
            raise LedgerMoved(f"the ledger stands at {standing}")
        cursor.execute(
            _ADVANCE,
            {
                "topic": parts[0].partition.topic,
                "numbers": numbers,
                "positions": [part.next_position for part in parts],
                "messages": [len(part.messages) for part in parts],
                "last_event_at": last_event_at,
            },
        )


def log_ids(partitions: set[Partition]) -> dict[Partition, int]:
    """By which ids receipts know these partitions of the logs that the ledger follows."""
    found: dict[Partition, int] = {}
    for row in OffsetLedger.objects.filter(topic__in={partition.topic for partition in partitions}):
        if (partition := Partition(row.topic, row.partition)) in partitions:
            ids = log_partitions_store(topic=row.topic, topic_id=row.topic_id, numbers=[row.partition])
            found[partition] = ids[row.partition]
    return found


def open_halts(topics: set[str]) -> dict[Partition, Halt]:
    """The halts nobody has lifted yet."""
    found = Halt.objects.filter(topic__in=topics, lifted_at__isnull=True)
    return {Partition(halt.topic, halt.partition): halt for halt in found}


def _begin(partition: Partition, topic_id: uuid.UUID, position: int) -> OffsetLedger:
    row, _ = OffsetLedger.objects.get_or_create(
        topic=partition.topic,
        partition=partition.number,
        defaults={"topic_id": topic_id, "position": position},
    )
    return row


def _misfit(row: OffsetLedger, topic_id: uuid.UUID, begin: int, end: int) -> str | None:
    if row.topic_id != topic_id:
        return halt_words.MADE_ANEW
    if row.position < begin:
        return halt_words.GONE % {"first": row.position, "last": begin - 1}
    if row.position > end:
        return halt_words.ENDS_BEFORE % {"end": end, "position": row.position}
    return None


_LOCK = """
SELECT partition, position FROM ingest_offsetledger
WHERE topic = %s AND partition = ANY(%s) ORDER BY partition FOR UPDATE
"""
_ADVANCE = """
UPDATE ingest_offsetledger ledger SET
    position = part.position,
    messages = ledger.messages + part.messages,
    last_event_at = greatest(ledger.last_event_at, %(last_event_at)s),
    updated_at = clock_timestamp()
FROM unnest(%(numbers)s::int[], %(positions)s::bigint[], %(messages)s::bigint[])
    AS part(partition, position, messages)
WHERE ledger.topic = %(topic)s AND ledger.partition = part.partition
"""
