"""Sealed rows out of the database, in the form in which they are verified and exported.

By any cursor, so that an auditor's own connection does as well as Django's. Seals are only added, so chunks need no
common snapshot.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Protocol

from audit.sealed_rows import FIELDS, Fields, Row, Unsealed
from audit.verify import ERASED, LATE_SECONDS

CHUNK = 20_000
# Of the ids that there can be, whatever the owner writes.
FIRST, LAST = -(2**63), 2**63 - 1

# As the database's own function of sealing writes them, written out: calling functions of ours takes most of the time.
_EVENT = """
event.id::text, to_jsonb(event.recorded_at AT TIME ZONE 'UTC') #>> '{}', event.action, event.actor_id::text,
event.actor_label, event.subject_type, event.subject_id, event.subject_label, event.customer_key,
event.reason, event.request_id, event.detail::text, event.commitment
"""
# The events of a chunk lie together: said so, they are read by their index, and not all there are for every chunk.
_ROWS = f"""
SELECT seal.sequence, seal.scheme, seal.event_id, to_jsonb(seal.sealed_at AT TIME ZONE 'UTC') #>> '{{}}', seal.row_hash,
    seal.chain_hash, personal.salt, personal.content, {_EVENT}
FROM public.audit_auditseal seal
LEFT JOIN public.audit_auditevent event ON event.id = seal.event_id AND event.id BETWEEN %s AND %s
LEFT JOIN public.audit_auditpersonal personal ON personal.event_id = seal.event_id
    AND personal.event_id BETWEEN %s AND %s
WHERE seal.sequence > %s AND seal.sequence <= %s
ORDER BY seal.sequence, seal.event_id
"""  # noqa: S608 - our own constants
# The window is said of the seals as well: without it the planner may read every seal there is for a part of the events.
_UNSEALED = f"""
SELECT event.id, NOT event.recorded_at BETWEEN now() - %s * interval '1 second' AND now() + %s * interval '1 second',
    {_EVENT}
FROM public.audit_auditevent event
WHERE event.id > %s AND event.id <= %s
    AND NOT EXISTS (
        SELECT FROM public.audit_auditseal seal
        WHERE seal.event_id = event.id AND seal.event_id > %s AND seal.event_id <= %s
    )
ORDER BY event.id
"""  # noqa: S608 - our own constants
_GONE = """
SELECT waiting.event_id FROM (
    SELECT event_id FROM public.audit_unsealedevent
    UNION
    SELECT event_id FROM public.audit_auditpersonal personal
    WHERE event_id > %s AND event_id <= %s
        AND NOT EXISTS (
            SELECT FROM public.audit_auditseal seal
            WHERE seal.event_id = personal.event_id AND seal.event_id > %s AND seal.event_id <= %s
        )
) waiting
WHERE NOT EXISTS (SELECT FROM public.audit_auditevent event WHERE event.id = waiting.event_id)
ORDER BY waiting.event_id
"""
_ERASED = """
SELECT subject_id FROM public.audit_auditevent
WHERE action = %s AND subject_type = %s AND subject_id = ANY(%s)
"""
_HEAD_COLUMNS = 8


class Cursor(Protocol):
    """What is needed of a cursor, Django's or psycopg's."""

    def execute(self, query: Any, params: Any = None) -> Any:
        """Run a query."""
        ...

    def fetchall(self) -> Sequence[Any]:
        """All its rows."""
        ...


def head(cursor: Cursor) -> int:
    """The last sequence; 0 when nothing is sealed."""
    cursor.execute("SELECT coalesce(max(sequence), 0) FROM public.audit_auditseal")
    found: int = cursor.fetchall()[0][0]
    return found


def sealed_rows(cursor: Cursor, *, after: int = 0, until: int | None = None) -> Iterator[Row]:
    """Sealed rows in their order.

    Args:
        cursor: on the database.
        after: leave out the rows up to this one.
        until: the last one; None for all there are now.
    """
    if after == 0:
        # Numbers below one are nobody's, but the owner could write them.
        cursor.execute("SELECT coalesce(least(min(sequence) - 1, 0), 0) FROM public.audit_auditseal")
        after = cursor.fetchall()[0][0]
    last = head(cursor) if until is None else until
    while after < last:
        cursor.execute(_NEXT, [after, CHUNK])
        to, *events = cursor.fetchall()[0]
        if to is None:
            return
        to = min(to, last)
        cursor.execute(_ROWS, [*events, *events, after, to])
        for found in cursor.fetchall():
            yield _row_of(found)
        after = to


_NEXT = """
SELECT max(sequence), min(event_id), max(event_id) FROM (
    SELECT sequence, event_id FROM public.audit_auditseal WHERE sequence > %s ORDER BY sequence LIMIT %s
) next
"""


def unsealed(
    cursor: Cursor, *, after: int = FIRST, until: int = LAST, late_after_seconds: int = LATE_SECONDS
) -> Iterator[Unsealed]:
    """Every event without a seal, and every wait or personal part whose event has gone.

    Args:
        cursor: on the database.
        after: leave out the events up to this one; looking at every event is slow.
        until: the last one.
        late_after_seconds: after so long an event should have its seal.
    """
    cursor.execute(_UNSEALED, [late_after_seconds, late_after_seconds, after, until, after, until])
    for event_id, is_late, *event in cursor.fetchall():
        yield Unsealed(event_id, tuple(event), is_late)
    cursor.execute(_GONE, [after, until, after, until])
    for (event_id,) in cursor.fetchall():
        yield Unsealed(event_id, None, True)


def gone_from_queue(cursor: Cursor) -> list[int]:
    """Events that wait for their seal and have gone; the queue is short."""
    cursor.execute(_GONE, [LAST, LAST, LAST, LAST])
    return [event_id for (event_id,) in cursor.fetchall()]


def event_after(cursor: Cursor, *, after: int, most: int) -> int:
    """The id up to which there are so many events more; LAST where there are no more than that."""
    cursor.execute(_NEXT_EVENT, [after, most])
    found = cursor.fetchall()
    return int(found[0][0]) - 1 if found else LAST


_NEXT_EVENT = "SELECT id FROM public.audit_auditevent WHERE id > %s ORDER BY id OFFSET %s LIMIT 1"


def erased(cursor: Cursor, event_ids: Sequence[int]) -> set[int]:
    """Those of these events whose personal part is recorded to have been erased, sealed or not."""
    cursor.execute(_ERASED, [*ERASED, [str(each) for each in event_ids]])
    return {int(event_id) for (event_id,) in cursor.fetchall()}


def _row_of(found: Sequence[Any]) -> Row:
    sequence, scheme, event_id, sealed_at, row_hash, chain_hash, salt, content = found[:_HEAD_COLUMNS]
    event: Fields | None = tuple(found[_HEAD_COLUMNS:])
    if event is None or len(event) != len(FIELDS) or event[0] is None:
        event = None
    return Row(
        sequence,
        scheme,
        event_id,
        sealed_at,
        row_hash,
        chain_hash,
        event,
        None if salt is None else (salt, content),
    )
