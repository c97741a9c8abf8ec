"""Stored assessments, word for word as they were hashed, and the tree of the chunk they were recorded with."""

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db import connection

from audit import canonical, merkle
from audit.models import AuditEvent
from risk.models import Assessment, FeatureSnapshot
from risk.receipts import ACTION, RECEIPT_COLUMNS, moment_text


@dataclass(frozen=True, kw_only=True)
class Proven:
    """One assessment and what leads from it to its audit event.

    Args:
        content: The assessment as it is hashed.
        features: Of its snapshot; None where that has left with its month.
        event_id: The audit event with the root.
        index: Its place among the assessments of the event.
        path: The hashes on the way to the root.
    """

    content: dict[str, Any]
    features: dict[str, Any] | None
    event_id: int
    index: int
    path: list[str]


class NotRecorded(LookupError):
    """There is no such assessment, or it is from before assessments were recorded in the audit."""


def proven(*, customer_id: int, revision: int) -> Proven:
    """An assessment with its proof. Reads its whole chunk: up to two thousand rows.

    Raises:
        NotRecorded: nothing proves it.
    """
    found = Assessment.objects.filter(customer_id=customer_id, revision=revision)
    event_id = found.values_list("audit_event_id", flat=True).first()
    if event_id is None:
        raise NotRecorded(f"no audit event holds revision {revision} of customer {customer_id}")
    contents = list(chunk(event_id))
    place = next(
        index
        for index, each in enumerate(contents)
        if (each["customer_id"], each["revision"]) == (customer_id, revision)
    )
    snapshot = FeatureSnapshot.objects.filter(customer_id=customer_id, revision=revision)
    path = merkle.path([leaf(each) for each in contents], place)
    return Proven(
        content=contents[place],
        features=snapshot.values_list("features", flat=True).first(),
        event_id=event_id,
        index=place,
        path=[each.hex() for each in path],
    )


def chunk(event_id: int) -> Iterator[dict[str, Any]]:
    """The assessments that an audit event holds the root of, as they were hashed, in their order."""
    rows = Assessment.objects.filter(audit_event_id=event_id).order_by("customer_id", "revision")
    for row in rows.values(*RECEIPT_COLUMNS):
        yield {name: _as_hashed(value) for name, value in row.items()}


def leaf(content: dict[str, Any]) -> bytes:
    """The hash of an assessment in its chunk's tree."""
    return merkle.leaf_hash(canonical.encode(content))


def altered(events: Iterable[AuditEvent]) -> Iterator[tuple[int, str]]:
    """Audit events whose assessments are not those that were recorded, with what is wrong in words."""
    for event in events:
        contents = list(chunk(event.pk))
        if len(contents) != event.detail["count"]:
            yield event.pk, f"{len(contents)} assessments are there of the {event.detail['count']} recorded"
        elif merkle.root([leaf(each) for each in contents]).hex() != event.detail["merkle_root"]:
            yield event.pk, "an assessment is not as it was recorded"


def unrecorded(*, most: int = 100) -> Iterator[tuple[int, int]]:
    """Assessments that no audit event holds, by customer and revision, though they are from when events hold them.

    They are told by the moment that they bear, compared with the first event's; older ones are of before.
    """
    with connection.cursor() as cursor:
        cursor.execute(_UNRECORDED, {"action": ACTION, "most": most})
        yield from cursor.fetchall()


_UNRECORDED = """
WITH first AS (
    SELECT (detail ->> 'assessed_at')::timestamptz AS at FROM audit_auditevent
    WHERE action = %(action)s ORDER BY id LIMIT 1
)
SELECT made.customer_id, made.revision FROM risk_assessment made
WHERE (made.audit_event_id IS NULL AND made.assessed_at >= (SELECT at FROM first))
    OR (made.audit_event_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM audit_auditevent event WHERE event.id = made.audit_event_id AND event.action = %(action)s
    ))
LIMIT %(most)s
"""


def recorded(*, after: int = 0) -> Iterator[AuditEvent]:
    """The audit events that hold assessments, oldest first, from behind one of them on."""
    return AuditEvent.objects.filter(action=ACTION, pk__gt=after).order_by("id").iterator(chunk_size=100)


def _as_hashed(value: Any) -> Any:
    if isinstance(value, dt.datetime):
        return moment_text(value)
    return value.isoformat() if isinstance(value, dt.date) else value
