"""Are the gate's decisions, what went out, consents and holds those that the audit recorded? (docs/receipts.md)"""

import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

from django.db import connection
from django.db.models import Model, QuerySet

from audit.models import AuditEvent
from audit.receipt_files import DECIDED
from interventions.contact.digests import message_sha256
from interventions.models import ConsentEvent, ContactHold, Delivery, GateDecision
from interventions.proof.ledger_checks import (
    ACTIONS,
    detail_of,
    nonsense,
    not_as_recorded,
    number_of,
    unrecorded_consents,
    unrecorded_holds,
)
from interventions.proof.receipt_forms import gate_sha256

R = TypeVar("R", bound=Model)
CHUNK = 2_000
MOST = 100
SUBJECT = "gate_decision"
LET_THROUGH = {"moment": GateDecision.Moment.SEND, "is_allowed": True}


def altered_decisions() -> Iterator[str]:
    """Decisions of the send gate that were altered or added, in words."""
    for chunk in _chunks(GateDecision.objects.order_by("pk")):
        yield from altered_decisions_of(chunk)


def altered_decisions_of(decisions: Sequence[GateDecision]) -> Iterator[str]:
    """Those of these decisions that were altered or added."""
    events = AuditEvent.objects.filter(
        subject_type=SUBJECT, action__in=DECIDED, subject_id__in=[str(each.pk) for each in decisions]
    )
    # All events about a decision count: whoever adds another one chooses its number, and so its place among them.
    recorded: dict[str, set[str]] = {}
    for event in events:
        recorded.setdefault(event.subject_id, set()).add(str(detail_of(event).get("receipt_sha256")))
    for decision in decisions:
        key = str(decision.pk)
        if key not in recorded:
            yield f"gate decision {key}: no audit event recorded it"
        elif recorded[key] != {gate_sha256(decision)}:
            yield f"gate decision {key} is not as it was recorded"


def lost_decisions() -> Iterator[str]:
    """Decisions that were recorded and have gone, in words; at most a hundred."""
    with connection.cursor() as cursor:
        cursor.execute(_LOST, [SUBJECT, list(DECIDED), MOST])
        found = cursor.fetchall()
    for event_id, decision_id in found:
        yield _lost(event_id, decision_id)


def lost_decisions_of(events: Iterable[AuditEvent]) -> Iterator[str]:
    """Decisions that these events recorded and that have gone."""
    recorded = list(events)
    numbers = {number for each in recorded if (number := number_of(each)) is not None}
    kept = set(GateDecision.objects.filter(pk__in=numbers).values_list("pk", flat=True))
    for event in recorded:
        if number_of(event) is None:
            yield nonsense(event)
        elif number_of(event) not in kept:
            yield _lost(event.pk, event.subject_id)


def altered_messages() -> Iterator[str]:
    """Messages that went out and are not what the gate let through, in words."""
    for chunk in _chunks(Delivery.objects.exclude(contacted_at=None).order_by("pk")):
        yield from altered_messages_of(chunk)


def altered_messages_of(deliveries: Sequence[Delivery]) -> Iterator[str]:
    """Those of these deliveries, all gone out, that are not what the gate let through."""
    allowed = GateDecision.objects.filter(**LET_THROUGH, delivery__in=[each.pk for each in deliveries])
    # The last decision about a delivery counts.
    hashes = dict(allowed.order_by("pk").values_list("delivery_id", "body_sha256"))
    for delivery in deliveries:
        if delivery.pk not in hashes:
            yield f"delivery {delivery.pk} went out, and no decision of the gate let it through"
        elif message_sha256(subject=delivery.subject, body=delivery.body) != hashes[delivery.pk]:
            yield f"delivery {delivery.pk} does not have the text that the gate let through"


def altered_ledgers() -> Iterator[str]:
    """Consents and holds that are not those that the audit recorded, from both sides, in words."""
    for events in _chunks(AuditEvent.objects.filter(action__in=ACTIONS).order_by("pk")):
        yield from not_as_recorded(events)
    for said in _chunks(ConsentEvent.objects.order_by("pk")):
        yield from unrecorded_consents(said)
    for holds in _chunks(ContactHold.objects.order_by("pk")):
        yield from unrecorded_holds(holds)


def _lost(event_id: int, decision_id: str) -> str:
    return f"gate decision {decision_id} has gone; audit event {event_id} recorded it"


def _chunks(rows: QuerySet[R]) -> Iterator[list[R]]:
    found = rows.iterator(chunk_size=CHUNK)
    while chunk := list(itertools.islice(found, CHUNK)):
        yield chunk


_LOST = """
SELECT event.id, event.subject_id FROM audit_auditevent event
WHERE event.subject_type = %s AND event.action = ANY(%s)
    AND NOT EXISTS (SELECT FROM interventions_gatedecision decision WHERE decision.id::text = event.subject_id)
ORDER BY event.id LIMIT %s
"""
