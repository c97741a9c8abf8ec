"""Sealed audit events with all that proves them: their seals, and the paths to signed checkpoints."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.db import connection

from audit.checkpoints import BadCheckpoint, Tree, path_from, tree_of
from audit.models import AuditCheckpoint
from audit.sealed_rows import BEFORE_THE_FIRST, FIELDS

CHUNK = 20_000


class Evidence:
    """Gathers events, each once; `parts` is how a receipt holds them."""

    def __init__(self) -> None:
        self._ids: list[int] = []

    def add(self, event_id: int) -> int:
        """Take an event along; returns its place among the parts."""
        if event_id not in self._ids:
            self._ids.append(event_id)
        return self._ids.index(event_id)

    def add_all(self, event_ids: Iterable[int]) -> None:
        """Take events along."""
        for event_id in event_ids:
            self.add(event_id)

    def parts(self) -> list[dict[str, Any]]:
        """The events, in the order in which they were taken. Queries: one, and a few for each sealed one."""
        with connection.cursor() as cursor:
            cursor.execute(_EVENTS, [self._ids])
            rows = {int(row[_HEAD]): row for row in cursor.fetchall()}
        return [_part(rows[event_id]) for event_id in self._ids]


def _proof(sequence: int) -> dict[str, Any] | None:
    """The smallest checkpoint that covers a row, and the path to its root; None where none covers it yet.

    The tree grows from the checkpoint before, so only the rows between the two are read, however long the chain.
    """
    covering = AuditCheckpoint.objects.filter(size__gte=sequence).order_by("size").first()
    if covering is None:
        return None
    before = AuditCheckpoint.objects.filter(size__lt=sequence).order_by("-size").first()
    try:
        start = tree_of(before.content) if before else Tree()
    except BadCheckpoint:
        start = Tree()
    path = path_from(start, _row_hashes(start.size, covering.size), sequence - 1)
    return {"text": covering.content, "path": [each.hex() for each in path]}


def _row_hashes(after: int, until: int) -> Iterator[bytes]:
    with connection.cursor() as cursor:
        while after < until:
            to = min(after + CHUNK, until)
            cursor.execute(
                "SELECT row_hash FROM audit_auditseal WHERE sequence > %s AND sequence <= %s ORDER BY sequence",
                [after, to],
            )
            for (row_hash,) in cursor.fetchall():
                yield bytes(row_hash)
            after = to


def _part(row: Sequence[Any]) -> dict[str, Any]:
    sequence, scheme, event_id, sealed_at, row_hash, own_chain, chain_before = row[:_HEAD]
    event = dict(zip(FIELDS, row[_HEAD:], strict=True))
    if sequence is None:
        return {"event": event, "seal": None, "checkpoint": None}
    seal = {
        "sequence": sequence,
        "scheme": scheme,
        "event_id": event_id,
        "sealed_at": sealed_at,
        "row_hash": bytes(row_hash).hex(),
        "chain_hash": bytes(own_chain).hex(),
        "chain_before": bytes(chain_before or BEFORE_THE_FIRST).hex(),
    }
    return {"event": event, "seal": seal, "checkpoint": _proof(sequence)}


_HEAD = 7
# The event's fields as they are hashed (audit/reading.py).
_EVENTS = """
SELECT seal.sequence, seal.scheme, seal.event_id, public.equilibrate_audit_moment(seal.sealed_at), seal.row_hash,
    seal.chain_hash, before.chain_hash,
    event.id::text, public.equilibrate_audit_moment(event.recorded_at), event.action, event.actor_id::text,
    event.actor_label, event.subject_type, event.subject_id, event.subject_label, event.customer_key,
    event.reason, event.request_id, event.detail::text, event.commitment
FROM audit_auditevent event
LEFT JOIN audit_auditseal seal ON seal.event_id = event.id
LEFT JOIN audit_auditseal before ON before.sequence = seal.sequence - 1
WHERE event.id = ANY(%s)
"""
