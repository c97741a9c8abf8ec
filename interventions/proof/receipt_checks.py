"""Are the gate's decisions, and the messages that went out, those that the audit recorded? (docs/receipts.md)"""

from collections.abc import Iterator

from django.db import connection

from audit.models import AuditEvent
from audit.receipt_files import DECIDED
from interventions.contact.digests import message_sha256
from interventions.models import Delivery, GateDecision
from interventions.proof.receipt_forms import gate_sha256

CHUNK = 2_000
MOST = 100
SUBJECT = "gate_decision"
LET_THROUGH = {"moment": GateDecision.Moment.SEND, "is_allowed": True}


def altered_decisions() -> Iterator[str]:
    """Decisions of the send gate that were altered or added, in words."""
    chunk: list[GateDecision] = []
    for decision in GateDecision.objects.order_by("pk").iterator(chunk_size=CHUNK):
        chunk.append(decision)
        if len(chunk) == CHUNK:
            yield from _altered(chunk)
            chunk = []
    yield from _altered(chunk)


def lost_decisions() -> Iterator[str]:
    """Decisions that were recorded and have gone, in words; at most a hundred."""
    with connection.cursor() as cursor:
        cursor.execute(_LOST, [SUBJECT, list(DECIDED), MOST])
        found = cursor.fetchall()
    for event_id, decision_id in found:
        yield f"gate decision {decision_id} has gone; audit event {event_id} recorded it"


def altered_messages() -> Iterator[str]:
    """Messages that went out and are not what the gate let through, in words."""
    allowed = GateDecision.objects.filter(**LET_THROUGH)
    gone_out = Delivery.objects.exclude(contacted_at=None).order_by("pk")
    for delivery in gone_out.iterator(chunk_size=CHUNK):
        let_through = (
            allowed.filter(delivery=delivery).order_by("-pk").values_list("body_sha256", flat=True).first()
        )
        if let_through is None:
            yield f"delivery {delivery.pk} went out, and no decision of the gate let it through"
        elif message_sha256(subject=delivery.subject, body=delivery.body) != let_through:
            yield f"delivery {delivery.pk} does not have the text that the gate let through"


def _altered(chunk: list[GateDecision]) -> Iterator[str]:
    events = AuditEvent.objects.filter(
        subject_type=SUBJECT, action__in=DECIDED, subject_id__in=[str(each.pk) for each in chunk]
    ).order_by("-pk")
    # The first event about a decision counts: a later one can have been added.
    recorded = {event.subject_id: event.detail.get("receipt_sha256") for event in events}
    for decision in chunk:
        key = str(decision.pk)
        if key not in recorded:
            yield f"gate decision {key}: no audit event recorded it"
        elif recorded[key] != gate_sha256(decision):
            yield f"gate decision {key} is not as it was recorded"


_LOST = """
SELECT event.id, event.subject_id FROM audit_auditevent event
WHERE event.subject_type = %s AND event.action = ANY(%s)
    AND NOT EXISTS (SELECT FROM interventions_gatedecision decision WHERE decision.id::text = event.subject_id)
ORDER BY event.id LIMIT %s
"""
